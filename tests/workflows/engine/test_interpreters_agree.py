"""The phone's interpreter and the server's engine take the same answers, drop the same and ask the same."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pytest

from tests.node import run_node
from tests.workflows.engine.playing import Case, Take, Trace, play, play_on_phones
from tests.workflows.engine.random_flows import random_case
from workflows.engine import engine
from workflows.engine.engine import Accepted, Answer, Interview
from workflows.engine.rejection import Rejection

CASES = 10_000
SEED = 20261201
CODES = (
    "wrong_type", "unknown_option", "too_few", "too_many", "duplicate", "not_confirmed", "preview_changed", "not_a_number",
    "too_many_decimals", "too_small", "too_large", "not_a_date", "too_early", "too_late", "too_short", "too_long",
    "bad_characters", "unknown_row", "unknown_column", "row_missing", "cell_missing", "too_few_changes", "bad_range",
    "place_needed", "bad_place", "not_shown", "not_applicable", "unknown_step",
)  # fmt: skip


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    random = Random(SEED)  # noqa: S311 - cases to be repeated, not secrets
    return [random_case(random) for _ in range(CASES)]


@pytest.fixture(scope="module")
def on_phones(cases: list[Case]) -> list[Trace]:
    return play_on_phones(cases)


def test_both_interpreters_agree_on_ten_thousand_random_cases(cases: list[Case], on_phones: list[Trace]) -> None:
    differing = _differing(cases, on_phones, engine.answer)
    assert len(on_phones) == CASES
    assert not differing, f"seed {SEED}, {len(differing)} cases, first: {differing[0]}"


def test_the_random_cases_meet_every_rejection_and_many_corrections(on_phones: list[Trace]) -> None:
    told = [entry for trace in on_phones for entry in trace]
    codes = {entry["rejection"] for entry in told} | {cell.split("|")[2] for entry in told for cell in entry["cells"]}
    assert set(CODES) <= codes
    assert sum(1 for entry in told if entry["dropped"]) > 500
    assert sum(1 for trace in on_phones if trace[-1]["next"] is None) > 500


def test_the_phone_has_a_sentence_in_both_languages_for_every_rejection() -> None:
    said = json.loads(run_node(Path(__file__).parent / "texts.mjs"))
    assert set(said) == set(CODES)
    assert all(en and zh and en != zh and "{" not in en + zh for en, zh in said.values())


def _forgets_zeros(interview: Interview, given: Answer, today: date) -> Accepted | Rejection:
    """A fault: "2.0" is stored as it came."""
    taken = engine.answer(interview, given, today)
    if isinstance(taken, Rejection) or given.value not in ("2.0", "2.00"):
        return taken
    answers = {**taken.interview.answers, given.step: given}
    return replace(taken, interview=replace(taken.interview, answers=answers))


def _keeps_what_no_longer_applies(interview: Interview, given: Answer, today: date) -> Accepted | Rejection:
    """A fault: a correction drops nothing."""
    taken = engine.answer(interview, given, today)
    if isinstance(taken, Rejection) or not taken.dropped:
        return taken
    answers = {**interview.answers, **taken.interview.answers}
    return Accepted(replace(taken.interview, answers=answers))


@pytest.mark.parametrize("faulty", [_forgets_zeros, _keeps_what_no_longer_applies])
def test_a_planted_fault_is_found(cases: list[Case], on_phones: list[Trace], faulty: Take) -> None:
    assert _differing(cases, on_phones, faulty)


def _differing(cases: list[Case], on_phones: list[Trace], take: Take) -> list[tuple[Case, Trace, Trace]]:
    pairs = ((case, play(case, take), phone) for case, phone in zip(cases, on_phones, strict=True))
    return [(case, here, phone) for case, here, phone in pairs if here != phone]
