"""What waits for an organisation and what it has finished, as its people see it on the phone."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import peewee

from config import database
from config.text import Text
from workflows.domain import tasks
from workflows.domain.access import Actor
from workflows.domain.people import Person
from workflows.domain.tasks import Task
from workflows.engine.flow import Step
from workflows.engine.records import ASKING, Conversation, keep_template
from workflows.engine.registry import flow_named, flows

_LONGEST_LIST = 200


class OpenTask(NamedTuple):
    """What the inbox shows of a task, under the names the record has."""

    public_id: str
    flow: str
    roles: Sequence[str]
    title_text: Text
    subject_kind: str
    subject_id: str
    subject_ref: str
    due_at: datetime | None
    state: str


class Waiting(NamedTuple):
    """An open task, its open conversation, and the colleague at work on it (id and name)."""

    task: OpenTask | Task
    conversation: str | None
    taken_by: tuple[str, str] | None


@dataclass(frozen=True)
class Template:
    """The steps a phone may begin with when it has no signal."""

    id: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Finished:
    """A conversation that came to its end; `key` is its place in the list."""

    key: int
    conversation: Conversation
    title: Text
    outcome: tuple[Text, ...]
    by: tuple[str, str] | None
    at: datetime


def waiting_for(actor: Actor) -> list[Waiting]:
    """The open tasks of the actor's roles, what is due first on top; one query."""
    sql, parameters = _question(tasks.tasks_of, database.is_postgres())
    values = {_ANYBODY.organisation_id: actor.organisation_id, _ANYBODY.brand_id: actor.brand_id}
    rows = database.proxy.execute_sql(sql, [values.get(value, value) for value in parameters]).fetchall()
    return [one for one in map(_waiting, rows) if not actor.roles.isdisjoint(one.task.roles)]


# Whose ids mark the places of the real ones in the prepared question.
_ANYBODY = Actor(-2, -1, "", "", "", "", "")


@cache
def _question(tasks_of: Callable[[Actor], Any], for_postgres: bool) -> tuple[str, list[Any]]:
    """The inbox as SQL. Every phone asks it again and again, and building it costs more than running it."""
    del for_postgres  # the dialect is the bound database's; it only keys the cache
    query = (
        tasks_of(_ANYBODY)
        .where(Task.state == tasks.OPEN)
        .select(
            Task.public_id,
            Task.flow,
            Task.roles,
            Task.title,
            Task.subject_kind,
            Task.subject_id,
            Task.subject_ref,
            Task.due_at,
            Task.state,
            Conversation.public_id,
            Task.taken_by,
            Person.name,
        )
        .join(Conversation, peewee.JOIN.LEFT_OUTER, on=(Conversation.task == Task.id) & (Conversation.state == ASKING))
        .join(Person, peewee.JOIN.LEFT_OUTER, on=(Person.public_id == Task.taken_by), src=Task)
        .order_by(Task.due_at.asc(nulls="last"), Task.id)
        .limit(_LONGEST_LIST)
    )
    sql, parameters = query.sql()
    return sql, list(parameters)


def _waiting(row: tuple[Any, ...]) -> Waiting:
    public_id, flow, roles, title, kind, subject_id, ref, due_at, state, conversation, taken_by, taker = row
    titled = Text.from_json(json.loads(title))
    task = OpenTask(public_id, flow, json.loads(roles), titled, kind, subject_id, ref, _moment(due_at), state)
    return Waiting(task, conversation, (taken_by, taker or "") if taken_by else None)


def _moment(value: Any) -> datetime | None:
    """A stored moment (naive UTC; SQLite keeps it as text), aware."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment else None


def templates_for(actor: Actor, waiting: Sequence[Waiting]) -> dict[str, Template]:
    """The templates of open tasks, by the task's id; remembered for conversations that begin without signal."""
    found: dict[str, Template] = {}
    asked = tasks.tasks_of(actor).where(
        Task.public_id.in_([one.task.public_id for one in waiting]), Task.flow.in_(list(flows()))
    )
    with database.transaction():
        for task in asked:
            flow = flow_named(task.flow)
            steps = tuple(flow.steps(flow.load(actor, task.subject_id)))
            found[task.public_id] = Template(keep_template(task, flow.version, steps), steps)
    return found


def history_of(actor: Actor, before: int | None, limit: int) -> list[Finished]:
    """What the actor's organisation finished, newest first, below the key `before`; one query."""
    query: Any = Conversation.select(Conversation, Person.name.alias("holder_name")).where(
        Conversation.organisation == actor.organisation_id,
        Conversation.brand == actor.brand_id,
        Conversation.closed_at.is_null(False),
    )
    if before is not None:
        query = query.where(Conversation.id < before)
    query = query.join(Person, peewee.JOIN.LEFT_OUTER, on=(Person.public_id == Conversation.holder))
    return [_finished(row) for row in query.order_by(Conversation.id.desc()).limit(limit).objects()]


def _finished(row: Any) -> Finished:
    served = flows()  # a flow may have been retired since
    return Finished(
        key=row.id,
        conversation=row,
        title=served[row.flow].title if row.flow in served else Text.from_json(row.card["title"]),
        outcome=tuple(Text.from_json(text) for text in row.outcome),
        by=(row.holder, row.holder_name or "") if row.holder else None,
        at=row.closed_at,
    )
