"""Several web and worker processes share PostgreSQL and Redis alone, and a brand begins from nothing."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from tests.acceptance.servers import APP, RESULT, TASK, Servers, running_servers
from tests.acceptance.stack import eventually

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(
        not (os.environ.get("TEST_DATABASE_URL") and os.environ.get("TEST_REDIS_URL")),
        reason="needs a PostgreSQL and a Redis server: set TEST_DATABASE_URL and TEST_REDIS_URL",
    ),
]
ORDERS, FOLLOWED = 24, 120


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """The processes, on a database of their own."""
    with running_servers(os.environ["TEST_DATABASE_URL"], os.environ["TEST_REDIS_URL"]) as running:
        yield running


class Brand:
    """A brand's system that talks to one web process and then to the other."""

    def __init__(self, servers: Servers, ref: str) -> None:
        servers.flask("brand", "create", ref, "--name", f"{ref} 品牌")
        self.servers = servers
        self.key = servers.flask("brand", "key", ref)
        self.calls = 0

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call the brand door, on alternating processes."""
        self.calls += 1
        url = self.servers.urls[self.calls % len(self.servers.urls)]
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        return requests.request(method, f"{url}/api/v1/brand/{path}", headers=headers, timeout=20, **options)

    def invite(self, person: str) -> str:
        """Invite a person; the secret part of the link."""
        invited = self.call("POST", f"people/{person}/invitations", headers={"Idempotency-Key": f"invite-{person}"})
        assert invited.status_code in {200, 201}, invited.text
        return str(invited.json()["link"].rsplit("/", 1)[1])


def order() -> dict[str, Any]:
    """A small order of the one product."""
    due = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - a month needs no zone
    line = {"line": 10, "sku": "BOX", "quantity": "5", "price": "2", "due_date": due}
    return {"supplier": "S1", "currency": "CNY", "lines": [line]}


def test_from_nothing_to_confirmed_orders_over_two_web_and_two_worker_processes(servers: Servers) -> None:
    brand = Brand(servers, "acme")
    assert brand.call("PUT", "partners/S1", json={"kind": "supplier", "name": "一号供应商"}).status_code == 201
    brand.call("PUT", "products/BOX", json={"name": "纸箱", "unit": "pcs", "tracked_by": "none"})
    member = {"name": "王建国", "language": "zh", "memberships": [{"partner": "S1", "role": "owner"}]}
    assert brand.call("PUT", "people/P1", json=member).status_code == 201
    phone = sign_in(servers, brand.invite("P1"))

    refs = [f"PO-{number:03}" for number in range(ORDERS)]
    with ThreadPoolExecutor(8) as pool:
        placed = list(pool.map(lambda ref: brand.call("PUT", f"purchase-orders/{ref}", json=order()), refs))
    assert {response.status_code for response in placed} == {201}

    messages = servers.stub.outbox_wait(count=ORDERS, timeout=30)
    assert len({message["body"]["page"] for message in messages}) == len(messages) == ORDERS
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda message: accept(servers, phone, message), messages))

    states = {ref: brand.call("GET", f"purchase-orders/{ref}").json()["state"] for ref in refs}
    assert set(states.values()) == {"confirmed"}
    items = brand.call("GET", "events", params={"after": 0, "limit": 1000}).json()["items"]
    assert [event["seq"] for event in items] == list(range(1, len(items) + 1))
    assert [event["type"] for event in items].count("order.confirmed") == ORDERS
    assert servers.stub.get("/tokens")["apps"][APP]["stable"]["issued"] <= 2


def test_a_follower_of_the_feed_misses_nothing_while_two_processes_write(servers: Servers) -> None:
    brand = Brand(servers, "followed")
    brand.call("PUT", "partners/S1", json={"kind": "supplier", "name": "一号供应商"})
    brand.call("PUT", "products/BOX", json={"name": "纸箱", "unit": "pcs", "tracked_by": "none"})
    refs = [f"PO-{number:03}" for number in range(FOLLOWED)]
    seen: list[dict[str, Any]] = []
    with ThreadPoolExecutor(8) as pool:
        placing = [pool.submit(brand.call, "PUT", f"purchase-orders/{ref}", json=order()) for ref in refs]
        while not all(one.done() for one in placing):
            follow(brand, seen)
    follow(brand, seen)
    assert {one.result().status_code for one in placing} == {201}
    assert [event["seq"] for event in seen] == list(range(1, len(seen) + 1))
    placed = sorted(event["subject"]["ref"] for event in seen if event["type"] == "order.placed")
    assert placed == refs


def follow(brand: Brand, seen: list[dict[str, Any]]) -> None:
    """Read on after the last event seen, as a brand's system does."""
    after = seen[-1]["seq"] if seen else 0
    seen += brand.call("GET", "events", params={"after": after, "limit": 1000}).json()["items"]


def test_both_processes_say_the_same_of_the_house(servers: Servers) -> None:
    eventually(lambda: json.loads(servers.flask("outbox", "status"))["oldest_due_s"] == 0)
    for url in servers.urls:
        ready = requests.get(f"{url}/health/ready", timeout=10).json()
        assert (ready["status"], ready["database"]["pending"], ready["redis"]["state"]) == ("ready", 0, "ok")
        assert "partnerline_outbox_oldest_due_seconds 0.0" in requests.get(f"{url}/metrics", timeout=10).text


def sign_in(servers: Servers, invitation: str) -> dict[str, str]:
    """Open an invitation on a (simulated) WeChat phone, allow its messages, and give the headers of the session."""
    code = servers.stub.login(APP, "wang")
    body = {"via": "wechat", "app": APP, "code": code, "device": "dev_servers", "invitation": invitation}
    session = requests.post(f"{servers.urls[0]}/api/v1/phone/sessions", json=body, timeout=20)
    assert session.status_code == 201, session.text
    headers = {"Authorization": f"Bearer {session.json()['token']}"}
    for number in range(ORDERS):
        answers = {TASK: "accept", RESULT: "accept"}
        servers.stub.subscribe(APP, "wang", answers)
        report = {"id": f"cst_{number:026}", "app": APP, "answers": answers}
        url = servers.urls[number % 2]
        requests.post(f"{url}/api/v1/phone/consents", json=report, headers=headers, timeout=20).raise_for_status()
    return headers


def accept(servers: Servers, headers: dict[str, str], message: dict[str, Any]) -> None:
    """Accept the order a message is about, each request on another process."""
    task = message["body"]["page"].split("id=", 1)[1]
    first, second = f"{servers.urls[0]}/api/v1/phone", f"{servers.urls[1]}/api/v1/phone"
    begun = {"id": f"cnv_{task}", "task": task}
    turn = requests.post(f"{first}/conversations", json=begun, headers=headers, timeout=20).json()
    answers = [
        {"id": f"ans_1_{task}", "step": "decision", "value": "accept"},
        {"id": f"ans_2_{task}", "step": "send", "value": True},
    ]
    path = f"{second}/conversations/{turn['id']}/answers"
    done = requests.post(path, json={"revision": 0, "answers": answers}, headers=headers, timeout=20)
    assert done.json().get("state") == "done", done.text
