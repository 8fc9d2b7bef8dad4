"""Every way to change the record behind its back is found: by the chain itself, or by anchors kept outside."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import peewee
import pytest

from config import clock, database
from config.ids import new_id
from tests import make, tampering
from tests.tampering import unguarded
from workflows.domain import events, people
from workflows.domain.audit import anchors, keeping, verify, views
from workflows.domain.audit.entries import AuditEntry
from workflows.domain.audit.views import AuditView
from workflows.domain.events import Event, EventCounter

Tamper: TypeAlias = Callable[[int], Any]


@pytest.fixture
def brand(db: None) -> Iterator[int]:  # noqa: ARG001 - the database it lives in
    """A brand with a past: people, changes, views that are sealed."""
    made = make.brand()
    system, supplier = make.system_actor(made), make.supplier(made, "S1")
    owner = make.person(supplier, "owner", "owner")
    for name in ("Li", "Wang", "Zhao"):
        people.put_person(
            system, "owner", {"name": name, "language": "zh", "memberships": [{"partner": "S1", "role": "owner"}]}
        )
    views.seen(system, [("person", owner.public_id), ("person", "per_other"), ("purchase_order", new_id("po"))])
    with clock.travelled(minutes=20):
        views.seal(made.id)
        make.person(supplier, "clerk", "later")
        yield made.id


@pytest.fixture
def kept(brand: int, tmp_path: Path) -> Path:
    """Anchors as they were written while nothing was wrong."""
    del brand
    path = tmp_path / "outside" / "anchors.jsonl"
    assert anchors.write(path) > 0
    return path


def codes(kept: Path | None = None) -> list[str]:
    """What a walk finds, alone or against anchors."""
    by_anchors = list(verify.against(anchors.read(kept))) if kept else []
    return sorted({one.code for one in (*verify.findings(), *by_anchors)})


def last(brand: int) -> int:
    return EventCounter.get_by_id(brand).head.seq


def delete_events(brand: int, *which: Any) -> int:
    return int(Event.delete().where(Event.brand == brand, *which).execute())


def insert_event(brand: int, seq: int) -> None:
    found = Event.get(Event.brand == brand, Event.seq == 1)
    facts = {name: getattr(found, name) for name in found.__data__ if name != "id"}
    Event.insert(**{**facts, "seq": seq}).execute()


def renumber_into_the_middle(brand: int) -> None:
    """A made-up entry between two true ones, all numbers moved up and all hashes reckoned anew."""
    found = tampering.entry(brand, 3)
    AuditEntry.update(seq=AuditEntry.seq + 1_000).where(AuditEntry.brand == brand, AuditEntry.seq > 3).execute()
    facts = {name: getattr(found, name) for name in found.__data__ if name not in {"id", "seq", "event"}}
    AuditEntry.insert(**facts, seq=4, event=None).execute()
    tampering.reckon_anew(brand)


def cut_off_with_its_note(brand: int) -> None:
    """The last event and entry are gone, and every counter says that they never were."""
    end = last(brand)
    number = tampering.entry(brand, end).event
    tampering.remove(brand, end, end)
    tampering.set_end(brand, end - 1)
    delete_events(brand, Event.seq == number)
    before = {"last_seq": number - 1, "audit_events": number - 1}
    EventCounter.update(**before).where(EventCounter.brand == brand).execute()


def forget_the_brand(brand: int) -> None:
    """All of it is gone, as if there had never been anything."""
    tampering.remove(brand, 1, last(brand))
    delete_events(brand)
    AuditView.delete().where(AuditView.brand == brand).execute()
    EventCounter.delete().where(EventCounter.brand == brand).execute()


def rewritten(brand: int) -> None:
    """One entry and its event say something else, and every hash and the end fit it."""
    event = Event.get(Event.brand == brand, Event.seq == 2)
    event.actor = "per_somebody_else"
    event.save()
    place = tampering.AuditEntry.get(AuditEntry.brand == brand, AuditEntry.event == 2).seq
    fact = events.fact_of(*events.cells_of(event))
    tampering.edit(brand, place, actor=fact.actor, data=fact.data)
    tampering.reckon_anew(brand)


BY_THE_CHAIN: dict[str, tuple[Tamper, str]] = {
    "an entry's actor is another": (lambda brand: tampering.edit(brand, 3, actor="per_x"), "edited"),
    "an entry's kind is another": (lambda brand: tampering.edit(brand, 3, kind="person.seen"), "edited"),
    "an entry's record is another": (lambda brand: tampering.edit(brand, 3, record="per_x"), "edited"),
    "an entry's record is of another kind": (lambda brand: tampering.edit(brand, 3, record_kind="order"), "edited"),
    "an entry's moment is another": (
        lambda brand: tampering.edit(brand, 3, at=clock.now()),
        "edited",
    ),
    "an entry's data are others": (lambda brand: tampering.edit(brand, 1, data={"more": 1}), "edited"),
    "an entry's hash is another": (lambda brand: tampering.edit(brand, 3, hash="0" * 64), "edited"),
    "an edited entry, all hashes reckoned anew but the end's": (
        lambda brand: (tampering.edit(brand, 1, actor="x"), tampering.reckon_anew(brand, with_end=False)),
        "edited",
    ),
    "an entry is gone": (lambda brand: tampering.remove(brand, 3, 3), "missing"),
    "the first entry is gone": (lambda brand: tampering.remove(brand, 1, 1), "missing"),
    "the end is cut off": (lambda brand: tampering.remove(brand, last(brand) - 1, last(brand)), "truncated"),
    "the whole chain is gone": (lambda brand: tampering.remove(brand, 1, last(brand)), "truncated"),
    "the chain and its end are gone, the events stayed": (
        lambda brand: (
            tampering.remove(brand, 1, last(brand)),
            EventCounter.update(audit_seq=None, audit_hash=None, audit_events=None).execute(),
        ),
        "event_not_sealed",
    ),
    "the end is said to be earlier": (lambda brand: tampering.set_end(brand, last(brand) - 1), "inserted"),
    "the counter is gone": (
        lambda brand: EventCounter.delete().where(EventCounter.brand == brand).execute(),
        "inserted",
    ),
    "an entry is put in, and all hashes reckoned anew, for an event that never was": (
        lambda brand: (tampering.edit(brand, 1, event=99), tampering.reckon_anew(brand)),
        "event_missing",
    ),
    "an event's data are others": (
        lambda brand: Event.update(data={"state": "x"}).where(Event.brand == brand, Event.seq == 2).execute(),
        "event_changed",
    ),
    "an event's reference is another": (
        lambda brand: Event.update(subject_ref="X").where(Event.brand == brand, Event.seq == 2).execute(),
        "event_changed",
    ),
    "an event's moment is another": (
        lambda brand: Event.update(at=clock.now()).where(Event.brand == brand, Event.seq == 2).execute(),
        "event_changed",
    ),
    "an event is gone": (lambda brand: delete_events(brand, Event.seq == 2), "event_missing"),
    "the last event is gone": (
        lambda brand: delete_events(brand, Event.seq == EventCounter.get_by_id(brand).last_seq),
        "event_missing",
    ),
    "every event is gone": (delete_events, "event_missing"),
    "an event is put in at the end": (
        lambda brand: insert_event(brand, EventCounter.get_by_id(brand).last_seq + 1),
        "event_not_sealed",
    ),
    "an event is put in at the end and counted": (
        lambda brand: (
            insert_event(brand, EventCounter.get_by_id(brand).last_seq + 1),
            EventCounter.update(last_seq=EventCounter.last_seq + 1).where(EventCounter.brand == brand).execute(),
        ),
        "event_not_sealed",
    ),
    "an event's entry is gone, numbers and hashes reckoned anew": (
        lambda brand: (
            AuditEntry.delete().where(AuditEntry.brand == brand, AuditEntry.event == 2).execute(),
            tampering.reckon_anew(brand),
        ),
        "event_not_sealed",
    ),
    "a view is of somebody else": (lambda brand: tampering.change_view(brand, viewer="per_x"), "views_changed"),
    "a view is of another record": (lambda brand: tampering.change_view(brand, record="per_x"), "views_changed"),
    "a view is gone": (
        lambda brand: AuditView.delete().where(AuditView.brand == brand, AuditView.record == "per_other").execute(),
        "views_changed",
    ),
    "every view is gone": (
        lambda brand: AuditView.delete().where(AuditView.brand == brand).execute(),
        "views_changed",
    ),
}
BY_ANCHORS: dict[str, tuple[Tamper, str]] = {
    "the end is cut off, with the note of it and its event": (cut_off_with_its_note, "truncated"),
    "an entry and its event are others, everything reckoned anew": (rewritten, "rewritten"),
    "a made-up entry is put in, everything reckoned anew": (renumber_into_the_middle, "rewritten"),
    "there is nothing left of a brand": (forget_the_brand, "truncated"),
}


def test_nothing_is_found_where_nothing_was_done(kept: Path) -> None:
    assert codes(kept) == []


@pytest.mark.parametrize("what", BY_THE_CHAIN)
def test_the_chain_shows_it(brand: int, what: str) -> None:
    tamper, code = BY_THE_CHAIN[what]
    with unguarded():
        tamper(brand)
    assert code in codes()


@pytest.mark.parametrize("what", BY_ANCHORS)
def test_an_anchor_outside_shows_what_the_chain_cannot(brand: int, kept: Path, what: str) -> None:
    tamper, code = BY_ANCHORS[what]
    with unguarded():
        tamper(brand)
    assert codes() == []  # this is why anchors are kept outside
    assert codes(kept) == [code]


def test_an_entry_moved_into_another_brands_chain_is_found(brand: int) -> None:
    other = make.brand().id
    with unguarded():
        moved = tampering.entry(brand, last(brand))
        AuditEntry.update(brand=other, seq=last(other) + 1).where(AuditEntry.id == moved.id).execute()
    assert codes() == ["edited", "event_missing", "event_not_sealed", "inserted", "truncated"]


@pytest.mark.parametrize(
    "change", ["UPDATE audit_entry SET data = 'nope'", "UPDATE audit_entry SET kind = 'views.sealed', event = NULL"]
)
def test_what_cannot_be_read_hides_nothing_in_another_chain(brand: int, change: str) -> None:
    other = make.brand().id
    with unguarded():
        database.proxy.execute_sql(f"{change} WHERE brand = {brand} AND seq = 3")
        tampering.edit(other, 1, actor="per_x")
    found = {(one.brand, one.code) for one in verify.findings()}
    names = {one: events_brand(one).public_id for one in (brand, other)}
    assert {(names[brand], "unreadable"), (names[other], "edited")} <= found


def test_views_counted_as_sealed_that_no_entry_seals_are_found(brand: int) -> None:
    EventCounter.update(views_sealed=EventCounter.views_sealed + 1).where(EventCounter.brand == brand).execute()
    assert codes() == ["views_changed"]


def test_one_edit_is_one_finding(brand: int) -> None:
    with unguarded():
        tampering.edit(brand, 3, actor="per_x")
    found = [str(one) for one in verify.findings() if one.code == "edited"]
    assert len(found) == 1
    assert "entry 3" in found[0]


def test_a_line_that_is_no_anchor_is_said_and_the_rest_is_read(brand: int, kept: Path) -> None:
    good = kept.read_text("utf-8")
    kept.write_text(f"{{broken\n{good}", encoding="utf-8")
    assert codes(kept) == ["anchor_unreadable"]
    with unguarded():
        rewritten(brand)
    assert codes(kept) == ["anchor_unreadable", "rewritten"]


@pytest.mark.parametrize("table", ["audit_entry", "audit_view"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET brand = 9", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_itself_refuses_to_change_the_record(brand: int, table: str, statement: str) -> None:
    del brand
    if statement.startswith("TRUNCATE") and not database.is_postgres():
        statement = "DELETE FROM {} WHERE 1"  # SQLite has no other way
    with pytest.raises(peewee.DatabaseError, match="append-only"), database.transaction():
        database.proxy.execute_sql(statement.format(table))


def test_views_sealed_by_nobody_are_found(brand: int) -> None:
    """Planted: the clock forgets a stretch of views and goes on behind it."""
    system = make.system_actor(events_brand(brand))
    views.seen(system, [("person", "per_a")])
    with unguarded():
        EventCounter.update(views_sealed=AuditView.select(peewee.fn.MAX(AuditView.id)).scalar()).execute()
    views.seen(system, [("person", "per_b")])
    with clock.travelled(minutes=60):
        keeping.tend(brand)
    assert codes() == ["views_changed"]


def events_brand(brand: int) -> Any:
    return make.Organisation.get_by_id(brand)
