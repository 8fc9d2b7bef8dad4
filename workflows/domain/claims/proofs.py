"""A claim with all that belongs to its proof, and how those who prove it find it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config import clock, database
from config.prepared import Prepared
from workflows.domain.access import Actor, stand_in
from workflows.domain.claims.records import REDO, SUBJECT_KIND, TO_PROVE, Claim, ClaimQuery, claims_of
from workflows.domain.errors import NotFound
from workflows.domain.events import Subject
from workflows.domain.evidence.records import EvidencePhoto
from workflows.domain.organisations import Organisation
from workflows.domain.promotions.records import Promotion

FLOW = "promotion-proof"
PROVER_ROLES = ("owner", "field")
LATE_DAYS = timedelta(days=30)
"""How long after its period and its due time a proof is still taken."""
WANTED = (TO_PROVE, REDO)
"""The states in which a proof is asked for."""


@dataclass(frozen=True)
class OpenClaim:
    """A claim with its promotion and the organisations behind it; store is the place, which may be the partner itself."""

    claim: Claim
    promotion: Promotion
    store: Organisation
    brand: Organisation

    @property
    def subject(self) -> Subject:
        """What its task and its conversation are about: people know it by the promotion's reference."""
        return Subject(SUBJECT_KIND, self.claim.public_id, self.promotion.ref)

    @property
    def shots(self) -> Sequence[Mapping[str, Any]]:
        """The shots asked for now: all of them, or those to be taken again."""
        wanted: Sequence[Mapping[str, Any]] = self.promotion.shots
        return wanted if self.claim.redo is None else [shot for shot in wanted if shot["key"] in self.claim.redo]

    @property
    def is_redo(self) -> bool:
        """Has it been sent before, and only some shots are asked for again?"""
        return self.claim.redo is not None

    @property
    def begins_at(self) -> datetime:
        """When the promotion begins at the place."""
        return midnight(self.promotion.starts_on, self.store.time_zone)

    @property
    def ends_at(self) -> datetime:
        """When it is over there."""
        return midnight(self.promotion.ends_on + timedelta(days=1), self.store.time_zone)

    @property
    def is_over(self) -> bool:
        """Is it too late even for those who are late?"""
        due_at: datetime = self.claim.due_at
        return clock.now() >= max(self.ends_at, due_at) + LATE_DAYS

    @property
    def is_in_window(self) -> bool:
        """Is the promotion on, at the place?"""
        return self.begins_at <= clock.now() < self.ends_at


def midnight(day: date, time_zone: str) -> datetime:
    """The first moment of a calendar day at a place, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def proofs_of(actor: Actor) -> ClaimQuery:
    """The claims whose proof is asked of the organisation the actor acts for."""
    return claims_of(actor).where(Claim.prover == actor.organisation_id)


def load(actor: Actor, public_id: str) -> OpenClaim:
    """The claim the actor proves, with all that belongs to it. Raises NotFound."""
    return _loaded(_with_promotion.first(actor.brand_id, actor.organisation_id, public_id))


def held(actor: Actor, public_id: str) -> OpenClaim:
    """The same as it stands now, kept from every other writer until the transaction ends. Raises NotFound."""
    found = database.locked(proofs_of(actor).where(Claim.public_id == public_id)).first()
    return _loaded(found)


def opened(claim: Claim) -> OpenClaim:
    """A claim with all that belongs to its proof."""
    return _loaded(claim)


def version_of(actor: Actor, public_id: str) -> int | None:
    """The version of the claim the actor proves as it stands; None where there is none."""
    row = _version.first(actor.brand_id, actor.organisation_id, public_id)
    return row.version if row else None


def photos_of_claim(claim: Claim) -> dict[str, EvidencePhoto]:
    """Every photo that its prover sent for it, by the id the phone gave it."""
    return {photo.public_id: photo for photo in _photos.rows(claim.prover_id, claim.public_id)}


def asked(promotion: Promotion, prover_id: int) -> str:
    """A fingerprint of what a proof is asked for: by whom, and what of the promotion they read and answer."""
    days = [promotion.starts_on.isoformat(), promotion.ends_on.isoformat(), promotion.due_at.isoformat()]
    content = [promotion.title, days, promotion.shots, promotion.facts, prover_id]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _loaded(claim: Claim | None) -> OpenClaim:
    if claim is None:
        raise NotFound
    promotion: Promotion = claim.promotion
    parties = {row.id: row for row in _parties.rows(claim.site_organisation_id, claim.brand)}
    return OpenClaim(claim, promotion, parties[claim.site_organisation_id], parties[claim.brand])


_with_promotion = Prepared(
    lambda brand, organisation, public_id: (
        proofs_of(stand_in(brand, organisation))
        .select(Claim, Promotion)
        .join(Promotion)
        .where(Claim.public_id == public_id)
        .limit(1)
    )
)
_version = Prepared(
    lambda brand, organisation, public_id: (
        proofs_of(stand_in(brand, organisation)).select(Claim.version).where(Claim.public_id == public_id).limit(1)
    )
)
_parties = Prepared(
    lambda store, brand: Organisation.select().where((Organisation.id == store) | (Organisation.id == brand))
)
_photos = Prepared(
    lambda prover, subject: (
        EvidencePhoto.select()
        .where(EvidencePhoto.organisation == prover, EvidencePhoto.subject_id == subject)
        .order_by(EvidencePhoto.id)
    )
)
