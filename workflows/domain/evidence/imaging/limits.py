"""What decoding one photo may cost, and how a child binds itself to it before it sees a stranger's bytes."""

import contextlib
import resource
import sys
from pathlib import Path

CPU_SECONDS = 3
WALL_SECONDS = 9
"""Three times the processor's: on a busy machine an honest photo waits, and waiting must not make it unreadable."""

_RESIDENT_BYTES = 448_000_000  # all that is not a library's own pages: the child stays below 512 MB resident
_ADDRESS_BYTES = 1_000_000_000
_SPENT_BYTES = 150_000_000
_HELD = Path("/proc/self/statm")
_WRITTEN_BYTES = 16_000_000
_OPEN_FILES = 16


def bind() -> None:
    """Limit this process for good: memory, the length of what it writes, open files, no core dumps."""
    _limit(resource.RLIMIT_AS, _ADDRESS_BYTES)
    _limit(resource.RLIMIT_DATA, _RESIDENT_BYTES)
    _limit(resource.RLIMIT_FSIZE, _WRITTEN_BYTES)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _limit(resource.RLIMIT_CORE, 0)


def allow_one_photo() -> None:
    """Give the next photo its processor time; the system ends the child that uses it up."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def is_spent() -> bool:
    """Does this process still hold so much of what is done that it might be missing for a large photo to come?"""
    try:
        pages = int(_HELD.read_text().split()[1])
    except OSError:  # not Linux
        return False
    return pages * resource.getpagesize() > _SPENT_BYTES


def _limit(which: int, most: int) -> None:
    # macOS, where one may try the house out, knows not all of them; in production every one must hold.
    with contextlib.nullcontext() if sys.platform == "linux" else contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (most, most))
