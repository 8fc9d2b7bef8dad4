"""The exchange about an order reads as one history, for both sides, in words."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from config import clock, database
from tests import make
from tests.chat import Chat
from tests.trade import Trade, order_document
from workflows.domain.access import Actor
from workflows.domain.events import Event
from workflows.domain.purchasing import orders
from workflows.domain.purchasing.history import History, history_of
from workflows.domain.purchasing.placing import cancel_order, place_order
from workflows.domain.tasks import Task
from workflows.engine.registry import use_flows
from workflows.flows import all_flows


@pytest.fixture
def trade(db: None) -> Iterator[Trade]:  # noqa: ARG001 - the database it lives in
    use_flows(all_flows())
    with clock.frozen(datetime(2026, 11, 22, 3, 0, tzinfo=UTC)):
        yield Trade()


def read(actor: Actor, ref: str = "PO-1", after: int = 0, limit: int = 50) -> History:
    return history_of(actor, orders.order_by_ref(actor, ref), after, limit)


def told(history: History, language: str = "en") -> list[tuple[Any, ...]]:
    """Side, head and lines of each move."""
    return [
        (move.side, move.text.in_language(language), *(line.in_language(language) for line in move.lines))
        for move in history.moves
    ]


def open_task(flow: str) -> str:
    return str(Task.get(Task.flow == flow, Task.state == "open").public_id)


def exchange(trade: Trade) -> Actor:
    """Placed, proposed, one line countered and one let go, confirmed; the buyer who decided."""
    buyer = make.actor_for(trade.buyer, trade.brand)
    change = {
        "10": {"quantity": "90", "date": "2026-12-25", "reason": "capacity"},
        "20": {"decision": "reject", "reason": "other"},
    }
    chat = Chat(trade.owner, trade.place("PO-1").public_id).reply("change").reply(change)
    chat.reply("The mould is broken").reply(True).is_done()
    chat = Chat(buyer, open_task("order-change-approval")).reply("lines")
    chat.reply({"10": {"decision": "counter", "quantity": "95"}}).reply("Please try").reply(True).is_done()
    Chat(trade.owner, open_task("order-confirmation")).reply("accept").reply(True).is_done()
    return buyer


def test_the_whole_exchange_reads_the_same_for_both_sides(trade: Trade) -> None:
    buyer = exchange(trade)

    assert told(read(buyer)) == [
        (
            "brand",
            "Order placed, 375.00 CNY",
            "Line 10 酱油 A: 100 pcs · 2026-12-20",
            "Line 20 酱油 B: 100 pcs · 2026-12-20",
            "Line 30 酱油 C: 100 pcs · 2026-12-20",
        ),
        (
            "supplier",
            "Change proposed",
            "Line 10 酱油 A: 90 pcs · 2026-12-25 instead of 100 pcs · 2026-12-20: Not enough capacity",
            "Line 20 酱油 B: rejected: Another reason",
            "“The mould is broken”",
        ),
        (
            "brand",
            "Decision on the proposal",
            "Line 10 酱油 A: countered: 95 pcs · 2026-12-25",
            "Line 20 酱油 B: accepted",
            "“Please try”",
        ),
        ("brand", "Asked again", "Line 10 酱油 A: 95 pcs · 2026-12-25"),
        ("supplier", "Partly confirmed", "Line 10 酱油 A: 95 pcs · 2026-12-25"),
    ]
    assert told(read(trade.owner)) == told(read(buyer)) == told(read(trade.system))
    chinese = told(read(trade.owner), "zh")
    assert chinese[2] == (
        "brand",
        "对提议的决定",
        "第 10 行 酱油 A：另提方案：95 pcs · 2026-12-25",
        "第 20 行 酱油 B：接受",
        "“Please try”",
    )


def test_people_are_named_to_their_own_side_alone(trade: Trade) -> None:
    buyer = exchange(trade)
    mine, theirs = trade.buyer.name, make.Person.get(make.Person.public_id == trade.owner.person).name

    assert [move.by for move in read(buyer).moves] == [None, None, mine, mine, None]
    assert [move.by for move in read(trade.owner).moves] == [None, theirs, None, None, theirs]
    assert [move.by for move in read(trade.system).moves] == [None, None, mine, mine, None]


def test_changes_and_the_end_are_told_with_what_was_before(trade: Trade) -> None:
    trade.place("PO-1")
    document = order_document(quantity="80")
    document["lines"][1]["due_date"] = "2026-12-22"
    document["lines"][2]["line"] = 40
    place_order(trade.system, "PO-1", document)
    cancel_order(trade.system, "PO-1", "Season over")

    assert told(read(trade.owner))[1:] == [
        (
            "brand",
            "Order changed",
            "Line 10 酱油 A: 100 pcs · 2026-12-20 → 80 pcs · 2026-12-20",
            "Line 20 酱油 B: 100 pcs · 2026-12-20 → 100 pcs · 2026-12-22",
            "Line 40 酱油 C: new, 100 pcs · 2026-12-20",
            "Line 30 酱油 C: withdrawn",
            "Total: 375.00 CNY → 350.00 CNY",
        ),
        ("brand", "Cancelled", "Season over"),
    ]


def test_another_price_another_product_and_another_supplier_are_named(trade: Trade) -> None:
    trade.place("PO-1")
    trade.place("PO-1", price="1.50")
    trade.place("PO-1", price="1.50", skus=("B", "B", "C"))
    make.supplier(trade.brand, "S2")
    trade.place("PO-1", price="1.50", skus=("B", "B", "C"), supplier="S2")

    assert told(read(trade.system), "zh")[1:] == [
        ("brand", "订单变更", "总额：375.00 CNY → 400.00 CNY"),
        ("brand", "订单变更", "第 10 行 酱油 B：酱油 A 100 pcs · 2026-12-20 → 100 pcs · 2026-12-20"),
        ("brand", "订单变更", "更换供应商：S2"),
    ]


def test_a_rejected_order_says_why(trade: Trade) -> None:
    Chat(trade.owner, trade.place("PO-1").public_id).reply("reject").reply("price").reply(True).is_done()
    assert told(read(trade.owner))[-1] == ("supplier", "Rejected", "Price")


def test_it_comes_in_pages_that_together_are_the_whole(trade: Trade) -> None:
    exchange(trade)
    whole, found, after = read(trade.owner).moves, [], 0
    while True:
        page = read(trade.owner, after=after, limit=2)
        assert len(page.moves) <= 2
        found += page.moves
        if page.next is None:
            break
        after = page.next
    assert tuple(found) == whole


def test_a_supplier_reads_nothing_of_what_was_settled_with_another(trade: Trade) -> None:
    second = make.supplier(trade.brand, "S2")
    theirs = make.actor_for(make.person(second), second)
    exchange(trade)
    trade.place("PO-1", supplier="S2", quantity="70")

    assert [text for _, text, *_ in told(read(theirs))] == ["Order placed, 337.50 CNY"]
    for page in range(1, 7):
        assert "95 pcs" not in str(told(read(theirs, after=page, limit=1)))
    with pytest.raises(orders.NotFound):
        read(trade.owner)
    assert len(read(trade.system).moves) == 6


def test_events_of_the_first_release_are_told_too(trade: Trade) -> None:
    exchange(trade)
    for event in Event.select():
        data = {key: value for key, value in event.data.items() if key not in {"side", "reason_text"}}
        for line in data.get("lines", ()):
            line.pop("unit", None)
        Event.update(data=data).where(Event.id == event.id).execute()

    assert [move.side for move in read(trade.owner).moves][:2] == ["brand", "supplier"]
    assert "90 · 2026-12-25 instead of" in told(read(trade.owner))[1][2]


def test_it_takes_four_statements_however_long_it_is(trade: Trade) -> None:
    exchange(trade)
    order = orders.order_by_ref(trade.owner, "PO-1")
    seen: list[str] = []
    hook = lambda query: seen.append(query.sql)  # noqa: E731 - removed again by identity
    database.proxy.obj.query_hooks.append(hook)

    history_of(trade.owner, order, 0, 100)

    database.proxy.obj.query_hooks.remove(hook)
    assert len(seen) == 3, "\n".join(seen)  # events, products, colleagues; with the one that finds the order: four


def test_an_order_of_two_hundred_lines_names_twenty(trade: Trade) -> None:
    trade.place("PO-1", lines=200)
    (placed,) = read(trade.owner).moves
    assert (len(placed.lines), placed.lines[-1].en) == (21, "… and 180 more lines")
