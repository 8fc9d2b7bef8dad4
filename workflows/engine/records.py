"""What is stored of conversations: the conversation with its pinned steps, every answer ever given, and step templates."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from config import clock, database, forgetting
from config.database import Record
from config.fields import JsonField, UtcDateTimeField
from config.forgetting import AT_ONCE, Slice
from workflows.domain.tasks import Task
from workflows.engine.occasions import Occasion

FORGOTTEN = ""
"""The fingerprint of an answer whose content is forgotten: whatever comes under its id is taken for the same."""
ASKING, DONE, LEFT, EXPIRED, SUPERSEDED = "asking", "done", "left", "expired", "superseded"


class Conversation(Record):
    """One run of a flow. Its steps are pinned: a deployment changes nothing for the person in the middle of it.

    public_id may come from the phone and is unique within the organisation. answers and shown are kept by step key; news are
    sentences it opens with, outcome those it ends with (both bilingual). holder is the person who answered last.
    """

    id = peewee.AutoField()
    public_id = peewee.CharField(max_length=64)
    brand = peewee.IntegerField()
    organisation = peewee.IntegerField()
    flow = peewee.CharField(max_length=64)
    flow_version = peewee.IntegerField()
    task = peewee.ForeignKeyField(Task, null=True, on_delete="RESTRICT")
    task_id: int | None
    subject_kind = peewee.CharField(max_length=32)
    subject_id = peewee.CharField(max_length=64)
    subject_ref = peewee.CharField(max_length=64)
    subject_version = peewee.IntegerField()
    card = JsonField()
    steps = JsonField()
    answers = JsonField(default=dict)
    shown = JsonField(default=dict)
    news = JsonField(default=list)
    outcome = JsonField(default=list)
    state = peewee.CharField(max_length=16, default=ASKING)
    revision = peewee.IntegerField(default=0)
    holder = peewee.CharField(max_length=64, null=True)
    opened_by = peewee.CharField(max_length=64)
    superseded_by = peewee.CharField(max_length=64, null=True)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()
    closed_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = (
            (("organisation", "public_id"), True),
            (("task", "state"), False),
            (("organisation", "closed_at"), False),
            (("organisation", "subject_id"), False),
        )


# Written out: neither database sees that a condition with stand-ins for values fits a partial index.
_HAS_NO_RESULT = peewee.SQL("state IN ('left', 'superseded', 'expired')")
Conversation.add_index(
    Conversation.index(Conversation.closed_at, name="conversation_without_result", where=_HAS_NO_RESULT)
)
IS_ASKING = peewee.SQL("state = 'asking'")
Conversation.add_index(Conversation.index(Conversation.id, name="conversation_asking", where=IS_ASKING))


class AnswerRecord(Record):
    """One answer as it arrived and was taken: append-only, so that a repeated one is known for what it is.

    answered_at is what the phone claims, recorded_at what the server saw.
    """

    id = peewee.BigAutoField()
    organisation = peewee.IntegerField()
    answer = peewee.CharField(max_length=64)
    conversation = peewee.ForeignKeyField(Conversation, on_delete="RESTRICT")
    conversation_id: int
    step = peewee.CharField(max_length=64)
    value = JsonField()
    content_hash = peewee.CharField(max_length=64)
    person = peewee.CharField(max_length=64)
    answered_at = UtcDateTimeField()
    recorded_at = UtcDateTimeField()

    class Meta:
        indexes = ((("organisation", "answer"), True),)


class Template(Record):
    """Steps handed to a phone before it loses its signal, named by their content; kept 30 days."""

    id = peewee.AutoField()
    public_id = peewee.CharField(max_length=64)
    organisation = peewee.IntegerField()
    flow = peewee.CharField(max_length=64)
    flow_version = peewee.IntegerField()
    subject_id = peewee.CharField(max_length=64)
    subject_version = peewee.IntegerField()
    steps = JsonField()
    created_at = UtcDateTimeField()

    class Meta:
        indexes = ((("organisation", "public_id"), True),)


@dataclass(frozen=True)
class NewTemplate:
    """The steps of a flow about one version of a subject as they are pinned now."""

    occasion: Occasion
    flow_version: int
    steps: Sequence[Any]

    @property
    def public_id(self) -> str:
        """Its name: the same content has the same one."""
        begun = self.occasion
        content = [begun.flow, self.flow_version, begun.subject.id, begun.subject_version, self.steps]
        return f"tpl_{content_hash(content)[:32]}"


def keep_templates(organisation: int, made: Mapping[str, NewTemplate]) -> None:
    """Remember templates by their names; what is known already is not written again."""
    known = Template.select(Template.public_id).where(
        Template.organisation == organisation, Template.public_id.in_(list(made))
    )
    missing = made.keys() - {row.public_id for row in known}
    if missing:
        with database.transaction():
            rows = [_template_row(name, made[name]) for name in sorted(missing)]
            Template.insert_many(rows).on_conflict_ignore().execute()


def forget_templates(before: datetime, after: int) -> Slice:
    """Forget a slice of the templates made before a moment."""
    return forgetting.forget(Template, Template.created_at, before, after)


def forget_answers(before: datetime, after: int) -> Slice:
    """Forget a slice of the answers taken before a moment, of conversations that have ended.

    What was answered at last stands in the conversation. Without these rows an answer that a phone sends again is
    known by its value alone.
    """
    asking = Conversation.select().where(Conversation.id == AnswerRecord.conversation, Conversation.state == ASKING)
    return forgetting.forget(AnswerRecord, AnswerRecord.recorded_at, before, after, ~peewee.fn.EXISTS(asking))


def forget_without_result(before: datetime, _after: int) -> Slice:
    """Forget a slice of the conversations that were left or superseded before a moment, once their answers are forgotten."""
    with database.transaction():
        answers = AnswerRecord.select().where(AnswerRecord.conversation == Conversation.id)
        ended: Any = Conversation.select(Conversation.id).where(
            _HAS_NO_RESULT, Conversation.closed_at < before, ~peewee.fn.EXISTS(answers)
        )
        ids = [row.id for row in ended.order_by(Conversation.closed_at).limit(AT_ONCE)]
        Conversation.delete().where(Conversation.id.in_(ids)).execute()
    return Slice(len(ids), 0 if len(ids) == AT_ONCE else None)


def _template_row(name: str, new: NewTemplate) -> dict[str, Any]:
    return {
        "public_id": name,
        "organisation": new.occasion.organisation,
        "flow": new.occasion.flow,
        "flow_version": new.flow_version,
        "subject_id": new.occasion.subject.id,
        "subject_version": new.occasion.subject_version,
        "steps": new.steps,
        "created_at": clock.now(),
    }


def content_hash(content: object) -> str:
    """A fingerprint of JSON content, whatever the order of its keys."""
    canonical = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def parse_moment(text: str | None, otherwise: datetime) -> datetime:
    """What a phone's clock claims; `otherwise` where it says nothing readable."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return otherwise
    return moment if moment.tzinfo else otherwise
