"""Signing in by a code sent to a number: for one device, ten minutes, few tries, one use; and nobody learns who is known.

Three people stand here: the number's holder, a colleague with a number of their own, and a stranger whose brand knows neither.
"""

import re
from contextlib import suppress

import pytest

from config import clock, database
from config.settings import SmsSettings
from notifications import recipients
from notifications.outbox import OutboxRow
from notifications.tallies import Tally
from tests import make
from tests.texting import code_in, send_due, texts_to
from tests.wechat_stub import RunningStub
from workflows.domain import people, phone_codes, phone_proof, sessions, sign_in
from workflows.domain.access import Session
from workflows.domain.errors import Conflict, DomainError, Invalid, NotFound, RateLimited, Unauthenticated
from workflows.domain.people import Person
from workflows.domain.phone_codes import SmsCode
from workflows.domain.sessions import Begun

HOLDER, COLLEAGUE, NOBODY = "+8613800138000", "+8613800138001", "+8613800138009"
PHONE, ELSEWHERE = "device-1", "device-2"
ADDRESS = "203.0.113.7"

pytestmark = pytest.mark.usefixtures("db")


class World:
    """A supplier's owner and clerk with numbers, and another brand with a person of its own."""

    def __init__(self, provider: RunningStub, account: SmsSettings) -> None:
        self.provider, self.account = provider, account
        self.brand, self.other_brand = make.brand(), make.brand()
        self.supplier = make.supplier(self.brand, "S1")
        self.theirs = make.supplier(self.other_brand, "S9")
        self.owner = make.person(self.supplier, "owner", "owner", phone=HOLDER)
        self.clerk = make.person(self.supplier, "clerk", "clerk", phone=COLLEAGUE)

    def ask(self, number: str = HOLDER, device: str = PHONE, address: str = ADDRESS) -> int:
        return phone_codes.ask(number, device, address)

    def code(self, number: str = HOLDER, device: str = PHONE) -> str:
        self.ask(number, device)
        send_due(self.account)
        return code_in(texts_to(self.provider, number)[-1])

    def change_phone(self, person: Person, number: str | None) -> None:
        system = make.system_actor(self.brand)
        memberships = [{"partner": "S1", "role": "owner"}]
        people.put_person(system, person.ref, {"name": "N", "phone": number, "memberships": memberships})


@pytest.fixture
def world(provider: RunningStub, sms: SmsSettings) -> World:
    return World(provider, sms)


def signed_in(code: str, number: str = HOLDER, device: str = PHONE, address: str = ADDRESS) -> Begun:
    return phone_proof.begin_session_by_sms(number, code, device, address)


def refusal_of(code: str, number: str = HOLDER, device: str = PHONE, address: str = ADDRESS) -> str:
    with pytest.raises(DomainError) as refusal:
        signed_in(code, number, device, address)
    return refusal.value.code


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def is_live(begun: Begun) -> bool:
    try:
        sessions.actor_of_session(begun.token)
    except Unauthenticated:
        return False
    return True


class TestACode:
    def test_signs_in_whoever_holds_the_number(self, world: World) -> None:
        begun = signed_in(world.code())
        assert begun.standing.person == world.owner
        assert sessions.actor_of_session(begun.token).device == PHONE
        assert texts_to(world.provider, COLLEAGUE) == []

    def test_is_good_on_the_device_that_asked_alone(self, world: World) -> None:
        code = world.code()
        assert refusal_of(code, device=ELSEWHERE) == "code_invalid"
        assert refusal_of(code, number=COLLEAGUE) == "code_invalid"
        assert signed_in(code).token

    def test_runs_out_after_ten_minutes(self, world: World) -> None:
        code = world.code()
        with clock.travelled(minutes=10):
            assert refusal_of(code) == "code_invalid"
        with clock.travelled(minutes=9, seconds=50):
            assert signed_in(code).token

    def test_dies_of_five_wrong_tries(self, world: World) -> None:
        code = world.code()
        assert [refusal_of(wrong(code)) for _ in range(5)] == ["code_invalid"] * 5
        assert refusal_of(code) == "code_invalid"

    def test_a_wrong_try_counts_although_the_call_failed(self, world: World) -> None:
        code = world.code()
        refusal_of(wrong(code))
        assert SmsCode.get().tries == 1

    def test_works_once_and_its_lost_answer_is_asked_again(self, world: World) -> None:
        code = world.code()
        lost, again = signed_in(code), signed_in(code)
        assert [is_live(lost), is_live(again)] == [False, True]
        assert refusal_of(code, device=ELSEWHERE) == "code_invalid"
        with clock.travelled(minutes=5, seconds=1):
            assert refusal_of(code) == "code_used"
        assert is_live(again)

    def test_a_newer_one_takes_its_place(self, world: World) -> None:
        first = world.code()
        world.provider.advance(61)
        with clock.travelled(seconds=61):
            second = world.code()
            assert first == second or refusal_of(first) == "code_invalid"
            assert signed_in(second).token

    def test_asked_again_within_the_minute_is_sent_once(self, world: World) -> None:
        assert world.ask() == 60
        with clock.travelled(seconds=20):
            assert 38 <= world.ask() <= 40
        send_due(world.account)
        assert len(texts_to(world.provider, HOLDER)) == 1

    def test_is_not_sent_when_it_would_come_too_late(self, world: World) -> None:
        world.ask()
        with clock.travelled(minutes=11):
            send_due(world.account)
        assert texts_to(world.provider, HOLDER) == []
        assert OutboxRow.get(OutboxRow.queue == "texts").last_error == "expired"

    def test_rests_nowhere(self, world: World) -> None:
        code = world.code()
        signed_in(code)
        records = (SmsCode, OutboxRow, Session, Tally)
        everything = repr([row for record in records for row in record.select().tuples()])
        assert HOLDER[3:] not in everything
        assert f"'{code}'" not in everything
        assert ADDRESS not in everything

    @pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "０１２３４５", "\0", "é" * 6])
    def test_anything_else_is_wrong(self, world: World, code: str) -> None:
        world.ask()
        assert refusal_of(code) == "code_invalid"


