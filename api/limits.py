"""How often one caller may call. Counted in Redis for all processes together, by each process alone while Redis is away.

Redis is asked only about callers who are busy: below a sixteenth of the limit a process counts by itself, so that a phone
that looks once in a while costs nothing, and sixteen processes together still keep the limit to the double of it.

Losing Redis never opens the door and never closes it: the first call that notices waits 0.2 s, later ones nothing, and
a thread of its own looks whether Redis is back. Limits that cost money live in the database, not here.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import redis
import structlog
from flask import current_app, g, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from api import metrics
from config.settings import Settings
from notifications import redis_client
from workflows.domain.errors import RateLimited

_PER_SESSION = parse("1200/minute")
_PER_KEY = parse("12000/minute")
_PER_ADDRESS_AT_SESSIONS = parse("120/minute")
_PER_ADDRESS_UNKNOWN = parse("600/minute")  # many phones share an address, and each may try an ended session once
_UPLOADS_PER_PERSON = parse("120/minute")  # two a second: a whole day's queue of photos leaves within minutes
_UPLOADS_PER_DAY = parse("3000/day")  # a hundred stores with thirty photos each
_LOOK_AGAIN_S = 1.0
_LIGHT_SHARE = 16

_ATTRIBUTE = "partnerline_upload"

_log = structlog.get_logger(__name__)
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rules:
    """How often each kind of caller may call."""

    per_session: RateLimitItem = _PER_SESSION
    per_key: RateLimitItem = _PER_KEY
    per_address_at_sessions: RateLimitItem = _PER_ADDRESS_AT_SESSIONS
    per_address_unknown: RateLimitItem = _PER_ADDRESS_UNKNOWN
    uploads_per_person: tuple[RateLimitItem, ...] = (_UPLOADS_PER_PERSON, _UPLOADS_PER_DAY)


def upload(view: View) -> View:
    """Declare that an operation brings bytes to be kept: it is counted by person besides, whatever their sessions."""
    setattr(view, _ATTRIBUTE, True)
    return view


class _LightCallers:
    """Who called this process less than a sixteenth of the limit in the present window. Races lose a count at most."""

    def __init__(self) -> None:
        self._window = 0
        self._calls: dict[str, int] = {}

    def is_light(self, rule: RateLimitItem, caller: str) -> bool:
        """Count one call; is the caller still far from the limit?"""
        window = int(time.monotonic() // rule.get_expiry())
        if window != self._window:
            self._window, self._calls = window, {}
        calls = self._calls[caller] = self._calls.get(caller, 0) + 1
        return calls <= rule.amount // _LIGHT_SHARE


class Limiter:
    """A moving window per caller, in Redis or, while it is away, in this process."""

    def __init__(self, redis_url: str) -> None:
        pool = redis_client.connect(redis_url).connection_pool
        self._shared = RedisStorage("redis://", connection_pool=pool, key_prefix="partnerline:limits")
        self._together = MovingWindowRateLimiter(self._shared)
        self._alone = MovingWindowRateLimiter(MemoryStorage())
        self._light = _LightCallers()
        self._is_away = threading.Event()
        self._lock = threading.Lock()

    def hit(self, rule: RateLimitItem, caller: str) -> None:
        """Count one call. Raises RateLimited with the seconds to wait."""
        if self._light.is_light(rule, caller):
            return
        strategy = self._alone if self._is_away.is_set() else self._together
        try:
            self._count(strategy, rule, caller)
        except (redis.RedisError, OSError) as error:
            self._go_alone(error)
            self._count(self._alone, rule, caller)

    def _count(self, strategy: MovingWindowRateLimiter, rule: RateLimitItem, caller: str) -> None:
        if strategy.hit(rule, caller):
            return
        free_again = strategy.get_window_stats(rule, caller).reset_time
        raise RateLimited(retry_after_s=max(1, round(free_again - time.time())))

    def _go_alone(self, error: Exception) -> None:
        with self._lock:
            if self._is_away.is_set():
                return
            self._is_away.set()
        metrics.LIMITS_ALONE.set(1)
        _log.warning("limits_without_redis", error=type(error).__name__)
        threading.Thread(target=self._wait_for_redis, name="limits-redis", daemon=True).start()

    def _wait_for_redis(self) -> None:
        while not self._is_back():
            threading.Event().wait(_LOOK_AGAIN_S)
        self._is_away.clear()
        metrics.LIMITS_ALONE.set(0)
        _log.info("limits_with_redis_again")

    def _is_back(self) -> bool:
        try:
            return bool(self._shared.check())
        except (redis.RedisError, OSError):
            return False


def limiter_for(settings: Settings, rules: Rules | None = None) -> Callable[[], None]:
    """What to call in every request: limits each authenticated caller, and each client address at the sessions door.

    Called too before a credential is refused: whoever tries many is then refused by their address, without a look at them.
    """
    if not settings.rate_limits:
        return _nothing
    limiter = Limiter(settings.redis_url)
    allowed = rules or Rules()

    def limit() -> None:
        actor = g.get("actor")
        if actor is not None:
            rule = allowed.per_key if actor.key_id else allowed.per_session
            limiter.hit(rule, f"k{actor.key_id}" if actor.key_id else f"s{actor.session_id}")
            for counted in allowed.uploads_per_person if _is_upload() else ():
                limiter.hit(counted, f"p{actor.person}")
        elif request.url_rule and request.url_rule.rule.startswith("/api/"):
            is_guess = bool(g.get("is_refused"))
            rule = allowed.per_address_unknown if is_guess else allowed.per_address_at_sessions
            limiter.hit(rule, f"{'u' if is_guess else 'a'}{request.remote_addr}")

    return limit


def _is_upload() -> bool:
    return hasattr(current_app.view_functions[request.endpoint or ""], _ATTRIBUTE)


def _nothing() -> None:
    """Count nothing: tests and measurements."""
