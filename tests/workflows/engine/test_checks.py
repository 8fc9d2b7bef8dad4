"""A flow's author is told of every mistake before anybody meets the flow."""

from dataclasses import replace
from typing import Any

import pytest

from config.text import Text
from workflows.engine import checks
from workflows.engine.drawing import drawing, words_of
from workflows.engine.flow import Card, Flow, Step, all_of, any_of, not_, supplier, when
from workflows.engine.walks import END, START, walk


def said(words: str) -> Text:
    return Text(en=words, zh=words)


def options(*keys: str) -> dict[str, Any]:
    return {"options": [{"key": key, "text": said(key)} for key in keys]}


def step(key: str, kind: str = "text", **parts: Any) -> Step:
    return Step(key, kind, parts.pop("text", said(key)), parts.pop("constraints", {}), **parts)


DECISION = step("decision", "choice", constraints=options("accept", "reject"))
REASONS = step("reasons", "choices", constraints=options("price", "other"))
COLUMNS = [{"key": "why", "kind": "choice", "text": said("why"), "optional": True, **options("price", "other")}]
ROWS = [{"key": "1", "text": "one", "cells": {}}]
LINES = step("lines", "table", constraints={"columns": COLUMNS, "rows": ROWS})
GOOD = [DECISION, REASONS, LINES, step("more", when=when("lines").column("why").is_in("other"))]


def test_good_steps_have_no_problems() -> None:
    assert checks.problems_of_steps(GOOD) == []


def column(**parts: Any) -> list[Step]:
    return [step("t", "table", constraints={"rows": ROWS, "columns": [{**COLUMNS[0], **parts}]})]


def table(**parts: Any) -> list[Step]:
    return [step("t", "table", constraints={"rows": ROWS, "columns": COLUMNS, **parts})]


def one(kind: str, **constraints: Any) -> list[Step]:
    return [step("q", kind, constraints=constraints)]


