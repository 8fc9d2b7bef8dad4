"""Play a case (steps and what a person and the server do with them) through the engine, and say what came of it.

A case is JSON: `{"steps": pinned, "today": day, "does": [act, …]}`; an act is `{"answer": {…}}`, `{"back": step}` or
`{"shown": step, "content": {…}}`. `interview.mjs` beside this file plays the same case through the phone's interpreter.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tests.node import run_node
from workflows.engine import engine
from workflows.engine.engine import Accepted, Answer, Interview
from workflows.engine.flow import Step
from workflows.engine.rejection import Rejection

Case = dict[str, Any]
Trace = list[dict[str, Any]]
Take = Callable[[Interview, Answer, date], Accepted | Rejection]

PLAYER = Path(__file__).parent / "interview.mjs"


@dataclass(frozen=True)
class Told:
    """One act's outcome."""

    interview: Interview
    rejection: Rejection | None = None
    dropped: tuple[str, ...] = ()


def play(case: Case, take: Take = engine.answer) -> Trace:
    """The case through the Python engine; `take` may be a broken `answer`, to see a test fail."""
    today = date.fromisoformat(case["today"])
    interview = Interview(tuple(Step.from_json(step) for step in case["steps"]))
    trace: Trace = []
    for act in case["does"]:
        told = perform(interview, act, today, take)
        interview = told.interview
        trace.append(_traced(told))
    return trace


def play_on_phones(cases: Sequence[Case], language: str = "en") -> list[Trace]:
    """The cases through the JavaScript interpreter, on steps in one language, in one process."""
    lines = [json.dumps({**case, "steps": _localised(case, language)}) for case in cases]
    return [json.loads(line) for line in run_node(PLAYER, "\n".join(lines)).splitlines()]


def perform(interview: Interview, act: dict[str, Any], today: date, take: Take = engine.answer) -> Told:
    """One act."""
    if "shown" in act:
        return Told(engine.with_shown(interview, act["shown"], act["content"]))
    if "back" in act:
        outcome = engine.step_back(interview, act["back"], today if act.get("read_again") else None)
        return Told(outcome.interview, None, outcome.dropped)
    taken = take(interview, Answer(**act["answer"]), today)
    if isinstance(taken, Rejection):
        return Told(interview, taken)
    return Told(taken.interview, None, taken.dropped)


def _localised(case: Case, language: str) -> list[Any]:
    return [Step.from_json(step).localised(language) for step in case["steps"]]


def _traced(told: Told) -> dict[str, Any]:
    cells = told.rejection.cells if told.rejection else ()
    asked = engine.next_step(told.interview)
    return {
        "rejection": told.rejection.code if told.rejection else None,
        "cells": sorted(f"{cell.row}|{cell.column or ''}|{cell.code}" for cell in cells),
        "dropped": list(told.dropped),
        "next": asked.key if asked else None,
        "values": {key: held.value for key, held in told.interview.answers.items()},
        "shown": sorted(told.interview.shown),
    }
