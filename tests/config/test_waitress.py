"""A line to the embedded stack's server stays open after an answer without a body, and ends where somebody asks for it."""

from collections.abc import Callable, Iterable
from http.client import HTTPConnection
from typing import Any

import pytest
from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from config.waitress import keep_lines
from tests.fire.server import serving

STATUSES = ("200 OK", "204 No Content", "304 Not Modified")


def answering(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    status = next(one for one in STATUSES if one.startswith(environ["PATH_INFO"][1:]))
    start(status, [("X-Line", environ["REMOTE_PORT"])])
    return [b"body"] if status == "200 OK" else [b""]


def lines(statuses: list[int], **headers: str) -> list[str]:
    """By which line, told by the caller's port, each answer came."""
    with serving(answering) as base:  # type: ignore[arg-type]
        host, port = base.removeprefix("http://").split(":")
        caller, found = HTTPConnection(host, int(port), timeout=10), []
        for status in statuses:
            caller.request("GET", f"/{status}", headers=headers)
            answer = caller.getresponse()
            assert (answer.status, answer.read()) == (status, b"body" if status == 200 else b"")
            found.append(str(answer.getheader("X-Line")))
        caller.close()
    return found


def test_a_line_serves_one_answer_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HTTPChannel, "task_class", WSGITask)
    assert len(set(lines([200, 304, 304, 204, 200]))) > 1, "waitress does so itself by now: config/waitress.py may go"
    keep_lines()
    assert len(set(lines([200, 304, 304, 204, 200, 304]))) == 1


def test_a_line_ends_where_somebody_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HTTPChannel, "task_class", WSGITask)
    keep_lines()
    assert len(set(lines([304, 204, 304], Connection="close"))) == 3
