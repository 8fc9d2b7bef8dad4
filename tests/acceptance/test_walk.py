"""One order from the brand's system to a phone and back: real processes, real HTTP, nothing in the path is a mock."""

import time
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from tests.acceptance.stack import Phone, Stack, eventually

pytestmark = pytest.mark.acceptance


def order(stack: Stack, **more: Any) -> dict[str, Any]:
    """An order to the first demo supplier's own first product, due in three weeks."""
    sku = stack.brand("GET", "products", params={"limit": 1}).json()["items"][0]["sku"]
    due = (date.today() + timedelta(days=21)).isoformat()  # noqa: DTZ011 - three weeks need no zone
    line = {"line": 10, "sku": sku, "quantity": "20", "price": "3.5", "due_date": due}
    return {"supplier": supplier_ref(stack), "currency": "CNY", "lines": [line], **more}


def supplier_ref(stack: Stack) -> str:
    """The reference of the organisation that the first demo supplier owner acts for."""
    session = stack.sign_in(stack.person("supplier", "owner")).session
    return str(session["acting_for"]["ref"])


def message_about(stack: Stack, ref: str) -> dict[str, Any] | None:
    """The WeChat message about an order that reached a simulated phone."""
    items = requests.get(f"{stack.stub_url}/_stub/outbox", timeout=10).json()["items"]
    return next((item for item in items if ref in str(item["body"])), None)


def task_in(message: dict[str, Any]) -> str:
    """The task that tapping a message opens."""
    return str(message["body"]["page"]).split("id=", 1)[1]


def answer(phone: Phone, turn: dict[str, Any], answer_id: str, value: Any) -> dict[str, Any]:
    """Answer the question that a turn asks."""
    given = {"id": answer_id, "step": turn["ask"]["step"], "value": value, "answered_at": "2026-11-22T10:00:00Z"}
    body = {"revision": turn["revision"], "answers": [given]}
    return dict(phone.call("POST", f"conversations/{turn['id']}/answers", json=body).json())


def test_an_accepted_order_travels_from_the_brand_to_the_phone_and_back(stack: Stack) -> None:
    seen = stack.brand("GET", "events", params={"after": 0, "limit": 1000}).json()["next"]
    placed_at = time.monotonic()
    assert stack.brand("PUT", "purchase-orders/PO-WALK-1", json=order(stack)).status_code == 201

    message = eventually(lambda: message_about(stack, "PO-WALK-1"))
    assert time.monotonic() - placed_at < 30
    phone = stack.sign_in(stack.person("supplier", "owner"))
    begun = phone.call("POST", "conversations", json={"id": "cnv_walk_0123456789abcdef", "task": task_in(message)})
    assert begun.status_code == 201
    asked = answer(phone, begun.json(), "ans_walk_1_0123456789abcdef", "accept")
    preview = asked["ask"]["constraints"]["preview"]
    assert preview["verdict"] == "automatic"
    done = answer(phone, asked, "ans_walk_2_0123456789abcdef", {"preview": preview["id"]})

    assert done["state"] == "done"
    assert "PO-WALK-1" in done["messages"][-2]["text"] + done["messages"][-1]["text"]
    assert stack.brand("GET", "purchase-orders/PO-WALK-1").json()["state"] == "confirmed"
    events = stack.brand("GET", "events", params={"after": seen, "limit": 1000}).json()["items"]
    told = [event["type"] for event in events if event["subject"]["ref"] == "PO-WALK-1"]
    assert told == ["order.placed", "order.confirmed"]


def test_the_buyer_hears_of_the_answer_on_the_phone(stack: Stack) -> None:
    stack.brand("PUT", "purchase-orders/PO-WALK-2", json=order(stack))
    phone = stack.sign_in(stack.person("supplier", "owner"))
    tasks = phone.call("GET", "inbox").json()["tasks"]
    task = next(one for one in tasks if one["subject"]["ref"] == "PO-WALK-2")
    turn = phone.call("POST", "conversations", json={"id": "cnv_walk_2_0123456789abc", "task": task["id"]}).json()
    turn = answer(phone, turn, "ans_walk_3_0123456789abcdef", "accept")
    answer(phone, turn, "ans_walk_4_0123456789abcdef", True)

    buyer = stack.sign_in(stack.person("brand", "buyer"))
    notices = buyer.call("GET", "inbox").json()["notices"]
    assert any("PO-WALK-2" in notice["title"] for notice in notices)


def test_nothing_of_the_walk_is_left_waiting(stack: Stack) -> None:
    metrics = lambda: requests.get(f"{stack.url}/metrics", timeout=10).text  # noqa: E731 - looked at until it says so
    eventually(lambda: "partnerline_outbox_oldest_due_seconds 0.0" in metrics())


def test_the_pages_say_where_they_are(stack: Stack) -> None:
    home = requests.get(stack.url, timeout=10, allow_redirects=False)
    assert (home.status_code, home.headers["Location"]) == (302, "/app/")
    assert requests.get(f"{stack.url}/health/ready", timeout=10).json()["database"]
    assert requests.get(f"{stack.url}/openapi.json", timeout=10).json()["openapi"].startswith("3.")
