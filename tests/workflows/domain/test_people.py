"""People: their memberships, their phones, and who may know them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from config import database
from notifications import recipients
from tests import make
from workflows.domain import organisations, people, tasks
from workflows.domain.errors import Forbidden, Invalid, NotFound, StaleVersion
from workflows.domain.events import Event
from workflows.domain.organisations import Organisation
from workflows.domain.people import Membership, Person

pytestmark = pytest.mark.usefixtures("db")
OWNER = {
    "name": "Wang Fang 王芳",
    "phone": "+86 138 0013 8000",
    "language": "zh",
    "memberships": [{"partner": "S1", "role": "owner"}],
}


class World:
    """A brand with two suppliers and a distributor."""

    def __init__(self) -> None:
        self.brand = make.brand()
        self.system = make.system_actor(self.brand)
        self.supplier = make.supplier(self.brand, "S1")
        self.competitor = make.supplier(self.brand, "S2")
        self.distributor = make.distributor(self.brand, "D1")

    def put(self, ref: str = "P1", **fields: Any) -> Person:
        return people.put_person(self.system, ref, {**OWNER, **fields}).record

    def document(self, ref: str = "P1") -> dict[str, Any]:
        return people.person_documents([people.person(self.system, ref)])[0]

    def faults_of(self, fields: dict[str, Any], ref: str = "P1") -> set[tuple[tuple[str | int, ...], str]]:
        with pytest.raises(Invalid) as refusal:
            people.put_person(self.system, ref, fields)
        return {(fault.path, fault.code) for fault in refusal.value.faults}


@pytest.fixture
def world(db: None) -> World:  # noqa: ARG001 - the tables first
    return World()


def test_a_person_is_made_and_read_back_with_a_masked_phone(world: World) -> None:
    put = people.put_person(world.system, "P1", OWNER)
    assert (put.is_new, put.is_changed) == (True, True)
    document = world.document()
    assert (document["ref"], document["name"], document["language"]) == ("P1", "Wang Fang 王芳", "zh")
    assert document["memberships"] == [{"partner": "S1", "role": "owner"}]
    assert document["phone"] == "+86*******8000"


def test_a_phone_is_kept_with_the_addresses_alone(world: World) -> None:
    person = world.put()
    assert recipients.address_of(person.public_id, "phone", "") == "+8613800138000"
    rows = [*Person.select().tuples(), *Membership.select().tuples(), *Event.select().tuples()]
    assert "13800138000" not in repr(rows)


def test_events_name_nobody(world: World) -> None:
    world.put()
    world.put(name="Li Lei 李雷")
    events = list(Event.select().where(Event.subject_kind == "person").order_by(Event.seq))
    assert [event.type for event in events] == ["person.added", "person.changed"]
    assert "王芳" not in repr([event.data for event in events])
    assert events[0].data["memberships"] == [{"partner": "S1", "role": "owner"}]


def test_the_same_content_changes_nothing(world: World) -> None:
    world.put()
    before = Event.select().count()
    for same in ({}, {"phone": "+8613800138000"}, {"phone": "+86*******8000"}):
        put = people.put_person(world.system, "P1", {**OWNER, **same})
        assert (put.is_new, put.is_changed, put.record.version) == (False, False, 1)
    assert Event.select().count() == before


def test_a_phone_that_is_not_named_stays_and_null_forgets_it(world: World) -> None:
    world.put()
    unnamed = {name: value for name, value in OWNER.items() if name != "phone"}
    assert not people.put_person(world.system, "P1", unnamed).is_changed
    assert world.document()["phone"] == "+86*******8000"
    assert people.put_person(world.system, "P1", {**unnamed, "phone": None}).is_changed
    assert world.document()["phone"] is None


def test_the_list_of_memberships_replaces_the_one_that_stood(world: World) -> None:
    world.put(memberships=[{"partner": "S1", "role": "owner"}, {"partner": "S1", "role": "clerk"}])
    world.put(memberships=[{"partner": "D1", "role": "field"}, {"partner": "S1", "role": "clerk"}])
    assert world.document()["memberships"] == [{"partner": "D1", "role": "field"}, {"partner": "S1", "role": "clerk"}]
    world.put(memberships=[])
    assert world.document()["memberships"] == []


def test_whoever_is_given_or_loses_a_role_sees_at_the_next_look_what_they_are_asked_now(world: World) -> None:
    """Shown red by leaving `_touch_inboxes` out of `_replace`: a phone would be told `not modified`."""
    person = world.put()
    actors = [make.actor_for(person, place) for place in (world.supplier, world.distributor, world.competitor)]
    before = [tasks.inbox_revision(actor) for actor in actors]
    world.put(memberships=[{"partner": "S1", "role": "clerk"}, {"partner": "D1", "role": "field"}])
    after = [tasks.inbox_revision(actor) for actor in actors]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1, 0]
    world.put(name="Wang F.", memberships=[{"partner": "D1", "role": "field"}])
    assert [tasks.inbox_revision(actor) for actor in actors] == [after[0] + 1, after[1] + 1, after[2]]


def test_memberships_left_out_by_mistake_end_none(world: World) -> None:
    world.put()
    unnamed = {name: value for name, value in OWNER.items() if name != "memberships"}
    assert world.faults_of(unnamed) == {(("memberships",), "required")}
    assert world.document()["memberships"] == [{"partner": "S1", "role": "owner"}]


def test_a_person_without_a_language_reads_the_brands(world: World) -> None:
    unnamed = {name: value for name, value in OWNER.items() if name != "language"}
    assert people.put_person(world.system, "P1", unnamed).record.language == world.brand.language


def test_every_fault_is_named_at_once(world: World) -> None:
    wrong = {
        "name": "",
        "phone": "12345",
        "language": "fr",
        "openid": "o-123",
        "memberships": [
            {"partner": "S1", "role": "field"},
            {"partner": "nobody", "role": "owner"},
            {"partner": "D1", "role": "field", "since": "2026"},
            7,
            {"partner": "D1", "role": "field"},
            {"role": "king"},
        ],
    }
    assert world.faults_of(wrong) == {
        (("name",), "required"),
        (("phone",), "phone_invalid"),
        (("language",), "choice_unknown"),
        (("openid",), "unknown_field"),
        (("memberships", 0, "role"), "choice_unknown"),
        (("memberships", 1, "partner"), "partner_unknown"),
        (("memberships", 2, "since"), "unknown_field"),
        (("memberships", 3), "object_expected"),
        (("memberships", 4), "repeated"),
        (("memberships", 5, "partner"), "required"),
        (("memberships", 5, "role"), "choice_unknown"),
    }
    assert Person.select().count() == 0


@pytest.mark.parametrize(
    "phone",
    ["", "13800138000", "+86", "+86138001380001234", "+999123456789", "x" * 1_000, "+86\0", "\ud800", 7, 1.5, []],
)
def test_what_is_no_phone_is_refused(world: World, phone: object) -> None:
    (fault,) = world.faults_of({**OWNER, "phone": phone})
    assert fault in {(("phone",), "phone_invalid"), (("phone",), "text_expected")}


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        ("supplier", {"owner", "clerk"}),
        ("distributor", {"owner", "clerk", "field"}),
        ("store", {"owner", "field"}),
        ("agency", {"owner", "field"}),
        ("brand", {"buyer", "reviewer", "admin"}),
    ],
)
def test_each_kind_of_organisation_has_its_roles(world: World, kind: str, roles: set[str]) -> None:
    ref = "self" if kind == "brand" else make.partner(world.brand, kind).ref
    for number, role in enumerate(("owner", "clerk", "field", "buyer", "reviewer", "admin")):
        fields = {**OWNER, "memberships": [{"partner": ref, "role": role}]}
        if role in roles:
            assert people.put_person(world.system, f"X{number}", fields).is_new
        else:
            assert world.faults_of(fields, f"X{number}") == {(("memberships", 0, "role"), "choice_unknown")}


def test_a_partner_of_another_brand_is_unknown(world: World) -> None:
    make.supplier(make.brand(), "only-theirs")
    fields = {**OWNER, "memberships": [{"partner": "only-theirs", "role": "owner"}]}
    assert world.faults_of(fields) == {(("memberships", 0, "partner"), "partner_unknown")}


def test_too_many_memberships_are_one_fault(world: World) -> None:
    fields = {**OWNER, "memberships": [{"partner": "S1", "role": "owner"}] * 201}
    assert world.faults_of(fields) == {(("memberships",), "list_too_long")}


def test_the_brand_sees_everybody_a_partner_its_colleagues_a_stranger_nobody(world: World) -> None:
    owner = make.person(world.supplier, "owner", "owner")
    colleague = make.person(world.supplier, "clerk", "clerk")
    other = make.person(world.competitor, "owner", "other")
    buyer = make.person(world.brand, "buyer", "buyer")
    stranger_place = make.supplier(make.brand(), "S1")
    stranger = make.person(stranger_place, "owner", "owner")
    assert set(people.people_of(world.system)) == {owner, colleague, other, buyer}
    assert set(people.people_of(make.actor_for(buyer, world.brand))) == {owner, colleague, other, buyer}
    assert set(people.people_of(make.actor_for(owner, world.supplier))) == {owner, colleague}
    assert set(people.people_of(make.actor_for(stranger, stranger_place))) == {stranger}
    for ref in ("other", "unknown", "\0", "\ud800"):
        with pytest.raises(NotFound):
            people.person(make.actor_for(owner, world.supplier), ref)


def test_names_are_told_to_those_who_may_know_them(world: World) -> None:
    owner, other = make.person(world.supplier, "owner"), make.person(world.competitor, "owner")
    ids = [owner.public_id, other.public_id]
    assert people.names_of(make.actor_for(owner, world.supplier), ids) == {owner.public_id: owner.name}
    assert set(people.names_of(world.system, ids)) == set(ids)


def test_only_the_brands_system_with_the_scope_writes(world: World) -> None:
    owner = make.person(world.supplier, "owner")
    for actor in (
        make.actor_for(owner, world.supplier),
        make.actor_for(make.person(world.brand, "admin"), world.brand),
    ):
        for operation in (
            lambda actor=actor: people.put_person(actor, "P1", OWNER),
            lambda actor=actor: people.suspend_person(actor, owner.ref),
            lambda actor=actor: people.sign_out_everywhere(actor, owner.ref),
        ):
            with pytest.raises(Forbidden):
                operation()


def test_another_brands_system_cannot_touch_a_person(world: World) -> None:
    world.put("P1")
    other = make.system_actor(make.brand())
    for operation in (people.suspend_person, people.resume_person, people.sign_out_everywhere, people.person):
        with pytest.raises(NotFound):
            operation(other, "P1")


def test_a_stale_edit_is_refused(world: World) -> None:
    world.put()
    people.put_person(world.system, "P1", {**OWNER, "name": "Other"}, version=1)
    with pytest.raises(StaleVersion):
        people.put_person(world.system, "P1", {**OWNER, "name": "Third"}, version=1)


def test_holders_are_the_active_people_with_a_role(world: World) -> None:
    owner = make.person(world.supplier, "owner", "owner")
    clerk = make.person(world.supplier, "clerk", "clerk")
    make.person(world.competitor, "owner")
    assert people.holders(world.supplier.id, ("owner", "clerk")) == sorted([owner.public_id, clerk.public_id])
    assert people.holders(world.supplier.id, ("clerk",)) == [clerk.public_id]
    people.suspend_person(world.system, "clerk")
    assert people.holders(world.supplier.id, ("owner", "clerk")) == [owner.public_id]
    organisations.suspend_partner(world.system, "S1")
    assert people.holders(world.supplier.id, ("owner", "clerk")) == []


def test_a_person_with_two_roles_is_told_once(world: World) -> None:
    person = world.put(memberships=[{"partner": "S1", "role": "owner"}, {"partner": "S1", "role": "clerk"}])
    assert people.holders(world.supplier.id, ("owner", "clerk")) == [person.public_id]


def test_a_buyer_is_an_active_person_of_the_brand_with_that_role(world: World) -> None:
    buyer = make.person(world.brand, "buyer", "buyer")
    make.person(world.brand, "reviewer", "reviewer")
    make.person(world.supplier, "owner", "owner")
    make.person(make.brand(), "buyer", "foreign")
    assert people.buyer_with_ref(world.system, "buyer") == buyer.public_id
    assert [people.buyer_with_ref(world.system, ref) for ref in ("reviewer", "owner", "foreign", "x")] == [None] * 4
    assert people.refs_of([buyer.public_id]) == {buyer.public_id: "buyer"}
    people.suspend_person(world.system, "buyer")
    assert people.buyer_with_ref(world.system, "buyer") is None


def test_a_list_of_people_takes_the_same_queries_however_long(world: World) -> None:
    for number in range(10):
        world.put(f"P{number}", phone=f"+86138001380{number:02}")
    asked: list[str] = []
    everybody = list(people.people_of(world.system))
    database.proxy.obj.query_hooks.append(lambda sql, *_: asked.append(sql))
    documents = people.person_documents(everybody)
    database.proxy.obj.query_hooks.clear()
    assert len(documents) == 10
    assert len(asked) == 2


def test_twenty_same_calls_at_once_make_one_person(world: World) -> None:
    def put(_: int) -> bool:
        with database.connection():
            return people.put_person(world.system, "P1", OWNER).is_new

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(put, range(20))) == [False] * 19 + [True]
    assert (Person.select().count(), Membership.select().count()) == (1, 1)


def test_a_person_belongs_to_the_brand_that_made_it(world: World) -> None:
    other_brand = make.brand()
    make.supplier(other_brand, "S1")
    mine = world.put("P1")
    theirs = people.put_person(make.system_actor(other_brand), "P1", OWNER).record
    assert mine.public_id != theirs.public_id
    assert Organisation.get_by_id(theirs.brand) == other_brand
    assert people.person(world.system, "P1") == mine
