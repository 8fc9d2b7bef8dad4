"""Values from outside: what is taken, what is refused, and that all faults come at once."""

from datetime import date

import pytest

from workflows.domain import amounts
from workflows.domain.documents import Faults
from workflows.domain.errors import Invalid


def _code_of(faults: Faults) -> str:
    (fault,) = faults.found
    return fault.code


def test_a_text_comes_out_trimmed_and_composed() -> None:
    assert Faults().text(("name",), "  Cafe\u0301 上海 ") == "Café 上海"


@pytest.mark.parametrize(
    "hostile",
    [
        "a\0b",
        "a\x1bb",
        "a\x7fb",
        "a\x85b",
        "\ud800",
        "x\u202ey",
        "x\u2066y",
        "a\nb",
        "a\u2028b",
        "\ufffe",
        "\U0001fffe",
    ],
)
def test_invisible_and_broken_characters_are_refused(hostile: str) -> None:
    faults = Faults()
    assert faults.text(("name",), hostile) is None
    assert _code_of(faults) == "character_refused"


@pytest.mark.parametrize("blank", ["", "   ", "\u200b", "\u3000\ufeff"])
def test_a_blank_text_is_a_missing_one(blank: str) -> None:
    faults = Faults()
    assert faults.text(("name",), blank) is None
    assert _code_of(faults) == "required"
    assert Faults().text(("note",), blank, is_optional=True) is None


@pytest.mark.parametrize("wrong", [1, 1.5, True, [], {}])
def test_only_text_is_text(wrong: object) -> None:
    faults = Faults()
    assert faults.text(("name",), wrong, is_optional=True) is None
    assert _code_of(faults) == "text_expected"


@pytest.mark.parametrize("long", ["x" * 201, "é" * 201, pytest.param("x" * 1_000_000, id="a megabyte")])
def test_a_text_has_a_length(long: str) -> None:
    faults = Faults()
    assert faults.text(("name",), long, longest=200) is None
    assert _code_of(faults) == "too_long"


def test_a_note_may_have_lines_and_an_emoji_made_of_several() -> None:
    assert Faults().text(("note",), "先发货\n👨‍👩‍👧 ok", has_lines=True) == "先发货\n👨‍👩‍👧 ok"


@pytest.mark.parametrize("ref", ["PO-1", "a", "A.b_c~9", "x" * 64])
def test_a_reference_is_kept_letter_for_letter(ref: str) -> None:
    assert Faults().ref(("ref",), ref) == ref


@pytest.mark.parametrize("ref", ["", "x" * 65, "a b", "a/b", "单", "..", ".", "a\n", "a%2f", " a", "a\0", "١"])
def test_a_reference_needs_no_escaping_in_an_address(ref: str) -> None:
    faults = Faults()
    assert faults.ref(("ref",), ref) is None
    assert _code_of(faults) == "ref_malformed"


@pytest.mark.parametrize(
    ("written", "thousandths"),
    [("12.5", 12_500), ("0.001", 1), ("7", 7_000), ("1.5000", 1_500), ("007", 7_000), (3, 3_000)],
)
def test_a_quantity_is_read_exactly(written: object, thousandths: int) -> None:
    assert Faults().quantity(("quantity",), written) == thousandths


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("0", "too_small"),
        ("-1", "too_small"),
        (0, "too_small"),
        ("0.0001", "too_many_decimals"),
        ("10000000000000000000", "too_large"),
        (10**19, "too_large"),
        pytest.param(10**5000, "too_large", id="a whole number beyond printing"),
        ("1e3", "number_malformed"),
        ("NaN", "number_malformed"),
        ("Infinity", "number_malformed"),
        ("1,000", "number_malformed"),
        ("+1", "number_malformed"),
        (".5", "number_malformed"),
        ("5.", "number_malformed"),
        ("", "number_malformed"),
        ("٣", "number_malformed"),
        ("1" * 5000, "number_malformed"),
        (1.5, "number_expected"),
        (True, "number_expected"),
        ([1], "number_expected"),
        (None, "required"),
    ],
)
def test_what_is_no_quantity_is_refused(written: object, code: str) -> None:
    faults = Faults()
    assert faults.quantity(("quantity",), written) is None
    assert _code_of(faults) == code


def test_a_quantity_may_be_nothing_where_the_caller_says_so() -> None:
    assert Faults().quantity(("quantity",), "0", least=0) == 0
    assert Faults().quantity(("quantity",), None, is_optional=True) is None


def test_prices_have_four_decimals_and_amounts_those_of_their_currency() -> None:
    assert Faults().unit_price(("price",), "0.0375") == 375
    assert Faults().amount(("amount",), "12.5", "CNY") == 1_250
    assert Faults().amount(("amount",), "1250", "JPY") == 1_250
    faults = Faults()
    assert faults.amount(("amount",), "12.5", "JPY") is None
    assert _code_of(faults) == "too_many_decimals"


def test_an_amount_in_an_unknown_currency_is_one_fault_not_two() -> None:
    faults = Faults()
    assert faults.amount(("amount",), "12", faults.currency(("currency",), "XXX")) is None
    assert [fault.path for fault in faults.found] == [("currency",)]


