"""The brand's buyer decides on what a supplier proposes: all at once or line by line, through either door."""

from datetime import date
from typing import Any

import pytest

from config import database
from notifications import outbox
from tests import make
from tests.chat import Chat
from tests.trade import Trade, order_document
from workflows.domain import tasks
from workflows.domain.access import Actor
from workflows.domain.errors import Conflict, Forbidden, NotFound, StaleVersion
from workflows.domain.purchasing import listing, orders
from workflows.domain.purchasing.placing import cancel_order, place_order
from workflows.engine import conversations, inbox
from workflows.engine.checks import problems
from workflows.engine.run import Given
from workflows.flows.order_change_approval import FLOW

DOORS = pytest.mark.parametrize("door", ["json", "text"])
SHORT = {"10": {"quantity": "90", "date": "2026-12-25", "reason": "capacity"}}
BOTH = {**SHORT, "20": {"decision": "reject", "reason": "material"}}


@pytest.fixture
def buyer(trade: Trade) -> Actor:
    return make.actor_for(trade.buyer, trade.brand)


def propose(trade: Trade, change: dict[str, Any], ref: str = "PO-1", **document: Any) -> tasks.Task:
    """An order that its supplier answers with a change; the buyer's task."""
    Chat(trade.owner, trade.place(ref, **document).public_id).reply("change").reply(change).reply(True).is_done()
    return open_task(trade, trade.brand.id, ref)


def open_task(trade: Trade, organisation: int, ref: str = "PO-1") -> tasks.Task:
    of = (tasks.Task.organisation == organisation) & (tasks.Task.subject_ref == ref)
    found: tasks.Task = tasks.Task.get(of, tasks.Task.state == "open", tasks.Task.brand == trade.brand.id)
    return found


def lines(trade: Trade, ref: str = "PO-1") -> dict[int, dict[str, Any]]:
    return {line["line"]: line for line in trade.order(ref)["lines"]}


def news(trade: Trade) -> list[str]:
    """What the supplier's open task opens with, in English."""
    return [
        message.text.en for message in Chat(trade.owner, open_task(trade, trade.supplier.id).public_id).turn.messages
    ]


def types(trade: Trade) -> list[str]:
    return [event.type for event in trade.events()]


@DOORS
def test_a_proposal_is_accepted_with_two_answers_and_the_supplier_is_told(
    trade: Trade, buyer: Actor, door: str
) -> None:
    task = propose(trade, SHORT)

    chat = Chat(buyer, task.public_id, door)
    chat.says("Order PO-1", "1 of 3 lines need your decision", "Do you accept what the supplier proposes?")
    chat.reply("accept", "1").says("It stands at once", "accepted as proposed: 90 pcs · 2026-12-25")
    chat.reply(True, "yes").is_done().says("Stored: order PO-1 is confirmed", "90 pcs · 2026-12-25")

    assert trade.order("PO-1")["state"] == "confirmed"
    assert lines(trade)[10]["deliveries"] == [{"quantity": "90", "date": "2026-12-25"}]
    assert types(trade)[-2:] == ["order.change-decided", "order.confirmed"]
    told = outbox.notices_of(trade.owner.person or "", str(trade.supplier.id), 1)
    assert told[0].payload["outcome"]["en"] == "Your proposal is accepted"
    assert trade.task_states("PO-1") == ["done", "done"]


def test_the_proposal_stands_beside_what_was_ordered_with_its_reasons(trade: Trade, buyer: Actor) -> None:
    split = {"20": {"quantity": "60", "quantity_2": "20", "date_2": "2026-12-30", "reason": "material"}}
    chat = Chat(buyer, propose(trade, split).public_id)

    assert chat.turn.steps is not None
    (row,) = chat.turn.steps[0].localised("en")["constraints"]["data"]["compared"]["rows"]  # type: ignore[index,call-overload]
    assert row["before"] == {"text": "Ordered", "values": ["100 pcs · 2026-12-20"]}
    assert row["after"] == {"text": "Proposed", "values": ["60 pcs · 2026-12-20", "20 pcs · 2026-12-30"]}
    assert row["why"] == ["less than ordered", "later than asked"]
    assert row["reason"] == "Material is missing"