MISTAKES: list[tuple[list[Step], str]] = [
    ([], "there are no steps"),
    ([DECISION, DECISION], "decision: the key stands twice"),
    ([step("Big Key")], "a key is lower case letters"),
    ([step("x", "radio")], "no input kind 'radio'"),
    ([step("a", when=when("decision").is_in("accept")), DECISION], "a: `when` tests 'decision', which comes later"),
    ([step("a", when=when("nobody").answered())], "a: `when` tests 'nobody', which does not exist"),
    ([step("n", "note"), step("a", when=when("n").answered())], "the note 'n', which is never answered"),
    ([DECISION, step("a", when=when("decision").is_in("maybe"))], "decision for 'maybe', which is none of its options"),
    ([REASONS, step("a", when=when("reasons").has("maybe"))], "reasons for 'maybe', which is none of its options"),
    ([REASONS, step("a", when=when("reasons").is_in("price"))], "`has` is for choices"),
    ([DECISION, step("a", when=when("decision").has("accept"))], "`has` is for choices"),
    ([LINES, step("a", when=when("lines").is_in("x"))], "tables need one"),
    ([DECISION, step("a", when=when("decision").column("x").is_in("x"))], "a column is for tables"),
    ([LINES, step("a", when=when("lines").column("how").is_in("x"))], "lines.how, which does not exist"),
    ([LINES, step("a", when=when("lines").column("why").is_in("x"))], "lines.why for 'x', which is none of its options"),
    (
        [replace(LINES, constraints={**LINES.constraints, "rows": [{**ROWS[0], "cells": {"why": "other"}}]}), GOOD[3]],
        "only cells the person names are seen",
    ),
    (
        [DECISION, step("a", when=all_of(when("decision").is_in("accept"), when("decision").is_in("reject")))],
        "a: no answers lead here",
    ),
    (
        [DECISION, step("b", when=when("decision").is_in("reject")),
         step("c", when=all_of(when("b").answered(), not_(when("decision").is_in("reject"))))],
        "c: no answers lead here",
    ),
    ([step("a", text=Text(en="Only English"))], "a: the prompt has no Chinese"),
    ([step("a", text=Text(zh="只有中文"))], "a: the prompt has no English"),
    ([step("a", text=Text(en="x" * 241, zh="x"))], "too long for a phone in English: 241 characters, at most 240"),
    ([step("a", text=Text(en="x", zh="字" * 121))], "too long for a phone in Chinese: 121 characters, at most 120"),
    (one("choice", options=[{"key": "a", "text": said("x" * 41)}]), "the label is too long"),
    (one("choice", options=[{"key": "a", "text": Text(en="a")}]), "options[0].text has no Chinese"),
    (one("choice", options=[{"key": "a", "text": "a"}]), "option 'a' without a text in both languages"),
    (one("choice", options=[{"text": said("a")}]), "an option without a key"),
    (one("choice", **options("a", "a")), "two options 'a'"),
    (one("choice"), "has no options"),
    (one("choices", min=3, **options("a", "b")), "more options picked than there are"),
    (one("choices", min=2, max=1, **options("a", "b")), "min above max"),
    (one("confirm"), "no `yes` text"),
    (one("quantity", decimals=1), "has no unit"),
    (one("quantity", unit="kg", decimals=4), "decimals between 0 and 3"),
    (one("quantity", unit="kg", max=5), "max as a string"),
    (one("quantity", unit="kg", max="5.0"), "max as a string"),
    (one("quantity", unit="kg", min="5", max="4"), "min above max"),
    (one("quantity", unit="kg", max="-1"), "min above max (min is 0 unless named)"),
    (one("amount", currency="yuan"), "a currency such as 'CNY'"),
    (one("date", min="tomorrow"), "min as '2026-12-01' or 'today+30'"),
    (one("date", min="2026-12-02", max="2026-12-01"), "min after max"),
    (one("text", min_length=-1), "at least 0 as min_length"),
    (one("text", min_length=501), "min_length above max_length"),
    (one("text", colour="red"), "unknown constraint 'colour'"),
    (one("photo", source="drawing"), "a source of"),
    (one("photo", min_pixels=0), "min_pixels"),
    (one("photo", rows=[{"key": 1}]), "a row without key or text"),
    (one("scan"), "a purpose of"),
    (one("scan", purpose="receipt", near_expiry_days=-1), "near_expiry_days"),
    (one("scan", purpose="receipt", expected={}), "expected as a list"),
    (one("place", coordinates="mars"), "coordinates of"),
    (one("place", optional="yes"), "optional as true or false"),
    ([step("t", "table", constraints={"columns": COLUMNS})], "no rows and is not live"),
    (table(columns=[]), "between 1 and 12 columns"),
    (table(columns=COLUMNS * 2), "two columns with the key 'why'"),
    (table(rows=ROWS * 2), "two rows with the key '1'"),
    (table(rows=[{"key": "__proto__", "text": "x"}]), "missing or reserved key"),
    (table(rows=[{"key": "2"}]), "rows '2' without a text"),
    (table(absent_rows="ignore"), "absent_rows of"),
    (table(min_changed_cells=-1), "min_changed_cells"),
    (table(rows=[{**ROWS[0], "cells": {"how": "x"}}]), "prefills a column that is not there: 'how'"),
    (table(rows=[{**ROWS[0], "cells": {"why": "x"}}]), "prefills 'why' with 'x'"),
    (table(rows=[{**ROWS[0], "constraints": {"how": {}}}]), "narrows a column that is not there: 'how'"),
    (column(kind="photo"), "of a kind that no cell can have: 'photo'"),
    (column(kind="quantity", options=None), "unknown constraint 'options'"),
    (column(**{"with": "how"}), "goes with a column that is not there: 'how'"),
    (column(required_if={"cell": "how", "in": []}), "required by a column that is not there: 'how'"),
    (column(required_if={"changed": ["how"]}), "required by a column that is not there: 'how'"),
    (column(required_if={"any": [{"cell": "why", "in": ["x"]}]}), "required by an option that is not there: 'x'"),
    (column(required_if={"all": []}), "neither any, changed nor cell"),
    ([step("a", live="now")], "live and has no offline_text"),
    ([step("a", live="now", offline_text=Text(en="later"))], "offline_text has no Chinese"),
    ([step("a", live="then", offline_text=said("later"))], "no live function 'then'"),
    ([step("a", check="stock")], "no check function 'stock'"),
    ([step("a", depends_on=())], "names depends_on and is not live"),
    (
        [step("a", live="now", offline_text=said("later"), depends_on=("b",)), step("b")],
        "depends_on names 'b', which comes later",
    ),
    ([step("fact_a", check="known")], "a brand's own question has no live part and no check"),
    ([step("fact_a", live="now", offline_text=said("later"))], "no live part and no check"),
    (
        [step("fact_a", "table", constraints={**LINES.constraints, "rows": [{**ROWS[0], "cells": {"why": "price"}}]})],
        "a brand's own question is not prefilled",
    ),
    ([step(f"fact_{n}") for n in range(21)], "more than 20 questions of the brand's own"),
    ([step(f"s{n}") for n in range(61)], "more than 60 steps"),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "sentence"), MISTAKES, ids=[sentence for _, sentence in MISTAKES])
