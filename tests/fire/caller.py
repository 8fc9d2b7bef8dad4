"""A caller that costs little: one connection kept open, opened again when the other side has died."""

import gzip
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read."""
        return json.loads(gzip.decompress(self.body) if self.headers.get("Content-Encoding") == "gzip" else self.body)


class Caller:
    """One caller of one address; not for several threads."""

    def __init__(self, url: str, credential: str = "", path: str = "") -> None:
        self._netloc = urlsplit(url).netloc
        self._path = path
        self._fixed = {"Authorization": f"Bearer {credential}"} if credential else {}
        self._line: http.client.HTTPConnection | None = None

    def call(self, method: str, path: str, said: Any = None, timeout_s: float = 10, **headers: str) -> Reply | None:
        """One call; None where nobody answered, whatever the reason: the caller cannot know whether it was done."""
        sent = {**self._fixed, **{name.replace("_", "-"): value for name, value in headers.items()}}
        body = None
        if said is not None:
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            sent.setdefault("Content-Type", "application/json")
        try:
            line = self._open(timeout_s)
            line.request(method, f"{self._path}{path}", body=body, headers=sent)
            response = line.getresponse()
            reply = Reply(response.status, dict(response.headers), response.read())
        except (OSError, http.client.HTTPException):
            self.close()
            return None
        if response.will_close:
            self.close()
        return reply

    def _open(self, timeout_s: float) -> http.client.HTTPConnection:
        if self._line is None:
            self._line = http.client.HTTPConnection(self._netloc, timeout=timeout_s)
        return self._line

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def __del__(self) -> None:
        self.close()
