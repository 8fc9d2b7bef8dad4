"""Photos are looked at in processes of their own, so that a hostile file costs one of those and nothing else.

The children are warm: started at the first photo and kept. Each is limited (`limits.py`), is handed open files instead of
paths, and is killed and replaced when it takes too long, dies or has seen enough.
"""

import atexit
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from workflows.domain.evidence.imaging.child_process import ChildDied, ChildProcess
from workflows.domain.evidence.imaging.inspection import BROKEN, Inspection, Unreadable
from workflows.domain.evidence.imaging.limits import WALL_SECONDS


class Decoder:
    """Looks at photos, `children` at a time; further callers wait. Safe between threads."""

    def __init__(
        self, children: int = 1, wall_seconds: float = WALL_SECONDS, start: Callable[[], ChildProcess] = ChildProcess
    ) -> None:
        self._start = start
        self._places = threading.BoundedSemaphore(children)
        self._idle: list[ChildProcess] = []
        self._wall_seconds = wall_seconds

    def __enter__(self) -> "Decoder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def inspect(self, source: Path, full: Path, thumb: Path) -> Inspection:
        """What the photo shows; writes its two derivatives, at most 2048 and 320 pixels long, as JPEG without metadata.

        Raises Unreadable, and OSError where the disk fails; then it leaves neither derivative. source is only read.
        """
        try:
            with self._places, _opened(source, full, thumb) as files:
                return _seen(self._answer(files))
        except BaseException:
            full.unlink(missing_ok=True)
            thumb.unlink(missing_ok=True)
            raise

    def close(self) -> None:
        """End the idle children. A later photo starts a new one."""
        while self._idle:
            self._idle.pop().end()

    def _answer(self, files: tuple[int, int, int]) -> dict[str, Any]:
        """The answer of a child; asked anew when one died, since it may have been killed for somebody else's sake."""
        try:
            return self._asked(files)
        except ChildDied:
            _rewind(files)
        try:
            return self._asked(files)
        except ChildDied as error:
            raise Unreadable(BROKEN) from error

    def _asked(self, files: tuple[int, int, int]) -> dict[str, Any]:
        child = self._idle.pop() if self._idle else self._start()
        try:
            answer = child.ask(files, self._wall_seconds)
        except BaseException:
            child.end()  # whatever it still says would be taken for the next photo's answer
            raise
        if child.is_fresh:
            self._idle.append(child)
        else:
            child.end()
        return answer


@contextmanager
def _opened(source: Path, full: Path, thumb: Path) -> Iterator[tuple[int, int, int]]:
    """The three as open files: all that a child ever learns about where things are."""
    with source.open("rb") as read, full.open("wb") as large, thumb.open("wb") as small:
        yield read.fileno(), large.fileno(), small.fileno()


def _rewind(files: tuple[int, int, int]) -> None:
    for file in files:
        os.lseek(file, 0, os.SEEK_SET)
    for written in files[1:]:
        os.truncate(written, 0)


def _seen(answer: dict[str, Any]) -> Inspection:
    if "code" in answer:
        raise Unreadable(answer["code"])
    if "trouble" in answer:
        raise OSError(answer["trouble"], os.strerror(answer["trouble"]))
    return Inspection.from_json(answer["seen"])


class _Shared:
    """This process's decoder; a forked process makes its own instead of talking on its parent's lines."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[int, Decoder] | None = None

    def __call__(self) -> Decoder:
        """The decoder of the running process, made at the first call."""
        with self._lock:
            if self._made is None or self._made[0] != os.getpid():
                self._made = (os.getpid(), Decoder())
                atexit.register(self._made[1].close)
            return self._made[1]


decoder = _Shared()
"""`decoder()`: the one that everybody in this process shares."""
