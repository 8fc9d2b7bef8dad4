"""Whatever JSON arrives as an answer, or text in a chat, a person gets a short sentence and never an error."""

import json
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.engine.random_flows import CONSTRAINTS, JUNK, VALUES
from workflows.engine import text_chat
from workflows.engine.engine import Answer, Interview, answer
from workflows.engine.flow import Step
from workflows.engine.inputs import KINDS, InvalidAnswer
from workflows.engine.rejection import Rejection

TODAY = date(2026, 12, 1)
ANSWERED = sorted(set(KINDS) - {"note"})
PHONE = 200

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.sampled_from(["a", "1", "2026-12-05", "r1"])
)  # fmt: skip
names = st.sampled_from(["r1", "c", "d", "photo"]) | st.text(max_size=4)
hostile = st.recursive(
    scalars | st.sampled_from(JUNK),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
thoroughly = settings(max_examples=80, deadline=None, database=None)


@pytest.mark.parametrize("kind", ANSWERED)
@given(value=hostile, seed=st.integers(0, 2**32))
@thoroughly
def test_any_json_is_an_answer_or_a_rejection(kind: str, value: Any, seed: int) -> None:
    interview = Interview((_step(kind, seed),))
    taken = answer(interview, Answer("a1", "s", value, "p1", ""), TODAY)
    if isinstance(taken, Rejection):
        _assert_fit_for_a_phone(taken)
    else:
        stored = taken.interview.answers["s"].value
        assert json.loads(json.dumps(stored, allow_nan=False)) == stored
        json.dumps(stored, ensure_ascii=False).encode()


@pytest.mark.parametrize("kind", ANSWERED)
@given(
    text=st.text(max_size=40) | st.sampled_from([one for one in JUNK if isinstance(one, str)]),
    seed=st.integers(0, 2**32),
)
@thoroughly
def test_any_text_in_a_chat_is_an_answer_or_a_rejection(kind: str, text: str, seed: int) -> None:
    step = _step(kind, seed)
    try:
        value = text_chat.parse(step, step.constraints, text, TODAY)
    except InvalidAnswer as wrong:
        _assert_fit_for_a_phone(wrong.rejection("a1", "s"))
    else:
        assert KINDS[kind].parse(value, step.constraints, TODAY) == value


@pytest.mark.parametrize("kind", ANSWERED)
@given(seed=st.integers(0, 2**32))
@thoroughly
def test_a_stored_value_reads_as_itself_again_and_has_words(kind: str, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    step = _step(kind, seed)
    one = KINDS[kind]
    try:
        value = one.parse(VALUES[kind](random, dict(step.constraints)), step.constraints, TODAY)
    except InvalidAnswer:
        return
    assert one.parse(value, step.constraints, TODAY) == value
    assert one.as_text(value, step.constraints, "zh")
    assert one.as_text(value, step.constraints, "en")


@pytest.mark.parametrize("value", ["9" * 1_000_000, "1." + "0" * 1_000_000, "字" * 1_000_000, "-" * 1_000_000])
@pytest.mark.parametrize("kind", ANSWERED)
def test_a_huge_string_is_refused(kind: str, value: str) -> None:
    with pytest.raises(InvalidAnswer):
        KINDS[kind].parse(value, _step(kind, 1).constraints, TODAY)


@pytest.mark.parametrize("kind", ANSWERED)
def test_deep_nesting_is_refused(kind: str) -> None:
    value: Any = "x"
    for _ in range(50_000):
        value = {"r1": value} if kind == "table" else [value]
    with pytest.raises(InvalidAnswer):
        KINDS[kind].parse(value, _step(kind, 1).constraints, TODAY)


def test_a_name_that_cannot_be_encoded_is_not_repeated() -> None:
    interview = Interview((_step("table", 3),))
    for value in ({"\ud800" * 1_000: {}}, {"r1": {"\ud800\u202e": 1}}):
        taken = answer(interview, Answer("a1", "s", value, "p1", ""), TODAY)
        assert isinstance(taken, Rejection)
        _assert_fit_for_a_phone(taken)
    unknown = answer(interview, Answer("a1", "\ud800" * 1_000, True, "p1", ""), TODAY)
    assert isinstance(unknown, Rejection)
    _assert_fit_for_a_phone(unknown)


def test_a_table_of_ten_thousand_wrong_cells_lists_fifty() -> None:
    step = _step("table", 3)
    taken = answer(Interview((step,)), Answer("a1", "s", {f"x{n}": {} for n in range(10_000)}, "p1", ""), TODAY)
    assert isinstance(taken, Rejection)
    assert len(taken.cells) == 50


@pytest.mark.parametrize(
    "text", ["1 a=" + " " * 1_900, "1 " + "a=1," * 490, "1 " + "=" * 1_900, "1 " + "b" * 1_900, ";" * 1_900]
)
def test_a_slow_pattern_does_not_hold_a_chat_up(text: str) -> None:
    step = _step("table", 3)
    with pytest.raises(InvalidAnswer):
        text_chat.parse(step, step.constraints, text, TODAY)
    with pytest.raises(InvalidAnswer, match="too_long"):
        text_chat.parse(step, step.constraints, text * 2, TODAY)


def _step(kind: str, seed: int) -> Step:
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    constraints = CONSTRAINTS[kind](random)
    return Step.from_json({"step": "s", "kind": kind, "text": {"en": "s", "zh": "问"}, "constraints": constraints})


def _assert_fit_for_a_phone(rejection: Rejection) -> None:
    for language in ("zh", "en"):
        body = rejection.to_json(language)
        json.dumps(body, ensure_ascii=False).encode()
        text = str(body["text"])
        assert text.strip()
        assert len(text) <= PHONE
    assert rejection.code.isidentifier()
