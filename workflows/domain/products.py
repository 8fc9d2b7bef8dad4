"""What a brand sells: its products, and the GS1 numbers on their units and packs."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import peewee

from config import clock, database
from config.database import Record
from config.fields import JsonField, PublicIdField, UtcDateTimeField
from config.ids import new_id
from workflows.domain import events, gs1
from workflows.domain.access import Actor, require
from workflows.domain.documents import Faults, Put, own_ref, require_edited
from workflows.domain.errors import NotFound
from workflows.domain.values import valid_ref

TRACKED_BY = ("lot", "expiry", "none")
_MOST_PACKS = 20
_MOST_UNITS = 1_000_000
_LONGEST_UNIT = 16
_FIELDS = frozenset({"name", "unit", "gtin", "packs", "tracked_by"})
# Who handles goods looks products up; a supplier and an agency see those of their own documents only.
_KINDS_THAT_LOOK_UP = frozenset({"brand", "distributor", "store"})


class Product(Record):
    """One article of a brand, counted in `unit`; packs are `[{"gtin", "units"}]`."""

    id = peewee.AutoField()
    public_id = PublicIdField()
    brand = peewee.IntegerField()
    sku = peewee.CharField(max_length=64)
    name = peewee.CharField(max_length=200)
    unit = peewee.CharField(max_length=_LONGEST_UNIT)
    gtin = peewee.CharField(max_length=14, null=True)
    packs = JsonField(default=list)
    tracked_by = peewee.CharField(max_length=8)
    version = peewee.IntegerField(default=1)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        indexes = ((("brand", "sku"), True),)

    @property
    def subject(self) -> events.Subject:
        """It as what an event is about."""
        return events.Subject("product", self.public_id, self.sku)


class TradeItem(Record):
    """What a GS1 number stands for in a brand's world: a product, and how many units of it."""

    id = peewee.AutoField()
    brand = peewee.IntegerField()
    gtin14 = peewee.CharField(max_length=14)
    product = peewee.ForeignKeyField(Product, on_delete="CASCADE", index=True)
    product_id: int
    units = peewee.IntegerField()

    class Meta:
        indexes = ((("brand", "gtin14"), True),)


@dataclass(frozen=True)
class _Document:
    """A clean product."""

    name: str
    unit: str
    gtin: str | None
    packs: list[dict[str, Any]]
    tracked_by: str

    @property
    def numbers(self) -> dict[str, int]:
        """How many units each of its GTINs stands for, the numbers in fourteen digits."""
        packs = {gs1.gtin14(pack["gtin"]): pack["units"] for pack in self.packs}
        return {gs1.gtin14(self.gtin): 1, **packs} if self.gtin else packs


def products_of(actor: Actor) -> "peewee.ModelSelect[Product]":
    """The products an actor may look up: a brand and those who stock its goods all of the brand's, others none."""
    query = Product.select().where(Product.brand == actor.brand_id)
    return query if actor.organisation_kind in _KINDS_THAT_LOOK_UP else query.where(peewee.Value(1) == 0)


def product(actor: Actor, sku: str) -> Product:
    """The product with the brand's `sku`. Raises NotFound."""
    found: Product | None = products_of(actor).where(Product.sku == sku).first() if valid_ref(sku) else None
    if found is None:
        raise NotFound
    return found


def by_sku(brand_id: int, skus: Collection[str]) -> dict[str, Product]:
    """A brand's products by their sku, in one query; unknown ones are absent."""
    wanted = [sku for sku in skus if valid_ref(sku)]
    return {row.sku: row for row in Product.select().where(Product.brand == brand_id, Product.sku.in_(wanted))}


def put_product(actor: Actor, sku: str, fields: Mapping[str, Any], version: int | None = None) -> Put[Product]:
    """Create the product `sku`, or replace what is known of it; the same content changes nothing.

    version is the one the caller edited, where it says so. Raises Invalid with every fault (`gtin_taken`: another
    product of the brand carries the number), StaleVersion, Forbidden.
    """
    require(actor, "products:write")
    own_ref(sku)
    with database.transaction():
        database.serialise("products", actor.brand_id)  # numbers are unique among all products of a brand
        found = Product.get_or_none(Product.brand == actor.brand_id, Product.sku == sku)
        document = _read(actor, fields, found)
        require_edited(version, found.version if found else None)
        if found is None:
            return Put(_create(actor, sku, document), is_new=True, is_changed=True)
        return Put(found, is_new=False, is_changed=_replace(actor, found, document))


