"""The same call twice is done once, whoever repeats it and however fast."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from flask import g

from api import idempotency
from api.idempotency import IdempotencyRecord
from config import clock
from config.ids import new_id
from tests import make
from tests.api.conftest import Caller, World
from workflows.domain import events
from workflows.domain.invitations import Invitation

INVITE = "/api/v1/brand/people/owner/invitations"
CANCEL = "/api/v1/brand/purchase-orders/PO-1/cancel"


@pytest.fixture
def system(world: World) -> Iterator[Caller]:
    return world.system()


def test_a_call_that_needs_a_key_says_so(world: World, system: Caller) -> None:
    world.order()
    for path, body in ((INVITE, None), (CANCEL, {"reason": "no"})):
        answer = system.post(path, body)
        assert answer.status_code == 400
        assert answer.json is not None
        assert answer.json["code"] == "idempotency_key_missing"
    assert Invitation.select().count() == 0


def test_the_same_key_and_content_give_the_first_answer_again(world: World, system: Caller) -> None:
    world.order()
    first = system.post(CANCEL, {"reason": "no"}, Idempotency_Key="k1")
    again = system.post(CANCEL, {"reason": "no"}, Idempotency_Key='"k1"')
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.data == first.data
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers


def test_the_order_of_keys_in_the_body_is_the_same_content(world: World, system: Caller) -> None:
    document = world.order()
    path = "/api/v1/brand/purchase-orders/PO-2"
    first = system.put(path, document, Idempotency_Key="k1")
    again = system.put(path, dict(reversed(document.items())), Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)


def test_the_same_key_with_other_content_is_refused(world: World, system: Caller) -> None:
    world.order()
    world.order("PO-2")
    system.post(CANCEL, {"reason": "no"}, Idempotency_Key="k1")
    for path, body in ((CANCEL, {"reason": "yes"}), (CANCEL.replace("PO-1", "PO-2"), {"reason": "no"})):
        answer = system.post(path, body, Idempotency_Key="k1")
        assert answer.status_code == 422
        assert answer.json is not None
        assert answer.json["code"] == "idempotency_key_reused"


def test_a_key_belongs_to_the_organisation_and_the_principal(world: World) -> None:
    world.order()
    other_brand = make.brand()
    make.person(make.supplier(other_brand, "S-1"), "owner", "owner")
    links = set()
    for caller in (world.system(), world.system(), world.system(brand=other_brand)):
        answer = caller.post(INVITE, Idempotency_Key="same")
        assert answer.status_code == 201
        assert answer.json is not None
        links.add(answer.json["link"])
    assert len(links) == 3


def test_a_secret_answer_is_replayed_without_being_stored(system: Caller) -> None:
    first = system.post(INVITE, Idempotency_Key="k1")
    again = system.post(INVITE, Idempotency_Key="k1")
    assert first.json is not None
    assert again.data == first.data
    assert again.status_code == 201
    assert Invitation.select().count() == 1
    kept = IdempotencyRecord.get()
    assert kept.body is None
    token = first.json["link"].rsplit(".", 1)[1]
    assert all(token not in str(value) for value in kept.__data__.values())


def test_a_refusal_is_an_answer_too_and_leaves_nothing_else(system: Caller) -> None:
    before = events_of_all()
    first = system.post(CANCEL, {"reason": "no"}, Idempotency_Key="k1")
    again = system.post(CANCEL, {"reason": "no"}, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (404, 404)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert events_of_all() == before


def test_what_was_not_decided_is_not_kept(world: World, system: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    world.order()

    def broken(**_arguments: Any) -> None:
        raise RuntimeError("a defect")

    working = world.app.view_functions["purchase-orders.cancel_order"]
    monkeypatch.setitem(world.app.view_functions, "purchase-orders.cancel_order", idempotency.once(broken))
    assert system.post(CANCEL, {"reason": "no"}, Idempotency_Key="k1").status_code == 500
    monkeypatch.setitem(world.app.view_functions, "purchase-orders.cancel_order", working)
    assert system.post(CANCEL, {"reason": "no"}, Idempotency_Key="k1").status_code == 200


def test_keys_are_kept_seven_days_and_no_longer(world: World, system: Caller) -> None:
    world.order()
    system.post(CANCEL, {"reason": "no"}, Idempotency_Key="k1")
    with clock.travelled(days=6, hours=23):
        assert system.post(CANCEL, {"reason": "no"}, Idempotency_Key="k1").headers["Idempotency-Replayed"] == "true"
        assert forgotten() == 0
    with clock.travelled(days=7, hours=1):
        assert "Idempotency-Replayed" not in system.post(CANCEL, {"reason": "no"}, Idempotency_Key="k1").headers
    with clock.travelled(days=15):
        assert forgotten() == 1


def forgotten() -> int:
    return idempotency.forget_calls(clock.now() - idempotency.KEPT, 0).forgotten


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "a\tb", "ключ"])
def test_a_key_that_is_none_is_refused(system: Caller, key: str) -> None:
    answer = system.post(INVITE, Idempotency_Key=key.encode().decode("latin-1"))
    assert answer.status_code == 400


def test_a_conversation_without_an_id_needs_a_key(world: World) -> None:
    world.order()
    phone = world.phone()
    task = phone.get("/api/v1/phone/inbox").json["tasks"][0]["id"]  # type: ignore[index]
    assert phone.post("/api/v1/phone/conversations", {"task": task}).status_code == 400
    first = phone.post("/api/v1/phone/conversations", {"task": task}, Idempotency_Key="k1")
    again = phone.post("/api/v1/phone/conversations", {"task": task}, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data


def answering(phone: Caller) -> tuple[str, dict[str, Any]]:
    """Where and what somebody answers in a conversation about the only task there is."""
    task = phone.get("/api/v1/phone/inbox").json["tasks"][0]["id"]  # type: ignore[index]
    turn = phone.post("/api/v1/phone/conversations", {"id": new_id("cnv"), "task": task}).json
    assert turn is not None
    given = {"id": new_id("ans"), "step": "decision", "value": "accept"}
    return f"/api/v1/phone/conversations/{turn['id']}/answers", {"revision": turn["revision"], "answers": [given]}


def test_a_claim_is_no_answer_to_a_process_that_knows_no_claims(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While an answer is at work its key is claimed in a row others see: who only looks answers up finds none."""
    world.order()
    phone = world.phone()
    path, body = answering(phone)
    seen = []

    def looked_up_meanwhile(key: str, call: Any, secret: Any) -> Any:
        def at_work() -> Any:
            owner = (g.actor.organisation_id, g.actor.name_for_audit)
            seen.append((IdempotencyRecord.select().count(), idempotency._find(owner, key)))
            return call()

        return done_beside(key, at_work, secret)

    done_beside = idempotency._done_beside
    monkeypatch.setattr(idempotency, "_done_beside", looked_up_meanwhile)
    first, again = [phone.post(path, body, Idempotency_Key="k1") for _ in range(2)]
    assert seen == [(1, None)]
    assert (first.data, again.headers["Idempotency-Replayed"]) == (again.data, "true")
    assert [row.status for row in IdempotencyRecord.select()] == [200]


