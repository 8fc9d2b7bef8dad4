"""The phone's door: sign in, see what waits, answer, go back, leave, look back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from api.app import create_app
from api.phone.conversation_schemas import TurnSchema
from api.phone.schemas import InboxSchema, SessionSchema
from config import clock, database
from config.settings import Settings
from notifications import recipients
from tests import make, waiting
from tests.api.conftest import APP_ID, TEMPLATE, Caller, World
from tests.wechat_stub import RunningStub, running_stub
from workflows.domain import invitations
from workflows.domain.purchasing import placing

PHONE = "/api/v1/phone"
CONVERSATIONS = f"{PHONE}/conversations"
STUB = {
    "apps": {APP_ID: {"secret": "secret"}},
    "users": {"wang": {"apps": {APP_ID: {"openid": "o-wang"}}}, "li": {"apps": {APP_ID: {"openid": "o-li"}}}},
}


@pytest.fixture(scope="module")
def stub() -> Iterator[RunningStub]:
    with running_stub(STUB) as running:
        yield running


@pytest.fixture
def app(settings: Settings, stub: RunningStub) -> Iterator[Flask]:
    """The app whose WeChat is the stub."""
    stub.reset()
    made = create_app(replace(settings, wechat=replace(settings.wechat, api_base=stub.wechat_base)))
    with database.connection():
        yield made
    database.proxy.obj.close_all()


def sign_in(world: World, code: str, **more: str) -> Any:
    body = {"via": "wechat", "app": APP_ID, "code": code, "device": "device-1", **more}
    return world.nobody().post(f"{PHONE}/sessions", body)


def invited(world: World, ref: str = "owner") -> str:
    return invitations.invite(make.system_actor(world.brand), ref).token


def open_task(phone: Caller) -> str:
    return str(phone.get(f"{PHONE}/inbox").json["tasks"][0]["id"])  # type: ignore[index]


def begin(phone: Caller, conversation: str = "", **more: Any) -> dict[str, Any]:
    answer = phone.post(CONVERSATIONS, {"id": conversation or new_id(), "task": open_task(phone), **more})
    assert answer.status_code in {200, 201}, answer.text
    assert answer.json is not None
    return answer.json


def answer(phone: Caller, turn: dict[str, Any], step: str, value: Any, **more: Any) -> Any:
    given = {"id": new_id(), "step": step, "value": value, **more}
    return phone.post(f"{CONVERSATIONS}/{turn['id']}/answers", {"revision": turn["revision"], "answers": [given]})


def new_id() -> str:
    return uuid4().hex


class TestSigningIn:
    def test_by_a_wechat_code(self, world: World, stub: RunningStub) -> None:
        recipients.bind(world.owner.public_id, "wechat", APP_ID, "o-wang")
        answer = sign_in(world, stub.login(APP_ID, "wang"))
        assert answer.status_code == 201
        assert SessionSchema().validate({**answer.json}) == {}
        assert answer.json["person"]["id"] == world.owner.public_id
        assert answer.json["acting_for"]["ref"] == "S-1"
        phone = Caller(world.app.test_client(), answer.json["token"])
        me = phone.get(f"{PHONE}/me").json
        assert me is not None
        assert me["reachable"] == {"channels": ["wechat"], "consents": {}}

    def test_an_unknown_wechat_person_comes_again_with_an_invitation(self, world: World, stub: RunningStub) -> None:
        code = stub.login(APP_ID, "wang")
        first = sign_in(world, code)
        assert (first.status_code, first.json["code"]) == (401, "not_bound")
        again = sign_in(world, code, invitation=invited(world))
        assert again.status_code == 201
        assert sign_in(world, stub.login(APP_ID, "wang")).status_code == 201

    def test_a_code_works_once_and_its_lost_answer_is_given_again(self, world: World, stub: RunningStub) -> None:
        recipients.bind(world.owner.public_id, "wechat", APP_ID, "o-wang")
        code = stub.login(APP_ID, "wang")
        first, again = sign_in(world, code), sign_in(world, code)
        assert (first.status_code, again.status_code) == (201, 201)
        assert Caller(world.app.test_client(), first.json["token"]).get(f"{PHONE}/me").status_code == 401
        assert Caller(world.app.test_client(), again.json["token"]).get(f"{PHONE}/me").status_code == 200
        stolen = sign_in(world, code, device="another-device")
        assert (stolen.status_code, stolen.json["code"]) == (401, "code_used")

    def test_the_same_code_twice_at_once_signs_in_both_times(self, world: World, stub: RunningStub) -> None:
        recipients.bind(world.owner.public_id, "wechat", APP_ID, "o-wang")
        code = stub.login(APP_ID, "wang")
        asking = {"path": "/sns/jscode2session"}
        stub.rule(asking, {"errcode": 40163, "latency_ms": [1500, 1500]}, times=1)
        with ThreadPoolExecutor(1) as pool:
            slower = pool.submit(sign_in, world, code)
            waiting.until(lambda: bool(stub.calls(asking["path"])))
            assert sign_in(world, code).status_code == 201
            answer = slower.result(waiting.PATIENCE_S)
        assert (answer.status_code, answer.json["person"]["id"]) == (201, world.owner.public_id)

    def test_a_made_up_code_is_refused(self, world: World) -> None:
        answer = sign_in(world, "made-up")
        assert (answer.status_code, answer.json["code"]) == (401, "code_invalid")

    def test_wechat_being_away_is_503_and_later(self, world: World, stub: RunningStub) -> None:
        stub.rule({"path": "/sns/jscode2session"}, {"http": 502})
        answer = sign_in(world, "any")
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers

    def test_by_an_invitation_alone_once(self, world: World) -> None:
        body = {"via": "invitation", "token": invited(world), "device": "device-1"}
        nobody = world.nobody()
        assert nobody.post(f"{PHONE}/sessions", body).status_code == 201
        elsewhere = nobody.post(f"{PHONE}/sessions", {**body, "device": "device-2"})
        assert elsewhere.json is not None
        assert (elsewhere.status_code, elsewhere.json["code"]) == (401, "invitation_used")

    @pytest.mark.parametrize(
        ("body", "faults"),
        [
            ({"via": "sms", "phone": "+86", "code": "1", "device": "d"}, {("/phone", "phone_invalid")}),
            ({"via": "owl"}, {("/via", "choice_unknown")}),
            ({}, {("/via", "required")}),
            ({"via": "wechat"}, {("/app", "required"), ("/code", "required"), ("/device", "required")}),
            (
                {"via": "invitation", "token": 1, "device": "x" * 129, "openid": "o"},
                {("/token", "text_expected"), ("/device", "length"), ("/openid", "unknown_field")},
            ),
            ({"via": "wechat", "app": "another", "code": "c", "device": "d"}, {("/app", "app_unknown")}),
        ],
    )
    def test_a_bad_sign_in_names_every_fault(self, world: World, body: dict[str, Any], faults: set[Any]) -> None:
        answer = world.nobody().post(f"{PHONE}/sessions", body)
        assert answer.status_code == 422
        assert answer.json is not None
        assert {(error["pointer"], error["code"]) for error in answer.json["errors"]} == faults

    def test_signing_out_ends_it(self, world: World) -> None:
        phone = world.phone()
        assert phone.delete(f"{PHONE}/sessions/current").status_code == 204
        assert phone.get(f"{PHONE}/me").status_code == 401

    def test_acting_for_another_of_ones_organisations(self, world: World) -> None:
        other = make.supplier(world.brand, "S-2")
        both = [{"partner": "S-1", "role": "owner"}, {"partner": "S-2", "role": "clerk"}]
        person = make.person(other, ref="both", memberships=both)
        phone = world.phone(person)
        switched = phone.put(f"{PHONE}/sessions/current", {"acting_for": other.public_id})
        assert switched.json is not None
        assert switched.json["acting_for"]["ref"] == "S-2"
        assert switched.json["token"] == phone.credential
        assert phone.put(f"{PHONE}/sessions/current", {"acting_for": world.brand.public_id}).status_code == 404


class TestInbox:
    def test_it_shows_what_is_asked_and_what_was_told(self, world: World) -> None:
        world.order()
        found = world.phone().get(f"{PHONE}/inbox", Accept_Language="en").json
        assert found is not None
        assert InboxSchema().validate(found) == {}
        (task,) = found["tasks"]
        assert task["subject"]["ref"] == "PO-1"
        assert task["title"] == "Confirm order PO-1"
        assert (task["state"], task["conversation"], task["taken_by"]) == ("open", None, None)
        assert found["notices"][0]["link"] == f"task/{task['id']}"

    def test_it_shows_what_the_organisation_acted_for_was_told_and_nothing_of_another(self, world: World) -> None:
        other = make.supplier(world.brand, "S-2")
        both = [{"partner": "S-1", "role": "owner"}, {"partner": "S-2", "role": "owner"}]
        phone = world.phone(make.person(world.supplier, ref="owner", memberships=both))
        world.order()
        assert len(phone.get(f"{PHONE}/inbox").json["notices"]) == 1  # type: ignore[index]
        phone.put(f"{PHONE}/sessions/current", {"acting_for": other.public_id})
        assert phone.get(f"{PHONE}/inbox").json["notices"] == []  # type: ignore[index]

    def test_unchanged_is_304_until_something_changes(self, world: World) -> None:
        phone = world.phone()
        first = phone.get(f"{PHONE}/inbox")
        assert phone.get(f"{PHONE}/inbox", If_None_Match=first.headers["ETag"]).status_code == 304
        assert phone.get(f"{PHONE}/inbox?with=steps", If_None_Match=first.headers["ETag"]).status_code == 200
        english = phone.get(f"{PHONE}/inbox", If_None_Match=first.headers["ETag"], Accept_Language="en")
        assert english.status_code == 200
        world.order()
        changed = phone.get(f"{PHONE}/inbox", If_None_Match=first.headers["ETag"])
        assert changed.status_code == 200
        assert changed.headers["ETag"] != first.headers["ETag"]

    def test_with_steps_a_phone_may_begin_without_signal(self, world: World) -> None:
        world.order()
        phone = world.phone()
        found = phone.get(f"{PHONE}/inbox?with=steps").json
        assert found is not None
        template = found["tasks"][0]["template"]
        turn = begin(phone, template=template["id"])
        assert turn["steps"] == template["steps"]
        assert phone.get(f"{PHONE}/inbox?with=everything").status_code == 422

    def test_a_colleague_sees_who_is_at_work(self, world: World) -> None:
        world.order()
        phone = world.phone()
        turn = begin(phone)
        assert answer(phone, turn, "decision", "accept").status_code == 200
        found = world.phone(world.clerk).get(f"{PHONE}/inbox").json
        assert found is not None
        assert found["tasks"][0]["taken_by"] == {"id": world.owner.public_id, "name": world.owner.name}
        assert found["tasks"][0]["conversation"] == turn["id"]


class TestConversations:
    def test_an_order_is_confirmed_in_two_answers(self, world: World) -> None:
        world.order()
        phone = world.phone()
        turn = begin(phone)
        assert TurnSchema().validate(turn) == {}
        assert turn["ask"]["step"] == "decision"
        turn = answer(phone, turn, "decision", "accept").json
        preview = turn["ask"]["constraints"]["preview"]["id"]
        done = answer(phone, turn, "send", {"preview": preview}).json
        assert done["state"] == "done"
        order = world.system().get("/api/v1/brand/purchase-orders/PO-1").json
        assert order is not None
        assert order["state"] == "confirmed"
        assert order["lines"][0]["deliveries"] == [{"quantity": "10", "date": "2099-01-10"}]
        feed = world.system().get("/api/v1/brand/events").json
        assert feed is not None
        assert [event["type"] for event in feed["items"]][-2:] == ["order.placed", "order.confirmed"]
        (entry,) = phone.get(f"{PHONE}/history").json["items"]  # type: ignore[index]
        assert (entry["subject"]["ref"], entry["state"], entry["by"]["id"]) == ("PO-1", "done", world.owner.public_id)

    def test_the_same_id_is_the_same_conversation(self, world: World) -> None:
        world.order()
        phone, task = world.phone(), open_task(world.phone())
        body = {"id": new_id(), "task": task}
        first, again = phone.post(CONVERSATIONS, body), phone.post(CONVERSATIONS, body)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json is not None
        assert again.json is not None
        assert again.json["id"] == first.json["id"]

    def test_a_stale_answer_shows_what_stands_now(self, world: World) -> None:
        world.order()
        phone = world.phone()
        turn = begin(phone)
        answer(phone, turn, "decision", "accept")
        stale = answer(phone, turn, "decision", "reject")
        assert (stale.status_code, stale.json["code"]) == (409, "stale_revision")
        assert stale.json["turn"]["answers"]["decision"]["value"] == "accept"

    def test_a_second_answer_after_the_end_shows_the_first(self, world: World) -> None:
        world.order()
        phone = world.phone()
        turn = answer(phone, begin(phone), "decision", "accept").json
        answer(phone, turn, "send", {"preview": turn["ask"]["constraints"]["preview"]["id"]})
        late = answer(world.phone(world.clerk), turn, "decision", "reject")
        assert (late.status_code, late.json["code"]) == (409, "already_answered")
        assert late.json["by"] == {"id": world.owner.public_id, "name": world.owner.name}
        assert late.json["at"]

    def test_a_wrong_answer_is_a_rejection_and_not_an_error(self, world: World) -> None:
        world.order()
        phone = world.phone()
        wrong = answer(phone, begin(phone), "decision", "perhaps")
        assert wrong.status_code == 200
        assert wrong.json["rejection"]["step"] == "decision"

    def test_going_back_and_leaving(self, world: World) -> None:
        world.order()
        phone = world.phone()
        turn = answer(phone, begin(phone), "decision", "reject").json
        place = f"{CONVERSATIONS}/{turn['id']}"
        back = phone.delete(f"{place}/answers/decision?revision={turn['revision']}")
        assert back.json is not None
        assert back.json["ask"]["step"] == "decision"
        assert phone.delete(place).status_code == 422
        left = phone.delete(f"{place}?revision={back.json['revision']}")
        assert left.json is not None
        assert left.json["state"] == "left"

    def test_unchanged_is_304(self, world: World) -> None:
        world.order()
        phone = world.phone()
        turn = begin(phone)
        place = f"{CONVERSATIONS}/{turn['id']}"
        first = phone.get(place)
        assert phone.get(place, If_None_Match=first.headers["ETag"]).status_code == 304
        answer(phone, turn, "decision", "accept")
        assert phone.get(place, If_None_Match=first.headers["ETag"]).status_code == 200

    def test_an_order_changed_meanwhile_sends_on_to_the_new_conversation(self, world: World) -> None:
        document = world.order()
        phone = world.phone()
        turn = answer(phone, begin(phone), "decision", "accept").json
        document["lines"][0]["quantity"] = "20"
        world.system().put("/api/v1/brand/purchase-orders/PO-1", document)
        late = answer(phone, turn, "send", True)
        assert (late.status_code, late.json["code"]) == (409, "superseded")
        repeated = {"id": new_id(), "step": "send", "value": True}
        body = {"revision": turn["revision"], "answers": [repeated]}
        place = f"{CONVERSATIONS}/{turn['id']}/answers"
        for _ in range(2):
            again = phone.post(place, body, Idempotency_Key="k1")
            assert again.status_code == 409
            assert again.json is not None
            assert again.json["turn"]["superseded_by"]

    def test_an_order_withdrawn_meanwhile_leaves_nothing_to_answer_and_says_so(self, world: World) -> None:
        world.order()
        phone = world.phone()
        turn = begin(phone)
        placing.cancel_order(make.system_actor(world.brand), "PO-1", "Season over")
        body = {"revision": turn["revision"], "answers": [{"id": new_id(), "step": "decision", "value": "accept"}]}
        late = phone.post(f"{CONVERSATIONS}/{turn['id']}/answers", body, Accept_Language="en")
        assert late.json is not None
        assert (late.status_code, late.json["code"], late.json["title"]) == (409, "superseded", "Withdrawn")
        assert "Nothing is left to answer" in late.json["detail"]

    @pytest.mark.parametrize(
        "claimed", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2026-11-22T10:00:00Z", None]
    )
    def test_whatever_a_phones_clock_says_it_is_heard(self, world: World, claimed: str | None) -> None:
        world.order()
        phone = world.phone()
        assert answer(phone, begin(phone), "decision", "accept", answered_at=claimed).status_code == 200

    def test_faults_of_a_batch_are_named_line_by_line(self, world: World) -> None:
        body = {"revision": True, "answers": [{"id": "a b", "step": 1}, {"id": "x", "step": "s", "value": 1, "y": 1}]}
        answer = world.phone().post(f"{CONVERSATIONS}/any/answers", body)
        assert answer.status_code == 422
        assert answer.json is not None
        found = {error["pointer"] for error in answer.json["errors"]}
        assert found == {"/revision", "/answers/0/id", "/answers/0/step", "/answers/0/value", "/answers/1/y"}

    def test_a_flow_cannot_be_started_from_nothing(self, world: World) -> None:
        phone = world.phone()
        startable = {flow["flow"] for flow in phone.get(f"{PHONE}/flows").json["items"]}  # type: ignore[index]
        assert "order-confirmation" not in startable
        for body in ({"flow": "order-confirmation"}, {}):
            assert phone.post(CONVERSATIONS, {"id": new_id(), **body}).status_code == 422


class TestConsents:
    def test_each_report_is_counted_once(self, world: World) -> None:
        phone = world.phone()
        body = {"id": new_id(), "app": APP_ID, "answers": {TEMPLATE: "accept"}}
        assert phone.post(f"{PHONE}/consents", body).json == {"left": {TEMPLATE: 1}}
        assert phone.post(f"{PHONE}/consents", body).json == {"left": {TEMPLATE: 1}}
        other = phone.post(f"{PHONE}/consents", {**body, "answers": {TEMPLATE: "reject"}})
        assert other.status_code == 409
        assert phone.post(f"{PHONE}/consents", {**body, "id": new_id()}).json == {"left": {TEMPLATE: 2}}

    def test_a_bad_report_names_every_fault(self, world: World) -> None:
        body = {"id": "ok-id", "app": "other", "answers": {"none": "accept"}}
        answer = world.phone().post(f"{PHONE}/consents", body)
        assert answer.json is not None
        assert {error["code"] for error in answer.json["errors"]} == {"app_unknown", "template_unknown"}
        nothing = world.phone().post(f"{PHONE}/consents", {"id": new_id(), "app": APP_ID, "answers": {}})
        assert [error["code"] for error in nothing.json["errors"]] == ["list_too_short"]  # type: ignore[index]
        body = {"id": "", "app": APP_ID, "answers": {TEMPLATE: "maybe"}}
        assert world.phone().post(f"{PHONE}/consents", body).status_code == 422


def test_a_session_slides_and_ends_after_thirty_idle_days(world: World) -> None:
    phone = world.phone()
    with clock.travelled(days=20):
        assert phone.get(f"{PHONE}/me").status_code == 200
    with clock.travelled(days=45):
        assert phone.get(f"{PHONE}/me").status_code == 200
    with clock.travelled(days=80):
        assert phone.get(f"{PHONE}/me").status_code == 401
