"""Two buyers, a buyer and the brand's system, a buyer and a cancellation at the same moment: exactly one wins."""

import threading
from collections.abc import Callable

import pytest

from config import database
from tests import make, waiting
from tests.chat import Chat
from tests.trade import Trade, order_document
from workflows.domain import tasks
from workflows.domain.access import Actor
from workflows.domain.errors import Conflict
from workflows.domain.purchasing.deciding import decide_change
from workflows.domain.purchasing.decisions import Decision, LineDecision
from workflows.domain.purchasing.orders import order_by_ref
from workflows.domain.purchasing.placing import cancel_order, place_order
from workflows.engine import conversations
from workflows.engine.run import Given

ACCEPT, DECLINE = Decision({10: LineDecision("accept")}), Decision({10: LineDecision("decline")})


@pytest.fixture
def buyer(trade: Trade) -> Actor:
    return make.actor_for(trade.buyer, trade.brand)


def proposed(trade: Trade) -> tuple[str, int, str]:
    """An order with a line proposed: its id, its standing, the buyer's task."""
    change = {"10": {"quantity": "90", "reason": "capacity"}}
    Chat(trade.owner, trade.place("PO-1").public_id).reply("change").reply(change).reply(True).is_done()
    order = order_by_ref(trade.system, "PO-1")
    task = tasks.Task.get(tasks.Task.flow == "order-change-approval", tasks.Task.state == "open")
    return order.public_id, order.standing, task.public_id


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Everybody at the same moment; what each was told, `done` where it went through."""
    gate = threading.Barrier(len(acts), timeout=waiting.PATIENCE_S)
    told: list[str] = []

    def run(act: Callable[[], object]) -> None:
        with database.connection():
            gate.wait()
            try:
                act()
                told.append("done")
            except Conflict as refused:
                told.append(refused.code)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(waiting.PATIENCE_S)
    return sorted(told)


def decisions(trade: Trade) -> int:
    return sum(event.type == "order.change-decided" for event in trade.events())


def test_of_two_decisions_at_the_same_moment_one_stands(trade: Trade, buyer: Actor) -> None:
    order, standing, _ = proposed(trade)

    told = at_once(
        lambda: decide_change(buyer, order, standing, ACCEPT), lambda: decide_change(buyer, order, standing, DECLINE)
    )

    assert told == ["done", "order_changed"]
    assert decisions(trade) == 1


def test_of_two_buyers_in_one_conversation_one_decides(trade: Trade, buyer: Actor) -> None:
    colleague = make.actor_for(make.person(trade.brand, "buyer"), trade.brand)
    chat = Chat(buyer, proposed(trade)[2])

    def deciding(who: Actor, said: str) -> Callable[[], object]:
        answers = [Given(f"{said}_1", "decision", said), Given(f"{said}_2", "send", True)]
        if said == "decline":
            answers.insert(1, Given(f"{said}_3", "word", ""))
        return lambda: conversations.answer(who, chat.turn.id, chat.turn.revision, answers)

    told = at_once(deciding(buyer, "accept"), deciding(colleague, "decline"))

    assert told == ["already_answered", "done"]
    assert decisions(trade) == 1


@pytest.mark.parametrize("act", ["cancel", "put"])
def test_a_decision_waits_for_what_the_brands_system_does_and_is_then_told(
    trade: Trade, buyer: Actor, act: str
) -> None:
    order, _, task = proposed(trade)
    chat = Chat(buyer, task)
    both = [Given("a1", "decision", "accept"), Given("a2", "send", True)]
    told: list[str] = []

    def decide() -> None:
        with database.connection():
            try:
                conversations.answer(buyer, chat.turn.id, chat.turn.revision, both)
            except Conflict as refused:
                told.append(refused.code)

    deciding = threading.Thread(target=decide)
    with database.transaction():
        database.serialise("order", order)
        deciding.start()
        waiting.until(waiting.somebody_waits)
        if act == "cancel":
            cancel_order(trade.system, "PO-1", "Season over")
        else:
            place_order(trade.system, "PO-1", order_document(quantity="120"))
    deciding.join(waiting.PATIENCE_S)

    assert told == ["superseded"]
    assert decisions(trade) == 0
    assert "open" not in {one.state for one in tasks.Task.select().where(tasks.Task.flow == "order-change-approval")}


def test_a_decision_and_the_brands_system_at_the_same_moment_never_wait_in_a_circle(trade: Trade, buyer: Actor) -> None:
    order, standing, _ = proposed(trade)

    told = at_once(
        lambda: decide_change(buyer, order, standing, DECLINE),
        lambda: place_order(trade.system, "PO-1", order_document(quantity="120")),
        lambda: cancel_order(trade.system, "PO-1", "Season over"),
    )

    assert set(told) <= {"done", "order_changed", "order_cancelled"}
    assert trade.order("PO-1")["state"] == "cancelled"
    assert "open" not in {one.state for one in tasks.Task.select()}
