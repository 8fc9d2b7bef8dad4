"""The buyer's answer to what a supplier proposes: line by line accepted, declined or countered."""

from collections.abc import Mapping
from typing import Any

from config import clock, database
from workflows.domain import amounts, tasks
from workflows.domain.access import Actor
from workflows.domain.errors import Conflict
from workflows.domain.purchasing import announcing, decision_wording
from workflows.domain.purchasing.agreements import Promise
from workflows.domain.purchasing.decisions import ACCEPT, Decision, LineDecision, asks_again
from workflows.domain.purchasing.orders import (
    CONFIRMED,
    PLACED,
    REJECTED,
    OpenOrder,
    OrderLine,
    held,
    save_lines,
)
from workflows.domain.purchasing.standing import note_standing


def decide_change(actor: Actor, order_id: str, standing: int, decision: Decision) -> OpenOrder:
    """Store the buyer's decision on all that is proposed in an order of this standing; the order as it then stands.

    Accepted lines stand as proposed (a rejected one is off the order), declined ones are asked again as ordered, countered ones
    as the buyer wants them. Closes the task, tells the supplier. Raises NotFound, Conflict when the order has moved on.
    """
    with database.transaction():
        opened = held(actor, order_id)
        if opened.order.standing != standing or not opened.proposed:
            raise Conflict("order_changed")
        told, outcome = decision_wording.told_of(opened, decision), decision_wording.outcome_of(decision)
        for line in opened.proposed:
            _settle_line(line, decision.lines[line.line])
        save_lines(opened.proposed)
        decided = OpenOrder(opened.order, opened.lines, opened.supplier, opened.brand)
        _settle_order(decided)
        tasks.close_tasks_about(opened.order.subject, tasks.DONE, announcing.APPROVAL)
        tasks.close_tasks_about(opened.order.subject, tasks.SUPERSEDED, announcing.FLOW)
        announcing.change_decided(actor, decided, _fact(decision), told, outcome)
    return decided


def _settle_line(line: OrderLine, said: LineDecision) -> None:
    line.decided_at, line.why = clock.now(), None
    if said.kind == ACCEPT:
        line.state, line.former = CONFIRMED if line.promised else REJECTED, None
    elif not asks_again(line, said):
        _put_back(line)
    else:
        line.state, line.reason, line.deliveries = PLACED, None, []
        if said.wanted is not None:
            _ask_for(line, said.wanted)


def _put_back(line: OrderLine) -> None:
    agreed = line.agreement
    if agreed is None:
        raise AssertionError("only a line with a former agreement is put back to it")
    _ask_for(line, agreed.ordered)
    line.state, line.reason, line.former = CONFIRMED, agreed.reason, None
    line.deliveries = [promise.to_json() for promise in agreed.promised]


def _ask_for(line: OrderLine, wanted: Promise) -> None:
    """Order something else than the brand's system said, and remember what that was."""
    if line.sent_quantity is None:
        line.sent_quantity, line.sent_due_date = line.quantity, line.due_date
    line.quantity, line.due_date = wanted.quantity, wanted.date
    if (line.sent_quantity, line.sent_due_date) == (line.quantity, line.due_date):
        line.sent_quantity = line.sent_due_date = None


def _settle_order(opened: OpenOrder) -> None:
    order = opened.order
    order.version += 1
    order.updated_at = clock.now()
    order.amount = total_of(opened, {})
    order.first_due_date = min(line.due_date for line in opened.lines)
    note_standing(order, opened.supplier, opened.lines)
    order.save()


def total_of(opened: OpenOrder, wanted: Mapping[int, Promise]) -> int:
    """What the order comes to with these quantities, by line number, in place of its own."""
    quantities = {line.line: line.quantity for line in opened.lines} | {
        number: promise.quantity for number, promise in wanted.items()
    }
    currency = opened.order.currency
    return sum(amounts.line_amount(quantities[line.line], line.price, currency) for line in opened.lines)


def _fact(decision: Decision) -> dict[str, Any]:
    lines = [{"line": number, "decision": said.kind, **_wanted(said)} for number, said in decision.lines.items()]
    return {"decisions": lines, "word": decision.word}


def _wanted(said: LineDecision) -> dict[str, str]:
    if said.wanted is None:
        return {}
    return {"quantity": amounts.quantity_text(said.wanted.quantity), "due_date": said.wanted.date.isoformat()}
