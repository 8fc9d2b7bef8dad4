"""A table's declaration, read for use: rows, columns, what is prefilled and what a row must fill in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from workflows.engine.content import Constraints, Content, Entry, JsonValue, entries
from workflows.engine.inputs.amount import Amount
from workflows.engine.inputs.base import InputKind, parts_of
from workflows.engine.inputs.choice import Choice
from workflows.engine.inputs.date import Date
from workflows.engine.inputs.decimals import canonical
from workflows.engine.inputs.quantity import Quantity
from workflows.engine.inputs.text import Text

Cells: TypeAlias = Mapping[str, JsonValue]

CELL_KINDS: Mapping[str, InputKind] = {one.kind: one for one in (Choice(), Quantity(), Amount(), Date(), Text())}


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows and columns by key. Nothing is read from a row before somebody names it.

    `partners` are the columns joined by `with`: both filled or both empty, whichever of them names the other.
    """

    rows: Mapping[str, Entry]
    columns: Mapping[str, Entry]
    partners: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, constraints: Constraints) -> "Sheet":
        """From a table step's constraints."""
        rows = {str(row["key"]): row for row in entries(constraints, "rows")}
        columns = {str(column["key"]): column for column in entries(constraints, "columns")}
        joined = [(key, str(column["with"])) for key, column in columns.items() if "with" in column]
        return cls(rows, columns, tuple(joined))

    def constraints(self, row: str, column: str) -> Constraints:
        """What holds for one cell: the column's constraints, those its row names for it laid over them."""
        own = self.rows[row].get("constraints")
        limits = own.get(column) if isinstance(own, Mapping) else None
        return {**self.columns[column], **limits} if isinstance(limits, Mapping) else self.columns[column]

    def parse(self, row: str, column: str, value: JsonValue, today: date) -> JsonValue:
        """One cell's value. Raises InvalidAnswer."""
        return kind_of(self.columns[column]).parse(value, self.constraints(row, column), today)

    def prefilled(self, row: str) -> Cells:
        """The cells a row begins with."""
        return _cells(self.rows[row].get("cells"))

    def merged(self, row: str, named: Cells) -> dict[str, JsonValue]:
        """A row as it reads after the answer."""
        return {**self.prefilled(row), **named}

    def changed(self, row: str, named: Cells) -> set[str]:
        """Columns whose named value differs from the prefilled one; 500.0 is 500, and null is an empty cell."""
        before = self.prefilled(row)
        return {column for column, value in named.items() if not _same(before.get(column), value)}

    def missing(self, row: str, named: Cells) -> Iterator[str]:
        """Columns that must be filled in this row and are not."""
        merged, changed = self.merged(row, named), self.changed(row, named)
        for key, column in self.columns.items():
            if merged.get(key) is None and self._is_required(column, merged, changed):
                yield key

    def _is_required(self, column: Entry, merged: Cells, changed: set[str]) -> bool:
        if not may_be_empty(column):
            return True
        if self.partners and self._partner_is_filled(str(column["key"]), merged):
            return True
        demand = column.get("required_if")
        return isinstance(demand, Mapping) and _demands(demand, merged, changed)

    def _partner_is_filled(self, key: str, merged: Cells) -> bool:
        partners = [two if key == one else one for one, two in self.partners if key in (one, two)]
        return any(merged.get(partner) is not None for partner in partners)


def kind_of(column: Entry) -> InputKind:
    """The input kind of a column's cells."""
    return CELL_KINDS[str(column["kind"])]


def may_be_empty(column: Entry) -> bool:
    """Whether a cell may be null as far as its column alone says; `required_if` and `with` are looked at per row."""
    return column.get("optional") is True or "required_if" in column or "with" in column


def _cells(content: Content) -> Cells:
    return content if isinstance(content, Mapping) else {}  # type: ignore[return-value] # prefilled cells are plain values


def _demands(demand: Mapping[str, Content], merged: Cells, changed: set[str]) -> bool:
    if "any" in demand:
        return any(_demands(part, merged, changed) for part in entries(demand, "any"))
    if "changed" in demand:
        return any(column in changed for column in parts_of(demand["changed"]))
    return merged.get(str(demand["cell"])) in parts_of(demand["in"])


def _same(before: JsonValue, after: JsonValue) -> bool:
    if before == after:
        return True
    if not isinstance(before, str) or not isinstance(after, str):
        return False
    number = canonical(before)
    return number is not None and number == canonical(after)
