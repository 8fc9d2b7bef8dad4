"""A promotion as it stands, with everybody who takes part and every place; and how an actor finds it."""

from collections.abc import Sequence
from dataclasses import dataclass

from config import database
from config.text import Text
from workflows.domain.access import Actor
from workflows.domain.errors import NotFound
from workflows.domain.organisations import Organisation
from workflows.domain.promotions.participants_document import ParticipantDocument, SiteDocument
from workflows.domain.promotions.paying import budget_of, pay_of
from workflows.domain.promotions.promotion_document import PromotionDocument
from workflows.domain.promotions.records import (
    LEFT_OUT,
    SUBJECT_KIND,
    Participation,
    Promotion,
    PromotionQuery,
    Site,
    promotions_of,
)
from workflows.domain.promotions.shots import shots_of


@dataclass(frozen=True)
class Participant:
    """One partner of a promotion with its places in the brand's order; what was left out since is not among them."""

    participation: Participation
    sites: Sequence[Site]

    @property
    def partner(self) -> Organisation:
        """Whose part it is."""
        found: Organisation = self.participation.organisation
        return found

    @property
    def has_stores(self) -> bool:
        """Does it take part with stores, and not itself?"""
        return [site.organisation_id for site in self.sites] != [self.partner.id]


@dataclass(frozen=True)
class OpenPromotion:
    """A promotion with its participants, in the order in which they came to it."""

    promotion: Promotion
    brand: Organisation
    participants: Sequence[Participant]

    @property
    def sites(self) -> tuple[Site, ...]:
        """Every place of it."""
        return tuple(site for one in self.participants for site in one.sites)


def document_of(opened: OpenPromotion) -> PromotionDocument:
    """What the brand put, read back from what is stored."""
    promotion = opened.promotion
    return PromotionDocument(
        promotion.title_text,
        Text.from_json(promotion.policy),
        promotion.starts_on,
        promotion.ends_on,
        promotion.sign_by,
        promotion.due_at,
        shots_of(promotion),
        tuple(promotion.facts),
        pay_of(promotion),
        budget_of(promotion),
        promotion.radius_m,
        promotion.second_above,
        promotion.audit_percent,
        tuple(_participant_document(one) for one in opened.participants),
    )


def _participant_document(one: Participant) -> ParticipantDocument:
    return ParticipantDocument(
        one.partner, tuple(SiteDocument(site.organisation, site.prover, site.place) for site in one.sites)
    )


def filtered(query: PromotionQuery, state: str | None, partner: str | None) -> PromotionQuery:
    """Narrow a list of promotions; None asks for all."""
    if state:
        query = query.where(Promotion.state == state)
    if partner:
        taking_part = Participation.select(Participation.promotion).join(Organisation)
        query = query.where(
            Promotion.id.in_(taking_part.where(Organisation.ref == partner, Participation.state != LEFT_OUT))
        )
    return query


def held(actor: Actor, public_id: str) -> OpenPromotion:
    """The actor's promotion as it stands now, kept from every other writer until the transaction ends. Raises NotFound."""
    database.serialise(SUBJECT_KIND, public_id)
    found: Promotion | None = promotions_of(actor).where(Promotion.public_id == public_id).first()
    if found is None:
        raise NotFound
    return opened(found)


def opened(promotion: Promotion) -> OpenPromotion:
    """A promotion with all that belongs to it, in three statements however many take part."""
    brand = Organisation.get_by_id(promotion.brand)
    partner_query = Participation.select(Participation, Organisation).join(Organisation)
    participations = partner_query.where(Participation.promotion == promotion.id, Participation.state != LEFT_OUT)
    sites = sites_of(promotion)
    participants = [Participant(one, sites.get(one.id, ())) for one in participations.order_by(Participation.id)]
    return OpenPromotion(promotion, brand, participants)


def sites_of(promotion: Promotion, participations: Sequence[int] | None = None) -> dict[int, list[Site]]:
    """The places of a promotion with their organisations, by participation, in the brand's order; of some, where named."""
    prover = Organisation.alias()
    query = Site.select(Site, Organisation, prover).join(Organisation, on=(Site.organisation == Organisation.id))
    query = query.switch(Site).join(prover, on=(Site.prover == prover.id), attr="prover")
    query = query.where(Site.promotion == promotion.id, ~Site.is_left_out)
    if participations is not None:
        query = query.where(Site.participation.in_(list(participations)))
    found: dict[int, list[Site]] = {}
    for site in query.order_by(Site.position, Site.id):
        found.setdefault(site.participation_id, []).append(site)
    return found