def test_a_rejected_line_accepted_is_off_the_order_for_good(trade: Trade, buyer: Actor) -> None:
    Chat(buyer, propose(trade, BOTH).public_id).reply("accept").reply(True).is_done()

    assert (trade.order("PO-1")["state"], lines(trade)[20]["state"]) == ("partly_confirmed", "rejected")
    other = order_document()
    other["lines"][2]["price"] = "9"
    place_order(trade.system, "PO-1", other)

    assert [line["state"] for line in trade.order("PO-1")["lines"]] == ["confirmed", "rejected", "placed"]


def test_a_line_asked_again_may_be_rejected_by_its_supplier(trade: Trade, buyer: Actor) -> None:
    change = {"10": {"decision": "reject", "reason": "price"}}
    task = propose(trade, change, lines=2)
    Chat(buyer, task.public_id).reply("decline").reply("").reply(True).is_done()
    Chat(trade.owner, open_task(trade, trade.supplier.id).public_id).reply("reject").reply("price").reply(
        True
    ).is_done()

    assert [line["state"] for line in trade.order("PO-1")["lines"]] == ["rejected", "confirmed"]
    assert types(trade)[-1] == "order.confirmed"


def test_declining_asks_the_line_again_as_it_was_ordered(trade: Trade, buyer: Actor) -> None:
    chat = Chat(buyer, propose(trade, SHORT).public_id)
    chat.reply("decline").reply("We need all of it.").says("gets a new task: 1 of 1 lines").reply(True).is_done()

    order = trade.order("PO-1")
    assert (order["state"], order["version"], lines(trade)[10]["state"]) == ("partly_confirmed", 2, "placed")
    assert types(trade)[-2:] == ["order.change-decided", "order.changed"]
    assert news(trade)[:2] == [
        "Line 10 (酱油 A): not accepted, asked again as ordered: 100 pcs · 2026-12-20",
        "The buyer writes: We need all of it.",
    ]
    Chat(trade.owner, open_task(trade, trade.supplier.id).public_id).reply("accept").reply(True).is_done()
    assert trade.order("PO-1")["state"] == "confirmed"


@DOORS
def test_one_line_is_countered_and_the_other_accepted(trade: Trade, buyer: Actor, door: str) -> None:
    chat = Chat(buyer, propose(trade, BOTH).public_id, door)
    chat.reply("lines", "2")
    chat.reply({"10": {"decision": "counter", "quantity": "95"}}, "10 decision=counter quantity=95")
    chat.reply("Thank you", "Thank you").says("gets a new task: 1 of 2 lines", "the buyer asks for 95 pcs · 2026-12-25")
    chat.reply(True, "yes").is_done().says("asked again, 95 pcs · 2026-12-25", "off the order")

    order = trade.order("PO-1")
    assert (order["version"], order["amount"]) == (2, "368.75")
    decided = next(event for event in trade.events() if event.type == "order.change-decided")
    assert decided.actor == buyer.person
    assert decided.data["decisions"] == [
        {"line": 10, "decision": "counter", "quantity": "95", "due_date": "2026-12-25"},
        {"line": 20, "decision": "accept"},
    ]
    assert (decided.data["word"], decided.data["side"], decided.data["version"]) == ("Thank you", "brand", 2)
    supplier = Chat(trade.owner, open_task(trade, trade.supplier.id).public_id)
    supplier.says("the buyer asks for 95 pcs · 2026-12-25 instead", "rejection accepted", "Thank you")
    supplier.reply("accept").says("accepted automatically").reply(True).is_done()
    assert lines(trade)[10]["deliveries"] == [{"quantity": "95", "date": "2026-12-25"}]


def test_a_large_order_accepted_as_it_stands_is_decided_by_the_buyer(trade: Trade, buyer: Actor) -> None:
    Chat(trade.owner, trade.place("PO-1", price="2000").public_id).reply("accept").reply(True).is_done()
    task = open_task(trade, trade.brand.id)

    chat = Chat(buyer, task.public_id)
    chat.reply("decline").is_refused("as_ordered")
    chat.reply("lines").reply({"10": {"decision": "decline"}}).is_refused("as_ordered")
    chat.answer("decision", "accept").reply(True).is_done()

    assert trade.order("PO-1")["state"] == "confirmed"


