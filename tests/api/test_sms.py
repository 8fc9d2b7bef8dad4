"""Signing in by phone number at the door: the same answers for everybody, limits behind proxies, invitations by SMS."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from api.app import create_app
from api.phone.schemas import SessionSchema
from config import clock, database
from config.settings import Settings
from tests import make
from tests.api.conftest import Caller, World
from tests.texting import FIXTURE, account_at, code_in, send_due, texts_to, token_in
from tests.wechat_stub import RunningStub, running_stub

PHONE = "/api/v1/phone"
PEOPLE = "/api/v1/brand/people"
NUMBER, NOBODYS = "+8613800138000", "+8613800138009"


@pytest.fixture(scope="module")
def stub() -> Iterator[RunningStub]:
    with running_stub({"sms": FIXTURE}) as running:
        yield running


@pytest.fixture
def app(settings: Settings, stub: RunningStub) -> Iterator[Flask]:
    """The app with an account for text messages, behind one trusted proxy."""
    stub.reset()
    made = create_app(replace(settings, sms=account_at(stub), trusted_proxies=1))
    with database.connection():
        yield made
    database.proxy.obj.close_all()


@pytest.fixture
def wang(world: World) -> World:
    """The world with an owner who has a number."""
    make.person(world.supplier, "owner", "wang", phone=NUMBER)
    return world


def ask(world: World, number: str = NUMBER, device: str = "phone-1", address: str = "203.0.113.7") -> Any:
    body = {"phone": number, "device": device}
    return world.nobody().post(f"{PHONE}/sms-codes", body, X_Forwarded_For=address)


def deliver(world: World, stub: RunningStub, number: str = NUMBER) -> list[str]:
    send_due(world.app.extensions["partnerline.settings"].sms)
    return texts_to(stub, number)


def sign_in(world: World, code: str, number: str = NUMBER, device: str = "phone-1") -> Any:
    body = {"via": "sms", "phone": number, "code": code, "device": device}
    return world.nobody().post(f"{PHONE}/sessions", body)


def test_by_a_code_sent_to_the_number(wang: World, stub: RunningStub) -> None:
    asked = ask(wang)
    assert (asked.status_code, asked.json) == (202, {"retry_after_s": 60})
    begun = sign_in(wang, code_in(deliver(wang, stub)[0]))
    assert begun.status_code == 201
    assert SessionSchema().validate({**begun.json}) == {}
    me = Caller(wang.app.test_client(), begun.json["token"]).get(f"{PHONE}/me").json
    assert me is not None
    assert me["reachable"]["channels"] == ["phone"]


def test_known_and_unknown_numbers_are_answered_alike_to_the_letter(wang: World, stub: RunningStub) -> None:
    known, unknown = ask(wang), ask(wang, NOBODYS, "phone-2")
    deliver(wang, stub)
    wrong = [sign_in(wang, "000000"), sign_in(wang, "000000", NOBODYS, "phone-2")]
    again = [ask(wang, number, "phone-3") for number in (NUMBER, NOBODYS)]

    def seen(answer: Any) -> Any:
        body = {name: value for name, value in answer.json.items() if name != "request_id"}
        kept = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
        return answer.status_code, body, kept

    assert seen(known) == seen(unknown)
    assert seen(wrong[0]) == seen(wrong[1])
    assert [answer.status_code for answer in again] == [429, 429]
    assert {answer.headers["Retry-After"] for answer in again} <= {"60", "61"}
    assert texts_to(stub, NOBODYS) == []


def test_limits_count_the_callers_own_address_behind_the_proxy(wang: World) -> None:
    for number in range(60):
        assert ask(wang, f"+86138001{number:05d}", f"d{number}").status_code == 202
    assert ask(wang, device="another").status_code == 429
    assert ask(wang, device="another", address="203.0.113.8").status_code == 202


def test_what_a_caller_claims_to_be_behind_is_not_believed(wang: World) -> None:
    """Only the last hop is the trusted proxy's word; what stands before it anybody can write."""
    for number in range(60):
        ask(wang, f"+86138001{number:05d}", f"d{number}", f"198.51.100.{number}, 203.0.113.7")
    assert ask(wang, device="another", address="198.51.100.99, 203.0.113.7").status_code == 429


