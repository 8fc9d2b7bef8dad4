"""What a brand's system gets wrong, as the house answers it: one problem document that names every fault at once, with the path
to each, in the reader's language, and nothing stored."""

import json
from datetime import timedelta
from typing import Any

import pytest

from config import clock
from config.ids import new_id
from tests.fire import rows
from tests.fire.doors import Answer, Call, Doors
from tests.fire.worlds import World, due, order_body

PUT = "brand/purchase-orders/PO-bad"


def line(number: int, **changes: Any) -> dict[str, Any]:
    right = {"line": number, "sku": "SKU-S1", "quantity": "10", "unit": "pcs", "price": "1.25", "due_date": due()}
    return {**right, **changes}


@pytest.fixture
def refused(world: World, doors: Doors) -> Any:
    """Sends an order that must be refused whole."""

    def send(body: dict[str, Any], path: str = PUT) -> Answer:
        answer = doors.try_out(Call("PUT", path, body), world.a.key, world.before)
        assert (answer.status, answer.code) == (422, "invalid"), answer.text
        assert answer.changed == frozenset()
        assert all(fault["detail"] for fault in answer.json["errors"])
        return answer

    return send


def yesterday() -> str:
    return (clock.today("Asia/Shanghai") - timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"supplier": "S-nobody"}, ("/supplier", "supplier_unknown")),
        ({"supplier": "D-A"}, ("/supplier", "supplier_unknown")),
        ({"supplier": "S-stopped"}, ("/supplier", "supplier_suspended")),
        ({"currency": "XXX"}, ("/currency", "currency_unknown")),
        ({"currency": "cny"}, ("/currency", "currency_unknown")),
        ({"buyer": "owner-S1"}, ("/buyer", "buyer_unknown")),
        ({"note": "x" * 2_001}, ("/note", "too_long")),
        ({"lines": []}, ("/lines", "list_too_short")),
        ({"state": "confirmed"}, ("/state", "unknown_field")),
    ],
)
def test_a_wrong_head_is_named(refused: Any, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    assert refused({**order_body("S1", "SKU-S1"), **changes}).faults == [fault]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"sku": "SKU-nobody"}, ("/lines/0/sku", "sku_unknown")),
        ({"quantity": "0"}, ("/lines/0/quantity", "too_small")),
        ({"quantity": "-1"}, ("/lines/0/quantity", "too_small")),
        ({"quantity": "1e3"}, ("/lines/0/quantity", "number_malformed")),
        ({"quantity": 1.5}, ("/lines/0/quantity", "number_expected")),
        ({"quantity": "0.0001"}, ("/lines/0/quantity", "too_many_decimals")),
        ({"quantity": "10000000000"}, ("/lines/0/quantity", "too_large")),
        ({"price": "-0.01"}, ("/lines/0/price", "too_small")),
        ({"unit": "kg"}, ("/lines/0/unit", "unit_differs")),
        ({"due_date": "2027-02-30"}, ("/lines/0/due_date", "date_malformed")),
        ({"due_date": "2000-01-02"}, ("/lines/0/due_date", "date_past")),
        ({"due_date": "9999-12-31"}, ("/lines/0/due_date", "date_too_late")),
        ({"line": 0}, ("/lines/0/line", "too_small")),
        ({"colour": "red"}, ("/lines/0/colour", "unknown_field")),
        ({"sku": "../../etc/passwd"}, ("/lines/0/sku", "ref_malformed")),
        ({"unit": "p\u202ecs"}, ("/lines/0/unit", "character_refused")),
    ],
)
def test_a_wrong_line_is_named(refused: Any, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    assert refused(order_body("S1", "SKU-S1", lines=[line(10, **changes)])).faults == [fault]


def test_every_fault_of_a_document_is_named_at_once(refused: Any) -> None:
    lines = [
        line(10, sku="SKU-nobody", quantity="0"),
        line(10, price="a", due_date=yesterday()),
        line(30),
        line(40, quantity="-5", unit="kg"),
    ]
    answer = refused(order_body("S-nobody", "SKU-S1", currency="XXX", lines=lines, priority=1))
    assert sorted(answer.faults) == [
        ("/currency", "currency_unknown"),
        ("/lines/0/quantity", "too_small"),
        ("/lines/0/sku", "sku_unknown"),
        ("/lines/1/due_date", "date_past"),
        ("/lines/1/line", "line_twice"),
        ("/lines/1/price", "number_malformed"),
        ("/lines/3/quantity", "too_small"),
        ("/lines/3/unit", "unit_differs"),
        ("/priority", "unknown_field"),
        ("/supplier", "supplier_unknown"),
    ]


def test_an_order_of_10_001_lines_is_one_fault_and_one_of_10_000_is_read(refused: Any) -> None:
    many = [line(number + 1) for number in range(10_001)]
    assert refused(order_body("S1", "SKU-S1", lines=many)).faults == [("/lines", "list_too_long")]
    wrong = [*many[:9_999], line(10_000, quantity="0")]
    assert refused(order_body("S1", "SKU-S1", lines=wrong)).faults == [("/lines/9999/quantity", "too_small")]


def test_ten_thousand_bad_lines_are_told_in_a_document_one_can_read(refused: Any) -> None:
    wrong = [line(number + 1, quantity="0") for number in range(10_000)]
    answer = refused(order_body("S1", "SKU-S1", lines=wrong))
    assert 100 <= len(answer.faults) <= 1_000
    assert len(answer.text) < 1_000_000


def test_a_sum_beyond_every_trade_is_refused(refused: Any) -> None:
    huge = [line(10, quantity="1000000000", price="10000000")]
    assert refused(order_body("S1", "SKU-S1", lines=huge)).faults == [("/lines", "total_too_large")]


def test_faults_are_told_in_the_readers_language(world: World, doors: Doors) -> None:
    body = order_body("S-nobody", "SKU-S1")
    said = {
        language: doors.send(Call("PUT", PUT, body, headers={"Accept-Language": language}), world.a.key).json
        for language in ("en", "zh")
    }
    assert said["en"]["errors"][0]["detail"] != said["zh"]["errors"][0]["detail"]
    assert said["en"]["errors"][0]["detail"].isascii()


def test_a_bad_change_leaves_the_order_as_it_stood(refused: Any, world: World) -> None:
    bad = order_body("S1", "SKU-S1", lines=[line(10), line(20, quantity="0")])
    refused(bad, f"brand/purchase-orders/{world.ours.open_order}")


def test_a_key_used_for_something_else_is_refused(world: World, doors: Doors) -> None:
    headers = {"Idempotency-Key": new_id("key")}
    path = f"brand/purchase-orders/{world.ours.open_order}/cancel"
    assert doors.send(Call("POST", path, {"reason": "no demand"}, headers=headers), world.a.key).status == 200
    before = rows.held()
    other = doors.send(Call("POST", path, {"reason": "another"}, headers=headers), world.a.key)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert rows.changed(before, rows.held()) == set()


def test_a_field_named_twice_is_refused_before_anybody_chooses_one(world: World, doors: Doors) -> None:
    raw = json.dumps(order_body("S1", "SKU-S1"))[:-1] + ',"currency":"USD"}'
    answer = doors.try_out(Call("PUT", PUT, data=raw.encode()), world.a.key, world.before)
    assert (answer.status, answer.json["reason"], answer.changed) == (400, "duplicate_key", frozenset())


@pytest.mark.parametrize("ref", ["PO 1", "P" * 65, "订单", "PO;1", "%2E%2E", "a%00b"])
def test_a_hostile_reference_makes_nothing(world: World, doors: Doors, ref: str) -> None:
    answer = doors.try_out(
        Call("PUT", f"brand/purchase-orders/{ref}", order_body("S1", "SKU-S1")), world.a.key, world.before
    )
    assert answer.status in {404, 422}
    assert answer.changed == frozenset()
