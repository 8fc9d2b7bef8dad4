"""Everybody at once at the same few orders: the brand places, changes and cancels, its buyer decides, a supplier's people
begin, answer, take back and leave. Nothing breaks, nobody waits in a circle, and the log, the orders and the tasks tell the same
story afterwards.

Planted: a log that skips numbers, and tasks that stay open when their order has moved on.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from config.ids import new_id
from tests.fire.conftest import LONG
from tests.fire.doors import Call, Doors
from tests.fire.planting import plant
from tests.fire.server import send, serving
from tests.fire.worlds import World, order_body
from workflows.domain import events, tasks
from workflows.domain.events import Event
from workflows.domain.purchasing.orders import OrderLine, PurchaseOrder
from workflows.domain.tasks import Task

CALLERS = 10
TURNS = 200 if LONG else 25
CANCELS = 0.75 / TURNS  # of all that one buyer does: an order or two, whatever the length
ORDERS = tuple(f"PO-together-{number}" for number in range(4))
EXPECTED = {200, 201, 404, 409, 422}


class Caller:
    """Somebody who does one thing after the other, chosen by their own dice."""

    def __init__(self, base: str, world: World, number: int) -> None:
        self.base, self.world, self.dice = base, world, random.Random(number)  # noqa: S311 - dice
        self.who = ("owner", "buyer", "clerk", "key", "buyer")[number % 5]
        self.said: Counter[int] = Counter()

    def run(self) -> Counter[int]:
        for _ in range(TURNS):
            self._buy() if self.who == "key" else self._talk()
        return self.said

    def _send(self, call: Call) -> object:
        answer = send(self.base, call, self.world.tokens[self.who])
        self.said[answer.status_code] += 1
        return answer.json() if answer.status_code < 500 else None

    def _buy(self) -> None:
        ref = self.dice.choice(ORDERS)
        if self.dice.random() < CANCELS:
            headers = {"Idempotency-Key": new_id("key")}
            self._send(Call("POST", f"brand/purchase-orders/{ref}/cancel", {"reason": "enough"}, headers=headers))
            return
        if self.dice.random() < 0.5:  # it looks more often than it changes, or nobody would come to an end
            self._send(Call("GET", f"brand/purchase-orders/{ref}"))
            return
        body = order_body("S1", self.world.ours.sku, note=str(self.dice.random()))
        body["lines"][0]["quantity"] = str(self.dice.randint(1, 5))
        self._send(Call("PUT", f"brand/purchase-orders/{ref}", body))

    def _talk(self) -> None:
        inbox = self._send(Call("GET", "phone/inbox"))
        tasks = [task for task in inbox["tasks"] if task["subject"]["ref"] in ORDERS]  # type: ignore[index]
        if not tasks:
            return
        turn = self._send(
            Call("POST", "phone/conversations", {"id": new_id("cnv"), "task": self.dice.choice(tasks)["id"]})
        )
        for _ in range(5):
            if not turn or turn.get("state") != "asking":  # type: ignore[attr-defined]
                return
            turn = self._answer(turn)  # type: ignore[arg-type]

    def _answer(self, turn: dict[str, object]) -> object:
        path, revision = f"phone/conversations/{turn['id']}", turn["revision"]
        if self.dice.random() < 0.1:
            return self._send(Call("DELETE", path, query={"revision": revision}))
        if self.dice.random() < 0.1:
            return self._send(Call("DELETE", f"{path}/answers/decision", query={"revision": revision}))
        ask = turn["ask"]
        value = self._said(ask)  # type: ignore[arg-type]
        answer = {"id": new_id("ans"), "step": ask["step"], "value": value}  # type: ignore[index]
        return self._send(Call("POST", f"{path}/answers", {"revision": revision, "answers": [answer]}))

    def _said(self, ask: dict[str, Any]) -> object:
        """Something that fits the question: a decision, a change of the first line, a word, a yes to what is shown."""
        constraints = ask["constraints"]
        if ask["kind"] == "choice":
            options = [option["key"] for option in constraints["options"]]
            return self.dice.choice(options) if self.who == "buyer" or self.dice.random() < 0.3 else options[0]
        if ask["kind"] == "table":
            row = constraints["rows"][0]
            if "reason" in {column["key"] for column in constraints["columns"]}:
                return {row["key"]: {"decision": "change", "quantity": "0.5", "reason": "capacity"}}
            return {row["key"]: {"decision": self.dice.choice(("counter", "decline")), "quantity": "0.7"}}
        return {"preview": constraints["preview"]["id"]} if "preview" in constraints else "a few words"


@pytest.fixture(scope="module")
def base(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


def rush(base: str, world: World) -> Counter[int]:
    """Everybody at once; what they were answered. Every answer of the supplier waits for the buyer."""
    rule = {"short_percent": "0", "late_days": 0, "person_above": {"amount": "0", "currency": "CNY"}}
    send(base, Call("PUT", "brand/rules/order-confirmation", rule), world.a.key)
    for ref in ORDERS:
        send(base, Call("PUT", f"brand/purchase-orders/{ref}", order_body("S1", world.ours.sku)), world.a.key)
    callers = [Caller(base, world, number) for number in range(CALLERS)]
    with ThreadPoolExecutor(CALLERS) as pool:
        return sum(pool.map(Caller.run, callers), Counter())


def contradictions(brand: int, refs: Sequence[str] = ORDERS) -> list[str]:
    """What the log, the orders and the tasks tell differently."""
    numbers = [event.seq for event in Event.select().where(Event.brand == brand).order_by(Event.seq)]
    found = [] if numbers == list(range(1, len(numbers) + 1)) else ["the log has gaps or doubles"]
    for order in PurchaseOrder.select().where(PurchaseOrder.ref.in_(list(refs))):
        last = Event.select().where(Event.subject_id == order.public_id).order_by(Event.seq.desc()).first()
        if (last.data["state"], last.data["version"]) != (order.state, order.version):
            found.append(f"{order.ref} is {order.state} {order.version}, its last event {last.data}")
        waiting = Task.select().where(Task.subject_id == order.public_id, Task.state == "open").count()
        states = {line.state for line in OrderLine.select().where(OrderLine.order == order)}
        open_sides = len(states & {"placed", "change_proposed"})  # a task for the supplier, one for the buyer
        if waiting != (open_sides if order.state != "cancelled" else 0):
            found.append(f"{order.ref} is {order.state} and has {waiting} open tasks")
    return found


def test_everybody_at_once_breaks_nothing(base: str, made_world: World) -> None:
    said = rush(base, made_world)
    assert set(said) <= EXPECTED
    assert said[200] + said[201] > said.total() / 2
    assert contradictions(made_world.a.brand.id) == []
    told = {event.type for event in Event.select().where(Event.brand == made_world.a.brand.id)}
    assert told >= {"order.changed", "order.change-proposed"}


def test_a_log_that_skips_numbers_is_found(world: World, doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    assert contradictions(world.a.brand.id) == []
    write = events.Ending.write

    def skipping(ending: events.Ending) -> None:
        events._count.rows(ending.brand, 1)
        write(ending)

    monkeypatch.setattr(events.Ending, "write", skipping)
    for ref in ("PO-new-1", "PO-new-2"):
        doors.send(Call("PUT", f"brand/purchase-orders/{ref}", order_body("S1", world.ours.sku)), world.a.key)
    assert "the log has gaps or doubles" in contradictions(world.a.brand.id)


def test_a_task_that_outlives_its_order_is_found(world: World, doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, tasks.close_tasks_about, lambda *_: None)
    for note in ("1", "2"):
        body = order_body("S1", world.ours.sku, note=note)
        body["lines"][0]["quantity"] = f"7{note}"
        doors.send(Call("PUT", "brand/purchase-orders/PO-together-new", body), world.a.key)
    found = contradictions(world.a.brand.id, ("PO-together-new",))
    assert found == ["PO-together-new is placed and has 2 open tasks"]