def _read(actor: Actor, fields: Mapping[str, Any], found: Product | None) -> _Document:
    faults = Faults()
    faults.only((), fields, _FIELDS)
    name = faults.text(("name",), fields.get("name"))
    unit = faults.text(("unit",), fields.get("unit"), longest=_LONGEST_UNIT)
    gtin = faults.gtin(("gtin",), fields.get("gtin"), is_optional=True)
    tracked_by = faults.one_of(("tracked_by",), fields.get("tracked_by"), TRACKED_BY, is_optional=True)
    packs = _packs(faults, fields.get("packs"))
    _refuse_repeated(faults, gtin, packs)
    _refuse_taken(actor, faults, found, gtin, packs)
    faults.raise_if_any()
    clean = [{"gtin": pack["gtin"], "units": pack["units"]} for pack in packs.values()]
    return _Document(str(name), str(unit), gtin, clean, tracked_by or "none")


def _packs(faults: Faults, raw: object) -> dict[int, dict[str, Any]]:
    packs = {}
    for place, row in enumerate(faults.rows(("packs",), raw, most=_MOST_PACKS)):
        if not row:
            continue
        path = ("packs", place)
        faults.only(path, row, ("gtin", "units"))
        gtin = faults.gtin((*path, "gtin"), row.get("gtin"))
        units = faults.whole((*path, "units"), row.get("units"), 2, _MOST_UNITS)
        if gtin and units:
            packs[place] = {"gtin": gtin, "units": units}
    return packs


def _refuse_repeated(faults: Faults, gtin: str | None, packs: Mapping[int, Mapping[str, Any]]) -> None:
    seen = {gs1.gtin14(gtin)} if gtin else set()
    for place, pack in packs.items():
        number = gs1.gtin14(pack["gtin"])
        if number in seen:
            faults.add(("packs", place, "gtin"), "repeated")
        seen.add(number)


def _refuse_taken(
    actor: Actor, faults: Faults, found: Product | None, gtin: str | None, packs: Mapping[int, Mapping[str, Any]]
) -> None:
    paths: dict[str, tuple[str | int, ...]] = {
        gs1.gtin14(pack["gtin"]): ("packs", place, "gtin") for place, pack in packs.items()
    }
    if gtin:
        paths[gs1.gtin14(gtin)] = ("gtin",)
    taken = TradeItem.select().where(TradeItem.brand == actor.brand_id, TradeItem.gtin14.in_(list(paths)))
    for item in taken:
        if found is None or item.product_id != found.id:
            faults.add(paths[item.gtin14], "gtin_taken")


def _create(actor: Actor, sku: str, document: _Document) -> Product:
    now = clock.now()
    made = Product.create(
        public_id=new_id("prd"), brand=actor.brand_id, sku=sku, created_at=now, updated_at=now, **asdict(document)
    )
    _write_numbers(made, document)
    _announce(actor, "product.added", made)
    return made


def _replace(actor: Actor, found: Product, document: _Document) -> bool:
    facts = asdict(document)
    if all(getattr(found, name) == value for name, value in facts.items()):
        return False
    for name, value in facts.items():
        setattr(found, name, value)
    found.version += 1
    found.updated_at = clock.now()
    found.save()
    TradeItem.delete().where(TradeItem.product == found.id).execute()
    _write_numbers(found, document)
    _announce(actor, "product.changed", found)
    return True


def _write_numbers(product_record: Product, document: _Document) -> None:
    rows = [
        {"brand": product_record.brand, "gtin14": number, "product": product_record.id, "units": units}
        for number, units in document.numbers.items()
    ]
    if rows:
        TradeItem.insert_many(rows).execute()


def _announce(actor: Actor, kind: str, product_record: Product) -> None:
    events.append(
        actor.brand_id, actor.name_for_audit, kind, product_record.subject, {"version": product_record.version}
    )


def product_document(product_record: Product) -> dict[str, Any]:
    """A product as the brand reads it."""
    return {
        "id": product_record.public_id,
        "sku": product_record.sku,
        "name": product_record.name,
        "unit": product_record.unit,
        "gtin": product_record.gtin,
        "packs": product_record.packs,
        "tracked_by": product_record.tracked_by,
        "version": product_record.version,
        "created_at": product_record.created_at,
        "updated_at": product_record.updated_at,
    }
