"""Lists as keyset pages: `?limit=&after=` gives `{"items": [], "next": null}`. No page numbers, no COUNT.

A cursor says where the last page ended. It is opaque: its content may change, and a forged one shows nothing that the
caller's own query would not.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import marshmallow
from marshmallow import fields, validate

from workflows.domain.errors import DomainError

LARGEST_PAGE = 1_000
_DEFAULT_PAGE = 100
LONGEST_CURSOR = 500
_CURSOR = re.compile(r"[A-Za-z0-9_-]+")
Item = TypeVar("Item")


class PageQuery(marshmallow.Schema):
    """Where a page begins and how long it is."""

    limit = fields.Integer(
        load_default=_DEFAULT_PAGE,
        strict=False,
        validate=validate.Range(1, LARGEST_PAGE, error="out_of_range least={min} most={max}"),
        metadata={"description": "How many entries at most."},
    )
    after = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=LONGEST_CURSOR, error="too_long longest={max}"),
        metadata={"description": "`next` of the page before."},
    )


@dataclass(frozen=True)
class Page:
    """What one call of a list answers."""

    items: list[Any]
    next: str | None


def page_of(found: Sequence[Item], limit: int, key: Callable[[Item], Sequence[Any]]) -> Page:
    """A page of `found`, which holds up to `limit` + 1 records; `key` gives what the list is ordered by."""
    shown = list(found[:limit])
    return Page(shown, cursor(key(shown[-1])) if len(found) > limit else None)


def cursor(key: Sequence[Any]) -> str:
    """The place just behind `key`."""
    text = json.dumps(list(key), ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place(after: str | None, shape: Sequence[type]) -> list[Any] | None:
    """What `cursor` was made of, or None for the first page. Raises DomainError `cursor_malformed`."""
    if not after:
        return None
    if not _CURSOR.fullmatch(after):
        raise DomainError("cursor_malformed")
    try:
        key = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except (ValueError, RecursionError):
        raise DomainError("cursor_malformed") from None
    if not isinstance(key, list) or [type(part) for part in key] != list(shape):
        raise DomainError("cursor_malformed")
    if any(_is_unfit(part) for part in key):
        raise DomainError("cursor_malformed")
    return key


def _is_unfit(part: Any) -> bool:
    if isinstance(part, int):
        return not -(2**63) <= part < 2**63
    return isinstance(part, str) and ("\0" in part or any("\ud800" <= letter <= "\udfff" for letter in part))


def page_schema(item: type[marshmallow.Schema]) -> type[marshmallow.Schema]:
    """The schema of a page of `item`s, for answers and for OpenAPI."""
    members: Mapping[str, Any] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(required=True, allow_none=True, metadata={"description": "`after` of the next page."}),
    }
    return type(f"{item.__name__.removesuffix('Schema')}PageSchema", (marshmallow.Schema,), dict(members))
