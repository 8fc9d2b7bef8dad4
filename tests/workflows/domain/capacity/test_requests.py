"""A brand asks for capacity: once, each month by itself, or no more."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from config import clock, database
from config.settings import Settings
from notifications import outbox
from notifications.outbox import OutboxRow
from tests import make
from tests.capacity import ask, at, planned, request, request_body, run_clock, task_of
from tests.chat import Chat
from tests.trade import Trade
from workflows.domain import organisations, tasks
from workflows.domain.capacity import months, recurring
from workflows.domain.capacity.records import CapacityItem, CapacityRequest
from workflows.domain.capacity.requesting import ask_again, put_request, withdraw_request
from workflows.domain.documents import ANY_VERSION
from workflows.domain.errors import Conflict, Invalid, NotFound, StaleVersion


def types(trade: Trade) -> list[str]:
    return [event.type for event in trade.events() if event.type.startswith(("capacity", "load"))]


def faults(call: Callable[[], Any]) -> list[tuple[tuple[Any, ...], str]]:
    with pytest.raises(Invalid) as refused:
        call()
    return [(fault.path, fault.code) for fault in refused.value.faults]


def test_a_request_is_a_task_a_notice_and_an_event(trade: Trade) -> None:
    opened = ask(trade)
    task = task_of()
    assert (task.organisation, task.flow, task.subject_id) == (
        trade.supplier.id,
        "capacity-report",
        opened.request.public_id,
    )
    assert task.due_at == datetime(2026, 11, 30, 10, 0, tzinfo=UTC)  # six in the evening in Shanghai
    assert types(trade) == ["capacity.requested"]
    told = {row.recipient for row in OutboxRow.select().where(OutboxRow.about == task.public_id) if row.recipient}
    assert told == {trade.owner.person, trade.clerk.person}


def test_the_same_content_again_changes_nothing_even_when_its_dates_have_passed(trade: Trade) -> None:
    ask(trade)
    with clock.frozen(clock.now() + timedelta(days=60)):
        again = put_request(trade.system, "CAP-1", request_body())
    assert (again.is_new, again.opened.request.version) == (False, 1)
    assert tasks.Task.select().count() == 1
    assert types(trade) == ["capacity.requested"]


def test_a_changed_request_supersedes_the_task_and_keeps_what_was_filled_in(trade: Trade) -> None:
    ask(trade)
    chat = Chat(trade.owner, task_of().public_id).reply({"sku_A": {"m2026_12": "7"}, "sku_B": {"m2027_01": "8"}})
    ask(trade, items=["A", "C"])
    with pytest.raises(Conflict, match="superseded"):
        chat.reply("green_5")
    then = Chat(trade.owner, task_of().public_id).says("Added: C", "No longer asked: B")
    assert "plan" not in then.turn.answers  # it named a product that is no longer asked about: looked at again
    assert types(trade) == ["capacity.requested", "capacity.request-changed"]


def test_another_supplier_gets_it_and_the_former_is_told(trade: Trade) -> None:
    make.supplier(trade.brand, "S2")
    ask(trade)
    ask(trade, supplier="S2")
    assert [task.state for task in tasks.Task.select().order_by(tasks.Task.id)] == ["superseded", "open"]
    told = [row.recipient for row in OutboxRow.select().where(OutboxRow.kind == "result")]
    assert set(told) == {trade.owner.person, trade.clerk.person}


def test_an_older_version_is_not_written_over(trade: Trade) -> None:
    ask(trade)
    ask(trade, months=2)
    with pytest.raises(StaleVersion):
        put_request(trade.system, "CAP-1", request_body(months=1), version=1)


def test_an_edit_of_a_request_that_is_not_there_is_told_and_any_version_may_be_replaced(trade: Trade) -> None:
    for version in (1, ANY_VERSION):
        with pytest.raises(StaleVersion):
            put_request(trade.system, "CAP-1", request_body(), version)
    ask(trade)
    assert put_request(trade.system, "CAP-1", request_body(months=2), ANY_VERSION).opened.request.version == 2


def test_what_is_changed_after_its_time_leaves_as_long_to_answer_as_the_first_time(trade: Trade) -> None:
    ask(trade)
    with at("2026-12-15T10:00:00+08:00"):
        ask(trade, note="The new moulds too, please")
    assert task_of().due_at == datetime(2026, 12, 23, 10, 0, tzinfo=UTC)  # eight days, as from the 22nd to the 30th


def test_withdrawn_it_closes_the_task_and_stays_withdrawn(trade: Trade) -> None:
    ask(trade)
    withdraw_request(trade.system, "CAP-1")
    assert withdraw_request(trade.system, "CAP-1").request.version == 2
    assert tasks.Task.get().state == "cancelled"
    assert types(trade) == ["capacity.requested", "capacity.request-withdrawn"]
    with pytest.raises(Conflict, match="capacity_request_withdrawn"):
        ask(trade, months=2)
    ask_the_same = put_request(trade.system, "CAP-1", request_body())
    assert ask_the_same.opened.request.state == "withdrawn"


def test_another_brands_request_is_unknown(trade: Trade) -> None:
    ask(trade)
    other = make.system_actor(make.brand())
    with pytest.raises(NotFound):
        withdraw_request(other, "CAP-1")
    assert faults(lambda: put_request(other, "CAP-1", request_body())) == [
        (("supplier",), "supplier_unknown"),
        (("items", 0), "sku_unknown"),
        (("items", 1), "sku_unknown"),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"items": []}, (("items",), "list_too_short")),
        ({"items": "A"}, (("items",), "list_expected")),
        ({"items": ["A", "A"]}, (("items", 1), "sku_twice")),
        ({"items": ["A", 7]}, (("items", 1), "text_expected")),
        ({"months": 0}, (("months",), "too_small")),
        ({"months": 13}, (("months",), "too_large")),
        ({"first_month": "2026-10"}, (("first_month",), "month_out_of_range")),
        ({"first_month": "2028-12"}, (("first_month",), "month_out_of_range")),
        ({"first_month": "2026-13"}, (("first_month",), "month_malformed")),
        ({"first_month": "9999-12"}, (("first_month",), "month_out_of_range")),
        ({"due_date": "2026-11-21"}, (("due_date",), "date_past")),
        ({"recurs_on_day": 32}, (("recurs_on_day",), "too_large")),
        ({"supplier": "nobody"}, (("supplier",), "supplier_unknown")),
        ({"priority": 1}, (("priority",), "unknown_field")),
    ],
)
def test_a_fault_is_named(trade: Trade, changes: dict[str, Any], expected: tuple[Any, str]) -> None:
    assert faults(lambda: ask(trade, **changes)) == [expected]
    assert CapacityRequest.select().count() == 0


def test_more_figures_than_a_person_reads_are_two_requests(trade: Trade) -> None:
    skus = [make.product(trade.brand, f"M-{number}").sku for number in range(51)]
    assert faults(lambda: ask(trade, items=skus, months=12)) == [(("items",), "too_many_figures")]


def test_without_a_first_month_it_is_this_month_at_the_suppliers_place(trade: Trade) -> None:
    with at("2026-11-30T20:00:00+00:00"):  # the first of December in Shanghai
        assert ask(trade, first_month=None, due_date="2026-12-05").request.asked[0] == date(2026, 12, 1)


def test_a_product_that_is_asked_about_is_kept(trade: Trade) -> None:
    ask(trade)
    assert [item.product.sku for item in CapacityItem.select().order_by(CapacityItem.place)] == ["A", "B"]


class TestEachMonth:
    def test_the_next_one_is_planned_for_nine_in_the_morning_on_its_day(self, trade: Trade) -> None:
        ask(trade, recurs_on_day=25)
        assert planned() == [(datetime(2026, 12, 25, 1, 0, tzinfo=UTC), "due")]
        assert request().next_at == datetime(2026, 12, 25, 1, 0, tzinfo=UTC)

    def test_it_opens_at_that_moment_and_not_one_earlier(self, trade: Trade, settings: Settings) -> None:
        ask(trade, recurs_on_day=25)
        with at("2026-12-25T08:59:59+08:00"):
            assert run_clock(settings) == 0
        with at("2026-12-25T09:00:00+08:00"):
            assert run_clock(settings) == 1
            assert run_clock(settings) == 0
        asked = request()
        assert [months.text(month) for month in asked.asked] == ["2027-01", "2027-02", "2027-03"]
        assert asked.due_at == datetime(2027, 1, 2, 10, 0, tzinfo=UTC)  # eight days to answer, as the first time
        assert [task.state for task in tasks.Task.select().order_by(tasks.Task.id)] == ["superseded", "open"]
        assert types(trade) == ["capacity.requested", "capacity.requested"]
        assert planned() == [
            (datetime(2026, 12, 25, 1, 0, tzinfo=UTC), "sent"),
            (datetime(2027, 1, 25, 1, 0, tzinfo=UTC), "due"),
        ]

    def test_the_thirty_first_is_the_last_day_of_a_shorter_month(self, trade: Trade, settings: Settings) -> None:
        ask(trade, recurs_on_day=31)
        opened = []
        for _ in range(6):
            opened.append(request().next_at)
            with clock.frozen(opened[-1] or clock.now()):
                run_clock(settings)
        assert [f"{one:%m-%d %H}" for one in opened if one] == [
            "12-31 01",
            "01-31 01",
            "02-28 01",
            "03-31 01",
            "04-30 01",
            "05-31 01",
        ]

    def test_it_is_nine_there_in_summer_and_in_winter(self, trade: Trade, settings: Settings) -> None:
        make.supplier(trade.brand, "S2", time_zone="Europe/Berlin")
        with at("2027-02-20T12:00:00+00:00"):
            ask(trade, supplier="S2", recurs_on_day=31, first_month="2027-03", due_date="2027-02-25")
        with at("2027-03-31T06:59:59+00:00"):
            assert run_clock(settings) == 0
        with at("2027-03-31T07:00:00+00:00"):  # summer time has begun on the 28th
            assert run_clock(settings) == 1
        assert planned()[-1][0] == datetime(2027, 4, 30, 7, 0, tzinfo=UTC)

    def test_a_row_that_runs_twice_asks_once(self, trade: Trade, settings: Settings) -> None:
        ask(trade, recurs_on_day=25)
        with at("2026-12-25T09:00:00+08:00"):
            run_clock(settings)
            row = OutboxRow.get(OutboxRow.queue == f"internal:{recurring.QUEUE}")
            ask_again(row.payload)
        assert types(trade) == ["capacity.requested", "capacity.requested"]
        assert len(planned()) == 2

    def test_a_clock_that_was_down_for_two_months_asks_for_the_present_one_only(
        self, trade: Trade, settings: Settings
    ) -> None:
        ask(trade, recurs_on_day=25)
        with at("2027-03-10T12:00:00+08:00"):
            run_clock(settings)
        asked = request()
        assert months.text(asked.asked[0]) == "2027-03"  # February's, asked since the 25th
        assert asked.due_at == datetime(2027, 3, 18, 10, 0, tzinfo=UTC)
        assert planned()[-1] == (datetime(2027, 3, 25, 1, 0, tzinfo=UTC), "due")
        assert types(trade) == ["capacity.requested", "capacity.requested"]

    def test_what_was_reported_is_filled_in_and_asked_anew(self, trade: Trade, settings: Settings) -> None:
        ask(trade, recurs_on_day=25)
        figures = {"m2026_12": "5", "m2027_01": "6", "m2027_02": "7"}
        Chat(trade.owner, task_of().public_id).reply({"sku_A": figures}).reply("green_5").is_done()
        assert planned()[-1][1] == "due"  # a report changes nothing about the months to come
        with at("2026-12-25T09:00:00+08:00"):
            run_clock(settings)
            Chat(trade.owner, task_of().public_id).says("6 / 7 / 7 (2026-11-22)")

    def test_the_unanswered_month_goes_on_with_what_was_filled_in(self, trade: Trade, settings: Settings) -> None:
        ask(trade, recurs_on_day=25, months=3)
        Chat(trade.owner, task_of().public_id).reply({"sku_A": {"m2027_01": "6"}})
        with at("2026-12-25T09:00:00+08:00"):
            run_clock(settings)
            turn = Chat(trade.owner, task_of().public_id).says("from Jan 2027 on").turn
        assert turn.answers["plan"].value == {"sku_A": {"m2027_01": "6"}}

    def test_withdrawn_it_is_never_asked_again_in_the_same_transaction(self, trade: Trade, settings: Settings) -> None:
        ask(trade, recurs_on_day=25)

        def break_off() -> None:
            with database.transaction():
                withdraw_request(trade.system, "CAP-1")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            break_off()
        assert planned()[-1][1] == "due"
        withdraw_request(trade.system, "CAP-1")
        assert planned()[-1][1] == "cancelled"
        with at("2026-12-25T09:00:00+08:00"):
            assert run_clock(settings) == 0

    def test_another_day_is_planned_instead(self, trade: Trade) -> None:
        ask(trade, recurs_on_day=25)
        ask(trade, recurs_on_day=5)
        ask(trade, recurs_on_day=25)
        ask(trade, recurs_on_day=None)
        assert [state for _, state in planned()] == ["cancelled", "cancelled", "cancelled"]
        assert request().next_at is None

    def test_a_change_in_between_keeps_the_months_that_are_asked(self, trade: Trade, settings: Settings) -> None:
        ask(trade, recurs_on_day=25)
        with at("2026-12-25T09:00:00+08:00"):
            run_clock(settings)
            ask(trade, recurs_on_day=25, items=["A"])
        assert request().asked[0] == date(2027, 1, 1)
        assert [state for _, state in planned()] == ["sent", "cancelled", "due"]

    def test_another_time_to_answer_leads_nobody_back_to_the_months_of_the_first_time(
        self, trade: Trade, settings: Settings
    ) -> None:
        ask(trade, recurs_on_day=5)
        with at("2027-04-15T10:00:00+08:00"):
            run_clock(settings)
            ask(trade, recurs_on_day=5, due_date="2027-04-20")
        assert [months.text(month) for month in request().asked] == ["2027-05", "2027-06", "2027-07"]
        with at("2027-05-05T09:00:00+08:00"):
            run_clock(settings)
        assert months.text(request().asked_month) == "2027-06"

    def test_once_asked_the_months_stay_those_that_were_named(self, trade: Trade) -> None:
        ask(trade)
        with at("2027-01-15T10:00:00+08:00"):
            ask(trade, due_date="2027-01-20")
        assert months.text(request().asked_month) == "2026-12"

    def test_a_suspended_supplier_is_not_asked_and_the_months_go_on(self, trade: Trade, settings: Settings) -> None:
        ask(trade, recurs_on_day=25)
        organisations.suspend_partner(trade.system, "S1")
        with at("2026-12-25T09:00:00+08:00"):
            run_clock(settings)
        assert types(trade) == ["capacity.requested"]
        assert planned()[-1] == (datetime(2027, 1, 25, 1, 0, tzinfo=UTC), "due")

    def test_a_supplier_that_moved_to_where_it_is_still_night_is_asked_at_nine_there(
        self, trade: Trade, settings: Settings
    ) -> None:
        ask(trade, recurs_on_day=25)
        make.supplier(trade.brand, "S1", time_zone="Europe/Berlin")
        with at("2026-12-25T09:00:00+08:00"):
            run_clock(settings)
        assert types(trade) == ["capacity.requested"]
        with at("2026-12-25T09:00:00+01:00"):
            run_clock(settings)
        assert types(trade) == ["capacity.requested", "capacity.requested"]

    def test_an_operator_who_runs_an_old_row_again_asks_nothing(self, trade: Trade, settings: Settings) -> None:
        ask(trade, recurs_on_day=25)
        withdraw_request(trade.system, "CAP-1")
        row = OutboxRow.get(OutboxRow.queue == f"internal:{recurring.QUEUE}")
        OutboxRow.update(state="dead").where(OutboxRow.id == row.id).execute()
        with at("2026-12-26T09:00:00+08:00"):
            assert outbox.retry(row.public_id)
            assert run_clock(settings) == 1
        assert types(trade) == ["capacity.requested", "capacity.request-withdrawn"]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia"])
@pytest.mark.parametrize("day", [1, 29, 30, 31])
def test_every_month_has_its_day_at_nine_whatever_the_clocks_there_do(zone: str, day: int) -> None:
    for month in months.run(date(2027, 1, 1), 36):
        moment = recurring.opens_at(month, day, zone)
        with clock.frozen(moment):
            assert clock.today(zone) == months.day_in(month, day)
        with clock.frozen(moment - timedelta(hours=9, seconds=1)):
            assert clock.today(zone) <= months.day_in(month, day)
