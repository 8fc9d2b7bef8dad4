"""Which conversation stands for a task or for what somebody started, and which one follows when its subject moves on."""

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
from workflows.engine.occasions import Occasion, of_ones_own, of_task
from workflows.engine.pins import pinned_card
from workflows.engine.records import ASKING, DONE, SUPERSEDED, Conversation, Template
from workflows.engine.run import Run


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


def standing(actor: Actor, flow: Flow, subject_id: str) -> Conversation | None:
    """What the organisation has open of a flow about a subject, as long as the subject is still the one it was begun about."""
    found = _open_about(actor.organisation_id, flow.key, subject_id)
    return None if found is None or Run(actor, flow, found).is_outdated() else found


def start(
    actor: Actor, flow: Flow, occasion: Occasion, conversation_id: str | None = None, template_id: str | None = None
) -> Conversation:
    """A new conversation, with what still fits of the one before it about the same subject.

    Steps that a phone without signal began with stand for the version they were made of: where that has passed since,
    whoever loads the conversation is led to its successor, so that a yes to the old version never counts for the new one.
    """
    template = _template(occasion, template_id) if template_id else None
    if template is not None and template.subject_version != occasion.subject_version:
        return _pin(actor, flow, occasion.at_version(template.subject_version), conversation_id, template)
    former = _open_about(occasion.organisation, occasion.flow, occasion.subject.id, but_of_task=occasion.task_id)
    return _start(actor, flow, occasion, former, conversation_id, template)


def _start(
    actor: Actor,
    flow: Flow,
    occasion: Occasion,
    former: Conversation | None,
    conversation_id: str | None = None,
    template: Template | None = None,
) -> Conversation:
    subject = flow.load(actor, occasion.subject.id)
    record = _create(
        actor, _pins(flow, subject, template), occasion, conversation_id or new_id("cnv"), flow.card(subject)
    )
    run = Run(actor, flow, record, subject)
    if former is not None:
        _carry_over(run, former)
    run.advance()
    run.save()
    return record


def start_outgrown(
    actor: Actor, flow: Flow, occasion: Occasion, conversation_id: str, template_id: str
) -> Conversation:
    """What a phone without signal began for a task that has passed since: pinned to what its person had read."""
    return _pin(actor, flow, occasion, conversation_id, _template(occasion, template_id))


def _pin(actor: Actor, flow: Flow, occasion: Occasion, conversation_id: str | None, template: Template) -> Conversation:
    subject = flow.load(actor, occasion.subject.id)
    pins = _pins(flow, subject, template)
    return _create(actor, pins, occasion, conversation_id or new_id("cnv"), flow.card(subject))


@dataclass(frozen=True)
class _Pins:
    """The steps a conversation keeps, and the version of its flow that they are of."""

    version: int
    steps: Sequence[Any]


def _pins(flow: Flow, subject: Any, template: Template | None) -> _Pins:
    if template is not None:
        return _Pins(template.flow_version, template.steps)
    return _Pins(flow.version, [step.to_json() for step in flow.steps(subject)])


def _create(actor: Actor, pins: _Pins, occasion: Occasion, conversation_id: str, card: Card) -> Conversation:
    return Conversation.create(
        public_id=conversation_id,
        brand=occasion.brand,
        organisation=occasion.organisation,
        flow=occasion.flow,
        flow_version=pins.version,
        task=occasion.task_id,
        subject_kind=occasion.subject.kind,
        subject_id=occasion.subject.id,
        subject_ref=occasion.subject.ref,
        subject_version=occasion.subject_version,
        card=pinned_card(card),
        steps=pins.steps,
        news=occasion.news,
        opened_by=actor.person,
        created_at=clock.now(),
        updated_at=clock.now(),
    )


def supersede(run: Run) -> None:
    """Close a conversation that is outdated; its successor, if anything is still asked, has what fits of it."""
    occasion = _occasion_after(run)
    if occasion is None:
        run.record.outcome = [run.flow.withdrawn(run.subject_now()).to_json()]
        _close(run.record, None)
        return
    successor = _other_of(occasion, run.record) or _start(run.actor, run.flow, occasion, run.record)
    _close(run.record, successor.public_id)


def _occasion_after(run: Run) -> Occasion | None:
    """For what the same is asked, or may be said, now that the subject has moved on; None where nothing is left of it."""
    subject_id = run.record.subject_id
    if run.record.task_id is not None:
        task = _open_task_about(run.actor, subject_id)
        return of_task(task) if task else None
    try:
        return of_ones_own(run.actor, run.flow, subject_id)
    except (Conflict, NotFound):
        return None


def _other_of(occasion: Occasion, record: Conversation) -> Conversation | None:
    """The conversation that somebody else began for it already."""
    if occasion.task_id is not None:
        asked = Conversation.task == occasion.task_id
        return _newest(asked, Conversation.state.in_((ASKING, DONE)), Conversation.id != record.id)
    return _newest(
        *_is_open_about(occasion.organisation, occasion.flow, occasion.subject.id), Conversation.id != record.id
    )


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


def _open_about(organisation: int, flow: str, subject_id: str, but_of_task: int | None = None) -> Conversation | None:
    conditions = _is_open_about(organisation, flow, subject_id)
    if but_of_task is not None:
        conditions = (*conditions, Conversation.task.is_null() | (Conversation.task != but_of_task))
    return _newest(*conditions)


def _is_open_about(organisation: int, flow: str, subject_id: str) -> tuple[Any, ...]:
    return (
        Conversation.organisation == organisation,
        Conversation.subject_id == subject_id,
        Conversation.flow == flow,
        Conversation.state == ASKING,
    )


def _newest(*conditions: Any) -> Conversation | None:
    found: Conversation | None = Conversation.select().where(*conditions).order_by(Conversation.id.desc()).first()
    return found


def _open_task_about(actor: Actor, subject_id: str) -> Task | None:
    query = tasks.tasks_of(actor).where(Task.subject_id == subject_id, Task.state == tasks.OPEN)
    newest: Task | None = query.order_by(Task.id.desc()).first()
    return newest


def _template(occasion: Occasion, template_id: str) -> Template:
    """The template of an occasion. Raises Invalid: what its person has read cannot be told, so no answer to it is taken.

    A task asks about one version of its subject and is answered by steps of that one; whoever starts of their own will may
    have read an earlier one.
    """
    conditions = [
        Template.organisation == occasion.organisation,
        Template.public_id == template_id,
        Template.flow == occasion.flow,
        Template.subject_id == occasion.subject.id,
    ]
    if occasion.task_id is not None:
        conditions.append(Template.subject_version == occasion.subject_version)
    found: Template | None = Template.get_or_none(*conditions)
    if found is None:
        raise Invalid([Fault(("template",), "steps_unknown")])
    return found
