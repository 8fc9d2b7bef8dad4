"""What the brand's doors share: how a PUT answers, which version the caller edited, how a list is cut into pages."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import peewee
from flask import request

from api import paging
from workflows.domain.documents import ANY_VERSION
from workflows.domain.errors import DomainError

_VERSION = re.compile(r'(?:W/)?"([1-9][0-9]{0,8})"')
Answer = tuple[dict[str, Any], int, dict[str, str]]


def edited_version() -> int | None:
    """The version that `If-Match` names, ANY_VERSION for `*`, or None where the caller does not say. Raises DomainError."""
    header = request.headers.get("If-Match", "").strip()
    if header in {"", "*"}:
        return ANY_VERSION if header else None
    match = _VERSION.fullmatch(header)
    if match is None:
        raise DomainError("stale_version")
    return int(match[1])


def put_answer(document: dict[str, Any], is_new: bool) -> Answer:
    """201 for a new record, 200 otherwise, with its version as ETag."""
    return document, 201 if is_new else 200, version_headers(document)


def version_headers(document: dict[str, Any]) -> dict[str, str]:
    """The record's version as ETag, for `If-Match`."""
    return {"ETag": f'"{document["version"]}"'}


def fetched(query: "peewee.ModelSelect[Any]", limit: int) -> tuple[list[Any], bool]:
    """The first `limit` records of a query, and whether there are more."""
    found = list(query.limit(limit + 1))
    return found[:limit], len(found) > limit


def page(
    query: "peewee.ModelSelect[Any]",
    by: peewee.Field,
    arguments: dict[str, Any],
    shown: Callable[[Sequence[Any]], Sequence[dict[str, Any]]],
    fetch: Callable[["peewee.ModelSelect[Any]", int], tuple[list[Any], bool]] = fetched,
    record: Callable[[Any], Any] = lambda found: found,
) -> paging.Page:
    """One page of `query` in the order of its integer key `by`.

    `fetch` runs the query for at most so many and says whether there are more, `record` finds the record that `by` belongs
    to in what it gives, `shown` makes documents of it.
    """
    place = paging.place(arguments["after"], (int,))
    query = query.where(by > place[0]) if place else query
    found, is_more = fetch(query.order_by(by), arguments["limit"])
    following = paging.cursor((getattr(record(found[-1]), by.name),)) if is_more else None
    return paging.Page(list(shown(found)), following)