def test_the_key_of_a_call_that_died_stays_with_its_content(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.order()
    phone = world.phone()
    path, body = answering(phone)
    with monkeypatch.context() as dying:
        dying.setattr(idempotency, "_settle", lambda *_: None)
        assert phone.post(path, body, Idempotency_Key="k1").status_code == 200
    assert [row.status for row in IdempotencyRecord.select()] == [102]
    other = phone.post(path, {**body, "revision": 7}, Idempotency_Key="k1")
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")  # type: ignore[index]
    assert phone.post(path, body, Idempotency_Key="k1").status_code == 200
    assert [row.status for row in IdempotencyRecord.select()] == [200]


def test_twenty_at_once_are_done_once(world: World, http: str) -> None:
    credential = world.system().credential
    headers = {"Authorization": f"Bearer {credential}", "Idempotency-Key": "k1"}

    def invite(_number: int) -> tuple[int, str]:
        answer = requests.post(f"{http}{INVITE}", headers=headers, timeout=30)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(invite, range(20)))
    assert Invitation.select().count() == 1
    assert {status for status, _ in answers} <= {201, 409, 503}
    assert len({text for status, text in answers if status == 201}) == 1
    assert sum(status == 201 for status, _ in answers) >= 1


def events_of_all() -> int:
    return events.Event.select().count()
