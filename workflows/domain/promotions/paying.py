"""What a promotion pays for a proof, and how much at most: how a brand says it, and what a claim comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.domain import amounts
from workflows.domain.documents import Faults
from workflows.domain.promotions.records import Promotion

FIXED, PER_STORE, PER_UNIT = "fixed", "per_store", "per_unit"
KINDS = (FIXED, PER_STORE, PER_UNIT)
LARGEST = 10**12  # minor units: with every quantity that is taken, its product stays a whole number that we can add up
_ONE: int = 10**amounts.QUANTITY_DECIMALS


@dataclass(frozen=True)
class Pay:
    """How a promotion pays: `fixed` once per partner, `per_store` each approved proof, `per_unit` by its quantity question.

    amount is in minor units of currency; fact the key of the question whose quantity counts.
    """

    kind: str
    amount: int
    currency: str
    fact: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As the brand reads it."""
        said = {"kind": self.kind, "amount": amounts.amount_text(self.amount, self.currency), "currency": self.currency}
        return {**said, "fact": self.fact}

    def amount_for(self, units: int | None) -> int:
        """What one approved proof pays in minor units, before any budget; units are thousandths, and count per unit alone.

        Rounded half up. `fixed` is this too: that it is paid once per partner, whoever settles sees to.
        """
        if self.kind != PER_UNIT:
            return self.amount
        return min((self.amount * (units or 0) + _ONE // 2) // _ONE, amounts.LARGEST_AMOUNT)


@dataclass(frozen=True)
class Budget:
    """How much a promotion pays at most to one partner and for one store, in minor units; None: no limit."""

    per_partner: int | None = None
    per_store: int | None = None

    def to_json(self, currency: str) -> dict[str, Any]:
        """As the brand reads it."""
        limits = {"per_partner": self.per_partner, "per_store": self.per_store}
        return {name: None if most is None else amounts.amount_text(most, currency) for name, most in limits.items()}


def pay_of(promotion: Promotion) -> Pay:
    """How a promotion pays."""
    kept = promotion.pays
    return Pay(kept["kind"], kept["amount"], promotion.currency, kept.get("fact"))


def budget_of(promotion: Promotion) -> Budget:
    """How much a promotion pays at most."""
    return Budget(promotion.budget.get("per_partner"), promotion.budget.get("per_store"))


def read_pay(faults: Faults, raw: object, facts: Sequence[Mapping[str, Any]]) -> Pay | None:
    """The clean pay, after noting every fault; facts are the questions that can be counted."""
    row = faults.row(("pays",), raw)
    faults.only(("pays",), row, {"kind", "amount", "currency", "fact"})
    if raw is None:
        return None
    kind = faults.one_of(("pays", "kind"), row.get("kind"), KINDS)
    currency = faults.currency(("pays", "currency"), row.get("currency"))
    amount = _limit(faults, ("pays", "amount"), row.get("amount"), currency)
    fact = _fact(faults, kind, row.get("fact"), facts)
    if kind is None or currency is None or amount is None:
        return None
    return Pay(kind, amount, currency, fact)


def _fact(faults: Faults, kind: str | None, raw: object, facts: Sequence[Mapping[str, Any]]) -> str | None:
    path = ("pays", "fact")
    if kind != PER_UNIT:
        if raw is not None and kind is not None:
            faults.add(path, "fact_not_counted")
        return None
    key = faults.text(path, raw, longest=64)
    if any(fault.path[0] == "facts" for fault in faults.found if fault.path):
        return key  # the question may be the one at fault
    asked = next((fact for fact in facts if fact["step"] == key), None)
    if key is None:
        return None
    if asked is None or asked["kind"] != "quantity":
        faults.add(path, "fact_no_quantity")
    elif "when" in asked:
        faults.add(path, "fact_not_always_asked")
    return key


def read_budget(faults: Faults, raw: object, currency: str | None) -> Budget:
    """The clean budget, after noting every fault."""
    row = faults.row(("budget",), raw, is_optional=True)
    faults.only(("budget",), row, {"per_partner", "per_store"})
    return Budget(
        *(_limit(faults, ("budget", name), row.get(name), currency, True) for name in ("per_partner", "per_store"))
    )


def read_second_above(faults: Faults, raw: object, currency: str | None) -> int | None:
    """Above which amount two reviewers decide, in minor units of the promotion's own currency; None: never."""
    path = "second_reviewer_above"
    if raw is None:
        return None
    row = faults.row((path,), raw)
    faults.only((path,), row, {"amount", "currency"})
    own = faults.currency((path, "currency"), row.get("currency"))
    if own is not None and currency is not None and own != currency:
        faults.add((path, "currency"), "currency_differs", currency=currency)
    return _limit(faults, (path, "amount"), row.get("amount"), currency or own, least=0)


def _limit(
    faults: Faults, path: tuple[str, str], raw: object, currency: str | None, is_optional: bool = False, least: int = 1
) -> int | None:
    if currency is None and raw is None and not is_optional:
        faults.add(path, "required")
    found = faults.amount(path, raw, currency, least, is_optional)
    if found is not None and currency is not None and found > LARGEST:
        faults.add(path, "too_large", most=amounts.amount_text(LARGEST, currency))
    return found
