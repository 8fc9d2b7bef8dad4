"""The records of evidence: photos as they arrived and what was found of them, and the codes that must stand in them."""

from typing import Any, TypeAlias

import peewee

from config.database import Record
from config.fields import JsonField, UtcDateTimeField
from workflows.domain.access import Actor
from workflows.domain.errors import NotFound

RECEIVED, CHECKED, UNREADABLE = "received", "checked", "unreadable"
CAMERA, ALBUM = "camera", "album"
PhotoQuery: TypeAlias = "peewee.ModelSelect[EvidencePhoto]"


class EvidencePhoto(Record):
    """One photo as a phone sent it (a drawn signature too).

    public_id is the phone's, unique within its organisation; key names the bytes in the store. subject_kind and subject_id say
    what it is evidence of. captured_at, place, source and challenge are what the phone claims, recorded_at is what we saw.
    measures and findings are what the check made of it: figures, and codes with facts. place is `{"latitude", "longitude",
    "accuracy_m", "system"}` and is deleted on schedule.
    """

    id = peewee.BigAutoField()
    brand = peewee.IntegerField()
    organisation = peewee.IntegerField()
    public_id = peewee.CharField(max_length=72)
    key = peewee.CharField(max_length=64, unique=True)
    person = peewee.CharField(max_length=64)
    device = peewee.CharField(max_length=128)
    conversation = peewee.CharField(max_length=64, null=True, index=True)
    step = peewee.CharField(max_length=64, null=True)
    subject_kind = peewee.CharField(max_length=32)
    subject_id = peewee.CharField(max_length=64)
    sha256 = peewee.CharField(max_length=64, index=True)
    size_bytes = peewee.IntegerField()
    media_type = peewee.CharField(max_length=32)
    source = peewee.CharField(max_length=8)
    captured_at = UtcDateTimeField(null=True)
    recorded_at = UtcDateTimeField()
    challenge = peewee.CharField(max_length=16, null=True)
    place = JsonField(null=True)
    state = peewee.CharField(max_length=16, default=RECEIVED)
    checked_at = UtcDateTimeField(null=True)
    width = peewee.IntegerField(null=True)
    height = peewee.IntegerField(null=True)
    measures = JsonField(default=dict)
    findings = JsonField(default=list)

    class Meta:
        indexes = (
            (("organisation", "public_id"), True),
            (("subject_id", "id"), False),
            (("person", "recorded_at"), False),
        )


HAS_PLACE = peewee.SQL("place IS NOT NULL")
EvidencePhoto.add_index(EvidencePhoto.index(EvidencePhoto.id, name="photo_with_place", where=HAS_PLACE))


class Challenge(Record):
    """A one-time code, to be written by hand on paper that stands in the picture.

    One for each promotion, store, person and device: subject_id names the claim. A photo with it must be taken until taken_until
    and received until received_until; used_at is when the proof that shows it was sent.
    """

    id = peewee.BigAutoField()
    brand = peewee.IntegerField()
    organisation = peewee.IntegerField()
    person = peewee.CharField(max_length=64)
    device = peewee.CharField(max_length=128)
    subject_id = peewee.CharField(max_length=64)
    code = peewee.CharField(max_length=16)
    issued_at = UtcDateTimeField()
    taken_until = UtcDateTimeField()
    received_until = UtcDateTimeField()
    used_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = (
            (("subject_id", "person", "device", "id"), False),
            (("brand", "code"), False),
        )


def photos_of(actor: Actor) -> PhotoQuery:
    """The photos the actor may see at all: a brand those of its partners, a partner its own. What of them, the caller decides."""
    query = EvidencePhoto.select().where(EvidencePhoto.brand == actor.brand_id)
    if actor.is_brand:
        return query
    return query.where(EvidencePhoto.organisation == actor.organisation_id)


def photo_of(actor: Actor, public_id: str) -> EvidencePhoto:
    """The actor's photo with the id its phone gave it. Raises NotFound."""
    return _only(photos_of(actor).where(EvidencePhoto.public_id == public_id))


def _only(query: Any) -> EvidencePhoto:
    found: EvidencePhoto | None = query.first()
    if found is None:
        raise NotFound
    return found
