"""Lists of orders as a buyer asks for them: narrowed by filters, in pages that cost no more than the largest order."""

from dataclasses import dataclass
from datetime import date

import peewee

from config import clock
from workflows.domain.organisations import Organisation
from workflows.domain.purchasing.order_document import MOST_LINES
from workflows.domain.purchasing.orders import (
    CANCELLED,
    CHANGE_PROPOSED,
    PARTLY_CONFIRMED,
    PLACED,
    OpenOrder,
    OrderLine,
    OrderQuery,
    PurchaseOrder,
    lines_of,
    with_lines,
    with_parties,
)

_UNSETTLED = (PLACED, CHANGE_PROPOSED)


def filtered(query: OrderQuery, filters: "OrderFilters", today: date) -> OrderQuery:
    """Narrow a list of orders by what a buyer asks for."""
    if filters.state:
        query = query.where(PurchaseOrder.state == filters.state)
    if filters.supplier:
        query = query.join(Organisation).where(Organisation.ref == filters.supplier)
    if filters.due_before:
        query = query.where(PurchaseOrder.first_due_date < filters.due_before)
    if filters.is_late is not None:
        late = _is_late(today)
        query = query.where(late if filters.is_late else ~late)
    return query


@dataclass(frozen=True)
class OrderFilters:
    """Which orders of a list are wanted; None asks for all."""

    state: str | None = None
    supplier: str | None = None
    due_before: date | None = None
    is_late: bool | None = None


def _is_late(today: date) -> peewee.Expression:
    """Promised after its due date, not settled though due, or not answered in time."""
    asked = OrderLine.select().where(OrderLine.order == PurchaseOrder.id, OrderLine.state == PLACED)
    half_open = (PurchaseOrder.state == PARTLY_CONFIRMED) & peewee.fn.EXISTS(asked)  # not: the rest is off the order
    overdue = (PurchaseOrder.state.in_(_UNSETTLED) | half_open) & (PurchaseOrder.first_due_date < today)
    silent = (PurchaseOrder.state == PLACED) & (PurchaseOrder.answer_due_at < clock.now())
    return (PurchaseOrder.is_promised_late & (PurchaseOrder.state != CANCELLED)) | overdue | silent


def opened_page(query: OrderQuery, limit: int) -> tuple[list[OpenOrder], bool]:
    """The first `limit` orders of a query in the order of their ids, and whether there are more.

    Fewer where they have more lines than one order may have: a page costs no more than the largest order does.
    """
    orders = list(with_parties(query.limit(limit + 1)))
    lines = lines_of(orders[:limit], MOST_LINES + 1)
    if len(lines) <= MOST_LINES:
        return with_lines(orders[:limit], lines), len(orders) > limit
    cut = lines[
        -1
    ].order_id  # not all of its lines are among them; and it is not the first, which has no more than so many
    whole = [order for order in orders[:limit] if order.id < cut]
    return with_lines(whole, [line for line in lines if line.order_id < cut]), True
