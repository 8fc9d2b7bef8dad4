"""The app behind a real server on loopback, called by many at once."""

import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import requests
from flask import Flask
from waitress.server import create_server

from tests.fire.doors import Call

AT_ONCE = 20


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address of `app` behind waitress, with a thread for each of the callers."""
    server: Any = create_server(app, host="127.0.0.1", port=0, threads=AT_ONCE, ident=None)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        stop = threading.Event()
        server.trigger.pull_trigger(lambda: (server.close(), server.task_dispatcher.shutdown(), stop.set()))
        assert stop.wait(timeout=10), "the server did not stop"
        thread.join(timeout=10)


def send(base: str, call: Call, credential: str | None) -> requests.Response:
    """One call over HTTP."""
    headers = dict(call.headers)
    if credential is not None:
        headers["Authorization"] = f"Bearer {credential}"
    query: Any = call.query
    url = f"{base}/api/v1/{call.path}"
    body: Any = {"data": call.data} if call.data is not None else {"json": call.json}
    return requests.request(call.method, url, params=query, headers=headers, timeout=30, **body)


def send_at_once(base: str, calls: Sequence[tuple[Call, str | None]]) -> list[requests.Response]:
    """All the calls in the same moment."""
    start = threading.Barrier(len(calls))

    def run(one: tuple[Call, str | None]) -> requests.Response:
        start.wait(timeout=30)
        return send(base, *one)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def send_and_hang_up(base: str, call: Call, credential: str) -> None:
    """Send a call as a phone does whose line breaks: nobody reads the answer."""
    host, port = base.removeprefix("http://").split(":")
    prepared = requests.Request(
        call.method, f"{base}/api/v1/{call.path}", json=call.json, headers=call.headers
    ).prepare()
    body = prepared.body or b""
    body = body.encode() if isinstance(body, str) else body
    head = [f"{call.method} {prepared.path_url} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {credential}"]
    head += [f"{name}: {value}" for name, value in prepared.headers.items() if name != "Content-Length"]
    head += [f"Content-Length: {len(body)}", "", ""]
    with socket.create_connection((host, int(port))) as line:
        line.sendall("\r\n".join(head).encode() + body)
