"""Claims as a reviewer opens them: everything the review shows, in a bounded number of statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from config import clock
from workflows.domain import people
from workflows.domain.access import Actor, stand_in
from workflows.domain.claims import budget, settling
from workflows.domain.claims.announcing import REVIEWER_ROLES, Case
from workflows.domain.claims.budget import Payable
from workflows.domain.claims.decisions import DECIDED
from workflows.domain.claims.records import SECOND_REVIEW, Claim, ClaimDecision, ClaimQuery, claims_of
from workflows.domain.errors import NotFound
from workflows.domain.evidence.records import EvidencePhoto
from workflows.domain.organisations import Organisation
from workflows.domain.promotions.records import Promotion

UNDONE_WITHIN = timedelta(days=90)


@dataclass(frozen=True)
class ClaimReview:
    """A claim with all that its reviewers see; names are those of the people in it, by id.

    photos are all that were sent for it, alike those of the brand that its reasons name, by key, others the reviewers there are.
    """

    claim: Claim
    promotion: Promotion
    partner: Organisation
    store: Organisation
    prover: Organisation
    photos: Sequence[EvidencePhoto] = ()
    alike: Mapping[str, EvidencePhoto] = field(default_factory=dict)
    decisions: Sequence[ClaimDecision] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    reviewers: Sequence[str] = ()

    @property
    def case(self) -> Case:
        """As it is announced."""
        return Case(self.claim, self.promotion, "")

    @property
    def first_approver(self) -> str | None:
        """Who gave the approval that a second reviewer must look at."""
        is_second = self.claim.state == SECOND_REVIEW and self.decisions
        return self.decisions[-1].by if is_second else None

    def payable(self) -> Payable:
        """What it would pay as things are now."""
        return budget.payable(self.claim, self.promotion)


def load(actor: Actor, claim_id: str) -> ClaimReview:
    """The actor's claim. Raises NotFound."""
    found = opened(claims_of(actor).where(Claim.public_id == claim_id))
    if not found:
        raise NotFound
    return found[0]


def version_of(actor: Actor, claim_id: str) -> int | None:
    """The claim's present version, None where it is not the actor's to see."""
    found = claims_of(actor).select(Claim.version).where(Claim.public_id == claim_id).tuples().first()
    return found[0] if found else None


def undoable(actor: Actor) -> ClaimQuery:
    """The claims whose decision can still be undone: decided not long ago, and not paid as far as the brand's books say."""
    since = clock.now() - UNDONE_WITHIN
    is_decided = Claim.state.in_(tuple(DECIDED)) & (Claim.decided_at > since)
    return claims_of(actor).where(is_decided, ~settling.is_paid(Claim.id))


def opened(query: ClaimQuery) -> list[ClaimReview]:
    """The claims of a query, in its order, with all that is shown of them."""
    rows = list(_with_places(query))
    if not rows:
        return []
    ids = [row.id for row in rows]
    photos = _grouped(_photos(rows), "subject_id")
    decisions = _grouped(
        ClaimDecision.select().where(ClaimDecision.claim.in_(ids)).order_by(ClaimDecision.seq), "claim_id"
    )
    alike = _alike(rows)
    reviewers = people.holders(rows[0].brand, REVIEWER_ROLES)
    names = _names(rows, [one for found in decisions.values() for one in found], reviewers)
    return [
        ClaimReview(
            row,
            row.promotion,
            row.partner,
            row.site_organisation,
            row.prover,
            photos.get(row.public_id, ()),
            alike,
            decisions.get(row.id, ()),
            names,
            reviewers,
        )
        for row in rows
    ]


def _with_places(query: ClaimQuery) -> Any:
    partner, store, prover = (Organisation.alias(name) for name in ("partner", "store", "prover"))
    joined = query.select(Claim, Promotion, partner, store, prover).join(Promotion)
    joined = joined.switch(Claim).join(partner, on=(Claim.partner == partner.id), attr="partner")
    joined = joined.switch(Claim).join(store, on=(Claim.site_organisation == store.id), attr="site_organisation")
    return joined.switch(Claim).join(prover, on=(Claim.prover == prover.id), attr="prover")


def _photos(rows: Sequence[Claim]) -> Any:
    about = EvidencePhoto.subject_id.in_([row.public_id for row in rows])
    return EvidencePhoto.select().where(EvidencePhoto.brand == rows[0].brand, about).order_by(EvidencePhoto.id)


def _grouped(found: Iterable[Any], by: str) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = {}
    for one in found:
        groups.setdefault(getattr(one, by), []).append(one)
    return groups


def _alike(rows: Sequence[Claim]) -> dict[str, EvidencePhoto]:
    """The pictures that reasons name, where they are the same brand's: another's is nobody's to see here."""
    named = {reason.get("facts", {}).get("photo") for row in rows for reason in row.reasons} - {None}
    if not named:
        return {}
    ours = EvidencePhoto.select().where(EvidencePhoto.brand == rows[0].brand, EvidencePhoto.key.in_(sorted(named)))
    return {photo.key: photo for photo in ours}


def _names(rows: Sequence[Claim], decisions: Sequence[ClaimDecision], reviewers: Sequence[str]) -> dict[str, str]:
    wanted = {row.sent_by or "" for row in rows} | {one.by for one in decisions} | set(reviewers)
    return people.names_of(stand_in(rows[0].brand, rows[0].brand, "brand"), sorted(wanted))
