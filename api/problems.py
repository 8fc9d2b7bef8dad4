"""Every refusal as `application/problem+json` (RFC 9457): a stable code, a sentence for a person, all faults at once.

The only place that knows which error is which HTTP status. Never HTML, never a stack trace: what nobody foresaw is
logged in full and answered with `internal` and the request's id.
"""

from collections.abc import Mapping
from typing import Any

import peewee
import structlog
from flask import Flask, Response, g, has_request_context, request
from playhouse.pool import MaxConnectionsExceeded
from werkzeug.exceptions import HTTPException

from api.fault_sentences import fault_sentence
from api.sentences import PROBLEMS, WITHDRAWN, Saying
from api.writing import json_response
from config.text import Text
from workflows.domain import errors
from workflows.domain.errors import DomainError, Fault

MIMETYPE = "application/problem+json"
_log = structlog.get_logger(__name__)

_STATUS_OF_KIND: tuple[tuple[type[DomainError], str], ...] = (
    (errors.NotFound, "not_found"),
    (errors.Forbidden, "forbidden"),
    (errors.Unauthenticated, "session_ended"),
    (errors.Conflict, "conflict"),
    (errors.StaleVersion, "stale_version"),
    (errors.RateLimited, "rate_limited"),
    (errors.Invalid, "invalid"),
    (DomainError, "invalid"),
)
_CODE_OF_STATUS = {
    400: "bad_request",
    401: "signed_out",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    409: "conflict",
    412: "stale_version",
    413: "payload_too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "rate_limited",
    503: "unavailable",
}
_RETRY_AFTER_S = 1
_COME_AGAIN = {"idempotency_key_in_use", "photo_not_ready"}


def register(app: Flask) -> None:
    """Answer every error of `app` as a problem."""
    app.register_error_handler(DomainError, of_domain)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(peewee.OperationalError, of_database)
    app.register_error_handler(peewee.InterfaceError, of_database)
    app.register_error_handler(MaxConnectionsExceeded, of_database)
    app.register_error_handler(peewee.IntegrityError, of_race)
    app.register_error_handler(peewee.DataError, of_unfit_value)
    app.register_error_handler(Exception, of_unforeseen)


def of_exception(error: Exception) -> Response:
    """Whatever was raised, as the response it becomes."""
    if isinstance(error, DomainError):
        return of_domain(error)
    if isinstance(error, HTTPException):
        return of_http(error)
    if isinstance(error, peewee.OperationalError | peewee.InterfaceError | MaxConnectionsExceeded):
        return of_database(error)
    return of_unforeseen(error)


def of_domain(error: DomainError) -> Response:
    """What the trade refused."""
    saying = _saying(error)
    response = problem(error.code, saying, error.facts, _extensions(error))
    if saying.status == 401:
        response.headers["WWW-Authenticate"] = _challenge(error)
    if isinstance(error, errors.RateLimited):
        response.headers["Retry-After"] = str(error.retry_after_s)
    elif saying.status in {429, 503} or error.code in _COME_AGAIN:
        response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def of_http(error: HTTPException) -> Response:
    """What Flask and Werkzeug refused; their headers (Allow, Retry-After, Location) are kept."""
    if error.code is None or error.code < 400:
        return _as_is(error)
    if error.code >= 500 and error.code != 503:
        return problem("internal", PROBLEMS["internal"])
    code = _CODE_OF_STATUS.get(error.code, "bad_request")
    saying = PROBLEMS[code]._replace(status=error.code)
    response = problem(code, saying)
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def _as_is(error: HTTPException) -> Response:
    response = error.get_response(request.environ if has_request_context() else None)
    headers = {name: value for name, value in response.headers.items() if name.lower() in {"location", "allow"}}
    return Response(b"", response.status_code, headers, mimetype="text/plain")


def of_database(error: Exception) -> Response:
    """A lock or a connection that could not be had in time: nothing was stored, the same call may be sent again."""
    _log.warning("database_unavailable", error=str(error))
    return unavailable()


