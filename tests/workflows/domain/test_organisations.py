"""Partners: made and replaced by the brand's own reference, seen by whom they concern."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from config import database
from tests import make, waiting
from workflows.domain import organisations
from workflows.domain.access import Actor
from workflows.domain.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion
from workflows.domain.events import Event
from workflows.domain.organisations import Organisation

pytestmark = pytest.mark.usefixtures("db")
SUPPLIER = {"kind": "supplier", "name": "Huaxin Packaging 华鑫包装", "region": "华东", "language": "en"}


@pytest.fixture
def brand(db: None) -> Organisation:  # noqa: ARG001 - the tables first
    return make.brand()


@pytest.fixture
def system(brand: Organisation) -> Actor:
    return make.system_actor(brand)


def faults_of(system: Actor, ref: str, fields: dict[str, Any]) -> set[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(Invalid) as refusal:
        organisations.put_partner(system, ref, fields)
    return {(fault.path, fault.code) for fault in refusal.value.faults}


def test_a_partner_is_made_and_read_back(system: Actor) -> None:
    put = organisations.put_partner(system, "S-1", SUPPLIER)
    assert (put.is_new, put.is_changed) == (True, True)
    document = organisations.partner_document(organisations.partner(system, "S-1"))
    assert {name: document[name] for name in ("ref", *SUPPLIER)} == {"ref": "S-1", **SUPPLIER}
    assert (document["time_zone"], document["state"], document["version"]) == ("Asia/Shanghai", "active", 1)


def test_the_same_content_changes_nothing(system: Actor) -> None:
    organisations.put_partner(system, "S-1", SUPPLIER)
    put = organisations.put_partner(system, "S-1", {**SUPPLIER, "name": f" {SUPPLIER['name']} "})
    assert (put.is_new, put.is_changed, put.record.version) == (False, False, 1)
    assert Event.select().count() == 1


def test_other_content_replaces_what_was_known(system: Actor) -> None:
    organisations.put_partner(system, "S-1", SUPPLIER)
    put = organisations.put_partner(system, "S-1", {"kind": "supplier", "name": "Huaxin", "time_zone": "Asia/Tokyo"})
    found = put.record
    assert (put.is_new, put.is_changed, found.version) == (False, True, 2)
    assert (found.name, found.region, found.time_zone, found.language) == ("Huaxin", "", "Asia/Tokyo", "zh")
    assert [event.type for event in Event.select().order_by(Event.seq)] == ["partner.added", "partner.changed"]


def test_every_fault_is_named_at_once(system: Actor) -> None:
    wrong = {"kind": "bank", "name": "\u202ex", "region": "x" * 101, "time_zone": "Mars", "language": "fr", "colour": 1}
    assert faults_of(system, "S-1", wrong) == {
        (("kind",), "choice_unknown"),
        (("name",), "character_refused"),
        (("region",), "too_long"),
        (("time_zone",), "time_zone_unknown"),
        (("language",), "choice_unknown"),
        (("colour",), "unknown_field"),
    }
    assert faults_of(system, "S-1", {}) == {(("kind",), "required"), (("name",), "required")}
    assert faults_of(system, "a b\ud800", SUPPLIER) == {(("ref",), "ref_malformed")}
    assert organisations.partners_of(system).count() == 1


@pytest.mark.parametrize("field", ["id", "ref", "state", "version", "created_at"])
def test_what_is_ours_cannot_be_written(system: Actor, field: str) -> None:
    assert faults_of(system, "S-1", {**SUPPLIER, field: "x"}) == {((field,), "unknown_field")}


def test_a_partner_stays_of_its_kind(system: Actor) -> None:
    organisations.put_partner(system, "S-1", SUPPLIER)
    assert faults_of(system, "S-1", {**SUPPLIER, "kind": "store"}) == {(("kind",), "kind_fixed")}


def test_no_partner_becomes_a_brand(system: Actor) -> None:
    assert faults_of(system, "S-1", {**SUPPLIER, "kind": "brand"}) == {(("kind",), "choice_unknown")}


def test_the_brand_itself_is_self(system: Actor, brand: Organisation) -> None:
    assert organisations.partner(system, "self") == brand
    put = organisations.put_partner(system, "self", {"name": "Lianhe", "region": "华东"})
    assert (put.record.id, put.record.name, put.record.kind, put.is_new) == (brand.id, "Lianhe", "brand", False)
    assert faults_of(system, "self", {"name": "Lianhe", "kind": "supplier"}) == {(("kind",), "choice_unknown")}


def test_two_brands_use_the_same_reference_for_different_partners(system: Actor) -> None:
    other = make.system_actor(make.brand())
    mine = organisations.put_partner(system, "S-1", SUPPLIER).record
    theirs = organisations.put_partner(other, "S-1", {**SUPPLIER, "kind": "store"}).record
    assert mine != theirs
    assert organisations.partner(system, "S-1") == mine
    assert set(organisations.partners_of(other)) == {theirs, Organisation.get_by_id(other.brand_id)}


def test_a_partner_sees_itself_and_the_brand_and_no_other_partner(brand: Organisation) -> None:
    mine, competitor = make.supplier(brand, "S-1"), make.supplier(brand, "S-2")
    actor = make.actor_for(make.person(mine, "owner"), mine)
    assert set(organisations.partners_of(actor)) == {mine, brand}
    for ref in (competitor.ref, "unknown", "\0", "\ud800"):
        with pytest.raises(NotFound):
            organisations.partner(actor, ref)


def test_the_brands_people_see_all_partners(brand: Organisation) -> None:
    supplier = make.supplier(brand)
    buyer = make.actor_for(make.person(brand, "buyer"), brand)
    assert set(organisations.partners_of(buyer)) == {supplier, brand}


def test_only_the_brands_system_with_the_scope_writes(brand: Organisation) -> None:
    supplier = make.supplier(brand, "S-1")
    for actor in (
        make.actor_for(make.person(supplier, "owner"), supplier),
        make.actor_for(make.person(brand, "admin"), brand),
    ):
        with pytest.raises(Forbidden):
            organisations.put_partner(actor, "S-1", SUPPLIER)
        with pytest.raises(Forbidden):
            organisations.suspend_partner(actor, "S-1")


def test_a_stale_edit_is_refused(system: Actor) -> None:
    organisations.put_partner(system, "S-1", SUPPLIER)
    organisations.put_partner(system, "S-1", {**SUPPLIER, "name": "Other"}, version=1)
    with pytest.raises(StaleVersion):
        organisations.put_partner(system, "S-1", {**SUPPLIER, "name": "Third"}, version=1)


def test_a_partner_is_suspended_once_and_resumed(system: Actor) -> None:
    organisations.put_partner(system, "S-1", SUPPLIER)
    for _ in range(2):
        assert organisations.suspend_partner(system, "S-1").state == "suspended"
    assert not organisations.put_partner(system, "S-1", SUPPLIER).is_changed
    assert organisations.resume_partner(system, "S-1").state == "active"
    kinds = [event.type for event in Event.select().order_by(Event.seq)]
    assert kinds == ["partner.added", "partner.suspended", "partner.resumed"]


def test_a_brands_own_system_cannot_suspend_the_brand(brand: Organisation, system: Actor) -> None:
    key_holder = Actor(**{**{name: getattr(system, name) for name in Actor.__slots__}, "key_id": 1})
    with pytest.raises(Forbidden):
        organisations.suspend_partner(key_holder, "self")
    assert Organisation.get_by_id(brand.id).state == "active"


def test_a_brand_is_made_once() -> None:
    brand = make.brand("lianhe")
    assert (brand.ref, brand.kind, brand.brand, organisations.brand_named("lianhe")) == (
        "self",
        "brand",
        brand.id,
        brand,
    )
    with pytest.raises(Conflict) as refusal:
        make.brand("lianhe")
    assert refusal.value.code == "brand_exists"
    with pytest.raises(NotFound):
        organisations.brand_named("unknown")
    with pytest.raises(Invalid):
        make.brand("kaixin", time_zone="Mars", language="fr")


def test_twenty_same_calls_at_once_make_one_partner(system: Actor) -> None:
    def put(_: int) -> tuple[bool, bool]:
        with database.connection():
            done = organisations.put_partner(system, "S-1", SUPPLIER)
            return done.is_new, done.is_changed

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(put, range(20)))
    assert sorted(results) == [(False, False)] * 19 + [(True, True)]
    assert Event.select().count() == 1


def test_a_partner_renamed_while_it_is_suspended_keeps_its_new_name(system: Actor) -> None:
    organisations.put_partner(system, "S-1", SUPPLIER)

    def suspend() -> None:
        with database.connection():
            organisations.suspend_partner(system, "S-1")

    with ThreadPoolExecutor(1) as pool:
        with database.transaction():
            organisations.put_partner(system, "S-1", {**SUPPLIER, "name": "Huaxin Group"})
            suspending = pool.submit(suspend)
            waiting.until(waiting.somebody_waits)
        suspending.result(waiting.PATIENCE_S)

    found = organisations.partner(system, "S-1")
    assert (found.name, found.state, found.version) == ("Huaxin Group", "suspended", 3)
