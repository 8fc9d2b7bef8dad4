"""What a brand owes its partners for approved claims, as its bookkeeping reads it, and what became of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import peewee

from config import clock, database
from workflows.domain import amounts
from workflows.domain.access import Actor, require
from workflows.domain.claims import announcing, budget, settling
from workflows.domain.claims.records import Claim, SettlementLine
from workflows.domain.documents import Faults
from workflows.domain.errors import Conflict, Fault, Invalid, NotFound
from workflows.domain.organisations import Organisation
from workflows.domain.promotions.records import Promotion

OPEN, PAID, REVERSED = "open", "paid", "reversed"
MOST_EXPORTED = 100_000
_AT_ONCE = 1_000
_LONGEST_REF = 64
LineQuery: TypeAlias = "peewee.ModelSelect[SettlementLine]"


@dataclass(frozen=True)
class LineFilters:
    """Which lines: made since a day at the brand's own place, of a partner or a promotion (the brand's references).

    is_paid: paid ones, or (False) what is still to be paid; what was taken back is neither.
    """

    since: date | None = None
    partner: str | None = None
    promotion: str | None = None
    is_paid: bool | None = None


def lines_of(actor: Actor) -> LineQuery:
    """The settlement lines the actor may see: a brand its own, a partner those that pay it."""
    query = SettlementLine.select().where(SettlementLine.brand == actor.brand_id)
    return query if actor.is_brand else query.where(SettlementLine.partner == actor.organisation_id)


def filtered(actor: Actor, filters: LineFilters) -> LineQuery:
    """The actor's lines that fit."""
    query = lines_of(actor)
    if filters.since is not None:
        begins = datetime.combine(filters.since, time(), ZoneInfo(actor.time_zone)).astimezone(UTC)
        query = query.where(SettlementLine.created_at >= begins)
    if filters.partner is not None:
        of = Organisation.select(Organisation.id).where(Organisation.brand == actor.brand_id)
        query = query.where(SettlementLine.partner.in_(of.where(Organisation.ref == filters.partner)))
    if filters.promotion is not None:
        of_brand = Promotion.select(Promotion.id).where(Promotion.brand == actor.brand_id)
        query = query.where(SettlementLine.promotion.in_(of_brand.where(Promotion.ref == filters.promotion)))
    if filters.is_paid is None:
        return query
    is_paid = SettlementLine.paid_on.is_null(is_null=False)
    return query.where(is_paid if filters.is_paid else ~is_paid & settling.is_standing())


def documents(query: LineQuery) -> list[dict[str, Any]]:
    """The lines of a query as the brand reads them, in one statement."""
    return [_document(row) for row in _with_names(query)]


def exported(query: LineQuery) -> Iterator[dict[str, Any]]:
    """All lines of a query, oldest first, read in parts. Raises Invalid for more than one file takes."""
    if query.limit(MOST_EXPORTED + 1).count() > MOST_EXPORTED:
        raise Invalid([Fault(("since",), "too_many_to_export", {"most": MOST_EXPORTED})])
    return _parts(query)


def _parts(query: LineQuery) -> Iterator[dict[str, Any]]:
    last = 0
    while True:
        part = list(_with_names(query.where(SettlementLine.id > last).order_by(SettlementLine.id).limit(_AT_ONCE)))
        yield from map(_document, part)
        if len(part) < _AT_ONCE:
            return
        last = part[-1].row


def _with_names(query: LineQuery) -> Any:
    """Each line with what it names, without records made of them: a file has many."""
    partner, store, former = Organisation.alias("partner"), Organisation.alias("store"), SettlementLine.alias("former")
    line = SettlementLine
    columns = {
        "row": line.id,
        "id": line.public_id,
        "amount": line.amount,
        "currency": line.currency,
        "paid_on": line.paid_on,
        "payment_ref": line.payment_ref,
        "created_at": line.created_at,
        "claim": Claim.public_id,
        "promotion": Promotion.ref,
        "promotion_title": Promotion.title,
        "partner": partner.ref,
        "partner_name": partner.name,
        "store": store.ref,
        "store_name": store.name,
        "reverses": former.public_id,
        "is_reversed": settling.is_reversed(),
    }
    joined = query.select(*(column.alias(name) for name, column in columns.items()))
    joined = joined.join(Promotion).switch(line).join(Claim).switch(line)
    joined = joined.join(partner, on=(line.partner == partner.id)).switch(line)
    joined = joined.join(store, on=(line.site_organisation == store.id)).switch(line)
    return joined.join(former, peewee.JOIN.LEFT_OUTER, on=(line.reverses == former.id)).namedtuples()


def _document(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "claim": row.claim,
        "promotion": row.promotion,
        "promotion_title": row.promotion_title,
        "partner": row.partner,
        "partner_name": row.partner_name,
        "store": row.store,
        "store_name": row.store_name,
        "amount": amounts.amount_text(row.amount, row.currency),
        "currency": row.currency,
        "state": _state(row),
        "reverses": row.reverses,
        "paid_on": row.paid_on and row.paid_on.isoformat(),
        "payment_ref": row.payment_ref,
        "created_at": row.created_at,
    }


def _state(row: Any) -> str:
    if row.reverses or row.is_reversed:
        return REVERSED
    return PAID if row.paid_on else OPEN


def note_payment(actor: Actor, line_id: str, fields: Mapping[str, Any]) -> SettlementLine:
    """Store what the brand's books say became of a line: paid on a day, under a reference; the partner's owners are told once.

    The same again changes nothing, other content corrects it. Raises NotFound, Forbidden, Invalid; Conflict
    `settlement_reversed` for a line that was taken back, or takes one back.
    """
    require(actor, "settlements:write")
    paid_on, payment_ref = _read(actor, fields)
    with database.transaction():
        seen = _line(lines_of(actor), line_id)
        budget.hold(seen.claim)  # whoever takes it back stands in the same line
        line = _line(database.locked(lines_of(actor)), line_id)
        if line.reverses_id or SettlementLine.select().where(SettlementLine.reverses == line.id).exists():
            raise Conflict("settlement_reversed")
        if (line.paid_on, line.payment_ref) != (paid_on, payment_ref):
            _pay(actor, line, paid_on, payment_ref)
    return line


def _line(query: LineQuery, line_id: str) -> SettlementLine:
    found: SettlementLine | None = query.where(SettlementLine.public_id == line_id).first()
    if found is None:
        raise NotFound
    return found


def _read(actor: Actor, fields: Mapping[str, Any]) -> tuple[date, str]:
    faults = Faults()
    faults.only((), fields, {"paid_on", "payment_ref"})
    today = clock.today(actor.time_zone)
    paid_on = faults.date(("paid_on",), fields.get("paid_on"), latest=today)
    payment_ref = faults.text(("payment_ref",), fields.get("payment_ref"), _LONGEST_REF)
    faults.raise_if_any()
    if paid_on is None or payment_ref is None:
        raise AssertionError("what is missing is a fault")
    return paid_on, payment_ref


def _pay(actor: Actor, line: SettlementLine, paid_on: date, payment_ref: str) -> None:
    line.paid_on, line.payment_ref = paid_on, payment_ref
    line.save(only=[SettlementLine.paid_on, SettlementLine.payment_ref])
    known = {"paid_on": paid_on.isoformat(), "payment_ref": payment_ref}
    announcing.record_line(actor.name_for_audit, line, "settlement.paid", **known)
    announcing.paid(line)
