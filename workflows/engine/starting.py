"""Conversations that nobody asked for: which flows somebody may start, on what, and their beginning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config import database
from workflows.domain.access import Actor
from workflows.domain.errors import Conflict
from workflows.domain.events import Subject
from workflows.engine import conversations, occasions, succession, templates
from workflows.engine.conversations import Begun
from workflows.engine.flow import Card, Flow
from workflows.engine.records import Conversation
from workflows.engine.registry import flow_named, flows
from workflows.engine.templates import Template


@dataclass(frozen=True)
class Offered:
    """Something a flow may be started on, and the steps to begin with when there is no signal."""

    subject: Subject
    card: Card
    template: Template | None


def flows_for(actor: Actor) -> list[Flow]:
    """The flows that the actor's roles may start without a task."""
    return [flow for flow in flows().values() if flow.starts_alone and occasions.is_for(actor, flow)]


def templates_for(actor: Actor, startable: Sequence[Flow]) -> dict[str, Template]:
    """The templates of flows that need no subject, by the flow's key."""
    begun = {}
    for flow in startable:
        if flow.startable is None:
            subject = flow.load(actor, actor.organisation)
            begun[flow.key] = (flow, occasions.about_loaded(actor, flow, subject), subject)
    return templates.hand_out(actor, begun)


def offered(actor: Actor, flow_key: str, below: str | None, limit: int, has_steps: bool) -> list[Offered]:
    """What the flow may be started on, newest first, below the subject id `below`; in a bounded number of statements.

    Raises NotFound, Forbidden, Invalid.
    """
    flow = flow_named(flow_key)
    occasions.require_startable(actor, flow)
    found = [(occasions.about_loaded(actor, flow, one), one) for one in _subjects(actor, flow, below, limit)]
    begun = {occasion.subject.id: (flow, occasion, one) for occasion, one in found}
    kept = templates.hand_out(actor, begun) if has_steps else {}
    return [Offered(occasion.subject, flow.card(one), kept.get(occasion.subject.id)) for occasion, one in found]


def _subjects(actor: Actor, flow: Flow, below: str | None, limit: int) -> Sequence[Any]:
    if flow.startable is None:
        return [] if below else [flow.load(actor, actor.organisation)]
    query = flow.startable.of(actor)
    key = query.model.public_id
    if below:
        query = query.where(key < below)
    return flow.startable.opened(query.order_by(key.desc()).limit(limit))


def start(
    actor: Actor,
    flow_key: str,
    subject_id: str | None = None,
    conversation_id: str | None = None,
    template_id: str | None = None,
) -> Begun:
    """Begin a flow without a task, or go on with what the organisation has open of it about the same subject.

    The same conversation_id again gives the same conversation. template_id names the steps a phone without signal began with.
    Raises NotFound, Forbidden, Invalid, Conflict.
    """
    flow = flow_named(flow_key)
    occasions.require_startable(actor, flow)
    subject = subject_id or actor.organisation
    with database.transaction():
        database.serialise("conversations", actor.organisation_id)
        standing = _known(actor, flow, subject, conversation_id) or succession.standing(actor, flow, subject)
        if standing is None:
            occasion = occasions.of_ones_own(actor, flow, subject)
            record = succession.start(actor, flow, occasion, conversation_id, template_id)
        else:
            record = standing
    return Begun(conversations.load(actor, record.public_id), is_new=standing is None)


def _known(actor: Actor, flow: Flow, subject_id: str, conversation_id: str | None) -> Conversation | None:
    known = conversations.by_id(actor, conversation_id) if conversation_id else None
    if known is not None and (known.flow, known.subject_id) != (flow.key, subject_id):
        raise Conflict("conversation_id_reused", current=conversations.as_it_is(actor, known))
    return known
