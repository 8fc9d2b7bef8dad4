"""A small trade that tests act in: one brand with its buyer, one supplier with two people, three products."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from tests import make
from workflows.domain import events, tasks
from workflows.domain.purchasing import orders, presenting
from workflows.domain.purchasing.placing import place_order
from workflows.domain.purchasing.rules import set_rule

DUE = date(2026, 12, 20)


def order_document(
    supplier: str = "S1",
    skus: Sequence[str] = ("A", "B", "C"),
    lines: int = 3,
    quantity: str = "100",
    price: str = "1.25",
    **more: Any,
) -> dict[str, Any]:
    """A purchase order as a brand's system sends it, lines numbered 10, 20, 30 …"""
    rows = [
        {
            "line": (number + 1) * 10,
            "sku": skus[number % len(skus)],
            "quantity": quantity if number == 0 else "100",
            "unit": "pcs",
            "price": price if number == 0 else "1.25",
            "due_date": DUE.isoformat(),
        }
        for number in range(lines)
    ]
    return {"supplier": supplier, "currency": "CNY", "lines": rows, **more}


class Trade:
    """The world, and what a test looks at in it."""

    def __init__(self) -> None:
        self.brand = make.brand()
        self.system = make.system_actor(self.brand)
        self.buyer = make.person(self.brand, "buyer")
        self.supplier = make.supplier(self.brand, "S1")
        self.owner = make.actor_for(make.person(self.supplier, "owner"), self.supplier)
        self.clerk = make.actor_for(make.person(self.supplier, "clerk"), self.supplier)
        self.skus = [make.product(self.brand, sku).sku for sku in ("A", "B", "C")]

    def place(self, ref: str, **document: Any) -> tasks.Task:
        """Place or change an order; the task it opened."""
        placed = place_order(self.system, ref, order_document(**document))
        task: tasks.Task = tasks.Task.get(tasks.Task.subject_id == placed.order.public_id, tasks.Task.state == "open")
        return task

    def rule(self, short_percent: str = "0", late_days: int = 0, person_above: str = "100000") -> None:
        """Set what the brand tolerates."""
        above = {"amount": person_above, "currency": "CNY"}
        set_rule(self.system, {"short_percent": short_percent, "late_days": late_days, "person_above": above})

    def order(self, ref: str) -> dict[str, Any]:
        """The order as the brand reads it."""
        opened = orders.load(self.system, orders.order_by_ref(self.system, ref).public_id)
        return presenting.order_documents([opened])[0]

    def task_states(self, ref: str) -> list[str]:
        """How the tasks about an order stand, oldest first."""
        query = tasks.Task.select().where(tasks.Task.subject_ref == ref).order_by(tasks.Task.id)
        return [task.state for task in query]

    def events(self) -> list[events.Event]:
        """The brand's log."""
        return events.page(self.brand.id, 0, 1_000)
