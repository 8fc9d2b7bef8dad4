"""What happens around every request: its id, its connection, its log line, its headers, its size."""

import gzip
import json
import logging
import re
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

import structlog
from flask import Flask, Response, g, request

from api import auth, metrics
from config import clock, database, ids
from config.settings import Settings
from workflows.domain.errors import Unauthenticated

_REQUEST_ID = re.compile(r"(?!pl[sk]_|[0-9]+\Z)[A-Za-z0-9._-]{1,64}")  # it is logged: no credential, no phone number
_NEED_THE_DATABASE = ("/api/", "/metrics")
_SMALLEST_TO_COMPRESS = 1_000
_COMPRESSIBLE = ("application/json", "application/problem+json")
_FAST = 1  # a tenth larger than level 5, in a third of the time
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_root = logging.getLogger()

_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Authorization, Accept-Encoding",
}
# Without a body there is nothing to guard, and what the caller kept has its headers: a poll on 2G need not carry them again.
_HEADERS_OF_304 = {name: _SECURITY_HEADERS[name] for name in ("X-Content-Type-Options", "Cache-Control", "Vary")}
_HSTS = "max-age=31536000; includeSubDomains"


def register(app: Flask, settings: Settings, limit: Callable[[], None]) -> None:
    """Wrap every request of `app`. The order counts: an id for the log, a connection, who calls, and how often."""

    largest = {
        name: view.partnerline_largest_body
        for name, view in app.view_functions.items()
        if hasattr(view, "partnerline_largest_body")
    }

    def begin() -> None:
        _begin()
        request.max_content_length = largest.get(request.endpoint or "", app.config["MAX_CONTENT_LENGTH"])
        _connect()
        try:
            auth.authenticate(app)
        except Unauthenticated:
            g.is_refused = True
            limit()  # nobody we know: counted by their address
            raise
        limit()

    def finish(response: Response) -> Response:
        _add_headers(response, settings.is_production)
        _compress(response)
        _write_line(response)
        return response

    app.before_request(begin)
    app.after_request(finish)
    app.teardown_request(_end)


def _begin() -> None:
    g.started = time.perf_counter()
    g.stack = ExitStack()
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else ids.new_id("req")
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _connect() -> None:
    if request.endpoint is not None and request.path.startswith(_NEED_THE_DATABASE):
        g.stack.enter_context(database.connection())


def _end(_error: BaseException | None) -> None:
    stack = g.pop("stack", None)
    if stack is not None:
        stack.close()
    structlog.contextvars.unbind_contextvars("request_id")


def _add_headers(response: Response, is_production: bool) -> None:
    present = {name for name, _ in response.headers}
    wanted = _HEADERS_OF_304 if response.status_code == 304 else _SECURITY_HEADERS
    missing = [(name, value) for name, value in wanted.items() if name not in present]
    missing.append(("X-Request-Id", g.get("request_id", "")))
    if is_production:
        missing.append(("Strict-Transport-Security", _HSTS))
    response.headers.extend(missing)


def _compress(response: Response) -> None:
    if response.mimetype not in _COMPRESSIBLE or response.direct_passthrough or "Content-Encoding" in response.headers:
        return
    if response.status_code == 304 or g.get("holds_secret") or "gzip" not in request.headers.get("Accept-Encoding", ""):
        return
    body = response.get_data()
    if len(body) > _SMALLEST_TO_COMPRESS and request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(body, _FAST, mtime=0))
        response.headers["Content-Encoding"] = "gzip"


def _write_line(response: Response) -> None:
    """One line a request. It holds no text of the caller's, so it needs no redaction and passes by the slower logger."""
    seconds = metrics.observe(response.status_code)
    if not _root.isEnabledFor(logging.INFO):
        return
    actor = g.get("actor")
    line = {
        "event": "request",
        "level": "info",
        "timestamp": clock.now().isoformat(),
        "request_id": g.get("request_id", ""),
        "method": request.method if request.method in _METHODS else "OTHER",
        "route": request.url_rule.rule if request.url_rule else "(none)",
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
        "organisation": actor.organisation_id if actor else None,
    }
    with suppress(OSError, ValueError):  # a log that is gone must not turn answers into errors
        sys.stderr.write(f"{json.dumps(line)}\n")
