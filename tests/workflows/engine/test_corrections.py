"""Properties that hold for every flow and every course of answers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import permutations
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workflows.engine.playing import Take, perform
from tests.workflows.engine.random_flows import TODAY, fitting_value, random_case, random_steps
from workflows.engine import engine
from workflows.engine.engine import Accepted, Answer, Interview
from workflows.engine.flow import Step
from workflows.engine.inputs import kind_named
from workflows.engine.rejection import InvalidAnswer, Rejection

DAY = date.fromisoformat(TODAY)
STANDS_FOR_WHAT_WAS_SHOWN = ("confirm", "signature")
seeds = st.integers(min_value=0, max_value=2**32)
thoroughly = settings(max_examples=250, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@given(seeds)
@thoroughly
def test_what_is_asked_next_applies_and_has_no_answer(seed: int) -> None:
    for interview, _, _ in _course(seed):
        step = engine.next_step(interview)
        if step is not None:
            assert step.kind != "note"
            assert step.key not in interview.answers
            assert engine.applies(step, interview.answers)


@given(seeds)
@thoroughly
def test_every_stored_answer_belongs_to_a_step_that_applies(seed: int) -> None:
    for interview, _, _ in _course(seed):
        steps = [interview.step(key) for key in interview.answers]
        assert all(step is not None and engine.applies(step, interview.answers) for step in steps)


@given(seeds)
@thoroughly
def test_as_many_answers_are_expected_as_are_given_and_still_open(seed: int) -> None:
    for interview, _, _ in _course(seed):
        is_done = engine.next_step(interview) is None
        assert engine.expected(interview) >= len(interview.answers) + (0 if is_done else 1)
        assert not is_done or engine.expected(interview) == len(interview.answers)


@given(seeds)
@thoroughly
def test_a_correction_loses_no_answer_that_still_applies_and_parses(seed: int) -> None:
    assert _lost_without_reason(seed, engine.answer) == []


def _asks_everything_again(interview: Interview, given: Answer, today: date) -> Accepted | Rejection:
    """A fault: whoever corrects an answer begins anew from there."""
    taken = engine.answer(interview, given, today)
    if isinstance(taken, Rejection) or given.step not in interview.answers:
        return taken
    keys = [step.key for step in interview.steps]
    later = keys[keys.index(given.step) + 1 :]
    kept = {key: held for key, held in taken.interview.answers.items() if key not in later}
    dropped = tuple(key for key in later if key in interview.answers)
    return Accepted(replace(taken.interview, answers=kept), dropped)


def _forgets_silently(interview: Interview, given: Answer, today: date) -> Accepted | Rejection:
    """A fault: one later answer is gone, and nobody is told."""
    taken = _asks_everything_again(interview, given, today)
    return taken if isinstance(taken, Rejection) else replace(taken, dropped=())


@pytest.mark.parametrize("faulty", [_asks_everything_again, _forgets_silently])
def test_a_correction_that_loses_answers_is_found(faulty: Take) -> None:
    assert any(_lost_without_reason(seed, faulty) for seed in range(300))


@given(seeds)
@thoroughly
def test_an_answer_given_again_with_the_same_value_changes_nothing(seed: int) -> None:
    *_, (interview, _, _) = _course(seed)
    for held in interview.answers.values():
        if held.by == engine.PARTNERLINE:
            continue
        again = engine.answer(interview, replace(held, id="again"), DAY)
        if isinstance(again, Accepted):
            assert again.dropped == ()
            assert again.interview.shown == interview.shown


@given(seeds)
@thoroughly
def test_stepping_back_takes_away_only_what_no_longer_stands(seed: int) -> None:
    *_, (interview, _, _) = _course(seed)
    held = next((one for one in interview.answers.values() if one.by != engine.PARTNERLINE), None)
    if held is None:
        return
    back = engine.step_back(interview, held.step, DAY)
    assert held.step not in back.interview.answers
    for key in back.dropped:
        step = back.interview.step(key)
        assert step is not None
        assert _why_gone(back.interview, step, interview.answers[key]) is not None


@given(seeds)
@thoroughly
def test_the_order_of_independent_answers_does_not_matter(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    steps = tuple(
        replace(Step.from_json(one), when=None, live=None) for one in random_steps(random) if one["kind"] != "note"
    )[:4]
    answers = [
        Answer(f"a{number}", step.key, fitting_value(random, step.kind, dict(step.constraints)), "p1", "")
        for number, step in enumerate(steps)
    ]
    results = [engine.answer_all(Interview(steps), order, DAY) for order in permutations(answers)]
    assert all(result.interview.answers == results[0].interview.answers for result in results)
    assert all(result.dropped == () for result in results)


@given(seeds)
@thoroughly
def test_several_answers_at_once_are_the_same_as_one_by_one(seed: int) -> None:
    case = random_case(Random(seed))  # noqa: S311 - repeatable, not secret
    start = Interview(tuple(Step.from_json(step) for step in case["steps"]))
    answers = [Answer(**act["answer"]) for act in case["does"] if "answer" in act]
    together = engine.answer_all(start, answers, DAY)
    one_by_one = start
    for one in answers:
        one_by_one = perform(one_by_one, {"answer": one.to_json() | {"step": one.step}}, DAY).interview
    assert together.interview == one_by_one
    assert len(together.stored) + len(together.rejections) == len(answers)
    assert not set(together.dropped) & set(together.interview.answers)


@given(seeds)
@thoroughly
def test_what_fits_other_steps_is_what_those_steps_would_take(seed: int) -> None:
    *_, (interview, _, _) = _course(seed)
    kept, gone = engine.fitting(interview.steps, interview.answers, DAY)
    assert set(kept) | set(gone) == set(interview.answers)
    assert not set(kept) & set(gone)
    fresh = engine.answer_all(Interview(interview.steps), list(kept.values()), DAY)
    assert fresh.rejections == ()


Moment = tuple[Interview, Interview, dict[str, object]]


def _course(seed: int, take: Take = engine.answer) -> list[Moment]:
    """The interview after each act, before it, and the act."""
    case = random_case(Random(seed))  # noqa: S311 - repeatable, not secret
    interview = Interview(tuple(Step.from_json(step) for step in case["steps"]))
    moments: list[Moment] = [(interview, interview, {})]
    for act in case["does"]:
        before, interview = interview, perform(interview, act, DAY, take).interview
        moments.append((interview, before, act))
    return moments


def _lost_without_reason(seed: int, take: Take) -> list[str]:
    """Answers that a correction took away although their step applies, they parse, and nothing they stood for changed."""
    lost: list[str] = []
    for after, before, act in _course(seed, take):
        if "answer" not in act:
            continue
        for key in set(before.answers) - set(after.answers):
            step = after.step(key)
            assert step is not None
            if _why_gone(after, step, before.answers[key]) is None:
                lost.append(key)
    return lost


def _why_gone(after: Interview, step: Step, held: Answer) -> str | None:
    if not engine.applies(step, after.answers):
        return "its step does not apply"
    if step.live and (step.kind in STANDS_FOR_WHAT_WAS_SHOWN or held.by == engine.PARTNERLINE):
        return "it stood for what was shown"
    if step.live and step.kind == "table" and step.key not in after.shown and "rows" not in step.constraints:
        return "its rows are not known"
    return None if _parses(after, step, held) else "it no longer parses"


def _parses(after: Interview, step: Step, held: Answer) -> bool:
    parse: Callable[..., object] = kind_named(step.kind).parse
    try:
        parse(held.value, engine.constraints_of(after, step), DAY)
    except InvalidAnswer:
        return False
    return True
