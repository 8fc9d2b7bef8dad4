"""What waits for an organisation and what it has finished, as its people see it on the phone."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

import peewee

from config import database
from config.text import Text
from workflows.domain import tasks
from workflows.domain.access import Actor
from workflows.domain.errors import NotFound
from workflows.domain.people import Person
from workflows.domain.tasks import Task
from workflows.engine.occasions import is_for, of_task
from workflows.engine.records import ASKING, DONE, Conversation
from workflows.engine.registry import flow_named, flows
from workflows.engine.templates import Template, hand_out

LONGEST_PAGE = 200
_MOST_TEMPLATES = 50


class OpenTask(NamedTuple):
    """What the inbox shows of a task, under the names the record has."""

    public_id: str
    flow: str
    roles: Collection[str]
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
class Finished:
    """A conversation that came to its end; `key` is its place in the list."""

    key: tuple[datetime, int]
    conversation: Conversation
    title: Text
    outcome: tuple[Text, ...]
    by: tuple[str, str] | None
    at: datetime


def waiting_for(actor: Actor) -> list[Waiting]:
    """The open tasks of the actor's roles, what is due first on top, up to a page and one; one query."""
    sql, parameters = _question(tasks.tasks_of, database.is_postgres())
    values = {_ANYBODY.organisation_id: actor.organisation_id, _ANYBODY.brand_id: actor.brand_id}
    rows = database.proxy.execute_sql(sql, [values.get(value, value) for value in parameters]).fetchall()
    return _of_roles(actor, rows)


def waiting_after(actor: Actor, task_id: str) -> list[Waiting]:
    """What follows a task in that order, whatever became of it since. Raises NotFound."""
    last: Task | None = tasks.tasks_of(actor).where(Task.public_id == task_id).first()
    if last is None:
        raise NotFound
    behind = (Task.due_at == last.due_at) & (Task.id > last.id)
    if last.due_at is None:
        behind = Task.due_at.is_null() & (Task.id > last.id)
    else:
        behind = behind | (Task.due_at > last.due_at) | Task.due_at.is_null()
    sql, parameters = _listed(tasks.tasks_of(actor).where(behind)).sql()
    return _of_roles(actor, database.proxy.execute_sql(sql, parameters).fetchall())


def _of_roles(actor: Actor, rows: Sequence[tuple[Any, ...]]) -> list[Waiting]:
    return [one for one in map(_waiting, rows) if not actor.roles.isdisjoint(one.task.roles)]


# Whose ids mark the places of the real ones in the prepared question.
_ANYBODY = Actor(-2, -1, "", "", "", "", "")


@cache
def _question(tasks_of: Callable[[Actor], Any], for_postgres: bool) -> tuple[str, list[Any]]:
    """The inbox as SQL. Every phone asks it again and again, and building it costs more than running it."""
    del for_postgres  # the dialect is the bound database's; it only keys the cache
    sql, parameters = _listed(tasks_of(_ANYBODY)).sql()
    return sql, list(parameters)


def _listed(query: Any) -> Any:
    return (
        query.where(Task.state == tasks.OPEN)
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
        .limit(LONGEST_PAGE + 1)
    )


def _waiting(row: tuple[Any, ...]) -> Waiting:
    public_id, flow, roles, title, kind, subject_id, ref, due_at, state, conversation, taken_by, taker = row
    task = OpenTask(public_id, flow, _roles(roles), _title(title), kind, subject_id, ref, _moment(due_at), state)
    return Waiting(task, conversation, (taken_by, taker or "") if taken_by else None)


@lru_cache(256)
def _roles(stored: str) -> frozenset[str]:
    return frozenset(json.loads(stored))  # mostly the same few words in every task


@lru_cache(4096)
def _title(stored: str) -> Text:
    return Text.from_json(json.loads(stored))  # read anew by every poll that finds news; it names a document, nobody


def _moment(value: Any) -> datetime | None:
    """A stored moment (naive UTC; SQLite keeps it as text), aware."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment else None


def templates_for(actor: Actor, waiting: Sequence[Waiting]) -> dict[str, Template]:
    """The templates of the first open tasks, by the task's id; remembered for conversations that begin without signal."""
    first = [one.task.public_id for one in waiting[:_MOST_TEMPLATES]]
    asked = tasks.tasks_of(actor).where(Task.public_id.in_(first), Task.flow.in_(list(flows())))
    begun = {}
    for task in asked:
        flow = flow_named(task.flow)
        begun[task.public_id] = (flow, of_task(task), flow.load(actor, task.subject_id))
    return hand_out(actor, begun)


def history_of(actor: Actor, before: tuple[datetime, int] | None, limit: int) -> list[Finished]:
    """What the actor's organisation answered, newest first, below the key `before`; one query.

    Nothing of a flow that none of their roles may answer; what a retired flow did is everybody's.
    """
    others = [flow.key for flow in flows().values() if not is_for(actor, flow)]
    query: Any = Conversation.select(Conversation, Person.name.alias("holder_name")).where(
        Conversation.organisation == actor.organisation_id,
        Conversation.brand == actor.brand_id,
        Conversation.state == DONE,
        Conversation.flow.not_in(others),
    )
    if before is not None:
        at, key = before
        query = query.where((Conversation.closed_at < at) | ((Conversation.closed_at == at) & (Conversation.id < key)))
    query = query.join(Person, peewee.JOIN.LEFT_OUTER, on=(Person.public_id == Conversation.holder))
    return [
        _finished(row)
        for row in query.order_by(Conversation.closed_at.desc(), Conversation.id.desc()).limit(limit).objects()
    ]


def _finished(row: Any) -> Finished:
    served = flows()  # a flow may have been retired since
    return Finished(
        key=(row.closed_at, row.id),
        conversation=row,
        title=served[row.flow].title if row.flow in served else Text.from_json(row.card["title"]),
        outcome=tuple(Text.from_json(text) for text in row.outcome),
        by=(row.holder, row.holder_name or "") if row.holder else None,
        at=row.closed_at,
    )
