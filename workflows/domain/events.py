"""The log of business facts: append-only, in order, without gaps, per brand.

It is what the feed serves, what webhooks carry, and what later projections are built from. An event holds ids and figures,
never names, phones or texts about a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import peewee

from config import clock, database
from config.database import Record
from config.fields import JsonField, UtcDateTimeField
from config.prepared import Prepared, filling


class EventCounter(Record):
    """The last number given out to a brand's events."""

    brand = peewee.IntegerField(primary_key=True)
    last_seq = peewee.BigIntegerField(default=0)


class Event(Record):
    """One business fact of one document or batch."""

    id = peewee.BigAutoField()
    brand = peewee.IntegerField()
    seq = peewee.BigIntegerField()
    type = peewee.CharField(max_length=64)
    at = UtcDateTimeField()
    actor = peewee.CharField(max_length=64)
    subject_kind = peewee.CharField(max_length=32)
    subject_id = peewee.CharField(max_length=64)
    subject_ref = peewee.CharField(max_length=64)
    data = JsonField()

    class Meta:
        indexes = ((("brand", "seq"), True), (("brand", "subject_id", "seq"), False))


@dataclass(frozen=True)
class Subject:
    """What a task, an event or a conversation is about: kind, our id, and the brand's own reference."""

    kind: str
    id: str
    ref: str


class _Waiting:
    """The events of one transaction, numbered together when everything else of it is done."""

    def __init__(self, brand: int) -> None:
        self.brand = brand
        self.rows: list[tuple[Any, ...]] = []

    def write(self) -> None:
        first = _take_numbers(self.brand, len(self.rows))
        _insert.write_many((first + offset, *row) for offset, row in enumerate(self.rows))


def append(brand_id: int, actor: str, kind: str, subject: Subject, data: Mapping[str, Any]) -> None:
    """Record the fact `kind` (`order.confirmed`) about `subject` by `actor` (a person's or key's id).

    Its number is taken as the transaction's last act, so that a brand's log is locked for no longer than the commit.
    """
    waiting = database.pending_work(f"numbers:{brand_id}", lambda: _Waiting(brand_id))
    waiting.rows.append((brand_id, kind, clock.now(), actor, subject.kind, subject.id, subject.ref, dict(data)))


def _take_numbers(brand_id: int, count: int) -> int:
    """Reserve `count` numbers; the first of them. The counter's row stays locked until the commit."""
    last = _count.rows(brand_id, count)[0].last_seq
    return int(last) - count + 1


_count = Prepared(
    lambda brand, count: (
        EventCounter.insert(brand=brand, last_seq=count)
        .on_conflict(
            conflict_target=[EventCounter.brand], update={EventCounter.last_seq: EventCounter.last_seq + count}
        )
        .returning(EventCounter.last_seq)
    )
)
_COLUMNS = (
    Event.seq,
    Event.brand,
    Event.type,
    Event.at,
    Event.actor,
    Event.subject_kind,
    Event.subject_id,
    Event.subject_ref,
    Event.data,
)
_insert = Prepared(lambda *values: Event.insert(filling(_COLUMNS, values)), count=len(_COLUMNS))


def page(brand_id: int, after: int, limit: int, kind: str | None = None) -> list[Event]:
    """The brand's events with a number above `after`, in order, at most `limit`."""
    query = Event.select().where(Event.brand == brand_id, Event.seq > after)
    if kind:
        query = query.where(Event.type == kind)
    return list(query.order_by(Event.seq).limit(limit))


def of_subject(brand_id: int, subject_id: str, start: int, limit: int) -> list[Event]:
    """What happened to one document from the number `start` on, that one included, oldest first, at most `limit` and one."""
    query = Event.select().where(Event.brand == brand_id, Event.subject_id == subject_id, Event.seq >= start)
    return list(query.order_by(Event.seq).limit(limit + 1))
