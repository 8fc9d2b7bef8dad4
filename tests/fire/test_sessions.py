"""Sessions, keys and invitations against the real WeChat stub: what ends stops within one request, what is to be used once is
used once whoever hurries, and a lost answer signs nobody out.

Planted: an actor remembered from the request before, an invitation that asks nobody whether it was opened, a code not noted as
spent. Each turns the checks it concerns red.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle
from typing import Any

import pytest
from flask import Flask

from api.app import create_app
from config import clock, database
from config.ids import new_id
from notifications import recipients
from notifications.recipients import Address
from tests import make
from tests.fire import rows
from tests.fire.conftest import fire_settings, quieten
from tests.fire.doors import Answer, Call, Doors
from tests.fire.house import CROWD, FIXTURE, SINGLES, running_redis
from tests.fire.planting import plant
from tests.fire.server import send_at_once, serving
from tests.fire.worlds import APP, World
from tests.wechat_stub import RunningStub, running_stub
from workflows.domain import invitations, keys, organisations, people, sessions, sign_in
from workflows.domain.access import SCOPES, Session
from workflows.domain.people import Person

ME, EVENTS = Call("GET", "phone/me"), Call("GET", "brand/events")
LOOK = Call("GET", "phone/flows")  # asks nothing but who calls


@pytest.fixture(scope="module")
def stub() -> Iterator[RunningStub]:
    with running_stub(FIXTURE) as running:
        yield running


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with running_redis() as url:
        yield url


@pytest.fixture(scope="module")
def app(
    module_url: str, stub: RunningStub, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The app with WeChat, with Redis and with limits."""
    changes = {"WECHAT_API_BASE": stub.wechat_base, "REDIS_URL": redis_url, "RATE_LIMITS": "on"}
    made = create_app(fire_settings(module_url, tmp_path_factory.mktemp("state"), **changes))
    with database.connection():
        yield made
    database.proxy.obj.close_all()
    quieten()


@pytest.fixture
def nobody_else(app: Flask, made_world: World) -> World:  # noqa: ARG001 - the world, for good
    """The world, for what other threads must see too."""
    return made_world


def sign_in_call(code: str, device: str = "phone-1", **more: Any) -> Call:
    return Call("POST", "phone/sessions", {"via": "wechat", "app": APP, "code": code, "device": device, **more})


def invited(world: World, who: Person | None = None, **facts: Any) -> tuple[Person, str]:
    """Somebody and the token of their invitation."""
    person = who or make.person(world.ours.supplier, **facts)
    return person, invitations.invite(world.a.system, person.ref).token


def bound(world: World, stub: RunningStub, user: str) -> Person:
    """Somebody at the supplier who signs in with a WeChat account."""
    person = make.person(world.ours.supplier)
    recipients.bind(person.public_id, "wechat", APP, stub.openid(APP, user))
    return person


def live_sessions(person: Person) -> int:
    return int(Session.select().where(Session.person == person.id, Session.ended_at.is_null()).count())


def statuses(answers: list[Any]) -> Counter[tuple[int, str]]:
    return Counter((answer.status_code, answer.json().get("code", "")) for answer in answers)


# What somebody does, and which credentials it ends; all others go on.
ENDINGS: dict[str, tuple[Callable[[World, Doors], Any], set[str]]] = {
    "sign out": (
        lambda world, doors: doors.send(Call("DELETE", "phone/sessions/current"), world.tokens["owner"]),
        {"owner"},
    ),
    "sign out everywhere": (lambda world, _: people.sign_out_everywhere(world.a.system, "clerk-S1"), {"clerk"}),
    "suspend a person": (lambda world, _: people.suspend_person(world.a.system, "owner-S1"), {"owner"}),
    "suspend a partner": (
        lambda world, _: organisations.suspend_partner(world.a.system, "S1"),
        {"owner", "clerk", "colleague"},
    ),
    "end a membership": (
        lambda world, doors: doors.send(
            Call("PUT", "brand/people/clerk-S1", {"name": "N", "language": "zh", "memberships": []}), world.a.key
        ),
        {"clerk"},
    ),
    "suspend a brand": (
        lambda world, _: organisations.suspend_partner(world.a.system, "self"),
        {"owner", "clerk", "colleague", "stranger", "distributor", "buyer", "key"},
    ),
    "revoke a key": (lambda world, _: keys.revoke_key(world.a.brand, world.a.key[:12]), {"key"}),
}
EVERYBODY = ("owner", "clerk", "colleague", "stranger", "rival", "distributor", "buyer", "key", "other_key")


def let_in(world: World, doors: Doors) -> set[str]:
    """Whose credentials are good at this moment."""
    calls = {who: EVENTS if "key" in who else LOOK for who in EVERYBODY}
    return {who for who, call in calls.items() if doors.send(call, world.tokens[who]).status == 200}