def test_what_the_buyer_asked_for_needs_no_second_decision_however_large(trade: Trade, buyer: Actor) -> None:
    task = propose(trade, SHORT, price="2000")
    Chat(buyer, task.public_id).reply("decline").reply("").reply(True).is_done()

    chat = Chat(trade.owner, open_task(trade, trade.supplier.id).public_id)
    chat.reply("accept").says("accepted automatically").reply(True).is_done()

    assert trade.order("PO-1")["state"] == "confirmed"


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"decision": "counter", "date": "2026-11-21"}, "too_early"),
        ({"decision": "counter", "quantity": "0"}, "too_small"),
        ({"decision": "maybe"}, "unknown_option"),
    ],
)
def test_an_impossible_counter_proposal_is_refused_where_it_stands(
    trade: Trade, buyer: Actor, cells: dict[str, str], code: str
) -> None:
    chat = Chat(buyer, propose(trade, SHORT).public_id).reply("lines").reply({"10": cells})

    assert chat.turn.rejection is not None
    assert [cell.code for cell in chat.turn.rejection.cells] == [code]


def test_a_counter_proposal_beyond_what_an_order_may_cost_is_refused(trade: Trade, buyer: Actor) -> None:
    task = propose(trade, SHORT, quantity="900000000", price="1000000")
    chat = Chat(buyer, task.public_id).reply("lines")
    chat.reply({"10": {"decision": "counter", "quantity": "1000000000"}}).is_refused("total_too_large")


def test_a_counter_that_says_the_proposal_or_the_order_once_more_is_taken_for_what_it_says(
    trade: Trade, buyer: Actor
) -> None:
    chat = Chat(buyer, propose(trade, SHORT).public_id)
    chat.reply("lines").reply({"10": {"decision": "counter"}}).reply("").says("accepted as proposed: 90 pcs")
    chat.answer("lines", {"10": {"decision": "counter", "quantity": "100", "date": "2026-12-20"}})
    chat.says("asked again as ordered: 100 pcs")


def test_the_erp_that_takes_over_what_was_agreed_asks_nobody_again(trade: Trade, buyer: Actor) -> None:
    Chat(buyer, propose(trade, SHORT).public_id).reply("accept").reply(True).is_done()
    agreed = order_document()
    agreed["lines"][0] |= {"quantity": "90", "due_date": "2026-12-25"}

    place_order(trade.system, "PO-1", agreed)

    assert trade.order("PO-1")["state"] == "confirmed"
    assert lines(trade)[10]["quantity"] == "90"
    assert {task.state for task in tasks.Task.select()} == {"done"}


def test_the_erp_that_sends_its_unchanged_order_every_night_does_not_undo_the_counter_proposal(
    trade: Trade, buyer: Actor
) -> None:
    counter_of(trade, buyer)
    Chat(trade.owner, open_task(trade, trade.supplier.id).public_id).reply("accept").reply(True).is_done()
    before = trade.order("PO-1")

    place_order(trade.system, "PO-1", order_document())

    assert trade.order("PO-1") == before
    assert (before["state"], lines(trade)[10]["quantity"]) == ("confirmed", "95")


def counter_of(trade: Trade, buyer: Actor) -> None:
    """Line 10 ordered as 100, proposed as 90, countered with 95."""
    chat = Chat(buyer, propose(trade, SHORT).public_id).reply("lines")
    chat.reply({"10": {"decision": "counter", "quantity": "95"}}).reply("").reply(True).is_done()


def test_the_erp_that_changes_another_line_leaves_what_was_agreed(trade: Trade, buyer: Actor) -> None:
    counter_of(trade, buyer)
    Chat(trade.owner, open_task(trade, trade.supplier.id).public_id).reply("accept").reply(True).is_done()
    document = order_document()
    document["lines"][0]["price"] = "1.30"
    document["lines"][2]["quantity"] = "70"

    place_order(trade.system, "PO-1", document)

    assert [(line["quantity"], line["state"]) for line in trade.order("PO-1")["lines"]] == [
        ("95", "placed"),  # its price is another: asked again, and still the agreed quantity
        ("100", "confirmed"),
        ("70", "placed"),
    ]
    place_order(trade.system, "PO-1", document)
    assert trade.order("PO-1")["version"] == 3