def unavailable() -> Response:
    """503 with Retry-After."""
    response = problem("unavailable", PROBLEMS["unavailable"])
    response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def of_race(error: peewee.IntegrityError) -> Response:
    """Two callers made the same thing at the same moment: this one may look again."""
    _log.exception("race_lost", exc_info=error)
    response = problem("conflict", PROBLEMS["conflict"])
    response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def of_unfit_value(error: peewee.DataError) -> Response:
    """A value no column takes, that a reader should have refused: logged as our defect, answered as the caller's."""
    _log.exception("unfit_value_reached_database", exc_info=error)
    return problem("invalid", PROBLEMS["invalid"])


def of_unforeseen(error: Exception) -> Response:
    """A defect of ours: logged with its trace, answered without."""
    _log.exception("unforeseen_error", exc_info=error)
    return problem("internal", PROBLEMS["internal"])


def problem(
    code: str, saying: Saying, facts: Mapping[str, Any] | None = None, extensions: Mapping[str, Any] | None = None
) -> Response:
    """One problem document."""
    language = language_of_request()
    body = {
        "type": f"urn:partnerline:problem:{code}",
        "title": saying.title.in_language(language),
        "status": saying.status,
        "detail": said(saying.detail, facts or {}, language),
        "code": code,
        "request_id": g.get("request_id", "") if has_request_context() else "",
        **(extensions or {}),
    }
    response = json_response(body, saying.status)
    response.mimetype = MIMETYPE
    return response


def language_of_request() -> str:
    """`Accept-Language`, else the actor's own language, else Chinese."""
    if not has_request_context():
        return "zh"
    wanted = request.accept_languages.best_match(("zh", "en")) if "Accept-Language" in request.headers else None
    actor = g.get("actor")
    return wanted or (actor.language if actor else None) or "zh"


def said(text: Text, facts: Mapping[str, Any], language: str) -> str:
    """The sentence with its facts; one whose facts are not there stands without them rather than fail."""
    sentence = text.in_language(language)
    words = {name: fact.in_language(language) if isinstance(fact, Text) else fact for name, fact in facts.items()}
    try:
        return sentence.format(**words)
    except (KeyError, IndexError, ValueError):
        return sentence


def _saying(error: DomainError) -> Saying:
    if isinstance(error, errors.Conflict) and error.code == "superseded" and _has_no_successor(error.current):
        return WITHDRAWN
    if error.code in PROBLEMS:
        return PROBLEMS[error.code]
    kind = next(code for kind, code in _STATUS_OF_KIND if isinstance(error, kind))
    return PROBLEMS[kind]


def _has_no_successor(turn: Any) -> bool:
    return turn is not None and turn.superseded_by is None


def _extensions(error: DomainError) -> dict[str, Any]:
    language = language_of_request()
    if isinstance(error, errors.Invalid):
        return {"errors": [_fault(fault, language) for fault in error.faults]}
    if isinstance(error, errors.Conflict):
        turn = {"turn": error.current.to_json(language)} if error.current is not None else {}
        facts = {name: fact if isinstance(fact, Mapping) else str(fact) for name, fact in error.facts.items()}
        return {**facts, **turn}
    if isinstance(error, errors.StaleVersion):
        return {"current": {"version": error.facts.get("current")}}
    return {"reason": error.facts["reason"]} if error.code == "malformed" else {}


def _fault(fault: Fault, language: str) -> dict[str, Any]:
    return {
        "path": list(fault.path),
        "pointer": "".join(f"/{_escaped(part)}" for part in fault.path),
        "code": fault.code,
        "detail": said(fault_sentence(fault.code), fault.facts, language),
    }


def _escaped(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")  # JSON Pointer, RFC 6901


def _challenge(error: DomainError) -> str:
    reason = ', error="invalid_token"' if error.code != "signed_out" else ""
    return f'Bearer realm="partnerline"{reason}'
