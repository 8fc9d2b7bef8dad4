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
from workflows.domain.purchasing.orders import (
    CHANGE_PROPOSED,
    CONFIRMED,
    REJECTED,
    OpenOrder,
    OrderLine,
    Promise,
    PurchaseOrder,
    held,
    is_promised_late,
    save_lines,
    state_of,
)
from workflows.domain.purchasing.rules import LineAnswer, Verdict, judge, rule_of

_ANSWER_COLUMNS: list[Any] = [
    PurchaseOrder.state,
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
        """Is every asked line rejected? Then the supplier has decided, and nobody else does."""
        return all(said.decision == "reject" for said in self.lines.values())


def verdict_on(opened: OpenOrder, answer: OrderAnswer) -> Verdict:
    """Would this answer stand by itself, or does the brand's buyer decide?"""
    return judge(opened, answer.lines, rule_of(opened.order.brand))


def confirm_order(actor: Actor, order_id: str, version: int, answer: OrderAnswer) -> OpenOrder:
    """Store the supplier's answer to version `version` of an order; the order as it then stands.

    What fits the brand's rule is confirmed at once, what does not stands as proposed until the brand answers. Closes the task,
    tells the buyer. Raises NotFound, Conflict when the order has moved on or was answered.
    """
    with database.transaction():
        opened = held(actor, order_id)
        if opened.order.version != version or not opened.asked:
            raise Conflict("already_answered" if opened.order.version == version else "order_changed")
        verdict = verdict_on(opened, answer)
        for line in opened.asked:
            _settle_line(line, answer, verdict)
        save_lines(opened.asked)
        _settle_order(actor, opened, answer)
        tasks.close_tasks_about(opened.order.subject, tasks.DONE, announcing.FLOW)
        announcing.order_answered(actor, opened)
    return opened


def _settle_line(line: OrderLine, answer: OrderAnswer, verdict: Verdict) -> None:
    said = answer.lines[line.line]
    line.reason = said.reason
    line.deliveries = [promise.to_json() for promise in _promised(line, said)]
    line.state = CHANGE_PROPOSED if line.line in verdict.lines else CONFIRMED
    if answer.is_rejection:
        line.state = REJECTED


def _promised(line: OrderLine, said: LineAnswer) -> tuple[Promise, ...]:
    if said.decision == "accept":
        return (Promise(line.quantity, line.due_date),)
    return said.deliveries if said.decision == "change" else ()


def _settle_order(actor: Actor, opened: OpenOrder, answer: OrderAnswer) -> None:
    order = opened.order
    order.state = state_of(opened.lines)
    order.reason, order.reason_text = answer.reason, answer.reason_text
    order.is_promised_late = is_promised_late(opened.lines)
    order.answered_by, order.answered_at = actor.person, clock.now()
    order.updated_at = order.answered_at
    _save.write(order.id, *(getattr(order, column.name) for column in _ANSWER_COLUMNS))
