"""Photos and conversations: which step a photo is taken for, and which codes its conversation may show.

A photo is received whatever became of its conversation meanwhile: it was taken, and the phone that held it in its queue must be
able to let go of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.domain.access import Actor
from workflows.domain.errors import DomainError, Fault, Invalid, NotFound
from workflows.domain.evidence import challenges
from workflows.domain.evidence.records import ALBUM, Challenge
from workflows.engine.conversations import by_id, conversations_of
from workflows.engine.occasions import require_role
from workflows.engine.records import ASKING, Conversation
from workflows.engine.registry import flow_of_record

PICTURES = ("photo", "signature")


@dataclass(frozen=True)
class Wanted:
    """What a photo was taken for: the subject of its conversation, whether it is a signature, how many pixels it needs."""

    subject_kind: str
    subject_id: str
    is_signature: bool
    min_pixels: int | None = None


def wanted(actor: Actor, conversation_id: str, step_key: str, source: str) -> Wanted:
    """What the actor's conversation asks a picture for. Raises NotFound, Forbidden, Invalid, DomainError `album_not_allowed`."""
    record = by_id(actor, conversation_id)
    if record is None:
        raise NotFound
    require_role(actor, flow_of_record(record.flow))
    step = _picture_step(record, step_key)
    if step is None:
        raise Invalid([Fault(("step",), "photo_not_asked")])
    is_signature = step["kind"] == "signature"
    if source == ALBUM and not is_signature and step["constraints"].get("source", "camera") == "camera":
        raise DomainError("album_not_allowed")
    return Wanted(record.subject_kind, record.subject_id, is_signature, step["constraints"].get("min_pixels"))


def draw_codes(actor: Actor, conversation_ids: Sequence[str]) -> list[tuple[str, Challenge]]:
    """For each conversation the code that its photos are to show. Raises NotFound for one that asks for none."""
    records = _asking_for_codes(actor, conversation_ids)
    drawn = challenges.draw(actor, [records[one].subject_id for one in conversation_ids])
    return list(zip(conversation_ids, drawn, strict=True))


def _asking_for_codes(actor: Actor, conversation_ids: Sequence[str]) -> dict[str, Conversation]:
    query = conversations_of(actor).where(Conversation.public_id.in_(list(conversation_ids)))
    records = {record.public_id: record for record in query}
    for one in conversation_ids:
        record = records.get(one)
        if record is None or record.state != ASKING or not _asks_for_code(record):
            raise NotFound
        require_role(actor, flow_of_record(record.flow))
    return records


def _asks_for_code(record: Conversation) -> bool:
    return any(step["kind"] == "photo" and step["constraints"].get("challenge") for step in record.steps)


def _picture_step(record: Conversation, key: str) -> Mapping[str, Any] | None:
    return next((step for step in record.steps if step["step"] == key and step["kind"] in PICTURES), None)
