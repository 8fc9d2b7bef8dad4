"""A flow as a picture: a Mermaid chart of its steps and of who can follow whom."""

import json
from collections.abc import Sequence

from config.text import Text
from workflows.engine.conditions import AllOf, AnyOf, Condition, Not, Test
from workflows.engine.flow import Step
from workflows.engine.walks import END, START, walk

SHAPES = {"note": ("[/", "/]"), "choice": ("{", "}"), "choices": ("{", "}"), "confirm": ("([", "])")}
TEXT_SHOWN = 60


def drawing(flow_key: str, title: Text, steps: Sequence[Step]) -> str:
    """Mermaid source: one node per step, an arrow for each pair that some walk asks one after the other."""
    conditions = {step.key: words_of(step.when) for step in steps if step.when}
    lines = [f"%% {flow_key}", "flowchart TD", f'  {START}(("{flow_key}"))']
    lines += [f"  {_node(step)}" for step in steps]
    lines.append(f'  {_name(END)}(("{_quoted(title.in_language("en"))}: done"))')
    for before, after in walk(steps).follows:
        label = conditions.get(after)
        arrow = f'-->|"{_quoted(label)}"|' if label else "-->"
        lines.append(f"  {_name(before)} {arrow} {_name(after)}")
    return "\n".join(lines) + "\n"


def words_of(condition: Condition) -> str:
    """A condition in a few words: "decision is change or reject"."""
    if isinstance(condition, AllOf):
        return " and ".join(_inner(part) for part in condition.parts)
    if isinstance(condition, AnyOf):
        return " or ".join(_inner(part) for part in condition.parts)
    if isinstance(condition, Not):
        return f"not {_inner(condition.part)}"
    return " and ".join(_test_words(test) for test in condition.tests())


def _inner(condition: Condition) -> str:
    words = words_of(condition)
    return words if isinstance(condition, (Test, Not)) else f"({words})"


def _test_words(test: Test) -> str:
    if test.is_answered is not None:
        return f"{test.step} {'answered' if test.is_answered else 'not asked'}"
    if test.options is None:
        return f"{test.step} has {_word(test.member)}"
    where = f"{test.step}.{test.column}" if test.column else test.step
    return f"{where} is {' or '.join(_word(option) for option in test.options)}"


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _node(step: Step) -> str:
    opening, closing = SHAPES.get(step.kind, ("[", "]"))
    text = step.text.in_language("en")
    short = text if len(text) <= TEXT_SHOWN else text[: TEXT_SHOWN - 1] + "…"
    live = ", live" if step.live else ""
    return f'{_name(step.key)}{opening}"{_quoted(short)}<br/><i>{step.key}: {step.kind}{live}</i>"{closing}'


def _name(key: str) -> str:
    """Mermaid keeps some words, `end` among them, for itself."""
    return key if key == START else f"step_{key}"


def _quoted(text: str) -> str:
    return text.replace('"', "#quot;").replace("\n", " ")
