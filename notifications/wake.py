"""The poke: tells a worker through Redis that something is due. Best effort; the sweep covers every poke that fails.

A caller never waits for Redis: a thread of its own does, and pokes that come while it is busy become one.
"""

import os
import threading
from typing import Any

import structlog
from rq import Queue

from notifications import metrics
from notifications.redis_client import RedisAway, RedisLink

QUEUE = "outbox"
JOB = "notifications.jobs.drain"
_MOST_WAITING = 2
_JOB_TIMEOUT_S = 180
_FAILURE_TTL_S = 60

_log = structlog.get_logger(__name__)


def enqueue(link: RedisLink) -> bool:
    """Put a wake-up into Redis unless enough of them wait; False when there were. Raises RedisAway."""

    def work(client: Any) -> bool:
        queue = Queue(QUEUE, connection=client, serializer="json")
        if queue.count >= _MOST_WAITING:
            return False
        queue.enqueue(JOB, result_ttl=0, failure_ttl=_FAILURE_TTL_S, job_timeout=_JOB_TIMEOUT_S)
        return True

    return link.call(work)


class Poker:
    """Pokes from a thread of its own, started at the first poke of the process."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._pid = 0

    def poke(self) -> None:
        """Ask for a wake-up; returns at once."""
        self._asked.set()
        if self._pid == os.getpid():
            return
        with self._lock:  # a forked server process inherits the object but not the thread
            if self._pid != os.getpid():
                self._pid = os.getpid()
                threading.Thread(target=self._run, name="outbox-poker", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            try:
                enqueue(self._link)
            except RedisAway:
                metrics.POKE_FAILED.inc()
            except Exception:  # the thread must outlive whatever Redis answers
                metrics.POKE_FAILED.inc()
                _log.exception("poke_failed")


class _Current:
    poker: Poker | None = None


def configure(redis_url: str) -> None:
    """Poke through the Redis at `redis_url` from now on; called once at start. Opens nothing yet."""
    _Current.poker = Poker(RedisLink(redis_url)) if redis_url else None


def poke() -> None:
    """Something is due. Never raises, never waits; does nothing before `configure`."""
    if _Current.poker is not None:
        _Current.poker.poke()