def test_the_erp_that_has_taken_over_the_counter_proposal_may_go_back_on_it(trade: Trade, buyer: Actor) -> None:
    counter_of(trade, buyer)
    Chat(trade.owner, open_task(trade, trade.supplier.id).public_id).reply("accept").reply(True).is_done()
    agreed = order_document()
    agreed["lines"][0] |= {"quantity": "95", "due_date": "2026-12-25"}

    place_order(trade.system, "PO-1", agreed)
    assert trade.order("PO-1")["state"] == "confirmed"
    place_order(trade.system, "PO-1", order_document())

    assert (lines(trade)[10]["quantity"], lines(trade)[10]["state"]) == ("100", "placed")


def test_an_edit_of_the_order_as_it_was_before_the_decision_is_told(trade: Trade, buyer: Actor) -> None:
    Chat(buyer, propose(trade, SHORT).public_id).reply("accept").reply(True).is_done()

    with pytest.raises(StaleVersion):
        place_order(trade.system, "PO-1", order_document(quantity="120"), version=1)


def test_a_put_meanwhile_takes_the_decision_from_the_buyer_and_says_so(trade: Trade, buyer: Actor) -> None:
    chat = Chat(buyer, propose(trade, SHORT).public_id).reply("accept")

    trade.place("PO-1", quantity="120")

    with pytest.raises(Conflict, match="superseded"):
        chat.reply(True)
    ended = conversations.load(buyer, chat.turn.id)
    assert (ended.state, ended.superseded_by) == ("superseded", None)
    assert "moved on" in ended.messages[-1].text.en
    assert lines(trade)[10]["state"] == "placed"


def test_a_cancelled_order_leaves_nothing_to_decide(trade: Trade, buyer: Actor) -> None:
    task = propose(trade, SHORT)
    chat = Chat(buyer, task.public_id).reply("accept")

    cancel_order(trade.system, "PO-1", "Season over")

    with pytest.raises(Conflict, match="superseded"):
        chat.reply(True)
    assert "Season over" in conversations.load(buyer, chat.turn.id).messages[-1].text.en
    assert trade.task_states("PO-1") == ["done", "cancelled"]


def test_two_buyers_share_the_task_and_the_second_sees_the_firsts_decision(trade: Trade, buyer: Actor) -> None:
    colleague = make.actor_for(make.person(trade.brand, "buyer"), trade.brand)
    task = propose(trade, SHORT)
    mine, theirs = Chat(buyer, task.public_id).reply("accept"), Chat(colleague, task.public_id)
    mine.reply(True).is_done()

    with pytest.raises(Conflict, match="already_answered"):
        theirs.answer("decision", "decline")

    assert types(trade).count("order.change-decided") == 1


def test_the_orders_own_buyer_is_told_and_every_buyer_and_administrator_may_decide(trade: Trade) -> None:
    colleague, admin = make.person(trade.brand, "buyer"), make.person(trade.brand, "admin")
    propose(trade, SHORT, buyer=trade.buyer.ref)

    place = str(trade.brand.id)
    told = [len(outbox.notices_of(one.public_id, place)) for one in (trade.buyer, colleague, admin)]
    assert told == [1, 0, 0]
    for one in (trade.buyer, colleague, admin):
        assert len(inbox.waiting_for(make.actor_for(one, trade.brand))) == 1


def test_where_a_brand_has_no_buyer_its_administrators_are_told(trade: Trade) -> None:
    from_now_on = make.person(
        trade.brand, "buyer", ref=trade.buyer.ref, memberships=[{"partner": "self", "role": "admin"}]
    )

    propose(trade, SHORT)

    assert len(outbox.notices_of(from_now_on.public_id, str(trade.brand.id))) == 1


