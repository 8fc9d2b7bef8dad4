"""A brand publishes a promotion, changes it and withdraws it: who is asked, who is asked again, what stays."""

from typing import Any

import pytest

from config import database
from notifications.outbox import OutboxRow
from tests import make
from tests.promotions import COOLER, PLACE, UNITS, Field, body, open_tasks
from workflows.domain.claims import publishing
from workflows.domain.errors import Conflict, Invalid, NotFound, StaleVersion
from workflows.domain.organisations import suspend_partner
from workflows.domain.promotions import presenting, records, signing
from workflows.domain.promotions.records import Participation, Promotion, Site
from workflows.domain.promotions.standing import opened
from workflows.engine.own_questions import read_questions


def participants(*stores: str, partner: str = "D1") -> list[dict[str, Any]]:
    return [{"partner": partner, "stores": [{"store": one} for one in stores]}]


def joined(field: Field, *chosen: str) -> None:
    """As if the distributor had signed for these stores."""
    part = field.participation()
    part.state, part.signed_by, part.signature = "joined", field.owner.person, "pho_1"
    part.save()
    numbers = [one.id for one in field.stores if one.ref in chosen]
    Site.update(is_chosen=True).where(Site.organisation.in_(numbers)).execute()


def test_a_distributor_is_asked_to_sign_and_told_until_when(field: Field) -> None:
    field.publish()
    (task,) = open_tasks()
    assert (task.flow, task.organisation, task.roles) == ("promotion-acknowledgement", field.distributor.id, ["owner"])
    assert task.due_at is not None
    assert task.due_at.isoformat() == "2026-11-28T10:00:00+00:00"
    assert task.title_text.zh == "签约活动：夏季冰柜陈列"
    told = OutboxRow.select().where(OutboxRow.kind == "task")
    assert {row.recipient for row in told} == {field.owner.person}
    assert [event.type for event in field.events()][-1] == "promotion.published"


def test_a_store_by_itself_needs_no_signature(field: Field) -> None:
    field.publish(participants=[{"partner": "T3", "place": PLACE}])
    assert open_tasks() == []
    assert field.participation("T3").state == "not_needed"
    assert field.chosen() == ["T3"]


def test_a_distributor_without_stores_is_its_own_place(field: Field) -> None:
    found = field.publish(participants=[{"partner": "D1", "place": PLACE, "proved_by": "A1"}])
    (site,) = found.sites
    assert (site.organisation.ref, site.prover.ref, site.place) == ("D1", "A1", PLACE)
    assert field.chosen() == []


def test_the_same_content_changes_nothing(field: Field) -> None:
    first = field.put()
    again = field.put()
    assert (first.is_new, again.is_new) == (True, False)
    assert again.opened.promotion.version == 1
    assert [event.type for event in field.events()].count("promotion.published") == 1
    assert len(open_tasks()) == 1


def test_what_a_get_gave_changes_nothing_when_it_is_put_back(field: Field) -> None:
    """Shown red by a null that was read as another value than one left out."""
    given = presenting.promotion_document(field.publish())
    for moment in ("sign_by", "due_at"):
        given[moment] = given[moment].isoformat()
    written = {name: given[name] for name in body()}
    again = publishing.publish(field.system, "P-1", written, read_questions, 1)
    assert again.opened.promotion.version == 1
    assert presenting.promotion_document(again.opened)["facts"] == given["facts"]


def test_partners_and_stores_in_another_order_are_the_same(field: Field) -> None:
    both = [*participants("T1", "T2"), {"partner": "D2"}]
    field.publish(participants=both)
    turned = [{"partner": "D2"}, *participants("T2", "T1")]
    assert field.put(participants=turned).opened.promotion.version == 1


def test_an_older_version_is_not_overwritten(field: Field) -> None:
    field.publish()
    field.publish(radius_m=500)
    with pytest.raises(StaleVersion):
        field.put(version=1, radius_m=600)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"policy": "Twice as much work"}, "The policy is new."),
        ({"pays": {"kind": "fixed", "amount": "9", "currency": "CNY"}}, "It pays CNY 9.00 in all now."),
        ({"budget": None}, "Its limit is none now."),
        ({"ends_on": "2026-12-30"}, "It runs 2026-12-01 to 2026-12-30 now."),
    ],
)
def test_new_terms_ask_those_who_signed_to_sign_again(field: Field, change: dict[str, Any], says: str) -> None:
    field.publish()
    joined(field, "T1")
    field.publish(**change)
    (task,) = open_tasks()
    assert [text["en"] for text in task.news][1:] == [says, "Please read it and sign again."]
    part = field.participation()
    assert (part.state, part.version, part.signature, part.signed_by) == ("asked", 2, None, None)
    assert field.chosen() == ["T1"]


@pytest.mark.parametrize("change", [{"radius_m": 99}, {"audit_percent": 5}, {"facts": [UNITS]}, {"title": "Other"}])
def test_other_changes_leave_a_signature_alone(field: Field, change: dict[str, Any]) -> None:
    field.publish()
    joined(field, "T1")
    field.publish(**change)
    assert field.participation().signature == "pho_1"
    assert [task.state for task in open_tasks()] == ["open"]  # the one of the first asking
    assert field.events()[-1].type == "promotion.changed"


