"""The brand's rule for order confirmations: what is accepted by itself, and what its buyer decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import peewee

from config import clock, database
from config.database import Record
from config.fields import MoneyField, UtcDateTimeField
from config.prepared import Prepared
from workflows.domain import amounts, events
from workflows.domain.access import Actor
from workflows.domain.documents import Faults
from workflows.domain.purchasing.agreements import Promise
from workflows.domain.purchasing.orders import OpenOrder, OrderLine

AUTOMATIC, PERSON = "automatic", "person"
_PERCENT_DECIMALS = 2
_HUNDRED_PERCENT = 100 * 10**_PERCENT_DECIMALS
_MOST_LATE_DAYS = 365
DEFAULT_CURRENCY = "CNY"
_SUBJECT = events.Subject("rule", "order-confirmation", "order-confirmation")
DEFAULT_PERSON_ABOVE = 10_000_000  # fen: 100,000 yuan


class ConfirmationRule(Record):
    """What a brand tolerates: short_percent in hundredths of a percent of a line's quantity, late_days after its due date,
    and the order amount (minor units) above which a person decides whatever the answer."""

    brand = peewee.IntegerField(primary_key=True)
    short_percent = peewee.IntegerField(default=0)
    late_days = peewee.IntegerField(default=0)
    person_above = MoneyField(default=DEFAULT_PERSON_ABOVE)
    currency = peewee.CharField(max_length=3, default=DEFAULT_CURRENCY)
    updated_at = UtcDateTimeField(null=True)


@dataclass(frozen=True)
class LineAnswer:
    """What the supplier says to one line: accept, change (with its deliveries) or reject, and why."""

    decision: str
    deliveries: tuple[Promise, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class Verdict:
    """Who decides on an answer: by the number of each line that goes to a person, why it does.

    `large`, `currency`, `short`, `over`, `late`, `rejected`, `reported`.
    """

    why: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """`automatic` or `person`."""
        return PERSON if self.why else AUTOMATIC

    @property
    def reasons(self) -> tuple[str, ...]:
        """All that brings it before a person."""
        return tuple(sorted({reason for reasons in self.why.values() for reason in reasons}))

    @property
    def is_automatic(self) -> bool:
        """Does the answer stand at once?"""
        return not self.why


def rule_of(brand_id: int) -> ConfirmationRule:
    """The brand's rule, or the one that holds until it sets its own."""
    return _rule.first(brand_id) or ConfirmationRule(brand=brand_id)


_rule = Prepared(lambda brand: ConfirmationRule.select().where(ConfirmationRule.brand == brand).limit(1))


def rule_document(rule: ConfirmationRule) -> dict[str, Any]:
    """The rule as the brand reads and writes it."""
    return {
        "short_percent": amounts.decimal_text(rule.short_percent, _PERCENT_DECIMALS),
        "late_days": rule.late_days,
        "person_above": {
            "amount": amounts.amount_text(rule.person_above, rule.currency),
            "currency": rule.currency,
        },
    }


def set_rule(actor: Actor, document: Mapping[str, Any]) -> ConfirmationRule:
    """Replace the brand's rule; the same one changes nothing. Raises Invalid with every fault."""
    values = _read(document)
    with database.transaction():
        database.serialise("rule", actor.brand_id)
        standing = rule_of(actor.brand_id)
        if all(getattr(standing, name) == value for name, value in values.items()):
            return standing
        ConfirmationRule.insert(brand=actor.brand_id, updated_at=clock.now(), **values).on_conflict(
            conflict_target=[ConfirmationRule.brand], update={**values, "updated_at": clock.now()}
        ).execute()
        rule = rule_of(actor.brand_id)
        events.append(actor.brand_id, actor.name_for_audit, "rule.changed", _SUBJECT, rule_document(rule))
    return rule


def _read(document: Mapping[str, Any]) -> dict[str, Any]:
    faults = Faults()
    faults.only((), document, {"short_percent", "late_days", "person_above"})
    short = faults.read(("short_percent",), document.get("short_percent"), _percent)
    late = faults.whole(("late_days",), document.get("late_days"), 0, _MOST_LATE_DAYS)
    above = faults.row(("person_above",), document.get("person_above"))
    faults.only(("person_above",), above, {"amount", "currency"})
    currency = faults.currency(("person_above", "currency"), above.get("currency"))
    amount = faults.amount(("person_above", "amount"), above.get("amount"), currency or DEFAULT_CURRENCY)
    faults.raise_if_any()
    return {"short_percent": short, "late_days": late, "person_above": amount, "currency": currency}


def _percent(raw: object) -> int:
    return amounts.scaled(raw, _PERCENT_DECIMALS, 0, _HUNDRED_PERCENT)


def judge(opened: OpenOrder, answers: Mapping[int, LineAnswer], rule: ConfirmationRule) -> Verdict:
    """Who decides on `answers` (by line number) to the asked lines of an order. Pure.

    What the buyer has asked for in just these words needs no second decision, however large the order is.
    """
    whole = _order_reasons(opened, rule)
    why = {}
    for line in opened.asked:
        answer = answers[line.line]
        if answer.decision == "accept" and line.decided_at is not None:
            continue
        why[line.line] = (*whole, *reasons_for(line, answer, rule))
    return Verdict({number: reasons for number, reasons in why.items() if reasons})


def _order_reasons(opened: OpenOrder, rule: ConfirmationRule) -> tuple[str, ...]:
    if opened.order.currency != rule.currency:
        return ("currency",)  # an amount in another currency cannot be held against the brand's limit
    return ("large",) if opened.order.amount > rule.person_above else ()


def reasons_for(line: OrderLine, answer: LineAnswer, rule: ConfirmationRule) -> tuple[str, ...]:
    """What the brand's rule has against an answer to one line."""
    if answer.decision == "accept":
        return ()
    if answer.decision == "reject":
        return ("rejected",)
    return (*_quantity_reasons(line, answer.deliveries, rule), *_date_reasons(line, answer.deliveries, rule))


def _quantity_reasons(line: OrderLine, deliveries: Sequence[Promise], rule: ConfirmationRule) -> tuple[str, ...]:
    missing = line.quantity - sum(delivery.quantity for delivery in deliveries)
    if missing < 0:
        return ("over",)
    return ("short",) if missing * _HUNDRED_PERCENT > line.quantity * rule.short_percent else ()


def _date_reasons(line: OrderLine, deliveries: Sequence[Promise], rule: ConfirmationRule) -> tuple[str, ...]:
    days_late = max((delivery.date - line.due_date).days for delivery in deliveries)
    return ("late",) if days_late > rule.late_days else ()
