"""A proof that was sent is weighed once its photos are checked, and goes on from there: to a person, or straight to its money.

One row of the outbox does it, in one transaction with everything that follows, so that it happens once however often the row
comes. While photos are unchecked it plans itself anew; after ten minutes a person need not wait any longer for a machine.
"""

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from config import clock, database
from notifications import outbox
from workflows.domain.claims import budget, deciding, scoring
from workflows.domain.claims.records import CHECKING, Claim
from workflows.domain.claims.sending import CHECK
from workflows.domain.evidence.records import RECEIVED

QUEUE = CHECK
PATIENCE: Final = timedelta(minutes=10)
_LOOK_AGAIN: Final = (1, 1, 2, 2, 5, 5, 10)
"""Seconds between looks; the last goes on. Photos are mostly checked before their proof is sent."""

_lots = random.SystemRandom()


def check_claim(payload: Mapping[str, Any]) -> None:
    """Weigh the proof `{"claim": row id, "round": n}`, unless it has moved on. Runs in the transaction that ends its row."""
    claim = _held(payload["claim"])
    if claim is None or claim.state != CHECKING or claim.round != payload["round"]:
        return
    photos = scoring.photos_of(claim)
    if any(photo.state == RECEIVED for photo in photos) and _may_wait(claim):
        _look_again(claim, payload.get("look", 0))
        return
    verdict = scoring.score(claim, claim.promotion, claim.site, photos)
    _write(claim, verdict)
    deciding.after_check(claim)


def _held(claim_id: int) -> Claim | None:
    """The claim, locked as every decision does it: its budget first. The other way round, two could wait for each other."""
    query = Claim.select().where(Claim.id == claim_id)
    seen: Claim | None = query.first()
    if seen is None:
        return None
    budget.hold(seen)
    found: Claim | None = database.locked(query).first()
    return found


def _may_wait(claim: Claim) -> bool:
    return clock.now() - (claim.sent_at or clock.now()) < PATIENCE


def _look_again(claim: Claim, look: int) -> None:
    wait = timedelta(seconds=_LOOK_AGAIN[min(look, len(_LOOK_AGAIN) - 1)])
    key = f"{QUEUE}:{claim.public_id}:{claim.round}:{look + 1}"
    again = {"claim": claim.id, "round": claim.round, "look": look + 1}
    outbox.publish_internal(QUEUE, again, key, clock.now() + wait, about=claim.public_id)


def drawn(claim: Claim, percent: int) -> bool:
    """Is the claim among those that a person sees though nothing is odd? Drawn once: nobody sends until the lot misses them."""
    return _lots.randrange(100) < percent if claim.is_audited is None else bool(claim.is_audited)


def _write(claim: Claim, verdict: scoring.Verdict) -> None:
    claim.reasons, claim.score, claim.is_held = verdict.reasons, verdict.score, verdict.is_held
    claim.distance_m = verdict.distance_m
    claim.is_audited = drawn(claim, claim.promotion.audit_percent)
    claim.updated_at = clock.now()
    claim.save()
