"""Static checks: what is wrong with a flow before anybody meets it, in sentences for its author."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from config.text import Text
from workflows.engine.conditions import Test
from workflows.engine.content import Content, Entry, entries, text_of, texts_in
from workflows.engine.flow import Flow, Step
from workflows.engine.inputs import KINDS
from workflows.engine.walks import walk

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
PROMPT_ZH = 120
PROMPT_EN = 240
OPTION = 40
MOST_STEPS = 60
# A brand's own questions (DESIGN §7).
FACT = "fact_"
MOST_FACTS = 20


def problems(flow: Flow, subject: Any) -> list[str]:
    """Everything wrong with a flow, built for this subject; an empty list when nothing is."""
    wrong = [*_about_the_flow(flow)]
    wrong += problems_of_steps(flow.steps(subject), flow.live, flow.checks)
    return [f"{flow.key}: {sentence}" for sentence in wrong]


def problems_of_steps(
    steps: Sequence[Step], live: Collection[str] | None = None, checks: Collection[str] | None = None
) -> list[str]:
    """Everything wrong with these steps; `live` and `checks` are the names the flow has functions for."""
    wrong = [*_keys(steps)]
    strangers = [step for step in steps if step.kind not in KINDS]
    if strangers or not steps:
        return wrong + [f"{step.key}: there is no input kind {step.kind!r}" for step in strangers]
    for number, step in enumerate(steps):
        found = [*_one_step(step), *_names(step, live, checks), *_looks_back(step, steps[:number], steps)]
        wrong += [f"{step.key}: {sentence}" for sentence in found]
    wrong += _facts(steps)
    return wrong if wrong else [*_unreachable(steps)]


def _about_the_flow(flow: Flow) -> Iterator[str]:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", flow.key):
        yield "its key is not lower case with hyphens"
    if flow.version < 1:
        yield "its version is not 1 or more"
    if not flow.who.kinds or not flow.who.roles:
        yield "nobody may answer it"
    if flow.startable is not None and not flow.starts_alone:
        yield "says what it is started on, but does not start alone"
    yield from (f"its title {sentence}" for sentence in _languages(flow.title))


def _keys(steps: Sequence[Step]) -> Iterator[str]:
    if not steps:
        yield "there are no steps"
    if len(steps) > MOST_STEPS:
        yield f"there are more than {MOST_STEPS} steps"
    seen: set[str] = set()
    for step in steps:
        if step.key in seen:
            yield f"{step.key}: the key stands twice"
        if not KEY.fullmatch(step.key):
            yield f"{step.key}: a key is lower case letters, digits and underscores"
        seen.add(step.key)


def _one_step(step: Step) -> Iterator[str]:
    yield from (f"the prompt {sentence}" for sentence in _prompt(step.text))
    if step.offline_text is not None:
        yield from (f"offline_text {sentence}" for sentence in _prompt(step.offline_text))
    yield from _constraints(step)
    for path, text in texts_in(step.constraints):
        yield from (f"{path} {sentence}" for sentence in _languages(text))
    for label in _labels(step):
        yield from _too_long("the label", label, OPTION, OPTION)


def _constraints(step: Step) -> Iterator[str]:
    """What the kind says, less what a live step brings along only when it is asked."""
    sentences = KINDS[step.kind].check_constraints(step.constraints)
    if step.live is not None and "options" not in step.constraints:
        sentences = [sentence for sentence in sentences if sentence != "has no options"]
    if step.kind == "table" and step.live is None and not entries(step.constraints, "rows"):
        sentences.append("has no rows and is not live")
    yield from sentences


def _labels(step: Step) -> Iterator[Text]:
    columns = entries(step.constraints, "columns")
    yield from (text_of(column.get("text")) for column in columns)
    for holder in (step.constraints, *columns):
        yield from (text_of(option.get("text")) for option in entries(holder, "options"))
    yield text_of(step.constraints.get("yes"))


def _prompt(text: Text) -> Iterator[str]:
    yield from _languages(text)
    yield from _too_long("", text, PROMPT_ZH, PROMPT_EN)


def _languages(text: Text) -> Iterator[str]:
    if not text.zh.strip():
        yield "has no Chinese"
    if not text.en.strip():
        yield "has no English"


def _too_long(what: str, text: Text, zh: int, en: int) -> Iterator[str]:
    for words, most, name in ((text.zh, zh, "Chinese"), (text.en, en, "English")):
        if len(words) > most:
            yield f"{what} is too long for a phone in {name}: {len(words)} characters, at most {most}".strip()


def _names(step: Step, live: Collection[str] | None, checks: Collection[str] | None) -> Iterator[str]:
    if step.live is not None and step.offline_text is None:
        yield "is live and has no offline_text"
    if step.live is not None and live is not None and step.live not in live:
        yield f"the flow has no live function {step.live!r}"
    if step.check is not None and checks is not None and step.check not in checks:
        yield f"the flow has no check function {step.check!r}"


def _looks_back(step: Step, earlier: Sequence[Step], steps: Sequence[Step]) -> Iterator[str]:
    known = {one.key: one for one in earlier}
    everywhere = {one.key for one in steps}
    for test in step.when.tests() if step.when else ():
        if test.step not in known:
            yield f"`when` tests {_absence(test.step, everywhere)}"
        else:
            yield from _test(test, known[test.step])
    if step.depends_on is not None and step.live is None:
        yield "names depends_on and is not live"
    for key in step.depends_on or ():
        if key not in known:
            yield f"depends_on names {_absence(key, everywhere)}"


def _absence(key: str, everywhere: set[str]) -> str:
    return f"{key!r}, which comes later" if key in everywhere else f"{key!r}, which does not exist"


def _test(test: Test, tested: Step) -> Iterator[str]:
    if tested.kind == "note":
        yield f"`when` tests the note {tested.key!r}, which is never answered"
    elif test.is_answered is None:
        yield from _value_test(test, tested)


def _value_test(test: Test, tested: Step) -> Iterator[str]:
    if (test.options is None) != (tested.kind == "choices"):
        yield f"`when` tests {tested.key!r}: `has` is for choices, `in` for every other kind"
    elif (test.column is not None) != (tested.kind == "table"):
        yield f"`when` tests {tested.key!r}: a column is for tables, and tables need one"
    elif tested.kind == "table":
        yield from _column_test(test, tested)
    elif tested.kind in ("choice", "choices"):
        yield from _option_test(test, tested.constraints, tested.key)


def _column_test(test: Test, tested: Step) -> Iterator[str]:
    columns = {column["key"]: column for column in entries(tested.constraints, "columns")}
    column = columns.get(str(test.column))
    if column is None:
        yield f"`when` tests a column {tested.key}.{test.column}, which does not exist"
        return
    if column.get("kind") == "choice":
        yield from _option_test(test, column, f"{tested.key}.{test.column}")
    for row in entries(tested.constraints, "rows"):
        cells = row.get("cells")
        if _prefilled(cells, str(test.column)) in (test.options or ()):
            yield (
                f"`when` tests {tested.key}.{test.column} for a prefilled value of row {row['key']!r}: "
                "only cells the person names are seen"
            )


def _prefilled(cells: Content, column: str) -> Content:
    return cells.get(column) if isinstance(cells, dict) else None


def _option_test(test: Test, holder: Entry, name: str) -> Iterator[str]:
    keys = [option.get("key") for option in entries(holder, "options")]
    tested = (test.member,) if test.options is None else test.options
    for option in tested if keys else ():
        if option not in keys:
            yield f"`when` tests {name} for {option!r}, which is none of its options"


def _facts(steps: Sequence[Step]) -> Iterator[str]:
    facts = [step for step in steps if step.key.startswith(FACT)]
    if len(facts) > MOST_FACTS:
        yield f"there are more than {MOST_FACTS} questions of the brand's own (fact_…)"
    for step in facts:
        if step.live is not None or step.check is not None:
            yield f"{step.key}: a brand's own question has no live part and no check"
        if any(row.get("cells") for row in entries(step.constraints, "rows")):
            yield f"{step.key}: a brand's own question is not prefilled"


def _unreachable(steps: Sequence[Step]) -> Iterator[str]:
    walks = walk(steps)
    if not walks.is_complete:
        return
    reached = walks.reached()
    for step in steps:
        if step.key not in reached:
            yield f"{step.key}: no answers lead here"