def test_without_text_messages_the_door_says_so(settings: Settings) -> None:
    app = create_app(settings)
    with database.connection():
        world = World(app, make.brand(), *(None,) * 3)  # type: ignore[arg-type]
        answers = [ask(world), ask(world, NOBODYS)]
        assert [(answer.status_code, answer.json["code"]) for answer in answers] == [(409, "sms_off")] * 2
        config = app.test_client().get("/app/config.json").json
        assert config is not None
        assert config["sms"] is False
    database.proxy.obj.close_all()


class TestInvitations:
    def invite(self, world: World, ref: str = "wang", key: str = "key-1", **body: Any) -> Any:
        return world.system().post(f"{PEOPLE}/{ref}/invitations", body or None, Idempotency_Key=key)

    def test_a_link_is_sent_once_however_often_the_call_is_repeated(self, wang: World, stub: RunningStub) -> None:
        system = wang.system()
        answers = [
            system.post(f"{PEOPLE}/wang/invitations", {"send": "sms"}, Idempotency_Key="key-1") for _ in range(3)
        ]
        assert [answer.status_code for answer in answers] == [201] * 3
        (text,) = deliver(wang, stub)
        assert answers[0].json is not None
        assert answers[0].json["link"].endswith(token_in(text))

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [({"send": "pigeon"}, 422, "choice_unknown"), ({"sent": "sms"}, 422, "unknown_field"), ({"send": 1}, 422, "")],
    )
    def test_another_way_is_refused(self, wang: World, body: dict[str, Any], status: int, code: str) -> None:
        answer = self.invite(wang, **body)
        assert answer.status_code == status
        assert not code or [one["code"] for one in answer.json["errors"]] == [code]

    def test_somebody_without_a_number_gets_none(self, wang: World) -> None:
        answer = self.invite(wang, "clerk", send="sms")
        assert (answer.status_code, answer.json["code"]) == (409, "person_without_phone")

    def test_another_brand_sends_nothing_to_a_stranger(self, wang: World, stub: RunningStub) -> None:
        stranger = wang.system(brand=make.brand())
        answer = stranger.post(f"{PEOPLE}/wang/invitations", {"send": "sms"}, Idempotency_Key="key-2")
        assert answer.status_code == 404
        assert deliver(wang, stub) == []

    def test_looking_at_a_link_opens_nothing_and_sends_nothing(self, wang: World, stub: RunningStub) -> None:
        """Link previews fetch by GET, with whatever of the address reaches a server."""
        link = self.invite(wang, send="sms").json["link"]
        deliver(wang, stub)
        token = link.rpartition("/")[2]
        for address in ("/app/", f"/app/?token={token}", f"/app/invitation/{token}", f"{PHONE}/sessions?token={token}"):
            assert wang.nobody().get(address).status_code in {200, 401, 404, 405}
        assert len(deliver(wang, stub)) == 1
        assert self.open(wang, token).status_code == 201

    def open(self, world: World, token: str, device: str = "phone-1", **more: str) -> Any:
        body = {"via": "invitation", "token": token, "device": device, **more}
        return world.nobody().post(f"{PHONE}/sessions", body)

    def test_on_another_device_the_code_opens_it(self, wang: World, stub: RunningStub) -> None:
        token = self.invite(wang).json["link"].rpartition("/")[2]
        assert self.open(wang, token).status_code == 201
        refused = self.open(wang, token, "phone-2")
        assert (refused.status_code, refused.json["code"]) == (401, "phone_code_needed")
        code = code_in(deliver(wang, stub)[-1])
        assert self.open(wang, token, "phone-2", sms_code=code).status_code == 201

    def test_an_expired_one_says_that_a_fresh_link_was_sent(self, wang: World, stub: RunningStub) -> None:
        token = self.invite(wang).json["link"].rpartition("/")[2]
        with clock.travelled(days=15):
            stub.advance(15 * 86_400)
            refused = self.open(wang, token)
            assert (refused.status_code, refused.json["code"]) == (401, "invitation_expired")
            assert "短信" in refused.json["detail"]
            fresh = token_in(deliver(wang, stub)[-1])
            assert self.open(wang, fresh).status_code == 201
