"""The audit as a brand's own system reads it: its chain, who saw what, and the chain's end to keep as its own anchor."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import peewee

from config import clock
from workflows.domain.access import Actor, require
from workflows.domain.audit.anchors import Anchor, heads
from workflows.domain.audit.entries import AuditEntry
from workflows.domain.audit.views import AuditView

_SCOPE = "audit:read"
_INNER = ("after", "through")  # rows of ours


@dataclass(frozen=True)
class Wanted:
    """Which part is asked for: about a record, by or about a person (their id, or a key's public part); None asks for all."""

    record: str | None = None
    person: str | None = None


def entries_of(actor: Actor) -> "peewee.ModelSelect[AuditEntry]":
    """The chain an actor may know: a brand its own, nobody else any."""
    query = AuditEntry.select().where(AuditEntry.brand == actor.brand_id)
    return query if actor.is_brand else query.where(AuditEntry.id.is_null())


def views_of(actor: Actor) -> "peewee.ModelSelect[AuditView]":
    """Who saw what, as far as an actor may know: a brand of its own, nobody else anything."""
    query = AuditView.select().where(AuditView.brand == actor.brand_id)
    return query if actor.is_brand else query.where(AuditView.id.is_null())


def entries(actor: Actor, after: int, limit: int, wanted: Wanted) -> list[AuditEntry]:
    """The brand's entries above a number, oldest first. Raises Forbidden."""
    require(actor, _SCOPE)
    query = entries_of(actor).where(AuditEntry.seq > after)
    if wanted.record:
        query = query.where(AuditEntry.record == wanted.record)
    ways = [query]
    if wanted.person:  # each by an index of its own
        ways = [query.where(AuditEntry.actor == wanted.person), query.where(AuditEntry.record == wanted.person)]
    found = {row.seq: row for way in ways for row in way.order_by(AuditEntry.seq).limit(limit)}
    return [found[seq] for seq in sorted(found)][:limit]


def entry_document(entry: AuditEntry) -> dict[str, Any]:
    """An entry as the brand reads it."""
    return {
        "seq": entry.seq,
        "at": entry.at,
        "kind": entry.kind,
        "actor": entry.actor,
        "record": {"kind": entry.record_kind, "id": entry.record},
        "event": entry.event,
        "data": {name: value for name, value in entry.data.items() if name not in _INNER},
        "hash": entry.hash,
    }


def views(actor: Actor, wanted: Wanted) -> "peewee.ModelSelect[AuditView]":
    """The query of who saw what of the brand. Raises Forbidden."""
    require(actor, _SCOPE)
    query = views_of(actor)
    if wanted.record:
        query = query.where(AuditView.record == wanted.record)
    return query.where(AuditView.viewer == wanted.person) if wanted.person else query


def view_documents(found: Iterable[AuditView]) -> list[dict[str, Any]]:
    """Views as the brand reads them."""
    return [
        {"viewer": one.viewer, "record": {"kind": one.record_kind, "id": one.record}, "day": one.day, "at": one.at}
        for one in found
    ]


def head_of(actor: Actor) -> Anchor:
    """Where the brand's chain ends now. Raises Forbidden."""
    require(actor, _SCOPE)
    return (heads(actor.brand_id) or [Anchor(actor.organisation, 0, "", clock.now())])[0]
