"""One decode child as its starter sees it: asked with open files, answers in JSON, dies without taking anybody along."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from workflows.domain.evidence.imaging.inspection import TOO_SLOW, Unreadable

_ROOT: Final = Path(__file__).parents[4]
_MODULE: Final = "workflows.domain.evidence.imaging.child"
_START_SECONDS: Final = 30
_ANSWER_BYTES: Final = 65_536
_PHOTOS: Final = 500  # then a fresh one, against memory that a decoder loses bit by bit
_PASSED_ON: Final = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE")


class ChildDied(Exception):
    """It went away without an answer: a decoder crashed, or somebody killed it."""


class ChildProcess:
    """A running child. It inherits one socket and a handful of harmless settings, none of the house's secrets."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
                [sys.executable, "-m", _MODULE],
                cwd=_ROOT,
                env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C and stop signals are for its starter; it leaves when the line closes
            )
        self._asked = 0
        self._is_ready = False
        self._is_spent = False

    @property
    def pid(self) -> int:
        """Its process id."""
        pid: int = self._process.pid
        return pid

    @property
    def is_fresh(self) -> bool:
        """May it be asked again?"""
        return self._asked < _PHOTOS and not self._is_spent and self._process.poll() is None

    def ask(self, files: Sequence[int], seconds: float) -> dict[str, Any]:
        """Hand over the open files and wait for the answer. Raises Unreadable (too slow) or ChildDied; then it is gone."""
        try:
            if not self._is_ready:
                self._read_line(_START_SECONDS)
                self._is_ready = True
            self._asked += 1
            socket.send_fds(self._line, [b"?"], files)
            answer: dict[str, Any] = json.loads(self._read_line(seconds))
        except TimeoutError as error:
            self.end()
            raise Unreadable(TOO_SLOW) from error
        except (OSError, ValueError) as error:
            raise self._why_it_ended() from error
        self._is_spent = bool(answer.pop("is_spent"))
        return answer

    def _read_line(self, seconds: float) -> bytes:
        until, read = time.monotonic() + seconds, b""
        while not read.endswith(b"\n"):
            self._line.settimeout(max(0.001, until - time.monotonic()))
            part = self._line.recv(_ANSWER_BYTES)
            if not part:
                raise ConnectionResetError
            read += part
        return read

    def _why_it_ended(self) -> Exception:
        self.end()
        return Unreadable(TOO_SLOW) if self._process.returncode == -signal.SIGXCPU else ChildDied()

    def end(self) -> None:
        """Stop it for certain, and wait until it is gone."""
        self._line.close()
        try:
            self._process.wait(0.05)  # one that already ended tells why
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
