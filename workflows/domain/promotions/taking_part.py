"""Keeps who takes part in a promotion and where, and works out whom a change asks to sign again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import peewee

from config.ids import new_id
from workflows.domain.promotions.participants_document import STORE, ParticipantDocument
from workflows.domain.promotions.records import (
    ASKED,
    JOINED,
    LEFT_OUT,
    NOT_NEEDED,
    Participation,
    Promotion,
    Site,
)
from workflows.domain.promotions.standing import OpenPromotion, Participant

_ROWS_AT_ONCE = 500  # SQLite takes a limited number of values in one statement


@dataclass(frozen=True)
class Change:
    """What a new version of a promotion changes for its partners, by the names that `PromotionDocument` gives.

    terms is what they sign for, told what else they should know before they sign.
    """

    terms: Collection[str] = ()
    told: Collection[str] = ()


@dataclass(frozen=True)
class Saved:
    """What became of the participants: who is asked to sign (with the stores that are new to them), and who is left out."""

    asked: Mapping[int, Sequence[str]] = field(default_factory=dict)
    left_out: Sequence[Participant] = ()


def save_participants(
    promotion: Promotion, documents: Sequence[ParticipantDocument], standing: OpenPromotion | None, change: Change
) -> Saved:
    """Write participants and places as the brand put them; a statement for some hundred rows each.

    Asked to sign again, with their signature taken off, are those whose terms changed or who were given more stores; those who
    have not answered yet are asked anew whatever changed. What they have chosen before stays chosen until they sign.
    """
    before = {one.partner.id: one for one in standing.participants} if standing else {}
    former = _former(promotion) if standing else {}
    plans = [_plan(document, before.get(document.partner.id), former, change) for document in documents]
    kept = {document.partner.id for document in documents}
    left = [one for partner, one in before.items() if partner not in kept]
    _write_participations(promotion, [plan for plan in plans if plan.is_changed], left)
    _write_sites(promotion, documents, plans, standing)
    asked = {plan.partner: plan.added for plan in plans if plan.is_asked}
    return Saved(asked, [one for one in left if one.participation.state != NOT_NEEDED])


def outdate(promotion: Promotion) -> None:
    """Let whoever is reading it learn that it was withdrawn."""
    asked = (Participation.promotion == promotion.id) & (Participation.state == ASKED)
    Participation.update(version=Participation.version + 1).where(asked).execute()


@dataclass(frozen=True)
class _Plan:
    partner: int
    state: str
    version: int
    is_asked: bool
    is_changed: bool
    added: Sequence[str]


def _former(promotion: Promotion) -> dict[int, Participation]:
    """Those who were left out before: they come back under their old number, a version on."""
    left = Participation.select().where(Participation.promotion == promotion.id, Participation.state == LEFT_OUT)
    return {one.organisation_id: one for one in left}


def _plan(
    document: ParticipantDocument, before: Participant | None, former: Mapping[int, Participation], change: Change
) -> _Plan:
    partner = document.partner
    if before is None:
        known = former.get(partner.id)
        version = known.version + 1 if known else 1
        is_asked = partner.kind != STORE
        return _Plan(partner.id, ASKED if is_asked else NOT_NEEDED, version, is_asked, True, ())
    standing = before.participation
    if partner.kind == STORE:
        return _Plan(partner.id, NOT_NEEDED, standing.version, False, False, ())
    stood = {site.organisation_id for site in before.sites}
    added = [site.organisation.name for site in document.sites if site.organisation.id not in stood]
    if not _is_asked_again(document, before, change, bool(added)):
        return _Plan(partner.id, standing.state, standing.version, False, False, ())
    return _Plan(partner.id, ASKED, standing.version + 1, True, True, added)


def _is_asked_again(document: ParticipantDocument, before: Participant, change: Change, has_more: bool) -> bool:
    if change.terms or has_more:
        return True
    kept = {site.organisation.id for site in document.sites}
    if before.participation.state == ASKED:
        return bool(change.told) or any(site.organisation_id not in kept for site in before.sites)
    chosen = {site.organisation_id for site in before.sites if site.is_chosen}
    return before.participation.state == JOINED and not chosen & kept  # nothing is left of what was signed for


_UNSIGNED: dict[Any, Any] = {
    Participation.reason: None,
    Participation.reason_text: "",
    Participation.signature: None,
    Participation.signed_by: None,
    Participation.signed_at: None,
}


def _write_participations(promotion: Promotion, plans: Sequence[_Plan], left: Sequence[Participant]) -> None:
    rows = [
        {
            Participation.public_id: new_id("ptc"),
            Participation.promotion: promotion.id,
            Participation.organisation: plan.partner,
            Participation.state: plan.state,
            Participation.version: plan.version,
            **_UNSIGNED,
        }
        for plan in plans
    ]
    kept = [Participation.state, Participation.version, *_UNSIGNED]
    for some in _slices(rows):
        insert = Participation.insert_many(some)
        insert.on_conflict(
            conflict_target=[Participation.promotion, Participation.organisation], preserve=kept
        ).execute()
    for ids in _slices([one.participation.id for one in left]):
        Participation.update(state=LEFT_OUT).where(Participation.id.in_(ids)).execute()


def _write_sites(
    promotion: Promotion,
    documents: Sequence[ParticipantDocument],
    plans: Sequence[_Plan],
    standing: OpenPromotion | None,
) -> None:
    """Write the places that are new or changed, and leave out those no longer named."""
    own = Participation.select(Participation.id, Participation.organisation).where(
        Participation.promotion == promotion.id, Participation.state != LEFT_OUT
    )
    numbers = {one.organisation_id: one.id for one in own}
    before = {site.organisation_id: site for site in standing.sites} if standing else {}
    rows = [
        row
        for document, plan in zip(documents, plans, strict=True)
        for row in _site_rows(promotion, document, numbers[plan.partner], before)
    ]
    written = [row for row in rows if not _is_as_it_was(row, before.get(row[Site.organisation]))]
    columns = [Site.participation, Site.prover, Site.place, Site.is_chosen, Site.is_left_out, Site.position]
    for some in _slices(written):
        insert = Site.insert_many(some)
        insert.on_conflict(conflict_target=[Site.promotion, Site.organisation], preserve=columns).execute()
    named = {row[Site.organisation] for row in rows}
    gone = [site.id for place, site in before.items() if place not in named]
    for ids in _slices(gone):
        Site.update(is_left_out=True, is_chosen=False).where(Site.id.in_(ids)).execute()


def _site_rows(
    promotion: Promotion, document: ParticipantDocument, participation: int, before: Mapping[int, Site]
) -> list[dict[peewee.Field, Any]]:
    return [
        {
            Site.promotion: promotion.id,
            Site.participation: participation,
            Site.organisation: site.organisation.id,
            Site.prover: site.prover.id,
            Site.place: site.place,
            Site.is_chosen: _is_chosen(document, participation, before.get(site.organisation.id)),
            Site.is_left_out: False,
            Site.position: position,
        }
        for position, site in enumerate(document.sites)
    ]


def _is_chosen(document: ParticipantDocument, participation: int, before: Site | None) -> bool:
    """A store that takes part by itself needs no signature; of others, what its own partner has chosen stays chosen."""
    if document.partner.kind == STORE:
        return True
    return before is not None and before.participation_id == participation and before.is_chosen


def _is_as_it_was(row: Mapping[Any, Any], before: Site | None) -> bool:
    if before is None:
        return False
    now = (row[Site.participation], row[Site.prover], row[Site.place], row[Site.is_chosen], row[Site.position])
    return now == (before.participation_id, before.prover_id, before.place, before.is_chosen, before.position)


def _slices(rows: Sequence[Any]) -> list[Sequence[Any]]:
    return [rows[start : start + _ROWS_AT_ONCE] for start in range(0, len(rows), _ROWS_AT_ONCE)]
