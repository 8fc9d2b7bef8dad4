"""Four flows, written down as they are pinned, show that the words of CONTRACT §3 suffice, on the server and on a phone.

Each file holds steps and scripts: what a person and the server do, what is asked then, and what is stored in the end.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from config.text import Text
from tests.workflows.engine.playing import Case, play, play_on_phones
from workflows.engine.checks import problems_of_steps
from workflows.engine.drawing import drawing
from workflows.engine.flow import Step
from workflows.engine.inputs import KINDS
from workflows.engine.walks import END, walk

FOLDER = Path(__file__).parent / "vocabulary"
FLOWS = sorted(path.stem for path in FOLDER.glob("*.json"))
SCRIPTS = [
    (flow, script["name"])
    for flow in FLOWS
    for script in json.loads((FOLDER / f"{flow}.json").read_text("utf-8"))["scripts"]
]


def read(flow: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{flow}.json").read_text("utf-8"))
    return found


def steps_of(flow: str) -> list[Step]:
    return [Step.from_json(step) for step in read(flow)["steps"]]


def case_of(flow: str, name: str) -> tuple[Case, dict[str, Any]]:
    pinned = read(flow)
    script = next(one for one in pinned["scripts"] if one["name"] == name)
    does = [_act(act, number) for number, act in enumerate(script["does"])]
    return {"steps": pinned["steps"], "today": pinned["today"], "does": does}, script


def _act(act: dict[str, Any], number: int) -> dict[str, Any]:
    if "answer" in act:
        at = f"2026-12-01T08:{number:02}:00Z"
        return {"answer": {"id": f"ans_{number}", **act["answer"], "by": "per_1", "at": at}}
    return {**act, "read_again": True}


def test_the_four_flows_are_there_and_use_every_kind_of_input() -> None:
    assert FLOWS == ["goods-receipt", "order-confirmation", "promotion-proof", "stock-in"]
    assert {step.kind for flow in FLOWS for step in steps_of(flow)} == set(KINDS)


@pytest.mark.parametrize("flow", FLOWS)
def test_its_steps_have_no_static_problem(flow: str) -> None:
    assert problems_of_steps(steps_of(flow)) == []


@pytest.mark.parametrize("flow", FLOWS)
def test_its_steps_are_pinned_as_they_are_read(flow: str) -> None:
    assert [step.to_json() for step in steps_of(flow)] == read(flow)["steps"]


@pytest.mark.parametrize(("flow", "script"), SCRIPTS)
def test_a_script_runs_as_written(flow: str, script: str) -> None:
    case, expected = case_of(flow, script)
    _assert_as_written(play(case), expected)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_script_runs_the_same_on_a_phone(language: str) -> None:
    cases = [case_of(flow, script) for flow, script in SCRIPTS]
    for (case, expected), trace in zip(cases, play_on_phones([case for case, _ in cases], language), strict=True):
        _assert_as_written(trace, expected)
        assert trace == play(case)


@pytest.mark.parametrize("flow", FLOWS)
def test_its_scripts_answer_every_question_and_correct_one(flow: str) -> None:
    scripts = read(flow)["scripts"]
    acts = [act for script in scripts for act in script["does"]]
    answered = {act["answer"]["step"] for act in acts if "answer" in act and "rejection" not in act["then"]}
    shown = {act["shown"] for act in acts if "shown" in act}
    questions = {step.key for step in steps_of(flow) if step.kind != "note"}
    assert answered | shown >= questions
    assert sum(1 for script in scripts if script["does"][-1]["then"]["next"] is None) >= 2
    assert any(act["then"].get("dropped") for act in acts)
    assert any(act["then"].get("rejection") for act in acts)


@pytest.mark.parametrize("flow", FLOWS)
def test_it_can_be_drawn_and_every_step_leads_to_the_end(flow: str) -> None:
    found = walk(steps_of(flow))
    assert found.is_complete
    assert found.reached() == {*(step.key for step in steps_of(flow)), END}
    picture = drawing(flow, Text.from_json(read(flow)["title"]), steps_of(flow))
    assert all(f"step_{step.key}" in picture for step in steps_of(flow))


def _assert_as_written(trace: list[dict[str, Any]], script: dict[str, Any]) -> None:
    for act, told in zip(script["does"], trace, strict=True):
        then = {"rejection": None, "dropped": [], "cells": told["cells"], **act["then"]}
        assert {name: told[name] for name in then} == then, (script["name"], act)
    assert trace[-1]["values"] == script["answers"]
