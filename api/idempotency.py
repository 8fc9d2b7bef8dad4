"""The same call twice is done once: `Idempotency-Key`, stored in the transaction of what it did.

A key belongs to the organisation and the principal that sent it and is kept 7 days with the hash of the request. The
same key with the same content gives the first answer again; with other content 422. Two at once stand in line. What
was not decided (5xx, 429, 401, a time-out) is not kept. Operations marked `secret` never leave their answer in the
database: a replay makes it again from the row it was derived from.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

import peewee
from flask import Response, g, make_response, request
from werkzeug.exceptions import HTTPException

from api import parsing, problems
from config import clock, database, forgetting
from config.database import Record
from config.fields import JsonField, UtcDateTimeField
from config.forgetting import Slice
from workflows.domain.errors import Conflict, DomainError, Invalid
from workflows.domain.organisations import Organisation

KEPT = timedelta(days=7)
_HEADER = "Idempotency-Key"
_LONGEST_KEY = 255
_KEPT_HEADERS = ("Content-Type", "ETag", "Location", "WWW-Authenticate")
_CLAIMED = 102  # "processing": a call is at work under this key, or was when its process died
_CLAIM = "claim:"  # before the principal of a claim: nobody who looks an answer up finds it
_NEVER_STORED = {401, 408, 425, 429}
_ATTRIBUTE = "partnerline_idempotency"
_OWN_TRANSACTION = "partnerline_own_transaction"

View = TypeVar("View", bound=Callable[..., Any])


class IdempotencyRecord(Record):
    """What one call answered, so that it can be answered again.

    body is null for operations whose answer holds a secret; about then names the row to derive it from.
    """

    id = peewee.BigAutoField()
    organisation = peewee.IntegerField()
    principal = peewee.CharField(max_length=64)
    key = peewee.CharField(max_length=_LONGEST_KEY)
    request_hash = peewee.CharField(max_length=64)
    status = peewee.IntegerField()
    headers = JsonField()
    body = peewee.TextField(null=True)
    about = peewee.CharField(max_length=64, null=True)
    created_at = UtcDateTimeField(index=True)

    class Meta:
        indexes = ((("organisation", "principal", "key"), True),)


def keyed(view: View) -> View:
    """Declare that a call needs an Idempotency-Key: nothing in it tells a repetition from a second wish."""
    setattr(view, _ATTRIBUTE, "always")
    return view


def keyed_unless_id(view: View) -> View:
    """Declare that a call needs an Idempotency-Key unless its body names an id of the caller's making."""
    setattr(view, _ATTRIBUTE, "unless_id")
    return view


def never_kept(view: View) -> View:
    """Declare that repeating an operation changes nothing and that keys are ignored.

    For answers that hold a secret, and for bodies that are not to be read into memory to compare them.
    """
    setattr(view, _ATTRIBUTE, "never")
    return view


def own_transaction(view: View) -> View:
    """Declare that an operation, idempotent by its own ids, must be the outermost transaction itself.

    Its key is claimed before and its answer kept after, in transactions of their own: a crash between them repeats a call
    that changes nothing.
    """
    setattr(view, _OWN_TRANSACTION, True)
    return view


def need_of(view: Any) -> str | None:
    """`always`, `unless_id`, `never` or None: when the operation wants an Idempotency-Key."""
    return getattr(view, _ATTRIBUTE, None)


def once(view: Callable[..., Any], secret: Callable[[str], Any] | None = None) -> Callable[..., Any]:
    """`view`, done once per Idempotency-Key. `secret` makes a secret answer again from the row it is about."""

    if need_of(view) == "never":
        return view

    @wraps(view)
    def called(*args: Any, **kwargs: Any) -> Any:
        key = _key()
        if key is None:
            _refuse_missing(view)
            return view(*args, **kwargs)
        if g.get("actor") is None:
            return view(*args, **kwargs)
        done = _done_beside if getattr(view, _OWN_TRANSACTION, False) else _done_once
        return done(key, lambda: make_response(view(*args, **kwargs)), secret)

    return called


def forget_texts(brand_id: int, text: str) -> int:
    """Forget what calls in a brand's world answered where it holds `text` (somebody's name); how many."""
    places = Organisation.select(Organisation.id).where(Organisation.brand == brand_id)
    with database.transaction():
        holds = IdempotencyRecord.organisation.in_(places) & IdempotencyRecord.body.contains(text)
        return int(IdempotencyRecord.delete().where(holds).execute())


def about(row: str) -> None:
    """Name the row that a secret answer is derived from."""
    g.idempotency_about = row


def forget_calls(before: datetime, after: int) -> Slice:
    """Forget a slice of the calls answered before a moment."""
    return forgetting.forget(IdempotencyRecord, IdempotencyRecord.created_at, before, after)


