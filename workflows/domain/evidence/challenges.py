"""One-time codes that are written by hand on paper and stand in the picture: what a photo of another day or place cannot have.

A code belongs to one claim, person and device. It is drawn in advance, taken with within 24 hours and received within 72.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import peewee

from config import clock, database
from workflows.domain.access import Actor
from workflows.domain.evidence.records import Challenge, EvidencePhoto

ALPHABET = "23456789ACDEFHJKMNPRTVWXY"
"""Without what a hand makes look alike: 0 O Q, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V."""
LENGTH = 4
TAKEN_WITHIN, RECEIVED_WITHIN = timedelta(hours=24), timedelta(hours=72)

MISSING, UNKNOWN, EXPIRED, USED = "challenge_missing", "challenge_unknown", "challenge_expired", "challenge_used"


def draw(actor: Actor, subject_ids: Sequence[str]) -> list[Challenge]:
    """A code for each subject, in their order: the one that is still good and unused where there is one, else a new one."""
    with database.transaction():
        for subject_id in sorted(set(subject_ids)):
            database.serialise("challenge", subject_id, actor.person)
        drawn = {subject_id: _live(actor, subject_id) or _new(actor, subject_id) for subject_id in set(subject_ids)}
    return [drawn[subject_id] for subject_id in subject_ids]


def use(subject_id: str, codes: Iterable[str], at: datetime) -> None:
    """Note that a proof was sent in which these codes stand: no later photo may show them."""
    spent = (Challenge.subject_id == subject_id) & Challenge.code.in_(sorted(set(codes)))
    Challenge.update(used_at=at).where(spent, Challenge.used_at.is_null()).execute()


def standing(photo: EvidencePhoto) -> str | None:
    """What is wrong with the code a photo names: missing, unknown, expired or used; None where it is good.

    That it stands in the picture, a person sees.
    """
    if not photo.challenge:
        return MISSING
    drawn = _named(photo)
    if drawn is None:
        return UNKNOWN
    if drawn.used_at is not None and photo.recorded_at > drawn.used_at:
        return USED
    taken_at = min(photo.captured_at or photo.recorded_at, photo.recorded_at)
    is_late = taken_at > drawn.taken_until or photo.recorded_at > drawn.received_until
    return EXPIRED if is_late else None


def spelt(code: str) -> str:
    """A code as it was drawn, however it was typed."""
    return code.strip().upper()


def _named(photo: EvidencePhoto) -> Challenge | None:
    """The code that was drawn for this claim by this person on this device."""
    found: Challenge | None = (
        Challenge.select()
        .where(
            Challenge.subject_id == photo.subject_id,
            Challenge.person == photo.person,
            Challenge.device == photo.device,
            Challenge.code == photo.challenge,
        )
        .order_by(Challenge.id.desc())
        .first()
    )
    return found


def _live(actor: Actor, subject_id: str) -> Challenge | None:
    query = Challenge.select().where(
        Challenge.subject_id == subject_id,
        Challenge.person == actor.person,
        Challenge.device == (actor.device or ""),
        Challenge.used_at.is_null(),
        Challenge.taken_until > clock.now(),
    )
    found: Challenge | None = query.order_by(Challenge.id.desc()).first()
    return found


def _new(actor: Actor, subject_id: str) -> Challenge:
    now = clock.now()
    made: Challenge = Challenge.create(
        brand=actor.brand_id,
        organisation=actor.organisation_id,
        person=actor.person,
        device=actor.device or "",
        subject_id=subject_id,
        code=_free_code(actor, subject_id, now),
        issued_at=now,
        taken_until=now + TAKEN_WITHIN,
        received_until=now + RECEIVED_WITHIN,
    )
    return made


def _free_code(actor: Actor, subject_id: str, now: datetime) -> str:
    """A code that nobody of the brand holds at the moment, and that this claim never had."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        is_held: peewee.Expression = (Challenge.received_until > now) | (Challenge.subject_id == subject_id)
        if not Challenge.select().where(Challenge.brand == actor.brand_id, Challenge.code == code, is_held).exists():
            return code