def test_strangers_find_nothing_and_a_reviewer_is_shown_nothing(trade: Trade, buyer: Actor) -> None:
    task = propose(trade, SHORT)
    chat = Chat(buyer, task.public_id)
    elsewhere = make.brand()
    strangers = [
        trade.owner,
        make.actor_for(make.person(elsewhere, "buyer"), elsewhere),
        make.actor_for(make.person(there := make.supplier(trade.brand)), there),
    ]
    for stranger in strangers:
        with pytest.raises(NotFound):
            conversations.begin(stranger, task.public_id)
        with pytest.raises(NotFound):
            conversations.load(stranger, chat.turn.id)
        with pytest.raises(NotFound):
            conversations.answer(stranger, chat.turn.id, 0, [Given("ans_x", "decision", "accept")])
    reviewer = make.actor_for(make.person(trade.brand, "reviewer"), trade.brand)
    assert inbox.waiting_for(reviewer) == []
    with pytest.raises(Forbidden):
        conversations.load(reviewer, chat.turn.id)
    chat.reply("accept").reply(True).is_done()
    assert [len(inbox.history_of(who, None, 10)) for who in (buyer, reviewer)] == [1, 0]


def test_proposal_and_counter_proposal_go_on_until_both_agree(trade: Trade, buyer: Actor) -> None:
    counter_of(trade, buyer)
    again = Chat(trade.owner, open_task(trade, trade.supplier.id).public_id).reply("change")
    again.reply({"10": {"quantity": "92", "reason": "capacity"}}).reply(True).is_done()

    Chat(buyer, open_task(trade, trade.brand.id).public_id).reply("accept").reply(True).is_done()

    assert trade.order("PO-1")["state"] == "confirmed"
    assert lines(trade)[10]["deliveries"] == [{"quantity": "92", "date": "2026-12-25"}]


def test_two_hundred_lines_are_decided_whole_and_named_in_part(trade: Trade, buyer: Actor) -> None:
    Chat(trade.owner, trade.place("PO-1", price="2000", lines=200).public_id).reply("accept").reply(True).is_done()

    chat = Chat(buyer, open_task(trade, trade.brand.id).public_id)
    chat.reply("accept").says("180 more lines").reply(True).is_done().says("180 more lines")

    assert trade.order("PO-1")["state"] == "confirmed"


def test_an_order_is_not_late_for_lines_that_are_off_it(trade: Trade, buyer: Actor) -> None:
    change = {"20": {"decision": "reject", "reason": "material"}}
    Chat(buyer, propose(trade, change).public_id).reply("accept").reply(True).is_done()
    propose(trade, change, "PO-2")
    later = date(2026, 12, 25)

    found = listing.filtered(orders.orders_of(trade.system), listing.OrderFilters(is_late=True), later)

    assert [order.ref for order in found] == ["PO-2"]


def test_the_decision_takes_at_most_thirty_four_statements_however_many_lines(trade: Trade, buyer: Actor) -> None:
    Chat(trade.owner, trade.place("PO-1", price="2000", lines=100).public_id).reply("accept").reply(True).is_done()
    turn = conversations.begin(buyer, open_task(trade, trade.brand.id).public_id).turn
    both = [Given("ans_1", "decision", "accept"), Given("ans_2", "send", True)]
    seen: list[str] = []
    hook = lambda query: seen.append(query.sql)  # noqa: E731 - removed again by identity
    database.proxy.obj.query_hooks.append(hook)

    conversations.answer(buyer, turn.id, 0, both)

    database.proxy.obj.query_hooks.remove(hook)
    assert len(seen) <= 34, "\n".join(seen)


def test_a_decision_left_open_by_a_former_process_version_names_no_why(trade: Trade, buyer: Actor) -> None:
    task = propose(trade, SHORT)
    orders.OrderLine.update(why=None).execute()
    Chat(buyer, task.public_id).reply("accept").reply(True).is_done()


def test_the_flow_passes_its_checks(trade: Trade) -> None:
    propose(trade, BOTH)
    order = orders.load(trade.system, orders.order_by_ref(trade.system, "PO-1").public_id)
    assert problems(FLOW, order) == []
