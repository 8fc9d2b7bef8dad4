"""Conversations as people hold them: begin, read, answer, step back, leave. One turn is one transaction.

Load, decide (the pure engine), effect, save. Every way in starts from the actor; both doors, JSON and chat text, call these
same functions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from config import clock, database
from config.logging import bind
from config.prepared import Prepared
from workflows.domain import tasks
from workflows.domain.access import Actor, stand_in
from workflows.domain.audit import views
from workflows.domain.errors import Conflict, NotFound
from workflows.engine import succession
from workflows.engine.answers import record_answers, unseen
from workflows.engine.engine import next_step
from workflows.engine.expiring import Closed, expire, why_closed
from workflows.engine.occasions import of_task, require_role
from workflows.engine.records import (
    ASKING,
    DONE,
    LEFT,
    Conversation,
)
from workflows.engine.refusals import already_answered, require_current, require_open
from workflows.engine.registry import flow_of_record
from workflows.engine.run import Given, Outdated, Run
from workflows.engine.turn import Turn


@dataclass(frozen=True)
class Begun:
    """A conversation, and whether this call made it."""

    turn: Turn
    is_new: bool


def begin(actor: Actor, task_id: str, conversation_id: str | None = None, template_id: str | None = None) -> Begun:
    """Open a task's conversation, or the one that is open already, whoever began it.

    The same conversation_id again gives the same conversation. template_id names the steps a phone without signal began with.
    Raises NotFound, Forbidden, Conflict.
    """
    with database.transaction():
        database.serialise("conversations", actor.organisation_id)
        known = by_id(actor, conversation_id) if conversation_id else None
        asked = succession.task_named(actor, task_id)
        task = succession.task_to_answer(actor, asked)
        flow = flow_of_record(task.flow)
        require_role(actor, flow)
        if known is not None and known.task_id not in {asked.id, task.id}:
            raise Conflict("conversation_id_reused", current=as_it_is(actor, known))
        if known is None and conversation_id and template_id and task.id != asked.id:
            outgrown = succession.start_outgrown(actor, flow, of_task(asked), conversation_id, template_id)
            return Begun(load(actor, outgrown.public_id), is_new=True)
        existing = known or succession.conversation_of(task)
        record = existing or succession.start(actor, flow, of_task(task), conversation_id, template_id)
        views.seen(actor, _what_it_shows(record))  # in this transaction: `load` need not open another one
    return Begun(load(actor, record.public_id), is_new=existing is None)


def load(actor: Actor, conversation_id: str) -> Turn:
    """The whole turn as it stands; a conversation whose subject moved on is superseded by this. Raises NotFound, Forbidden."""
    run = _loaded(actor, conversation_id)
    views.seen(actor, _what_it_shows(run.record))
    return run.turn(is_whole=True)


def _loaded(actor: Actor, conversation_id: str) -> Run:
    run = _run(actor, _required(actor, conversation_id))
    require_role(actor, run.flow)
    if run.record.state != ASKING:
        return run
    try:
        run.refresh()
    except Outdated:
        return _supersede(actor, conversation_id)
    if run.is_outdated():
        return _supersede(actor, conversation_id)
    return _expire(actor, conversation_id) if why_closed(run) else run


def _what_it_shows(record: Conversation) -> list[views.Seen]:
    return [("conversation", record.public_id), (record.subject_kind, record.subject_id)]


def answer(actor: Actor, conversation_id: str, revision: int, given: Sequence[Given]) -> Turn:
    """Take one answer, or all that a phone collected without signal. Raises NotFound, Forbidden, Conflict."""
    with bind(conversation=conversation_id):
        try:
            with database.transaction():
                return _answer(actor, conversation_id, revision, given)
        except Outdated:
            raise Conflict("superseded", current=_supersede(actor, conversation_id).turn(is_whole=True)) from None
        except Closed:
            raise Conflict("conversation_closed", current=load(actor, conversation_id)) from None


def step_back(actor: Actor, conversation_id: str, revision: int, step_key: str) -> Turn:
    """Take an answer back, so that its question is asked again. Raises NotFound, Forbidden, Conflict."""
    try:
        with database.transaction():
            run = _held(actor, conversation_id)
            require_open(run)
            require_current(run, revision)
            if run.step_back(step_key):
                run.record.revision += 1
                run.save()
            return run.turn(is_whole=True)
    except Outdated:
        raise Conflict("superseded", current=_supersede(actor, conversation_id).turn(is_whole=True)) from None


def leave(actor: Actor, conversation_id: str, revision: int) -> Turn:
    """Give the conversation up; the task stays open for another try. Leaving twice changes nothing."""
    with database.transaction():
        run = _held(actor, conversation_id, may_be_outdated=True)
        if run.record.state == LEFT:
            return run.turn(is_whole=False)
        require_open(run)
        require_current(run, revision)
        run.record.state, run.record.closed_at = LEFT, clock.now()
        run.save()
        if run.record.task_id:
            tasks.release(run.record.task_id, actor.organisation_id)
        return run.turn(is_whole=False)


def _answer(actor: Actor, conversation_id: str, revision: int, given: Sequence[Given]) -> Turn:
    run = _held(actor, conversation_id, may_be_outdated=True)
    fresh = unseen(run, given)
    if not fresh:
        run.stored += [one.id for one in given]
        return run.turn(is_whole=False)
    if run.record.state == DONE:
        return _repeated(run, fresh)
    require_open(run)
    require_current(run, revision)
    taken = [one for one in fresh if run.take(one)]
    if run.is_outdated():  # asked last, when the subject has mostly been loaded anyway; raising undoes all of it
        raise Outdated
    if taken:
        run.record.revision += len(taken)
        record_answers(run, taken)
        _finish_if_complete(run)  # before the task is touched: everybody locks what it is about first, then its task
        _take_task(run)
    run.save()
    return run.turn(is_whole=False)


def _held(actor: Actor, conversation_id: str, may_be_outdated: bool = False) -> Run:
    """The conversation, kept from other writers until the transaction ends, for somebody who may answer it."""
    run = _run(actor, _required(actor, conversation_id, is_locked=True))
    require_role(actor, run.flow)
    if not may_be_outdated and run.record.state == ASKING and run.is_outdated():
        raise Outdated
    return run


def _repeated(run: Run, given: Sequence[Given]) -> Turn:
    """A second answer after the end: the same one shows the first result, another is refused with it."""
    for one in given:
        if not run.has_said(one):
            raise already_answered(run)
    return run.turn(is_whole=True)


def _take_task(run: Run) -> None:
    person = run.actor.person
    if run.record.task_id and run.record.holder != person:
        tasks.take(run.record.task_id, run.record.organisation, person or "")
    run.record.holder = person


def _finish_if_complete(run: Run) -> None:
    if next_step(run.interview) is not None:
        return
    if why_closed(run):
        raise Closed
    try:
        told = run.flow.effect(run.subject, run.values(), run.actor)
    except (Conflict, NotFound) as moved_on:
        raise Outdated from moved_on
    texts = told if isinstance(told, tuple) else (told,)
    run.record.outcome = [text.to_json() for text in texts]
    run.record.state, run.record.closed_at = DONE, clock.now()


def _supersede(actor: Actor, conversation_id: str) -> Run:
    """Close a conversation whose subject moved on, and carry what fits into the one that follows."""
    with database.transaction():
        database.serialise("conversations", actor.organisation_id)
        run = _run(actor, _required(actor, conversation_id, is_locked=True))
        if run.record.state == ASKING and run.is_outdated():
            succession.supersede(run)
        return _run(actor, _required(actor, conversation_id))


def _expire(actor: Actor, conversation_id: str) -> Run:
    """Close a conversation whose subject's window has closed."""
    with database.transaction():
        run = _run(actor, _required(actor, conversation_id, is_locked=True))
        why = why_closed(run)
        if why is not None:
            expire(run, why)
        return run