def wrongly_in(world: World, doors: Doors, ending: str) -> set[str]:
    """Who is still in though it ended them, or out though it did not."""
    act, ended = ENDINGS[ending]
    assert let_in(world, doors) == set(EVERYBODY)
    act(world, doors)
    return let_in(world, doors) ^ (set(EVERYBODY) - ended)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_ended_stops_within_one_request_and_nothing_else_does(world: World, doors: Doors, ending: str) -> None:
    assert wrongly_in(world, doors, ending) == set()


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_actor_remembered_from_before_is_found(
    world: World, doors: Doors, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, sessions.actor_of_session, cache(sessions.actor_of_session))
    plant(monkeypatch, keys.actor_of_key, cache(keys.actor_of_key))
    assert wrongly_in(world, doors, ending) != set()


def test_an_expired_key_and_an_idle_session_stop(world: World, doors: Doors) -> None:
    short = keys.create_key(world.a.brand, SCOPES, "short", clock.now() + sessions.LIFETIME / 2)
    assert doors.send(EVENTS, short).status == 200
    with clock.travelled(days=16):
        assert doors.send(EVENTS, short).code == "key_invalid"
        assert doors.send(ME, world.tokens["owner"]).status == 200
    with clock.travelled(days=47):
        assert doors.send(ME, world.tokens["owner"]).code == "session_ended"


_singles = iter(SINGLES)


class TestLoginCodes:
    @pytest.fixture
    def user(self) -> str:
        """A WeChat account that nobody has used before."""
        return next(_singles)

    @pytest.fixture
    def li(self, nobody_else: World, stub: RunningStub, user: str) -> Person:
        """Whom that account belongs to."""
        return bound(nobody_else, stub, user)

    def test_a_lost_answer_is_asked_for_again_and_ends_the_first(
        self, li: Person, doors: Doors, stub: RunningStub, user: str
    ) -> None:
        call = sign_in_call(stub.login(APP, user))
        lost, again = doors.send(call), doors.send(call)
        assert (lost.status, again.status) == (201, 201)
        assert doors.send(ME, lost.json["token"]).code == "session_ended"
        assert doors.send(ME, again.json["token"]).status == 200
        assert live_sessions(li) == 1

    def test_the_same_code_from_another_phone_is_used_up(
        self, li: Person, doors: Doors, stub: RunningStub, user: str
    ) -> None:
        code = stub.login(APP, user)
        first = doors.send(sign_in_call(code))
        assert doors.send(sign_in_call(code, "another-phone")).code == "code_used"
        assert doors.send(ME, first.json["token"]).json["person"]["id"] == li.public_id

    def test_the_same_code_after_five_minutes_is_used_up(
        self, li: Person, doors: Doors, stub: RunningStub, user: str
    ) -> None:
        code = stub.login(APP, user)
        assert doors.send(sign_in_call(code)).status == 201
        with clock.travelled(minutes=5, seconds=1):
            assert doors.send(sign_in_call(code)).code == "code_used"
        assert live_sessions(li) == 1

    @pytest.mark.parametrize("code", ["made-up", "x" * 512, "0"])
    def test_a_made_up_code_signs_nobody_in(self, doors: Doors, code: str) -> None:
        before = rows.held()
        assert doors.send(sign_in_call(code)).code == "code_invalid"
        assert rows.changed(before, rows.held()) == set()

    def test_another_apps_code_is_not_even_shown_to_wechat(self, doors: Doors, stub: RunningStub) -> None:
        before = len(stub.calls("/sns/jscode2session"))
        call = Call("POST", "phone/sessions", {"via": "wechat", "app": "wxother", "code": "c", "device": "d"})
        assert doors.send(call).faults == [("/app", "app_unknown")]
        assert len(stub.calls("/sns/jscode2session")) == before

    def test_somebody_unknown_comes_in_by_an_invitation_with_the_same_code(
        self, nobody_else: World, doors: Doors, stub: RunningStub, user: str
    ) -> None:
        person, token = invited(nobody_else)
        code = stub.login(APP, user)
        assert doors.send(sign_in_call(code)).code == "not_bound"
        answer = doors.send(sign_in_call(code, invitation=token))
        assert (answer.status, answer.json["person"]["id"]) == (201, person.public_id)

    def test_a_suspended_person_does_not_come_back_by_wechat(
        self, li: Person, doors: Doors, nobody_else: World, stub: RunningStub, user: str
    ) -> None:
        people.suspend_person(nobody_else.a.system, li.ref)
        assert doors.send(sign_in_call(stub.login(APP, user))).code == "not_bound"


