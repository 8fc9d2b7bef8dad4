"""Access tokens: the old endpoint, where each call replaces the token, and the stable one, where all get the same.

Rules: reference/wechat.md §2. Tokens are random even where the stub is seeded: after a restart an old one must be unknown.
"""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from miniapp_stub.wechat_server.errors import WeChatError

LIFE_S = 7_200.0
OVERLAP_S = 300.0
LEGACY, STABLE = "legacy", "stable"
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{40,512}")


@dataclass
class Token:
    """One token. replaced_at is when it stops being the latest, None while nothing replaced it."""

    value: str
    appid: str
    family: str
    issued_at: float
    expires_at: float
    replaced_at: float | None = None

    def lives(self, now: float) -> bool:
        """Whether calls with it pass."""
        return now < self.expires_at and (self.replaced_at is None or now < self.replaced_at)


@dataclass
class Counts:
    """How often an app asked for a token and how many it was given."""

    calls: int = 0
    issued: int = 0
    forced: int = 0


@dataclass
class TokenDesk:
    """All tokens ever issued, the latest per app and family, and counts."""

    tokens: dict[str, Token] = field(default_factory=dict)
    latest: dict[tuple[str, str], Token] = field(default_factory=dict)
    counts: dict[tuple[str, str], Counts] = field(default_factory=dict)

    def count(self, appid: str, family: str) -> Counts:
        """Give an app's counts in one family."""
        return self.counts.setdefault((appid, family), Counts())

    def appid_of(self, value: str) -> str | None:
        """Give whose token this is, dead or alive."""
        token = self.tokens.get(value)
        return token.appid if token else None

    def check(self, value: str, now: float) -> None:
        """Raise what the platform says to a token that does not count: 41001, 40014, 40001 or 42001."""
        if not value:
            raise WeChatError(41001)
        if not _WELL_FORMED.fullmatch(value):
            raise WeChatError(40014)
        token = self.tokens.get(value)
        if token is None or (token.replaced_at is not None and now >= token.replaced_at):
            raise WeChatError(40001)
        if now >= token.expires_at:
            raise WeChatError(42001)

    def replace(self, appid: str, now: float) -> Token:
        """Issue by the old endpoint: always new, the one before stays usable for five minutes."""
        before = self.latest.get((appid, LEGACY))
        if before is not None and before.replaced_at is None:
            before.replaced_at = now + OVERLAP_S
        return self._issue(appid, LEGACY, now)

    def share(self, appid: str, now: float) -> Token:
        """Give the stable token: the same one until its last five minutes, then a new one beside it."""
        token = self.latest.get((appid, STABLE))
        if token is not None and token.lives(now) and token.expires_at - now > OVERLAP_S:
            return token
        return self._issue(appid, STABLE, now)

    def force(self, appid: str, now: float) -> Token:
        """Issue a new stable token and kill the one before at once."""
        before = self.latest.get((appid, STABLE))
        if before is not None:
            before.replaced_at = now
        self.count(appid, STABLE).forced += 1
        return self._issue(appid, STABLE, now)

    def expire(self, appid: str, now: float) -> int:
        """Let an app's living tokens run out now (42001 next) and give how many there were."""
        living = self._living(appid, now)
        for token in living:
            token.expires_at = now
        return len(living)

    def revoke(self, appid: str, now: float) -> int:
        """Make an app's living tokens unknown now (40001 next) and give how many there were."""
        living = self._living(appid, now)
        for token in living:
            token.replaced_at = now
        return len(living)

    def describe(self, now: float) -> dict[str, Any]:
        """Give per app and family how many calls and tokens there were and how many tokens live."""
        apps: dict[str, Any] = {}
        for (appid, family), counts in self.counts.items():
            living = sum(token.family == family for token in self._living(appid, now))
            apps.setdefault(appid, {})[family] = {**vars(counts), "living": living}
        return apps

    def _living(self, appid: str, now: float) -> list[Token]:
        return [token for token in self.tokens.values() if token.appid == appid and token.lives(now)]

    def _issue(self, appid: str, family: str, now: float) -> Token:
        token = Token(f"98_{secrets.token_urlsafe(96)}", appid, family, now, now + LIFE_S)
        self.tokens[token.value] = self.latest[appid, family] = token
        self.count(appid, family).issued += 1
        return token
