"""One order confirmation walked through by hand: what is asked, corrected, taken back and carried over."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from config.text import Text
from workflows.engine import engine
from workflows.engine.engine import Accepted, Answer, Interview
from workflows.engine.flow import Step, all_of, any_of, not_, when
from workflows.engine.rejection import Rejection

TODAY = date(2026, 12, 1)


def said(words: str) -> Text:
    return Text(en=words, zh=words)


def options(*keys: str) -> dict[str, Any]:
    return {"options": [{"key": key, "text": said(key)} for key in keys]}


LINES = {
    "rows": [{"key": "10", "text": "Disc", "cells": {"quantity": "500"}}],
    "columns": [
        {"key": "quantity", "kind": "quantity", "text": said("quantity"), "unit": said("pcs")},
        {"key": "reason", "kind": "choice", "text": said("reason"), "optional": True, **options("price", "other")},
    ],
}
STEPS = (
    Step("hello", "note", said("An order.")),
    Step("decision", "choice", said("Accept?"), options("accept", "change", "reject")),
    Step("lines", "table", said("Which?"), LINES, when=when("decision").is_in("change")),
    Step("reason", "choice", said("Why?"), options("price", "other"), when=when("decision").is_in("reject")),
    Step(
        "reason_text",
        "text",
        said("Namely?"),
        when=any_of(when("reason").is_in("other"), when("lines").column("reason").is_in("other")),
    ),
    Step("send", "confirm", said("Send?"), {"yes": said("Send")}, live="preview", offline_text=said("Send?")),
)
FRESH = Interview(STEPS)
REJECTED = {"decision": "reject", "reason": "other", "reason_text": "sold out"}


def given(step: str, value: Any) -> Answer:
    return Answer(f"ans_{step}", step, value, "per_1", "2026-12-01T08:00:00Z")


def after(interview: Interview, **values: Any) -> Interview:
    for step, value in values.items():
        taken = engine.answer(interview, given(step, value), TODAY)
        assert isinstance(taken, Accepted), taken
        interview = taken.interview
    return interview


def asked(interview: Interview) -> str | None:
    step = engine.next_step(interview)
    return step.key if step else None


def correct(interview: Interview, step: str, value: Any) -> Accepted:
    taken = engine.answer(interview, given(step, value), TODAY)
    assert isinstance(taken, Accepted)
    return taken


def test_an_accepted_order_takes_two_answers() -> None:
    assert asked(FRESH) == "decision"
    interview = after(FRESH, decision="accept")
    assert asked(interview) == "send"
    assert engine.expected(interview) == 2
    assert asked(after(interview, send=True)) is None


def test_each_branch_asks_its_own_questions() -> None:
    assert asked(after(FRESH, decision="change")) == "lines"
    assert asked(after(FRESH, decision="change", lines={"10": {"reason": "price"}})) == "send"
    assert asked(after(FRESH, decision="change", lines={"10": {"reason": "other"}})) == "reason_text"
    assert asked(after(FRESH, decision="reject")) == "reason"
    assert asked(after(FRESH, decision="reject", reason="other")) == "reason_text"


def test_what_the_person_has_met_is_shown_up_to_the_question() -> None:
    seen = engine.visible_steps(after(FRESH, decision="reject"))
    assert [step.key for step in seen] == ["hello", "decision", "reason"]


def test_a_note_an_unknown_step_and_one_that_is_not_asked_cannot_be_answered() -> None:
    for step, code in (("hello", "not_applicable"), ("lines", "not_applicable"), ("nobody", "unknown_step")):
        refused = engine.answer(FRESH, given(step, {}), TODAY)
        assert isinstance(refused, Rejection)
        assert (refused.code, refused.step, refused.answer) == (code, step, f"ans_{step}")


def test_a_correction_keeps_what_still_applies_and_asks_only_what_changed() -> None:
    interview = after(FRESH, **REJECTED)
    corrected = correct(interview, "decision", "change")
    assert corrected.dropped == ("reason", "reason_text")
    assert asked(corrected.interview) == "lines"
    kept = correct(after(FRESH, **REJECTED), "reason", "other")
    assert kept.dropped == ()
    assert kept.interview.answers["reason_text"].value == "sold out"


def test_a_correction_takes_away_the_preview_and_the_yes_to_it() -> None:
    interview = engine.with_shown(after(FRESH, **REJECTED), "send", {"preview": {"id": "prv_1"}})
    interview = after(interview, send={"preview": "prv_1"})
    corrected = correct(interview, "reason_text", "no steel")
    assert corrected.dropped == ("send",)
    assert corrected.interview.shown == {}
    refused = engine.answer(corrected.interview, given("send", {"preview": "prv_1"}), TODAY)
    assert isinstance(refused, Rejection)
    assert refused.code == "preview_changed"


def test_a_live_step_keeps_its_preview_when_it_does_not_depend_on_what_was_corrected() -> None:
    steps = (*STEPS[:-1], replace(STEPS[-1], depends_on=("decision",)))
    interview = engine.with_shown(after(Interview(steps), **REJECTED), "send", {"preview": {"id": "prv_1"}})
    interview = after(interview, send={"preview": "prv_1"})
    assert correct(interview, "reason_text", "no steel").dropped == ()
    assert correct(interview, "decision", "accept").dropped == ("reason", "reason_text", "send")


def test_a_live_step_that_depends_on_a_dropped_answer_is_stale_too() -> None:
    steps = (*STEPS[:-1], replace(STEPS[-1], depends_on=("reason_text",)))
    interview = after(Interview(steps), **REJECTED, send=True)
    assert correct(interview, "reason", "price").dropped == ("reason_text", "send")


def test_stepping_back_removes_one_answer_and_what_hung_on_it() -> None:
    interview = after(FRESH, **REJECTED)
    back = engine.step_back(interview, "reason", TODAY)
    assert back.dropped == ("reason_text",)
    assert asked(back.interview) == "reason"
    assert engine.step_back(FRESH, "reason") == Accepted(FRESH)


def test_a_promise_whose_day_has_passed_is_asked_again_with_a_correction() -> None:
    steps = (STEPS[1], Step("day", "date", said("When?"), {"min": "today"}))
    interview = after(Interview(steps), decision="accept", day="2026-12-01")
    later = engine.answer(interview, given("decision", "change"), date(2026, 12, 2))
    assert isinstance(later, Accepted)
    assert later.dropped == ("day",)


class TestALiveTable:
    steps = (
        Step("count", "quantity", said("How many?"), {"unit": "pcs"}),
        Step(
            "differences",
            "table",
            said("Why?"),
            {"columns": LINES["columns"], "absent_rows": "refuse", "min_changed_cells": 1},
            live="differences",
            offline_text=said("Later"),
        ),
        Step("done", "confirm", said("Done?"), {"yes": said("Yes")}),
    )

    def test_answers_itself_when_there_are_no_rows(self) -> None:
        interview = engine.with_shown(after(Interview(self.steps), count="5"), "differences", {"rows": []})
        assert interview.answers["differences"].by == "partnerline"
        assert interview.answers["differences"].value == {}
        assert asked(interview) == "done"

    def test_cannot_be_skipped_before_it_was_shown(self) -> None:
        interview = after(Interview(self.steps), count="5")
        assert asked(interview) == "differences"
        refused = engine.answer(interview, given("differences", {}), TODAY)
        assert isinstance(refused, Rejection)
        assert refused.code == "not_shown"

    def test_is_looked_at_anew_after_a_correction(self) -> None:
        interview = engine.with_shown(after(Interview(self.steps), count="5"), "differences", {"rows": []})
        corrected = correct(interview, "count", "6")
        assert corrected.dropped == ("differences",)
        assert asked(corrected.interview) == "differences"
        shown = engine.with_shown(corrected.interview, "differences", {"rows": LINES["rows"]})
        assert asked(shown) == "differences"
        assert asked(after(shown, differences={"10": {"quantity": "4"}})) == "done"

    def test_keeps_its_own_answer_when_an_unrelated_step_is_corrected_or_taken_back(self) -> None:
        interview = engine.with_shown(after(Interview(self.steps), count="5", done=True), "differences", {"rows": []})
        assert correct(interview, "done", True).dropped == ()
        assert engine.step_back(interview, "differences") == Accepted(interview)


def test_several_answers_are_taken_in_order_and_a_refused_one_is_named() -> None:
    answers = [given("decision", "reject"), given("lines", {}), given("reason", "dear"), given("reason", "price")]
    batch = engine.answer_all(FRESH, answers, TODAY)
    assert batch.stored == ("ans_decision", "ans_reason")
    assert [(one.step, one.code) for one in batch.rejections] == [
        ("lines", "not_applicable"),
        ("reason", "unknown_option"),
    ]
    assert asked(batch.interview) == "send"


def test_what_a_batch_drops_and_answers_again_is_not_dropped() -> None:
    interview = after(FRESH, **REJECTED)
    batch = engine.answer_all(
        interview, [given("reason", "price"), given("reason", "other"), given("reason_text", "x")], TODAY
    )
    assert batch.dropped == ()
    assert batch.interview.answers["reason_text"].value == "x"


def test_a_changed_order_keeps_the_answers_that_fit_it_but_no_yes() -> None:
    interview = after(FRESH, decision="change", lines={"10": {"quantity": "400"}}, send=True)
    kept, gone = engine.fitting(STEPS, interview.answers, TODAY)
    assert set(kept) == {"decision", "lines"}
    assert gone == ("send",)
    fewer = {**LINES, "rows": [{"key": "20", "text": "Bolt", "cells": {}}]}
    changed = tuple(replace(step, constraints=fewer) if step.key == "lines" else step for step in STEPS)
    kept, gone = engine.fitting(changed, interview.answers, TODAY)
    assert set(kept) == {"decision"}
    assert set(gone) == {"lines", "send"}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.key)
def test_a_step_survives_being_pinned(step: Step) -> None:
    again = Step.from_json(step.to_json())
    assert again.to_json() == step.to_json()
    assert again.when == step.when
    assert again.localised("zh") == step.localised("zh")


def test_a_pinned_step_is_read_in_the_persons_language_and_hides_the_servers_checks() -> None:
    step = Step("q", "quantity", Text(en="How many?", zh="多少？"), {"unit": Text(en="pcs", zh="件")}, check="stock")
    assert step.to_json()["check"] == "stock"
    shown = Step.from_json(step.to_json()).localised("zh")
    assert shown == {
        "step": "q",
        "kind": "quantity",
        "text": "多少？",
        "constraints": {"decimals": 0, "min": "0", "unit": "件"},
    }


CONDITIONS = [
    (when("a").is_in("x", "y"), {"a": "y"}, True),
    (when("a").is_in("x"), {"a": "y"}, False),
    (when("a").is_in("x"), {}, False),
    (not_(when("a").is_in("x")), {}, True),
    (when("a").has("x"), {"a": ["x", "y"]}, True),
    (when("a").has("x"), {"a": "x"}, False),
    (when("a").answered(), {"a": None}, True),
    (when("a").answered(), {}, False),
    (when("a").not_answered(), {}, True),
    (when("a").not_answered(), {"a": None}, False),
    (when("t").column("c").is_in("x"), {"t": {"1": {"c": "y"}, "2": {"c": "x"}}}, True),
    (when("t").column("c").is_in("x"), {"t": {"1": {"d": "x"}}}, False),
    (when("t").column("c").is_in(None), {"t": {"1": {}}}, False),
    (all_of(when("a").is_in("x"), when("b").answered()), {"a": "x", "b": 1}, True),
    (all_of(when("a").is_in("x"), when("b").answered()), {"a": "x"}, False),
    (any_of(when("a").is_in("x"), when("b").answered()), {"b": 1}, True),
]


@pytest.mark.parametrize(("condition", "values", "holds"), CONDITIONS)
def test_a_condition_holds_before_and_after_it_was_pinned(condition: Any, values: dict[str, Any], holds: bool) -> None:
    assert condition.holds(values) is holds
    again = type(condition).from_json(condition.to_json())
    assert again == condition
    assert again.holds(values) is holds


@pytest.mark.parametrize("wrong", [None, "x", {}, {"all": 1}, {"step": 1, "in": []}, {"step": "a"}, {"not": []}])
def test_a_condition_that_is_none_cannot_be_read(wrong: Any) -> None:
    with pytest.raises(ValueError, match="condition"):
        type(CONDITIONS[0][0]).from_json(wrong)
