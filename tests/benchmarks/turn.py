"""One answer in a conversation, against one durable insert by the same framework."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

from tests.benchmarks.counting import counted
from tests.benchmarks.figures import Figure, ratio, statements
from tests.benchmarks.ground import Ground, Plan
from tests.benchmarks.measuring import taking_turns
from tests.benchmarks.wire import Reply, Wire

MID_FLOW_RATIO, LAST_RATIO, MOST_STATEMENTS = 3, 6, 10
_CONVERSATIONS = "/api/v1/phone/conversations"


@dataclass
class _Supplier:
    """Accepts one order after the other: the decision, then sending it. Opening the conversation is not timed."""

    phone: Wire
    tasks: Iterator[str]
    turn: dict[str, Any] = field(default_factory=dict)

    def decide(self) -> Reply:
        """Open the next order's conversation, and answer its first question."""
        self.turn = self.phone.call("POST", _CONVERSATIONS, opening(next(self.tasks)), wanted=201).json()
        reply = self.phone.call("POST", f"{_CONVERSATIONS}/{self.turn['id']}/answers", decision(self.turn))
        self.turn = reply.json()
        return reply

    def send(self) -> Reply:
        """Give the answer that ends the conversation and confirms the order."""
        reply = self.phone.call("POST", f"{_CONVERSATIONS}/{self.turn['id']}/answers", sending(self.turn))
        assert reply.json()["state"] == "done"
        return reply


def opening(task: str) -> dict[str, Any]:
    """Begin a task's conversation under an id of the phone's making."""
    return {"id": f"cnv_{uuid4().hex}", "task": task}


def decision(turn: dict[str, Any]) -> dict[str, Any]:
    """Accept the whole order."""
    return {"revision": turn["revision"], "answers": [_answer("decision", "accept")]}


def sending(turn: dict[str, Any]) -> dict[str, Any]:
    """Confirm the preview that the turn shows."""
    shown = turn["ask"]["constraints"]["preview"]["id"]
    return {"revision": turn["revision"], "answers": [_answer("send", {"preview": shown})]}


def _answer(step: str, value: Any) -> dict[str, Any]:
    return {"id": f"ans_{uuid4().hex}", "step": step, "value": value, "answered_at": "2026-11-22T10:00:00+08:00"}


def measured(ground: Ground, plan: Plan) -> list[Figure]:
    """Answers to orders of 5 and of 200 lines, over HTTP, each against the insert beside it."""
    small = _timed(ground, ground.world.tasks[2:], plan.rounds, "", MID_FLOW_RATIO, LAST_RATIO)
    large = _timed(ground, ground.world.large_tasks, plan.large_rounds, ", order of 200 lines", None, None)
    return [*small, *large]


def _timed(
    ground: Ground, tasks: Sequence[str], rounds: int, of: str, mid_flow: float | None, last: float | None
) -> list[Figure]:
    supplier = _Supplier(ground.phone(), iter(tasks))
    bare, numbers = ground.bare(), count()

    def insert() -> Reply:
        return bare.call("POST", "/inserts", {"id": f"ans_{next(numbers)}", "value": "accept"})

    limit, decided, sent = taking_turns([insert, supplier.decide, supplier.send], min(rounds, len(tasks)), budget_s=15)
    name = ground.store.name
    return [
        ratio(f"an answer in mid-flow{of} / one durable insert", name, decided, limit, mid_flow),
        ratio(f"the last answer with its effect{of} / one durable insert", name, sent, limit, last),
    ]


def statement_counts(ground: Ground) -> list[Figure]:
    """What one answer asks of the database."""
    token, task = ground.world.token, ground.world.tasks[0]
    with counted(ground.world, ground.environ) as app:
        turn = app.call("POST", _CONVERSATIONS, token, opening(task)).json
        turn = app.call("POST", f"{_CONVERSATIONS}/{turn['id']}/answers", token, decision(turn)).json
        decided = len(app.statements)
        app.call("POST", f"{_CONVERSATIONS}/{turn['id']}/answers", token, sending(turn))
        sent = len(app.statements)
    name = ground.store.name
    return [
        statements("an answer in mid-flow", name, decided, MOST_STATEMENTS),
        statements("the last answer with its effect", name, sent, None),
    ]
