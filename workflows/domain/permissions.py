"""The one matrix of who may see and who may write which field of what. Every serialiser asks it.

Which records somebody reaches at all is decided before, by queries that start from the actor (`orders_of(actor)`); this
table then says what of them they see. A field that stands in no row is hidden from everybody. What a partner's people
write, they write by answering a flow.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from workflows.domain.access import ROLES_OF_KIND, Actor

READ, WRITE, HIDDEN = "read", "write", "hidden"
SYSTEM = "system"
PRINCIPALS = (SYSTEM, *(f"{kind}:{role}" for kind, roles in ROLES_OF_KIND.items() for role in roles))

_RIGHTS: Final = MappingProxyType({"w": WRITE, "r": READ, ".": HIDDEN})

# One letter per principal, in their order: w writes (and reads), r reads, a point sees nothing. The groups are
# the brand's system | brand buyer, reviewer, admin | supplier owner, clerk | distributor owner, clerk, field |
# store owner, field | agency owner, field.
_MATRIX: Final = (
    # record          fields                                                   sys bra su dis st ag
    ("partner", "id ref", "r rrr rr rrr rr rr"),
    ("partner", "kind name region time_zone language", "w rrr rr rrr rr rr"),
    ("partner", "state version created_at updated_at", "r rrr .. ... .. .."),
    ("person", "id", "r rrr rr rrr rr rr"),
    ("person", "name", "w rrr rr rrr rr rr"),
    ("person", "language memberships", "w rrr .. ... .. .."),
    ("person", "phone", "w ... .. ... .. .."),
    ("person", "ref state version created_at updated_at", "r rrr .. ... .. .."),
    ("invitation", "link qr expires_at", "r ... .. ... .. .."),
    ("product", "id sku", "r rrr rr rrr rr .."),
    ("product", "name unit gtin packs tracked_by", "w rrr rr rrr rr .."),
    ("product", "version created_at updated_at", "r rrr .. ... .. .."),
    ("purchase_order", "id ref version amount", "r r.r rr ... .. .."),
    ("purchase_order", "supplier buyer currency note lines", "w r.r rr ... .. .."),
    ("purchase_order", "state", "r w.w ww ... .. .."),
    ("purchase_order", "reason reason_text", "r r.r ww ... .. .."),
    ("purchase_order", "answer_due_at answered_at placed_at updated_at", "r r.r rr ... .. .."),
    ("order_line", "line sku unit price", "w r.r rr ... .. .."),
    ("order_line", "quantity due_date", "w w.w rr ... .. .."),
    ("order_line", "name why former_deliveries", "r r.r rr ... .. .."),
    ("order_line", "state", "r w.w ww ... .. .."),
    ("order_line", "reason deliveries", "r r.r ww ... .. .."),
    ("order_history", "seq at type side by text lines", "r r.r rr ... .. .."),
    ("confirmation_rule", "short_percent late_days person_above", "w r.r .. ... .. .."),
    ("capacity_request", "id ref version asked_months due_at", "r ... rr ... .. .."),
    ("capacity_request", "supplier items first_month months due_date recurs_on_day note", "w ... rr ... .. .."),
    ("capacity_request", "state reported_at", "r ... ww ... .. .."),
    ("capacity_request", "next_at created_at updated_at", "r ... .. ... .. .."),
    ("capacity", "supplier sku name month unit plan plan_reported_at plan_age_days", "r ... .. ... .. .."),
    ("capacity", "open_orders gap load", "r ... .. ... .. .."),
    ("promotion", "id ref state version", "r ... .. ... .. .."),
    ("promotion", "title policy starts_on ends_on sign_by due_at shots facts pays budget", "w ... .. ... .. .."),
    ("promotion", "radius_m second_reviewer_above audit_percent participants", "w ... .. ... .. .."),
    ("promotion", "signatures created_at updated_at", "r ... .. ... .. .."),
    ("participation", "id partner state reason reason_text signed_by signed_at version", "r ... .. ... .. .."),
    ("participation", "sign_until stores", "r ... .. ... .. .."),
    ("settlement", "id claim promotion promotion_title partner partner_name store", "r ... .. ... .. .."),
    ("settlement", "store_name amount currency state reverses created_at", "r ... .. ... .. .."),
    ("settlement", "paid_on payment_ref", "w ... .. ... .. .."),
    ("claim", "id promotion store state reasons updated_at", "r ... .. rrr rr rr"),
    ("claim", "state_text", ". ... .. rrr rr rr"),
    ("claim", "amount paid_on", "r ... .. r.. r. .."),
    ("claim", "partner prover version round score held audited distance_m facts redo units", "r ... .. ... .. .."),
    ("claim", "approved_amount currency sent_at decided_at due_at created_at photos decisions", "r ... .. ... .. .."),
    ("event", "seq type at actor subject data", "r ... .. ... .. .."),
    ("audit_entry", "seq at kind actor record event data hash", "r ... .. ... .. .."),
    ("audit_view", "viewer record day at", "r ... .. ... .. .."),
    ("audit_head", "brand seq hash at", "r ... .. ... .. .."),
    ("task", "id flow title subject due_at state conversation taken_by template", ". rrr rr rrr rr rr"),
    ("notice", "id kind title text reference facts due_at link urgency at", ". rrr rr rrr rr rr"),
    ("history", "id conversation flow title subject state outcome by at", ". rrr rr rrr rr rr"),
    ("flow", "flow title subject_kind template", ". rrr rr rrr rr rr"),
    ("startable", "subject template", ". rrr rr rrr rr rr"),
    ("conversation", "id flow state revision title subject progress messages ask", ". rrr rr rrr rr rr"),
    ("conversation", "stored dropped rejection superseded_by steps photos", ". rrr rr rrr rr rr"),
    ("conversation", "answers", ". www ww www ww ww"),
    ("session", "token expires_at person memberships reachable", ". rrr rr rrr rr rr"),
    ("session", "acting_for", ". www ww www ww ww"),
    ("oneself", "id name language", ". rrr rr rrr rr rr"),
    ("device", "id label since last_used_at current", ". rrr rr rrr rr rr"),
    ("photo_receipt", "id sha256 size_bytes recorded_at state remarks", ". rrr rr rrr rr rr"),
    ("photo_receipt", "conversation step", ". rrr rr rrr rr rr"),
    ("photo_code", "conversation code valid_until taken_until", ". rrr rr rrr rr rr"),
    ("person_export", "items", ". rrr rr rrr rr rr"),
)


@cache
def _matrix() -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Field → right, by record and principal."""
    table: dict[tuple[str, str], dict[str, str]] = {}
    for record, fields, letters in _MATRIX:
        for principal, letter in zip(PRINCIPALS, letters.replace(" ", ""), strict=True):
            table.setdefault((record, principal), {}).update(dict.fromkeys(fields.split(), _RIGHTS[letter]))
    return MappingProxyType(table)


