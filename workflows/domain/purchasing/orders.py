"""The records of purchase orders, and how an actor finds them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, TypeAlias

import peewee

from config import clock, database
from config.database import Record
from config.fields import JsonField, MoneyField, PublicIdField, QuantityField, UnitPriceField, UtcDateTimeField
from config.prepared import Prepared, filling
from workflows.domain.access import Actor, stand_in
from workflows.domain.errors import NotFound
from workflows.domain.events import Subject
from workflows.domain.organisations import Organisation
from workflows.domain.products import Product
from workflows.domain.purchasing.agreements import Agreement, Promise, promises

PLACED, CONFIRMED, PARTLY_CONFIRMED = "placed", "confirmed", "partly_confirmed"
CHANGE_PROPOSED, REJECTED, CANCELLED = "change_proposed", "rejected", "cancelled"
ORDER_STATES = (PLACED, CONFIRMED, PARTLY_CONFIRMED, CHANGE_PROPOSED, REJECTED, CANCELLED)
_SUPPLIER = Organisation.alias("supplier_party")
_BRAND = Organisation.alias("brand_party")
SUBJECT_KIND = "purchase_order"
OrderQuery: TypeAlias = "peewee.ModelSelect[PurchaseOrder]"


class PurchaseOrder(Record):
    """One order of a brand to one supplier.

    version grows when the brand changes it, decides on a proposal or cancels it, proposals (None is none) when the supplier
    proposes something; first_due_date is the earliest of its lines; answer_due_at is when the supplier's answer is expected;
    is_promised_late says that an agreed or proposed delivery is after its line's due date.
    """

    id = peewee.AutoField()
    public_id = PublicIdField()
    brand = peewee.IntegerField()
    ref = peewee.CharField(max_length=64)
    supplier = peewee.ForeignKeyField(Organisation, on_delete="RESTRICT")
    supplier_id: int
    buyer = peewee.CharField(max_length=64, null=True)
    currency = peewee.CharField(max_length=3)
    note = peewee.TextField(default="")
    amount = MoneyField()
    version = peewee.IntegerField(default=1)
    proposals = peewee.IntegerField(null=True)
    state = peewee.CharField(max_length=24, default=PLACED)
    first_due_date = peewee.DateField()
    answer_due_at = UtcDateTimeField()
    is_promised_late = peewee.BooleanField(default=False)
    reason = peewee.CharField(max_length=32, null=True)
    reason_text = peewee.TextField(default="")
    answered_by = peewee.CharField(max_length=64, null=True)
    answered_at = UtcDateTimeField(null=True)
    placed_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        indexes = (
            (("brand", "ref"), True),
            (("brand", "state", "id"), False),
            (("supplier", "state", "id"), False),
            (("brand", "first_due_date"), False),
        )

    @property
    def subject(self) -> Subject:
        """The order as what a task, an event or a conversation is about."""
        return Subject(SUBJECT_KIND, self.public_id, self.ref)

    @property
    def standing(self) -> int:
        """Grows whenever either side moves: what a decision on a proposal is about."""
        return int(self.version) + (self.proposals or 0)


class OrderLine(Record):
    """One line of an order: what was ordered, and how its confirmation stands.

    why says why a proposal came to a person (`large`, `late` …); former is the agreement that stood before an open proposal or
    counter; decided_at is when the brand's buyer last decided on the line; sent_quantity and sent_due_date are what the brand's
    system said last, where the buyer has agreed on something else since.
    """

    id = peewee.AutoField()
    order = peewee.ForeignKeyField(PurchaseOrder, on_delete="CASCADE")
    order_id: int
    line = peewee.IntegerField()
    product = peewee.ForeignKeyField(Product, on_delete="RESTRICT")
    product_id: int
    quantity = QuantityField()
    unit = peewee.CharField(max_length=16)
    price = UnitPriceField()
    due_date = peewee.DateField()
    state = peewee.CharField(max_length=24, default=PLACED)
    reason = peewee.CharField(max_length=32, null=True)
    deliveries = JsonField(default=list)
    why = JsonField(null=True)
    former = JsonField(null=True)
    decided_at = UtcDateTimeField(null=True)
    sent_quantity = QuantityField(null=True)
    sent_due_date = peewee.DateField(null=True)

    class Meta:
        indexes = ((("order", "line"), True),)

    @property
    def promised(self) -> tuple[Promise, ...]:
        """The deliveries agreed, or proposed while the line's state says so."""
        return promises(self.deliveries)

    @property
    def ordered(self) -> Promise:
        """What was ordered, as the one delivery it asks for."""
        return Promise(self.quantity, self.due_date)

    @property
    def agreement(self) -> Agreement | None:
        """What both sides had agreed on before what is open now."""
        return Agreement.from_json(self.former) if self.former else None

    @property
    def standing_agreement(self) -> Agreement:
        """What the line, being confirmed, says now."""
        return Agreement(self.ordered, self.promised, self.reason)


@dataclass(frozen=True)
class OpenOrder:
    """An order with its lines and the two parties: what a flow or a document is made from."""

    order: PurchaseOrder
    lines: Sequence[OrderLine]
    supplier: Organisation
    brand: Organisation
    asked: Sequence[OrderLine] = field(init=False)
    proposed: Sequence[OrderLine] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "asked", tuple(line for line in self.lines if line.state == PLACED))
        object.__setattr__(self, "proposed", tuple(line for line in self.lines if line.state == CHANGE_PROPOSED))

    @property
    def today(self) -> date:
        """The calendar day at the supplier's place."""
        return clock.today(self.supplier.time_zone)


