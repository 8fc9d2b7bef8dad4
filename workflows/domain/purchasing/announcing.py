"""What the world learns when an order moves: the event for the brand's systems, the task and the notices for people."""

from collections.abc import Iterable

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

FLOW = "order-confirmation"
SUPPLIER_ROLES = ("owner", "clerk")
_BUYER_ROLES = ("buyer",)
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
    kind = "order.changed" if is_change else "order.placed"
    events.append(order.brand, actor.name_for_audit, kind, order.subject, presenting.event_data(opened))
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
            overseers=tasks.Overseers(order.buyer, _BUYER_ROLES),
        ),
    )
    people_asked = people.holders(opened.supplier.id, SUPPLIER_ROLES)
    tasks.tell(opened.supplier.id, [_task_notice(opened, task, person) for person in people_asked], task.public_id)


def order_answered(actor: Actor, opened: OpenOrder) -> None:
    """The supplier's answer: the fact, and word to the brand's buyer."""
    order = opened.order
    data = presenting.event_data(opened)
    events.append(order.brand, actor.name_for_audit, _EVENT_OF_STATE[order.state], order.subject, data)
    title = Text(en="{supplier}: {ref}", zh="{supplier}：{ref}").format(supplier=opened.supplier.name, ref=order.ref)
    _tell_result(opened, order.brand, _buyers_of(opened), title, _OUTCOMES[order.state])


def _buyers_of(opened: OpenOrder) -> list[str]:
    """The order's buyer; all of the brand's where it names none, or one who buys no more: somebody must hear of it."""
    buyers = people.holders(opened.order.brand, _BUYER_ROLES)
    return [buyer for buyer in buyers if buyer == opened.order.buyer] or buyers


def order_cancelled(actor: Actor, opened: OpenOrder) -> None:
    """The brand withdrew the order: the fact, and word to the supplier's people."""
    order = opened.order
    data = {"ref": order.ref, "version": order.version, "state": order.state, "reason": order.reason_text}
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


def _task_notice(opened: OpenOrder, task: tasks.Task, person: str) -> Notice:
    return Notice(
        kind="task",
        person=person,
        title=task.title_text,
        reference=opened.order.ref,
        sender=Text(en=opened.brand.name, zh=opened.brand.name),
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
