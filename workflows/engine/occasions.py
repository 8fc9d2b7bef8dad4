"""Why a conversation is held: because of a task, or because somebody started it of their own will."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from workflows.domain import tasks
from workflows.domain.access import Actor
from workflows.domain.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from workflows.domain.events import Subject
from workflows.domain.tasks import Task
from workflows.engine.flow import Flow


@dataclass(frozen=True)
class Occasion:
    """A flow, about one version of a subject, for one organisation; task_id is None where somebody started it themselves."""

    brand: int
    organisation: int
    flow: str
    subject: Subject
    subject_version: int
    task_id: int | None = None
    news: Sequence[Any] = ()

    def at_version(self, version: int) -> "Occasion":
        """The same, about another version of its subject."""
        return replace(self, subject_version=version)


def of_task(task: Task) -> Occasion:
    """What a task asks for."""
    return Occasion(task.brand, task.organisation, task.flow, task.subject, task.subject_version, task.id, task.news)


def of_ones_own(actor: Actor, flow: Flow, subject_id: str) -> Occasion:
    """What the actor starts now; where an open task of the same flow asks for it anyway, that task.

    Raises NotFound for a subject that is unknown or another's, Conflict for one that the flow is not started on (any more).
    """
    subject = flow.load(actor, subject_id) if flow.startable or subject_id == actor.organisation else None
    if subject is None:
        raise NotFound
    if not flow.may_start_on(actor, subject_id):
        raise Conflict("not_startable")
    task = _open_task(actor, flow, subject_id)
    return of_task(task) if task else about_loaded(actor, flow, subject)


def about_loaded(actor: Actor, flow: Flow, subject: Any) -> Occasion:
    """What the actor starts by a flow about a subject that is loaded already and may be started on."""
    named = flow.startable.about(subject) if flow.startable else own_subject(actor, flow)
    return Occasion(actor.brand_id, actor.organisation_id, flow.key, named, flow.version_of(subject))


def own_subject(actor: Actor, flow: Flow) -> Subject:
    """What a flow without a subject of its own is about: the organisation that the actor acts for."""
    return Subject(flow.subject, actor.organisation, actor.organisation_ref)


def require_role(actor: Actor, flow: Flow) -> None:
    """Raises Forbidden unless one of the actor's roles may answer the flow."""
    if not is_for(actor, flow):
        raise Forbidden("role_not_allowed")


def is_for(actor: Actor, flow: Flow) -> bool:
    """May one of the actor's roles answer the flow?"""
    return any(flow.who.allows(actor.organisation_kind, role) for role in actor.roles)


def require_startable(actor: Actor, flow: Flow) -> None:
    """Raises Forbidden, or Invalid for a flow that only a task opens."""
    require_role(actor, flow)
    if not flow.starts_alone:
        raise Invalid([Fault(("flow",), "flow_needs_task")])


def _open_task(actor: Actor, flow: Flow, subject_id: str) -> Task | None:
    query = tasks.tasks_of(actor).where(Task.flow == flow.key, Task.subject_id == subject_id, Task.state == tasks.OPEN)
    found: Task | None = query.order_by(Task.id.desc()).first()
    return found
