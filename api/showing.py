"""What the actor sees of a document: the permission matrix, asked at every door before anything goes out."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.auth import actor
from workflows.domain import permissions


def show(record: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """One document with the fields that the actor reads."""
    return permissions.shown(actor(), record, document)


def show_all(record: str, documents: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each of the documents with the fields that the actor reads."""
    fields = permissions.readable(actor(), record)
    return [
        dict(document) if fields.issuperset(document) else _only(fields, document)  # mostly nothing is hidden
        for document in documents
    ]


def _only(fields: frozenset[str], document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name in fields}


def show_order(document: Mapping[str, Any]) -> dict[str, Any]:
    """An order and its lines with the fields that the actor reads."""
    shown = show("purchase_order", document)
    if "lines" in shown:
        shown["lines"] = show_all("order_line", shown["lines"])
    return shown
