"""The records of capacity: what a brand asks for, what a supplier planned, how busy it is; and how an actor finds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

import peewee

from config import clock, database
from config.database import Record
from config.fields import JsonField, PublicIdField, QuantityField, UtcDateTimeField
from workflows.domain.access import Actor
from workflows.domain.capacity import months
from workflows.domain.errors import NotFound
from workflows.domain.events import Subject
from workflows.domain.organisations import Organisation
from workflows.domain.products import Product

OPEN, REPORTED, WITHDRAWN = "open", "reported", "withdrawn"
REQUEST_STATES = (OPEN, REPORTED, WITHDRAWN)
COLOURS = ("green", "amber", "red")
SUBJECT_KIND = "capacity_request"
RequestQuery: TypeAlias = "peewee.ModelSelect[CapacityRequest]"


class CapacityRequest(Record):
    """A brand's wish to know what one supplier can make of some products in some months.

    first_month, months, due_date and recurs_on_day are as the brand put them. asked_month is the first month asked now, due_at
    when its answer is expected, round_month the month in which it was asked: it moves on where the request recurs, month_offset
    months before asked_month, answer_days before the answer is due. version grows with every change and every month asked anew.
    """

    id = peewee.AutoField()
    public_id = PublicIdField()
    brand = peewee.IntegerField()
    ref = peewee.CharField(max_length=64)
    supplier = peewee.ForeignKeyField(Organisation, on_delete="RESTRICT")
    supplier_id: int
    first_month = peewee.DateField(null=True)
    months = peewee.IntegerField()
    due_date = peewee.DateField()
    recurs_on_day = peewee.IntegerField(null=True)
    note = peewee.TextField(default="")
    asked_month = peewee.DateField()
    due_at = UtcDateTimeField()
    round_month = peewee.DateField()
    month_offset = peewee.IntegerField(default=0)
    answer_days = peewee.IntegerField()
    next_at = UtcDateTimeField(null=True)
    version = peewee.IntegerField(default=1)
    state = peewee.CharField(max_length=16, default=OPEN)
    reported_by = peewee.CharField(max_length=64, null=True)
    reported_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        indexes = ((("brand", "ref"), True), (("supplier", "state", "id"), False))

    @property
    def subject(self) -> Subject:
        """The request as what a task, an event or a conversation is about."""
        return Subject(SUBJECT_KIND, self.public_id, self.ref)

    @property
    def asked(self) -> tuple[date, ...]:
        """The months asked now."""
        return months.run(self.asked_month, self.months)


class CapacityItem(Record):
    """One product a request asks about; place keeps the brand's order.

    prefill is what was known of it when the request was last asked or answered: its unit, thousandths by month in figures, and
    at, when the newest of them was reported. Kept, so that what a person read and left as it was is what is stored.
    """

    id = peewee.AutoField()
    request = peewee.ForeignKeyField(CapacityRequest, on_delete="CASCADE")
    request_id: int
    product = peewee.ForeignKeyField(Product, on_delete="RESTRICT", index=True)
    product_id: int
    place = peewee.IntegerField()
    prefill = JsonField(default=dict)

    class Meta:
        indexes = ((("request", "product"), True),)

    @property
    def unit(self) -> str:
        """The unit in which it is asked, whatever the product's is by now."""
        return str(self.prefill.get("unit") or self.product.unit)

    @property
    def figures(self) -> dict[date, int]:
        """What was known, in thousandths, by month."""
        return {date.fromisoformat(month): said for month, said in self.prefill.get("figures", {}).items()}

    @property
    def known_at(self) -> datetime | None:
        """When the newest of it was reported."""
        at = self.prefill.get("at")
        return datetime.fromisoformat(at) if at else None


class CapacityPlan(Record):
    """How much of a product a supplier says it can make in one month, as last reported, in thousandths of `unit`."""

    id = peewee.BigAutoField()
    brand = peewee.IntegerField()
    supplier = peewee.ForeignKeyField(Organisation, on_delete="RESTRICT")
    supplier_id: int
    product = peewee.ForeignKeyField(Product, on_delete="RESTRICT", index=True)
    product_id: int
    month = peewee.DateField()
    quantity = QuantityField()
    unit = peewee.CharField(max_length=16)
    reported_by = peewee.CharField(max_length=64)
    reported_at = UtcDateTimeField()

    class Meta:
        indexes = ((("supplier", "product", "month"), True), (("brand", "supplier", "product"), False))


