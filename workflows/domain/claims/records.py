"""The records of claims: the proof of a promotion at one place, each decision on it, and the lines it pays."""

from typing import TypeAlias

import peewee

from config.database import Record
from config.fields import JsonField, MoneyField, PublicIdField, QuantityField, UtcDateTimeField
from workflows.domain.access import Actor
from workflows.domain.errors import NotFound
from workflows.domain.events import Subject
from workflows.domain.organisations import Organisation
from workflows.domain.promotions.records import Promotion, Site

TO_PROVE, CHECKING, IN_REVIEW, SECOND_REVIEW = "to_prove", "checking", "in_review", "second_review"
REDO, APPROVED, REJECTED, WITHDRAWN = "redo", "approved", "rejected", "withdrawn"
CLAIM_STATES = (TO_PROVE, CHECKING, IN_REVIEW, SECOND_REVIEW, REDO, APPROVED, REJECTED, WITHDRAWN)
SUBJECT_KIND = "claim"
APPROVE, REJECT, ASK_AGAIN, REOPEN = "approve", "reject", "redo", "reopen"
BY_RULE = "rule"
ClaimQuery: TypeAlias = "peewee.ModelSelect[Claim]"


class Claim(Record):
    """The proof of a promotion at one place, from the moment it is asked for to its decision.

    partner is who is paid and whose budget it takes, site_organisation the store, prover whose people send it. round counts how
    often it was sent; photos are `{shot: [photo id, …]}` and facts the answers to the brand's own questions as they stand.
    place is where the person said to be (deleted on schedule), distance_m what became of it. reasons are `{"code", "photo"?,
    "facts"}`; is_held: does one of them hold the claim whatever the score? is_audited: drawn for a person's eyes. redo are the
    shots asked for again; asked is a fingerprint of what is asked for. amount is what it would pay, approved_amount what it does.
    """

    id = peewee.AutoField()
    public_id = PublicIdField()
    brand = peewee.IntegerField()
    promotion = peewee.ForeignKeyField(Promotion, on_delete="RESTRICT")
    promotion_id: int
    site = peewee.ForeignKeyField(Site, on_delete="RESTRICT", unique=True)
    site_id: int
    partner = peewee.ForeignKeyField(Organisation, on_delete="RESTRICT")
    partner_id: int
    site_organisation = peewee.ForeignKeyField(Organisation, on_delete="RESTRICT", index=True)
    site_organisation_id: int
    prover = peewee.ForeignKeyField(Organisation, on_delete="RESTRICT")
    prover_id: int
    state = peewee.CharField(max_length=16, default=TO_PROVE)
    version = peewee.IntegerField(default=1)
    round = peewee.IntegerField(default=0)
    conversation = peewee.CharField(max_length=64, null=True)
    photos = JsonField(default=dict)
    facts = JsonField(default=dict)
    redo = JsonField(null=True)
    asked = peewee.CharField(max_length=32, default="")
    place = JsonField(null=True)
    distance_m = peewee.IntegerField(null=True)
    score = peewee.IntegerField(null=True)
    reasons = JsonField(default=list)
    is_held = peewee.BooleanField(default=False)
    is_audited = peewee.BooleanField(null=True)
    units = QuantityField(null=True)
    amount = MoneyField(null=True)
    approved_amount = MoneyField(null=True)
    sent_by = peewee.CharField(max_length=64, null=True)
    sent_at = UtcDateTimeField(null=True)
    decided_at = UtcDateTimeField(null=True)
    due_at = UtcDateTimeField()
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        indexes = (
            (("brand", "state", "id"), False),
            (("promotion", "partner"), False),
            (("partner", "id"), False),
            (("prover", "state", "id"), False),
        )

    @property
    def subject(self) -> Subject:
        """The claim as what a task, an event or a conversation is about."""
        return Subject(SUBJECT_KIND, self.public_id, self.public_id)


HAS_PLACE = peewee.SQL("place IS NOT NULL")
Claim.add_index(Claim.index(Claim.id, name="claim_with_place", where=HAS_PLACE))


class ClaimDecision(Record):
    """One decision on a claim; never changed: a mistake is undone by a later one.

    seq counts the decisions of a claim from 1; by is a reviewer's id, or `rule` where the claim showed nothing odd. round is the
    round of the claim it is about; shots those asked for again; code_visible what the reviewer saw: yes, no or unsure.
    """

    id = peewee.BigAutoField()
    public_id = PublicIdField()
    claim = peewee.ForeignKeyField(Claim, on_delete="RESTRICT")
    claim_id: int
    seq = peewee.IntegerField()
    round = peewee.IntegerField()
    kind = peewee.CharField(max_length=16)
    by = peewee.CharField(max_length=64)
    reason = peewee.CharField(max_length=32, null=True)
    text = peewee.TextField(default="")
    shots = JsonField(null=True)
    code_visible = peewee.CharField(max_length=8, null=True)
    amount = MoneyField(null=True)
    at = UtcDateTimeField()

    class Meta:
        indexes = ((("claim", "seq"), True),)


class SettlementLine(Record):
    """Money that a decision gives a partner, or takes back (a negative amount that names what it reverses). Append-only.

    paid_on and payment_ref are what the brand's bookkeeping says became of it.
    """

    id = peewee.BigAutoField()
    public_id = PublicIdField()
    brand = peewee.IntegerField()
    promotion = peewee.ForeignKeyField(Promotion, on_delete="RESTRICT")
    promotion_id: int
    claim = peewee.ForeignKeyField(Claim, on_delete="RESTRICT", index=True)
    claim_id: int
    decision = peewee.ForeignKeyField(ClaimDecision, on_delete="RESTRICT", unique=True)
    decision_id: int
    partner = peewee.ForeignKeyField(Organisation, on_delete="RESTRICT")
    partner_id: int
    site_organisation = peewee.ForeignKeyField(Organisation, on_delete="RESTRICT", index=True)
    site_organisation_id: int
    amount = MoneyField()
    currency = peewee.CharField(max_length=3)
    reverses = peewee.ForeignKeyField("self", null=True, on_delete="RESTRICT", unique=True)
    reverses_id: int | None
    paid_on = peewee.DateField(null=True)
    payment_ref = peewee.CharField(max_length=64, null=True)
    created_at = UtcDateTimeField()

    class Meta:
        indexes = (
            (("brand", "id"), False),
            (("promotion", "partner"), False),
            (("promotion", "site_organisation"), False),
            (("partner", "id"), False),
        )


def claims_of(actor: Actor) -> ClaimQuery:
    """The claims the actor may see: a brand its own, a partner those it is paid for, proves, or that are about its store."""
    query = Claim.select().where(Claim.brand == actor.brand_id)
    if actor.is_brand:
        return query
    own = actor.organisation_id
    return query.where((Claim.partner == own) | (Claim.prover == own) | (Claim.site_organisation == own))


def claim_of(actor: Actor, public_id: str) -> Claim:
    """The actor's claim by our id. Raises NotFound."""
    found: Claim | None = claims_of(actor).where(Claim.public_id == public_id).first()
    if found is None:
        raise NotFound
    return found
