"""What the world learns when an order moves: the event for the brand's systems, the task and the notices for people."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from config import clock
from config.text import Text
from notifications.notice import Notice
from workflows.domain import events, people, tasks
from workflows.domain.access import Actor
from workflows.domain.organisations import Organisation
from workflows.domain.purchasing import presenting
from workflows.domain.purchasing.orders import (
    CHANGE_PROPOSED,
    CONFIRMED,
    PARTLY_CONFIRMED,
    REJECTED,
    OpenOrder,
)
from workflows.domain.purchasing.standing import answer_due_at

FLOW = "order-confirmation"
APPROVAL = "order-change-approval"
REPORT = "order-change-report"
SUPPLIER_ROLES = ("owner", "clerk")
BUYER_ROLES = ("buyer", "admin")
_BUYERS = ("buyer",)
_EVENT_OF_STATE = {
    CONFIRMED: "order.confirmed",
    PARTLY_CONFIRMED: "order.confirmed",
    CHANGE_PROPOSED: "order.change-proposed",
    REJECTED: "order.rejected",
}
_OUTCOMES = {
    CONFIRMED: Text(en="Confirmed", zh="已确认"),
    PARTLY_CONFIRMED: Text(en="Partly confirmed", zh="部分确认"),
    CHANGE_PROPOSED: Text(en="Change proposed", zh="提出变更"),
    REJECTED: Text(en="Rejected", zh="已拒绝"),
}


def order_placed(actor: Actor, opened: OpenOrder, news: tuple[Text, ...], is_change: bool = False) -> None:
    """A new or changed order: the fact, a task for what is asked of the supplier, and word to its people."""
    order = opened.order
    _record(actor, opened, "order.changed" if is_change else "order.placed")
    if not opened.asked:
        _tell_supplier_of_result(opened, Text(en="Order changed, nothing to answer", zh="订单已变更，无需答复"))
        return
    task = tasks.open_task(
        order.brand,
        tasks.NewTask(
            organisation_id=opened.supplier.id,
            flow=FLOW,
            roles=SUPPLIER_ROLES,
            title=_task_title(opened, is_change),
            subject=order.subject,
            subject_version=order.version,
            due_at=order.answer_due_at,
            news=news,
            overseers=tasks.Overseers(order.buyer, _BUYERS),
        ),
    )
    people_asked = people.holders(opened.supplier.id, SUPPLIER_ROLES)
    _tell_of_task(opened, task, people_asked, opened.brand)


def order_answered(actor: Actor, opened: OpenOrder) -> None:
    """The supplier's answer: the fact, and word to the brand's buyer, with a task where something is left to decide."""
    order = opened.order
    _record(actor, opened, _EVENT_OF_STATE[order.state])
    if opened.proposed:
        ask_buyers(opened)
        return
    title = Text(en="{supplier}: {ref}", zh="{supplier}：{ref}").format(supplier=opened.supplier.name, ref=order.ref)
    _tell_result(opened, order.brand, _buyers_of(opened), title, _OUTCOMES[order.state])


def change_reported(actor: Actor, opened: OpenOrder, lines: Collection[int], words: str) -> None:
    """Confirmed lines that will be late or short after all: the fact, marked as a report, and a task for the buyer."""
    said = {"report": True, "reported": sorted(lines), "reason_text": words}
    _record(actor, opened, "order.change-proposed", said)
    ask_buyers(opened)


def ask_buyers(opened: OpenOrder, news: tuple[Text, ...] = ()) -> None:
    """A task for the brand's buyers about all that its supplier proposes now; it takes the place of one about less."""
    order = opened.order
    tasks.close_tasks_about(order.subject, tasks.SUPERSEDED, APPROVAL)
    task = tasks.open_task(
        order.brand,
        tasks.NewTask(
            organisation_id=order.brand,
            flow=APPROVAL,
            roles=BUYER_ROLES,
            title=Text(en="Changes to order {ref}", zh="订单变更审批 {ref}").format(ref=order.ref),
            subject=order.subject,
            subject_version=order.standing,
            due_at=answer_due_at(opened.brand, min(line.due_date for line in opened.proposed), clock.now()),
            news=news,
            overseers=tasks.Overseers(order.buyer, _BUYERS),
        ),
    )
    _tell_of_task(opened, task, _buyers_of(opened), opened.supplier)


