"""A supplier reports capacity: a table it only corrects, and its load in one tap; through both doors."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from config import clock, database
from notifications.outbox import OutboxRow
from tests import make
from tests.capacity import ask, request, task_of
from tests.chat import Chat
from tests.trade import Trade
from workflows.domain.capacity.records import CapacityPlan, SupplierLoad
from workflows.domain.capacity.requesting import withdraw_request
from workflows.domain.errors import Conflict, NotFound
from workflows.domain.tasks import Task
from workflows.engine import conversations, inbox, starting
from workflows.engine.run import Given

DECEMBER, JANUARY = date(2026, 12, 1), date(2027, 1, 1)


def plan(trade: Trade, sku: str = "A") -> dict[date, int]:
    """What is stored of a product, in thousandths."""
    product = make.product(trade.brand, sku)
    return {row.month: row.quantity for row in CapacityPlan.select().where(CapacityPlan.product == product.id)}


def reported(trade: Trade) -> Chat:
    """A first report of product A."""
    said = {"sku_A": {"m2026_12": "500", "m2027_01": "480.5", "m2027_02": "0"}}
    return Chat(trade.owner, task_of().public_id).reply(said).reply("green_5").is_done()


@pytest.mark.parametrize("door", ["json", "text"])
def test_a_report_is_stored_read_back_and_told(trade: Trade, door: str) -> None:
    ask(trade)
    chat = Chat(trade.owner, task_of().public_id, door)
    chat.says("Report capacity, Dec 2026 to Feb 2027", "Leave empty what you cannot say yet")
    chat.reply({"sku_A": {"m2026_12": "500", "m2027_01": "0"}}, typed="sku_A 2026-12=500 2027-01=0")
    chat.says("How busy are you right now?").reply("amber_10", typed="3")
    chat.is_done().says("A: 500 / 0 / – pcs", "B: – / – / – pcs", "Amber: about 10 days behind")
    assert plan(trade) == {DECEMBER: 500_000, JANUARY: 0}
    load = SupplierLoad.get()
    assert (load.colour, load.backlog_days, load.reported_by) == ("amber", 10, trade.owner.person)
    assert request().state == "reported"
    assert task_states() == ["done"]
    assert [event.type for event in trade.events()][-2:] == ["capacity.reported", "load.reported"]
    said = [{"month": "2026-12", "quantity": "500"}, {"month": "2027-01", "quantity": "0"}]
    assert trade.events()[-2].data["items"][0] == {"sku": "A", "unit": "pcs", "plan": said}
    assert {row.recipient for row in OutboxRow.select().where(OutboxRow.kind == "result")} == {trade.buyer.public_id}


def task_states() -> list[str]:
    return [task.state for task in Task.select().order_by(Task.id)]


def test_what_was_reported_before_is_filled_in_and_kept_where_it_is_not_touched(trade: Trade) -> None:
    ask(trade)
    reported(trade)
    ask(trade, "CAP-2", items=["A"], months=4)
    chat = Chat(trade.owner, task_of("CAP-2").public_id).says("500 / 480.5 / 0 / 0 (2026-11-22)")
    chat.reply({"sku_A": {"m2027_01": "450", "m2027_03": None}}).reply("green_0").is_done()
    assert plan(trade) == {DECEMBER: 500_000, JANUARY: 450_000, date(2027, 2, 1): 0}


def test_a_figure_taken_out_is_no_longer_said(trade: Trade) -> None:
    ask(trade)
    reported(trade)
    ask(trade, "CAP-2")
    Chat(trade.owner, task_of("CAP-2").public_id).reply({"sku_A": {"m2026_12": None}}).reply("green_0").is_done()
    assert DECEMBER not in plan(trade)


def test_a_report_that_says_nothing_is_asked_again(trade: Trade) -> None:
    ask(trade)
    Chat(trade.owner, task_of().public_id).reply({}).is_refused("nothing_stated")


def test_a_figure_below_zero_or_too_fine_is_refused_by_its_cell(trade: Trade) -> None:
    ask(trade)
    said = {"sku_A": {"m2026_12": "-1"}, "sku_B": {"m2026_12": "0.0001"}}
    chat = Chat(trade.owner, task_of().public_id).reply(said)
    assert chat.turn.rejection is not None
    assert [(cell.row, cell.column) for cell in chat.turn.rejection.cells] == [
        ("sku_A", "m2026_12"),
        ("sku_B", "m2026_12"),
    ]


def test_each_product_is_asked_in_its_own_unit(trade: Trade) -> None:
    make.product(trade.brand, "B", unit="kg")
    ask(trade)
    chat = Chat(trade.owner, task_of().public_id)
    chat.reply({"sku_A": {"m2026_12": "1"}, "sku_B": {"m2026_12": "2"}}).reply("green_0").says("A: 1 /", "kg")
    assert {row.unit for row in CapacityPlan.select()} == {"pcs", "kg"}


def test_nothing_in_a_unit_that_is_no_longer_used_is_filled_in(trade: Trade) -> None:
    ask(trade)
    reported(trade)
    make.product(trade.brand, "A", unit="kg")
    ask(trade, "CAP-2", items=["A"])
    assert Chat(trade.owner, task_of("CAP-2").public_id).turn.ask.constraints["rows"][0]["cells"] == {}  # type: ignore[union-attr]


def test_figures_stay_in_the_unit_in_which_they_were_asked(trade: Trade) -> None:
    ask(trade)
    chat = Chat(trade.owner, task_of().public_id).reply({"sku_A": {"m2026_12": "5"}})
    make.product(trade.brand, "A", unit="kg")
    chat.reply("green_0").is_done().says("A: 5 / – / – pcs")
    assert CapacityPlan.get().unit == "pcs"
    told = next(event for event in trade.events() if event.type == "capacity.reported")
    assert told.data["items"][0]["unit"] == "pcs"


def test_a_late_report_is_still_welcome(trade: Trade) -> None:
    ask(trade)
    with clock.frozen(clock.now() + timedelta(days=40)):
        reported(trade)
    assert request().state == "reported"


def test_two_colleagues_have_one_conversation_and_the_second_last_tap_sees_the_first_result(trade: Trade) -> None:
    ask(trade)
    mine = Chat(trade.owner, task_of().public_id).reply({"sku_A": {"m2026_12": "5"}})
    hers = conversations.begin(trade.clerk, task_of().public_id).turn
    assert hers.id == mine.turn.id
    mine.reply("green_0").is_done()
    with pytest.raises(Conflict, match="already_answered"):
        conversations.answer(trade.clerk, hers.id, hers.revision, [Given("ans_hers", "load", "red_30")])
    assert SupplierLoad.get().colour == "green"


def test_two_last_taps_at_the_same_moment_are_one_report(trade: Trade) -> None:
    ask(trade)
    turn = Chat(trade.owner, task_of().public_id).reply({"sku_A": {"m2026_12": "5"}}).turn

    def tap(number: int) -> str:
        actor, key = ((trade.owner, "green_0"), (trade.clerk, "red_30"))[number % 2]
        with database.connection():
            try:
                given = [Given(f"ans_last_{number}", "load", key)]
                return conversations.answer(actor, turn.id, turn.revision, given).state
            except Conflict as refused:
                return refused.code

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(tap, range(8)))
    assert said.count("done") >= 1
    assert set(said) <= {"done", "already_answered", "stale_revision"}
    assert [event.type for event in trade.events()].count("capacity.reported") == 1


def test_withdrawn_meanwhile_it_ends_and_says_so(trade: Trade) -> None:
    ask(trade)
    chat = Chat(trade.owner, task_of().public_id).reply({"sku_A": {"m2026_12": "5"}})
    withdraw_request(trade.system, "CAP-1")
    with pytest.raises(Conflict, match="superseded"):
        chat.reply("green_0")
    assert "withdrawn" in conversations.load(trade.owner, chat.turn.id).messages[-1].text.en
    assert CapacityPlan.select().count() == 0


def test_a_stranger_finds_nothing(trade: Trade) -> None:
    opened = ask(trade)
    other = make.supplier(trade.brand, "S2")
    stranger = make.actor_for(make.person(other), other)
    with pytest.raises(NotFound):
        conversations.begin(stranger, task_of().public_id)
    with pytest.raises(NotFound):
        starting.start(stranger, "capacity-report", opened.request.public_id)
    assert starting.offered(stranger, "capacity-report", None, 9, has_steps=False) == []


class TestOfOnesOwn:
    def test_what_was_reported_can_be_corrected_without_being_asked(self, trade: Trade) -> None:
        opened = ask(trade)
        reported(trade)
        turn = starting.start(trade.clerk, "capacity-report", opened.request.public_id).turn
        said = [Given("a1", "plan", {"sku_A": {"m2026_12": "300"}}), Given("a2", "load", "red_30")]
        assert conversations.answer(trade.clerk, turn.id, 0, said).state == "done"
        assert plan(trade)[DECEMBER] == 300_000
        assert [event.type for event in trade.events()].count("capacity.reported") == 2

    def test_what_was_left_open_stays_open_in_a_correction(self, trade: Trade) -> None:
        opened = ask(trade)
        Chat(trade.owner, task_of().public_id).reply({"sku_A": {"m2026_12": "5"}}).reply("green_0").is_done()
        turn = starting.start(trade.owner, "capacity-report", opened.request.public_id).turn
        said = [Given("a1", "plan", {"sku_B": {"m2026_12": "7"}}), Given("a2", "load", "red_30")]
        assert conversations.answer(trade.owner, turn.id, 0, said).state == "done"
        assert plan(trade) == {DECEMBER: 5_000}

    def test_while_it_is_asked_the_task_is_what_one_starts(self, trade: Trade) -> None:
        opened = ask(trade)
        turn = starting.start(trade.owner, "capacity-report", opened.request.public_id).turn
        assert conversations.begin(trade.clerk, task_of().public_id).turn.id == turn.id

    def test_steps_kept_before_somebody_reported_store_nothing_that_was_not_seen(self, trade: Trade) -> None:
        ask(trade)
        task = task_of().public_id
        kept = inbox.templates_for(trade.clerk, inbox.waiting_for(trade.clerk))[task]
        reported(trade)
        begun = starting.start(trade.clerk, "capacity-report", request().public_id, "cnv_phone", kept.id)
        assert begun.turn.state == "superseded"
        assert plan(trade)[DECEMBER] == 500_000


def test_what_another_request_reported_meanwhile_does_not_change_what_was_read(trade: Trade) -> None:
    """An untouched figure is stored as the person read it, whatever was reported of the product since."""
    ask(trade)
    reported(trade)
    ask(trade, "CAP-2", items=["A"])
    chat = Chat(trade.clerk, task_of("CAP-2").public_id).says("500 / 480.5 / 0")
    turn = starting.start(trade.owner, "capacity-report", request("CAP-1").public_id).turn
    said = [Given("a1", "plan", {"sku_A": {"m2026_12": "1"}}), Given("a2", "load", "red_30")]
    conversations.answer(trade.owner, turn.id, 0, said)
    chat.reply({"sku_A": {"m2027_01": "2"}}).reply("green_0").is_done()
    assert plan(trade) == {DECEMBER: 500_000, JANUARY: 2_000, date(2027, 2, 1): 0}
