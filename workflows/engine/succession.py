"""Which conversation answers a task, and which one follows when its subject moves on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from config import clock
from config.ids import new_id
from workflows.domain import tasks
from workflows.domain.access import Actor
from workflows.domain.errors import Conflict, Fault, Invalid, NotFound
from workflows.domain.tasks import Task
from workflows.engine import engine
from workflows.engine.flow import Card, Flow
from workflows.engine.records import ASKING, DONE, SUPERSEDED, Conversation, Template
from workflows.engine.run import Run, pinned_card


def task_named(actor: Actor, task_id: str) -> Task:
    """The actor's task with this id. Raises NotFound."""
    task: Task | None = tasks.tasks_of(actor).where(Task.public_id == task_id).first()
    if task is None:
        raise NotFound
    return task


def task_to_answer(actor: Actor, task: Task) -> Task:
    """The task itself; where it was superseded, the one that took its place."""
    if task.state == tasks.SUPERSEDED:
        return _open_task_about(actor, task.subject_id) or task
    return task


def conversation_of(task: Task) -> Conversation | None:
    """The conversation that stands for a task: the open one, else the one that ended it. Raises Conflict.

    A task that closed without any is a conflict: there is nothing to ask and nothing to show.
    """
    found = _newest(Conversation.task == task, Conversation.state.in_((ASKING, DONE)))
    if found is not None or task.state == tasks.OPEN:
        return found
    found = _newest(Conversation.task == task)
    if found is None:
        raise Conflict(f"task_{task.state}")
    return found


def start(
    actor: Actor, flow: Flow, task: Task, conversation_id: str | None = None, template_id: str | None = None
) -> Conversation:
    """A new conversation for a task, with what still fits of the one before it about the same subject."""
    return _start(actor, flow, task, _open_about(task), conversation_id, template_id)


def _start(
    actor: Actor,
    flow: Flow,
    task: Task,
    former: Conversation | None,
    conversation_id: str | None = None,
    template_id: str | None = None,
) -> Conversation:
    subject = flow.load(actor, task.subject_id)
    pins = _pins(flow, subject, _template(task, template_id) if template_id else None)
    record = _create(actor, pins, task, conversation_id or new_id("cnv"), flow.card(subject))
    run = Run(actor, flow, record, subject)
    if former is not None:
        _carry_over(run, former)
    run.advance()
    run.save()
    return record


def start_outgrown(actor: Actor, flow: Flow, task: Task, conversation_id: str, template_id: str) -> Conversation:
    """What a phone without signal began about a version that has passed since: pinned to what its person had read.

    Whoever loads it is led to its successor, so that a yes to the old version never counts for the new one.
    """
    subject = flow.load(actor, task.subject_id)
    return _create(actor, _pins(flow, subject, _template(task, template_id)), task, conversation_id, flow.card(subject))


@dataclass(frozen=True)
class _Pins:
    """The steps a conversation keeps, and the version of its flow that they are of."""

    version: int
    steps: Sequence[Any]


def _pins(flow: Flow, subject: Any, template: Template | None) -> _Pins:
    if template is not None:
        return _Pins(template.flow_version, template.steps)
    return _Pins(flow.version, [step.to_json() for step in flow.steps(subject)])


def _create(actor: Actor, pins: _Pins, task: Task, conversation_id: str, card: Card) -> Conversation:
    return Conversation.create(
        public_id=conversation_id,
        brand=task.brand,
        organisation=task.organisation,
        flow=task.flow,
        flow_version=pins.version,
        task=task,
        subject_kind=task.subject_kind,
        subject_id=task.subject_id,
        subject_ref=task.subject_ref,
        subject_version=task.subject_version,
        card=pinned_card(card),
        steps=pins.steps,
        news=task.news,
        opened_by=actor.person,
        created_at=clock.now(),
        updated_at=clock.now(),
    )


def supersede(run: Run) -> None:
    """Close a conversation that is outdated; its successor, if anything is still asked, has what fits of it."""
    task = _open_task_about(run.actor, run.record.subject_id)
    if task is None:
        run.record.outcome = [run.flow.withdrawn(run.subject_now()).to_json()]
        _close(run.record, None)
        return
    other = _newest(Conversation.task == task, Conversation.state.in_((ASKING, DONE)), Conversation.id != run.record.id)
    successor = other or _start(run.actor, run.flow, task, run.record)
    _close(run.record, successor.public_id)


def _carry_over(run: Run, former: Conversation) -> None:
    old = Run(run.actor, run.flow, former).interview
    kept, _dropped = engine.fitting(run.interview.steps, old.answers, clock.today(run.actor.time_zone))
    run.interview = replace(run.interview, answers=kept)
    run.record.revision = len(kept)
    if kept and former.holder:
        run.record.holder = former.holder
        tasks.take(run.record.task_id or 0, run.record.organisation, former.holder)
    _close(former, run.record.public_id)


def _close(record: Conversation, successor: str | None) -> None:
    record.state, record.superseded_by = SUPERSEDED, successor
    record.closed_at = record.updated_at = clock.now()
    record.save()
    tasks.touch_inbox(record.organisation)


def _open_about(task: Task) -> Conversation | None:
    return _newest(
        Conversation.organisation == task.organisation,
        Conversation.subject_id == task.subject_id,
        Conversation.flow == task.flow,
        Conversation.state == ASKING,
        Conversation.task != task,
    )


def _newest(*conditions: Any) -> Conversation | None:
    found: Conversation | None = Conversation.select().where(*conditions).order_by(Conversation.id.desc()).first()
    return found


def _open_task_about(actor: Actor, subject_id: str) -> Task | None:
    query = tasks.tasks_of(actor).where(Task.subject_id == subject_id, Task.state == tasks.OPEN)
    newest: Task | None = query.order_by(Task.id.desc()).first()
    return newest


def _template(task: Task, template_id: str) -> Template:
    """The template of a task. Raises Invalid: what its person has read cannot be told, so no answer to it is taken."""
    found: Template | None = Template.get_or_none(
        Template.organisation == task.organisation,
        Template.public_id == template_id,
        Template.flow == task.flow,
        Template.subject_id == task.subject_id,
        Template.subject_version == task.subject_version,
    )
    if found is None:
        raise Invalid([Fault(("template",), "steps_unknown")])
    return found
