"""What each kind of input takes, in which form it keeps it, and what it says otherwise."""

from datetime import date
from typing import Any

import pytest

from workflows.engine.inputs import KINDS, InvalidAnswer, merged_rows

TODAY = date(2026, 12, 5)


def both(words: str) -> dict[str, str]:
    return {"en": words, "zh": f"{words}（中）"}


def options(*keys: str) -> list[dict[str, Any]]:
    return [{"key": key, "text": {"en": key.title(), "zh": CHINESE.get(key, key)}} for key in keys]


CHINESE = {"accept": "接受", "change": "修改", "reject": "拒绝", "capacity": "产能不足", "other": "其他"}
DECISION = {"options": options("accept", "change", "reject")}
PIECES = {"unit": {"en": "pcs", "zh": "件"}, "max": "500"}
KILOS = {"unit": "kg", "decimals": 3, "min": "0.5"}
MONEY = {"currency": "CNY"}
PROMISE = {"min": "today", "max": "today+30"}
LINES: dict[str, Any] = {
    "rows": [
        {"key": "10", "text": "Brake disc", "cells": {"decision": "accept", "quantity": "500", "date": "2026-12-10"}},
        {"key": "20", "text": "Bolt", "cells": {"decision": "accept", "quantity": "40", "date": "2026-12-10"}},
    ],
    "columns": [
        {"key": "decision", "kind": "choice", "text": {"en": "Decision", "zh": "决定"}, **DECISION},
        {"key": "quantity", "kind": "quantity", "text": {"en": "Quantity", "zh": "数量"}, **PIECES},
        {"key": "date", "kind": "date", "text": {"en": "Date", "zh": "日期"}, **PROMISE},
        {"key": "quantity_2", "kind": "quantity", "text": both("Quantity 2"), "unit": "pcs", "with": "date_2"},
        {"key": "date_2", "kind": "date", "text": both("Date 2"), "with": "quantity_2"},
        {
            "key": "reason",
            "kind": "choice",
            "text": {"en": "Reason", "zh": "原因"},
            "options": options("capacity", "other"),
            "required_if": {"any": [{"changed": ["quantity", "date"]}, {"cell": "decision", "in": ["reject"]}]},
        },
    ],
    "absent_rows": "keep",
    "min_changed_cells": 1,
}
SEVERAL = {"options": options("capacity", "other", "price"), "max": 2}
PREVIEW = {
    "yes": {"en": "Send", "zh": "发送"},
    "preview": {"id": "prv_1", "text": both("Automatic"), "facts": [["a", "b"]]},
}
SHELF = {"rows": [{"key": "A", "text": "Shelf"}, {"key": "B", "text": "Poster"}], "min": 2, "max": 3}


def parse(kind: str, value: Any, constraints: dict[str, Any]) -> Any:
    return KINDS[kind].parse(value, constraints, TODAY)


def refusal(kind: str, value: Any, constraints: dict[str, Any]) -> InvalidAnswer:
    with pytest.raises(InvalidAnswer) as caught:
        parse(kind, value, constraints)
    return caught.value


