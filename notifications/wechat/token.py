"""The one access token of an account, shared by all processes through Redis, sealed, refreshed under a lock.

`stable_token` gives every caller the same token, so a race costs a wasted call and nothing else. Without Redis each
process keeps its own copy.
"""

import json
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from config import clock, sealing
from config.ids import secret_token
from config.sealing import CannotOpen
from notifications.redis_client import RedisAway, RedisLink
from notifications.wechat.client import WeChatAway, WeChatDoor

_LOCK_S = 15
_PATIENCE_S = 3.0
_LOOK_AGAIN_S = 0.05
_EARLIEST_MARGIN_S = 600
_DELETE_IF_EQUAL = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Grant:
    token: str
    refresh_at: datetime
    expires_at: datetime

    @property
    def is_fresh(self) -> bool:
        return clock.now() < self.refresh_at

    @property
    def is_usable(self) -> bool:
        return clock.now() < self.expires_at


class AccessToken:
    """The current access token of one account. Thread-safe."""

    def __init__(self, door: WeChatDoor, link: RedisLink | None) -> None:
        self._door = door
        self._link = link
        self._app_id = door.account.app_id
        self._key = f"wx:token:{self._app_id}"
        self._held: _Grant | None = None
        self._lock = threading.Lock()

    def get(self) -> str:
        """A token good for some minutes more. Raises WeChatError, WeChatAway."""
        held = self._held
        if held is not None and held.is_fresh:
            return held.token
        with self._lock:
            if self._held is None or not self._held.is_fresh:
                self._held = self._obtained()
            return self._held.token

    def discard(self, token: str) -> None:
        """WeChat refused `token`: forget it here and in Redis, unless a newer one stands there already."""
        with self._lock:
            if self._held is not None and self._held.token == token:
                self._held = None
        try:
            raw = self._redis(lambda client: client.get(self._key))
            grant = self._opened(raw)
            if grant is not None and grant.token == token:
                self._redis(lambda client: client.eval(_DELETE_IF_EQUAL, 1, self._key, raw))
        except RedisAway:
            return

    def _obtained(self) -> _Grant:
        try:
            return self._shared()
        except RedisAway:
            return self._fetched()

    def _shared(self) -> _Grant:
        """The token in Redis, or a new one fetched by whoever holds the lock; the others wait 3 s at most."""
        until = time.monotonic() + _PATIENCE_S
        while True:
            stored = self._stored()
            if stored is not None and stored.is_fresh:
                return stored
            mark = secret_token(12)
            if self._redis(lambda client, mark=mark: client.set(f"{self._key}:lock", mark, nx=True, ex=_LOCK_S)):
                return self._renewed(mark)
            if time.monotonic() > until:
                return stored if stored is not None and stored.is_usable else self._fetched()
            time.sleep(_LOOK_AGAIN_S)

    def _renewed(self, mark: str) -> _Grant:
        try:
            stored = self._stored()  # somebody may have renewed it between our look and our lock
            if stored is not None and stored.is_fresh:
                return stored
            grant = self._fetched()
            self._store(grant)
            return grant
        finally:
            self._unlock(mark)

    def _fetched(self) -> _Grant:
        account = self._door.account
        said = self._door.post(
            "/cgi-bin/stable_token",
            {"grant_type": "client_credential", "appid": account.app_id, "secret": account.app_secret},
        )
        return _grant(said)

    def _stored(self) -> _Grant | None:
        return self._opened(self._redis(lambda client: client.get(self._key)))

    def _opened(self, raw: bytes | None) -> _Grant | None:
        if raw is None:
            return None
        try:
            said = json.loads(sealing.current().open(raw, f"redis:{self._key}"))
            return _Grant(said[0], datetime.fromisoformat(said[1]), datetime.fromisoformat(said[2]))
        except (CannotOpen, ValueError, LookupError):
            return None  # sealed under a key that is gone, or written by nobody of ours: fetch anew

    def _store(self, grant: _Grant) -> None:
        plain = json.dumps([grant.token, grant.refresh_at.isoformat(), grant.expires_at.isoformat()])
        sealed = sealing.current().seal(plain, f"redis:{self._key}")
        life_ms = max(1, int((grant.expires_at - clock.now()).total_seconds() * 1000))
        try:
            self._redis(lambda client: client.set(self._key, sealed, px=life_ms))
        except RedisAway:
            return  # this process holds it; the next one fetches the same token again

    def _unlock(self, mark: str) -> None:
        try:
            self._redis(lambda client: client.eval(_DELETE_IF_EQUAL, 1, f"{self._key}:lock", mark))
        except RedisAway:
            return  # it runs out by itself

    def _redis(self, work: Any) -> Any:
        if self._link is None:
            raise RedisAway("there is no Redis")
        return self._link.call(work)


def _grant(said: dict[str, Any]) -> _Grant:
    try:
        token, life_s = str(said["access_token"]), int(said["expires_in"])
    except (LookupError, ValueError):
        raise WeChatAway("unreadable", may_have_acted=False) from None
    now = clock.now()
    margin_s = min(_EARLIEST_MARGIN_S, 0.2 * life_s)
    _log.info("wechat_credential_fetched", life_s=life_s)
    return _Grant(token, now + timedelta(seconds=life_s - margin_s), now + timedelta(seconds=life_s))
