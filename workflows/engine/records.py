"""What is stored of conversations: the conversation with its pinned steps, every answer ever given, and step templates."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

import peewee

from config import clock
from config.database import Record
from config.fields import JsonField, UtcDateTimeField
from workflows.domain.tasks import Task
from workflows.engine.flow import Step

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


def keep_template(task: Task, flow_version: int, steps: Sequence[Step]) -> str:
    """Remember the steps of a task's flow; the id that a conversation begun offline names."""
    pinned = [step.to_json() for step in steps]
    public_id = f"tpl_{content_hash([task.flow, flow_version, task.subject_id, task.subject_version, pinned])[:32]}"
    Template.insert(
        public_id=public_id,
        organisation=task.organisation,
        flow=task.flow,
        flow_version=flow_version,
        subject_id=task.subject_id,
        subject_version=task.subject_version,
        steps=pinned,
        created_at=clock.now(),
    ).on_conflict_ignore().execute()
    return public_id


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
