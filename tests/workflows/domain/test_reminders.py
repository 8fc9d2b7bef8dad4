"""Tasks remind before they are due and tell the brand after: exact under a held clock, ended with their task."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from api import work
from config import clock, database
from config.settings import Settings
from config.text import Text
from notifications import jobs, outbox
from notifications.notice import Notice
from notifications.outbox import OutboxRow
from tests import make
from tests.chat import Chat
from tests.trade import Trade
from workflows.domain import organisations, people, reminders, tasks
from workflows.domain.events import Subject
from workflows.domain.purchasing.placing import cancel_order
from workflows.domain.tasks import NewTask, Overseers, Task
from workflows.engine.registry import use_flows
from workflows.flows import all_flows

PLACED = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # 15:00 in Shanghai
FIRST, LAST, DUE = (PLACED + timedelta(hours=hours) for hours in (24, 42, 48))


class House:
    """A trade, and its worker at a moment of our choice."""

    def __init__(self, settings: Settings) -> None:
        self.trade = Trade()
        served = work.handlers(settings)
        self._handlers = {name: served[name] for name in served if name.startswith("internal:task")}

    def work_at(self, moment: datetime) -> int:
        """Let everything run that is due at `moment`; how many rows."""
        with clock.frozen(moment):
            return jobs.drain_due(self._handlers, threading.Event())

    def place(self, ref: str = "PO-1", **document: object) -> Task:
        with clock.frozen(PLACED):
            return self.trade.place(ref, **document)

    def overdue(self) -> list[str]:
        return [event.subject_ref for event in self.trade.events() if event.type == "task.overdue"]


@pytest.fixture
def house(db: None, settings: Settings) -> House:  # noqa: ARG001 - the database it lives in
    use_flows(all_flows())
    with clock.frozen(PLACED - timedelta(hours=1)):
        return House(settings)


def told(person: str, title: str) -> list[Notice]:
    """What a person was told under a title that begins so (Chinese), oldest first."""
    rows = (
        OutboxRow.select().where(OutboxRow.recipient == person, OutboxRow.state != "cancelled").order_by(OutboxRow.id)
    )
    notices = [Notice.from_json(row.payload) for row in rows]
    return [notice for notice in notices if notice.title.zh.startswith(title) or notice.outcome.zh.startswith(title)]


def planned(task: Task) -> list[tuple[str, datetime, str]]:
    """A task's moments: which, when, and how they stand."""
    rows = OutboxRow.select().where(OutboxRow.about == task.public_id, OutboxRow.queue != "notices")
    return [(row.queue, row.available_at, row.state) for row in rows.order_by(OutboxRow.available_at, OutboxRow.id)]


def test_an_order_reminds_twice_and_then_tells_its_buyer_each_exactly_in_time(house: House) -> None:
    task = house.place()
    owner, clerk, buyer = house.trade.owner.person, house.trade.clerk.person, house.trade.buyer.public_id
    assert [(queue, at) for queue, at, _ in planned(task)] == [
        ("internal:task-reminder", FIRST),
        ("internal:task-reminder", LAST),
        ("internal:task-overdue", DUE),
    ]
    for moment, reminded, late in ((FIRST, 1, 0), (LAST, 2, 0), (DUE, 2, 1)):
        assert house.work_at(moment - timedelta(microseconds=1)) == 0
        assert house.work_at(moment) == 1
        assert house.work_at(moment) == 0
        assert [len(told(person or "", "提醒")) for person in (owner, clerk)] == [reminded, reminded]
        assert len(told(buyer, "逾期未答复")) == late
    notice = told(owner or "", "提醒")[0]
    assert (notice.kind, notice.link, notice.due_at) == ("task", f"task/{task.public_id}", DUE)
    assert notice.title == Text(en="Reminder: Confirm order PO-1", zh="提醒：确认订单 PO-1")


@pytest.mark.parametrize("before", [timedelta(minutes=20), timedelta(0), timedelta(days=-3)])
def test_what_is_due_within_the_hour_or_was_already_reminds_nobody_and_is_late_in_time(
    house: House, before: timedelta
) -> None:
    supplier = house.trade.supplier
    with clock.frozen(DUE - before), database.transaction():
        task = tasks.open_task(
            supplier.brand,
            NewTask(supplier.id, "any", ("owner",), Text(en="Now", zh="现在"), Subject("x", "x_1", "X-1"), 1, DUE),
        )
    assert planned(task) == [("internal:task-overdue", max(DUE, DUE - before), "due")]
    assert house.work_at(max(DUE, DUE - before)) == 1
    assert house.overdue() == ["X-1"]