class TestInvitations:
    @pytest.mark.parametrize(("phone", "code"), [(None, "invitation_used"), ("+8613800138000", "phone_code_needed")])
    def test_an_opened_one_serves_nobody_else(
        self, nobody_else: World, doors: Doors, stub: RunningStub, phone: str | None, code: str
    ) -> None:
        person, token = invited(nobody_else, phone=phone)
        assert doors.send(sign_in_call(stub.login(APP, "zhao"), invitation=token)).status == 201
        stranger = doors.send(sign_in_call(stub.login(APP, "stranger"), "their-phone", invitation=token))
        by_link = doors.send(
            Call("POST", "phone/sessions", {"via": "invitation", "token": token, "device": "their-phone"})
        )
        assert (stranger.code, by_link.code) == (code, code)
        assert live_sessions(person) == 1

    def test_a_newer_one_and_fourteen_days_end_it(self, nobody_else: World, doors: Doors) -> None:
        person, old = invited(nobody_else)
        _, new = invited(nobody_else, person)
        assert self.open(doors, old).code == "invitation_invalid"
        with clock.travelled(days=14, seconds=1):
            assert self.open(doors, new).code == "invitation_invalid"
        assert self.open(doors, new).status == 201

    @pytest.mark.parametrize(
        "change", [lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"), lambda _: "inv_1.x"]
    )
    def test_a_forged_one_is_nothing(self, nobody_else: World, doors: Doors, change: Callable[[str], str]) -> None:
        _, token = invited(nobody_else)
        assert self.open(doors, change(token)).code == "invitation_invalid"

    @staticmethod
    def open(doors: Doors, token: str, device: str = "phone-1") -> Answer:
        return doors.send(Call("POST", "phone/sessions", {"via": "invitation", "token": token, "device": device}))


class TestHurry:
    """Twenty at once, each with a thread of the server to itself."""

    @pytest.fixture
    def base(self, app: Flask) -> Iterator[str]:
        with serving(app) as address:
            yield address

    def opened_by_a_crowd(self, base: str, world: World, stub: RunningStub) -> tuple[Person, Counter[tuple[int, str]]]:
        person, token = invited(world)
        codes = [stub.login(APP, user) for user in CROWD]
        calls = [(sign_in_call(code, code[:20], invitation=token), None) for code in codes]
        return person, statuses(send_at_once(base, calls))

    def test_one_of_twenty_strangers_is_bound_by_an_invitation(
        self, base: str, nobody_else: World, stub: RunningStub
    ) -> None:
        person, said = self.opened_by_a_crowd(base, nobody_else, stub)
        assert said == {(201, ""): 1, (401, "invitation_used"): 19}
        assert Address.select().where(Address.person == person.public_id).count() == 1
        assert live_sessions(person) == 1

    def test_an_invitation_that_does_not_ask_whether_it_was_opened_is_found(
        self, base: str, nobody_else: World, stub: RunningStub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plant(monkeypatch, sign_in._require_unopened, lambda _invitation: None)
        _, said = self.opened_by_a_crowd(base, nobody_else, stub)
        assert said[201, ""] > 1

    def test_one_of_twenty_phones_opens_a_link(self, base: str, nobody_else: World) -> None:
        person, token = invited(nobody_else)
        bodies = [{"via": "invitation", "token": token, "device": f"phone-{number}"} for number in range(20)]
        said = statuses(send_at_once(base, [(Call("POST", "phone/sessions", body), None) for body in bodies]))
        assert said == {(201, ""): 1, (401, "invitation_used"): 19}
        assert live_sessions(person) == 1

    def test_one_code_sent_twenty_times_leaves_one_session(
        self, base: str, nobody_else: World, stub: RunningStub
    ) -> None:
        person = bound(nobody_else, stub, user := next(_singles))
        call = sign_in_call(stub.login(APP, user))
        said = statuses(send_at_once(base, [(call, None)] * 20))
        assert set(said) <= {(201, ""), (401, "code_used")}
        assert said[201, ""] >= 1
        assert live_sessions(person) == 1

    def test_one_code_on_twenty_phones_signs_one_in(self, base: str, nobody_else: World, stub: RunningStub) -> None:
        person = bound(nobody_else, stub, user := next(_singles))
        code = stub.login(APP, user)
        said = statuses(send_at_once(base, [(sign_in_call(code, f"phone-{number}"), None) for number in range(20)]))
        assert said == {(201, ""): 1, (401, "code_used"): 19}
        assert live_sessions(person) == 1


class TestGuessing:
    def test_whoever_guesses_invitations_is_stopped(self, doors: Doors) -> None:
        self.is_stopped(lambda: TestInvitations.open(doors, f"{new_id('inv')}.{'x' * 43}"), allowed=120)

    def test_whoever_guesses_tokens_and_keys_is_stopped(self, doors: Doors, nobody_else: World) -> None:
        guesses = cycle([(LOOK, f"pls_{'x' * 43}"), (EVENTS, f"plk_{'x' * 58}"), (LOOK, "nonsense")])
        self.is_stopped(lambda: doors.send(*next(guesses)), allowed=600)
        assert doors.send(LOOK, nobody_else.tokens["owner"]).status == 200

    @staticmethod
    def is_stopped(guess: Callable[[], Answer], allowed: int) -> None:
        answers = [guess() for _ in range(allowed + allowed // 2)]
        said = Counter(answer.status for answer in answers)
        assert set(said) == {401, 429}
        assert said[401] <= allowed * 17 // 16 + 1  # a sixteenth is let through before anybody counts for all
        assert answers[-1].status == 429
        assert int(answers[-1].headers["Retry-After"]) >= 1
