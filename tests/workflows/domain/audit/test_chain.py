"""What is sealed, by whom it is noticed, and that it holds when many write at once."""

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import peewee
import pytest

from config import clock, database
from tests import make
from tests.fire.planting import plant
from tests.tampering import unguarded
from workflows.domain import events, invitations, keys, organisations, people, sessions, sign_in
from workflows.domain.access import Session
from workflows.domain.audit import anchors, entries, keeping, verify, views
from workflows.domain.audit.entries import AuditEntry
from workflows.domain.audit.noting import HOUSE, note
from workflows.domain.audit.views import AuditView
from workflows.domain.errors import Unauthenticated
from workflows.domain.events import Event, EventCounter, Subject
from workflows.domain.people import Person

SUBJECT = Subject("order", "po_1", "PO-1")


def said(brand: int) -> list[tuple[str, str, str]]:
    """The chain as what, by whom, about what."""
    query = AuditEntry.select().where(AuditEntry.brand == brand).order_by(AuditEntry.seq)
    return [(row.kind, row.actor, row.record) for row in query]


def wrong() -> list[str]:
    return [str(one) for one in verify.findings()]


@pytest.mark.usefixtures("db")
class TestWhatIsSealed:
    def test_every_event_and_what_has_none(self) -> None:
        brand = make.brand()
        supplier = make.supplier(brand, "S1")
        owner = make.person(supplier, "owner", "owner")
        key = keys.create_key(brand, {"orders:read"}, "erp")
        keys.revoke_key(brand, key[:12])
        keys.revoke_key(brand, key[:12])
        invited = invitations.invite(make.system_actor(brand), "owner")
        begun = sign_in.begin_session_by_invitation(invited.token, "device-1")
        sessions.end_session(sessions.actor_of_session(begun.token))
        person = owner.public_id
        assert said(brand.id) == [
            ("brand.added", "operator", brand.public_id),
            ("partner.added", "operator", supplier.public_id),
            ("person.added", "operator", person),
            ("key.made", "operator", key[:12]),
            ("key.revoked", "operator", key[:12]),
            ("person.invited", "operator", person),
            ("session.began", person, person),
            ("session.ended", person, person),
        ]
        assert wrong() == []

    def test_who_ended_a_session_is_named(self) -> None:
        brand = make.brand()
        system = make.system_actor(brand)
        supplier = make.supplier(brand, "S1")
        owner = make.person(supplier, "owner", "owner")
        for stop in (
            lambda: people.suspend_person(system, "owner"),
            lambda: organisations.suspend_partner(system, "S1"),
            lambda: people.sign_out_everywhere(system, "owner"),
        ):
            places = sessions.places_of([owner.public_id])
            with database.transaction():
                sessions.begin(places[0], places, "device-1", None)
            stop()
            ended = [entry for entry in said(brand.id) if entry[0] == "session.ended"]
            assert ended[-1] == ("session.ended", "operator", owner.public_id)
            people.resume_person(system, "owner")
            organisations.resume_partner(system, "S1")
        assert Session.select().where(Session.ended_at.is_null()).count() == 0

    def test_a_known_person_who_is_not_let_in(self) -> None:
        brand = make.brand()
        owner = make.person(make.supplier(brand, "S1"), "owner", "owner")
        invited = invitations.invite(make.system_actor(brand), "owner")
        sign_in.begin_session_by_invitation(invited.token, "device-1")
        with pytest.raises(Unauthenticated):
            sign_in.begin_session_by_invitation(invited.token, "device-2")
        with pytest.raises(Unauthenticated):
            sign_in.begin_session_by_invitation(f"{invited.id}.guessed", "device-2")
        refused = [row.data for row in AuditEntry.select().where(AuditEntry.kind == "session.refused")]
        assert refused == [{"reason": "invitation_used"}]
        assert said(brand.id)[-1] == ("session.refused", owner.public_id, owner.public_id)

    def test_no_entry_holds_a_name_or_a_number(self) -> None:
        brand = make.brand(name="Secret Brand")
        make.person(make.supplier(brand, "S1"), "owner", "owner", name="王小明", phone="+8613912345678")
        text = " ".join(str(vars(row)["__data__"]) for row in AuditEntry.select())
        assert [secret for secret in ("王小明", "13912345678", "Secret Brand") if secret in text] == []

    def test_what_is_taken_back_leaves_nothing(self) -> None:
        brand = make.brand()
        before = said(brand.id)
        with pytest.raises(LookupError):
            fail_after(lambda: events.append(brand.id, "per_1", "order.placed", SUBJECT, {}))
        with pytest.raises(LookupError):
            fail_after(lambda: note(brand.id, "operator", "key.made", "key", "plk_1"))
        assert said(brand.id) == before

    def test_operators_have_a_chain_of_their_own(self) -> None:
        with database.transaction():
            note(HOUSE, "operator", "keys.rotated", "house", "", resealed=3)
        assert [one.brand for one in anchors.heads()] == ["house"]
        assert wrong() == []

    def test_the_same_facts_are_sealed_alike_on_every_database_and_by_every_release(self) -> None:
        """Reckoned by hand: a chain can be verified after a move to another server, and by another program."""
        at = datetime.fromisoformat("2026-11-22T11:00:00.000123+08:00")
        fact = entries.Fact("order.placed", "per_1", "order", "po_1", at, {"b": "é联", "a": 1}, 7)
        said = '[1,"2026-11-22T03:00:00.000123+00:00","order.placed","per_1","order","po_1",7,{"a":1,"b":"é联"}]'
        inner = hashlib.sha256(said.encode()).hexdigest()
        link = hashlib.sha256(f"audit-v1\0{'ab' * 32}\0{3}\0{inner}".encode()).hexdigest()
        assert entries.linked(1, entries.Head(2, "ab" * 32), fact) == entries.Head(3, link)


