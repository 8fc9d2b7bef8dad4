"""A partner's part in a promotion: read through the actor, joined with a signature, or declined with a reason."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import peewee

from config import clock, database
from config.text import Text
from workflows.domain import tasks
from workflows.domain.access import Actor
from workflows.domain.errors import Conflict, NotFound
from workflows.domain.organisations import Organisation
from workflows.domain.promotions import announcing
from workflows.domain.promotions.reasons import REASONS
from workflows.domain.promotions.records import (
    ASKED,
    DECLINED,
    JOINED,
    LEFT_OUT,
    OPEN,
    SUBJECT_KIND,
    Participation,
    Promotion,
    Site,
)
from workflows.domain.promotions.standing import sites_of


@dataclass(frozen=True)
class Part:
    """One partner's part in a promotion, with the places it may choose from."""

    participation: Participation
    promotion: Promotion
    partner: Organisation
    brand: Organisation
    sites: Sequence[Site]

    @property
    def chosen(self) -> tuple[Site, ...]:
        """The places it is signed up for."""
        return tuple(site for site in self.sites if site.is_chosen)

    @property
    def is_open(self) -> bool:
        """Is it asked to sign?"""
        return bool(self.promotion.state == OPEN and self.participation.state == ASKED)


def load(actor: Actor, public_id: str) -> Part:
    """The part of the actor's own organisation, with all that belongs to it. Raises NotFound."""
    found = _own(actor, public_id).first()
    if found is None:
        raise NotFound
    promotion: Promotion = found.promotion
    sites = sites_of(promotion, [found.id]).get(found.id, [])
    return Part(found, promotion, found.organisation, Organisation.get_by_id(promotion.brand), sites)


def version_of(actor: Actor, public_id: str) -> int | None:
    """The version of the actor's own part as it stands; None where there is none."""
    found = _own(actor, public_id).first()
    return None if found is None else int(found.version)


def join(actor: Actor, public_id: str, version: int, stores: Collection[str] | None, signature: str) -> Part:
    """Sign up for some of the stores offered (by the brand's references; None: all of them); the part as it stands.

    Late is welcome while the promotion is on. Closes the task. Proofs are asked for by the caller. Raises NotFound, Conflict when
    the promotion has moved on or was withdrawn.
    """
    with database.transaction():
        part = _held(actor, public_id, version)
        chosen = [site for site in part.sites if stores is None or site.organisation.ref in stores]
        _choose(part, chosen)
        part.participation.signature = signature
        _answered(actor, part, JOINED)
        said = {"stores": [site.organisation.ref for site in chosen], "signature": signature}
        announcing.answered(actor.name_for_audit, part.promotion, part.participation, said)
    return part


def decline(actor: Actor, public_id: str, version: int, reason: str, reason_text: str) -> Part:
    """Take no part, and say why; the part as it stands. The brand's people are told. Raises NotFound, Conflict."""
    with database.transaction():
        part = _held(actor, public_id, version)
        _choose(part, ())
        part.participation.reason, part.participation.reason_text = reason, reason_text
        _answered(actor, part, DECLINED)
        said = {"reason": reason, "reason_text": reason_text}
        announcing.answered(actor.name_for_audit, part.promotion, part.participation, said)
        words = Text(en=reason_text, zh=reason_text) if reason_text else REASONS[reason]
        announcing.declined(part.promotion, part.participation, words)
    return part


def _held(actor: Actor, public_id: str, version: int) -> Part:
    """The part as it stands now, kept from every other writer until the transaction ends."""
    found = _own(actor, public_id).first()
    if found is None:
        raise NotFound
    database.serialise(SUBJECT_KIND, found.promotion.public_id)
    part = load(actor, public_id)
    if not part.is_open or part.participation.version != version:
        raise Conflict("promotion_changed")
    return part


def _choose(part: Part, chosen: Collection[Site]) -> None:
    numbers = {site.id for site in chosen}
    for site in part.sites:
        site.is_chosen = site.id in numbers
    ours = Site.participation == part.participation.id
    Site.update(is_chosen=peewee.Value(False)).where(ours, Site.is_chosen).execute()
    if numbers:
        Site.update(is_chosen=peewee.Value(True)).where(ours, Site.id.in_(sorted(numbers))).execute()


def _answered(actor: Actor, part: Part, state: str) -> None:
    participation = part.participation
    participation.state, participation.version = state, participation.version + 1
    participation.signed_by, participation.signed_at = actor.person, clock.now()
    participation.save()
    subject = announcing.participation_subject(part.promotion, participation)
    tasks.close_tasks_about(subject, tasks.DONE, announcing.FLOW)


def _own(actor: Actor, public_id: str) -> "peewee.ModelSelect[Participation]":
    query = Participation.select(Participation, Promotion, Organisation).join(Promotion)
    query = query.switch(Participation).join(Organisation)
    own = (Promotion.brand == actor.brand_id) & (Participation.organisation == actor.organisation_id)
    return query.where(own, Participation.public_id == public_id, Participation.state != LEFT_OUT)
