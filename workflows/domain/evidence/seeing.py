"""Who may see which photo. A phone's own id is known within its organisation; `img_…` to everybody whose query reaches it.

Other areas show photos to more people (a promotion its examples): they bring a query of their own to the door, which asks all of
them in turn.
"""

import re

from workflows.domain.access import Actor
from workflows.domain.audit import views
from workflows.domain.evidence.records import EvidencePhoto, photos_of

_KEY = re.compile(r"img_[0-9A-Z]{26}")
KIND = "photo"


def own_photo(actor: Actor, photo_id: str) -> EvidencePhoto | None:
    """The photo that a phone of the actor's organisation sent under this id."""
    own = photos_of(actor).where(EvidencePhoto.organisation == actor.organisation_id)
    found: EvidencePhoto | None = own.where(EvidencePhoto.public_id == photo_id).first()
    return found


def photo_with_key(actor: Actor, key: str) -> EvidencePhoto | None:
    """The photo with our own id: a partner's own, and for the brand's people every partner's."""
    if not _KEY.fullmatch(key):
        return None
    found: EvidencePhoto | None = photos_of(actor).where(EvidencePhoto.key == key).first()
    return found


def note_seen(actor: Actor, photo: EvidencePhoto) -> None:
    """Note for the audit that somebody looked at another organisation's photo; one that no step asked for is no evidence."""
    if photo.organisation != actor.organisation_id and photo.conversation is not None:
        views.seen(actor, [(KIND, photo.key)])
