"""The log of business facts: append-only, in order, without gaps, per brand.

It is what the feed serves, what webhooks carry, and what later projections are built from. An event holds ids and figures,
never names, phones or texts about a person. Each event is sealed into the brand's audit chain in the transaction that appends it;
what changes something without being a business fact is noted in the chain alone (`workflows.domain.audit.noting`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from config import clock, database
from config.database import Record
from config.fields import JsonField, UtcDateTimeField
from config.prepared import Prepared, filling
from workflows.domain.audit import entries
from workflows.domain.audit.entries import Fact, Head

CAUGHT_UP_AT_ONCE = 500


class EventCounter(Record):
    """The last number given out to a brand's events, and where its audit chain ends.

    audit_events is the last event that is in the chain: behind last_seq only where a former version of the program wrote.
    views_sealed is the last row of `audit_view` in the chain. Its row is what every writer of the brand locks last.
    """

    brand = peewee.IntegerField(primary_key=True)
    last_seq = peewee.BigIntegerField(default=0)
    audit_seq = peewee.BigIntegerField(null=True)
    audit_hash = peewee.CharField(max_length=64, null=True)
    audit_events = peewee.BigIntegerField(null=True)
    views_sealed = peewee.BigIntegerField(null=True)

    @property
    def head(self) -> Head:
        """Where the brand's audit chain ends."""
        return Head(self.audit_seq or 0, self.audit_hash or "")


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


class Ending:
    """The events and audit entries of one transaction, numbered together when everything else of it is done."""

    def __init__(self, brand: int) -> None:
        self.brand = brand
        self.rows: list[tuple[Any, ...]] = []
        self.facts: list[Fact] = []

    def write(self) -> None:
        """Take the numbers, write the events, and seal all of it: the counter's row stays locked until the commit."""
        counter: EventCounter = _count.rows(self.brand, len(self.rows))[0]
        first = counter.last_seq - len(self.rows) + 1
        numbered = [(first + offset, *row) for offset, row in enumerate(self.rows)]
        _insert.write_many(numbered)
        sealed: Sequence[Fact] = [fact_of(*cells) for cells in numbered]
        if (counter.audit_events or 0) + len(numbered) != counter.last_seq:
            sealed = _missed(self.brand, counter.audit_events or 0)  # those of this transaction among them
        head = entries.extended(self.brand, counter.head, [*sealed, *self.facts])
        last = sealed[-1].event if sealed else counter.audit_events
        _end.write(self.brand, head.seq, head.hash, last)


def append(brand_id: int, actor: str, kind: str, subject: Subject, data: Mapping[str, Any]) -> None:
    """Record the fact `kind` (`order.confirmed`) about `subject` by `actor` (a person's or key's id).

    Its number is taken as the transaction's last act, so that a brand's log is locked for no longer than the commit.
    """
    row = (brand_id, kind, clock.now(), actor, subject.kind, subject.id, subject.ref, dict(data))
    ending(brand_id).rows.append(row)


def ending(brand_id: int) -> Ending:
    """What the current transaction will add to a brand's log and chain."""
    return database.pending_work(f"numbers:{brand_id}", lambda: Ending(brand_id))


def catch_up(brand_id: int) -> bool:
    """Seal the next 500 events that a former version of the program wrote without an entry; are there more?"""
    counter = EventCounter.get_by_id(brand_id)
    behind = int(counter.last_seq - (counter.audit_events or 0))
    if behind > 0:
        with database.transaction():
            ending(brand_id)  # which finds them by itself
    return behind > CAUGHT_UP_AT_ONCE


def fact_of(seq: int, _brand: int, kind: str, at: Any, actor: str, *about: Any) -> Fact:
    """The entry that stands for an event: the same what, who and when, and the fingerprint of all of it."""
    subject_kind, subject_id, _subject_ref, _data = about
    content = entries.fingerprint([seq, kind, entries.moment(at), actor, *about])
    return Fact(kind, actor, subject_kind, subject_id, at, {"content": content}, seq)


def cells_of(event: Event) -> tuple[Any, ...]:
    """An event that was read, as `fact_of` takes it."""
    about = (event.subject_kind, event.subject_id, event.subject_ref, event.data)
    return (event.seq, event.brand, event.type, event.at, event.actor, *about)


def _missed(brand_id: int, after: int) -> Sequence[Fact]:
    return [fact_of(*cells_of(event)) for event in page(brand_id, after, CAUGHT_UP_AT_ONCE)]


_count = Prepared(
    lambda brand, count: (
        EventCounter.insert(brand=brand, last_seq=count)
        .on_conflict(
            conflict_target=[EventCounter.brand], update={EventCounter.last_seq: EventCounter.last_seq + count}
        )
        .returning(EventCounter)
    )
)
_ENDS = (EventCounter.audit_seq, EventCounter.audit_hash, EventCounter.audit_events)
_end = Prepared(
    lambda brand, *values: EventCounter.update(filling(_ENDS, values)).where(EventCounter.brand == brand),
    count=1 + len(_ENDS),
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


def brands_behind() -> Iterable[int]:
    """The brands with events that are not in their chain yet."""
    behind = peewee.fn.COALESCE(EventCounter.audit_events, 0) < EventCounter.last_seq
    return [row.brand for row in EventCounter.select(EventCounter.brand).where(behind).order_by(EventCounter.brand)]
