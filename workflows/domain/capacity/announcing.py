"""What the world learns of capacity: the events for the brand's systems, the task and the notices for people."""

from collections.abc import Iterable
from typing import Any

from config.text import Text
from notifications.notice import Notice
from workflows.domain import amounts, events, people, tasks
from workflows.domain.capacity import months
from workflows.domain.capacity.records import CapacityPlan, CapacityRequest, Load, OpenRequest
from workflows.domain.capacity.request_document import RequestDocument
from workflows.domain.events import Subject
from workflows.domain.organisations import Organisation

FLOW = "capacity-report"
LOAD_FLOW = "load-update"
SUPPLIER_ROLES = ("owner", "clerk")
_BUYER_ROLES = ("buyer",)


def requested(actor: str, opened: OpenRequest, news: tuple[Text, ...] = (), is_change: bool = False) -> None:
    """The supplier is asked, anew or again: the fact, a task for what is asked, and word to its people."""
    request = opened.request
    kind = "capacity.request-changed" if is_change else "capacity.requested"
    events.append(request.brand, actor, kind, request.subject, request_data(opened))
    task = tasks.open_task(
        request.brand,
        tasks.NewTask(
            organisation_id=opened.supplier.id,
            flow=FLOW,
            roles=SUPPLIER_ROLES,
            title=title_of(request),
            subject=request.subject,
            subject_version=request.version,
            due_at=request.due_at,
            news=news,
        ),
    )
    asked = people.holders(opened.supplier.id, SUPPLIER_ROLES)
    tasks.tell(opened.supplier.id, [_task_notice(opened, task, person) for person in asked], task.public_id)


def withdrawn(actor: str, opened: OpenRequest, was_open: bool) -> None:
    """The brand asks no more: the fact, and word to whoever was asked."""
    request = opened.request
    data = {"ref": request.ref, "version": request.version, "state": request.state}
    events.append(request.brand, actor, "capacity.request-withdrawn", request.subject, data)
    if was_open:
        _tell_supplier(opened, opened.supplier, Text(en="Withdrawn by the brand", zh="品牌方已撤回"))


def taken_away(opened: OpenRequest, former: Organisation) -> None:
    """Another supplier is asked now: word to the one that was."""
    _tell_supplier(opened, former, Text(en="Withdrawn by the brand", zh="品牌方已撤回"))


def reported(actor: str, opened: OpenRequest, plans: Iterable[CapacityPlan]) -> None:
    """The supplier's report: the fact, and word to the brand's buyers."""
    request = opened.request
    events.append(request.brand, actor, "capacity.reported", request.subject, report_data(opened, plans))
    title = Text(en="{supplier}: capacity {ref}", zh="{supplier}：产能 {ref}")
    holders = people.holders(request.brand, _BUYER_ROLES)
    occasion = f"{request.public_id}:{request.version}:{request.reported_at}"
    told = title.format(supplier=opened.supplier.name, ref=request.ref)
    _tell(request, request.brand, holders, told, Text(en="Reported", zh="已上报"), occasion)


def load_reported(actor: str, supplier: Organisation, load: Load) -> None:
    """How busy a supplier is: the fact. Nobody is disturbed by it; the brand reads it beside the plan."""
    subject = Subject("partner", supplier.public_id, supplier.ref)
    data = {"supplier": supplier.ref, "colour": load.colour, "backlog_days": load.backlog_days}
    events.append(supplier.brand, actor, "load.reported", subject, data)


def request_data(opened: OpenRequest) -> dict[str, Any]:
    """What the brand's systems learn of a request."""
    request = opened.request
    return {
        "ref": request.ref,
        "version": request.version,
        "supplier": opened.supplier.ref,
        "items": [product.sku for product in opened.products],
        "months": [months.text(month) for month in request.asked],
        "due_at": request.due_at.isoformat(),
        "recurs_on_day": request.recurs_on_day,
    }


def report_data(opened: OpenRequest, plans: Iterable[CapacityPlan]) -> dict[str, Any]:
    """What the brand's systems learn of a report: the figures by product and month."""
    by_product: dict[int, list[dict[str, str]]] = {}
    for plan in plans:
        figure = {"month": months.text(plan.month), "quantity": amounts.quantity_text(plan.quantity)}
        by_product.setdefault(plan.product_id, []).append(figure)
    items = [
        {"sku": item.product.sku, "unit": item.unit, "plan": by_product.get(item.product_id, [])}
        for item in opened.items
    ]
    return {
        "ref": opened.request.ref,
        "version": opened.request.version,
        "supplier": opened.supplier.ref,
        "items": items,
    }


def title_of(request: CapacityRequest) -> Text:
    """The task in words."""
    first, last = months.words(request.asked[0]), months.words(request.asked[-1])
    if first == last:
        return Text(en="Report capacity for {first}", zh="上报产能：{first}").format(first=first)
    return Text(en="Report capacity, {first} to {last}", zh="上报产能：{first}至{last}").format(first=first, last=last)


def next_month(request: CapacityRequest) -> tuple[Text, ...]:
    """What a conversation that is still open says when the next month is asked."""
    words = Text(
        en="It is about the months from {first} on now. What you have filled in for them stays.",
        zh="现改为上报 {first} 起的产能，您已填写的相同月份予以保留。",
    )
    return (words.format(first=months.words(request.asked_month)),)


def changed(before: RequestDocument, after: RequestDocument) -> tuple[Text, ...]:
    """What the brand changed, for whoever was at work on it; nothing for a supplier that was not asked before."""
    if before.supplier.id != after.supplier.id:
        return ()
    added = [sku for sku in after.skus if sku not in before.skus]
    gone = [sku for sku in before.skus if sku not in after.skus]
    news = [
        Text(en="The brand changed what it asks for.", zh="品牌方修改了上报要求。"),
        *_listed(Text(en="Added: {skus}", zh="新增：{skus}"), added),
        *_listed(Text(en="No longer asked: {skus}", zh="不再需要：{skus}"), gone),
    ]
    return tuple(news)


def _listed(words: Text, skus: list[str]) -> list[Text]:
    return [words.format(skus="、".join(skus[:5]) + ("…" if len(skus) > 5 else ""))] if skus else []


def _tell_supplier(opened: OpenRequest, supplier: Organisation, outcome: Text) -> None:
    request = opened.request
    holders = people.holders(supplier.id, SUPPLIER_ROLES)
    occasion = f"{request.public_id}:{request.version}:withdrawn:{supplier.id}"
    _tell(request, supplier.id, holders, title_of(request), outcome, occasion)


def _tell(
    request: CapacityRequest, place: int, persons: Iterable[str], title: Text, outcome: Text, occasion: str
) -> None:
    notices = [
        Notice(
            kind="result",
            person=person,
            title=title,
            reference=request.ref,
            outcome=outcome,
            link=f"capacity/{request.public_id}",
            about=request.public_id,
        )
        for person in persons
    ]
    tasks.tell(place, notices, occasion)


def _task_notice(opened: OpenRequest, task: tasks.Task, person: str) -> Notice:
    return Notice(
        kind="task",
        person=person,
        title=task.title_text,
        reference=opened.request.ref,
        sender=Text(en=opened.brand.name, zh=opened.brand.name),
        due_at=task.due_at,
        link=f"task/{task.public_id}",
        about=task.public_id,
    )
