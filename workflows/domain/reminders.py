"""What happens to a task as time goes by: its people are reminded before it is due, the brand's side is told when it is late.

Each function does what one row on an internal queue asks for, in the transaction that ends that row. It may run late: what
has lost its sense by then is left out. Flow-agnostic: a task plans its own moments (`tasks.open_task`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from config import clock, database
from config.ids import new_id
from config.text import Text
from notifications import outbox
from notifications.notice import Notice
from workflows.domain import events, people, task_times, tasks
from workflows.domain.organisations import Organisation
from workflows.domain.tasks import Overseers, Task

_CLOCK = "clock"
_LOOK_AGAIN = timedelta(seconds=5)
_REMINDER = Text(en="Reminder: {title}", zh="提醒：{title}")
_LATE = Text(en="{partner}: {ref}", zh="{partner}：{ref}")
_NOT_ANSWERED = Text(en="Not answered in time", zh="逾期未答复")


def remind(payload: Mapping[str, Any]) -> None:
    """Remind a task's people that it waits, unless it is night there by now, or the next moment has come already."""
    now, until = clock.now(), datetime.fromisoformat(payload["until"])
    if now >= until:
        return  # before the task is held: of its moments that come at once, after an hour without a clock, one has sense left
    task = _held(tasks.REMINDER, payload)
    if task is None or task.due_at is None:
        return
    partner = Organisation.get_by_id(task.organisation)
    by_day = task_times.by_day_before(now, task.due_at, partner.time_zone)
    if by_day != now:
        if now < by_day < until:
            _look_again(tasks.REMINDER, payload, by_day)
        return
    brand = Organisation.get_by_id(task.brand)
    is_last = until == task.due_at
    notices = [_reminder(task, brand, person) for person in _reminded(task, is_last)]
    tasks.tell(partner.id, notices, f"{task.public_id}:remind:{until.isoformat()}")


def note_overdue(payload: Mapping[str, Any]) -> None:
    """Record that a task was not answered in time, and tell the brand's side, by day there. It stays open: late is welcome."""
    task = _held(tasks.OVERDUE, payload)
    if task is None or task.due_at is None or clock.now() < task.due_at:
        return
    partner, brand = Organisation.get_by_id(task.organisation), Organisation.get_by_id(task.brand)
    events.append(task.brand, _CLOCK, "task.overdue", task.subject, _event_data(task, partner))
    title = _LATE.format(partner=partner.name, ref=task.subject_ref)
    notices = [_late_notice(task, title, person) for person in _overseers(task)]
    at = task_times.by_day(clock.now(), brand.time_zone)
    tasks.tell(brand.id, notices, f"{task.public_id}:overdue:{task.due_at.isoformat()}", at)


def _held(name: str, payload: Mapping[str, Any]) -> Task | None:
    """The task of a moment, kept as it is until the transaction ends; None where it is closed or due at another time.

    Whoever closes it locks it first and its rows in the outbox then, and this row is locked already: so it is not waited
    for, but looked at again in a moment.
    """
    query: Any = Task.select().where(Task.public_id == payload["task"], Task.state == tasks.OPEN)
    task: Task | None = query.first()
    if task is None or task.due_at != datetime.fromisoformat(payload["due_at"]):
        return None
    if database.is_postgres() and query.for_update("FOR UPDATE SKIP LOCKED").first() is None:
        _look_again(name, payload, clock.now() + _LOOK_AGAIN)
        return None
    return task


def _look_again(name: str, payload: Mapping[str, Any], at: datetime) -> None:
    outbox.publish_internal(name, payload, new_id("pln"), available_at=at, about=payload["task"])


def _reminded(task: Task, is_last: bool) -> Sequence[str]:
    """First whoever took it (of the brand's own tasks, whoever looks after it); the last time, and where there is no such
    person, everybody who may answer it."""
    holders = people.holders(task.organisation, task.roles)
    overseer = Overseers.from_json(task.overseers).person
    nearest = [one for one in holders if one == task.taken_by] or [one for one in holders if one == overseer]
    return holders if is_last or not nearest else nearest


def _reminder(task: Task, brand: Organisation, person: str) -> Notice:
    return Notice(
        kind="task",
        person=person,
        title=_REMINDER.format(title=task.title_text),
        reference=task.subject_ref,
        sender=Text(en=brand.name, zh=brand.name),
        due_at=task.due_at,
        link=f"task/{task.public_id}",
        about=task.public_id,
    )


def _overseers(task: Task) -> list[str]:
    asked = Overseers.from_json(task.overseers)
    holders = people.holders(task.brand, asked.roles)
    return [person for person in holders if person == asked.person] or holders


def _late_notice(task: Task, title: Text, person: str) -> Notice:
    return Notice(
        kind="result",
        person=person,
        title=title,
        reference=task.subject_ref,
        outcome=_NOT_ANSWERED,
        link=f"{task.subject_kind}/{task.subject_id}",
        about=task.public_id,
    )


def _event_data(task: Task, partner: Organisation) -> dict[str, Any]:
    subject = {"kind": task.subject_kind, "id": task.subject_id, "ref": task.subject_ref}
    return {
        "flow": task.flow,
        "partner": partner.ref,
        "subject": subject,
        "due_at": task.due_at and task.due_at.isoformat(),
    }
