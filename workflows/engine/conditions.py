"""When a step is asked: tests of earlier answers, as data (CONTRACT §3).

A test of a step without an answer is false, whatever it tests; only `answered: false` is then true. `not` turns round
whatever its inner test gives. A test of a table's column looks at the cells the person named, not at prefilled ones.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from workflows.engine.content import JsonValue

Values = Mapping[str, JsonValue]


class Condition(ABC):
    """A test over the values answered so far."""

    __slots__ = ()

    @abstractmethod
    def holds(self, values: Values) -> bool:
        """Whether it is true of these values, by step key."""

    @abstractmethod
    def to_json(self) -> dict[str, JsonValue]:
        """The form of CONTRACT §3."""

    @abstractmethod
    def tests(self) -> Iterator["Test"]:
        """Every single test inside, for checks and drawings."""

    @staticmethod
    def from_json(data: JsonValue) -> "Condition":
        """Read what `to_json` wrote. Raises ValueError for anything else."""
        return _read(data)


@dataclass(frozen=True, slots=True)
class Test(Condition):
    """One test of one step's answer: exactly one of `options`, `member`, `answered` is set."""

    step: str
    options: tuple[JsonValue, ...] | None = None
    column: str | None = None
    member: JsonValue = None
    is_answered: bool | None = None

    def holds(self, values: Values) -> bool:
        """See the module: nothing but `answered: false` is true of a step without an answer."""
        if self.is_answered is not None:
            return (self.step in values) is self.is_answered
        if self.step not in values:
            return False
        value = values[self.step]
        if self.options is None:
            return isinstance(value, (list, tuple)) and self.member in value
        if self.column is None:
            return value in self.options
        return self._any_row(value, self.column, self.options)

    @staticmethod
    def _any_row(value: JsonValue, column: str, options: tuple[JsonValue, ...]) -> bool:
        if not isinstance(value, Mapping):
            return False
        rows = (row for row in value.values() if isinstance(row, Mapping))
        return any(column in row and row[column] in options for row in rows)

    def to_json(self) -> dict[str, JsonValue]:
        """`in`, `has`, `answered` or a column's `in`."""
        if self.is_answered is not None:
            return {"step": self.step, "answered": self.is_answered}
        if self.options is None:
            return {"step": self.step, "has": self.member}
        if self.column is None:
            return {"step": self.step, "in": list(self.options)}
        return {"step": self.step, "column": self.column, "in": list(self.options)}

    def tests(self) -> Iterator["Test"]:
        """Itself."""
        yield self


@dataclass(frozen=True, slots=True)
class AllOf(Condition):
    """True when every part is."""

    parts: tuple[Condition, ...]

    def holds(self, values: Values) -> bool:
        """Every part."""
        return all(part.holds(values) for part in self.parts)

    def to_json(self) -> dict[str, JsonValue]:
        """`{"all": […]}`."""
        return {"all": [part.to_json() for part in self.parts]}

    def tests(self) -> Iterator[Test]:
        """Those of its parts."""
        for part in self.parts:
            yield from part.tests()


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    """True when at least one part is."""

    parts: tuple[Condition, ...]

    def holds(self, values: Values) -> bool:
        """At least one part."""
        return any(part.holds(values) for part in self.parts)

    def to_json(self) -> dict[str, JsonValue]:
        """`{"any": […]}`."""
        return {"any": [part.to_json() for part in self.parts]}

    def tests(self) -> Iterator[Test]:
        """Those of its parts."""
        for part in self.parts:
            yield from part.tests()


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """True when its part is not, also where the part is false for want of an answer."""

    part: Condition

    def holds(self, values: Values) -> bool:
        """The other way round."""
        return not self.part.holds(values)

    def to_json(self) -> dict[str, JsonValue]:
        """`{"not": …}`."""
        return {"not": self.part.to_json()}

    def tests(self) -> Iterator[Test]:
        """Those of its part."""
        yield from self.part.tests()


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column, to be tested over any row."""

    step: str
    key: str

    def is_in(self, *options: JsonValue) -> Condition:
        """Some row names one of these values in this column."""
        return Test(self.step, options=options, column=self.key)


@dataclass(frozen=True, slots=True)
class Asked:
    """An earlier step, to be tested: `when("decision").is_in("change", "reject")`."""

    step: str

    def is_in(self, *options: JsonValue) -> Condition:
        """The answer is one of these."""
        return Test(self.step, options=options)

    def has(self, member: JsonValue) -> Condition:
        """The answer is a list that holds this."""
        return Test(self.step, member=member)

    def answered(self) -> Condition:
        """There is an answer."""
        return Test(self.step, is_answered=True)

    def not_answered(self) -> Condition:
        """There is none: the step was not asked."""
        return Test(self.step, is_answered=False)

    def column(self, key: str) -> Column:
        """A column of a table step."""
        return Column(self.step, key)


def when(step: str) -> Asked:
    """Begin a condition on an earlier step's answer."""
    return Asked(step)


def all_of(*parts: Condition) -> Condition:
    """Every one of them."""
    return AllOf(parts)


def any_of(*parts: Condition) -> Condition:
    """At least one of them."""
    return AnyOf(parts)


def not_(part: Condition) -> Condition:
    """The opposite."""
    return Not(part)


def _read(data: JsonValue) -> Condition:
    if not isinstance(data, Mapping):
        raise ValueError(f"a condition is an object, not {type(data).__name__}")
    if "all" in data:
        return AllOf(tuple(_read(part) for part in _list(data["all"])))
    if "any" in data:
        return AnyOf(tuple(_read(part) for part in _list(data["any"])))
    if "not" in data:
        return Not(_read(data["not"]))
    return _read_test(data)


def _read_test(data: Mapping[str, JsonValue]) -> Test:
    step = data.get("step")
    if not isinstance(step, str):
        raise ValueError("a condition names a step")
    if "answered" in data:
        return Test(step, is_answered=bool(data["answered"]))
    if "has" in data:
        return Test(step, member=data["has"])
    column = data.get("column")
    return Test(step, options=tuple(_list(data.get("in"))), column=None if column is None else str(column))


def _list(data: JsonValue) -> Sequence[JsonValue]:
    if not isinstance(data, (list, tuple)):
        raise ValueError("a condition's `all`, `any` and `in` are lists")
    return cast("Sequence[JsonValue]", data)
