"""The one place that makes Redis connections: no retries, short time-outs, and a breaker that stops asking a dead server."""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_S = 0.2
OPEN_S = 5.0
T = TypeVar("T")


class RedisAway(Exception):
    """Redis did not answer in time, or did not within the last seconds and was not asked again."""


def connect(url: str, timeout_s: float | None = TIMEOUT_S) -> Any:
    """A client for `redis://`, `rediss://` or `unix://` that never retries by itself; opens nothing yet.

    redis-py's own defaults block for 4 s when Redis refuses and 59 s when it hangs, and a retried enqueue runs twice.
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )


class RedisLink:
    """Redis for code that can do without: after a failure it is left alone for `open_s` seconds. Thread-safe."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S, open_s: float = OPEN_S) -> None:
        self._client = connect(url, timeout_s)
        self._open_s = open_s
        self._open_until = 0.0
        self._lock = threading.Lock()

    def call(self, work: Callable[[Any], T]) -> T:
        """What `work(client)` gives. Raises RedisAway, at once while the breaker is open."""
        if time.monotonic() < self._open_until:
            raise RedisAway("left alone after a failure")
        try:
            return work(self._client)
        except (redis.RedisError, OSError) as error:
            with self._lock:
                self._open_until = time.monotonic() + self._open_s
            self._client.connection_pool.disconnect()
            raise RedisAway(type(error).__name__) from error

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()
