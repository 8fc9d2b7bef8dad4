"""How an order stands, from how its lines stand, and when the next answer is due."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from workflows.domain.organisations import Organisation
from workflows.domain.purchasing.orders import (
    CHANGE_PROPOSED,
    CONFIRMED,
    PARTLY_CONFIRMED,
    PLACED,
    REJECTED,
    OrderLine,
    PurchaseOrder,
)

ANSWER_WITHIN = timedelta(hours=48)


def is_promised_late(lines: Iterable[OrderLine]) -> bool:
    """Is an agreed or proposed delivery after its line's due date?"""
    return any(promise.date > line.due_date for line in lines for promise in line.promised)


def state_of(lines: Iterable[OrderLine]) -> str:
    """How an order stands, from how its lines stand."""
    states = {line.state for line in lines}
    if CHANGE_PROPOSED in states:
        return CHANGE_PROPOSED
    if states == {CONFIRMED}:
        return CONFIRMED
    if states == {REJECTED}:
        return REJECTED
    return PARTLY_CONFIRMED if CONFIRMED in states else PLACED


def answer_due_at(who: Organisation, first_due: date, now: datetime) -> datetime:
    """When an answer is expected of `who`: in two days, but before the day the first of the goods asked about are due is
    over at their place, and never in less than an hour."""
    last_moment = datetime.combine(first_due, time(18, 0), ZoneInfo(who.time_zone)).astimezone(UTC)
    return max(min(now + ANSWER_WITHIN, last_moment), now + timedelta(hours=1))


def note_standing(order: PurchaseOrder, supplier: Organisation, lines: Sequence[OrderLine]) -> None:
    """What follows from how the lines stand now: nothing of an answer that no longer counts stays behind."""
    order.state, order.is_promised_late = state_of(lines), is_promised_late(lines)
    asked = [line.due_date for line in lines if line.state == PLACED]
    if asked:
        order.answer_due_at = answer_due_at(supplier, min(asked), order.updated_at)
    if order.state in {PLACED, CONFIRMED}:
        order.reason = None  # of a rejection: there is none any more
    if order.state == PLACED:
        order.reason_text = ""
