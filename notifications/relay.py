"""The sweep that never misses: every second it wakes a worker for what is due, or delivers it itself."""

import threading
from collections.abc import Mapping

import structlog

from config import clock, database
from config.settings import Settings
from notifications import jobs, metrics, outbox, wake
from notifications.jobs import Handler
from notifications.redis_client import RedisAway, RedisLink
from notifications.wake import configure, poke

__all__ = ["configure", "poke", "run_clock", "sweep_once"]

SWEEP_S = 1.0
HELP_AFTER_S = 10.0
_HELP_BUDGET_S = 10.0

_log = structlog.get_logger(__name__)


def run_clock(settings: Settings, handlers: Mapping[str, Handler], stop: threading.Event) -> None:
    """Sweep every second until `stop` is set; outlives Redis, the database and every handler.

    The caller has bound the database and the sealer. Several clocks at once are safe.
    """
    wake.configure(settings.redis_url)
    link = RedisLink(settings.redis_url)
    while not stop.is_set():
        try:
            sweep_once(link, handlers, stop)
        except Exception:  # the clock is what brings everything else back
            metrics.SWEEPS_FAILED.inc()
            _log.exception("sweep_failed")
        stop.wait(SWEEP_S)


def sweep_once(link: RedisLink, handlers: Mapping[str, Handler], stop: threading.Event) -> None:
    """Wake a worker if rows are due; deliver them here while Redis is away or nobody takes them for 10 s."""
    with database.connection():
        oldest = min((since for _queue, since in outbox.due(handlers)), default=None)
    metrics.SWEEPS.inc()
    metrics.SWEPT_AT.set_to_current_time()
    if oldest is None:
        return
    is_late = (clock.now() - oldest).total_seconds() > HELP_AFTER_S
    try:
        wake.enqueue(link)
    except RedisAway:
        is_late = True
    if is_late:
        metrics.SWEEPS_HELPED.inc()
        jobs.drain_due(handlers, stop, _HELP_BUDGET_S)
