"""Walks the chains and says what was tampered with: edited, taken away, cut off, put in, or written anew.

A walk from link to link finds what breaks the chain. Holding it against anchors finds what does not: an end cut off together with
the note of it, or a whole chain with all its hashes written anew.

Read by slices in the order of the numbers, so that memory stays flat whatever the length; a walk beside people at work is right,
since each slice and the chain's end are read until nothing follows. It changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

import peewee

from workflows.domain import events
from workflows.domain.audit import views
from workflows.domain.audit.anchors import Anchor, Unreadable, names_of_brands
from workflows.domain.audit.entries import AuditEntry, Fact, Head, fact_of, linked, together
from workflows.domain.events import Event, EventCounter

SLICE = 2_000
_ANCHORS_AT_ONCE = 500
Progress: TypeAlias = Callable[[str, int], None]
Lines: TypeAlias = Iterable[tuple[int, Anchor | Unreadable]]


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was sealed. code: `edited`, `missing`, `inserted`, `truncated`, `event_changed`,
    `event_missing`, `event_not_sealed`, `views_changed`, `unreadable`; against anchors `rewritten`, `truncated`,
    `anchor_unreadable`."""

    brand: str
    code: str
    place: str

    def __str__(self) -> str:
        return f"{self.brand}: {self.code}: {self.place}"


def findings(progress: Progress | None = None) -> Iterator[Finding]:
    """Everything that is wrong with any chain by itself, chain by chain."""
    names = names_of_brands()
    found = {row.brand for row in EventCounter.select(EventCounter.brand)} | _brands_in(AuditEntry) | _brands_in(Event)
    for brand in sorted(found):
        yield from _Walk(brand, names.get(brand, f"brand {brand}"), progress).findings()


def against(anchors: Lines) -> Iterator[Finding]:
    """What is wrong by anchors kept outside: one finding of a kind for each chain, from the first entry it concerns."""
    chains = {name: brand for brand, name in names_of_brands().items()}
    worst: dict[tuple[str, str], Anchor] = {}
    lines = iter(anchors)
    while held := list(islice(lines, _ANCHORS_AT_ONCE)):
        for number, line in held:
            if isinstance(line, Unreadable):
                yield Finding("anchors", "anchor_unreadable", f"line {number}")
        for one, code in _disagreeing([line for _, line in held if isinstance(line, Anchor)], chains):
            before = worst.setdefault((one.brand, code), one)
            worst[one.brand, code] = min(before, one, key=lambda anchor: anchor.seq)
    for (name, code), one in worst.items():
        yield Finding(name, code, f"from entry {one.seq} or earlier, anchored {one.at.isoformat()}")


def _disagreeing(held: Sequence[Anchor], chains: dict[str, int]) -> Iterator[tuple[Anchor, str]]:
    for name in sorted({one.brand for one in held}):
        of_chain = [one for one in held if one.brand == name]
        numbers = [one.seq for one in of_chain]
        query = AuditEntry.select(AuditEntry.seq, AuditEntry.hash).where(AuditEntry.brand == chains.get(name, -1))
        stands = {row.seq: row.hash for row in query.where(AuditEntry.seq.in_(numbers))}
        for one in of_chain:
            if stands.get(one.seq) != one.hash:
                yield one, "rewritten" if one.seq in stands else "truncated"


def _brands_in(record: Any) -> set[int]:
    """The brands that a table speaks of, found by jumping from one to the next: one look-up each, however long it is."""
    brands: set[int] = set()
    last: int | None = record.select(peewee.fn.MIN(record.brand)).scalar()
    while last is not None:
        brands.add(last)
        last = record.select(peewee.fn.MIN(record.brand)).where(record.brand > last).scalar()
    return brands


