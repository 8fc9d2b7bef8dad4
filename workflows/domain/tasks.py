"""What a partner has been asked to do, and when. A task belongs to the partner; any permitted colleague may take it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import peewee

from config import clock, database
from config.database import Record
from config.fields import JsonField, PublicIdField, UtcDateTimeField
from config.ids import new_id
from config.prepared import Prepared, filling
from config.text import Text
from notifications import outbox
from notifications.notice import Notice
from notifications.outbox import Work
from workflows.domain import task_times
from workflows.domain.access import Actor
from workflows.domain.events import Subject
from workflows.domain.organisations import Organisation

OPEN, DONE, CANCELLED, SUPERSEDED = "open", "done", "cancelled", "superseded"
REMINDER, OVERDUE = "task-reminder", "task-overdue"
"""The internal queues on which a task's moments wait."""


@dataclass(frozen=True)
class Overseers:
    """Who of the brand's side is told when a task is late: `person` (an id), or whoever holds `roles` where they no longer do."""

    person: str | None = None
    roles: tuple[str, ...] = ("buyer",)

    def to_json(self) -> dict[str, Any]:
        """As it rests on the task."""
        return {"person": self.person, "roles": list(self.roles)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> "Overseers":
        """Read what `to_json` wrote; a task that names nobody is looked after by the brand's buyers."""
        return cls() if value is None else cls(value["person"], tuple(value["roles"]))


class Task(Record):
    """One thing asked of one partner about one version of one document.

    flow is the key of the flow that does it; roles are the partner's roles that may; news says in both languages what changed
    since the task before it; overseers are told when it is late.
    """

    id = peewee.AutoField()
    public_id = PublicIdField()
    brand = peewee.IntegerField()
    organisation = peewee.IntegerField()
    flow = peewee.CharField(max_length=64)
    roles = JsonField()
    title = JsonField()
    news = JsonField(default=list)
    subject_kind = peewee.CharField(max_length=32)
    subject_id = peewee.CharField(max_length=64)
    subject_ref = peewee.CharField(max_length=64)
    subject_version = peewee.IntegerField()
    due_at = UtcDateTimeField(null=True)
    state = peewee.CharField(max_length=16, default=OPEN)
    taken_by = peewee.CharField(max_length=64, null=True)
    created_at = UtcDateTimeField()
    closed_at = UtcDateTimeField(null=True)
    overseers = JsonField(null=True)

    class Meta:
        indexes = ((("organisation", "state", "due_at"), False), (("subject_id", "state"), False))

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return Subject(self.subject_kind, self.subject_id, self.subject_ref)

    @property
    def title_text(self) -> Text:
        """Its title in both languages."""
        return Text.from_json(self.title)


class InboxStamp(Record):
    """Grows with every change of a partner's inbox, so that an unchanged one is answered from one row."""

    organisation = peewee.IntegerField(primary_key=True)
    revision = peewee.BigIntegerField(default=1)


@dataclass(frozen=True)
class NewTask:
    """What `open_task` needs to know."""

    organisation_id: int
    flow: str
    roles: tuple[str, ...]
    title: Text
    subject: Subject
    subject_version: int
    due_at: datetime | None
    news: tuple[Text, ...] = ()
    overseers: Overseers = Overseers()


def open_task(brand_id: int, new: NewTask) -> Task:
    """Ask a partner for something; where it says until when, its reminders are planned with it.

    Tells nobody now: the caller publishes with `tell`.
    """
    touch_inbox(new.organisation_id)
    task: Task = Task.create(
        public_id=new_id("tsk"),
        brand=brand_id,
        organisation=new.organisation_id,
        flow=new.flow,
        roles=list(new.roles),
        title=new.title.to_json(),
        news=[text.to_json() for text in new.news],
        subject_kind=new.subject.kind,
        subject_id=new.subject.id,
        subject_ref=new.subject.ref,
        subject_version=new.subject_version,
        due_at=new.due_at,
        created_at=clock.now(),
        overseers=new.overseers.to_json(),
    )
    _plan(task)
    return task


def _plan(task: Task) -> None:
    """Put a task's moments into the outbox: when its people are reminded, and when it is late."""
    if task.due_at is None:
        return
    now = clock.now()
    moments = task_times.reminders(now, task.due_at, _zone.rows(task.organisation)[0].time_zone)
    ends = [*moments, task.due_at][1:]  # a reminder's sense ends with the next one
    known = {"task": task.public_id, "due_at": task.due_at.isoformat()}
    plan = new_id("pln")
    work = [
        Work(REMINDER, {**known, "until": end.isoformat()}, f"{plan}:{number}", moment, task.public_id)
        for number, (moment, end) in enumerate(zip(moments, ends, strict=True))
    ]
    outbox.publish_work([*work, Work(OVERDUE, known, f"{plan}:due", max(now, task.due_at), task.public_id)])


_zone = Prepared(
    lambda organisation: Organisation.select(Organisation.time_zone).where(Organisation.id == organisation).limit(1)
)


def close_tasks_about(subject: Subject, state: str, flow: str | None = None) -> None:
    """End every open task about a document, or those of one flow."""
    close_tasks([task for task in _open_about.rows(subject.id) if flow in {None, task.flow}], state)


def close_tasks(tasks: Sequence[Task], state: str) -> None:
    """End tasks as `done`, `cancelled` or `superseded`, and with them all about them that has not left or happened yet.

    They are given in the order of their ids: first they, then their rows in the outbox, each locked in that order.
    Task by task, two callers could hold each the row that the other wants.
    """
    now = clock.now()
    for task in tasks:
        _close.write(task.id, state, now)
        touch_inbox(task.organisation)
    outbox.cancel(*(task.public_id for task in tasks))


_open_about = Prepared(
    lambda subject_id: Task.select().where(Task.subject_id == subject_id, Task.state == OPEN).order_by(Task.id)
)
_close = Prepared(
    lambda task, state, at: Task.update(filling((Task.state, Task.closed_at), (state, at))).where(
        Task.id == task, Task.state == OPEN
    )
)


def take(task_id: int, organisation_id: int, person: str) -> None:
    """Note who works on a task, for his colleagues to see."""
    if _take.write(task_id, person):
        touch_inbox(organisation_id)


_take = Prepared(
    lambda task, person: Task.update(taken_by=person).where(
        Task.id == task, Task.taken_by.is_null() | (Task.taken_by != person)
    )
)


def release(task_id: int, organisation_id: int) -> None:
    """Nobody works on the task any more."""
    Task.update(taken_by=None).where(Task.id == task_id).execute()
    touch_inbox(organisation_id)


def tasks_of(actor: Actor) -> "peewee.ModelSelect[Task]":
    """The tasks of the organisation the actor acts for."""
    return Task.select().where(Task.organisation == actor.organisation_id, Task.brand == actor.brand_id)


def tell(organisation_id: int, notices: Sequence[Notice], occasion: str, at: datetime | None = None) -> None:
    """Publish `notices`; `occasion` names the fact they tell, so that the same fact is told once to each person.

    They stand in the inbox at once and are sent at or after `at`, now unless told otherwise.
    """
    for notice in notices:
        outbox.publish(replace(notice, place=str(organisation_id)), f"{occasion}:{notice.person}", available_at=at)
    touch_inbox(organisation_id)


def touch_inbox(organisation_id: int) -> None:
    """Let the partner's phones see, at their next look, that something changed."""
    database.before_commit(f"inbox:{organisation_id}", lambda: _bump(organisation_id))


def _bump(organisation_id: int) -> None:
    _grow.write(organisation_id)


_grow = Prepared(
    lambda organisation: InboxStamp.insert(organisation=organisation).on_conflict(
        conflict_target=[InboxStamp.organisation], update={InboxStamp.revision: InboxStamp.revision + 1}
    )
)


def inbox_revision(actor: Actor) -> int:
    """The present revision of the actor's inbox."""
    # Every phone asks this every few seconds, and building the query costs more than running it.
    sql = f"SELECT revision FROM inbox_stamp WHERE organisation = {database.proxy.param}"  # noqa: S608 - no value in it
    row = database.proxy.execute_sql(sql, (actor.organisation_id,)).fetchone()
    return int(row[0]) if row else 0