@pytest.mark.usefixtures("db")
class TestEarlierReleases:
    """Processes of the release before write events and no entries, before the upgrade and while it rolls."""

    def former_process_appends(self, brand: int, count: int) -> None:
        counter = EventCounter.get_by_id(brand)
        facts = {"brand": brand, "type": "order.placed", "at": clock.now(), "actor": "per_1", "data": {}}
        about = {"subject_kind": "order", "subject_id": "po_1", "subject_ref": "PO-1"}
        rows = [{**facts, **about, "seq": counter.last_seq + number + 1} for number in range(count)]
        for chunk in peewee.chunked(rows, 200):
            Event.insert_many(chunk).execute()
        EventCounter.update(last_seq=counter.last_seq + count).where(EventCounter.brand == brand).execute()

    def test_what_they_wrote_is_sealed_with_the_next_event(self) -> None:
        brand = make.brand().id
        self.former_process_appends(brand, 3)
        assert [one.partition(": ")[2] for one in wrong()] == ["event_not_sealed: events 1 to 3 have no entry (yet)"]
        with database.transaction():
            events.append(brand, "per_1", "order.confirmed", SUBJECT, {})
        assert [row.event for row in AuditEntry.select().where(AuditEntry.brand == brand).order_by(AuditEntry.seq)][
            1:
        ] == [1, 2, 3, 4]
        assert wrong() == []

    def test_a_long_past_is_sealed_by_the_clock_in_slices(self) -> None:
        brand = make.brand().id
        self.former_process_appends(brand, 1_200)
        with database.transaction():
            events.append(brand, "per_1", "order.confirmed", SUBJECT, {})
        rounds = 1
        while keeping.tend(brand):
            rounds += 1
        assert rounds == 2  # five hundred came with the event
        assert keeping.brands_in_need() == []
        assert wrong() == []


@pytest.mark.usefixtures("db")
class TestManyAtOnce:
    def test_a_chain_stays_whole_and_a_walk_beside_the_writers_finds_nothing(self) -> None:
        brand = make.brand().id
        stop = threading.Event()
        found: list[str] = []

        def walk() -> None:
            with database.connection():
                while not stop.is_set():
                    found.extend(wrong())

        watcher = threading.Thread(target=walk)
        watcher.start()
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda number: self.write(brand, number), range(60)))
        stop.set()
        watcher.join(60)
        assert found == []
        assert wrong() == []
        assert EventCounter.get_by_id(brand).audit_events == 60

    @staticmethod
    def write(brand: int, number: int) -> None:
        with database.connection(), database.transaction():
            events.append(brand, "per_1", "order.placed", SUBJECT, {"number": number})
            if number % 3 == 0:
                note(brand, "operator", "key.made", "key", "plk_1")

    def test_a_chain_that_is_not_locked_breaks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Planted: the chain's end is read before the brand is locked."""
        brand = make.brand().id
        stale = EventCounter.get_by_id(brand)
        with database.transaction():
            events.append(brand, "per_1", "order.placed", SUBJECT, {})
        monkeypatch.setattr(EventCounter, "head", stale.head)
        with pytest.raises(peewee.IntegrityError), database.transaction():
            events.append(brand, "per_1", "order.placed", SUBJECT, {})


