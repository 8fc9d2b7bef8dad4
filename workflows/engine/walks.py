"""Every way through a list of steps, as far as the ways differ: who can follow whom, and who is never reached."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias, TypeVar

from workflows.engine.conditions import Test
from workflows.engine.content import JsonValue, entries
from workflows.engine.flow import Step
from workflows.engine.inputs.base import limit

MOST_STATES = 20_000
# Above this many, subsets are tried one by one and all together only.
MOST_SUBSETS_OF = 6
Item = TypeVar("Item")
# Answers so far and the step asked last, under what tells the state from others.
State: TypeAlias = tuple[dict[str, JsonValue], str]
States: TypeAlias = dict[tuple[object, ...], State]

START = "start"
END = "end"


@dataclass(frozen=True, slots=True)
class Walks:
    """What all walks have in common.

    `follows` are the pairs of steps asked one after the other on some walk, START and END included. `is_complete` is
    False when there were too many walks to take them all.
    """

    follows: tuple[tuple[str, str], ...]
    is_complete: bool

    def reached(self) -> set[str]:
        """Keys of the steps that some walk meets."""
        return {after for _, after in self.follows}


def walk(steps: Sequence[Step]) -> Walks:
    """Take every walk that answers can make differ; answers which no condition tells apart count as one."""
    tests = _tests_by_step(steps)
    states: States = {(): ({}, START)}
    follows: dict[tuple[str, str], None] = {}
    for step in steps:
        moved: States = {}
        for values, last in states.values():
            for after, now in _moves(step, values, last, tests.get(step.key, ())):
                if now != last:
                    follows[(last, now)] = None
                moved[_identity(after, now, tests)] = (after, now)
        if len(moved) > MOST_STATES:
            return Walks(tuple(follows), is_complete=False)
        states = moved
    follows.update({(last, END): None for _, last in states.values()})
    return Walks(tuple(follows), is_complete=True)


def _tests_by_step(steps: Sequence[Step]) -> dict[str, tuple[Test, ...]]:
    found: dict[str, tuple[Test, ...]] = {}
    for step in steps:
        for test in step.when.tests() if step.when else ():
            found[test.step] = (*found.get(test.step, ()), test)
    return found


def _moves(step: Step, values: dict[str, JsonValue], last: str, tests: Sequence[Test]) -> Iterator[State]:
    if step.when is not None and not step.when.holds(values):
        yield values, last
    elif step.kind == "note":
        yield values, step.key
    else:
        for value in _telling_apart(step, tests):
            yield {**values, step.key: value}, step.key


def _identity(values: Mapping[str, JsonValue], last: str, tests: Mapping[str, Sequence[Test]]) -> tuple[object, ...]:
    """States in which every test gives the same are one."""
    truths = [(key, tuple(test.holds(values) for test in on_step)) for key, on_step in tests.items()]
    return (last, *truths)


def _telling_apart(step: Step, tests: Sequence[Test]) -> list[JsonValue]:
    """Possible answers to a step, one for each combination of what is tested of it."""
    found: dict[tuple[bool, ...], JsonValue] = {}
    for value in _possible(step, tests):
        found.setdefault(tuple(test.holds({step.key: value}) for test in tests), value)
    return list(found.values())


def _possible(step: Step, tests: Sequence[Test]) -> Iterator[JsonValue]:
    options = [str(option["key"]) for option in entries(step.constraints, "options")]
    if step.kind == "choice" and options:
        yield from options
    elif step.kind == "choices" and options:
        least, most = limit(step.constraints, "min", 1), limit(step.constraints, "max", len(options))
        yield from (list(some) for some in _subsets(options) if least <= len(some) <= most)
    elif step.kind == "table":
        yield from _possible_tables(tests)
    elif step.kind == "confirm":
        yield True
    else:
        yield None
        yield from (value for test in tests for value in test.options or ())


def _possible_tables(tests: Sequence[Test]) -> Iterator[JsonValue]:
    cells = [(test.column, value) for test in tests if test.column for value in test.options or ()]
    for some in _subsets(cells):
        yield {str(number): {column: value} for number, (column, value) in enumerate(some)}


def _subsets(items: Sequence[Item]) -> Iterator[tuple[Item, ...]]:
    sizes = range(len(items) + 1) if len(items) <= MOST_SUBSETS_OF else (0, 1, len(items))
    for size in sizes:
        yield from combinations(items, size)