def _run(actor: Actor, record: Conversation) -> Run:
    return Run(actor, flow_of_record(record.flow), record)


def by_id(actor: Actor, conversation_id: str) -> Conversation | None:
    """The organisation's conversation with this id, as it is stored."""
    return _named(actor, conversation_id, is_locked=False)


def as_it_is(actor: Actor, record: Conversation) -> Turn:
    """The whole turn of a conversation as it is stored, whatever became of its subject."""
    return _run(actor, record).turn(is_whole=True)


def _required(actor: Actor, conversation_id: str, is_locked: bool = False) -> Conversation:
    record = _named(actor, conversation_id, is_locked)
    if record is None:
        raise NotFound
    return record


def _named(actor: Actor, conversation_id: str, is_locked: bool) -> Conversation | None:
    question = _question(conversations_of, is_locked)
    found: Conversation | None = question.first(actor.brand_id, actor.organisation_id, conversation_id)
    return found


@cache
def _question(of: Callable[[Actor], Any], is_locked: bool) -> Prepared:
    def build(brand: Any, organisation: Any, public_id: Any) -> Any:
        query = of(stand_in(brand, organisation)).where(Conversation.public_id == public_id).limit(1)
        return database.locked(query) if is_locked else query

    return Prepared(build)


def conversations_of(actor: Actor) -> Any:
    """The conversations of the organisation the actor acts for."""
    return Conversation.select().where(
        Conversation.organisation == actor.organisation_id, Conversation.brand == actor.brand_id
    )
