"""Builders around photos: a conversation that asks for some, bytes that look like a photo, and how a phone sends them."""

import hashlib
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config import blobs, clock
from config.ids import new_id
from workflows.domain.access import Actor
from workflows.domain.evidence import receiving
from workflows.domain.evidence.receiving import Arrived
from workflows.domain.evidence.records import CHECKED, EvidencePhoto
from workflows.engine.records import Conversation

ALBUM_STEP, SHOT, SIGNATURE = "shot_any", "shot_shelf", "signature"
_STEPS = (
    (SHOT, "photo", {"min": 1, "max": 3, "source": "camera", "challenge": True}),
    (ALBUM_STEP, "photo", {"min": 1, "max": 3, "source": "any"}),
    (SIGNATURE, "signature", {}),
    ("remark", "text", {}),
)


def steps() -> list[dict[str, Any]]:
    """A shelf with its code, one that the album may answer, a signature, and a text."""
    text = {"en": "Take it", "zh": "请拍摄"}
    return [{"step": key, "kind": kind, "text": text, "constraints": given} for key, kind, given in _STEPS]


def conversation(actor: Actor, subject_id: str = "", flow: str = "order-confirmation", **facts: Any) -> Conversation:
    """An open conversation of the actor's that asks for photos of `subject_id`, its steps pinned as any flow pins them."""
    now = clock.now()
    known = {
        "public_id": new_id("cnv"),
        "brand": actor.brand_id,
        "organisation": actor.organisation_id,
        "flow": flow,
        "flow_version": 1,
        "subject_kind": "claim",
        "subject_id": subject_id or new_id("clm"),
        "subject_ref": "REF",
        "subject_version": 1,
        "card": {"title": {"en": "Proof", "zh": "证明"}, "facts": []},
        "steps": steps(),
        "opened_by": actor.person,
        "created_at": now,
        "updated_at": now,
    }
    made: Conversation = Conversation.create(**{**known, **facts})
    return made


def picture(size_bytes: int = 1_000, head: bytes = b"\xff\xd8\xff\xe0") -> bytes:
    """Bytes that begin like a photo and are no other's; nobody opens them at the door."""
    return head + secrets.token_bytes(size_bytes - len(head))


def received(actor: Actor, talk: Conversation, **facts: Any) -> EvidencePhoto:
    """A photo of the conversation's first shot that was received and looked at: its pictures are made."""
    body = picture()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bytes"
        path.write_bytes(body)
        of = {"subject_kind": talk.subject_kind, "subject_id": talk.subject_id, "conversation": talk.public_id}
        known = {"id": photo_id(), "sha256": hashlib.sha256(body).hexdigest(), "size_bytes": len(body), "step": SHOT}
        arrived = Arrived(path=path, media_type="image/jpeg", **{**known, **of, **facts})
        photo = receiving.receive(actor, arrived).photo
        for name in (receiving.thumb_of(photo), receiving.full_of(photo)):
            path.write_bytes(b"a picture")
            blobs.store().put(name, path)
    EvidencePhoto.update(state=CHECKED).where(EvidencePhoto.id == photo.id).execute()
    return EvidencePhoto.get_by_id(photo.id)


def form(conversation_id: str, body: bytes, **changes: Any) -> dict[str, Any]:
    """The fields beside a photo, right unless changed; None takes a field away."""
    known = {
        "sha256": hashlib.sha256(body).hexdigest(),
        "conversation": conversation_id,
        "step": SHOT,
        "source": "camera",
        "captured_at": clock.now().isoformat(),
    }
    return {name: value for name, value in {**known, **changes}.items() if value is not None}


def multipart(
    fields: Mapping[str, Any], body: bytes | None, name: str = "blob", file_first: bool = False
) -> tuple[bytes, str]:
    """The body and its content type, as a browser writes them."""
    file = {"file": (body, name)} if body is not None else {}
    boundary = f"----partnerline{secrets.token_hex(8)}"
    parts = {**file, **fields} if file_first else {**fields, **file}
    written = b"".join(_part(boundary, key, value) for key, value in parts.items())
    return written + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _part(boundary: str, name: str, value: Any) -> bytes:
    if isinstance(value, tuple):
        body, filename = value
        told = f'; filename="{filename}"\r\nContent-Type: application/octet-stream'
        return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{told}\r\n\r\n'.encode() + body + b"\r\n"
    text = value if isinstance(value, bytes) else str(value).encode()
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + text + b"\r\n"


def photo_id() -> str:
    """An id as a phone makes it."""
    return f"pho_{secrets.token_urlsafe(16)}"