def test_an_order_due_today_can_be_placed_in_the_evening(house: House) -> None:
    with clock.frozen(datetime(2026, 12, 20, 9, 40, tzinfo=UTC)):  # 17:40 where its supplier is
        task = house.trade.place("PO-1")
    assert [queue for queue, _, _ in planned(task)] == ["internal:task-overdue"]


def test_the_feed_says_once_that_nobody_answered(house: House) -> None:
    task = house.place()
    house.work_at(DUE)
    event = next(event for event in house.trade.events() if event.type == "task.overdue")
    assert (event.subject_ref, event.at, event.actor) == ("PO-1", DUE, "clock")
    assert event.data == {
        "flow": "order-confirmation",
        "partner": "S1",
        "subject": {"kind": "purchase_order", "id": task.subject_id, "ref": "PO-1"},
        "due_at": DUE.isoformat(),
    }
    house.work_at(DUE + timedelta(days=2))
    assert house.overdue() == ["PO-1"]


def test_an_answered_order_reminds_nobody(house: House) -> None:
    task = house.place()
    with clock.frozen(PLACED + timedelta(hours=1)):
        Chat(house.trade.owner, task.public_id).reply("accept").reply(True).is_done()
    assert {state for _, _, state in planned(task)} == {"cancelled"}
    assert house.work_at(DUE + timedelta(days=1)) == 0
    assert (told(house.trade.owner.person or "", "提醒"), house.overdue()) == ([], [])


def test_a_withdrawn_order_reminds_nobody_and_a_changed_one_by_its_new_time(house: House) -> None:
    withdrawn, changed = house.place("PO-1"), house.place("PO-2")
    with clock.frozen(PLACED + timedelta(hours=5)):
        cancel_order(house.trade.system, "PO-1", "no need")
        renewed = house.trade.place("PO-2", note="new")
    assert {state for _, _, state in (*planned(withdrawn), *planned(changed))} == {"cancelled"}
    assert [at for _, at, _ in planned(renewed)][-1] == DUE + timedelta(hours=5)


def test_what_ends_a_task_takes_its_moments_back_or_neither_happens(house: House) -> None:
    task = house.place()
    with pytest.raises(LookupError):
        _close_and_fail(task)
    assert {state for _, _, state in planned(task)} == {"due"}
    assert Task.get_by_id(task.id).state == "open"


def _close_and_fail(task: Task) -> None:
    with database.transaction():
        tasks.close_tasks([task], tasks.DONE)
        raise LookupError


def test_an_answer_after_the_end_is_welcome(house: House) -> None:
    task = house.place()
    house.work_at(DUE)
    with clock.frozen(DUE + timedelta(days=3)):
        Chat(house.trade.owner, task.public_id).reply("accept").reply(True).is_done()
    assert house.trade.order("PO-1")["state"] == "confirmed"
    assert Task.get_by_id(task.id).state == "done"


def test_whoever_took_it_is_reminded_first_and_all_who_may_answer_at_last(house: House) -> None:
    task = house.place()
    owner, clerk = house.trade.owner.person or "", house.trade.clerk.person or ""
    with clock.frozen(PLACED + timedelta(hours=1)), database.transaction():
        tasks.take(task.id, task.organisation, clerk)
    house.work_at(FIRST)
    assert [len(told(person, "提醒")) for person in (owner, clerk)] == [0, 1]
    house.work_at(LAST)
    assert [len(told(person, "提醒")) for person in (owner, clerk)] == [1, 2]


def test_the_brands_own_task_reminds_the_orders_buyer_first_and_all_buyers_at_last(house: House) -> None:
    trade = house.trade
    mine, other = make.person(trade.brand, "buyer", "mine").public_id, trade.buyer.public_id
    task = house.place(buyer="mine")
    with clock.frozen(PLACED + timedelta(minutes=1)):
        change = (
            Chat(trade.owner, task.public_id).reply("change").reply({"10": {"quantity": "50", "reason": "capacity"}})
        )
        change.reply(True).is_done()
    asked = Task.get(Task.organisation == trade.brand.id, Task.state == "open")
    first, last, due = (moment for _, moment, state in planned(asked) if state == "due")
    for moment, reminded in ((first, [1, 0]), (last, [2, 1])):
        house.work_at(moment)
        assert [len(told(person, "提醒")) for person in (mine, other)] == reminded
    house.work_at(due)
    assert [len(told(person, "逾期未答复")) for person in (mine, other)] == [1, 0]


