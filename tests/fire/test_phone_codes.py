"""Codes and limits when everybody hurries: twenty at once ask, guess and sign in, through the door and on the store of the run.

Planted: a limit that nobody asks, and tries that are not counted. Each turns the check it concerns red.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from flask import Flask

from notifications import tallies
from tests import make
from tests.fire.doors import Call
from tests.fire.planting import plant
from tests.fire.server import AT_ONCE, send, send_at_once, serving
from tests.fire.worlds import World
from workflows.domain import phone_codes
from workflows.domain.access import Session
from workflows.domain.people import Person
from workflows.domain.phone_codes import MOST_TRIES, SmsCode

_numbers = count(1)


@pytest.fixture
def base(app: Flask, made_world: World) -> Iterator[str]:  # noqa: ARG001 - the world, for good
    with serving(app) as address:
        yield address


def somebody(world: World) -> tuple[Person, str]:
    """Somebody at the supplier, and their number."""
    number = f"+86139{next(_numbers):08d}"
    return make.person(world.ours.supplier, phone=number), number


def ask(number: str, device: str) -> Call:
    return Call("POST", "phone/sms-codes", {"phone": number, "device": device})


def enter(number: str, code: str, device: str = "phone-0") -> Call:
    return Call("POST", "phone/sessions", {"via": "sms", "phone": number, "code": code, "device": device})


def statuses(answers: list[Any]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def asked_at_once(base: str, number: str) -> Counter[int]:
    return statuses(send_at_once(base, [(ask(number, f"phone-{one}"), None) for one in range(AT_ONCE)]))


def code_for(base: str, number: str) -> str:
    assert send(base, ask(number, "phone-0"), None).status_code == 202
    return phone_codes.code_of(SmsCode.select().order_by(SmsCode.id.desc()).get())


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_of_twenty_devices_that_ask_for_one_number_one_is_answered(base: str, made_world: World) -> None:
    answers = asked_at_once(base, somebody(made_world)[1])
    assert answers[202] == 1
    assert set(answers) <= {202, 409, 429, 503}  # in line too long: PostgreSQL gives up after two seconds


def test_a_number_nobody_knows_is_limited_the_same(base: str) -> None:
    assert asked_at_once(base, f"+86139{next(_numbers):08d}")[202] == 1


def test_a_limit_that_is_not_asked_is_found(base: str, made_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "take", lambda _uses: None)
    assert asked_at_once(base, somebody(made_world)[1])[202] > 1


def guessed(base: str, world: World) -> tuple[int, int]:
    """Twenty wrong guesses at once: how many were counted, and what the right code is answered afterwards."""
    _, number = somebody(world)
    code = code_for(base, number)
    send_at_once(base, [(enter(number, wrong(code)), None)] * AT_ONCE)
    row = SmsCode.select().order_by(SmsCode.id.desc()).get()
    return row.tries, send(base, enter(number, code), None).status_code


def test_twenty_guesses_at_once_are_five(base: str, made_world: World) -> None:
    assert guessed(base, made_world) == (MOST_TRIES, 401)


def test_tries_that_are_not_counted_are_found(base: str, made_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    right: Callable[..., Any] = phone_codes._refusal

    def forgetful(row: SmsCode | None, code: str) -> str | None:
        refusal = right(row, code)
        if row is not None:
            SmsCode.update(tries=0).where(SmsCode.id == row.id).execute()
        return refusal  # type: ignore[no-any-return]

    plant(monkeypatch, phone_codes._refusal, forgetful)
    assert guessed(base, made_world) != (MOST_TRIES, 401)


def test_one_code_twenty_times_at_once_leaves_one_session(base: str, made_world: World) -> None:
    person, number = somebody(made_world)
    code = code_for(base, number)
    answers = send_at_once(base, [(enter(number, code), None)] * AT_ONCE)
    assert answers[0].json().keys() >= {"token"} or answers[0].status_code in {409, 503}
    assert statuses(answers)[201] > 0
    assert set(statuses(answers)) <= {201, 409, 503}
    assert Session.select().where(Session.person == person.id, Session.ended_at.is_null()).count() == 1
