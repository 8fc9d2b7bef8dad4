"""A figure: what was measured, the limit it is held against, and whether it is reached. Printed and written as one table."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.measuring import Timing

HEADINGS = ("work", "store", "measured", "limit", "result", "in CPU", "target", "reached")


@dataclass(frozen=True)
class Figure:
    """One line of the table. `value` is what the target is about; a target of None is for information only.

    An exact figure is the same on every machine and in every run: statements, requests. `in_cpu` is the same ratio
    counted in the processor time of the servers, which says what is ours to change and hardly moves with the machine.
    """

    work: str
    store: str
    measured: str
    limit: str
    value: float
    unit: str
    target: float | None = None
    is_least: bool = False
    is_exact: bool = False
    in_cpu: float | None = None

    @property
    def is_reached(self) -> bool:
        """Is the target met? A figure without one always is."""
        if self.target is None:
            return True
        return self.value >= self.target if self.is_least else self.value <= self.target

    def cells(self) -> tuple[str, ...]:
        """The line as the table shows it."""
        sign = "≥" if self.is_least else "≤"
        target = "" if self.target is None else f"{sign} {_number(self.target)}{self.unit}"
        reached = "" if self.target is None else ("yes" if self.is_reached else "no")
        result, cpu = f"{_number(self.value)}{self.unit}", "" if self.in_cpu is None else f"{_number(self.in_cpu)} ×"
        return (self.work, self.store, self.measured, self.limit, result, cpu, target, reached)

    def to_json(self) -> dict[str, Any]:
        """For programs that look at a run."""
        return {
            "work": self.work,
            "store": self.store,
            "value": self.value,
            "is_exact": self.is_exact,
            "is_reached": self.is_reached,
        }


def ratio(work: str, store: str, ours: Timing, limit: Timing, most: float | None) -> Figure:
    """How many times the limit's median our median is."""
    in_cpu = ours.cpu_s / limit.cpu_s if limit.cpu_s else None
    return Figure(work, store, str(ours), str(limit), ours.median_s / limit.median_s, " ×", most, in_cpu=in_cpu)


def statements(work: str, store: str, count: int, most: int | None) -> Figure:
    """How many SQL statements one call takes, its transaction's begin and commit apart."""
    return Figure(work, store, "", "", count, " statements", most, is_exact=True)


def _number(value: float) -> str:
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.2f}"


def plain_table(figures: Sequence[Figure]) -> str:
    """The table for a terminal."""
    rows = [HEADINGS, *(figure.cells() for figure in figures)]
    widths = [max(_width(row[at]) for row in rows) for at in range(len(HEADINGS))]
    return "\n".join("  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def markdown_table(figures: Sequence[Figure]) -> str:
    """The table for a document."""
    lines = [f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]
    return "\n".join([*lines, *(f"| {' | '.join(figure.cells())} |" for figure in figures)])


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - _width(cell))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
