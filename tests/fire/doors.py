"""Calls the doors as anybody would, either for good or in a transaction that is taken back, so that one world serves a
thousand calls and each is seen alone."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Flask

from config import database
from tests.fire import rows

PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Call:
    """One request; `json` or `data` is its body."""

    method: str
    path: str
    json: Any = None
    query: Mapping[str, Any] | str = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    data: bytes | None = None

    @property
    def sent(self) -> str:
        """All the text in it, to tell an echo from a leak."""
        return f"{self.path} {json.dumps(self.json, ensure_ascii=False)} {self.query}"


@dataclass(frozen=True)
class Answer:
    """What came back, and the rows that it changed."""

    status: int
    type: str
    text: str
    headers: Mapping[str, str]
    changed: frozenset[rows.Key] = frozenset()
    after: rows.Rows = field(default_factory=dict)
    read_back: int | None = None

    @property
    def json(self) -> Any:
        return json.loads(self.text) if self.text and self.type != "text/csv" else None

    @property
    def code(self) -> str:
        """The problem's code, or nothing."""
        return str(self.json.get("code", "")) if self.type == PROBLEM else ""

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Pointer and code of every fault that is named."""
        return [(fault["pointer"], fault["code"]) for fault in self.json.get("errors", [])]

    @property
    def said(self) -> Any:
        """The body without what differs from call to call."""
        body = self.json
        return {name: value for name, value in body.items() if name != "request_id"} if isinstance(body, dict) else body


class Doors:
    """The app, called in this process."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._client = app.test_client()

    def send(self, call: Call, credential: str | None = None) -> Answer:
        """Call for good."""
        headers = dict(call.headers)
        if credential is not None:
            headers["Authorization"] = f"Bearer {credential}"
        options: dict[str, Any] = {"headers": headers}
        if call.query:
            options["query_string"] = call.query if isinstance(call.query, str) else dict(call.query)
        if call.data is not None:
            options |= {"data": call.data, "content_type": headers.pop("Content-Type", "application/json")}
        elif call.json is not None:
            options |= {"data": json.dumps(call.json).encode(), "content_type": "application/json"}
        response = self._client.open(f"/api/v1/{call.path}", method=call.method, **options)
        is_binary = (response.mimetype or "").startswith(("image/", "application/vnd."))
        text = "" if is_binary else response.get_data(as_text=True)
        return Answer(response.status_code, response.mimetype, text, response.headers)

    def try_out(self, call: Call, credential: str | None, before: rows.Rows, then: Call | None = None) -> Answer:
        """Call, see which rows of `before` changed, look at `then` where the call was taken, and take everything back."""
        with database.proxy.atomic() as transaction:
            with _writing() as wrote:
                answer = self.send(call, credential)
            after = rows.held() if wrote else before  # looking at every row costs more than most refusals
            looked = self.send(then, credential).status if then and answer.status < 400 else None
            transaction.rollback()
        return replace(answer, changed=frozenset(rows.changed(before, after)), after=after, read_back=looked)


@contextmanager
def _writing() -> Iterator[list[str]]:
    """The statements that were not mere questions."""
    wrote: list[str] = []

    def note(event: Any) -> None:
        if not event.sql.lstrip("( ").startswith(("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")):
            wrote.append(event.sql)

    hooks = database.proxy.obj.query_hooks
    hooks.append(note)
    try:
        yield wrote
    finally:
        hooks.remove(note)
