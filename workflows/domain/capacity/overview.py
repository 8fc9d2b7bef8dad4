"""Capacity against open orders: per supplier, product and month, what was planned, what is ordered, and the difference.

What is ordered is everything promised and not cancelled or rejected: an agreed delivery counts in the month it is promised
for, part by part, until something else is agreed; a line that was never agreed counts as ordered, in the month it is due.
Figures in different units are never added: a product that changed its unit has a row for each.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

import peewee

from config import clock
from workflows.domain import amounts
from workflows.domain.access import Actor
from workflows.domain.capacity import months
from workflows.domain.capacity.records import CapacityPlan, SupplierLoad
from workflows.domain.organisations import Organisation, partners_of
from workflows.domain.products import Product
from workflows.domain.purchasing.agreements import Promise
from workflows.domain.purchasing.orders import CANCELLED, CONFIRMED, REJECTED, OrderLine, PurchaseOrder

_GONE = (CANCELLED, REJECTED)
# A promise may be so much later than its line was due (flows/order_confirmation.py).
_LATEST_PROMISE = timedelta(days=760)

Pair: TypeAlias = tuple[int, int]


class Place(NamedTuple):
    """Where a row stands in the list."""

    supplier: int
    product: int
    month: date
    unit: str


@dataclass(frozen=True)
class Span:
    """The months asked about."""

    first: date
    last: date

    def __contains__(self, month: date) -> bool:
        return self.first <= month <= self.last


@dataclass(frozen=True)
class Filters:
    """Which rows are wanted; None asks for all."""

    span: Span
    supplier: str | None = None
    sku: str | None = None


@dataclass
class Row:
    """One supplier, product and month; figures in thousandths of the unit, plan None where nothing was said."""

    place: Place
    plan: int | None = None
    reported_at: datetime | None = None
    ordered: int = 0


@dataclass(frozen=True)
class Overview:
    """A part of the list: its rows, what they speak of, and where the next part begins."""

    rows: Sequence[Row]
    suppliers: Mapping[int, Organisation]
    products: Mapping[int, Product]
    loads: Mapping[int, SupplierLoad]
    next: Place | None


def overview(actor: Actor, filters: Filters, after: Place | None, limit: int) -> Overview:
    """The rows behind `after`, at most `limit`, in six statements however many there are; a part may hold fewer, or none."""
    pairs = _pairs(actor, filters, after, limit + 1)
    found = sorted(_rows(pairs, filters.span), key=lambda row: row.place)
    rows = [row for row in found if after is None or row.place > after]
    following = rows[limit - 1].place if len(rows) > limit else _end_of(pairs, limit, filters.span)
    shown = rows[:limit]
    suppliers = {row.place.supplier for row in shown}
    return Overview(
        shown,
        _by_id(Organisation, suppliers),
        _by_id(Product, {row.place.product for row in shown}),
        {load.supplier_id: load for load in SupplierLoad.select().where(SupplierLoad.supplier.in_(suppliers))},
        following,
    )


def _end_of(pairs: Sequence[Pair], limit: int, span: Span) -> Place | None:
    """Behind everything of the last pair, where there may be more pairs."""
    return Place(*pairs[-1], span.last, "\uffff") if len(pairs) > limit else None


def _by_id(record: Any, ids: Iterable[int]) -> Mapping[int, Any]:
    return {row.id: row for row in record.select().where(record.id.in_(list(ids)))}


def _pairs(actor: Actor, filters: Filters, after: Place | None, limit: int) -> list[Pair]:
    """Suppliers and products that have a plan or an order, in order, from the one of `after` on."""
    planned = _narrowed(
        CapacityPlan.select(CapacityPlan.supplier.alias("supplier"), CapacityPlan.product.alias("product")).where(
            CapacityPlan.brand == actor.brand_id,
            CapacityPlan.month.between(filters.span.first, filters.span.last),
        ),
        CapacityPlan.supplier,
        CapacityPlan.product,
        (actor, filters, after),
    )
    ordered = _narrowed(
        _lines(OrderLine.select(PurchaseOrder.supplier, OrderLine.product), filters.span).where(
            PurchaseOrder.brand == actor.brand_id
        ),
        PurchaseOrder.supplier,
        OrderLine.product,
        (actor, filters, after),
    )
    both = planned.union(ordered)
    query = both.order_by(peewee.SQL("1"), peewee.SQL("2")).limit(limit)
    return [(supplier, product) for supplier, product in query.tuples()]


def _narrowed(query: Any, supplier: Any, product: Any, asked: tuple[Actor, Filters, Place | None]) -> Any:
    actor, filters, after = asked
    if filters.supplier is not None:
        wanted = partners_of(actor).select(Organisation.id).where(Organisation.ref == filters.supplier)
        query = query.where(supplier.in_(wanted))
    if filters.sku is not None:
        of_sku = Product.select(Product.id).where(Product.brand == actor.brand_id, Product.sku == filters.sku)
        query = query.where(product.in_(of_sku))
    if after is not None:
        query = query.where((supplier > after.supplier) | ((supplier == after.supplier) & (product >= after.product)))
    return query


def _lines(query: Any, span: Span) -> Any:
    """The lines of orders that stand, of which something may be delivered in these months."""
    agreed = (OrderLine.state == CONFIRMED) | OrderLine.former.is_null(False)
    agreed = agreed & (OrderLine.due_date >= span.first - _LATEST_PROMISE)
    due = OrderLine.due_date.between(span.first, months.plus(span.last, 1) - timedelta(days=1))
    stands = PurchaseOrder.state.not_in(_GONE) & OrderLine.state.not_in(_GONE)
    return query.join(PurchaseOrder).where(stands, agreed | due)


def _rows(pairs: Sequence[Pair], span: Span) -> list[Row]:
    if not pairs:
        return []
    rows: dict[Place, Row] = {}
    for plan in _plans_of(pairs, span):
        place = Place(plan.supplier_id, plan.product_id, plan.month, plan.unit)
        rows[place] = Row(place, plan.quantity, plan.reported_at)
    for supplier, line in _lines_of(pairs, span):
        for promise in _expected(line):
            month = months.of(promise.date)
            if month in span:
                place = Place(supplier, line.product_id, month, line.unit)
                rows.setdefault(place, Row(place)).ordered += promise.quantity
    return list(rows.values())


def _plans_of(pairs: Sequence[Pair], span: Span) -> Iterator[CapacityPlan]:
    query = CapacityPlan.select().where(
        CapacityPlan.supplier.in_({supplier for supplier, _ in pairs}),
        CapacityPlan.product.in_({product for _, product in pairs}),
        CapacityPlan.month.between(span.first, span.last),
    )
    wanted = frozenset(pairs)
    return (plan for plan in query if (plan.supplier_id, plan.product_id) in wanted)


def _lines_of(pairs: Sequence[Pair], span: Span) -> Iterator[tuple[int, OrderLine]]:
    columns: list[Any] = [OrderLine.product, OrderLine.quantity, OrderLine.unit, OrderLine.due_date, OrderLine.state]
    columns += [OrderLine.deliveries, OrderLine.former, PurchaseOrder.supplier]
    query = _lines(OrderLine.select(*columns), span).where(
        PurchaseOrder.supplier.in_({supplier for supplier, _ in pairs}),
        OrderLine.product.in_({product for _, product in pairs}),
    )
    wanted = frozenset(pairs)
    found = ((line.order.supplier_id, line) for line in query)
    return ((supplier, line) for supplier, line in found if (supplier, line.product_id) in wanted)


def _expected(line: OrderLine) -> Sequence[Promise]:
    """What of a line is expected when: the agreed deliveries, else what was ordered."""
    if line.state == CONFIRMED:
        return line.promised or (line.ordered,)
    agreed = line.agreement
    return (agreed.promised or (agreed.ordered,)) if agreed else (line.ordered,)


def documents(found: Overview) -> list[dict[str, Any]]:
    """The rows as the brand reads them."""
    now = clock.now()
    return [_document(row, found, now) for row in found.rows]


def _document(row: Row, found: Overview, now: datetime) -> dict[str, Any]:
    place, product = row.place, found.products[row.place.product]
    gap = None if row.plan is None else amounts.quantity_text(row.plan - row.ordered)
    return {
        "supplier": found.suppliers[place.supplier].ref,
        "sku": product.sku,
        "name": product.name,
        "month": months.text(place.month),
        "unit": place.unit,
        "plan": None if row.plan is None else amounts.quantity_text(row.plan),
        "plan_reported_at": row.reported_at,
        "plan_age_days": _days(row.reported_at, now),
        "open_orders": amounts.quantity_text(row.ordered),
        "gap": gap,
        "load": _load(found.loads.get(place.supplier), now),
    }


def _load(load: SupplierLoad | None, now: datetime) -> dict[str, Any] | None:
    if load is None:
        return None
    return {
        "colour": load.colour,
        "backlog_days": load.backlog_days,
        "reported_at": load.reported_at,
        "age_days": _days(load.reported_at, now),
    }


def _days(since: datetime | None, now: datetime) -> int | None:
    """Whole days gone by."""
    return None if since is None else max((now - since).days, 0)