def test_a_taker_who_left_keeps_nobody_from_being_reminded(house: House) -> None:
    task = house.place()
    with database.transaction():
        tasks.take(task.id, task.organisation, "per_gone")
    house.work_at(FIRST)
    assert len(told(house.trade.owner.person or "", "提醒")) == 1


def test_a_colleague_of_another_role_and_a_stranger_are_not_reminded(house: House) -> None:
    trade = house.trade
    stranger = make.person(make.supplier(trade.brand)).public_id
    house.place()
    for moment in (FIRST, LAST, DUE):
        house.work_at(moment)
    assert told(stranger, "") == []
    assert told(trade.owner.person or "", "逾期未答复") == []
    assert told(trade.buyer.public_id, "提醒") == []


def test_a_clock_that_was_down_reminds_of_nothing_that_has_lost_its_sense(house: House) -> None:
    house.place()
    house.work_at(LAST + timedelta(hours=1))  # both are due by now: the later one counts
    owner = house.trade.owner.person or ""
    assert len(told(owner, "提醒")) == 1
    house.place("PO-2")
    house.work_at(DUE + timedelta(hours=1))  # nobody needs a reminder of what is late
    assert [notice.reference for notice in told(owner, "提醒")] == ["PO-1"]
    assert sorted(house.overdue()) == ["PO-1", "PO-2"]


def test_a_clock_that_wakes_in_the_night_reminds_in_the_morning(house: House) -> None:
    house.place()
    night, morning = PLACED + timedelta(hours=32), PLACED + timedelta(hours=41)
    house.work_at(night)  # 23:00 in Shanghai
    owner = house.trade.owner.person or ""
    assert told(owner, "提醒") == []
    assert house.work_at(morning - timedelta(microseconds=1)) == 0
    house.work_at(morning)
    assert len(told(owner, "提醒")) == 1


def test_a_row_that_outlives_its_task_or_its_due_time_does_nothing(house: House) -> None:
    """Shown red by leaving the look at the task out of `_held`."""
    task = house.place()
    payloads = {row.queue: row.payload for row in OutboxRow.select().where(OutboxRow.about == task.public_id)}
    with clock.frozen(FIRST), database.transaction():
        Task.update(due_at=DUE + timedelta(days=1)).execute()
        reminders.remind(payloads["internal:task-reminder"])
    with clock.frozen(DUE + timedelta(hours=1)), database.transaction():
        reminders.note_overdue(payloads["internal:task-overdue"])
        tasks.close_tasks([task], tasks.DONE)
        reminders.note_overdue({**payloads["internal:task-overdue"], "due_at": (DUE + timedelta(days=1)).isoformat()})
    assert (told(house.trade.owner.person or "", "提醒"), house.overdue()) == ([], [])


def test_what_is_due_in_the_brands_night_is_in_its_inbox_at_once_and_on_its_phone_in_the_morning(house: House) -> None:
    with clock.frozen(PLACED + timedelta(hours=12)):  # 3:00 in Shanghai, and so it is due
        house.trade.place("PO-1")
    due = DUE + timedelta(hours=12)
    house.work_at(due)
    buyer = house.trade.buyer.public_id
    row = OutboxRow.get(OutboxRow.recipient == buyer)
    assert row.available_at == due + timedelta(hours=5)
    with clock.frozen(due):
        assert [one.id for one in outbox.notices_of(buyer, str(house.trade.brand.id))] == [row.id]
        assert outbox.due(["notices"]) != [("notices", row.available_at)]


def test_answered_in_that_night_it_wakes_nobody(house: House) -> None:
    with clock.frozen(PLACED + timedelta(hours=12)):
        task = house.trade.place("PO-1")
    due = DUE + timedelta(hours=12)
    house.work_at(due)
    with clock.frozen(due + timedelta(hours=1)):
        Chat(house.trade.owner, task.public_id).reply("accept").reply(True).is_done()
    assert told(house.trade.buyer.public_id, "逾期未答复") == []


def test_the_orders_own_buyer_is_told_alone_and_all_of_them_where_that_one_left(house: House) -> None:
    trade = house.trade
    mine = make.person(trade.brand, "buyer", "mine")
    other = trade.buyer.public_id
    house.place("PO-1", buyer="mine")
    house.work_at(DUE)
    assert [len(told(person, "逾期未答复")) for person in (mine.public_id, other)] == [1, 0]
    house.place("PO-2", buyer="mine")
    people.suspend_person(trade.system, "mine")
    house.work_at(DUE)
    assert [len(told(person, "逾期未答复")) for person in (mine.public_id, other)] == [1, 1]


