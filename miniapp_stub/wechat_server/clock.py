"""The stub's own time: real time plus an offset, so that a token can expire without anybody waiting for it."""

import time
from datetime import UTC, datetime


class VirtualClock:
    """Seconds since 1970 in UTC, movable by tests. Every expiry and every limit of the stub is measured with it."""

    def __init__(self) -> None:
        self._offset_s = 0.0

    def now(self) -> float:
        """Give the virtual time."""
        return time.time() + self._offset_s

    def advance(self, seconds: float) -> None:
        """Move the time by so many seconds; negative moves it back."""
        self._offset_s += seconds

    def set(self, at: float) -> None:
        """Make it this time now; it keeps running."""
        self._offset_s = at - time.time()


def iso(at: float) -> str:
    """Write a time as RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
