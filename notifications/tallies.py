"""How often something was done that costs money or could be guessed: counted in the database, exact under concurrency.

A window opens with its first use, as the provider's do. A use is one conditional UPSERT: of two at once that would pass the
limit together, one is refused. Subjects are keyed digests or row ids, never a number or an address.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import peewee

from config import clock, database
from config.fields import UtcDateTimeField
from config.forgetting import AT_ONCE, Slice


@dataclass(frozen=True)
class Limit:
    """At most so many uses in a window."""

    name: str
    most: int
    window: timedelta


@dataclass(frozen=True)
class Use:
    """One use of a limit by a subject, or `amount` of them at once."""

    limit: Limit
    subject: str
    amount: int = 1


class Exhausted(Exception):
    """A limit is reached; free again in `retry_after_s`."""

    def __init__(self, limit: str, retry_after_s: int) -> None:
        super().__init__(limit)
        self.limit = limit
        self.retry_after_s = retry_after_s


class Tally(database.Record):
    """What one subject used of one limit since `opened_at`."""

    id = peewee.AutoField()
    name = peewee.CharField(max_length=32)
    subject = peewee.CharField(max_length=64)
    opened_at = UtcDateTimeField(index=True)
    used = peewee.IntegerField()

    class Meta:
        indexes = ((("name", "subject"), True),)


def take(uses: Sequence[Use]) -> None:
    """Count all of `uses`, or none of them, in the caller's transaction. Raises Exhausted."""
    with database.savepoint():
        for use in sorted(uses, key=lambda use: (use.limit.name, use.subject)):  # everybody locks in this order
            if not _counted(use):
                raise Exhausted(use.limit.name, _wait_s(use))


def give_back(uses: Sequence[Use]) -> None:
    """Undo uses that turned out to have cost nothing, in the caller's transaction."""
    for use in sorted(uses, key=lambda use: (use.limit.name, use.subject)):
        Tally.update(used=Tally.used - use.amount).where(_of(use), Tally.used >= use.amount).execute()


def used(limit: Limit, subject: str) -> int:
    """How much of it the subject has used in its present window."""
    row = Tally.get_or_none(_of(Use(limit, subject)), Tally.opened_at > clock.now() - limit.window)
    return row.used if row else 0


def forget_tallies(before: datetime, _after: int) -> Slice:
    """Forget a slice of the windows that opened before a moment. By their own index: a window that opens anew keeps its id."""
    with database.transaction():
        old = Tally.select(Tally.id).where(Tally.opened_at < before).limit(AT_ONCE)
        forgotten = int(Tally.delete().where(Tally.id.in_([row.id for row in old])).execute())
    return Slice(forgotten, 0 if forgotten == AT_ONCE else None)


def _counted(use: Use) -> bool:
    if use.amount > use.limit.most:
        return False
    now = clock.now()
    is_over = Tally.opened_at <= now - use.limit.window
    fresh = peewee.Case(None, [(is_over, use.amount)], Tally.used + use.amount)
    opened = peewee.Case(None, [(is_over, Tally.opened_at.db_value(now))], Tally.opened_at)
    query = Tally.insert(name=use.limit.name, subject=use.subject, opened_at=now, used=use.amount).on_conflict(
        conflict_target=[Tally.name, Tally.subject],
        update={Tally.used: fresh, Tally.opened_at: opened},
        where=is_over | (Tally.used + use.amount <= use.limit.most),
    )
    return bool(query.as_rowcount().execute())


def _wait_s(use: Use) -> int:
    row = Tally.get_or_none(_of(use))
    if row is None:
        return int(use.limit.window.total_seconds())
    left = row.opened_at + use.limit.window - clock.now()
    return max(1, int(left.total_seconds()) + 1)


def _of(use: Use) -> peewee.Expression:
    return (Tally.name == use.limit.name) & (Tally.subject == use.subject)
