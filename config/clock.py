"""The only source of the present: aware UTC, and movable by tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


class _Clock:
    def __init__(self) -> None:
        self.offset = timedelta()
        self.frozen_at: datetime | None = None


_clock = _Clock()


def now() -> datetime:
    """The present moment, aware, UTC, to the microsecond."""
    if _clock.frozen_at is not None:
        return _clock.frozen_at
    return datetime.now(UTC) + _clock.offset


def today(time_zone: str) -> date:
    """The calendar day it is now in an IANA time zone such as `Asia/Shanghai`."""
    return now().astimezone(ZoneInfo(time_zone)).date()


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold time still at `at` (aware). For tests."""
    before = _clock.frozen_at
    _clock.frozen_at = at.astimezone(UTC)
    try:
        yield
    finally:
        _clock.frozen_at = before


@contextmanager
def travelled(**ahead: float) -> Iterator[None]:
    """Run with the clock moved by `timedelta(**ahead)`, still ticking. For tests."""
    before = _clock.offset
    _clock.offset = before + timedelta(**ahead)
    try:
        yield
    finally:
        _clock.offset = before
