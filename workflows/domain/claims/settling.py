"""Money that a decision gives a partner or takes back: append-only lines, never more than the budget holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import peewee

from config import clock, database
from config.ids import new_id
from workflows.domain.claims import budget
from workflows.domain.claims.records import Claim, ClaimDecision, SettlementLine
from workflows.domain.promotions.records import Promotion


def pay(claim: Claim, promotion: Promotion, decision: ClaimDecision) -> SettlementLine | None:
    """Pay an approved claim what its budget holds, with a line of its own; none where there is nothing to pay.

    The caller holds the budget and the claim's row, and saves the claim.
    """
    found = budget.payable(claim, promotion)
    claim.amount, claim.approved_amount, decision.amount = found.worth, found.amount, found.amount
    decision.save()
    return _write(claim, decision, found.amount, promotion.currency) if found.amount else None


def take_back(claim: Claim, decision: ClaimDecision) -> SettlementLine | None:
    """Reverse what the claim was paid with an opposite line that names it; none where it was paid nothing.

    The caller holds the budget and the claim's row, has seen to it that nothing of it has left the brand's bank, and saves
    the claim.
    """
    line = standing(claim)
    claim.approved_amount = None
    if line is None:
        return None
    decision.amount = -line.amount
    decision.save()
    return _write(claim, decision, -line.amount, line.currency, line)


def _write(
    claim: Claim, decision: ClaimDecision, amount: int, currency: str, reverses: SettlementLine | None = None
) -> SettlementLine:
    made: SettlementLine = SettlementLine.create(
        public_id=new_id("stl"),
        brand=claim.brand,
        promotion=claim.promotion_id,
        claim=claim.id,
        decision=decision.id,
        partner=claim.partner_id,
        site_organisation=claim.site_organisation_id,
        amount=amount,
        currency=currency,
        reverses=reverses.id if reverses else None,
        created_at=clock.now(),
    )
    return made


def standing(claim: Claim) -> SettlementLine | None:
    """The line that pays the claim now, locked, if one does: a payment that is under way is waited for."""
    lines = database.locked(SettlementLine.select().where(SettlementLine.claim == claim.id, is_standing()))
    found: SettlementLine | None = lines.first()
    return found


def is_standing() -> Any:
    """Does a line pay, and is it not taken back?"""
    return SettlementLine.reverses.is_null() & ~is_reversed()


def is_reversed() -> Any:
    """Has a later line taken this one back?"""
    later = SettlementLine.alias("later")
    return peewee.fn.EXISTS(later.select(later.id).where(later.reverses == SettlementLine.id))


def is_paid(claim: peewee.Field) -> Any:
    """Has money for the claim left the brand's bank, as far as its books say?"""
    return peewee.fn.EXISTS(
        SettlementLine.select(SettlementLine.id).where(
            SettlementLine.claim == claim, SettlementLine.paid_on.is_null(is_null=False)
        )
    )


@dataclass(frozen=True)
class Wrong:
    """A claim or a partner whose lines do not add up to what stands beside them."""

    what: str
    id: str
    says: int
    lines: int


def verify(brand_id: int) -> Iterator[Wrong]:
    """Every claim whose lines are not what it was approved for, and every partner that got less than nothing."""
    total = peewee.fn.COALESCE(peewee.fn.SUM(SettlementLine.amount), 0)
    says = peewee.fn.COALESCE(Claim.approved_amount, 0)
    claims = Claim.select(Claim.public_id, says.alias("says"), total.alias("total")).left_outer_join(
        SettlementLine, on=(SettlementLine.claim == Claim.id)
    )
    claims = claims.where(Claim.brand == brand_id).group_by(Claim.id, Claim.public_id, Claim.approved_amount)
    for row in claims.having(total != says).dicts().iterator():
        yield Wrong("claim", row["public_id"], int(row["says"]), int(row["total"]))
    yield from _in_debt(brand_id)


def _in_debt(brand_id: int) -> Iterator[Wrong]:
    total = peewee.fn.SUM(SettlementLine.amount)
    lines = SettlementLine.select(SettlementLine.partner, total.alias("total"))
    lines = lines.where(SettlementLine.brand == brand_id).group_by(SettlementLine.partner)
    rows: Any = lines.having(total < 0).tuples()
    for partner, found in rows:
        yield Wrong("partner", str(partner), 0, int(found))
