"""Stores a proof that was sent: photos, facts and place on the claim, the codes in it used, and its check asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config import clock
from notifications import outbox
from workflows.domain import amounts, events, tasks
from workflows.domain.access import Actor
from workflows.domain.claims import proof_tasks, proofs
from workflows.domain.claims.proofs import WANTED, OpenClaim
from workflows.domain.claims.records import CHECKING
from workflows.domain.errors import Conflict
from workflows.domain.evidence import challenges
from workflows.domain.evidence.records import EvidencePhoto

CHECK = "claim-check"
"""The internal queue on which a proof waits for its check."""
_PER_UNIT = "per_unit"
_MOST_SAID = 10**18  # of thousandths: fifteen digits before the point are taken as an answer


@dataclass(frozen=True)
class Proof:
    """What was sent: photo ids by shot, answers to the brand's own questions, and the place, None where it was not given.

    is_place_refused: may it not be noted at all? Then not with the photos either.
    """

    photos: Mapping[str, Sequence[str]]
    facts: Mapping[str, Any] = field(default_factory=dict)
    place: Mapping[str, Any] | None = None
    is_place_refused: bool = False


def send(actor: Actor, claim_id: str, version: int, proof: Proof) -> OpenClaim:
    """Store a proof of a claim of this version; what of an earlier round is not named anew is kept. Raises NotFound, Conflict.

    Inside the caller's transaction: the fact, the end of the task, and the check, which decides what follows.
    """
    opened = proofs.held(actor, claim_id)
    claim = opened.claim
    if claim.version != version or claim.state not in WANTED:
        raise Conflict("claim_changed")
    sent = _photos_in(opened, proof)
    _store(actor, opened, proof)
    if proof.is_place_refused:
        EvidencePhoto.update(place=None).where(EvidencePhoto.id.in_([photo.id for photo in sent])).execute()
    claim.conversation = sent[-1].conversation if sent else claim.conversation
    challenges.use(claim.public_id, [photo.challenge for photo in sent if photo.challenge], clock.now())
    claim.save()
    proof_tasks.close(opened, tasks.DONE)
    events.append(claim.brand, actor.name_for_audit, "claim.sent", claim.subject, _fact(opened))
    asked = {"claim": claim.id, "round": claim.round}
    outbox.publish_internal(CHECK, asked, f"{CHECK}:{claim.public_id}:{claim.round}", about=claim.public_id)
    return opened


def _photos_in(opened: OpenClaim, proof: Proof) -> list[EvidencePhoto]:
    known = proofs.photos_of_claim(opened.claim)
    return [known[name] for names in proof.photos.values() for name in names if name in known]


def _store(actor: Actor, opened: OpenClaim, proof: Proof) -> None:
    claim, wanted = opened.claim, [shot["key"] for shot in opened.promotion.shots]
    photos = {**claim.photos, **{shot: list(names) for shot, names in proof.photos.items()}}
    claim.photos = {shot: photos[shot] for shot in wanted if shot in photos}
    claim.facts = {**claim.facts, **proof.facts}
    claim.place = dict(proof.place) if proof.place else None
    claim.units = _units(opened)
    claim.state, claim.redo = CHECKING, None
    claim.sent_by, claim.sent_at = actor.person, clock.now()
    claim.round += 1
    claim.version += 1
    claim.updated_at = clock.now()


def _units(opened: OpenClaim) -> int | None:
    """What a promotion that pays per unit pays for, in thousandths; None for every other, and where nothing was said.

    A question may allow less than nothing, or more than is ever paid for: the answer stands among the facts as it was given.
    """
    pays = opened.promotion.pays
    said = opened.claim.facts.get(pays.get("fact")) if pays["kind"] == _PER_UNIT else None
    if said is None:
        return None
    counted = amounts.scaled(said, amounts.QUANTITY_DECIMALS, -_MOST_SAID, _MOST_SAID)
    most: int = amounts.LARGEST_QUANTITY
    return min(max(counted, 0), most)


def _fact(opened: OpenClaim) -> dict[str, Any]:
    claim = opened.claim
    return {
        "promotion": opened.promotion.ref,
        "partner": claim.partner.ref,
        "store": opened.store.ref,
        "prover": claim.prover.ref,
        "round": claim.round,
        "state": claim.state,
        "photos": sum(len(names) for names in claim.photos.values()),
    }
