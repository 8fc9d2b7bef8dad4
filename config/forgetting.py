"""Forgetting in slices: a table is walked from its oldest row on, a bounded number of rows in one transaction.

Ids grow with age, so a walk needs no index but the primary key's and ends at the first row that is young enough. What is old
and still needed is passed by; `after` lets the next slice go on behind it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from config import database
from config.database import Record

AT_ONCE = 1_000


@dataclass(frozen=True)
class Slice:
    """How many rows one slice forgot, and the id after which the next one goes on; None where there is none."""

    forgotten: int
    after: int | None


def forget(record: type[Record], born: peewee.Field, before: datetime, after: int, may_go: Any = None) -> Slice:
    """Forget those of the next 1,000 rows that were `born` before a moment and `may_go`, in one transaction."""
    key: Any = record._meta.primary_key
    with database.transaction():
        rows: Any = record.select(key, born).where(key > after).order_by(key).limit(AT_ONCE).tuples()
        last, count = after, 0
        for row_id, at in rows:
            if at >= before:
                break
            last, count = row_id, count + 1
        if not count:
            return Slice(0, None)
        belongs = (key > after) & (key <= last) & (born < before)
        query = record.delete().where(belongs) if may_go is None else record.delete().where(belongs, may_go)
        forgotten = int(query.execute())
    return Slice(forgotten, last if count == AT_ONCE else None)
