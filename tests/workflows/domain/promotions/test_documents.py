"""What a promotion must look like: every fault at once, each with its place and a sentence in both languages."""

from typing import Any

import pytest

from api.fault_sentences import FAULTS
from tests.promotions import COOLER, PLACE, UNITS, Field
from workflows.domain.documents import Faults
from workflows.domain.errors import Invalid
from workflows.engine.own_questions import read_questions

PER_UNIT = {"kind": "per_unit", "amount": "0.5", "currency": "CNY", "fact": "fact_units"}


def faults_of(field: Field, **changes: Any) -> set[tuple[str, str]]:
    """Pointer and code of each fault of a promotion that is refused."""
    with pytest.raises(Invalid) as refused:
        field.put(**changes)
    assert all(FAULTS[fault.code].en and FAULTS[fault.code].zh for fault in refused.value.faults)
    return {("/".join(map(str, fault.path)), fault.code) for fault in refused.value.faults}


def test_every_fault_is_named_at_once(field: Field) -> None:
    found = faults_of(
        field,
        title="",
        starts_on="2026-13-01",
        due_at="tomorrow",
        participants=[{"partner": "D1", "stores": [{"store": "NO"}]}],
        shots=[{"key": "Front", "text": "x"}],
        facts=[{**COOLER, "live": "x"}],
        pays={"kind": "gift", "amount": "-1", "currency": "CNY"},
        audit_percent=101,
        colour="red",
    )
    assert found == {
        ("title", "required"),
        ("starts_on", "date_malformed"),
        ("due_at", "time_malformed"),
        ("participants/0/stores/0/store", "partner_unknown"),
        ("shots/0/key", "shot_key_malformed"),
        ("facts/0/live", "unknown_field"),
        ("pays/kind", "choice_unknown"),
        ("pays/amount", "too_small"),
        ("audit_percent", "too_large"),
        ("colour", "unknown_field"),
    }


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"ends_on": "2026-11-30"}, ("ends_on", "ends_before_start")),
        ({"starts_on": "2026-11-01", "ends_on": "2026-11-20", "sign_by": None}, ("ends_on", "date_past")),
        ({"ends_on": "2029-01-01"}, ("ends_on", "period_too_long")),
        ({"due_at": "2026-11-30T23:59:00+08:00", "sign_by": None}, ("due_at", "due_before_start")),
        ({"sign_by": "2027-01-01T12:00:00+08:00"}, ("sign_by", "sign_after_end")),
        ({"due_at": "2026-12-05T00:00:00Z", "sign_by": "2026-12-06T00:00:00Z"}, ("sign_by", "sign_after_due")),
        ({"sign_by": "2026-11-22T02:00:00Z"}, ("sign_by", "moment_past")),
        ({"due_at": "2026-11-22T02:00:00Z", "starts_on": "2026-11-01", "sign_by": None}, ("due_at", "moment_past")),
    ],
)
def test_times_stand_in_their_order(field: Field, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    assert faults_of(field, **changes) == {fault}


@pytest.mark.parametrize(
    ("who", "fault"),
    [
        ([], ("participants", "list_too_short")),
        ([{"partner": "A1"}], ("participants/0/partner", "participant_kind")),
        ([{"partner": "T1", "stores": [{"store": "T2"}]}], ("participants/0/stores", "store_with_stores")),
        ([{"partner": "D1", "stores": [{"store": "D2"}]}], ("participants/0/stores/0/store", "store_unknown")),
        ([{"partner": "D1"}, {"partner": "D1"}], ("participants/1/partner", "partner_twice")),
        (
            [{"partner": "D1", "stores": [{"store": "T1"}]}, {"partner": "T1"}],
            ("participants/1/partner", "store_twice"),
        ),
        (
            [{"partner": "D1", "place": PLACE, "stores": [{"store": "T1"}]}],
            ("participants/0/place", "place_of_each_store"),
        ),
        ([{"partner": "D1", "proved_by": "self"}], ("participants/0/proved_by", "prover_kind")),
        ([{"partner": "D1", "place": {**PLACE, "latitude": "91"}}], ("participants/0/place/latitude", "too_large")),
        (
            [{"partner": "D1", "place": {**PLACE, "latitude": "1e1"}}],
            ("participants/0/place/latitude", "number_malformed"),
        ),
        ([{"partner": "D1", "place": {**PLACE, "system": None}}], ("participants/0/place/system", "required")),
        ([{"partner": "D1", "place": {**PLACE, "system": "bd09"}}], ("participants/0/place/system", "choice_unknown")),
    ],
)
def test_participants_are_partners_that_can_take_part(field: Field, who: list[Any], fault: tuple[str, str]) -> None:
    found = faults_of(field, participants=who)
    assert fault in found
    assert len(found) <= 2


@pytest.mark.parametrize(
    ("latitude", "kept"), [("31.2304000", "31.2304"), (31.2304, "31.2304"), (-31, "-31"), ("0", "0")]
)
def test_degrees_are_kept_exactly_as_text(field: Field, latitude: Any, kept: str) -> None:
    found = field.publish(participants=[{"partner": "D1", "place": {**PLACE, "latitude": latitude}}])
    assert found.sites[0].place["latitude"] == kept


def test_a_participant_says_once_who_proves_in_all_its_stores(field: Field) -> None:
    stores = [{"store": "T1"}, {"store": "T2", "proved_by": "T2"}]
    found = field.publish(participants=[{"partner": "D1", "proved_by": "A1", "stores": stores}])
    assert [site.prover.ref for site in found.sites] == ["A1", "T2"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"pays": {**PER_UNIT, "fact": "fact_cooler"}}, ("pays/fact", "fact_no_quantity")),
        ({"pays": {**PER_UNIT, "fact": None}}, ("pays/fact", "required")),
        ({"pays": {**PER_UNIT, "kind": "fixed"}}, ("pays/fact", "fact_not_counted")),
        ({"pays": {**PER_UNIT, "amount": "0.001"}}, ("pays/amount", "too_many_decimals")),
        ({"pays": {**PER_UNIT, "amount": "99999999999"}}, ("pays/amount", "too_large")),
        ({"budget": {"per_store": "x"}}, ("budget/per_store", "number_malformed")),
        (
            {"second_reviewer_above": {"amount": "1", "currency": "USD"}},
            ("second_reviewer_above/currency", "currency_differs"),
        ),
        (
            {
                "pays": PER_UNIT,
                "facts": [COOLER, {**UNITS, "when": {"step": "fact_cooler", "in": ["door"]}}],
            },
            ("pays/fact", "fact_not_always_asked"),
        ),
    ],
)
def test_pay_is_something_that_can_be_worked_out(field: Field, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    assert faults_of(field, **changes) == {fault}


@pytest.mark.parametrize(
    ("question", "fault"),
    [
        ({"step": "units"}, ("facts/0/step", "fact_key_malformed")),
        ({"kind": "note"}, ("facts/0/kind", "choice_unknown")),
        ({"kind": "scan"}, ("facts/0/kind", "choice_unknown")),
        ({"constraints": {}}, ("facts/0", "question_refused")),
        ({"constraints": {"unit": "pcs", "colour": 1}}, ("facts/0/constraints/colour", "unknown_field")),
        ({"when": {"not": {"step": "fact_a", "is": 1}}}, ("facts/0/when/not/is", "unknown_field")),
        ({"constraints": {"unit": "pcs", "max": 1.5}}, ("facts/0/constraints/max", "value_refused")),
        ({"constraints": {"unit": "pcs", "preview": {}}}, ("facts/0/constraints/preview", "unknown_field")),
        ({"kind": "place", "constraints": {}}, ("facts/0/constraints/optional", "place_not_optional")),
        ({"text": "x" * 200}, ("facts/0", "question_refused")),
        ({"when": {"step": "send", "answered": True}}, ("facts/0", "question_refused")),
        ({"when": {"step": "fact_later", "answered": True}}, ("facts/0", "question_refused")),
        ({"when": {"step": "shot_front", "answered": True, "in": []}}, ("facts/0/when", "condition_malformed")),
        ({"when": {"all": {}}}, ("facts/0/when", "condition_malformed")),
        ({"when": []}, ("facts/0/when", "condition_malformed")),
        ({"check": "x"}, ("facts/0/check", "unknown_field")),
        ({"text": {"fr": "x"}}, ("facts/0/text/fr", "unknown_field")),
    ],
)
def test_questions_stand_under_the_checks_of_every_flow(
    field: Field, question: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert fault in faults_of(field, facts=[{**UNITS, **question}])


QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("choice", COOLER["constraints"]),  # type: ignore[list-item]
    ("choices", {**COOLER["constraints"], "min": 0}),  # type: ignore[dict-item]
    ("confirm", {"yes": "Done"}),
    ("quantity", {"unit": "pcs", "max": "500", "decimals": 1}),
    ("amount", {"currency": "CNY", "max": None}),
    ("date", {"max": "today"}),
    ("text", {"max_length": 80}),
    ("photo", {"min": 1, "max": 2, "source": "any"}),
    ("place", {"optional": True}),
    ("signature", {}),
    (
        "table",
        {
            "rows": [{"key": "cola", "text": "Cola", "constraints": {"count": {"unit": {"zh": "箱", "en": "box"}}}}],
            "columns": [
                {"key": "count", "kind": "quantity", "text": "Count", "unit": "pcs"},
                {"key": "why", "kind": "text", "text": "Why", "required_if": {"changed": ["count"]}},
            ],
            "absent_rows": "none",
        },
    ),
]


@pytest.mark.parametrize(("kind", "constraints"), QUESTIONS)
def test_a_question_of_every_kind_is_taken_and_put_back_the_same(
    field: Field, kind: str, constraints: dict[str, Any]
) -> None:
    asked = {"step": "fact_a", "kind": kind, "text": "A?", "constraints": constraints}
    tested = {**UNITS, "when": {"step": "fact_a", "answered": True}}
    kept = field.publish(facts=[asked, tested]).promotion.facts
    assert field.publish(facts=kept).promotion.version == 1


HOSTILE = [
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x" * 5_000,
    "\u202e",
    [],
    [1],
    [[1]],
    {},
    {"a": 1},
    {"zh": 1},
    [{}],
    [None],
]


def is_taken(kind: str, constraints: dict[str, Any]) -> bool:
    """Is the question taken as it is? Where it is not, a fault says why."""
    faults = Faults()
    kept = read_questions(faults, [{"step": "fact_a", "kind": kind, "text": "A?", "constraints": constraints}], ())
    assert kept or faults.found
    return not faults.found


@pytest.mark.parametrize("name", ["options", "rows", "columns", "unit", "min", "max", "decimals", "yes", "optional"])
def test_whatever_stands_in_a_question_it_is_taken_or_refused(name: str) -> None:
    """Shown red by options that are no objects, which the checks took for their author's."""
    taken = [is_taken(kind, {**own, name: value}) for kind, own in QUESTIONS for value in HOSTILE]
    assert not all(taken)


@pytest.mark.parametrize("column", ["key", "kind", "text", "required_if", "with", "optional", "options", "unit"])
def test_whatever_stands_in_a_column_it_is_taken_or_refused(column: str) -> None:
    table = dict(QUESTIONS)["table"]
    for value in HOSTILE:
        is_taken("table", {**table, "columns": [{**table["columns"][0], column: value}, *table["columns"][1:]]})


@pytest.mark.parametrize(
    "changes",
    [
        {"shots": [{"key": f"s{number}", "text": "x"} for number in range(21)]},
        {"facts": [{**UNITS, "step": f"fact_{number}"} for number in range(21)]},
        {"participants": [{"partner": "D1"}] * 2_001},
        {"participants": [{"partner": "D1", "stores": [{"store": "T1"}] * 2_001}]},
    ],
)
def test_lists_have_an_end(field: Field, changes: dict[str, Any]) -> None:
    assert "list_too_long" in {code for _, code in faults_of(field, **changes)}


def test_a_promotion_keeps_its_currency(field: Field) -> None:
    """What was settled and what is left are added up: yuan and yen would make one sum."""
    field.publish()
    found = faults_of(
        field, pays={"kind": "per_store", "amount": "400", "currency": "JPY"}, budget=None, second_reviewer_above=None
    )
    assert found == {("pays/currency", "currency_stands")}
    field.publish(
        "P-2", pays={"kind": "per_store", "amount": "400", "currency": "JPY"}, budget=None, second_reviewer_above=None
    )
