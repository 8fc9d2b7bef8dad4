"""Where people were is forgotten on schedule and with the person; what became of it stays, and what was answered reads on."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from api.retention import RULES
from config import clock, database
from tests.chat import Chat
from tests.fire.rows import held
from tests.proving import DAY, HERE, Proving
from workflows.domain.claims import deciding
from workflows.domain.claims.decisions import Decision
from workflows.domain.claims.records import APPROVED, IN_REVIEW, Claim
from workflows.domain.errors import Conflict
from workflows.domain.evidence.records import EvidencePhoto
from workflows.domain.people import Person
from workflows.engine import conversations
from workflows.engine.person_erasure import erase_person
from workflows.engine.person_export import export_person
from workflows.engine.registry import use_flows
from workflows.engine.run import Given
from workflows.flows import all_flows

MOMENT = timedelta(seconds=1)


@pytest.fixture
def proving(db: None) -> Iterator[Proving]:  # noqa: ARG001 - the database it lives in
    use_flows(all_flows())
    with clock.frozen(DAY):
        yield Proving()


def sent(proving: Proving) -> Claim:
    """A proof with its place, also on a photo, whose distance is known."""
    chat = proving.chat().answer("place_consent", "allow").answer("place", HERE, "ans_place")
    for shot, count in (("shelf", 2), ("poster", 1)):
        chat.reply(proving.photos(chat.turn, shot, count, place=HERE))
    chat.reply(True).is_done()
    Claim.update(facts={"fact_where": HERE}).execute()
    return proving.asked


def forget(rule: str, at: datetime) -> int:
    """One slice by a rule at a moment; how many rows it touched."""
    return RULES[rule].forget(at - timedelta(days=RULES[rule].days), 0).forgotten


def places() -> list[str]:
    """The tables in which a latitude is still to be read."""
    rows = {key[0] for key, row in held().items() if "31.2304" in json.dumps(str(row))}
    return sorted(rows - {"promotion_site"})


EVERYWHERE = ["answer_record", "claim", "conversation", "evidence_photo"]


@pytest.mark.parametrize(
    ("rule", "facts"), [("places", {"state": APPROVED, "decided_at": DAY}), ("places-undecided", {})]
)
def test_on_its_day_it_is_gone_everywhere_and_the_distance_stays(proving: Proving, rule: str, facts: Any) -> None:
    claim = sent(proving)
    Claim.update(distance_m=42, **facts).where(Claim.id == claim.id).execute()
    due = DAY + timedelta(days=RULES[rule].days)
    assert places() == EVERYWHERE
    assert forget(rule, due) == 0
    assert places() == EVERYWHERE
    assert forget(rule, due + MOMENT) == 1
    assert places() == []
    assert proving.asked.distance_m == 42
    assert forget(rule, due + MOMENT) == 0


def test_a_place_in_a_brands_own_question_goes_where_no_other_was_given(proving: Proving) -> None:
    proving.prove()
    Claim.update(place=None, facts={"fact_where": HERE, "fact_units": "12"}).execute()
    due = DAY + timedelta(days=180)
    assert forget("places-in-facts", due) == 0
    assert forget("places-in-facts", due + MOMENT) == 1
    assert proving.asked.facts == {"fact_where": {"accuracy_m": 20}, "fact_units": "12"}


@pytest.mark.parametrize(
    ("rule", "facts"),
    [("places-earlier", {"state": APPROVED, "decided_at": DAY}), ("places-in-facts", {"state": IN_REVIEW})],
)
def test_a_place_of_an_earlier_round_goes_where_the_later_one_refused_it(
    proving: Proving, rule: str, facts: Any
) -> None:
    claim = proving.prove()
    Claim.update(state=IN_REVIEW).execute()
    again = Decision("redo", "yes", text="Closer", shots=("poster",))
    deciding.decide(proving.reviewer, claim.public_id, claim.version, again)
    chat = proving.chat().reply("refuse")
    chat.reply(proving.photos(chat.turn, "poster", 1)).reply(True).is_done()
    Claim.update(**facts).execute()
    due = DAY + timedelta(days=RULES[rule].days)
    assert (proving.asked.place, places()) == (None, ["answer_record", "conversation"])
    assert forget(rule, due) == 0
    assert forget(rule, due + MOMENT) == 1
    assert places() == []
    assert forget(rule, due + MOMENT) == 0


def test_a_place_that_was_answered_and_never_sent_is_forgotten_and_asked_for_again(proving: Proving) -> None:
    chat = proving.chat().reply("allow").reply(HERE)
    due = DAY + timedelta(days=180)
    assert forget("places-unsent", due) == 0
    assert forget("places-unsent", due + MOMENT) == 1
    assert places() == []
    assert forget("places-unsent", due + MOMENT) == 0
    chat.turn = conversations.load(proving.field, chat.turn.id)
    chat.reply(proving.photos(chat.turn, "shelf", 2)).says("The poster")


def refused_after_all(proving: Proving) -> Chat:
    """A conversation in which a place was given and then taken back."""
    chat = proving.chat().reply("allow").reply(HERE).answer("place_consent", "refuse")
    assert places() == ["answer_record"]
    return chat


def test_a_place_that_is_refused_stays_on_no_photo_either(proving: Proving) -> None:
    """Photos may have brought it before the person thought better of it."""
    chat = proving.chat().reply("refuse")
    for shot, count in (("shelf", 2), ("poster", 1)):
        chat.reply(proving.photos(chat.turn, shot, count, place=HERE))
    assert places() == ["evidence_photo"]
    chat.reply(True).is_done()
    assert places() == []


def test_a_place_that_was_taken_back_goes_with_the_person(proving: Proving) -> None:
    refused_after_all(proving)
    erase_person(proving.system, Person.get(Person.public_id == proving.field.person).ref)
    assert places() == []


def test_a_place_that_was_taken_back_and_never_sent_is_forgotten_too(proving: Proving) -> None:
    refused_after_all(proving)
    due = DAY + timedelta(days=180)
    assert forget("places-unsent", due) == 0
    assert forget("places-unsent", due + MOMENT) == 1
    assert places() == []
    assert forget("places-unsent", due + MOMENT) == 0


class TestWhatWasAnswered:
    def forgotten(self, proving: Proving) -> str:
        """The conversation of a proof whose place is forgotten."""
        claim = sent(proving)
        forget("places-undecided", DAY + timedelta(days=181))
        return claim.conversation or ""

    def test_reads_as_before(self, proving: Proving) -> None:
        turn = conversations.load(proving.field, self.forgotten(proving))
        assert [one.text.en for one in turn.messages if one.step == "place"][-1] == "Location (±20 m)"
        assert turn.answers["place"].value == {"accuracy_m": 20}

    def test_sent_again_under_its_id_shows_the_result(self, proving: Proving) -> None:
        conversation = self.forgotten(proving)
        turn = conversations.answer(proving.field, conversation, 0, [Given("ans_place", "place", HERE)])
        assert turn.state == "done"
        assert places() == []

    def test_sent_again_under_another_id_meets_what_stands(self, proving: Proving) -> None:
        conversation = self.forgotten(proving)
        with pytest.raises(Conflict, match="already_answered"):
            conversations.answer(proving.field, conversation, 0, [Given("ans_other", "place", HERE)])


class TestOfOnePerson:
    def person(self, proving: Proving) -> Person:
        found: Person = Person.get(Person.public_id == proving.field.person)
        return found

    def test_it_is_handed_out_with_everything_else(self, proving: Proving) -> None:
        sent(proving)
        found = export_person(proving.system, self.person(proving).ref)
        for part in ("photos", "claims", "answers", "conversations"):
            assert "31.2304" in json.dumps(found[part], default=str), part

    def test_it_goes_with_the_person_and_a_colleagues_stays(self, proving: Proving) -> None:
        chat = Chat(proving.field, proving.task.public_id).reply("allow").reply(HERE)
        there = {**HERE, "latitude": 31.9999}
        (colleagues,) = proving.photos(chat.turn, "shelf", 1, place=there)
        EvidencePhoto.update(person=proving.colleague_in_field.person).execute()
        proving.photos(chat.turn, "shelf", 1, place=HERE)
        assert erase_person(proving.system, self.person(proving).ref)
        assert places() == []
        assert [photo.device for photo in EvidencePhoto.select().order_by(EvidencePhoto.id)] == ["device-1", ""]
        assert EvidencePhoto.get(EvidencePhoto.public_id == colleagues).place == there


@pytest.mark.parametrize(
    ("rule", "index"),
    [
        ("places", "claim_with_place"),
        ("places-undecided", "claim_with_place"),
        ("photo-places", "photo_with_place"),
        ("places-unsent", "conversation_asking"),
    ],
)
@pytest.mark.usefixtures("db")
def test_what_still_holds_a_place_is_found_by_its_index(rule: str, index: str) -> None:
    seen: list[tuple[str, Any]] = []
    hook = lambda query: seen.append((query.sql, query.params))  # noqa: E731 - removed again by identity
    database.proxy.obj.query_hooks.append(hook)
    forget(rule, DAY)
    database.proxy.obj.query_hooks.remove(hook)
    sql, params = next((sql, params) for sql, params in seen if sql.startswith("SELECT"))
    assert index in plan(sql, params)


def plan(sql: str, params: Any) -> str:
    """How the database goes about a statement, where it would rather use an index than read everything."""
    if not database.is_postgres():
        return str(database.proxy.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params).fetchall())
    with database.transaction():
        for way in ("seqscan", "bitmapscan"):
            database.proxy.execute_sql(f"SET LOCAL enable_{way} = off")
        return str(database.proxy.execute_sql(f"EXPLAIN {sql}", params).fetchall())