def _key() -> str | None:
    raw = request.headers.get(_HEADER)
    if raw is None:
        return None
    key = raw.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':  # a structured-field string (RFC 8941), as the draft asks
        key = key[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    if not 1 <= len(key) <= _LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise DomainError("idempotency_key_malformed")
    return key


def _refuse_missing(view: Callable[..., Any]) -> None:
    need = need_of(view)
    if need == "always" or (need == "unless_id" and not _has_own_id()):
        raise DomainError("idempotency_key_missing")


def _has_own_id() -> bool:
    body = parsing.json_body()
    return not isinstance(body, dict) or body.get("id") is not None


def _done_once(key: str, call: Callable[[], Response], secret: Callable[[str], Any] | None) -> Response:
    actor = g.actor
    owner = (actor.organisation_id, actor.name_for_audit)
    request_hash = _request_hash()
    with database.transaction():
        _stand_in_line(owner, key)
        found = _find(owner, key)
        if found is not None:
            return _replay(found, request_hash, secret)
        response = _attempt(call)
        if _may_be_kept(response):
            _keep(owner, key, request_hash, response, is_secret=secret is not None)
    return response


def _done_beside(key: str, call: Callable[[], Response], secret: Callable[[str], Any] | None) -> Response:
    """Claim the key for this content, call, and keep the answer: three transactions, for what must be the outermost itself.

    Another content finds the claim and is refused. The same content calls again, and changes nothing by its own ids.
    """
    owner = (g.actor.organisation_id, g.actor.name_for_audit)
    request_hash = _request_hash()
    found = _claim(owner, key, request_hash)
    if found is not None:
        return _replay(found, request_hash, secret)
    response = None
    try:
        response = call()
    except DomainError as error:
        response = problems.of_exception(error)
    finally:
        _settle(owner, key, request_hash, response)
    return response


def _claim(owner: tuple[int, str], key: str, request_hash: str) -> IdempotencyRecord | None:
    """The answer that stands under the key already, or None where the caller may go on.

    A claim is committed while its call is at work, so other processes see it, in a rolling deployment also those of a
    release that knows no claims and would give it as an answer. It stands under a name of its own, which they never look up.
    """
    with database.transaction():
        _stand_in_line(owner, key)
        found = _find(owner, key)
        if found is not None:
            return found
        claim = _find(_claimer(owner), key)
        if claim is None:
            _keep(_claimer(owner), key, request_hash, Response(status=_CLAIMED), is_secret=False)
        elif claim.request_hash != request_hash:
            raise DomainError("idempotency_key_reused")
    return None


def _claimer(owner: tuple[int, str]) -> tuple[int, str]:
    return owner[0], f"{_CLAIM}{owner[1]}"


def _settle(owner: tuple[int, str], key: str, request_hash: str, response: Response | None) -> None:
    """Put the answer in the claim's place; what was not decided leaves the key free."""
    with database.transaction():
        _stand_in_line(owner, key)
        claim = _find(_claimer(owner), key)
        if claim is None or claim.request_hash != request_hash:
            return  # the same call, sent twice at once, has been answered meanwhile
        claim.delete_instance()
        is_free = _find(owner, key) is None  # an older process may have answered the same call
        if is_free and response is not None and _may_be_kept(response):
            _keep(owner, key, request_hash, response, is_secret=False)


def _may_be_kept(response: Response) -> bool:
    is_decided = response.status_code < 500 and response.status_code not in _NEVER_STORED
    return is_decided and "Retry-After" not in response.headers


def _stand_in_line(owner: tuple[int, str], key: str) -> None:
    try:
        database.serialise("idempotency", *owner, key)
    except peewee.OperationalError:
        raise Conflict("idempotency_key_in_use") from None


def _find(owner: tuple[int, str], key: str) -> IdempotencyRecord | None:
    found: IdempotencyRecord | None = IdempotencyRecord.get_or_none(
        IdempotencyRecord.organisation == owner[0],
        IdempotencyRecord.principal == owner[1],
        IdempotencyRecord.key == key,
    )
    if found is not None and found.created_at < clock.now() - KEPT:
        found.delete_instance()
        return None
    return found


def _attempt(call: Callable[[], Response]) -> Response:
    """What the call answers; a refusal undoes its part of the transaction and is an answer too."""
    try:
        with database.savepoint():
            return call()
    except (DomainError, HTTPException) as error:
        response = problems.of_exception(error)
        if response.status_code >= 500:
            raise
        return response


def _keep(owner: tuple[int, str], key: str, request_hash: str, response: Response, is_secret: bool) -> None:
    IdempotencyRecord.create(
        organisation=owner[0],
        principal=owner[1],
        key=key,
        request_hash=request_hash,
        status=response.status_code,
        headers={name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
        body=None if is_secret and response.status_code < 300 else response.get_data(as_text=True),
        about=g.get("idempotency_about"),
        created_at=clock.now(),
    )


def _replay(found: IdempotencyRecord, request_hash: str, secret: Callable[[str], Any] | None) -> Response:
    if found.request_hash != request_hash:
        raise DomainError("idempotency_key_reused")
    if found.body is None and secret is not None:
        response = make_response(secret(found.about or ""))
        response.status_code = found.status
    else:
        response = Response(found.body, found.status, found.headers)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _request_hash() -> str:
    parts = [request.method, request.full_path, request.headers.get("If-Match", ""), _canonical_body()]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _canonical_body() -> str:
    try:
        return json.dumps(parsing.json_body(), sort_keys=True, separators=(",", ":"))
    except (DomainError, Invalid):
        return request.get_data().hex()