@pytest.mark.usefixtures("db")
class TestViews:
    def known(self) -> list[tuple[str, str, str]]:
        return [(row.viewer, row.record, row.day.isoformat()) for row in AuditView.select().order_by(AuditView.id)]

    def test_a_record_is_noted_once_per_person_and_day_of_the_readers_zone(self) -> None:
        brand = make.brand(time_zone="Asia/Tokyo")
        system = make.system_actor(brand)
        with clock.frozen(datetime.fromisoformat("2026-11-22T14:50:00+00:00")):  # ten to midnight in Tokyo
            for _ in range(3):
                views.seen(system, [("person", "per_1"), ("person", "per_1"), ("person", "per_2")])
        with clock.frozen(datetime.fromisoformat("2026-11-22T15:10:00+00:00")):
            views.seen(system, [("person", "per_1")])
        assert sorted(self.known()) == [
            ("operator", "per_1", "2026-11-22"),
            ("operator", "per_1", "2026-11-23"),
            ("operator", "per_2", "2026-11-22"),
        ]

    def test_a_second_look_asks_the_database_nothing(self) -> None:
        system = make.system_actor(make.brand())
        views.seen(system, [("person", "per_1")])
        asked: list[str] = []
        database.proxy.obj.query_hooks.append(lambda event: asked.append(event.sql))
        views.seen(system, [("person", "per_1")])
        assert asked == []

    def test_another_process_that_looked_too_changes_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        system = make.system_actor(make.brand())
        views.seen(system, [("person", "per_1")])
        monkeypatch.setattr(views, "_noted", views._Noted())
        views.seen(system, [("person", "per_1")])
        assert len(self.known()) == 1

    def test_what_was_rolled_back_is_noted_at_the_next_look(self) -> None:
        system = make.system_actor(make.brand())
        with pytest.raises(LookupError):
            fail_after(lambda: views.seen(system, [("person", "per_1")]))
        views.seen(system, [("person", "per_1")])
        assert len(self.known()) == 1

    def test_a_database_too_busy_for_the_note_does_not_fail_the_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        system = make.system_actor(make.brand())
        with monkeypatch.context() as busy:
            busy.setattr(views, "_write", locked)
            views.seen(system, [("person", "per_1")])
        views.seen(system, [("person", "per_1")])
        assert len(self.known()) == 1

    def test_they_are_sealed_when_nobody_can_add_to_them_any_more(self) -> None:
        brand = make.brand()
        views.seen(make.system_actor(brand), [("person", f"per_{number}") for number in range(5)])
        assert keeping.brands_in_need() == []
        with clock.travelled(minutes=6):
            assert keeping.brands_in_need() == [brand.id]
            assert keeping.tend(brand.id) is False
            assert keeping.brands_in_need() == []
        sealed = AuditEntry.get(AuditEntry.kind == views.KIND)
        assert (sealed.actor, sealed.data["count"]) == ("clock", 5)
        assert wrong() == []

    def test_many_are_sealed_in_slices(self, monkeypatch: pytest.MonkeyPatch) -> None:
        plant_number(monkeypatch, 3)
        brand = make.brand()
        views.seen(make.system_actor(brand), [("person", f"per_{number}") for number in range(8)])
        with clock.travelled(minutes=6):
            rounds = 1
            while keeping.tend(brand.id):
                rounds += 1
        assert rounds == 3
        assert wrong() == []

    def test_memory_does_not_grow_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(views, "_MOST_REMEMBERED", 10)
        system = make.system_actor(make.brand())
        for number in range(40):
            views.seen(system, [("person", f"per_{number}")])
        assert len(views._noted._known) <= 12


def fail_after(work: Callable[[], None]) -> None:
    with database.transaction():
        work()
        raise LookupError


def locked(_keys: object) -> None:
    raise peewee.OperationalError("database is locked")


def plant_number(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(views, "SEALED_AT_ONCE", count)


FAULTS: dict[str, tuple[Any, Callable[..., Any]]] = {
    "links are not reckoned anew": (verify.linked, lambda _brand, head, _fact: head),
    "events are not compared": (events.fact_of, lambda seq, *_: seq),
}


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_walk_that_does_not_look_is_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk with a fault of its own calls an honest chain wrong, so that it cannot go on unseen."""
    make.supplier(make.brand())
    right, wrong_one = FAULTS[fault]
    plant(monkeypatch, right, wrong_one)
    assert wrong() != []


@pytest.mark.usefixtures("db")
def test_a_long_chain_is_walked_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "SLICE", 7)
    brand = make.brand().id
    with database.transaction():
        for number in range(50):
            events.append(brand, "per_1", "order.placed", SUBJECT, {"number": number})
    told: list[int] = []
    assert list(verify.findings(lambda _chain, seq: told.append(seq))) == []
    assert told[-1] == 51
    with unguarded():
        AuditEntry.update(actor="x").where(AuditEntry.brand == brand, AuditEntry.seq == 40).execute()
    assert len(wrong()) >= 1


@pytest.mark.usefixtures("db")
def test_an_erased_name_leaves_the_chain_whole() -> None:
    brand = make.brand()
    owner = make.person(make.supplier(brand, "S1"), "owner", "owner")
    Person.update(name="–").where(Person.id == owner.id).execute()
    assert wrong() == []