class TestWhoIsKnown:
    def test_an_unknown_number_is_answered_the_same_and_costs_nothing(self, world: World) -> None:
        assert world.ask(HOLDER, "a") == world.ask(NOBODY, "b") == 60
        send_due(world.account)
        assert texts_to(world.provider, NOBODY) == []
        assert Tally.select().where(Tally.name == "text-brand-day").get().used == 5  # one message, the known one's
        assert OutboxRow.get(OutboxRow.last_error == "nobody").state == "cancelled"

    def test_the_right_code_of_an_unknown_number_is_wrong_too(self, world: World) -> None:
        world.ask(NOBODY)
        assert refusal_of(phone_codes.code_of(SmsCode.get()), NOBODY) == "code_invalid"

    def test_nothing_is_sent_to_who_could_not_sign_in(self, world: World) -> None:
        people.suspend_person(make.system_actor(world.brand), "owner")
        world.ask()
        send_due(world.account)
        assert texts_to(world.provider, HOLDER) == []

    def test_asking_does_the_same_to_the_database_for_both(self, world: World) -> None:
        def statements(number: str, device: str) -> list[str]:
            said: list[str] = []
            real = database.proxy.obj.execute_sql
            database.proxy.obj.execute_sql = lambda sql, *args, **kwargs: said.append(sql) or real(sql, *args, **kwargs)
            try:
                world.ask(number, device)
            finally:
                database.proxy.obj.execute_sql = real
            return [re.sub(r"\"s[0-9a-f]{32}\"", "savepoint", sql) for sql in said]

        known, unknown = statements(HOLDER, "a"), statements(NOBODY, "b")
        assert known == unknown
        assert len(known) > 5
        assert not any('"address"' in sql for sql in known)

    def test_a_limit_of_an_unknown_number_is_told_as_that_of_a_known_one(self, world: World) -> None:
        for number in (HOLDER, NOBODY):
            world.ask(number, "a")
            with pytest.raises(RateLimited) as refusal:
                world.ask(number, "b")
            assert 59 <= refusal.value.retry_after_s <= 61


class TestLimits:
    def test_a_number_gets_one_a_minute_five_an_hour_ten_a_day(self, world: World) -> None:
        sent = 0
        for hour in range(0, 26, 2):
            for minute in range(0, 14, 2):
                with clock.travelled(hours=hour, minutes=minute), suppress(RateLimited):
                    world.ask()
                    sent += 1
        assert sent == 5 + 5 + 5  # in the first hours of one day, and again after it

    def test_an_address_cannot_ask_for_ever_more_numbers(self, world: World) -> None:
        for number in range(60):
            world.ask(f"+86138001{number:05d}", f"device-{number}")
        with pytest.raises(RateLimited):
            world.ask("+8613700137000", "another")
        assert world.ask("+8613700137000", "another", "203.0.113.8") == 60

    def test_all_addresses_of_one_network_of_phones_count_together(self, world: World) -> None:
        for number in range(60):
            world.ask(f"+86138001{number:05d}", f"device-{number}", f"2001:db8:1:2::{number:x}")
        with pytest.raises(RateLimited):
            world.ask(NOBODY, "another", "2001:db8:1:2:ffff::1")
        assert world.ask(NOBODY, "another", "2001:db8:1:3::1") == 60

    def test_a_device_asks_ten_times_an_hour(self, world: World) -> None:
        for number in range(10):
            world.ask(f"+86138001{number:05d}", PHONE)
        with pytest.raises(RateLimited):
            world.ask(NOBODY, PHONE)

    def test_guessing_across_numbers_ends(self) -> None:
        refusals = [refusal_of("000000", f"+86138001{number:05d}", f"d{number}") for number in range(61)]
        assert refusals == ["code_invalid"] * 60 + ["rate_limited"]
        assert refusal_of("000000", NOBODY, address="203.0.113.8") == "code_invalid"

    def test_guessing_at_one_number_from_everywhere_ends(self) -> None:
        refusals = [refusal_of("000000", address=f"203.0.113.{one}", device=f"d{one}") for one in range(31)]
        assert refusals == ["code_invalid"] * 30 + ["rate_limited"]

    def test_right_codes_are_not_counted_as_guesses(self, world: World) -> None:
        code = world.code()
        for _ in range(70):
            signed_in(code)

    def test_a_refused_call_leaves_nothing(self, world: World) -> None:
        world.ask()
        before = (SmsCode.select().count(), OutboxRow.select().count())
        with pytest.raises(RateLimited):
            world.ask(device=ELSEWHERE)
        assert (SmsCode.select().count(), OutboxRow.select().count()) == before