def test_more_stores_ask_again_and_name_them(field: Field) -> None:
    field.publish(participants=participants("T1"))
    joined(field, "T1")
    field.publish(participants=participants("T1", "T3"))
    (task,) = open_tasks()
    assert any("T3" in text["zh"] for text in task.news)
    assert field.chosen() == ["T1"]


def test_fewer_stores_leave_a_signature_for_the_others(field: Field) -> None:
    field.publish(participants=participants("T1", "T2"))
    joined(field, "T1", "T2")
    put = field.put(participants=participants("T2"))
    assert [site.organisation.ref for site in put.opened.sites] == ["T2"]
    assert field.participation().state == "joined"
    assert field.chosen() == ["T2"]


def test_a_partner_left_out_is_told_and_comes_back_under_its_old_number(field: Field) -> None:
    field.publish()
    number = field.participation().public_id
    field.publish(participants=participants("T1", partner="D2"))
    assert field.participation().state == "left_out"
    (task,) = open_tasks()
    assert task.organisation == field.rival.id
    told = OutboxRow.select().where(OutboxRow.kind == "result", OutboxRow.recipient == field.owner.person)
    assert told.count() == 1
    field.publish()
    part = field.participation()
    assert (part.public_id, part.state, part.version) == (number, "asked", 2)
    assert sorted(site.organisation.ref for site in opened(Promotion.get()).sites) == ["T1", "T2"]


def test_withdrawn_it_asks_nobody_and_stays_withdrawn(field: Field) -> None:
    field.publish()
    publishing.withdraw(field.system, "P-1")
    again = publishing.withdraw(field.system, "P-1")
    assert (again.opened.promotion.state, again.opened.promotion.version) == ("withdrawn", 2)
    assert open_tasks() == []
    assert [event.type for event in field.events()].count("promotion.withdrawn") == 1
    with pytest.raises(Conflict):
        field.put(radius_m=20)


def test_another_brand_sees_and_withdraws_nothing(field: Field) -> None:
    field.publish()
    other = make.system_actor(make.brand())
    with pytest.raises(NotFound):
        publishing.withdraw(other, "P-1")
    assert records.promotions_of(other).count() == 0


def test_partners_see_what_they_take_part_in_and_strangers_nothing(field: Field) -> None:
    field.publish()
    store, agency = (make.actor_for(make.person(one), one) for one in (field.stores[0], field.agency))
    assert [records.promotions_of(one).count() for one in (field.owner, store, agency)] == [1, 1, 1]
    assert records.promotions_of(field.stranger).count() == 0


def test_a_suspended_partner_keeps_its_part_and_gets_no_new_one(field: Field) -> None:
    field.publish()
    suspend_partner(field.system, "D1")
    assert field.publish(radius_m=50).promotion.version == 2
    with pytest.raises(Invalid) as refused:
        field.put("P-2")
    assert [fault.code for fault in refused.value.faults] == ["partner_suspended"]


def test_five_hundred_stores_take_a_bounded_number_of_statements(field: Field) -> None:
    refs = [make.partner(field.brand, "store", f"N{number}").ref for number in range(500)]
    few, many = _statements(field, "P-1", refs[:5]), _statements(field, "P-2", refs)
    assert many <= few + 10, (few, many)
    assert Site.select().count() == 505


def _statements(field: Field, ref: str, stores: list[str]) -> int:
    said: list[str] = []
    hooks = database.proxy.obj.query_hooks
    hooks.append(lambda event: said.append(event.sql))
    try:
        field.publish(ref, participants=participants(*stores))
    finally:
        hooks.pop()
    return len(said)


def test_facts_and_shots_are_kept_in_both_languages(field: Field) -> None:
    found = field.publish(facts=[COOLER]).promotion
    assert found.shots[0]["text"] == {"en": "The front", "zh": "正面"}
    assert found.facts[0]["constraints"]["options"][0]["text"] == {"en": "At the door", "zh": "At the door"}
    assert Participation.select().count() == 1


def test_of_many_partners_the_first_hundred_are_asked_at_once_and_the_others_by_the_worker(field: Field) -> None:
    refs = [make.distributor(field.brand, f"M{number}").ref for number in range(230)]
    many = [{"partner": ref} for ref in refs]
    field.publish(participants=many)
    assert len(open_tasks()) == 100
    field.publish(participants=many, policy="Other terms")
    rows = list(OutboxRow.select().where(OutboxRow.queue == f"internal:{signing.QUEUE}").order_by(OutboxRow.id))
    for row in [*rows, rows[-1]]:  # those of the first version ask nobody, one that runs twice asks nobody twice
        with database.transaction():
            signing.ask_waiting(row.payload)
    asked = open_tasks()
    assert len({task.organisation for task in asked}) == len(asked) == 230
    assert all(task.news for task in asked)


def test_who_waits_to_be_asked_is_passed_over_once_it_was_withdrawn(field: Field) -> None:
    refs = [make.distributor(field.brand, f"M{number}").ref for number in range(101)]
    field.publish(participants=[{"partner": ref} for ref in refs])
    publishing.withdraw(field.system, "P-1")
    (row,) = OutboxRow.select().where(OutboxRow.queue == f"internal:{signing.QUEUE}")
    with database.transaction():
        signing.ask_waiting(row.payload)
    assert open_tasks() == []
