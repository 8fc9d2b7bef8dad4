"""Reads what callers send, strictly: a body has one meaning, or it is refused with the place and the reason.

JSON lets a key stand twice, NaN stand for a number and half a surrogate pair stand for a letter; databases, proxies and
other readers each understand those differently, so none of them comes in.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn, cast

import marshmallow
from flask import Request
from flask import request as current_request
from webargs.flaskparser import FlaskParser

from workflows.domain.errors import DomainError, Fault, Invalid

_DEEPEST = 32
_LONGEST_NUMBER = 40
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_BROKEN_LETTER = re.compile(rb"\\u(0000|[dD][89a-fA-F])")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Path = tuple[str | int, ...]


class _Malformed(ValueError):
    """JSON that has no single meaning; the text is the reason's code."""


def json_body(request: Request = current_request) -> Any:
    """The request's JSON, or a DomainError: `malformed` (not JSON), `unsupported_media_type`, or Invalid naming the place."""
    kept = request.environ.get("partnerline.json")
    if kept is None:
        kept = request.environ["partnerline.json"] = (_read(request),)
    return kept[0]


def _read(request: Request) -> Any:
    body = request.get_data()
    if body and not _is_json(request.mimetype):
        raise DomainError("unsupported_media_type")
    value = parse(body)
    if _BROKEN_LETTER.search(body):
        _refuse_broken_letters(value)
    return value


def _is_json(mimetype: str) -> bool:
    return mimetype == "application/json" or (mimetype.startswith("application/") and mimetype.endswith("+json"))


def parse(body: bytes) -> Any:
    """Strict JSON. Raises DomainError `malformed` with the reason: not_json, duplicate_key, too_deep, number_too_large."""
    try:
        if _is_deep(body):
            raise _Malformed("too_deep")
        return json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_whole_number,
            parse_float=_number,
        )
    except _Malformed as error:
        raise DomainError("malformed", reason=str(error)) from None
    except (ValueError, RecursionError):
        raise DomainError("malformed", reason="not_json") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Malformed("duplicate_key")
    return found


def _constant(_name: str) -> NoReturn:
    raise _Malformed("not_json")


def _whole_number(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise _Malformed("number_too_large")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if len(text) > _LONGEST_NUMBER or math.isinf(value):
        raise _Malformed("number_too_large")
    return value


def _is_deep(body: bytes) -> bool:
    """May brackets nest deeper than anybody's document? Closed pairs are peeled off, layer by layer."""
    brackets = body.translate(None, _NOT_BRACKETS)
    for _ in range(_DEEPEST):
        peeled = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if peeled == brackets:
            break
        brackets = peeled
    return bool(brackets) and _depth_outside_strings(body) > _DEEPEST


def _depth_outside_strings(body: bytes) -> int:
    depth = deepest = 0
    # A string that never ends is taken whole: looking for its end again and again would cost the square of its length.
    for token in re.finditer(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', body, re.DOTALL):
        first = token.group()[:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def _refuse_broken_letters(value: Any) -> None:
    faults = [Fault(path, "character_refused", {"character": "U+0000 / U+D800"}) for path in _broken(value, ())]
    if faults:
        raise Invalid(faults)


def _broken(value: Any, path: Path) -> Iterator[Path]:
    """The places of texts that no database and no other reader could keep as they are."""
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            yield path
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _broken(inner, (*path, place))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if _UNSTORABLE.search(key):
                yield (*path, key.encode("ascii", "backslashreplace").decode())
            yield from _broken(inner, (*path, key))


def object_body() -> Mapping[str, Any]:
    """The request's JSON object, unread: the domain names every fault of it at once. Raises like `json_body`."""
    body = json_body()
    if not isinstance(body, dict):
        raise Invalid([Fault((), "object_expected")])
    return body


class StrictParser(FlaskParser):
    """webargs with our JSON reader, and with every fault of the shape as an Invalid."""

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:  # noqa: ARG002 - webargs' signature
        """The body, read strictly."""
        return json_body(req)

    def load_querystring(self, req: Request, schema: marshmallow.Schema) -> Any:
        """The query; a NUL in it is a fault of its parameter, not of the database."""
        broken = [name for name, values in req.args.lists() if any(_UNSTORABLE.search(text) for text in values)]
        if broken:
            raise Invalid([Fault((name,), "character_refused", {"character": "U+0000"}) for name in broken])
        return super().load_querystring(req, schema)

    def handle_error(
        self, error: marshmallow.ValidationError, req: Request, schema: marshmallow.Schema, **_statuses: Any
    ) -> NoReturn:
        """Raises Invalid with all of marshmallow's messages as faults."""
        del req, schema
        messages = cast(dict[str, Any], error.messages)
        raise Invalid([fault for inner in messages.values() for fault in faults_of(inner)])


_CODES = {
    "Missing data for required field.": "required",
    "Field may not be null.": "required",
    "Unknown field.": "unknown_field",
    "Invalid input type.": "object_expected",
    "Invalid type.": "object_expected",
    "Not a valid string.": "text_expected",
    "Not a valid list.": "list_expected",
    "Not a valid mapping type.": "object_expected",
    "Not a valid integer.": "number_expected",
    "Not a valid boolean.": "choice_unknown",
    "Not a valid date.": "date_malformed",
    "Not a valid aware datetime.": "time_malformed",
    "Not a valid datetime.": "time_malformed",
}


def faults_of(messages: Any, path: Path = ()) -> Iterator[Fault]:
    """marshmallow's nested messages as faults with paths; a validator's message is `code` or `code name=value`."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from faults_of(inner, path if key == "_schema" else (*path, key))
    elif isinstance(messages, Sequence) and not isinstance(messages, str):
        for inner in messages:
            yield from faults_of(inner, path)
    else:
        code, *facts = _CODES.get(str(messages), str(messages)).split(" ")
        yield Fault(path, code, dict(fact.split("=", 1) for fact in facts if "=" in fact))
