"""Placing, changing and cancelling an order: what the brand does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config import clock, database
from config.ids import new_id
from config.prepared import Prepared, filling
from config.text import Text
from workflows.domain import tasks
from workflows.domain.access import Actor
from workflows.domain.documents import Faults, require_edited
from workflows.domain.errors import Conflict
from workflows.domain.organisations import Organisation
from workflows.domain.purchasing import announcing, changes
from workflows.domain.purchasing.order_document import LineDocument, OrderDocument, read_order
from workflows.domain.purchasing.orders import (
    CANCELLED,
    PLACED,
    OpenOrder,
    OrderLine,
    PurchaseOrder,
    held,
    open_order,
    order_by_ref,
    orders_of,
    save_lines,
)
from workflows.domain.purchasing.standing import answer_due_at, note_standing

_LONGEST_REASON = 500


@dataclass(frozen=True)
class Placed:
    """What a PUT of an order did; `opened` is the order with all that belongs to it, where it is at hand already."""

    order: PurchaseOrder
    is_new: bool
    is_changed: bool
    opened: OpenOrder | None = None


def place_order(actor: Actor, ref: str, fields: Mapping[str, Any], version: int | None = None) -> Placed:
    """Create the order `ref`, or replace it by `fields`; the same content changes nothing.

    version is the one the caller edited, where it says so. Raises Invalid with every fault, Conflict for a cancelled order,
    StaleVersion.
    """
    clean_ref = _clean_ref(ref)
    with database.transaction():
        database.serialise("order-ref", actor.brand_id, clean_ref)
        order = orders_of(actor).where(PurchaseOrder.ref == clean_ref).first()
        if order is None:
            document = read_order(actor, fields, {})
            require_edited(version, None)
            created = _create(actor, clean_ref, document)
            return Placed(created.order, is_new=True, is_changed=True, opened=created)
        opened = held(actor, order.public_id)
        document = read_order(actor, fields, changes.known_dates(opened))
        require_edited(version, opened.order.version)
        is_changed = _replace(actor, opened, document)
        return Placed(opened.order, is_new=False, is_changed=is_changed, opened=None if is_changed else opened)


def cancel_order(actor: Actor, ref: str, reason: str) -> PurchaseOrder:
    """Withdraw an order and tell its supplier. Cancelling twice changes nothing. Raises NotFound, Invalid."""
    faults = Faults()
    text = faults.text(("reason",), reason, longest=_LONGEST_REASON)
    faults.raise_if_any()
    with database.transaction():
        order = held(actor, order_by_ref(actor, ref).public_id).order
        if order.state == CANCELLED:
            return order
        order.state, order.version = CANCELLED, order.version + 1
        order.reason, order.reason_text = None, text or ""
        order.updated_at = clock.now()
        order.save()
        tasks.close_tasks_about(order.subject, tasks.CANCELLED)
        announcing.order_cancelled(actor, open_order(order))
    return order


def _clean_ref(ref: str) -> str:
    faults = Faults()
    clean = faults.ref(("ref",), ref)
    faults.raise_if_any()
    return str(clean)


def _create(actor: Actor, ref: str, document: OrderDocument) -> OpenOrder:
    now = clock.now()
    order = PurchaseOrder.create(
        public_id=new_id("po"),
        brand=actor.brand_id,
        ref=ref,
        supplier=document.supplier,
        buyer=document.buyer,
        currency=document.currency,
        note=document.note,
        amount=document.amount,
        first_due_date=document.first_due_date,
        answer_due_at=answer_due_at(document.supplier, document.first_due_date, now),
        placed_at=now,
        updated_at=now,
    )
    _insert_lines(order, document.lines)
    opened = _as_inserted(order, document, Organisation.get_by_id(actor.brand_id))
    announcing.order_placed(actor, opened, ())
    return opened


def _as_inserted(order: PurchaseOrder, document: OrderDocument, brand: Organisation) -> OpenOrder:
    """The new order with all that belongs to it, as it would be read back."""
    lines = [
        OrderLine(
            order=order.id,
            line=line.line,
            product=line.product,
            quantity=line.quantity,
            unit=line.unit,
            price=line.price,
            due_date=line.due_date,
        )
        for line in document.lines
    ]
    return OpenOrder(order, lines, document.supplier, brand)


_LINE_COLUMNS = (
    OrderLine.order,
    OrderLine.line,
    OrderLine.product,
    OrderLine.quantity,
    OrderLine.unit,
    OrderLine.price,
    OrderLine.due_date,
    OrderLine.state,
    OrderLine.deliveries,
    OrderLine.sent_quantity,
    OrderLine.sent_due_date,
)
_insert_line = Prepared(lambda *values: OrderLine.insert(filling(_LINE_COLUMNS, values)), count=len(_LINE_COLUMNS))


def _insert_lines(order: PurchaseOrder, lines: tuple[LineDocument, ...]) -> None:
    _insert_line.write_many(
        (
            order.id,
            line.line,
            line.product.id,
            line.quantity,
            line.unit,
            line.price,
            line.due_date,
            PLACED,
            [],
            *line.sent,
        )
        for line in lines
    )


def _replace(actor: Actor, opened: OpenOrder, document: OrderDocument) -> bool:
    order = opened.order
    document = changes.as_agreed(opened, document)
    news = changes.differences(opened, document)
    if not news:
        save_lines(changes.taken_up(opened, document))
        return False
    if order.state == CANCELLED:
        raise Conflict("order_cancelled", reason=order.reason_text)
    former_supplier = opened.supplier
    kept = changes.kept_lines(opened, document)
    OrderLine.delete().where(OrderLine.order == order, OrderLine.id.not_in([line.id for line in kept])).execute()
    save_lines(kept)
    numbers = {line.line for line in kept}
    _insert_lines(order, tuple(line for line in document.lines if line.line not in numbers))
    _update_header(order, document)
    _renew_task(actor, order, former_supplier, news)
    return True


def _update_header(order: PurchaseOrder, document: OrderDocument) -> None:
    order.supplier, order.buyer = document.supplier, document.buyer
    order.currency, order.note, order.amount = document.currency, document.note, document.amount
    order.first_due_date = document.first_due_date
    order.version += 1
    order.updated_at = clock.now()
    note_standing(order, order.supplier, list(OrderLine.select().where(OrderLine.order == order)))
    order.save()


def _renew_task(actor: Actor, order: PurchaseOrder, former: Organisation, news: tuple[Text, ...]) -> None:
    tasks.close_tasks_about(order.subject, tasks.SUPERSEDED)
    opened = open_order(order)
    if former.id != opened.supplier.id:
        announcing.order_taken_away(opened, former)
        news = ()
    announcing.order_placed(actor, opened, news, is_change=True)
    if opened.proposed:
        announcing.ask_buyers(opened, news)
