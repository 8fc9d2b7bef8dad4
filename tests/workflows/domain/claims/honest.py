"""A proof by the book, to be spoilt in one thing at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from config import clock
from tests import claims
from tests.claims import PLACE, Campaign
from workflows.domain.access import Actor
from workflows.domain.claims import scoring
from workflows.domain.claims.records import CHECKING, Claim
from workflows.domain.claims.scoring import Verdict
from workflows.domain.evidence import challenges
from workflows.domain.evidence.records import EvidencePhoto

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
"""Noon in Shanghai, within the campaign."""
HERE = {**PLACE, "latitude": 31.2305, "longitude": 121.4738, "accuracy_m": 30}
SHOTS = ("shelf", "shelf", "poster")


@dataclass
class Proof:
    """A claim whose proof was just sent, by the book: code drawn, three photos with it, half a minute apart, at the place."""

    campaign: Campaign
    claim: Claim
    photos: list[EvidencePhoto] = field(default_factory=list)

    def score(self) -> Verdict:
        """What the check makes of the proof as it stands now."""
        claim = Claim.get_by_id(self.claim.id)
        return scoring.score(claim, claim.promotion, claim.site, scoring.photos_of(claim))

    def codes(self) -> set[str]:
        """What it finds odd."""
        return {reason["code"] for reason in self.score().reasons}

    def spoil(self, number: int = 0, **facts: Any) -> None:
        """Change one photo."""
        EvidencePhoto.update(**facts).where(EvidencePhoto.id == self.photos[number].id).execute()

    def change(self, **facts: Any) -> None:
        """Change the claim."""
        Claim.update(**facts).where(Claim.id == self.claim.id).execute()


def proof(campaign: Campaign, claim: Claim | None = None, actor: Actor | None = None, **facts: Any) -> Proof:
    """A proof of a new store, or of the claim given, sent by the agency's person unless somebody else is named."""
    who = actor or campaign.field
    asked = claim or campaign.claim()
    (code,) = challenges.draw(who, [asked.public_id])
    known = {"challenge": code.code, "conversation": "cnv_1", **facts}
    sent = Proof(campaign, asked, [_shot(asked, who, number, known) for number in range(len(SHOTS))])
    now = clock.now()
    challenges.use(asked.public_id, [code.code], now + timedelta(minutes=2))
    photos = by_shot(sent.photos)
    sent.change(
        photos=photos,
        place=HERE,
        state=CHECKING,
        round=1,
        sent_by=who.person,
        sent_at=now + timedelta(minutes=2),
        conversation="cnv_1",
    )
    return sent


def _shot(claim: Claim, who: Actor, number: int, known: dict[str, Any]) -> EvidencePhoto:
    at = clock.now() + timedelta(seconds=30 * number)
    told = {"captured_at": at, "recorded_at": at, "device": who.device, "step": f"shot_{SHOTS[number]}", **known}
    return claims.photo(claim, who.person or "", **told)


def by_shot(photos: Sequence[EvidencePhoto]) -> dict[str, list[str]]:
    """The photos as the claim names them."""
    named: dict[str, list[str]] = {}
    for shot, photo in zip(SHOTS, photos, strict=True):
        named.setdefault(shot, []).append(photo.public_id)
    return named