TAKEN: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("choice", DECISION, "change", "change"),
    ("choices", SEVERAL, ["other", "capacity", "other"], ["capacity", "other"]),
    ("choices", {**SEVERAL, "min": 0}, [], []),
    ("confirm", {"yes": both("Yes")}, True, True),
    ("confirm", PREVIEW, True, True),
    ("confirm", PREVIEW, {"preview": "prv_1"}, {"preview": "prv_1"}),
    ("quantity", PIECES, "500", "500"),
    ("quantity", PIECES, "007.000", "7"),
    ("quantity", KILOS, "12.500", "12.5"),
    ("quantity", {"unit": "pcs"}, "-0", "0"),
    ("quantity", {"unit": "pcs"}, "999999999999999", "999999999999999"),
    ("amount", MONEY, "1200.50", "1200.5"),
    ("amount", {**MONEY, "min": "-10"}, "-9.99", "-9.99"),
    ("date", PROMISE, "2026-12-05", "2026-12-05"),
    ("date", PROMISE, "2027-01-04", "2027-01-04"),
    ("date", {}, "2024-02-29", "2024-02-29"),
    ("text", {}, "  今天\r\n发货\t好 \u3000", "今天\n发货 好"),
    ("text", {"max_length": 4}, "cafe\u0301", "café"),
    ("text", {"max_length": 3}, "😀😀😀", "😀😀😀"),
    ("photo", {"min": 1, "max": 2}, ["pho_b", "pho_a"], ["pho_b", "pho_a"]),
    ("photo", SHELF, [{"photo": "pho_1", "row": "B"}, {"row": "A", "photo": "pho_2"}],
     [{"photo": "pho_1", "row": "B"}, {"photo": "pho_2", "row": "A"}]),
    ("scan", {"purpose": "receipt"}, {"first_seq": 4, "last_seq": 9.0, "count": 5}, {"first_seq": 4, "last_seq": 9, "count": 5}),
    ("place", {"optional": True}, None, None),
    ("place", {}, {"latitude": 31.2, "longitude": -121.5, "accuracy_m": 12, "system": "gcj02"},
     {"latitude": 31.2, "longitude": -121.5, "accuracy_m": 12, "system": "gcj02"}),
    ("signature", {}, "pho_sig", "pho_sig"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "constraints", "value", "kept"), TAKEN)
def test_a_good_value_is_kept_in_its_one_form(kind: str, constraints: dict[str, Any], value: Any, kept: Any) -> None:
    assert parse(kind, value, constraints) == kept


REFUSED: list[tuple[str, dict[str, Any], Any, str]] = [
    ("note", {}, True, "wrong_type"),
    ("choice", DECISION, "maybe", "unknown_option"),
    ("choice", DECISION, ["accept"], "wrong_type"),
    ("choices", SEVERAL, [], "too_few"),
    ("choices", SEVERAL, ["capacity", "other", "price"], "too_many"),
    ("choices", SEVERAL, [["capacity"]], "wrong_type"),
    ("confirm", PREVIEW, False, "not_confirmed"),
    ("confirm", PREVIEW, {"preview": "prv_0"}, "preview_changed"),
    ("confirm", {"yes": both("Yes")}, {"preview": "prv_1"}, "preview_changed"),
    ("confirm", PREVIEW, 1, "wrong_type"),
    ("quantity", PIECES, "500.5", "too_many_decimals"),
    ("quantity", PIECES, "501", "too_large"),
    ("quantity", PIECES, "-1", "too_small"),
    ("quantity", KILOS, "0.4999", "too_many_decimals"),
    ("quantity", KILOS, "0.499", "too_small"),
    ("quantity", KILOS, "1234567890123456", "too_large"),
    ("quantity", KILOS, "10000000000000000000", "too_large"),
    ("quantity", KILOS, "-10000000000000000000", "too_small"),
    ("quantity", PIECES, 12, "wrong_type"),
    ("quantity", PIECES, float("nan"), "wrong_type"),
    ("quantity", PIECES, "５００", "not_a_number"),
    ("quantity", PIECES, "+5", "not_a_number"),
    ("quantity", PIECES, "1e2", "not_a_number"),
    ("quantity", PIECES, "5.", "not_a_number"),
    ("amount", MONEY, "1.005", "too_many_decimals"),
    ("date", PROMISE, "2026-12-04", "too_early"),
    ("date", PROMISE, "2027-01-05", "too_late"),
    ("date", {}, "2026-02-29", "not_a_date"),
    ("date", {}, "2026-12-5", "not_a_date"),
    ("date", {}, "２０２６-12-05", "not_a_date"),
    ("date", {}, "0000-01-01", "not_a_date"),
    ("text", {}, " \u3000\n", "too_short"),
    ("text", {"max_length": 3}, "abcd", "too_long"),
    ("text", {}, "a\x00b", "bad_characters"),
    ("text", {}, "a\u202eb", "bad_characters"),
    ("text", {}, "a\u2066b", "bad_characters"),
    ("text", {}, "\udc00", "bad_characters"),
    ("photo", {"min": 2}, ["pho_1"], "too_few"),
    ("photo", {"max": 1}, ["pho_1", "pho_2"], "too_many"),
    ("photo", {"max": 3}, ["pho_1", "pho_1"], "duplicate"),
    ("photo", {}, ["../etc"], "wrong_type"),
    ("photo", SHELF, ["pho_1", "pho_2"], "wrong_type"),
    ("photo", SHELF, [{"photo": "pho_1", "row": "C"}, {"photo": "pho_2", "row": "A"}], "unknown_row"),
    ("scan", {}, {"first_seq": 5, "last_seq": 4, "count": 0}, "bad_range"),
    ("scan", {}, {"first_seq": 1, "last_seq": 4, "count": 5}, "bad_range"),
    ("scan", {}, {"first_seq": True, "last_seq": 4, "count": 1}, "wrong_type"),
    ("scan", {}, {"first_seq": 10**19, "last_seq": 10**19, "count": 1}, "wrong_type"),
    ("place", {}, None, "place_needed"),
    ("place", {}, {"latitude": 91, "longitude": 0, "accuracy_m": 1, "system": "wgs84"}, "bad_place"),
    ("place", {}, {"latitude": float("nan"), "longitude": 0, "accuracy_m": 1, "system": "wgs84"}, "bad_place"),
    ("place", {}, {"latitude": 1, "longitude": 0, "accuracy_m": 1, "system": "bd09"}, "wrong_type"),
    ("signature", {}, "sig_1", "wrong_type"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "constraints", "value", "code"), REFUSED)
