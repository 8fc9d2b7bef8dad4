"""The worker process: RQ carries the wake-ups, the drain does the work (docs/adr/0005 says why no fork)."""

from collections.abc import Mapping

import redis
import structlog
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested

from config.settings import Settings
from notifications import jobs, redis_client, wake
from notifications.jobs import Handler

_LISTEN_S = 5
_SOCKET_S = 8
_AGAIN_S = 1.0

_log = structlog.get_logger(__name__)


class OutboxWorker(SimpleWorker):
    """An RQ worker that notices a hung Redis within seconds and lets the drain give back what it holds when stopped."""

    max_connection_wait_time = 2.0  # RQ's own minute would leave the worker asleep long after Redis is back

    @property
    def dequeue_timeout(self) -> int:
        """Seconds one look for a wake-up lasts."""
        return _LISTEN_S

    @property
    def connection_timeout(self) -> int:
        """Seconds after which a silent Redis counts as gone."""
        return _SOCKET_S

    def subscribe(self) -> None:
        """RQ's remote commands are not used: one connection less that can break."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed."""

    def handle_warm_shutdown_request(self) -> None:
        """Asked to stop: what is being sent is finished, the rest given back."""
        jobs.stop()


def run(settings: Settings, handlers: Mapping[str, Handler]) -> None:
    """Drain the queues of `handlers` at every wake-up until SIGTERM or SIGINT; outlives any trouble with Redis.

    The caller has bound the database and the sealer. While Redis is away the clock delivers.
    """
    jobs.equip(handlers)
    wake.configure(settings.redis_url)
    while not jobs.is_stopping():
        try:
            _listen(settings.redis_url)
        except StopRequested:
            return
        except (redis.RedisError, OSError) as error:
            _log.warning("worker_waits_for_redis", reason=type(error).__name__)
        if jobs.wait_for_stop(_AGAIN_S):
            return


def _listen(redis_url: str) -> None:
    client = redis_client.connect(redis_url, timeout_s=_SOCKET_S)
    try:
        queue = Queue(wake.QUEUE, connection=client, serializer="json")
        worker = OutboxWorker([queue], connection=client, serializer="json", log_job_description=False)
        worker.work(logging_level="WARNING")
    finally:
        client.close()
