"""A line to a server on loopback that can be cut and silenced: what a network does to Redis and to WeChat."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.acceptance.stack import free_port

OPEN, REFUSED, HUNG, MUTE = "open", "refused", "hung", "mute"
_PIECE = 65_536
_LOOK_S = 0.2


class Line:
    """Listens on a port of its own and passes on to `upstream` what arrives.

    refused: nobody listens, and what was connected is cut. hung: everything is taken and nothing passed on nor answered.
    mute: what is said arrives, what is answered does not.
    """

    def __init__(self, upstream: tuple[str, int]) -> None:
        self._upstream = upstream
        self.port = free_port()
        self.mode = OPEN
        self._may_pass = {"up": threading.Event(), "down": threading.Event()}
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._held: list[bytes] = []
        self._server: socket.socket | None = None
        self.set(OPEN)

    def set(self, mode: str) -> None:
        """From now on."""
        self.mode = mode
        self._let("up", mode in {OPEN, MUTE})
        self._let("down", mode == OPEN)
        if mode == REFUSED:
            self._stop_listening()
            self.cut()
        elif self._server is None:
            self._listen()

    def _let(self, way: str, is_open: bool) -> None:
        self._may_pass[way].set() if is_open else self._may_pass[way].clear()

    def _listen(self) -> None:
        self._server = socket.create_server(("127.0.0.1", self.port), backlog=256)
        self._run(self._accept, self._server)

    def _run(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _stop_listening(self) -> None:
        if self._server is not None:
            with suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
            self._server = None

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                near = server.accept()[0]
            except OSError:
                return
            try:
                far = socket.create_connection(self._upstream, timeout=5)
            except OSError:
                near.close()
                continue
            with self._lock:
                self._sockets |= {near, far}
            self._run(self._pump, near, far, "up")
            self._run(self._pump, far, near, "down")

    def _pump(self, source: socket.socket, target: socket.socket, way: str) -> None:
        source.settimeout(None)
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                if not self._may_pass[way].is_set():
                    self._wait(source, piece, way)
                target.sendall(piece)
        self._drop(source, target)

    def _wait(self, source: socket.socket, piece: bytes, way: str) -> None:
        self._held.append(piece)
        while not self._may_pass[way].wait(_LOOK_S):
            if source not in self._sockets:
                raise OSError("cut")

    def held_up(self, words: bytes) -> bool:
        """Has something with these words ever been kept from its way?"""
        return any(words in piece for piece in self._held)

    def _drop(self, *sockets: socket.socket) -> None:
        with self._lock:
            for one in sockets:
                self._sockets.discard(one)
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()

    def cut(self) -> None:
        """Break every connection there is."""
        self._drop(*list(self._sockets))

    def close(self) -> None:
        """Over."""
        self._stop_listening()
        self.cut()
        for thread in self._threads:
            thread.join(timeout=5)


@contextmanager
def line_to(host: str, port: int) -> Iterator[Line]:
    """A line for as long as the block lasts."""
    line = Line((host, port))
    try:
        yield line
    finally:
        line.close()