class TestWhomAProvedNumberReaches:
    def test_every_record_that_the_number_is_bound_to(self, world: World) -> None:
        there = make.person(world.theirs, "owner", phone=HOLDER)
        begun = signed_in(world.code())
        assert {place.person for place in begun.standing.places} == {world.owner, there}
        actor = sessions.actor_of_session(begun.token)
        assert sessions.switch(actor, world.theirs.public_id).person == there

    def test_nobody_elses(self, world: World) -> None:
        stranger = make.person(world.theirs, "owner", phone="+8613800138002")
        actor = sessions.actor_of_session(signed_in(world.code()).token)
        assert {place.person for place in sessions.standing_of(actor).places} == {world.owner}
        for foreign in (world.theirs, sessions.places_of([stranger.public_id])[0].organisation):
            with pytest.raises(NotFound):
                sessions.switch(actor, foreign.public_id)

    def test_a_brand_that_writes_anothers_number_into_its_record_joins_nothing(self, world: World) -> None:
        """Mallory proved a number of her own; then her brand gives her record the owner's number."""
        mallory = make.person(world.theirs, "owner", "mallory", phone=NOBODY)
        begun = signed_in(world.code(NOBODY), NOBODY)
        system = make.system_actor(world.other_brand)
        memberships = [{"partner": "S9", "role": "owner"}]
        people.put_person(system, "mallory", {"name": "M", "phone": HOLDER, "memberships": memberships})
        assert not is_live(begun)
        begun = signed_in(_again(world, HOLDER))
        assert {place.person for place in begun.standing.places} == {world.owner, mallory}  # the owner's own proof

    def test_a_session_joins_by_the_number_that_was_proved_not_by_the_records(self, world: World) -> None:
        """The same, past the sessions that end: even a session that lived on would reach no further."""
        mallory = make.person(world.theirs, "owner", "mallory", phone=NOBODY)
        begun = signed_in(world.code(NOBODY), NOBODY)
        recipients.set_phone(mallory.public_id, HOLDER)
        actor = sessions.actor_of_session(begun.token)
        assert {place.person for place in sessions.standing_of(actor).places} == {mallory}
        with pytest.raises(NotFound):
            sessions.switch(actor, world.supplier.public_id)

    def test_a_number_taken_from_a_record_ends_what_it_opened(self, world: World) -> None:
        begun = signed_in(world.code())
        world.change_phone(world.owner, NOBODY)
        assert not is_live(begun)

    def test_a_wechat_session_is_not_ended_by_a_new_number(self, world: World) -> None:
        recipients.bind(world.owner.public_id, "wechat", "wx", "o-owner")
        begun = sign_in.begin_session_by_wechat("wx", "code-1", "o-owner", PHONE)
        world.change_phone(world.owner, NOBODY)
        assert is_live(begun)

    def test_a_suspended_partner_is_not_reached(self, world: World) -> None:
        code = world.code()
        people.suspend_person(make.system_actor(world.brand), "owner")
        assert refusal_of(code) == "code_invalid"


def _again(world: World, number: str) -> str:
    return world.code(number, PHONE)


class TestWithoutTextMessages:
    @pytest.mark.parametrize("number", [HOLDER, NOBODY])
    def test_asking_says_so_for_every_number(self, number: str) -> None:
        with pytest.raises(Conflict) as refusal:
            phone_codes.ask(number, PHONE, ADDRESS)
        assert refusal.value.code == "sms_off"
        assert SmsCode.select().count() == 0


@pytest.mark.parametrize(
    ("phone", "device", "faults"),
    [
        ("13800138000", PHONE, {("phone",)}),
        ("+861", PHONE, {("phone",)}),
        ("", "", {("phone",), ("device",)}),
        (None, None, {("phone",), ("device",)}),
        (7, "x" * 129, {("phone",), ("device",)}),
    ],
)
def test_what_is_no_number_or_no_device_is_named(phone: object, device: object, faults: set[tuple[str]]) -> None:
    with pytest.raises(Invalid) as refusal:
        phone_codes.ask(phone, device, ADDRESS)
    assert {fault.path for fault in refusal.value.faults} == faults
