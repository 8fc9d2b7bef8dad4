"""Which proofs a promotion wants: the claims of its places, brought in line with it in a statement for some hundred rows each."""

from collections.abc import Sequence
from typing import Any

import peewee

from config import clock, database
from config.ids import new_id
from workflows.domain.claims import proofs
from workflows.domain.claims.proofs import WANTED
from workflows.domain.claims.records import REDO, TO_PROVE, WITHDRAWN, Claim
from workflows.domain.promotions.records import ASKED, JOINED, NOT_NEEDED, OPEN, Participation, Promotion, Site

_ROWS_AT_ONCE = 300  # a database takes a limited number of values in one statement


def bring_in_line(promotion: Promotion, where: peewee.Expression) -> list[str]:
    """Write what is asked of these places now; the ids of the claims that are new, asked for anew, or wanted no more.

    Before the caller's transaction ends, or soon after it, their tasks are to follow (`asking`).
    """
    places = {site.id: site for site in _places(promotion, where)}
    known = {claim.site_id: claim for claim in _claims(where)}
    gone = [claim for site, claim in known.items() if site not in places and claim.state in WANTED]
    stale = [claim for site, claim in known.items() if site in places and _is_stale(claim, promotion, places[site])]
    renewed = [_renewed(promotion, places[claim.site_id], claim) for claim in stale]
    new = [_new(promotion, site) for key, site in places.items() if key not in known]
    _withdraw(gone)
    _write([*renewed, *new])
    return [claim.public_id for claim in (*gone, *renewed, *new)]


def _places(promotion: Promotion, where: peewee.Expression) -> list[Site]:
    """The chosen places of a promotion that is on whose partner has signed, need not, or is asked to sign anew."""
    if promotion.state != OPEN:
        return []
    query = Site.select(Site, Participation).join(Participation).where(where, Site.is_chosen)
    return list(query.where(Participation.state.in_((JOINED, NOT_NEEDED, ASKED))).order_by(Site.position, Site.id))


def _claims(where: peewee.Expression) -> list[Claim]:
    """The claims of these places, locked in the order of their ids: a proof that is being sent is waited for."""
    of_places = Claim.select().where(Claim.site.in_(Site.select(Site.id).where(where)))
    return list(database.locked(of_places.order_by(Claim.id)))


def _new(promotion: Promotion, site: Site) -> Claim:
    now = clock.now()
    return Claim(
        public_id=new_id("clm"),
        brand=promotion.brand,
        promotion=promotion,
        site=site.id,
        due_at=promotion.due_at,
        asked=proofs.asked(promotion, site.prover_id),
        created_at=now,
        updated_at=now,
        **_parties(site),
    )


def _parties(site: Site) -> dict[str, int]:
    partner = site.participation.organisation_id
    return {"partner": partner, "site_organisation": site.organisation_id, "prover": site.prover_id}


def _is_stale(claim: Claim, promotion: Promotion, site: Site) -> bool:
    """Is what stands on the claim not what is asked now? One that was sent, or decided, is left alone."""
    if claim.state == WITHDRAWN:
        return True
    if claim.state not in WANTED:
        return False
    is_elsewhere = (claim.prover_id, claim.partner_id) != (site.prover_id, site.participation.organisation_id)
    return is_elsewhere or claim.asked != proofs.asked(promotion, claim.prover_id)


def _renewed(promotion: Promotion, site: Site, claim: Claim) -> Claim:
    """The claim, asked for anew: from a redo all that was asked again stays, a withdrawn one begins again."""
    for name, organisation in _parties(site).items():
        setattr(claim, name, organisation)
    claim.state = TO_PROVE if claim.state == WITHDRAWN else claim.state
    claim.redo = _still_wanted(claim, promotion)
    claim.due_at, claim.asked = promotion.due_at, proofs.asked(promotion, site.prover_id)
    claim.version += 1
    claim.updated_at = clock.now()
    return claim


def _still_wanted(claim: Claim, promotion: Promotion) -> list[str] | None:
    """Of a redo, the shots to be taken again that the promotion still wants, and those it wants since."""
    if claim.state != REDO:
        return None
    keys = [shot["key"] for shot in promotion.shots]
    return [key for key in keys if key in (claim.redo or ()) or key not in claim.photos] or keys


def _withdraw(claims: Sequence[Claim]) -> None:
    """These proofs are not wanted any more; what was sent already goes its way."""
    for some in _slices([claim.id for claim in claims]):
        changes: dict[Any, Any] = {Claim.state: WITHDRAWN, Claim.version: Claim.version + 1}
        Claim.update({**changes, Claim.updated_at: clock.now()}).where(Claim.id.in_(some)).execute()


_COLUMNS = [field for field in Claim._meta.sorted_fields if field is not Claim.id]
_RENEWED = [
    *(Claim.partner, Claim.site_organisation, Claim.prover),
    *(Claim.state, Claim.version, Claim.redo, Claim.asked, Claim.due_at, Claim.updated_at),
]


def _write(claims: Sequence[Claim]) -> None:
    """Write claims that are new, and of those that stand for their place what asking anew changes."""
    for some in _slices([_row(claim) for claim in claims]):
        insert = Claim.insert_many(some)
        insert.on_conflict(conflict_target=[Claim.site], preserve=_RENEWED).execute()


def _row(claim: Claim) -> dict[Any, Any]:
    row = {field: claim.__data__.get(field.name) for field in _COLUMNS}
    # One that stands keeps its id: the row that stands in for it may collide with it by its place alone.
    return {**row, Claim.public_id: new_id("clm")} if claim.id else row


def _slices(rows: Sequence[Any]) -> list[Sequence[Any]]:
    return [rows[start : start + _ROWS_AT_ONCE] for start in range(0, len(rows), _ROWS_AT_ONCE)]