class SupplierLoad(Record):
    """How busy a supplier last said it is: a colour, and how many days of work it is behind."""

    id = peewee.AutoField()
    brand = peewee.IntegerField()
    supplier = peewee.ForeignKeyField(Organisation, on_delete="RESTRICT", unique=True)
    supplier_id: int
    colour = peewee.CharField(max_length=8)
    backlog_days = peewee.IntegerField()
    reported_by = peewee.CharField(max_length=64)
    reported_at = UtcDateTimeField()


@dataclass(frozen=True)
class Load:
    """A colour (green, amber, red) and the days of backlog behind it."""

    colour: str
    backlog_days: int


@dataclass(frozen=True)
class OpenRequest:
    """A request with its items in order and its two parties."""

    request: CapacityRequest
    items: Sequence[CapacityItem]
    supplier: Organisation
    brand: Organisation

    @property
    def products(self) -> tuple[Product, ...]:
        """What it asks about."""
        return tuple(item.product for item in self.items)

    @property
    def today(self) -> date:
        """The calendar day at the supplier's place."""
        return clock.today(self.supplier.time_zone)


def requests_of(actor: Actor) -> RequestQuery:
    """The requests the actor may see: a brand its own, a supplier those put to it, nobody else any."""
    query = CapacityRequest.select().where(CapacityRequest.brand == actor.brand_id)
    if actor.organisation_kind == "brand":
        return query
    return query.where(CapacityRequest.supplier == actor.organisation_id)


def startable_requests(actor: Actor) -> RequestQuery:
    """The requests the actor may report on, asked again or not."""
    return requests_of(actor).where(CapacityRequest.state != WITHDRAWN)


def filtered(query: RequestQuery, state: str | None, supplier: str | None) -> RequestQuery:
    """Narrow a list of requests; None asks for all."""
    if state:
        query = query.where(CapacityRequest.state == state)
    if supplier:
        query = query.join(Organisation).where(Organisation.ref == supplier)
    return query


def request_by_ref(actor: Actor, ref: str) -> CapacityRequest:
    """The actor's request with the brand's reference `ref`. Raises NotFound."""
    return _only(requests_of(actor).where(CapacityRequest.ref == ref))


def version_of(actor: Actor, public_id: str) -> int | None:
    """The version of the actor's request as it stands; None where there is none."""
    row = requests_of(actor).select(CapacityRequest.version).where(CapacityRequest.public_id == public_id).first()
    return row.version if row else None


def load(actor: Actor, public_id: str) -> OpenRequest:
    """The actor's request with all that belongs to it. Raises NotFound."""
    return opened([_only(requests_of(actor).where(CapacityRequest.public_id == public_id))])[0]


def held(actor: Actor, public_id: str) -> OpenRequest:
    """The actor's request as it stands now, kept from every other writer until the transaction ends. Raises NotFound."""
    database.serialise(SUBJECT_KIND, public_id)
    return load(actor, public_id)


def opened(requests: "Sequence[CapacityRequest] | RequestQuery") -> list[OpenRequest]:
    """The requests with all that belongs to them, in three statements however many there are."""
    found = list(requests)
    if not found:
        return []
    parties, items = _parties(found), _items_of(found)
    return [OpenRequest(one, items[one.id], parties[one.supplier_id], parties[one.brand]) for one in found]


def _parties(requests: Sequence[CapacityRequest]) -> dict[int, Organisation]:
    wanted = {one.supplier_id for one in requests} | {one.brand for one in requests}
    return {row.id: row for row in Organisation.select().where(Organisation.id.in_(sorted(wanted)))}


def _items_of(requests: Sequence[CapacityRequest]) -> dict[int, list[CapacityItem]]:
    found: dict[int, list[CapacityItem]] = {one.id: [] for one in requests}
    items = CapacityItem.select(CapacityItem, Product).join(Product).where(CapacityItem.request.in_(list(found)))
    for item in items.order_by(CapacityItem.request, CapacityItem.place):
        found[item.request_id].append(item)
    return found


def _only(query: RequestQuery) -> CapacityRequest:
    found: CapacityRequest | None = query.first()
    if found is None:
        raise NotFound
    return found