def test_a_wrong_value_is_refused_for_its_own_reason(
    kind: str, constraints: dict[str, Any], value: Any, code: str
) -> None:
    refused = refusal(kind, value, constraints)
    assert refused.code == code
    assert refused.text.zh
    assert refused.text.en
    assert refused.text.zh != refused.text.en


def test_the_sentence_names_the_limit_in_its_unit_and_says_what_to_do() -> None:
    refused = refusal("quantity", "501", PIECES)
    assert refused.text.en == "At most 500 pcs. Enter a smaller number."
    assert refused.text.zh == "最多 500 件，请填写较小的数量。"
    assert refusal("choice", "no", DECISION).text.zh == "请从中选一项：接受、修改、拒绝。"
    assert refusal("date", "2026-12-01", PROMISE).text.en == "Not before 2026-12-05. Pick a later day."


class TestATable:
    def test_keeps_only_what_was_named_in_its_own_order(self) -> None:
        value = {"20": {"quantity": "40.0", "reason": "other"}, "10": {"reason": "capacity", "quantity": "400"}}
        kept = parse("table", value, LINES)
        assert kept == {"10": {"quantity": "400", "reason": "capacity"}, "20": {"quantity": "40", "reason": "other"}}
        assert list(kept) == ["10", "20"]
        assert list(kept["10"]) == ["quantity", "reason"]

    def test_reads_back_with_what_was_prefilled(self) -> None:
        value = parse("table", {"10": {"quantity": "400", "reason": "capacity"}}, LINES)
        rows = merged_rows(value, LINES)
        assert rows["10"] == {"decision": "accept", "quantity": "400", "date": "2026-12-10", "reason": "capacity"}
        assert rows["20"] == LINES["rows"][1]["cells"]

    def test_does_not_count_a_prefilled_value_as_a_change(self) -> None:
        refused = refusal("table", {"10": {"quantity": "500.0", "date": "2026-12-10"}}, LINES)
        assert refused.code == "too_few_changes"
        assert refused.text.zh == "尚未修改，请至少修改 1 处。"

    def test_asks_for_a_reason_only_where_something_changed_or_was_rejected(self) -> None:
        for row in ({"quantity": "400"}, {"date": "2026-12-11"}, {"decision": "reject"}):
            refused = refusal("table", {"20": row}, LINES)
            assert [(cell.row, cell.column, cell.code) for cell in refused.cells] == [("20", "reason", "cell_missing")]
        assert parse("table", {"20": {"decision": "change"}}, LINES) == {"20": {"decision": "change"}}

    @pytest.mark.parametrize("half", [{"quantity_2": "3"}, {"date_2": "2026-12-20"}])
    def test_wants_both_of_two_columns_that_go_together(self, half: dict[str, str]) -> None:
        refused = refusal("table", {"10": half}, LINES)
        assert refused.code == "cell_missing"
        whole = {"quantity_2": "3", "date_2": "2026-12-20"}
        assert parse("table", {"10": whole}, LINES) == {"10": whole}

    def test_reports_every_bad_cell_and_says_the_first(self) -> None:
        value = {
            "99": {},
            "10": {"quantity": "501", "date": "2026-12-01", "colour": "red"},
            "20": {"decision": None, "quantity": "1e5"},
        }
        refused = refusal("table", value, LINES)
        assert [(cell.row, cell.column, cell.code) for cell in refused.cells] == [
            ("99", None, "unknown_row"),
            ("10", "colour", "unknown_column"),
            ("10", "quantity", "too_large"),
            ("10", "date", "too_early"),
            ("20", "decision", "cell_missing"),
            ("20", "quantity", "not_a_number"),
        ]
        assert refused.text.en == "There is no line 99 here. Reload the list. (5 more to correct.)"
        assert refused.cells[2].text.en == "Brake disc, Quantity: At most 500 pcs. Enter a smaller number."
        assert refused.cells[2].text.zh == "Brake disc，数量：最多 500 件，请填写较小的数量。"

    def test_empties_an_optional_cell_with_null(self) -> None:
        rows = [{"key": "A", "text": "A", "cells": {"note": "old"}}]
        columns = [{"key": "note", "kind": "text", "text": both("Note"), "optional": True}]
        constraints = {"rows": rows, "columns": columns, "min_changed_cells": 1}
        value = parse("table", {"A": {"note": None}}, constraints)
        assert value == {"A": {"note": None}}
        assert merged_rows(value, constraints) == {"A": {"note": None}}

    def test_can_want_every_row_named(self) -> None:
        refused = refusal("table", {"10": {"decision": "change"}}, {**LINES, "absent_rows": "refuse"})
        assert [(cell.row, cell.code) for cell in refused.cells] == [("20", "row_missing")]

    def test_leaves_rows_out_that_were_not_counted(self) -> None:
        constraints = {**LINES, "absent_rows": "none"}
        value = parse("table", {"10": {"decision": "change"}}, constraints)
        assert list(merged_rows(value, constraints)) == ["10"]

    def test_lets_a_row_narrow_a_column_for_itself(self) -> None:
        kilos = {
            "key": "30",
            "text": "Paint",
            "cells": {},
            "constraints": {"quantity": {"unit": "kg", "decimals": 1, "max": "5"}},
        }
        constraints = {"rows": [*LINES["rows"], kilos], "columns": LINES["columns"][1:2]}
        assert parse("table", {"30": {"quantity": "4.5"}}, constraints) == {"30": {"quantity": "4.5"}}
        assert (
            refusal("table", {"30": {"quantity": "6"}}, constraints)
            .cells[0]
            .text.en.startswith("Paint, Quantity: At most 5 kg")
        )
        assert refusal("table", {"10": {"quantity": "4.5"}}, constraints).code == "too_many_decimals"