def orders_of(actor: Actor) -> "peewee.ModelSelect[PurchaseOrder]":
    """The orders the actor may see: a brand its own, a supplier those placed with it, nobody else any."""
    query = PurchaseOrder.select().where(PurchaseOrder.brand == actor.brand_id)
    if actor.organisation_kind == "brand":
        return query
    return query.where(PurchaseOrder.supplier == actor.organisation_id)


def order_by_ref(actor: Actor, ref: str) -> PurchaseOrder:
    """The actor's order with the brand's reference `ref`. Raises NotFound."""
    return _only(orders_of(actor).where(PurchaseOrder.ref == ref))


def order_by_id(actor: Actor, public_id: str) -> PurchaseOrder:
    """The actor's order with our id. Raises NotFound."""
    return _only(orders_of(actor).where(PurchaseOrder.public_id == public_id))


def version_of(actor: Actor, public_id: str) -> int | None:
    """The version of the actor's order as it stands; None where there is none."""
    question = _version(orders_of, actor.organisation_kind)
    row = question.first(actor.brand_id, actor.organisation_id, public_id)
    return row.version if row else None


def standing_of(actor: Actor, public_id: str) -> int | None:
    """The standing of the actor's order, which grows whenever either side moves; None where there is none."""
    row = _version(orders_of, actor.organisation_kind).first(actor.brand_id, actor.organisation_id, public_id)
    return row.standing if row else None


@cache
def _version(of: Callable[[Actor], OrderQuery], organisation_kind: str) -> Prepared:
    def build(brand: Any, organisation: Any, public_id: Any) -> Any:
        query = of(stand_in(brand, organisation, organisation_kind))
        query = query.select(PurchaseOrder.version, PurchaseOrder.proposals)
        return query.where(PurchaseOrder.public_id == public_id).limit(1)

    return Prepared(build)


def opened(query: OrderQuery) -> list[OpenOrder]:
    """The orders of a query with all that belongs to them, in two statements however many there are."""
    orders = list(with_parties(query))
    return with_lines(orders, lines_of(orders))


def with_lines(orders: Sequence[Any], lines: Iterable[OrderLine]) -> list[OpenOrder]:
    """Orders that carry their parties, with their lines."""
    found: dict[int, list[OrderLine]] = {order.id: [] for order in orders}
    for line in lines:
        found[line.order_id].append(line)
    return [OpenOrder(order, found[order.id], order._supplier, order._brand) for order in orders]


def with_parties(query: OrderQuery) -> Any:
    """The orders of a query, each with its supplier and its brand."""
    parties: Any = query.select(PurchaseOrder, _SUPPLIER, _BRAND)
    parties = parties.join_from(PurchaseOrder, _SUPPLIER, on=(PurchaseOrder.supplier == _SUPPLIER.id), attr="_supplier")
    return parties.join_from(PurchaseOrder, _BRAND, on=(PurchaseOrder.brand == _BRAND.id), attr="_brand")


def open_order(order: PurchaseOrder) -> OpenOrder:
    """One order, as it is stored, with all that belongs to it."""
    return opened(PurchaseOrder.select().where(PurchaseOrder.id == order.id))[0]


def load(actor: Actor, public_id: str) -> OpenOrder:
    """The actor's order with all that belongs to it. Raises NotFound."""
    question = _one_with_parties(orders_of, actor.organisation_kind)
    order = question.first(actor.brand_id, actor.organisation_id, public_id)
    if order is None:
        raise NotFound
    return OpenOrder(order, _lines_of_one.rows(order.id), order._supplier, order._brand)


@cache
def _one_with_parties(of: Callable[[Actor], OrderQuery], organisation_kind: str) -> Prepared:
    def build(brand: Any, organisation: Any, public_id: Any) -> Any:
        query = of(stand_in(brand, organisation, organisation_kind))
        return with_parties(query.where(PurchaseOrder.public_id == public_id)).limit(1)

    return Prepared(build)


def lines_of(orders: Sequence[PurchaseOrder], limit: int | None = None) -> list[OrderLine]:
    """The lines of orders, order by order in the order of their ids, at most `limit`."""
    if not orders:
        return []
    return list(_lines_where(OrderLine.order.in_([order.id for order in orders])).limit(limit))


def _lines_where(belonging: peewee.Expression) -> Any:
    # Of each product only what a line shows: moments and packs would be a third of reading an order of 200 lines.
    query = OrderLine.select(OrderLine, Product.id, Product.sku, Product.name).join(Product)
    return query.where(belonging).order_by(OrderLine.order, OrderLine.line)


_lines_of_one = Prepared(lambda order: _lines_where(OrderLine.order == order))


def held(actor: Actor, public_id: str) -> OpenOrder:
    """The actor's order as it stands now, kept from every other writer until the transaction ends. Raises NotFound."""
    database.serialise("order", public_id)
    return load(actor, public_id)


def save_lines(lines: Sequence[OrderLine]) -> None:
    """Write how lines stand."""
    _save_line.write_many((line.id, *(getattr(line, column.name) for column in _STANDING)) for line in lines)


_STANDING = (
    OrderLine.quantity,
    OrderLine.due_date,
    OrderLine.state,
    OrderLine.reason,
    OrderLine.deliveries,
    OrderLine.why,
    OrderLine.former,
    OrderLine.decided_at,
    OrderLine.sent_quantity,
    OrderLine.sent_due_date,
)
_save_line = Prepared(
    lambda line, *values: OrderLine.update(filling(_STANDING, values)).where(OrderLine.id == line),
    count=1 + len(_STANDING),
)


def _only(query: OrderQuery) -> PurchaseOrder:
    found: PurchaseOrder | None = query.first()
    if found is None:
        raise NotFound
    return found