def records() -> frozenset[str]:
    """The kinds of records the matrix speaks of."""
    return frozenset(record for record, _, _ in _MATRIX)


def principals_of(actor: Actor) -> frozenset[str]:
    """What an actor is to the matrix: `system`, or a `kind:role` for each of their roles."""
    if actor.is_brand_system:
        return frozenset({SYSTEM})
    return frozenset(f"{actor.organisation_kind}:{role}" for role in actor.roles)


def right(principal: str, record: str, field: str) -> str:
    """What one principal may do with one field: `read`, `write` or `hidden`."""
    return _matrix()[record, principal].get(field, HIDDEN)


def readable(actor: Actor, record: str) -> frozenset[str]:
    """The fields of a kind of record that the actor sees, in any of their roles."""
    return _fields(principals_of(actor), record, frozenset({READ, WRITE}))


def writable(actor: Actor, record: str) -> frozenset[str]:
    """The fields of a kind of record that the actor writes, in any of their roles."""
    return _fields(principals_of(actor), record, frozenset({WRITE}))


@cache
def _fields(principals: frozenset[str], record: str, rights: frozenset[str]) -> frozenset[str]:
    rows = (_matrix()[record, principal] for principal in principals)
    return frozenset(field for row in rows for field, given in row.items() if given in rights)


def shown(actor: Actor, record: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """A document with only what the actor sees of it."""
    fields = readable(actor, record)
    return {name: value for name, value in document.items() if name in fields}
