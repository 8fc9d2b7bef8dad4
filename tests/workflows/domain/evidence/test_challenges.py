"""A code is good for one claim, person and device, taken with within a day, received within three, once."""

from datetime import timedelta

import pytest

from config import clock
from tests import make
from workflows.domain.access import Actor
from workflows.domain.evidence import challenges
from workflows.domain.evidence.records import Challenge, EvidencePhoto


@pytest.fixture
def actor(db: None) -> Actor:  # noqa: ARG001 - the tables first
    """A field person of a store."""
    store = make.partner(make.brand(), "store")
    return make.actor_for(make.person(store, "field"), store)


def photo_with(code: str | None, actor: Actor, subject: str = "clm_1", **facts: object) -> EvidencePhoto:
    """A photo that is received now and names this code."""
    now = clock.now()
    known = {"subject_id": subject, "challenge": code, "recorded_at": now, "captured_at": now}
    return EvidencePhoto(person=actor.person, device=actor.device, **{**known, **facts})


def test_a_code_is_short_and_has_no_letters_that_look_alike(actor: Actor) -> None:
    code = challenges.draw(actor, ["clm_1"])[0].code
    assert len(code) == 4
    assert set(code) <= set(challenges.ALPHABET)
    assert not set("01OQILZSGBU") & set(challenges.ALPHABET)


def test_the_one_that_is_still_good_is_given_again(actor: Actor) -> None:
    first = challenges.draw(actor, ["clm_1", "clm_2", "clm_1"])
    assert [one.subject_id for one in first] == ["clm_1", "clm_2", "clm_1"]
    assert [one.code for one in challenges.draw(actor, ["clm_1", "clm_2", "clm_1"])] == [one.code for one in first]
    assert Challenge.select().count() == 2
    with clock.travelled(hours=25):
        assert challenges.draw(actor, ["clm_1"])[0].code != first[0].code


def test_a_used_one_is_not_given_again(actor: Actor) -> None:
    code = challenges.draw(actor, ["clm_1"])[0].code
    challenges.use("clm_1", [code], clock.now())
    assert challenges.draw(actor, ["clm_1"])[0].code != code


def test_two_people_and_two_devices_have_their_own(actor: Actor) -> None:
    store = make.partner(make.brand(), "store")
    others = [make.actor_for(make.person(store, "field"), store), make.actor_for(make.person(store), store, "device-2")]
    codes = [challenges.draw(one, ["clm_1"])[0].code for one in (actor, *others)]
    assert len(set(codes)) == 3
    assert challenges.standing(photo_with(codes[0], others[0])) == challenges.UNKNOWN


def test_a_photo_in_time_stands(actor: Actor) -> None:
    code = challenges.draw(actor, ["clm_1"])[0].code
    assert challenges.standing(photo_with(code, actor)) is None
    taken = clock.now()
    with clock.travelled(hours=71):
        assert challenges.standing(photo_with(code, actor, captured_at=taken)) is None


def test_one_without_a_code_or_with_anothers_does_not(actor: Actor) -> None:
    code = challenges.draw(actor, ["clm_1"])[0].code
    assert challenges.standing(photo_with(None, actor)) == challenges.MISSING
    assert challenges.standing(photo_with("2222", actor)) == challenges.UNKNOWN
    assert challenges.standing(photo_with(code, actor, subject="clm_2")) == challenges.UNKNOWN


def test_one_taken_or_received_too_late_does_not(actor: Actor) -> None:
    code = challenges.draw(actor, ["clm_1"])[0].code
    taken = clock.now()
    with clock.travelled(hours=25):
        assert challenges.standing(photo_with(code, actor)) == challenges.EXPIRED
        assert challenges.standing(photo_with(code, actor, captured_at=None)) == challenges.EXPIRED
        # A clock that runs ahead helps nobody: what is received was taken before.
        assert (
            challenges.standing(photo_with(code, actor, captured_at=taken + timedelta(days=900))) == challenges.EXPIRED
        )
    with clock.travelled(hours=73):
        assert challenges.standing(photo_with(code, actor, captured_at=taken)) == challenges.EXPIRED


def test_a_code_that_was_sent_is_good_for_what_came_before(actor: Actor) -> None:
    code = challenges.draw(actor, ["clm_1"])[0].code
    before = photo_with(code, actor)
    challenges.use("clm_1", [code], clock.now() + timedelta(seconds=1))
    assert challenges.standing(before) is None
    with clock.travelled(minutes=1):
        assert challenges.standing(photo_with(code, actor)) == challenges.USED


def test_a_code_is_read_however_it_was_typed() -> None:
    assert challenges.spelt(" 7k3p ") == "7K3P"
