"""Asks for proofs: a claim for every place that takes part, and a task for its people once the promotion has begun there.

What is asked is brought in line with the promotion as often as one likes (`ask_all`): places that joined are asked, those that
left are asked no more, and where what a proof shows has changed, it is asked for anew. A proof that was sent stays as it is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import peewee

from config import clock, database
from config.ids import new_id
from notifications import outbox
from workflows.domain import tasks
from workflows.domain.claims import proof_tasks, proofs
from workflows.domain.claims.proofs import WANTED, OpenClaim
from workflows.domain.claims.records import REDO, TO_PROVE, WITHDRAWN, Claim
from workflows.domain.promotions.records import ASKED, JOINED, NOT_NEEDED, OPEN, Participation, Promotion, Site

QUEUE = "proof-begins"
"""The internal queue on which a claim waits for its promotion to begin."""
REDO_WITHIN = timedelta(days=2)
_AT_ONCE = (
    20  # tasks opened in the caller's transaction; more are left to the worker, so that a brand's PUT stays short
)


def ask_all(promotion: Promotion) -> None:
    """Bring what is asked in line with a promotion: published, changed or withdrawn."""
    _bring_in_line(promotion, Site.promotion == promotion.id)


def ask(participation: Participation) -> None:
    """The same for the places of one partner, which has just signed or declined."""
    _bring_in_line(participation.promotion, Site.participation == participation.id)


def proof_begins(payload: Mapping[str, Any]) -> None:
    """Open the task of a claim whose promotion begins; later than now, it waits on."""
    claim = database.locked(Claim.select().where(Claim.public_id == payload["claim"])).first()
    if claim is not None and claim.state in WANTED and claim.version == payload["version"]:
        _begin(claim, is_at_once=True)


def ask_again(claim: Claim, shots: Sequence[str], text: str = "") -> None:
    """Ask for the named shots again, with the reviewer's word; the rest is kept. The caller has set state, redo and version."""
    proof_tasks.ask_again(proofs.opened(claim), shots, text, _redo_due_at(claim))


def withdraw(claim: Claim) -> None:
    """The proof is not wanted any more; what was sent already goes its way."""
    claim.state = WITHDRAWN
    claim.version += 1
    _save(claim)
    proof_tasks.close(proofs.opened(claim), tasks.CANCELLED)


def _bring_in_line(promotion: Promotion, where: peewee.Expression) -> None:
    with database.transaction():
        wanted = {site.id: site for site in _wanted(promotion, where)}
        known = {claim.site_id: claim for claim in _claims(where)}
        for key, claim in known.items():
            if key not in wanted and claim.state in WANTED:
                withdraw(claim)
        stale = [claim for key, claim in known.items() if key in wanted and _is_stale(claim, promotion, wanted[key])]
        renewed = [_renew(promotion, wanted[claim.site_id], claim) for claim in stale]
        new = [_create(promotion, site) for key, site in wanted.items() if key not in known]
        for number, claim in enumerate([*renewed, *new]):
            _begin(claim, is_at_once=number < _AT_ONCE)


def _wanted(promotion: Promotion, where: peewee.Expression) -> list[Site]:
    """The chosen places of a promotion that is on whose partner has signed, need not, or is asked to sign anew."""
    if promotion.state != OPEN:
        return []
    query = Site.select(Site, Participation).join(Participation).where(where, Site.is_chosen)
    return list(query.where(Participation.state.in_((JOINED, NOT_NEEDED, ASKED))).order_by(Site.position, Site.id))


def _claims(where: peewee.Expression) -> list[Claim]:
    """The claims of these places, locked in the order of their ids: a proof that is being sent is waited for."""
    of_places = Claim.select().where(Claim.site.in_(Site.select(Site.id).where(where)))
    return list(database.locked(of_places.order_by(Claim.id)))


def _create(promotion: Promotion, site: Site) -> Claim:
    now = clock.now()
    claim = Claim(
        public_id=new_id("clm"),
        brand=promotion.brand,
        promotion=promotion,
        site=site.id,
        due_at=promotion.due_at,
        created_at=now,
        **_parties(site),
    )
    claim.asked = _asked(claim)
    claim.updated_at = now
    claim.save(force_insert=True)
    return claim


def _parties(site: Site) -> dict[str, int]:
    partner = site.participation.organisation_id
    return {"partner": partner, "site_organisation": site.organisation_id, "prover": site.prover_id}


def _is_stale(claim: Claim, promotion: Promotion, site: Site) -> bool:
    """Is what stands on the claim not what is asked now? One that was sent, or decided, is left alone."""
    if claim.state == WITHDRAWN:
        return True
    if claim.state not in WANTED:
        return False
    claim.promotion = promotion
    is_elsewhere = (claim.prover_id, claim.partner_id) != (site.prover_id, site.participation.organisation_id)
    return is_elsewhere or claim.asked != _asked(claim)


def _renew(promotion: Promotion, site: Site, claim: Claim) -> Claim:
    """The claim, asked for anew: from a redo all that was asked again stays, a withdrawn one begins again."""
    proof_tasks.close(proofs.opened(claim), tasks.SUPERSEDED)
    claim.promotion = promotion
    for name, organisation in _parties(site).items():
        setattr(claim, name, organisation)
    claim.state = TO_PROVE if claim.state == WITHDRAWN else claim.state
    claim.redo = _still_wanted(claim, promotion)
    claim.due_at, claim.asked = promotion.due_at, _asked(claim)
    claim.version += 1
    _save(claim)
    return claim


def _still_wanted(claim: Claim, promotion: Promotion) -> list[str] | None:
    """Of a redo, the shots to be taken again that the promotion still wants, and those it wants since."""
    if claim.state != REDO:
        return None
    keys = [shot["key"] for shot in promotion.shots]
    return [key for key in keys if key in (claim.redo or ()) or key not in claim.photos] or keys


def _asked(claim: Claim) -> str:
    return proofs.asked(claim.promotion, claim.prover_id)


def _begin(claim: Claim, is_at_once: bool) -> None:
    """Open the claim's task where its promotion has begun, else wait for that."""
    opened = proofs.opened(claim)
    begins_at = opened.begins_at
    if is_at_once and begins_at <= clock.now():
        _open(opened)
        return
    waits = {"claim": claim.public_id, "version": claim.version}
    key = f"{QUEUE}:{claim.public_id}:{claim.version}:{begins_at.isoformat()}"
    outbox.publish_internal(QUEUE, waits, key, available_at=begins_at, about=claim.public_id)


def _open(opened: OpenClaim) -> None:
    claim = opened.claim
    if opened.is_redo:
        proof_tasks.ask_again(opened, claim.redo or (), "", _redo_due_at(claim))
    else:
        proof_tasks.ask(opened, claim.due_at, is_change=claim.version > 1)


def _redo_due_at(claim: Claim) -> datetime:
    due_at: datetime = claim.due_at
    return max(due_at, clock.now() + REDO_WITHIN)


def _save(claim: Claim) -> None:
    claim.updated_at = clock.now()
    claim.save()