def test_a_mistake_is_said(steps: list[Step], sentence: str) -> None:
    found = checks.problems_of_steps(steps, live={"now"}, checks={"known"})
    assert any(sentence in problem for problem in found), found


def flow(**parts: Any) -> Flow:
    declared: dict[str, Any] = {
        "key": "try-out",
        "version": 1,
        "title": said("Try out"),
        "subject": "order",
        "who": supplier("owner"),
        "steps": lambda _: GOOD,
        "effect": lambda *_: said("Done"),
        "card": lambda _: Card(said("Card")),
        "load": lambda *_: None,
        "version_of": lambda _: 1,
        "current_version": lambda *_: 1,
        "withdrawn": lambda _: said("Gone"),
    }
    return Flow(**{**declared, **parts})


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({}, None),
        ({"key": "Try out"}, "lower case"),
        ({"version": 0}, "version"),
        ({"title": Text(en="Try")}, "title has no Chinese"),
        ({"who": supplier()}, "nobody may answer it"),
        ({"steps": lambda _: [step("a", live="now", offline_text=said("x"))]}, "no live function 'now'"),
    ],
)
def test_a_flow_is_checked_with_its_steps(parts: dict[str, Any], sentence: str | None) -> None:
    found = checks.problems(flow(**parts), None)
    assert (found == []) if sentence is None else (len(found) == 1 and sentence in found[0])


def test_who_may_answer_is_a_kind_of_organisation_and_a_role_in_it() -> None:
    who = supplier("owner", "clerk")
    assert who.allows("supplier", "clerk")
    assert not who.allows("supplier", "field")
    assert not who.allows("distributor", "owner")


def test_every_walk_through_choices_and_tables_is_found() -> None:
    found = walk(GOOD)
    assert found.is_complete
    assert set(found.follows) == {
        (START, "decision"),
        ("decision", "reasons"),
        ("reasons", "lines"),
        ("lines", "more"),
        ("lines", END),
        ("more", END),
    }


def test_steps_with_very_many_walks_are_checked_in_time() -> None:
    many = [step(f"c{n}", "choice", constraints=options("a", "b")) for n in range(30)]
    last = step("last", when=all_of(*(when(one.key).is_in("a") for one in many)))
    found = walk([*many, last])
    assert not found.is_complete
    assert checks.problems_of_steps([*many, last]) == []


def test_a_drawing_shows_every_step_and_the_condition_on_each_arrow() -> None:
    picture = drawing("try-out", said('Try "out"'), GOOD)
    assert picture.startswith("%% try-out\nflowchart TD\n")
    assert 'step_decision{"decision<br/><i>decision: choice</i>"}' in picture
    assert 'step_lines -->|"lines.why is other"| step_more' in picture
    assert "step_more --> step_end" in picture
    assert 'step_end(("Try #quot;out#quot;: done"))' in picture


def test_a_condition_reads_like_a_sentence() -> None:
    condition = all_of(
        any_of(when("a").is_in("x", "y"), when("b").has("z")), not_(when("c").answered()), when("d").not_answered()
    )
    assert words_of(condition) == "(a is x or y or b has z) and not c answered and d not asked"
