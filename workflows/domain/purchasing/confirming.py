"""The supplier's answer to an order: who decides on it, and what it changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config import clock, database
from config.prepared import Prepared, filling
from workflows.domain import tasks
from workflows.domain.access import Actor
from workflows.domain.errors import Conflict
from workflows.domain.purchasing import announcing
from workflows.domain.purchasing.agreements import Promise
from workflows.domain.purchasing.orders import (
    CHANGE_PROPOSED,
    CONFIRMED,
    REJECTED,
    OpenOrder,
    OrderLine,
    PurchaseOrder,
    held,
    save_lines,
)
from workflows.domain.purchasing.rules import LineAnswer, Verdict, judge, rule_of
from workflows.domain.purchasing.standing import is_promised_late, state_of

_ANSWER_COLUMNS: list[Any] = [
    PurchaseOrder.state,
    PurchaseOrder.proposals,
    PurchaseOrder.reason,
    PurchaseOrder.reason_text,
    PurchaseOrder.is_promised_late,
    PurchaseOrder.answered_by,
    PurchaseOrder.answered_at,
    PurchaseOrder.updated_at,
]
_save = Prepared(
    lambda order, *values: PurchaseOrder.update(filling(_ANSWER_COLUMNS, values)).where(PurchaseOrder.id == order),
    count=1 + len(_ANSWER_COLUMNS),
)


@dataclass(frozen=True)
class OrderAnswer:
    """The supplier's answer to all asked lines, by line number, with the reason of a rejection as a whole."""

    lines: Mapping[int, LineAnswer]
    reason: str | None = None
    reason_text: str = ""

    @property
    def is_rejection(self) -> bool:
        """Is every asked line rejected?"""
        return all(said.decision == "reject" for said in self.lines.values())


def stands_rejected(opened: OpenOrder, answer: OrderAnswer) -> bool:
    """Is it a rejection that the supplier alone decides on? Not where it would end an agreement that stood before."""
    return answer.is_rejection and all(line.former is None for line in opened.asked)


def verdict_on(opened: OpenOrder, answer: OrderAnswer) -> Verdict:
    """Would this answer stand by itself, or does the brand's buyer decide?"""
    return judge(opened, answer.lines, rule_of(opened.order.brand))


def confirm_order(actor: Actor, order_id: str, version: int, answer: OrderAnswer) -> OpenOrder:
    """Store the supplier's answer to version `version` of an order; the order as it then stands.

    What fits the brand's rule is confirmed at once, what does not stands as proposed until the brand's buyer decides. Closes the
    task, tells the buyer. Raises NotFound, Conflict when the order has moved on or was answered.
    """
    with database.transaction():
        opened = held(actor, order_id)
        if opened.order.version != version or not opened.asked:
            raise Conflict("already_answered" if opened.order.version == version else "order_changed")
        verdict = verdict_on(opened, answer)
        is_final = stands_rejected(opened, answer)
        for line in opened.asked:
            _settle_line(line, answer.lines[line.line], verdict, is_final)
        save_lines(opened.asked)
        answered = OpenOrder(opened.order, opened.lines, opened.supplier, opened.brand)
        settle_order(actor, answered, answer.reason, answer.reason_text)
        tasks.close_tasks_about(opened.order.subject, tasks.DONE, announcing.FLOW)
        announcing.order_answered(actor, answered)
    return answered


def _settle_line(line: OrderLine, said: LineAnswer, verdict: Verdict, is_final: bool) -> None:
    line.reason = said.reason
    line.deliveries = [promise.to_json() for promise in _promised(line, said)]
    line.why = None
    if is_final:
        line.state, line.decided_at = REJECTED, None
    elif line.line in verdict.why:
        line.state, line.why = CHANGE_PROPOSED, list(verdict.why[line.line])
    else:
        line.state, line.former = CONFIRMED, None


def _promised(line: OrderLine, said: LineAnswer) -> tuple[Promise, ...]:
    if said.decision == "accept":
        return (Promise(line.quantity, line.due_date),)
    return said.deliveries if said.decision == "change" else ()


def settle_order(actor: Actor, opened: OpenOrder, reason: str | None, reason_text: str) -> None:
    """Note on the order what its supplier has said to its lines."""
    order = opened.order
    order.state = state_of(opened.lines)
    if opened.proposed:
        order.proposals = (order.proposals or 0) + 1
    order.reason, order.reason_text = reason, reason_text
    order.is_promised_late = is_promised_late(opened.lines)
    order.answered_by, order.answered_at = actor.person, clock.now()
    order.updated_at = order.answered_at
    _save.write(order.id, *(getattr(order, column.name) for column in _ANSWER_COLUMNS))
