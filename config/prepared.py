"""Queries of the hot paths, whose SQL is written once.

peewee takes longer to write a query than the database to run it: 0.6 ms for an order with its parties. What is asked with
other values each time is built once with stand-ins for them.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import peewee

from config import database

_peewees_errors = vars(peewee)["__exception_wrapper__"]
_OF_ONE_RUN = {"cursor", "count", "index", "row_cache", "populated"}


@dataclass(frozen=True)
class _Gap:
    """Where in the parameters a value belongs, and what its column makes of it."""

    place: int
    convert: Callable[[Any], Any] | None

    def filled(self, values: Sequence[Any]) -> Any:
        value = values[self.place]
        return self.convert(value) if self.convert else value


class Slot(peewee.Node):
    """Stands for a value; in a comparison it becomes what the column beside it makes of it."""

    def __init__(self, place: int, convert: Callable[[Any], Any] | None = None) -> None:
        self._place = place
        self._convert = convert

    def into(self, field: Any) -> "Slot":
        """The same value on its way into a column, by update or insert."""
        return Slot(self._place, field.db_value)

    def __sql__(self, ctx: Any) -> Any:
        return ctx.value(_Gap(self._place, self._convert or ctx.state.converter), converter=False)


@dataclass(frozen=True)
class _Written:
    """A query with its SQL, and which column of a row is which attribute of which record, known after the first row."""

    query: Any
    sql: str
    parameters: tuple[Any, ...]
    layout: dict[str, Any] = field(default_factory=dict)

    def filled(self, values: Sequence[Any]) -> list[Any]:
        """The parameters with `values` in their places."""
        return [one.filled(values) if isinstance(one, _Gap) else one for one in self.parameters]

    def records(self, cursor: Any) -> list[Any]:
        """The rows of `cursor` as the query's records."""
        wrapper = self.query._get_cursor_wrapper(cursor)
        vars(wrapper).update(self.layout)
        found = list(wrapper.iterator())
        if found and not self.layout:
            learnt = {name: value for name, value in vars(wrapper).items() if name not in _OF_ONE_RUN}
            self.layout.update(learnt)
        return found


def filling(columns: Sequence[Any], slots: Sequence[Slot]) -> Mapping[Any, Slot]:
    """Columns and the values that go into them, for an insert or update."""
    return {column: slot.into(column) for column, slot in zip(columns, slots, strict=True)}


class Prepared:
    """A query whose values come with each call. `build` gets a `Slot` for each value and gives the query.

    `count` says how many values there are where the arguments of `build` do not. Only values may differ from call to
    call: what changes the shape of a query needs a query of its own.
    """

    def __init__(self, build: Callable[..., Any], count: int | None = None) -> None:
        self._build = build
        slots = len(inspect.signature(build).parameters) if count is None else count
        self._slots = tuple(Slot(place) for place in range(slots))
        self._written: dict[bool, _Written] = {}

    def rows(self, *values: Any) -> list[Any]:
        """What a select finds, as records."""
        written, cursor = self._run(values)
        return written.records(cursor)

    def first(self, *values: Any) -> Any | None:
        """The first of what a select finds, or None; the query should say LIMIT 1."""
        found = self.rows(*values)
        return found[0] if found else None

    def write(self, *values: Any) -> int:
        """Run an update, insert or delete; how many rows it touched."""
        return int(self._run(values)[1].rowcount)

    def write_many(self, rows: Iterable[Sequence[Any]]) -> None:
        """Run an update, insert or delete once for the values of each row, all in one go."""
        written = self._ready()
        filled = [written.filled(row) for row in rows]
        if len(filled) == 1:
            database.proxy.execute_sql(written.sql, filled[0])
        elif filled:
            with _peewees_errors:
                database.proxy.cursor().executemany(written.sql, filled)

    def _run(self, values: Sequence[Any]) -> tuple[_Written, Any]:
        if len(values) != len(self._slots):
            raise TypeError(f"{len(self._slots)} values are needed, not {len(values)}")
        written = self._ready()
        return written, database.proxy.execute_sql(written.sql, written.filled(values))

    def _ready(self) -> _Written:
        return self._written.get(database.is_postgres()) or self._prepare()

    def _prepare(self) -> _Written:
        query = self._build(*self._slots)
        sql, parameters = query.sql()
        written = self._written[database.is_postgres()] = _Written(query, sql, tuple(parameters))
        return written
