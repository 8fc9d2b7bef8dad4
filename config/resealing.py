"""Sealing again under the current key what an earlier one sealed: for `flask keys rotate`, a slice at a time.

Each table that keeps sealed values for longer than a former key is kept declares itself a `SealedTable`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import peewee

from config import database
from config.database import Record
from config.sealing import CannotOpen


@dataclass(frozen=True)
class SealedTable:
    """One table with sealed values: what an operator calls a row, which rows wait, how one of them is sealed again.

    is_sealed_before is asked when it is needed, because it depends on the current key; seal_again raises CannotOpen.
    """

    row_name: str
    record: type[Record]
    is_sealed_before: Callable[[], peewee.Expression]
    seal_again: Callable[[Any], None]


@dataclass(frozen=True)
class Resealed:
    """What one slice did: how many rows it sealed again, those that no key of ours opens, and where the next begins."""

    count: int
    unreadable: tuple[int, ...]
    last: int


def reseal(table: SealedTable, limit: int = 500, after: int = 0) -> Resealed | None:
    """Seal up to `limit` rows behind the row `after` again under the current key; None when nothing is left.

    A row is held while it is done: what somebody writes meanwhile is never overwritten.
    """
    key: Any = table.record._meta.primary_key
    with database.transaction():
        waiting = table.record.select().where(table.is_sealed_before(), key > after).order_by(key).limit(limit)
        rows: list[Any] = list(database.locked(waiting))
        unreadable = tuple(row.id for row in rows if not _is_sealed_again(table, row))
    return Resealed(len(rows) - len(unreadable), unreadable, rows[-1].id) if rows else None


def _is_sealed_again(table: SealedTable, row: Any) -> bool:
    try:
        table.seal_again(row)
    except CannotOpen:
        return False
    return True


def sealed_before(table: SealedTable) -> int:
    """How many rows are still sealed under an earlier key."""
    return int(table.record.select().where(table.is_sealed_before()).count())
