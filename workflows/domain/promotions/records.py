"""The records of promotions: what a brand asks for, who signed, and the places it is carried out at; how an actor finds them."""

from typing import TypeAlias

import peewee

from config.database import Record
from config.fields import JsonField, PublicIdField, UtcDateTimeField
from config.text import Text
from workflows.domain.access import Actor
from workflows.domain.errors import NotFound
from workflows.domain.events import Subject
from workflows.domain.organisations import Organisation

OPEN, WITHDRAWN = "open", "withdrawn"
ASKED, JOINED, DECLINED, NOT_NEEDED, LEFT_OUT = "asked", "joined", "declined", "not_needed", "left_out"
SUBJECT_KIND = "promotion"
PARTICIPATION_KIND = "participation"
PromotionQuery: TypeAlias = "peewee.ModelSelect[Promotion]"


class Promotion(Record):
    """What a brand asks its partners to carry out, and what it pays for it.

    title and policy are texts in both languages. starts_on and ends_on are calendar days at each place, both included; sign_by
    is until when partners sign, due_at until when proofs are sent. shots, facts, pays and budget are as `promotion_document`
    reads them. radius_m is how far from its place a photo may be taken. A claim above second_above (minor units of `currency`)
    is decided by two reviewers; audit_percent of the claims that show nothing odd go to a person all the same (100: all).
    """

    id = peewee.AutoField()
    public_id = PublicIdField()
    brand = peewee.IntegerField()
    ref = peewee.CharField(max_length=64)
    title = JsonField()
    policy = JsonField()
    starts_on = peewee.DateField()
    ends_on = peewee.DateField()
    sign_by = UtcDateTimeField(null=True)
    due_at = UtcDateTimeField()
    shots = JsonField()
    facts = JsonField()
    pays = JsonField()
    budget = JsonField()
    currency = peewee.CharField(max_length=3)
    radius_m = peewee.IntegerField()
    second_above = peewee.BigIntegerField(null=True)
    audit_percent = peewee.IntegerField()
    state = peewee.CharField(max_length=16, default=OPEN)
    version = peewee.IntegerField(default=1)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        indexes = ((("brand", "ref"), True), (("brand", "state", "id"), False))

    @property
    def subject(self) -> Subject:
        """The promotion as what an event is about."""
        return Subject(SUBJECT_KIND, self.public_id, self.ref)

    @property
    def title_text(self) -> Text:
        """Its title in both languages."""
        return Text.from_json(self.title)


class Participation(Record):
    """One partner of a promotion: a distributor that is asked to sign, or a store that needs no signature.

    signature is the id of the signed picture; version grows when what the partner signs for changes.
    """

    id = peewee.AutoField()
    public_id = PublicIdField()
    promotion = peewee.ForeignKeyField(Promotion, on_delete="CASCADE")
    promotion_id: int
    organisation = peewee.ForeignKeyField(Organisation, on_delete="RESTRICT", index=True)
    organisation_id: int
    state = peewee.CharField(max_length=16, default=ASKED)
    reason = peewee.CharField(max_length=32, null=True)
    reason_text = peewee.TextField(default="")
    signature = peewee.CharField(max_length=72, null=True)
    signed_by = peewee.CharField(max_length=64, null=True)
    signed_at = UtcDateTimeField(null=True)
    version = peewee.IntegerField(default=1)

    class Meta:
        indexes = ((("promotion", "organisation"), True),)


class Site(Record):
    """One place a promotion is carried out at: a store, or the partner itself where it names no stores.

    participation is whose budget pays; prover whose people take the photos. place is `{"latitude", "longitude", "system"}` as
    the brand put it (decimal degrees as text), None where it is unknown. is_chosen: has the partner signed up for it?
    is_left_out: has the brand taken it out since? Its row stays, for a proof that was sent stays too.
    """

    id = peewee.AutoField()
    promotion = peewee.ForeignKeyField(Promotion, on_delete="CASCADE")
    promotion_id: int
    participation = peewee.ForeignKeyField(Participation, on_delete="CASCADE", index=True)
    participation_id: int
    organisation = peewee.ForeignKeyField(Organisation, on_delete="RESTRICT", index=True)
    organisation_id: int
    prover = peewee.ForeignKeyField(Organisation, on_delete="RESTRICT", index=True)
    prover_id: int
    place = JsonField(null=True)
    is_chosen = peewee.BooleanField(default=False)
    is_left_out = peewee.BooleanField(default=False)
    position = peewee.IntegerField()

    class Meta:
        table_name = "promotion_site"
        indexes = ((("promotion", "organisation"), True),)


def promotions_of(actor: Actor) -> PromotionQuery:
    """The promotions the actor may see: a brand its own, a partner those it takes part in or proves."""
    query = Promotion.select().where(Promotion.brand == actor.brand_id)
    if actor.is_brand:
        return query
    own = Participation.select(Participation.promotion).where(Participation.organisation == actor.organisation_id)
    proved = Site.select(Site.promotion).where(
        (Site.prover == actor.organisation_id) | (Site.organisation == actor.organisation_id)
    )
    return query.where(Promotion.id.in_(own) | Promotion.id.in_(proved))


def promotion_by_ref(actor: Actor, ref: str) -> Promotion:
    """The actor's promotion with the brand's reference `ref`. Raises NotFound."""
    found: Promotion | None = promotions_of(actor).where(Promotion.ref == ref).first()
    if found is None:
        raise NotFound
    return found