def test_a_line_is_rounded_half_up_once() -> None:
    assert amounts.line_amount(1_500, 33_333, "CNY") == 500  # 1.5 × 3.3333 = 4.99995
    assert amounts.line_amount(1_000, 50, "CNY") == 1  # 0.005
    assert amounts.line_amount(1_000, 49, "CNY") == 0
    assert amounts.line_amount(1_000, 5_000, "JPY") == 1


def test_numbers_are_written_as_they_are_read() -> None:
    assert [amounts.quantity_text(value) for value in (12_500, 7_000, 1, -500, 0)] == [
        "12.5",
        "7",
        "0.001",
        "-0.5",
        "0",
    ]
    assert amounts.unit_price_text(375) == "0.0375"
    assert [amounts.amount_text(1_250, "CNY"), amounts.amount_text(-5, "CNY"), amounts.amount_text(9, "JPY")] == [
        "12.50",
        "-0.05",
        "9",
    ]


@pytest.mark.parametrize(
    "written", ["2026-02-30", "20261201", "2026-W01-1", "2026-12-1", "tomorrow", "2026-12-01T00:00"]
)
def test_a_day_is_written_one_way(written: str) -> None:
    faults = Faults()
    assert faults.date(("due_date",), written) is None
    assert _code_of(faults) == "date_malformed"


def test_a_day_lies_between_two_days() -> None:
    faults = Faults()
    assert faults.date(("due_date",), "2026-12-01", earliest=date(2026, 12, 1)) == date(2026, 12, 1)
    assert faults.date(("due_date",), "2026-11-30", earliest=date(2026, 12, 1)) is None
    assert faults.date(("due_date",), "9999-12-31") is None
    assert [fault.code for fault in faults.found] == ["date_too_early", "date_too_late"]


@pytest.mark.parametrize("number", ["96385074", "036000291452", "4006381333931", "10614141000415"])
def test_a_trade_item_number_closes_with_its_check_digit(number: str) -> None:
    assert Faults().gtin(("gtin",), number) == number
    faults = Faults()
    assert faults.gtin(("gtin",), number[:-1] + str((int(number[-1]) + 1) % 10)) is None
    assert _code_of(faults) == "gtin_check_digit"


@pytest.mark.parametrize("number", ["", "1234567", "123456789", "٩٦٣٨٥٠٧٤", "9638507４", "4006381333931\n"])
def test_other_lengths_and_digits_are_no_trade_item_number(number: str) -> None:
    faults = Faults()
    assert faults.gtin(("gtin",), number) is None
    assert _code_of(faults) == "gtin_malformed"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "asia/shanghai", "../../etc/passwd", "Asia", "", 8, []])
def test_a_time_zone_is_a_known_one(zone: object) -> None:
    assert Faults().time_zone(("time_zone",), "Asia/Shanghai") == "Asia/Shanghai"
    faults = Faults()
    assert faults.time_zone(("time_zone",), zone) is None
    assert _code_of(faults) == "time_zone_unknown"


def test_a_choice_is_one_of_its_words_whatever_is_sent() -> None:
    faults = Faults()
    for wrong in ("Zh", 1, [], {"en": 1}):
        assert faults.language(("language",), wrong) is None
    assert {fault.code for fault in faults.found} == {"choice_unknown"}


def test_rows_that_are_no_objects_are_named_by_their_place() -> None:
    faults = Faults()
    assert faults.rows(("lines",), [{"sku": "A"}, 7], most=10) == [{"sku": "A"}, {}]
    assert [(fault.path, fault.code) for fault in faults.found] == [(("lines", 1), "object_expected")]


@pytest.mark.parametrize(
    ("raw", "code"),
    [("abc", "list_expected"), ({}, "list_expected"), ([{}] * 11, "list_too_long"), (None, "list_too_short")],
)
def test_a_list_is_a_list_of_a_sensible_length(raw: object, code: str) -> None:
    faults = Faults()
    assert faults.rows(("lines",), raw, most=10, least=1) == []
    assert _code_of(faults) == code


def test_an_object_inside_a_document_is_an_object() -> None:
    faults = Faults()
    assert faults.row(("person_above",), {"amount": "1"}) == {"amount": "1"}
    assert faults.row(("person_above",), None, is_optional=True) == {}
    assert faults.row(("a",), None) == {}
    assert faults.row(("b",), "100000") == {}
    assert [fault.code for fault in faults.found] == ["required", "object_expected"]


def test_a_misspelt_field_is_named() -> None:
    faults = Faults()
    faults.only((), {"name": "A", "colour\ud800": "red"}, {"name"})
    assert [(fault.path, fault.code) for fault in faults.found] == [(("colour\\ud800",), "unknown_field")]


def test_every_fault_is_named_at_once() -> None:
    faults = Faults()
    faults.quantity(("lines", 3, "quantity"), "-1")
    faults.date(("lines", 4, "due_date"), "soon")
    with pytest.raises(Invalid) as refusal:
        faults.raise_if_any()
    assert [fault.path for fault in refusal.value.faults] == [("lines", 3, "quantity"), ("lines", 4, "due_date")]


def test_ten_thousand_bad_lines_make_no_endless_answer() -> None:
    faults = Faults()
    for place in range(10_001):
        faults.quantity(("lines", place), "x")
    assert len(faults.found) == 1_000
