"""A client that costs next to nothing, so that a ratio is the servers' and not the client's: one connection kept open."""

import gzip
import json
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_PIECE = 262_144
_TIMEOUT_S = 20
_SCHEDULER_CLOCK = 2  # CPUCLOCK_SCHED in Linux's posix-timers.h: the clock id of another process


@dataclass(frozen=True)
class Reply:
    """What came back, after how many seconds, and how many of them the server's processors worked."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    cpu_s: float

    def json(self) -> Any:
        """The body, read."""
        is_zipped = self.headers.get("content-encoding") == "gzip"
        return json.loads(gzip.decompress(self.body) if is_zipped else self.body)


@dataclass(frozen=True)
class Server:
    """A server process: where it listens, and its process id."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """The processor time that all its threads have used so far; 0 where the system does not tell."""
        if sys.platform != "linux":
            return 0.0
        return time.clock_gettime((~self.pid << 3) | _SCHEDULER_CLOCK)


class Wire:
    """One caller of one server. Sends what a phone's browser would: a credential, a language, gzip welcome."""

    def __init__(self, server: Server, credential: str = "") -> None:
        self._server = server
        parts = urlsplit(server.url)
        self._address = (parts.hostname, parts.port)
        self._socket, self._is_open = self._connected(), True
        authorization = f"Authorization: Bearer {credential}\r\n" if credential else ""
        self._fixed = f"Host: {parts.netloc}\r\nAccept-Encoding: gzip\r\nAccept-Language: zh\r\n{authorization}"

    def _connected(self) -> socket.socket:
        made = socket.create_connection(self._address, timeout=_TIMEOUT_S)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def call(self, method: str, path: str, said: Any = None, wanted: int = 200, **headers: str) -> Reply:
        """One call; AssertionError where another status comes back than wanted."""
        body = b"" if said is None else said if isinstance(said, bytes) else json.dumps(said).encode()
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        if body:
            kind = "" if "Content_Type" in headers else "Content-Type: application/json\r\n"
            more += f"{kind}Content-Length: {len(body)}\r\n"
        asked = f"{method} {path} HTTP/1.1\r\n{self._fixed}{more}\r\n".encode() + body
        started, worked = time.perf_counter(), self._server.cpu_s()
        if not self._is_open:  # a server that hangs up makes its caller wait for the next connection: that is its price
            self.close()
            self._socket = self._connected()
        self._socket.sendall(asked)
        status, found, answer = self._answer()
        seconds = time.perf_counter() - started
        reply = Reply(status, found, answer, seconds, self._server.cpu_s() - worked)
        assert reply.status == wanted, f"{method} {path}: {reply.status} {reply.body[:500]!r}"
        self._is_open = found.get("connection") != "close"
        return reply

    def _answer(self) -> tuple[int, dict[str, str], bytes]:
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._piece()
        first, *lines = received[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers.get("content-length", 0))
        parts = [received[end + 4 :]]
        missing = length - len(parts[0])
        while missing > 0:
            parts.append(self._piece())
            missing -= len(parts[-1])
        return int(first.split(" ", 2)[1]), headers, b"".join(parts)

    def _piece(self) -> bytes:
        piece = self._socket.recv(_PIECE)
        assert piece, "the server closed the connection"
        return piece

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