def change_decided(
    actor: Actor, opened: OpenOrder, decided: Mapping[str, Any], told: tuple[Text, ...], outcome: Text
) -> None:
    """The buyer's decision: the fact, what the order has become by it, and word to the supplier: a result or a new task.

    decided is what the fact carries beside the order's standing; told are the decisions in words, outcome the message where
    nothing is left to answer.
    """
    order = opened.order
    _record(actor, opened, "order.change-decided", decided)
    if opened.asked:
        order_placed(actor, opened, told, is_change=True)
        return
    _record(actor, opened, _EVENT_OF_STATE[order.state])
    _tell_supplier_of_result(opened, outcome)


def _record(actor: Actor, opened: OpenOrder, kind: str, more: Mapping[str, Any] | None = None) -> None:
    order = opened.order
    data = {**presenting.event_data(opened), "side": side_of(actor), **(more or {})}
    events.append(order.brand, actor.name_for_audit, kind, order.subject, data)


def side_of(actor: Actor) -> str:
    """Whose move it is: `brand` or `supplier`."""
    return "brand" if actor.is_brand else "supplier"


def _buyers_of(opened: OpenOrder) -> list[str]:
    """The order's buyer; all of the brand's where it names none, or one who buys no more; without any its administrators:
    somebody must hear of it."""
    buyers = people.holders(opened.order.brand, _BUYERS) or people.holders(opened.order.brand, BUYER_ROLES)
    return [buyer for buyer in buyers if buyer == opened.order.buyer] or buyers


def order_cancelled(actor: Actor, opened: OpenOrder) -> None:
    """The brand withdrew the order: the fact, and word to the supplier's people."""
    order = opened.order
    data = {
        "ref": order.ref,
        "supplier": opened.supplier.ref,
        "version": order.version,
        "state": order.state,
        "reason": order.reason_text,
        "side": side_of(actor),
    }
    events.append(order.brand, actor.name_for_audit, "order.cancelled", order.subject, data)
    _tell_supplier_of_result(opened, Text(en="Cancelled by the brand", zh="品牌方已取消"))


def order_taken_away(opened: OpenOrder, former: Organisation) -> None:
    """The order went to another supplier: word to the one that had it."""
    holders = people.holders(former.id, SUPPLIER_ROLES)
    _tell_result(opened, former.id, holders, _order_title(opened), Text(en="Withdrawn by the brand", zh="品牌方已撤回"))


def _tell_supplier_of_result(opened: OpenOrder, outcome: Text) -> None:
    holders = people.holders(opened.supplier.id, SUPPLIER_ROLES)
    _tell_result(opened, opened.supplier.id, holders, _order_title(opened), outcome)


def _tell_result(opened: OpenOrder, organisation_id: int, persons: Iterable[str], title: Text, outcome: Text) -> None:
    order = opened.order
    notices = [
        Notice(
            kind="result",
            person=person,
            title=title,
            reference=order.ref,
            outcome=outcome,
            link=f"{order.subject.kind}/{order.public_id}",
            about=order.public_id,
        )
        for person in persons
    ]
    tasks.tell(organisation_id, notices, f"{order.public_id}:{order.version}:{order.state}:{organisation_id}")


def _tell_of_task(opened: OpenOrder, task: tasks.Task, persons: Iterable[str], sender: Organisation) -> None:
    notices = [_task_notice(opened, task, person, sender) for person in persons]
    tasks.tell(task.organisation, notices, task.public_id)


def _task_notice(opened: OpenOrder, task: tasks.Task, person: str, sender: Organisation) -> Notice:
    return Notice(
        kind="task",
        person=person,
        title=task.title_text,
        reference=opened.order.ref,
        sender=Text(en=sender.name, zh=sender.name),
        due_at=task.due_at,
        link=f"task/{task.public_id}",
        about=task.public_id,
    )


def _task_title(opened: OpenOrder, is_change: bool) -> Text:
    if is_change:
        return Text(en="Changed order {ref}", zh="订单变更 {ref}").format(ref=opened.order.ref)
    return Text(en="Confirm order {ref}", zh="确认订单 {ref}").format(ref=opened.order.ref)


def _order_title(opened: OpenOrder) -> Text:
    return Text(en="Order {ref}", zh="订单 {ref}").format(ref=opened.order.ref)