TYPED: list[tuple[str, dict[str, Any], str, Any]] = [
    ("choice", DECISION, "2", "change"),
    ("choice", DECISION, " 接受 ", "accept"),
    ("choice", DECISION, "REJECT", "reject"),
    ("choices", SEVERAL, "1，其他", ["capacity", "other"]),
    ("choices", {**SEVERAL, "min": 0}, "无", []),
    ("confirm", {"yes": both("Yes")}, "好的。", True),
    ("confirm", PREVIEW, "发送", {"preview": "prv_1"}),
    ("quantity", PIECES, "５００件", "500"),
    ("quantity", {"unit": "pcs"}, "1,200 PCS", "1200"),
    ("quantity", KILOS, "1.5kg", "1.5"),
    ("amount", MONEY, "¥1,200.50", "1200.5"),
    ("amount", MONEY, "88元", "88"),
    ("date", PROMISE, "12月8日", "2026-12-08"),
    ("date", PROMISE, "2026/12/8", "2026-12-08"),
    ("date", PROMISE, "2026年12月8号", "2026-12-08"),
    ("date", PROMISE, "1月3日", "2027-01-03"),
    ("date", {}, "12-1", "2026-12-01"),
    ("date", PROMISE, "明天", "2026-12-06"),
    ("date", PROMISE, "Tomorrow", "2026-12-06"),
    ("date", PROMISE, "３天后", "2026-12-08"),
    ("date", PROMISE, "in 3 days", "2026-12-08"),
    ("text", {}, " 缺料 ", "缺料"),
    ("table", LINES, "10 数量=400 日期：12月8日 原因=产能不足；20 decision=reject, reason=2",
     {"10": {"quantity": "400", "date": "2026-12-08", "reason": "capacity"}, "20": {"decision": "reject", "reason": "other"}}),
    ("table", {**LINES, "min_changed_cells": 0}, "不变", {}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "constraints", "text", "meant"), TYPED)
