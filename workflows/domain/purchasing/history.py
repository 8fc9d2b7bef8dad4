"""The exchange about an order as one history: who did what when, read off the log of events, for both sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.text import Text
from workflows.domain import events, people, products
from workflows.domain.access import Actor
from workflows.domain.events import Event
from workflows.domain.purchasing import history_wording
from workflows.domain.purchasing.orders import PurchaseOrder

_BY_THE_SUPPLIER = {"order.change-proposed", "order.confirmed", "order.rejected"}


@dataclass(frozen=True)
class Move:
    """One step of the exchange. side is `brand` or `supplier`; by is the person's name, for their own side only."""

    seq: int
    at: datetime
    type: str
    side: str
    by: str | None
    text: Text
    lines: tuple[Text, ...]


@dataclass(frozen=True)
class History:
    """A part of the exchange, oldest first; next is the number after which it goes on, None at its end."""

    moves: tuple[Move, ...]
    next: int | None


def history_of(actor: Actor, order: PurchaseOrder, after: int, limit: int) -> History:
    """What happened to the actor's order after the event `after`; three statements however long it is.

    A supplier reads what happened while the order was theirs, not what was settled with another before.
    """
    found = events.of_subject(actor.brand_id, order.public_id, after, limit + 1)
    fresh = [event for event in found if event.seq > after]
    goes_on = fresh[limit - 1].seq if len(fresh) > limit else None
    last = fresh[:limit][-1].seq if fresh else after
    pairs = [pair for pair in _with_former(actor, found) if after < pair[1].seq <= last]
    skus = {line["sku"] for before, event in pairs for data in (before, event.data) for line in data.get("lines", ())}
    names = {sku: product.name for sku, product in products.by_sku(actor.brand_id, skus).items()}
    ours = people.names_of(actor, {event.actor for _, event in pairs if side_of(event) == _own_side(actor)})
    return History(tuple(_move(event, before, names, ours) for before, event in pairs), goes_on)


def _with_former(actor: Actor, found: Sequence[Event]) -> list[tuple[Mapping[str, Any], Event]]:
    """Each event that the actor may read, with the order's standing before it."""
    standing: Mapping[str, Any] = {}
    pairs = []
    for event in found:
        if event.type in history_wording.KINDS and _is_for(actor, event):
            pairs.append((standing, event))
            standing = event.data if "lines" in event.data else standing
    return pairs


def _move(event: Event, before: Mapping[str, Any], names: Mapping[str, str], ours: Mapping[str, str]) -> Move:
    said = history_wording.said(event.type, event.data, before, names)
    return Move(event.seq, event.at, event.type, side_of(event), ours.get(event.actor), said.text, said.lines)


def side_of(event: Event) -> str:
    """Whose move it was; events of the first release do not say so themselves."""
    return str(event.data.get("side") or ("supplier" if event.type in _BY_THE_SUPPLIER else "brand"))


def _own_side(actor: Actor) -> str:
    return "brand" if actor.is_brand else "supplier"


def _is_for(actor: Actor, event: Event) -> bool:
    return actor.is_brand or event.data.get("supplier", actor.organisation_ref) == actor.organisation_ref
