"""Reads a brand's own questions (DESIGN §7): steps `fact_*` that come from outside, under the static checks of every flow.

The checks were written for what authors declare. What a stranger sends is first brought into that form: texts in both
languages, lists of objects where those are meant, and nothing else but plain values.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from workflows.domain.bilingual import read_words
from workflows.domain.documents import Faults, Path
from workflows.domain.promotions.shots import Shot
from workflows.domain.values import clean_text
from workflows.engine.checks import FACT, MOST_FACTS, PROMPT_EN, problems_of_steps
from workflows.engine.conditions import Condition, Test
from workflows.engine.flow import Step
from workflows.engine.inputs import KINDS
from workflows.engine.inputs.sheet import CELL_KINDS
from workflows.engine.inputs.table_declaration import OWN_KEYS

# A note is never answered, and codes are not scanned for a promotion: a question of these could not be got past.
ASKABLE = tuple(kind for kind in KINDS if kind not in {"note", "scan"})
LARGEST_BYTES = 16_000
_KEY = re.compile(rf"{FACT}[a-z0-9_]{{1,35}}")
_KEYS = frozenset({"step", "kind", "text", "constraints", "when"})
_MOST_ENTRIES = 200
_LONGEST_WORDS = 200
_TOP = 4  # `facts/0/constraints/NAME`
_OBJECTS = frozenset({"options", "rows", "columns", "any"})
_NESTED = frozenset({"required_if", "constraints"})
_WORDS = frozenset({"text", "yes", "unit"})
_NAMES = frozenset({"key", "kind", "cell", "with"})
_UNKNOWN_HERE = frozenset(
    {"preview", "cells", "example"}
)  # nothing is live, prefilled, or a picture of somebody else's
_KNOWN_IN = {
    "options": frozenset({"key", "text"}),
    "rows": frozenset({"key", "text", "facts", "constraints"}),
    "columns": OWN_KEYS.union(*(KINDS[kind].known for kind in CELL_KINDS)),
    "any": frozenset({"any", "changed", "cell", "in"}),
    "required_if": frozenset({"any", "changed", "cell", "in"}),
}
_IN_CONDITIONS = frozenset({"step", "in", "has", "answered", "column", "all", "any", "not"})


def read_questions(faults: Faults, raw: object, shots: Sequence[Shot]) -> tuple[Mapping[str, Any], ...]:
    """The questions as steps are pinned, after noting every fault; shots are asked before them, and they may test those."""
    rows = faults.rows(("facts",), raw, most=MOST_FACTS)
    before = len(faults.found)
    found = [_Question(faults, ("facts", place), row).read() for place, row in enumerate(rows)]
    steps = [step for step in found if step is not None]
    if len(faults.found) == before:
        _check(faults, [*(Step(shot.step, "photo", shot.text) for shot in shots), *steps], steps)
    return tuple(step.to_json() for step in steps)


def _check(faults: Faults, steps: Sequence[Step], own: Sequence[Step]) -> None:
    """The static checks of flows, each sentence put to the question it is about."""
    places = {step.key: place for place, step in enumerate(own)}
    for sentence in problems_of_steps(steps, (), ()):
        key, _, why = sentence.partition(": ")
        if key in places:
            faults.add(("facts", places[key]), "question_refused", why=why)


class _Question:
    """One question, read field by field."""

    def __init__(self, faults: Faults, path: Path, row: Mapping[str, Any]) -> None:
        self._faults = faults
        self._path = path
        self._row = row

    def read(self) -> Step | None:
        """The step, or None after noting a fault."""
        faults, path, row = self._faults, self._path, self._row
        before = len(faults.found)
        if len(json.dumps(row)) > LARGEST_BYTES:
            faults.add(path, "question_too_large", most=LARGEST_BYTES)
            return None
        faults.only(path, row, _KEYS)
        key = self._key()
        kind = faults.one_of((*path, "kind"), row.get("kind"), ASKABLE)
        text = read_words(faults, (*path, "text"), row.get("text"), PROMPT_EN)
        constraints = faults.row((*path, "constraints"), row.get("constraints"), is_optional=True)
        clean = self._object((*path, "constraints"), constraints, KINDS[kind].known if kind else None)
        when = self._condition()
        if kind == "place" and clean.get("optional") is not True:
            faults.add((*path, "constraints", "optional"), "place_not_optional")
        if key is None or kind is None or text is None or len(faults.found) > before:
            return None
        return Step(key, kind, text, clean, when)

    def _key(self) -> str | None:
        path = (*self._path, "step")
        key = self._faults.text(path, self._row.get("step"), longest=64)
        if key is not None and not _KEY.fullmatch(key):
            self._faults.add(path, "fact_key_malformed")
            return None
        return key

    def _condition(self) -> Condition | None:
        raw = self._row.get("when")
        before = len(self._faults.found)
        self._condition_keys((*self._path, "when"), raw)
        if raw is None or len(self._faults.found) > before:
            return None
        try:
            found = Condition.from_json(raw)
            if found.to_json() != raw or not all(_is_plain(part) for test in found.tests() for part in _tested(test)):
                raise ValueError(raw)  # something in it was not understood
        except ValueError:
            self._faults.add((*self._path, "when"), "condition_malformed")
            return None
        return found

    def _condition_keys(self, path: Path, raw: Any) -> None:
        """Note each key that no condition has, however deep it stands."""
        if isinstance(raw, Mapping):
            self._faults.only(path, raw, _IN_CONDITIONS)
        parts = raw.items() if isinstance(raw, Mapping) else enumerate(raw) if isinstance(raw, list) else ()
        for name, part in parts:
            if isinstance(part, Mapping | list):
                self._condition_keys((*path, name), part)

    def _object(self, path: Path, raw: Mapping[str, Any], known: Collection[str] | None) -> dict[str, Any]:
        """The parts of a declaration, each in the form that the checks expect; null is as if it were not named."""
        if len(raw) > _MOST_ENTRIES:
            self._faults.add(path, "list_too_long", most=_MOST_ENTRIES)
            return {}
        found: dict[str, Any] = {}
        for name, part in raw.items():
            if name in _UNKNOWN_HERE or not _is_known(name, known):
                self._faults.only(path, {name: part}, ())
            elif part is not None:
                found[name] = self._part((*path, name), name, part)
        return found

    def _part(self, path: Path, name: str, part: Any) -> Any:
        if name in _OBJECTS:
            rows = self._faults.rows(path, part, most=_MOST_ENTRIES)
            return [self._object((*path, place), row, _KNOWN_IN[name]) for place, row in enumerate(rows)]
        if name in _NESTED or _is_of_a_column(path, part):
            return self._object(path, self._faults.row(path, part), _KNOWN_IN.get(name))
        if name in _WORDS:
            words = read_words(self._faults, path, part, _LONGEST_WORDS)
            return words.to_json() if words else None
        if name in _NAMES:
            return self._faults.text(path, part, longest=64)
        if name == "facts":
            return [
                [self._word((*path, place), word) for word in _listed(row)] for place, row in enumerate(_listed(part))
            ]
        if isinstance(part, list):
            return [self._word((*path, place), one) for place, one in enumerate(part[:_MOST_ENTRIES])]
        return self._word(path, part)

    def _word(self, path: Path, part: Any) -> Any:
        """A plain value; of objects only a text in both languages."""
        if isinstance(part, Mapping):
            words = read_words(self._faults, path, part, _LONGEST_WORDS)
            return words.to_json() if words else None
        if not _is_plain(part):
            self._faults.add(path, "value_refused")
            return None
        return self._faults.read(path, part, _clean)


def _is_known(name: str, known: Collection[str] | None) -> bool:
    return name in known if known is not None else name.isascii() and name.isprintable()


def _is_of_a_column(path: Path, part: Any) -> bool:
    """Is it what a table's row narrows one of its columns to? `facts/0/constraints/rows/0/constraints/COLUMN`."""
    return isinstance(part, Mapping) and len(path) > _TOP and path[-2] == "constraints"


def _tested(test: Test) -> Iterator[Any]:
    if test.is_answered is None:
        yield from (test.member,) if test.options is None else test.options


def _listed(part: Any) -> list[Any]:
    return part[:_MOST_ENTRIES] if isinstance(part, list) else [part]


def _clean(part: Any) -> Any:
    return clean_text(part, _LONGEST_WORDS) if isinstance(part, str) else part


def _is_plain(part: object) -> bool:
    """A text, a whole number or a yes: a fraction written as a JSON number is nothing that can be compared."""
    if isinstance(part, bool) or part is None:
        return part is not None
    if isinstance(part, int):
        return abs(part) < 2**53
    return isinstance(part, str)