class _Walk:
    """One chain, from its first entry to its end."""

    def __init__(self, brand: int, name: str, progress: Progress | None) -> None:
        self._brand, self._name, self._progress = brand, name, progress
        self._head = Head()
        self._events = _Events(brand)
        self._views_after = 0

    def findings(self) -> Iterator[Finding]:
        """What is wrong, in the order of the chain; it ends where something cannot be read, and the other chains do not."""
        try:
            yield from self._walked()
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            place = f"behind entry {self._head.seq}, or its event: {type(error).__name__}; not walked further"
            yield self._finding("unreadable", place)

    def _walked(self) -> Iterator[Finding]:
        while True:
            for entry in self._entries():
                yield from self._of_entry(entry)
            counter = EventCounter.get_or_none(EventCounter.brand == self._brand)
            end = counter.head if counter else Head()
            if end.seq <= self._head.seq or not self._has_more():
                break
        yield from self._of_end(end)
        yield from self._of_last_views(end, counter)
        yield from self._events.unsealed(self._finding, counter)

    def _entries(self) -> Iterator[AuditEntry]:
        of_brand = AuditEntry.select().where(AuditEntry.brand == self._brand).order_by(AuditEntry.seq).limit(SLICE)
        while rows := list(of_brand.where(AuditEntry.seq > self._head.seq)):
            yield from rows
            if self._progress:
                self._progress(self._name, self._head.seq)

    def _has_more(self) -> bool:
        later = (AuditEntry.brand == self._brand) & (AuditEntry.seq > self._head.seq)
        return AuditEntry.select().where(later).exists()

    def _of_entry(self, entry: AuditEntry) -> Iterator[Finding]:
        before = self._head
        if entry.seq != before.seq + 1:
            yield self._finding("missing", f"entries {before.seq + 1} to {entry.seq - 1}")
        fact = fact_of(entry)
        if entry.seq == before.seq + 1 and linked(self._brand, before, fact).hash != entry.hash:
            yield self._finding("edited", f"entry {entry.seq} ({entry.kind}), or the one before it")
        self._head = Head(entry.seq, entry.hash)  # go on from what stands there: one edit is one finding
        if entry.event is not None:
            yield from self._events.compared(self._finding, fact)
        elif entry.kind == views.KIND:
            yield from self._of_views(fact)

    def _of_views(self, fact: Fact) -> Iterator[Finding]:
        after, through = fact.data["after"], fact.data["through"]
        if after != self._views_after:
            yield self._finding("views_changed", f"rows {self._views_after + 1} to {after} were sealed by nobody")
        rows = views.between(self._brand, after, through).limit(fact.data["count"] + 1)
        if together(map(views.content_of, rows)) != fact.data["content"]:
            yield self._finding("views_changed", f"rows {after + 1} to {through}, sealed by entry {self._head.seq}")
        self._views_after = through

    def _of_end(self, end: Head) -> Iterator[Finding]:
        if end.seq > self._head.seq:
            yield self._finding("truncated", f"entries {self._head.seq + 1} to {end.seq}")
        elif end.seq < self._head.seq:
            yield self._finding("inserted", f"entries {end.seq + 1} to {self._head.seq} after the end of the chain")
        elif end.hash != self._head.hash:
            yield self._finding("edited", f"the end of the chain is not entry {end.seq}")

    def _of_last_views(self, end: Head, counter: EventCounter | None) -> Iterator[Finding]:
        """Views that count as sealed, though no entry seals them, would never be."""
        noted = (counter.views_sealed or 0) if counter else 0
        if end.seq == self._head.seq and noted > self._views_after:
            yield self._finding("views_changed", f"rows {self._views_after + 1} to {noted} were sealed by nobody")

    def _finding(self, code: str, place: str) -> Finding:
        return Finding(self._name, code, place)


class _Events:
    """The log of events, read beside the entries that stand for them: both are in the order of their numbers."""

    def __init__(self, brand: int) -> None:
        self._brand = brand
        self._rows: Sequence[Event] = ()
        self._place = 0
        self._seen = 0
        self._sealed = 0

    def compared(self, finding: Callable[[str, str], Finding], sealed: Fact) -> Iterator[Finding]:
        """What is wrong between the last event that was sealed and this one."""
        number = self._sealed = sealed.event or 0
        while (event := self._next()) is not None and event.seq < number:
            yield finding("event_not_sealed", f"event {event.seq} ({event.type}) has no entry")
            self._take(event)
        if event is None or event.seq != number:
            yield finding("event_missing", f"event {number} ({sealed.kind})")
            return
        self._take(event)
        if events.fact_of(*events.cells_of(event)) != sealed:
            yield finding("event_changed", f"event {number} ({sealed.kind})")

    def unsealed(self, finding: Callable[[str, str], Finding], counter: EventCounter | None) -> Iterator[Finding]:
        """Events after the last one that the chain stands for; those written while we walked are sealed further on."""
        numbered = counter.last_seq if counter else 0
        if self._sealed < numbered:
            yield finding("event_not_sealed", f"events {self._sealed + 1} to {numbered} have no entry (yet)")
        newest = Event.select(peewee.fn.MAX(Event.seq)).where(Event.brand == self._brand).scalar() or 0
        again = EventCounter.get_or_none(EventCounter.brand == self._brand)
        if newest > (again.last_seq if again else 0):
            yield finding("event_not_sealed", f"event {newest} has a number that was never given out")

    def _next(self) -> Event | None:
        if self._place >= len(self._rows):
            self._rows, self._place = events.page(self._brand, self._seen, SLICE), 0
        return self._rows[self._place] if self._place < len(self._rows) else None

    def _take(self, event: Event) -> None:
        self._place += 1
        self._seen = event.seq
