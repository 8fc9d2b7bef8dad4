"""The journal: every request that reached `/wx` or `/sms`, in the order of arrival, with what it was answered."""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from miniapp_stub.wechat_server.clock import iso

KEPT_CALLS = 50_000
KEPT_CHARS = 10_000
SECRETS = ("secret", "corpsecret")


@dataclass
class Call:
    """One request. It is written down on arrival and completed when it is answered; status None means still under way."""

    seq: int
    at: float
    method: str
    path: str
    query: dict[str, str]
    body: bytes
    appid: str | None = None
    touser: str | None = None
    template_id: str | None = None
    rule: int | None = None
    status: int | None = None
    response: bytes = b""
    duration_ms: float | None = None

    def describe(self) -> dict[str, Any]:
        """Give the call as JSON; app secrets are masked."""
        return {
            "seq": self.seq,
            "at": iso(self.at),
            "method": self.method,
            "path": self.path,
            "query": mask(self.query),
            "body": mask(_readable(self.body)),
            "appid": self.appid,
            "touser": self.touser,
            "template_id": self.template_id,
            "rule": self.rule,
            "status": self.status,
            "response": _readable(self.response),
            "duration_ms": self.duration_ms,
        }


@dataclass
class Journal:
    """The newest calls and how many there were; older ones are forgotten so that a benchmark does not fill the memory."""

    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT_CALLS))
    last_seq: int = 0

    def open(self, at: float, method: str, path: str, query: dict[str, str], body: bytes) -> Call:
        """Write an arriving request down."""
        self.last_seq += 1
        call = Call(self.last_seq, at, method, path, query, body)
        self.calls.append(call)
        return call

    def find(self, path: str | None, since: int, appid: str | None) -> list[Call]:
        """Give calls with a sequence number above since, oldest first; path may leave the /wx away."""
        return [
            call
            for call in self.calls
            if call.seq > since
            and (path is None or call.path in (path, "/wx" + path))
            and (appid is None or call.appid == appid)
        ]


def mask(value: Any) -> Any:
    """Hide app secrets in an object's own fields."""
    if not isinstance(value, dict):
        return value
    return {key: "***" if key in SECRETS else item for key, item in value.items()}


def _readable(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")[:KEPT_CHARS]
