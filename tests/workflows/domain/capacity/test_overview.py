"""Capacity against open orders: the plan, what is ordered for each month, and what is missing."""

from datetime import timedelta
from typing import Any

import pytest

from config import clock, database
from tests import make
from tests.capacity import ask, at, rows_of, task_of
from tests.chat import Chat
from tests.trade import Trade
from workflows.domain.capacity.records import Load
from workflows.domain.capacity.reporting import report_load
from workflows.domain.errors import Invalid
from workflows.domain.purchasing.placing import cancel_order, place_order


def report(trade: Trade, figures: dict[str, dict[str, str]], **asked: Any) -> None:
    """The supplier's plan, by sku and month `12`, `01` …"""
    ask(trade, **asked)
    said = {f"sku_{sku}": {_column(month): one for month, one in of.items()} for sku, of in figures.items()}
    Chat(trade.owner, task_of(asked.get("ref", "CAP-1")).public_id).reply(said).reply("amber_10").is_done()


def _column(month: str) -> str:
    return f"m{2026 if month >= '11' else 2027}_{month}"


def order(trade: Trade, ref: str, *lines: tuple[str, str, str], supplier: str = "S1") -> str:
    """An order of (sku, quantity, due date)."""
    rows = [
        {"line": number, "sku": sku, "quantity": quantity, "price": "1", "due_date": due}
        for number, (sku, quantity, due) in enumerate(lines, start=1)
    ]
    place_order(trade.system, ref, {"supplier": supplier, "currency": "CNY", "lines": rows})
    return task_of(ref).public_id


def figures(rows: list[dict[str, Any]]) -> list[tuple[str, str, str | None, str, str | None]]:
    return [(row["sku"], row["month"], row["plan"], row["open_orders"], row["gap"]) for row in rows]


def test_the_gap_is_the_plan_less_what_is_ordered(trade: Trade) -> None:
    report(trade, {"A": {"12": "100", "01": "40"}, "B": {"12": "7.5"}})
    order(trade, "PO-1", ("A", "60", "2026-12-05"), ("A", "70.5", "2026-12-31"), ("C", "9", "2027-01-01"))
    assert figures(rows_of(trade)) == [
        ("A", "2026-12", "100", "130.5", "-30.5"),
        ("A", "2027-01", "40", "0", "40"),
        ("B", "2026-12", "7.5", "0", "7.5"),
        ("C", "2027-01", None, "9", None),
    ]


def test_an_agreed_delivery_counts_in_the_month_it_is_promised_for_part_by_part(trade: Trade) -> None:
    trade.rule(short_percent="90", late_days=90)
    task = order(trade, "PO-1", ("A", "100", "2026-12-20"))
    split = {"1": {"quantity": "30", "quantity_2": "50", "date_2": "2027-01-10", "reason": "capacity"}}
    Chat(trade.owner, task).reply("change").reply(split).reply(True).is_done()
    assert figures(rows_of(trade)) == [("A", "2026-12", None, "30", None), ("A", "2027-01", None, "50", None)]


def test_a_proposal_counts_as_ordered_until_it_is_agreed(trade: Trade) -> None:
    task = order(trade, "PO-1", ("A", "100", "2026-12-20"))
    Chat(trade.owner, task).reply("change").reply({"1": {"date": "2027-01-10", "reason": "capacity"}}).reply(True)
    assert figures(rows_of(trade)) == [("A", "2026-12", None, "100", None)]


def test_what_was_cancelled_or_rejected_is_not_ordered(trade: Trade) -> None:
    order(trade, "PO-1", ("A", "100", "2026-12-20"))
    rejected = order(trade, "PO-2", ("A", "10", "2026-12-20"))
    Chat(trade.owner, rejected).reply("reject").reply("price").reply(True).is_done()
    cancel_order(trade.system, "PO-1", "Season over")
    assert rows_of(trade) == []


def test_figures_in_another_unit_are_a_row_of_their_own(trade: Trade) -> None:
    order(trade, "PO-1", ("A", "100", "2026-12-20"))
    make.product(trade.brand, "A", unit="kg")
    order(trade, "PO-2", ("A", "5", "2026-12-21"))
    assert [(row["unit"], row["open_orders"]) for row in rows_of(trade)] == [("kg", "5"), ("pcs", "100")]


def test_the_load_and_the_ages_stand_beside_the_plan(trade: Trade) -> None:
    report(trade, {"A": {"12": "100"}})
    with clock.frozen(clock.now() + timedelta(days=3, hours=5)):
        report_load(trade.owner, Load("red", 30))
    with clock.frozen(clock.now() + timedelta(days=9, hours=1)):
        row = rows_of(trade)[0]
    assert (row["plan_age_days"], row["load"]["age_days"]) == (9, 5)
    assert (row["load"]["colour"], row["load"]["backlog_days"]) == ("red", 30)


def test_this_month_is_the_brands_own(trade: Trade) -> None:
    order(trade, "PO-1", ("A", "1", "2026-11-30"), ("A", "2", "2026-12-01"))
    with at("2026-11-30T15:59:59+00:00"):
        assert [row["month"] for row in rows_of(trade)] == ["2026-11", "2026-12"]
    with at("2026-11-30T16:00:00+00:00"):  # midnight in Shanghai
        assert [row["month"] for row in rows_of(trade)] == ["2026-12"]


def test_it_is_narrowed_by_supplier_sku_and_months(trade: Trade) -> None:
    make.supplier(trade.brand, "S2")
    order(trade, "PO-1", ("A", "1", "2026-12-05"), ("B", "2", "2027-01-05"))
    order(trade, "PO-2", ("A", "3", "2026-12-05"), supplier="S2")
    assert [row["open_orders"] for row in rows_of(trade, supplier="S2")] == ["3"]
    assert [row["open_orders"] for row in rows_of(trade, sku="A")] == ["1", "3"]
    assert [row["open_orders"] for row in rows_of(trade, first="2027-01", last="2027-01")] == ["2"]
    assert rows_of(trade, supplier="nobody") == rows_of(trade, sku="no such") == []


@pytest.mark.parametrize(("first", "last"), [("2027-01", "2026-12"), ("2026-12", "2028-12"), ("12/2026", None)])
def test_months_that_make_no_sense_are_refused(trade: Trade, first: str, last: str | None) -> None:
    with pytest.raises(Invalid):
        rows_of(trade, first=first, last=last)


def test_another_brand_sees_none_of_it(trade: Trade) -> None:
    report(trade, {"A": {"12": "100"}})
    trade.system = make.system_actor(make.brand())
    assert rows_of(trade) == []


def test_every_row_comes_once_however_it_is_paged_and_in_few_statements(trade: Trade) -> None:
    report(trade, {sku: {"12": "1", "01": "2", "02": "3"} for sku in "ABC"}, items=["A", "B", "C"])
    order(trade, "PO-1", *((sku, "1", day) for sku in "ABC" for day in ("2026-12-05", "2027-03-05")))
    seen: list[str] = []
    hook = lambda query: seen.append(query.sql)  # noqa: E731 - removed again by identity
    database.proxy.obj.query_hooks.append(hook)
    rows = rows_of(trade)  # in pages of two
    database.proxy.obj.query_hooks.remove(hook)
    assert [(row["sku"], row["month"]) for row in rows] == [
        (sku, month) for sku in "ABC" for month in ("2026-12", "2027-01", "2027-02", "2027-03")
    ]
    assert len(seen) <= 6 * 9