def test_typed_text_means_what_a_person_would_mean(
    kind: str, constraints: dict[str, Any], text: str, meant: Any
) -> None:
    assert KINDS[kind].parse_text(text, constraints, TODAY) == meant


@pytest.mark.parametrize(
    ("kind", "constraints", "text", "code"),
    [
        ("choice", DECISION, "4", "unknown_option"),
        ("confirm", PREVIEW, "不", "not_confirmed"),
        ("quantity", PIECES, "about 5", "not_a_number"),
        ("quantity", PIECES, "1,20", "not_a_number"),
        ("date", PROMISE, "13月1日", "not_a_date"),
        ("date", PROMISE, "2月30日", "not_a_date"),
        ("table", LINES, "30 quantity=1", "unreadable_line"),
        ("table", LINES, "10 fewer please", "unreadable_line"),
        ("table", LINES, "10 quantity=many", "not_a_number"),
        ("table", LINES, "  ", "unreadable_line"),
        ("photo", {}, "pho_1", "needs_app"),
        ("scan", {}, "1", "needs_app"),
        ("place", {}, "here", "needs_app"),
        ("signature", {}, "x", "needs_app"),
        ("note", {}, "x", "wrong_type"),
    ],
)
def test_typed_text_that_means_nothing_is_refused(kind: str, constraints: dict[str, Any], text: str, code: str) -> None:
    with pytest.raises(InvalidAnswer) as caught:
        KINDS[kind].parse_text(text, constraints, TODAY)
    assert caught.value.code == code


def test_a_value_names_the_records_it_refers_to() -> None:
    assert KINDS["photo"].references([{"photo": "pho_1", "row": "A"}, {"photo": "pho_2", "row": "A"}]) == (
        ("photo", "pho_1"),
        ("photo", "pho_2"),
    )
    assert KINDS["signature"].references("pho_3") == (("photo", "pho_3"),)
    assert KINDS["choice"].references("accept") == ()


@pytest.mark.parametrize(
    ("kind", "constraints", "value", "zh", "en"),
    [
        ("choice", DECISION, "change", "修改", "Change"),
        ("choices", SEVERAL, ["capacity", "other"], "产能不足、其他", "Capacity, Other"),
        ("confirm", PREVIEW, True, "发送", "Send"),
        ("quantity", PIECES, "400", "400 件", "400 pcs"),
        ("amount", MONEY, "12.5", "12.5 CNY", "12.5 CNY"),
        ("table", LINES, {"10": {"quantity": "400"}}, "Brake disc：数量 400 件", "Brake disc: Quantity 400 pcs"),
        ("photo", {}, ["pho_1"], "1 张照片", "1 photo"),
        ("place", {"optional": True}, None, "未提供位置", "No location"),
    ],
)
def test_a_value_reads_like_words(kind: str, constraints: dict[str, Any], value: Any, zh: str, en: str) -> None:
    assert KINDS[kind].as_text(value, constraints, "zh") == zh
    assert KINDS[kind].as_text(value, constraints, "en") == en
