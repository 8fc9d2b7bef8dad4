"""Phones on a slow line: an upload at 20 kB/s, headers that drip byte by byte, lines that are kept open and say nothing."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_PIECE_EVERY_S = 0.1


@dataclass
class SlowPhones:
    """They all begin at once; each is answered in the end."""

    url: str
    seconds: float
    patience_s: float = 30.0
    said: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def upload(self, head: bytes, body: bytes, pieces_per_second: float = 1 / _PIECE_EVERY_S) -> None:
        """The headers at once, the body evenly over the time there is."""
        count = max(1, int(self.seconds * pieces_per_second))
        size = -(-len(body) // count)
        self._talk("upload", [head, *(body[at : at + size] for at in range(0, len(body), size))])

    def drip(self, head: bytes) -> None:
        """A request without a body, byte by byte over the time there is."""
        self._talk("drip", [head[at : at + 1] for at in range(len(head))])

    def _talk(self, kind: str, pieces: list[bytes]) -> None:
        began, answer = time.monotonic(), b"nobody"
        try:
            with socket.create_connection(self._address(), timeout=self.patience_s) as line:
                for number, piece in enumerate(pieces, start=1):
                    line.sendall(piece)
                    time.sleep(max(0.0, began + self.seconds * number / len(pieces) - time.monotonic()))
                answer = line.recv(65_536).split(b" ")[1] or b"nobody"
        except (OSError, IndexError):
            pass
        with self._lock:
            self.said[f"{kind} {answer.decode()}"] += 1

    def _address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 80)

    @contextmanager
    def open_lines(self, count: int) -> Iterator[None]:
        """So many lines that were used once and are kept open."""
        lines = [socket.create_connection(self._address(), timeout=self.patience_s) for _ in range(count)]
        try:
            yield
        finally:
            for line in lines:
                line.close()


def head_of(method: str, path: str, credential: str, length: int = 0, kind: str = "application/json") -> bytes:
    """The headers of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {credential}", "Connection: close"]
    if length:
        lines += [f"Content-Type: {kind}", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()