def test_any_flows_task_says_who_looks_after_it(house: House) -> None:
    trade = house.trade
    reviewer = make.person(trade.brand, "reviewer")
    subject = Subject("case", "case_1", "C-1")
    asked = NewTask(
        trade.supplier.id,
        "any-flow",
        ("clerk",),
        Text(zh="看一看"),
        subject,
        1,
        DUE,
        overseers=Overseers(None, ("reviewer",)),
    )
    with clock.frozen(PLACED), database.transaction():
        tasks.open_task(trade.brand.id, asked)
    house.work_at(LAST)
    house.work_at(DUE)
    assert [len(told(person or "", "提醒")) for person in (trade.clerk.person, trade.owner.person)] == [1, 0]
    assert [len(told(person, "逾期未答复")) for person in (reviewer.public_id, trade.buyer.public_id)] == [1, 0]


def test_a_reminder_that_lost_its_sense_keeps_no_later_moment_waiting(house: House, db_url: str) -> None:
    """After hours without a clock all moments of a task come at once; each looks again later where it finds the task held."""
    if not database.is_postgres():
        pytest.skip("SQLite lets one writer in at a time")
    task = house.place()
    moment = OutboxRow.get(OutboxRow.about == task.public_id, OutboxRow.available_at == LAST)
    before = planned(task)
    with psycopg.connect(db_url) as elsewhere:
        elsewhere.execute("SELECT 1 FROM task WHERE id = %s FOR UPDATE", (task.id,))
        with clock.frozen(DUE), database.transaction():
            reminders.remind(moment.payload)
    assert planned(task) == before


def test_a_task_without_an_end_never_reminds(house: House) -> None:
    trade = house.trade
    with database.transaction():
        task = tasks.open_task(
            trade.brand.id,
            NewTask(trade.supplier.id, "any", ("owner",), Text(zh="看"), Subject("c", "c_1", "C"), 1, None),
        )
    assert planned(task) == []


def test_a_task_of_a_process_that_knew_no_overseers_is_told_to_the_buyers(house: House) -> None:
    task = house.place()
    Task.update(overseers=None).where(Task.id == task.id).execute()
    house.work_at(DUE)
    assert len(told(house.trade.buyer.public_id, "逾期未答复")) == 1


def test_nobody_of_a_suspended_partner_is_reminded_and_the_brand_hears_all_the_same(house: House) -> None:
    house.place()
    organisations.suspend_partner(house.trade.system, "S1")
    for moment in (FIRST, LAST, DUE):
        house.work_at(moment)
    assert told(house.trade.owner.person or "", "提醒") == []
    assert house.overdue() == ["PO-1"]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Asia/Urumqi", "Europe/Berlin"])
def test_a_partners_own_zone_decides_what_is_day(house: House, zone: str) -> None:
    trade = house.trade
    make.supplier(trade.brand, "S2", time_zone=zone)
    place_at = datetime(2026, 10, 24, 14, 0, tzinfo=UTC)  # 22:00, 20:00, 16:00; in Berlin clocks go back that night
    with clock.frozen(place_at):
        task = trade.place("PO-Z", supplier="S2")
    expected = {
        "Asia/Shanghai": [datetime(2026, 10, 26, 0, 0, tzinfo=UTC), datetime(2026, 10, 26, 8, 0, tzinfo=UTC)],
        "Asia/Urumqi": [datetime(2026, 10, 25, 14, 0, tzinfo=UTC), datetime(2026, 10, 26, 8, 0, tzinfo=UTC)],
        "Europe/Berlin": [datetime(2026, 10, 25, 14, 0, tzinfo=UTC), datetime(2026, 10, 26, 8, 0, tzinfo=UTC)],
    }[zone]
    assert [at for queue, at, _ in planned(task) if queue.endswith("reminder")] == expected


def test_a_tasks_moments_cost_one_look_at_its_zone_and_one_round_trip(house: House) -> None:
    trade = house.trade
    new = NewTask(trade.supplier.id, "any", ("owner",), Text(zh="看"), Subject("c", "c_1", "C"), 1, DUE)
    with clock.frozen(PLACED), database.transaction():
        with _watched() as warm:
            tasks.open_task(trade.brand.id, new)
        with _watched() as statements:  # what several rows take in one go is not among them
            tasks.open_task(trade.brand.id, new)
    assert len(warm) == len(statements) == 2
    assert OutboxRow.select().count() == 6


@contextmanager
def _watched() -> Iterator[list[str]]:
    statements: list[str] = []
    hook = lambda query: statements.append(query.sql)  # noqa: E731 - removed again by identity
    database.proxy.obj.query_hooks.append(hook)
    yield statements
    database.proxy.obj.query_hooks.remove(hook)
