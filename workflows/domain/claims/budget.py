"""What a claim would pay, and what is left to pay it from. Nobody settles without holding the budget (`hold`)."""

from dataclasses import dataclass

import peewee

from config import database
from workflows.domain.claims.records import Claim, SettlementLine
from workflows.domain.promotions import paying
from workflows.domain.promotions.records import Promotion


@dataclass(frozen=True)
class Payable:
    """What a claim pays, in minor units of `currency`.

    worth is what the promotion promises for it, amount what it pays now: less where the budget has less left. left is what the
    tightest budget still holds before this claim, None where there is none.
    """

    worth: int
    amount: int
    left: int | None
    currency: str

    @property
    def is_short(self) -> bool:
        """Is less paid than promised?"""
        return self.amount < self.worth


def hold(claim: Claim) -> None:
    """Let nobody else pay from this claim's budget until the transaction ends.

    Taken before the claim's own row, by everybody: two that took them in turn could wait for each other.
    """
    database.serialise("promotion-budget", claim.promotion_id, claim.partner_id)


def payable(claim: Claim, promotion: Promotion) -> Payable:
    """What the claim would pay if it were approved now; a promise only while the budget is held."""
    paid = _paid(claim, SettlementLine.partner == claim.partner_id)
    worth = worth_of(claim, promotion)
    if promotion.pays["kind"] == paying.FIXED and paid > 0:
        worth = 0  # once per partner, with the first proof that is approved
    left = _left(claim, promotion, paid)
    return Payable(worth, worth if left is None else max(min(worth, left), 0), left, promotion.currency)


def worth_of(claim: Claim, promotion: Promotion) -> int:
    """What the promotion promises for the claim, whatever was paid before; rounded half up, once."""
    return paying.pay_of(promotion).amount_for(claim.units)


def _left(claim: Claim, promotion: Promotion, paid: int) -> int | None:
    budget, limits = paying.budget_of(promotion), []
    if budget.per_partner is not None:
        limits.append(budget.per_partner - paid)
    if budget.per_store is not None:
        limits.append(budget.per_store - _paid(claim, SettlementLine.site_organisation == claim.site_organisation_id))
    return min(limits, default=None)


def _paid(claim: Claim, of: peewee.Expression) -> int:
    total = SettlementLine.select(peewee.fn.COALESCE(peewee.fn.SUM(SettlementLine.amount), 0))
    return int(total.where(SettlementLine.promotion == claim.promotion_id, of).scalar())
