"""How each changing operation is repeated: the calls of the idempotency matrix; `test_idempotency` sends them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count, cycle
from typing import Any

from config.ids import new_id
from tests import make, photos
from tests.fire.doors import Call
from tests.fire.worlds import (
    APP,
    World,
    capacity_body,
    example_call,
    order_body,
    photo_call,
    promotion_body,
    settled,
)
from workflows.domain import invitations, tasks
from workflows.domain.capacity.requesting import put_request
from workflows.domain.claims import publishing
from workflows.domain.purchasing.placing import place_order
from workflows.engine import conversations
from workflows.engine.own_questions import read_questions
from workflows.engine.run import Given

Change = Callable[[Call, World], Call]


@dataclass(frozen=True)
class Case:
    """How one operation is repeated: `prepare` makes a call that nobody sent yet, answered with one of `statuses`.

    `other` gives the same call other content, refused with `refusal`; `same` is the part of an answer that all share.
    """

    who: str
    prepare: Callable[[World], Call]
    statuses: frozenset[int]
    other: Change | None = None
    refusal: tuple[int, str] = (0, "")
    same: Callable[[Any], Any] = field(default=lambda body: body)
    first: int | None = None
    is_keyed: bool = True
    besides: frozenset[str] = frozenset()  # rows that may move with every call


def new_task(world: World) -> str:
    """A task nobody has opened."""
    ref = new_id("PO")
    place_order(world.a.system, ref, order_body("S1", world.ours.sku))
    task: tasks.Task = tasks.Task.get(tasks.Task.subject_ref == ref)
    return task.public_id


def begun(world: World, answers: int = 0) -> str:
    """A conversation that somebody began."""
    talk = conversations.begin(world.ours.actor, new_task(world), new_id("cnv")).turn.id
    if answers:
        conversations.answer(world.ours.actor, talk, 0, [Given(new_id("ans"), "decision", "accept")])
    return talk


def body_with(**changes: Any) -> Change:
    return lambda call, _world: replace(call, json={**(call.json or {}), **changes})


def other_answer(call: Call, _world: World) -> Call:
    answer = {**call.json["answers"][0], "value": "reject"}
    return replace(call, json={**call.json, "answers": [answer]})


def keyed(path: str, body: Any = None) -> Call:
    return Call("POST", path, body, headers={"Idempotency-Key": new_id("key")})


def session_call(world: World) -> Call:
    invited = invitations.invite(world.a.system, make.person(world.ours.supplier).ref)
    return Call("POST", "phone/sessions", {"via": "invitation", "token": invited.token, "device": "phone-1"})


def sms_code_call(_world: World) -> Call:
    number = f"+86138{next(_numbers):08d}"
    return Call("POST", "phone/sms-codes", {"phone": number, "device": new_id("dev")})


def answer_call(world: World) -> Call:
    answer = {"id": new_id("ans"), "step": "decision", "value": "accept"}
    return Call("POST", f"phone/conversations/{begun(world)}/answers", {"revision": 0, "answers": [answer]})


_numbers = count(1)
_percents = cycle(range(1, 90))  # the same rule again changes nothing
REUSED = (422, "idempotency_key_reused")
TALK = "phone/conversations"
CASES: Mapping[str, Case] = {
    # Exempt from keys: the same device asking again within a minute is told how long to wait, and one message is sent.
    "POST phone/sms-codes": Case("nobody", sms_code_call, frozenset({202}), same=sorted, is_keyed=False),
    # Exempt from keys: a lost answer is asked for again, and the session before it ends.
    "POST phone/sessions": Case(
        "nobody",
        session_call,
        frozenset({201}),
        same=lambda body: body["person"],
        is_keyed=False,
        besides=frozenset({"phone_session", "audit_entry"}),
    ),
    "PUT phone/sessions/current": Case(
        "owner",
        lambda world: Call("PUT", "phone/sessions/current", {"acting_for": world.ours.supplier.public_id}),
        frozenset({200}),
        is_keyed=False,
    ),
    # Who signs out is nobody the moment after.
    "DELETE phone/sessions/current": Case(
        "anew", lambda _: Call("DELETE", "phone/sessions/current"), frozenset({204, 401}), is_keyed=False
    ),
    # Of somebody who has no other work to do here.
    "DELETE phone/sessions": Case(
        "newcomer",
        lambda _: Call("DELETE", "phone/sessions"),
        frozenset({204, 401}),
        is_keyed=False,
        besides=frozenset({"phone_session", "audit_entry"}),
    ),
    "POST phone/consents": Case(
        "owner",
        lambda _: Call("POST", "phone/consents", {"id": new_id("rep"), "app": APP, "answers": {"tmpl-task": "accept"}}),
        frozenset({200}),
        other=body_with(answers={"tmpl-task": "reject"}),
        refusal=(409, "report_id_reused"),
    ),
    "POST phone/conversations": Case(
        "owner",
        lambda world: Call("POST", TALK, {"id": new_id("cnv"), "task": new_task(world)}),
        frozenset({200, 201}),
        other=lambda call, world: replace(call, json={**call.json, "task": new_task(world)}),
        refusal=(409, "conversation_id_reused"),
        first=201,
    ),
    "DELETE phone/conversations/{conversation}": Case(
        "owner",
        lambda world: Call("DELETE", f"{TALK}/{begun(world)}", query={"revision": 0}),
        frozenset({200}),
    ),
    "POST phone/conversations/{conversation}/answers": Case(
        "owner",
        answer_call,
        frozenset({200}),
        other=other_answer,
        refusal=(409, "answer_id_reused"),
        same=lambda body: (body["state"], body["revision"], body["stored"], body["ask"]["step"]),
    ),
    # A second taking back meets a conversation that has moved on; its problem shows the turn.
    "DELETE phone/conversations/{conversation}/answers/{step}": Case(
        "owner",
        lambda world: Call("DELETE", f"{TALK}/{begun(world, answers=1)}/answers/decision", query={"revision": 1}),
        frozenset({200, 409}),
        first=200,
    ),
    # Exempt from keys: the id and the bytes are what it is known by, and no body of megabytes is kept to compare.
    "PUT phone/photos/{photo}": Case(
        "owner",
        lambda world: photo_call(world.ours.proof),
        frozenset({200, 201}),
        other=lambda call, world: replace(photo_call(world.ours.proof), path=call.path),
        refusal=(409, "photo_id_reused"),
        first=201,
        is_keyed=False,
    ),
    "POST phone/challenges": Case(
        "owner",
        lambda world: Call("POST", "phone/challenges", {"conversations": [new_proof(world)]}),
        frozenset({200}),
    ),
    "PUT brand/partners/{ref}": Case(
        "key",
        lambda _: Call("PUT", f"brand/partners/{new_id('S')}", {"kind": "store", "name": "New"}),
        frozenset({200, 201}),
        first=201,
    ),
    "PUT brand/people/{ref}": Case(
        "key",
        lambda _: Call(
            "PUT",
            f"brand/people/{new_id('P')}",
            {"name": "New", "language": "zh", "memberships": [{"partner": "S1", "role": "clerk"}]},
        ),
        frozenset({200, 201}),
        first=201,
    ),
    "POST brand/people/{ref}/invitations": Case(
        "key",
        lambda world: keyed(f"brand/people/{make.person(world.ours.supplier).ref}/invitations"),
        frozenset({201}),
        other=lambda call, world: replace(
            call, path=f"brand/people/{make.person(world.ours.supplier).ref}/invitations"
        ),
        refusal=REUSED,
    ),
    "PUT brand/products/{sku}": Case(
        "key",
        lambda _: Call("PUT", f"brand/products/{new_id('SKU')}", {"name": "New", "unit": "pcs"}),
        frozenset({200, 201}),
        first=201,
    ),
    "PUT brand/purchase-orders/{ref}": Case(
        "key",
        lambda world: Call("PUT", f"brand/purchase-orders/{new_id('PO')}", order_body("S1", world.ours.sku)),
        frozenset({200, 201}),
        first=201,
    ),
    "POST brand/purchase-orders/{ref}/cancel": Case(
        "key",
        lambda world: keyed(f"brand/purchase-orders/{new_order(world)}/cancel", {"reason": "no demand"}),
        frozenset({200}),
        other=body_with(reason="another"),
        refusal=REUSED,
    ),
    "PUT brand/capacity-requests/{ref}": Case(
        "key",
        lambda world: Call("PUT", f"brand/capacity-requests/{new_id('CAP')}", capacity_body(world.ours)),
        frozenset({200, 201}),
        first=201,
    ),
    "DELETE brand/capacity-requests/{ref}": Case(
        "key",
        lambda world: Call("DELETE", f"brand/capacity-requests/{new_request(world)}"),
        frozenset({200}),
    ),
    "PUT brand/promotions/{ref}": Case(
        "key",
        lambda world: Call("PUT", f"brand/promotions/{new_id('PR')}", promotion_body(world.ours)),
        frozenset({200, 201}),
        first=201,
    ),
    "PUT brand/promotions/{ref}/examples/{shot}": Case(
        "key", lambda world: example_call(world.ours.promotion), frozenset({200}), is_keyed=False
    ),
    "DELETE brand/promotions/{ref}": Case(
        "key",
        lambda world: Call("DELETE", f"brand/promotions/{new_promotion(world)}"),
        frozenset({200}),
    ),
    "PUT brand/settlements/{id}/payment": Case(
        "key",
        lambda world: Call(
            "PUT",
            f"brand/settlements/{new_line(world)}/payment",
            {"paid_on": "2026-01-31", "payment_ref": new_id("bank")},
        ),
        frozenset({200}),
    ),
    "PUT brand/rules/order-confirmation": Case(
        "key",
        lambda _: Call(
            "PUT",
            "brand/rules/order-confirmation",
            {
                "short_percent": str(next(_percents)),
                "late_days": 2,
                "person_above": {"amount": "3.00", "currency": "CNY"},
            },
        ),
        frozenset({200}),
    ),
}


def new_proof(world: World) -> str:
    """A conversation that asks for photos and has no code yet."""
    return photos.conversation(world.ours.actor).public_id


def new_line(world: World) -> str:
    """The id of a settlement line that nobody has paid."""
    settled(world.ours)
    return world.ours.settlement


def new_request(world: World) -> str:
    """The reference of a capacity request that nobody answered."""
    ref = new_id("CAP")
    put_request(world.a.system, ref, capacity_body(world.ours))
    return ref


def new_promotion(world: World) -> str:
    """The reference of a promotion that nobody signed for."""
    ref = new_id("PR")
    publishing.publish(world.a.system, ref, promotion_body(world.ours), read_questions)
    return ref


def new_order(world: World) -> str:
    """The reference of an order that nobody answered."""
    task: tasks.Task = tasks.Task.get(tasks.Task.public_id == new_task(world))
    return task.subject_ref
