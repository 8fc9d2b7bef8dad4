"""What waits for an organisation and what it has finished, as its people see it on the phone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from config import database
from config.text import Text
from workflows.domain import tasks
from workflows.domain.access import Actor
from workflows.domain.people import Person
from workflows.domain.tasks import Task
from workflows.engine.flow import Step
from workflows.engine.records import ASKING, Conversation, keep_template
from workflows.engine.registry import flow_named

_LONGEST_LIST = 200


@dataclass(frozen=True)
class Waiting:
    """An open task, its open conversation, and the colleague at work on it (id and name)."""

    task: Task
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
    query: Any = tasks.tasks_of(actor).where(Task.state == tasks.OPEN)
    query = (
        query.select(Task, Conversation.public_id.alias("conversation"), Person.name.alias("taker"))
        .join(
            Conversation,
            peewee.JOIN.LEFT_OUTER,
            on=(Conversation.task == Task.id) & (Conversation.state == ASKING),
            attr="_conversation",
        )
        .join(Person, peewee.JOIN.LEFT_OUTER, on=(Person.public_id == Task.taken_by), src=Task, attr="_taker")
        .order_by(Task.due_at.asc(nulls="last"), Task.id)
        .limit(_LONGEST_LIST)
        .objects()
    )
    return [_waiting(task) for task in query if actor.roles & frozenset(task.roles)]


def _waiting(task: Any) -> Waiting:
    return Waiting(task, task.conversation, (task.taken_by, task.taker) if task.taken_by else None)


def templates_for(actor: Actor, waiting: list[Waiting]) -> dict[str, Template]:
    """The templates of open tasks, by the task's id; remembered for conversations that begin without signal."""
    found: dict[str, Template] = {}
    with database.transaction():
        for one in waiting:
            flow = flow_named(one.task.flow)
            steps = tuple(flow.steps(flow.load(actor, one.task.subject_id)))
            found[one.task.public_id] = Template(keep_template(one.task, flow.version, steps), steps)
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
    return Finished(
        key=row.id,
        conversation=row,
        title=flow_named(row.flow).title,
        outcome=tuple(Text.from_json(text) for text in row.outcome),
        by=(row.holder, row.holder_name or "") if row.holder else None,
        at=row.closed_at,
    )
