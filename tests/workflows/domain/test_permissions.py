"""The matrix of fields: what each role sees and writes, and that it speaks of exactly the documents there are."""

from typing import Any

import pytest
from marshmallow import Schema

from api.brand import schemas as brand_door
from api.phone import schemas as phone
from api.phone.conversation_schemas import TurnSchema
from tests import make
from workflows.domain import organisations, people, permissions, products
from workflows.domain.access import ROLES_OF_KIND, Actor
from workflows.domain.errors import Invalid
from workflows.domain.organisations import Organisation

_ANYBODY = {"person_id": 1, "person": "per_1", "language": "zh", "time_zone": "Asia/Shanghai"}


def somebody(kind: str, *roles: str) -> Actor:
    place: dict[str, Any] = {"organisation_id": 2, "organisation": "org_2", "organisation_ref": "X"}
    return Actor(brand_id=1, organisation_kind=kind, roles=frozenset(roles), **place, **_ANYBODY)


SYSTEM = Actor(1, 1, "org_1", "brand", "self", "zh", "Asia/Shanghai")
PARTNERS_PEOPLE = [somebody(kind, role) for kind, roles in ROLES_OF_KIND.items() for role in roles if kind != "brand"]
EVERY_PERSON = PARTNERS_PEOPLE + [somebody("brand", role) for role in ROLES_OF_KIND["brand"]]


def test_every_role_of_every_kind_is_a_principal_once() -> None:
    assert len(set(permissions.PRINCIPALS)) == len(permissions.PRINCIPALS) == 13
    assert {principal for actor in EVERY_PERSON for principal in permissions.principals_of(actor)} | {"system"} == set(
        permissions.PRINCIPALS
    )


def test_nobody_but_the_brands_system_sees_a_phone() -> None:
    assert "phone" in permissions.readable(SYSTEM, "person")
    assert [actor for actor in EVERY_PERSON if "phone" in permissions.readable(actor, "person")] == []


def test_no_partner_sees_the_thresholds_of_the_brands_rule() -> None:
    assert permissions.writable(SYSTEM, "confirmation_rule") == {"short_percent", "late_days", "person_above"}
    assert [permissions.readable(actor, "confirmation_rule") for actor in PARTNERS_PEOPLE] == [frozenset()] * 9


def test_no_partner_reads_the_brands_log() -> None:
    assert [permissions.readable(actor, "event") for actor in EVERY_PERSON] == [frozenset()] * 12


@pytest.mark.parametrize("role", ROLES_OF_KIND["supplier"])
def test_a_supplier_answers_an_order_and_changes_nothing_the_brand_wrote(role: str) -> None:
    supplier = somebody("supplier", role)
    assert permissions.writable(supplier, "order_line") == {"state", "reason", "deliveries"}
    assert permissions.writable(SYSTEM, "order_line").isdisjoint(permissions.writable(supplier, "order_line"))


@pytest.mark.parametrize("kind", ["distributor", "store", "agency"])
def test_orders_are_the_suppliers_and_the_brands_alone(kind: str) -> None:
    for role in ROLES_OF_KIND[kind]:
        assert permissions.readable(somebody(kind, role), "purchase_order") == frozenset()
        assert permissions.readable(somebody(kind, role), "order_line") == frozenset()


def test_partners_people_write_no_master_data() -> None:
    for actor in EVERY_PERSON:
        for record in ("partner", "person", "product", "invitation"):
            assert permissions.writable(actor, record) == frozenset()


def test_two_roles_see_what_either_sees() -> None:
    both = permissions.readable(somebody("brand", "buyer", "reviewer"), "purchase_order")
    assert both == permissions.readable(somebody("brand", "buyer"), "purchase_order")
    assert permissions.readable(somebody("brand", "reviewer"), "purchase_order") == frozenset()


def test_a_field_that_stands_nowhere_is_hidden_from_everybody() -> None:
    assert permissions.right("system", "person", "openid") == permissions.HIDDEN
    assert permissions.shown(SYSTEM, "person", {"id": "per_1", "openid": "o", "phone": "+86*"}) == {
        "id": "per_1",
        "phone": "+86*",
    }


def test_somebody_without_a_role_sees_nothing() -> None:
    for record in permissions.records():
        assert permissions.readable(somebody("supplier"), record) == frozenset()


def test_a_colleague_shows_their_name_alone() -> None:
    for actor in PARTNERS_PEOPLE:
        assert permissions.readable(actor, "person") == {"id", "name"}


@pytest.fixture
def brand(db: None) -> Organisation:  # noqa: ARG001 - the tables first
    return make.brand()


def test_the_brands_documents_have_the_fields_of_the_matrix_and_no_others(brand: Organisation) -> None:
    supplier = make.supplier(brand)
    documents = {
        "partner": organisations.partner_document(supplier),
        "person": people.person_documents([make.person(supplier)])[0],
        "product": products.product_document(make.product(brand)),
    }
    system = make.system_actor(brand)
    for record, document in documents.items():
        assert set(document) == permissions.readable(system, record)


@pytest.mark.parametrize("record", ["partner", "person", "product"])
def test_the_brand_writes_the_fields_of_the_matrix_and_no_others(brand: Organisation, record: str) -> None:
    system = make.system_actor(brand)
    put = {"partner": organisations.put_partner, "person": people.put_person, "product": products.put_product}[record]
    every_field = dict.fromkeys(permissions.readable(system, record), object())
    with pytest.raises(Invalid) as refusal:
        put(system, "X", every_field)
    unknown = {fault.path[0] for fault in refusal.value.faults if fault.code == "unknown_field"}
    assert set(every_field) - unknown == permissions.writable(system, record)


_PHONE = [
    (phone.TaskSchema, "task"),
    (phone.NoticeSchema, "notice"),
    (phone.HistoryEntrySchema, "history"),
    (phone.FlowSchema, "flow"),
    (TurnSchema, "conversation"),
    (phone.SessionSchema, "session"),
    (phone.MeSchema, "session"),
    (phone.SignedInSchema, "oneself"),
    (phone.ColleagueSchema, "person"),
    (phone.OrganisationSchema, "partner"),
]
_BRAND = [
    (brand_door.PartnerSchema, "partner"),
    (brand_door.PersonSchema, "person"),
    (brand_door.InvitationSchema, "invitation"),
    (brand_door.ProductSchema, "product"),
    (brand_door.OrderSchema, "purchase_order"),
    (brand_door.OrderLineSchema, "order_line"),
    (brand_door.RuleSchema, "confirmation_rule"),
    (brand_door.EventSchema, "event"),
]


@pytest.mark.parametrize(("schema", "record"), _PHONE)
def test_a_phone_is_answered_with_what_every_role_may_see(schema: type[Schema], record: str) -> None:
    for actor in EVERY_PERSON:
        assert _keys(schema) <= permissions.readable(actor, record)


@pytest.mark.parametrize(("schema", "record"), _BRAND)
def test_the_brand_is_answered_with_all_it_may_see_and_no_more(schema: type[Schema], record: str) -> None:
    assert _keys(schema) == permissions.readable(SYSTEM, record)


def _keys(schema: type[Schema]) -> set[str]:
    return {field.data_key or name for name, field in schema().fields.items()}
