"""Photos as they come in: the bytes are safe in the store before there is a row, so that a receipt never promises too much.

The same id with the same bytes is the same photo, however often it comes; with other bytes it is refused.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from config import blobs, clock, database
from config.blobs import StoreAway
from config.ids import new_id
from notifications import outbox
from workflows.domain.access import Actor
from workflows.domain.errors import Conflict, DomainError
from workflows.domain.evidence.records import EvidencePhoto

QUEUE = "photo-check"
"""The internal queue on which a photo waits to be looked at: `{"photo": row id}`."""
ORIGINAL, FULL, THUMB = "original", "full", "thumb"
MOST_IN_A_CONVERSATION = 200

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Arrived:
    """One photo on its way in: `path` holds its bytes and is taken by the store; the rest is what the phone says of it.

    subject_kind and subject_id are what it is evidence of; conversation and step are None for a picture that no step asked for.
    place is `{"latitude", "longitude", "accuracy_m", "system"}`.
    """

    id: str
    path: Path
    sha256: str
    size_bytes: int
    media_type: str
    subject_kind: str
    subject_id: str
    conversation: str | None = None
    step: str | None = None
    is_signature: bool = False
    min_pixels: int | None = None
    source: str = "camera"
    captured_at: datetime | None = None
    challenge: str | None = None
    place: Any = None


@dataclass(frozen=True)
class Received:
    """A photo that is safe, and whether this call brought it."""

    photo: EvidencePhoto
    is_new: bool


def original_of(photo: EvidencePhoto) -> str:
    """Under which name its bytes rest, as they came."""
    return f"{ORIGINAL}/{photo.key}"


def full_of(photo: EvidencePhoto) -> str:
    """Under which name its large picture without metadata rests, once it was made."""
    return f"{FULL}/{photo.key}.jpg"


def thumb_of(photo: EvidencePhoto) -> str:
    """Under which name its small picture rests, once it was made."""
    return f"{THUMB}/{photo.key}.jpg"


def known(actor: Actor, photo_id: str, sha256: str) -> EvidencePhoto | None:
    """The organisation's photo with this id. Raises Conflict where it stands for other bytes."""
    found: EvidencePhoto | None = EvidencePhoto.get_or_none(
        EvidencePhoto.organisation == actor.organisation_id, EvidencePhoto.public_id == photo_id
    )
    if found is not None and found.sha256 != sha256:
        raise Conflict("photo_id_reused")
    return found


def receive(actor: Actor, arrived: Arrived) -> Received:
    """Keep a photo: first its bytes, then its row, and have it looked at.

    Raises Conflict `photo_id_reused` or `too_many_photos`, DomainError `photo_store_away`. Must not be called inside a
    transaction: the store may be another house.
    """
    before = known(actor, arrived.id, arrived.sha256)
    if before is not None:
        _keep_again(before, arrived.path)
        return Received(before, is_new=False)
    key = new_id("img")
    _keep(f"{ORIGINAL}/{key}", arrived.path)
    try:
        received = _record(actor, arrived, key)
    except DomainError:
        _forget(key)  # after any other error nobody knows whether there is a row: the nightly sweep looks
        raise
    if not received.is_new:
        _forget(key)
    return received


def _keep(name: str, path: Path) -> None:
    try:
        blobs.store().take(name, path)
    except StoreAway as error:
        _log.warning("photo_store_away", error=str(error))
        raise DomainError("photo_store_away") from error


def _keep_again(photo: EvidencePhoto, path: Path) -> None:
    """A photo whose bytes were lost since (a store restored from yesterday) is whole again when a phone still has them."""
    name = original_of(photo)
    try:
        is_there = blobs.store().exists(name)
    except StoreAway:
        return  # the receipt was given when the bytes were safe
    if not is_there:
        _log.warning("photo_mended", photo=photo.key)
        _keep(name, path)


def _record(actor: Actor, arrived: Arrived, key: str) -> Received:
    with database.transaction():
        database.serialise("photo", actor.organisation_id, arrived.id)
        before = known(actor, arrived.id, arrived.sha256)  # the same photo, sent twice at once
        if before is not None:
            return Received(before, is_new=False)
        _refuse_too_many(actor, arrived)
        photo: EvidencePhoto = EvidencePhoto.create(**_facts(actor, arrived), key=key, recorded_at=clock.now())
        outbox.publish_internal(QUEUE, {"photo": photo.id}, f"{QUEUE}:{photo.id}")
    return Received(photo, is_new=True)


def _facts(actor: Actor, arrived: Arrived) -> dict[str, Any]:
    return {
        "brand": actor.brand_id,
        "organisation": actor.organisation_id,
        "public_id": arrived.id,
        "person": actor.name_for_audit,
        "device": actor.device or "",
        "conversation": arrived.conversation,
        "step": arrived.step,
        "subject_kind": arrived.subject_kind,
        "subject_id": arrived.subject_id,
        "sha256": arrived.sha256,
        "size_bytes": arrived.size_bytes,
        "media_type": arrived.media_type,
        "source": arrived.source,
        "captured_at": arrived.captured_at,
        "challenge": arrived.challenge,
        "place": arrived.place,
        "measures": _wanted(arrived),
    }


def _wanted(arrived: Arrived) -> dict[str, Any]:
    """What its check must know of the step it was taken for."""
    pixels = {} if arrived.min_pixels is None else {"min_pixels": arrived.min_pixels}
    return {"is_signature": True} if arrived.is_signature else pixels


def _refuse_too_many(actor: Actor, arrived: Arrived) -> None:
    if arrived.conversation is None:
        return
    mine = EvidencePhoto.organisation == actor.organisation_id
    there = EvidencePhoto.select().where(mine, EvidencePhoto.conversation == arrived.conversation)
    if there.count() >= MOST_IN_A_CONVERSATION:
        raise Conflict("too_many_photos")


def _forget(key: str) -> None:
    """Take back bytes that no row names; what stays behind all the same, the nightly sweep finds."""
    try:
        blobs.store().delete(f"{ORIGINAL}/{key}")
    except (StoreAway, OSError) as error:
        _log.warning("photo_left_behind", error=str(error))
