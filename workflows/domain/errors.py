"""What can go wrong in the trade, as codes and facts. Sentences and HTTP statuses live in `api/problems.py` alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class DomainError(Exception):
    """Something the trade refuses. `code` is stable and documented; `facts` fill its sentence."""

    code = "refused"

    def __init__(self, code: str | None = None, **facts: Any) -> None:
        self.code = code or type(self).code
        self.facts: Mapping[str, Any] = facts
        super().__init__(self.code)


class NotFound(DomainError):
    """Unknown, or not the actor's to see: the two are told apart to nobody."""

    code = "not_found"


class Forbidden(DomainError):
    """Known and visible, but the actor's role or scope does not reach it."""

    code = "forbidden"


class Unauthenticated(DomainError):
    """Nobody we know, or no longer."""

    code = "session_ended"


class Conflict(DomainError):
    """Stale, or the same id with other content. `current` is what stands now, ready to be shown."""

    code = "conflict"

    def __init__(self, code: str | None = None, current: Any = None, **facts: Any) -> None:
        super().__init__(code, **facts)
        self.current = current


class StaleVersion(DomainError):
    """The caller edited an older version than the one that stands."""

    code = "stale_version"


class NewerRelease(DomainError):
    """Made by a newer release than this process's, while a deployment rolls: another process answers, in a moment all do."""

    code = "newer_release"


class RateLimited(DomainError):
    """Too many, come back later."""

    code = "rate_limited"

    def __init__(self, retry_after_s: int, code: str | None = None, **facts: Any) -> None:
        super().__init__(code, **facts)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Fault:
    """One bad field of a document: where (`("lines", 3, "quantity")`), a stable code, and facts for its sentence."""

    path: tuple[str | int, ...]
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Invalid(DomainError):
    """A document with faults, all of them at once. Nothing of it was stored."""

    code = "invalid"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__()
        self.faults = tuple(faults)
