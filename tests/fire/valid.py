"""One right call of every changing operation, with every field it knows: what the corpora then spoil field by field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from config import clock
from config.ids import new_id
from tests.fire.doors import Call
from tests.fire.worlds import APP, World, capacity_body, due, example_call, order_body, photo_call, promotion_body
from workflows.domain.purchasing.orders import PurchaseOrder

GTIN, PACK_GTIN = "6901234567892", "16901234567899"


@dataclass(frozen=True)
class Valid:
    """Who calls, and how; `make` makes the call anew where a part of it is used up. `absent` are fields it leaves out."""

    who: str | None
    make: Callable[[World], Call]
    status: int
    absent: tuple[str, ...] = ()


def _keyed(path: str, body: Any = None) -> Call:
    return Call("POST", path, body, headers={"Idempotency-Key": new_id("key")})


def given(step: str, value: Any) -> dict[str, Any]:
    """An answer as a phone sends it."""
    return {"id": new_id("ans"), "step": step, "value": value, "answered_at": clock.now().isoformat()}


def _conversation(world: World) -> str:
    return f"phone/conversations/{world.ours.conversation}"


def _answers(world: World, *answers: dict[str, Any]) -> Call:
    body = {"revision": world.ours.revision, "answers": list(answers)}
    return Call("POST", f"{_conversation(world)}/answers", body)


def _changed_lines(world: World) -> Call:
    cells = {"decision": "change", "quantity": "5", "date": due(20), "quantity_2": "5", "date_2": due(25)}
    lines = {"10": {**cells, "reason": "capacity"}}
    return _answers(world, given("decision", "change"), given("lines", lines))


def _order(world: World) -> Call:
    body = order_body("S1", world.ours.sku, buyer="buyer-A", note="first line\nsecond line")
    return Call("PUT", "brand/purchase-orders/PO-new", {**body, "lines": body["lines"][:1]})


def _started(world: World) -> Call:
    subject = PurchaseOrder.get(ref=world.ours.open_order).public_id
    return Call("POST", "phone/conversations", {"id": new_id("cnv"), "flow": "remark", "subject": subject})


PERSON = {
    "name": "王芳",
    "phone": "+8613800138000",
    "language": "zh",
    "memberships": [{"partner": "S1", "role": "owner"}],
}
PRODUCT = {
    "name": "Soy sauce",
    "unit": "pcs",
    "gtin": GTIN,
    "packs": [{"gtin": PACK_GTIN, "units": 12}],
    "tracked_by": "lot",
}
PARTNER = {"kind": "supplier", "name": "New", "region": "East", "time_zone": "Asia/Shanghai", "language": "zh"}
RULE = {"short_percent": "1.5", "late_days": 3, "person_above": {"amount": "5.00", "currency": "CNY"}}

PAYMENT = {"paid_on": "2026-01-31", "payment_ref": "BANK 1/2"}

VALID: Mapping[str, Valid] = {
    "POST phone/sms-codes": Valid(
        None, lambda _: Call("POST", "phone/sms-codes", {"phone": "+8613800138222", "device": "d"}), 202
    ),
    "POST phone/sessions": Valid(
        None,
        lambda world: Call(
            "POST", "phone/sessions", {"via": "invitation", "token": world.a.invitation, "device": "d", "sms_code": "1"}
        ),
        201,
    ),
    "PUT phone/sessions/current": Valid(
        "owner",
        lambda world: Call("PUT", "phone/sessions/current", {"acting_for": world.ours.supplier.public_id}),
        200,
    ),
    "DELETE phone/sessions": Valid("owner", lambda _: Call("DELETE", "phone/sessions"), 204),
    "DELETE phone/sessions/current": Valid("owner", lambda _: Call("DELETE", "phone/sessions/current"), 204),
    "POST phone/consents": Valid(
        "owner",
        lambda _: Call("POST", "phone/consents", {"id": new_id("rep"), "app": APP, "answers": {"tmpl-task": "accept"}}),
        200,
    ),
    "POST phone/conversations": Valid(
        "owner",
        lambda world: Call(
            "POST",
            "phone/conversations",
            {"id": new_id("cnv"), "task": world.ours.task, "subject": "po_1", "template": world.ours.template},
        ),
        201,
        absent=("flow",),
    ),
    "DELETE phone/conversations/{conversation}": Valid(
        "owner", lambda world: Call("DELETE", _conversation(world), query={"revision": world.ours.revision}), 200
    ),
    "POST phone/conversations/{conversation}/answers": Valid(
        "owner", lambda world: _answers(world, given("decision", "reject")), 200
    ),
    "DELETE phone/conversations/{conversation}/answers/{step}": Valid(
        "owner",
        lambda world: Call(
            "DELETE", f"{_conversation(world)}/answers/decision", query={"revision": world.ours.revision}
        ),
        200,
    ),
    "PUT phone/photos/{photo}": Valid("owner", lambda world: photo_call(world.ours.proof), 201),
    "POST phone/challenges": Valid(
        "owner", lambda world: Call("POST", "phone/challenges", {"conversations": [world.ours.proof]}), 200
    ),
    "PUT brand/partners/{ref}": Valid("key", lambda _: Call("PUT", "brand/partners/new", PARTNER), 201),
    "PUT brand/people/{ref}": Valid("key", lambda _: Call("PUT", "brand/people/new", PERSON), 201),
    "POST brand/people/{ref}/invitations": Valid("key", lambda _: _keyed("brand/people/invited-A/invitations"), 201),
    "PUT brand/products/{sku}": Valid("key", lambda _: Call("PUT", "brand/products/new", PRODUCT), 201),
    "PUT brand/purchase-orders/{ref}": Valid("key", _order, 201),
    "POST brand/purchase-orders/{ref}/cancel": Valid(
        "key",
        lambda world: _keyed(f"brand/purchase-orders/{world.ours.open_order}/cancel", {"reason": "no demand"}),
        200,
    ),
    "PUT brand/capacity-requests/{ref}": Valid(
        "key",
        lambda world: Call(
            "PUT",
            "brand/capacity-requests/new",
            capacity_body(world.ours, first_month=due()[:7], note="first line\nsecond line"),
        ),
        201,
    ),
    "DELETE brand/capacity-requests/{ref}": Valid(
        "key", lambda world: Call("DELETE", f"brand/capacity-requests/{world.ours.request}"), 200
    ),
    "PUT brand/promotions/{ref}": Valid(
        "key", lambda world: Call("PUT", "brand/promotions/new", promotion_body(world.ours)), 201
    ),
    "PUT brand/promotions/{ref}/examples/{shot}": Valid("key", lambda world: example_call(world.ours.promotion), 200),
    "DELETE brand/promotions/{ref}": Valid(
        "key", lambda world: Call("DELETE", f"brand/promotions/{world.ours.promotion}"), 200
    ),
    "PUT brand/settlements/{id}/payment": Valid(
        "key", lambda world: Call("PUT", f"brand/settlements/{world.ours.settlement}/payment", PAYMENT), 200
    ),
    "PUT brand/rules/order-confirmation": Valid(
        "key", lambda _: Call("PUT", "brand/rules/order-confirmation", RULE), 200
    ),
}
# Further forms of the same operations.
FORMS: Mapping[str, Valid] = {
    "POST phone/conversations, a flow": Valid("owner", _started, 201, absent=("task", "template")),
    "POST phone/conversations/{conversation}/answers, lines": Valid("owner", _changed_lines, 200),
}
# What phones ask again and again, with headers of their own.
POLLS: Mapping[str, Valid] = {
    "GET phone/inbox": Valid("owner", lambda _: Call("GET", "phone/inbox"), 200),
    "GET phone/conversations/{conversation}": Valid("owner", lambda world: Call("GET", _conversation(world)), 200),
    "GET brand/partners/{ref}": Valid("key", lambda _: Call("GET", "brand/partners/S1"), 200),
}
