"""What a database holds, row by row, so that a test can say which rows a call touched, whatever the call claims."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeAlias

from config import database
from config.database import Record
from tests.schema import models

Key: TypeAlias = tuple[str, Any]
Rows: TypeAlias = Mapping[Key, tuple[Any, ...]]

# What may move although nothing was done: when a key was last used, and which login codes WeChat has seen.
_NOTES = {"api_key": ("last_used_at",), "phone_session": ("expires_at",)}


@cache
def _tables() -> list[type[Record]]:
    return [model for model in models() if model.__module__.split(".")[0] in {"api", "notifications", "workflows"}]


def held() -> Rows:
    """Every row of every table, by table and primary key."""
    found: dict[Key, tuple[Any, ...]] = {}
    for model in _tables():
        meta: Any = model._meta  # type: ignore[attr-defined]
        columns = [name for name in meta.columns if name not in _NOTES.get(meta.table_name, ())]
        place = columns.index(meta.primary_key.column_name)
        listed = ", ".join(f'"{column}"' for column in columns)
        for row in database.proxy.execute_sql(f'SELECT {listed} FROM "{meta.table_name}"'):  # noqa: S608 - our own names
            found[meta.table_name, row[place]] = tuple(_plain(cell) for cell in row)
    return found


def changed(before: Rows, after: Rows) -> set[Key]:
    """The rows that were added, changed or taken away."""
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def counts(rows: Rows) -> dict[str, int]:
    """How many rows each table holds."""
    found: dict[str, int] = {}
    for table, _ in rows:
        found[table] = found.get(table, 0) + 1
    return found


def brand_of(key: Key, rows: Rows) -> int | None:
    """The brand a row belongs to by its own column, or None where it has none."""
    model = next(one for one in _tables() if one._meta.table_name == key[0])  # type: ignore[attr-defined]
    names = [name for name in model._meta.columns if name not in _NOTES.get(key[0], ())]  # type: ignore[attr-defined]
    for name in ("brand", "brand_id"):
        if name in names:
            return int(rows[key][names.index(name)])
    return None


def _plain(cell: Any) -> Any:
    return bytes(cell) if isinstance(cell, memoryview) else cell
