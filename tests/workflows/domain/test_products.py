"""Products: made and replaced by sku, with GS1 numbers that are right and belong to one product."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from config import database
from tests import make
from workflows.domain import products
from workflows.domain.access import Actor
from workflows.domain.errors import Forbidden, Invalid, NotFound, StaleVersion
from workflows.domain.events import Event
from workflows.domain.organisations import Organisation
from workflows.domain.products import Product, TradeItem

pytestmark = pytest.mark.usefixtures("db")
SOY = {
    "name": "Light soy sauce 生抽 500 ml",
    "unit": "bottle",
    "gtin": "4006381333931",
    "packs": [{"gtin": "10614141000415", "units": 12}],
    "tracked_by": "expiry",
}


@pytest.fixture
def brand(db: None) -> Organisation:  # noqa: ARG001 - the tables first
    return make.brand()


@pytest.fixture
def system(brand: Organisation) -> Actor:
    return make.system_actor(brand)


def faults_of(system: Actor, fields: dict[str, Any], sku: str = "SOY") -> set[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(Invalid) as refusal:
        products.put_product(system, sku, fields)
    return {(fault.path, fault.code) for fault in refusal.value.faults}


def test_a_product_is_made_and_read_back(system: Actor) -> None:
    put = products.put_product(system, "SOY", SOY)
    assert (put.is_new, put.is_changed) == (True, True)
    document = products.product_document(products.product(system, "SOY"))
    assert {name: document[name] for name in ("sku", *SOY)} == {"sku": "SOY", **SOY}


def test_a_product_needs_a_name_and_a_unit_only(system: Actor) -> None:
    made = products.put_product(system, "SOY", {"name": "Soy", "unit": "kg"}).record
    assert (made.gtin, made.packs, made.tracked_by) == (None, [], "none")
    assert faults_of(system, {}, "B") == {(("name",), "required"), (("unit",), "required")}


def test_the_same_content_changes_nothing(system: Actor) -> None:
    products.put_product(system, "SOY", SOY)
    put = products.put_product(system, "SOY", {**SOY, "packs": [{"units": "12", "gtin": "10614141000415"}]})
    assert (put.is_new, put.is_changed, put.record.version) == (False, False, 1)
    assert Event.select().count() == 1


def test_other_content_replaces_what_was_known(system: Actor) -> None:
    products.put_product(system, "SOY", SOY)
    put = products.put_product(system, "SOY", {"name": "Soy", "unit": "kg", "gtin": "96385074"})
    assert (put.is_new, put.is_changed, put.record.version) == (False, True, 2)
    assert (put.record.gtin, put.record.packs, put.record.tracked_by) == ("96385074", [], "none")
    assert [(item.gtin14, item.units) for item in TradeItem.select()] == [("00000096385074", 1)]
    assert [event.type for event in Event.select().order_by(Event.seq)] == ["product.added", "product.changed"]


def test_every_fault_is_named_at_once(system: Actor) -> None:
    wrong = {
        "name": "x" * 201,
        "unit": "a very long unit of measure",
        "gtin": "4006381333930",
        "tracked_by": "serial",
        "sku": "SOY",
        "packs": [
            {"gtin": "1", "units": 1},
            {"units": 12},
            7,
            {"gtin": "10614141000415", "units": 12, "weight": 1},
            {"gtin": "10614141000415", "units": "1.5"},
            {"gtin": "96385074", "units": 6},
            {"gtin": "00000096385074", "units": 6},
        ],
    }
    assert faults_of(system, wrong) == {
        (("name",), "too_long"),
        (("unit",), "too_long"),
        (("gtin",), "gtin_check_digit"),
        (("tracked_by",), "choice_unknown"),
        (("sku",), "unknown_field"),
        (("packs", 0, "gtin"), "gtin_malformed"),
        (("packs", 0, "units"), "too_small"),
        (("packs", 1, "gtin"), "required"),
        (("packs", 2), "object_expected"),
        (("packs", 3, "weight"), "unknown_field"),
        (("packs", 4, "units"), "too_many_decimals"),
        (("packs", 6, "gtin"), "repeated"),
    }
    assert Product.select().count() == 0


def test_a_pack_is_not_its_own_content(system: Actor) -> None:
    same = {**SOY, "packs": [{"gtin": "04006381333931", "units": 6}]}
    assert faults_of(system, same) == {(("packs", 0, "gtin"), "repeated")}


def test_a_number_belongs_to_one_product_of_the_brand(system: Actor) -> None:
    products.put_product(system, "SOY", SOY)
    copy = {**SOY, "gtin": "10614141000415", "packs": [{"gtin": "04006381333931", "units": 6}]}
    assert faults_of(system, copy, "COPY") == {(("gtin",), "gtin_taken"), (("packs", 0, "gtin"), "gtin_taken")}
    products.put_product(system, "COPY", {"name": "Copy", "unit": "kg"})
    assert faults_of(system, {**SOY, "packs": []}, "COPY") == {(("gtin",), "gtin_taken")}
    other = make.system_actor(make.brand())
    assert products.put_product(other, "COPY", copy).is_new


def test_a_number_that_is_given_up_is_free_again(system: Actor) -> None:
    products.put_product(system, "SOY", SOY)
    products.put_product(system, "SOY", {**SOY, "gtin": None})
    assert products.put_product(system, "NEW", {"name": "New", "unit": "kg", "gtin": SOY["gtin"]}).is_new


def test_two_brands_use_the_same_sku_for_different_products(system: Actor) -> None:
    other = make.system_actor(make.brand())
    mine, theirs = (products.put_product(one, "SOY", SOY).record for one in (system, other))
    assert products.product(system, "SOY") == mine
    assert products.by_sku(system.brand_id, {"SOY"}) == {"SOY": mine}
    assert products.by_sku(other.brand_id, {"SOY", "unknown", "\0", "\ud800"}) == {"SOY": theirs}
    assert list(products.products_of(system)) == [mine]


def test_who_stocks_the_goods_looks_them_up_and_a_supplier_does_not(brand: Organisation) -> None:
    soy = make.product(brand, "SOY")
    for kind, role, seen in (
        ("distributor", "owner", [soy]),
        ("store", "field", [soy]),
        ("supplier", "owner", []),
        ("agency", "field", []),
    ):
        place = make.partner(brand, kind)
        actor = make.actor_for(make.person(place, role), place)
        assert list(products.products_of(actor)) == seen
    with pytest.raises(NotFound):
        products.product(actor, "SOY")


@pytest.mark.parametrize("sku", ["unknown", "\0", "\ud800", "x" * 65])
def test_an_unknown_sku_is_not_found(system: Actor, sku: str) -> None:
    with pytest.raises(NotFound):
        products.product(system, sku)


def test_only_the_brands_system_with_the_scope_writes(brand: Organisation) -> None:
    place = make.distributor(brand)
    for actor in (
        make.actor_for(make.person(place, "owner"), place),
        make.actor_for(make.person(brand, "admin"), brand),
    ):
        with pytest.raises(Forbidden):
            products.put_product(actor, "SOY", SOY)


def test_a_stale_edit_is_refused(system: Actor) -> None:
    products.put_product(system, "SOY", SOY)
    products.put_product(system, "SOY", {**SOY, "name": "Other"}, version=1)
    with pytest.raises(StaleVersion):
        products.put_product(system, "SOY", {**SOY, "name": "Third"}, version=1)


def test_twenty_same_calls_at_once_make_one_product(system: Actor) -> None:
    def put(_: int) -> bool:
        with database.connection():
            return products.put_product(system, "SOY", SOY).is_new

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(put, range(20))) == [False] * 19 + [True]
    assert (Product.select().count(), TradeItem.select().count()) == (1, 2)
