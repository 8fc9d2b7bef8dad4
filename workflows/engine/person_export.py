"""Everything we hold about one person, for themself to read: their right, whatever we think of its use."""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from config import clock, database
from config.database import Record
from notifications import outbox, recipients
from notifications.consents import Consent, ConsentReport
from notifications.outbox import OutboxRow
from notifications.tallies import Tally
from workflows.domain import people, phone_codes, sessions
from workflows.domain.access import Actor, Session
from workflows.domain.amounts import quantity_text
from workflows.domain.audit.entries import AuditEntry
from workflows.domain.audit.noting import note
from workflows.domain.audit.views import AuditView
from workflows.domain.capacity.records import CapacityPlan, CapacityRequest, SupplierLoad
from workflows.domain.claims.records import Claim, ClaimDecision
from workflows.domain.evidence.records import Challenge, EvidencePhoto
from workflows.domain.invitations import Invitation
from workflows.domain.organisations import Organisation
from workflows.domain.people import Membership, Person
from workflows.domain.products import Product
from workflows.domain.promotions.records import Participation
from workflows.domain.purchasing.orders import PurchaseOrder
from workflows.domain.sign_in import SpentLoginCode
from workflows.domain.tasks import Task
from workflows.engine.records import AnswerRecord, Conversation


def export_person(actor: Actor, ref: str) -> dict[str, Any]:
    """All that is held about the person a brand calls `ref`, as JSON; noted in the audit. Raises NotFound."""
    with database.transaction():
        return _exported(people.person(actor, ref), actor.name_for_audit)


def export_oneself(actor: Actor) -> list[dict[str, Any]]:
    """All that is held about the human who is signed in: each of their records. Raises Unauthenticated."""
    with database.transaction():
        return [_exported(one, one.public_id) for one in sessions.own_records(actor)]


def _exported(person: Person, by: str) -> dict[str, Any]:
    note(person.brand, by, "person.exported", "person", person.public_id)
    return {
        "exported_at": clock.now(),
        **_oneself(person),
        **{name: list(part(person)) for name, part in PARTS.items()},
    }


def _oneself(person: Person) -> dict[str, Any]:
    names = ("ref", "name", "language", "state", "version", "created_at", "updated_at")
    oneself = {"id": person.public_id, **{name: getattr(person, name) for name in names}}
    brand: Organisation = Organisation.get_by_id(person.brand)
    return {"person": oneself, "brand": {"id": brand.public_id, "name": brand.name}}


def _memberships(person: Person) -> Iterable[dict[str, Any]]:
    query = Membership.select(Membership.role, Organisation).join(Organisation).where(Membership.person == person.id)
    for row in query.order_by(Membership.id):
        yield {"partner": row.organisation.ref, "name": row.organisation.name, "role": row.role}


def _sessions(person: Person) -> Iterable[dict[str, Any]]:
    query = Session.select().where(Session.person == person.id).order_by(Session.id)
    for row in query:
        names = ("app", "device", "label", "created_at", "expires_at", "ended_at")
        yield {"id": row.public_id, **{name: getattr(row, name) for name in names}}


def _rows(record: type[Record], names: str, *fields: Any) -> Callable[[Person], Iterable[dict[str, Any]]]:
    """The rows in which one of `fields` names the person, with the columns `names`."""

    def rows(person: Person) -> Iterable[dict[str, Any]]:
        named = reduce(or_, [field == person.public_id for field in fields])
        for row in record.select().where(named).order_by(record._meta.primary_key):
            yield {name.removeprefix("public_"): getattr(row, name) for name in names.split()}

    return rows


def _invitations(person: Person) -> Iterable[dict[str, Any]]:
    for row in Invitation.select().where(Invitation.person == person.id).order_by(Invitation.id):
        names = ("created_at", "expires_at", "revoked_at", "opened_at")
        yield {"id": row.public_id, **{name: getattr(row, name) for name in names}}


def _answers(person: Person) -> Iterable[dict[str, Any]]:
    query = AnswerRecord.select(AnswerRecord, Conversation.public_id).join(Conversation)
    for row in query.where(AnswerRecord.person == person.public_id).order_by(AnswerRecord.id):
        names = ("step", "value", "answered_at", "recorded_at")
        yield {"conversation": row.conversation.public_id, **{name: getattr(row, name) for name in names}}


def _conversations(person: Person) -> Iterable[dict[str, Any]]:
    """Those they began or answered, with what they said themself: a colleague's answers are the colleague's."""
    theirs = (Conversation.holder == person.public_id) | (Conversation.opened_by == person.public_id)
    for row in Conversation.select().where(theirs).order_by(Conversation.id):
        said = {step: held for step, held in row.answers.items() if held["by"] == person.public_id}
        names = ("flow", "subject_kind", "subject_ref", "state", "created_at", "closed_at")
        yield {"id": row.public_id, "answers": said, **{name: getattr(row, name) for name in names}}


def _codes(person: Person) -> Iterable[dict[str, Any]]:
    """Codes asked for at their number. Not by which device: whoever types a number in may be somebody else."""
    for row in phone_codes.codes_at(recipients.address_of(person.public_id, "phone", "")):
        yield {name: getattr(row, name) for name in ("created_at", "expires_at", "tries", "used_at")}


def _texts(person: Person) -> Iterable[dict[str, Any]]:
    """Text messages to them, without what stood in them: those about them, and those with the codes above."""
    codes = phone_codes.codes_at(recipients.address_of(person.public_id, "phone", ""))
    theirs = (OutboxRow.recipient == person.public_id) | OutboxRow.dedupe_key.in_([row.dedupe_key for row in codes])
    for row in OutboxRow.select().where(OutboxRow.queue == outbox.TEXTS, theirs).order_by(OutboxRow.id):
        names = ("kind", "state", "created_at", "settled_at")
        yield {"id": row.public_id, **{name: getattr(row, name) for name in names}}


def _login_codes(person: Person) -> Iterable[dict[str, Any]]:
    theirs = Session.select(Session.id).where(Session.person == person.id)
    query = SpentLoginCode.select().where(SpentLoginCode.session.in_(theirs))
    for row in query.order_by(SpentLoginCode.id):
        yield {"app": row.app, "device": row.device, "spent_at": row.spent_at}


def _plans(person: Person) -> Iterable[dict[str, Any]]:
    query = CapacityPlan.select(CapacityPlan, Product).join(Product)
    for row in query.where(CapacityPlan.reported_by == person.public_id).order_by(CapacityPlan.id):
        said = {"sku": row.product.sku, "quantity": quantity_text(row.quantity), "unit": row.unit}
        yield {**said, "month": row.month, "reported_at": row.reported_at}


def _notices(person: Person) -> Iterable[dict[str, Any]]:
    theirs = (OutboxRow.recipient == person.public_id) & (OutboxRow.queue != outbox.TEXTS)
    for row in OutboxRow.select().where(theirs).order_by(OutboxRow.id):
        told = {name: row.payload.get(name) for name in ("kind", "title", "reference", "outcome")}
        names = ("state", "channel", "created_at", "settled_at")
        yield {"id": row.public_id, **told, **{name: getattr(row, name) for name in names}}


PARTS: Mapping[str, Callable[[Person], Iterable[dict[str, Any]]]] = {
    "memberships": _memberships,
    "addresses": lambda person: recipients.held_of(person.public_id),
    "sessions": _sessions,
    "login_codes": _login_codes,
    "sms_codes": _codes,
    "text_messages": _texts,
    "text_limits": _rows(Tally, "name opened_at used", Tally.subject),
    "invitations": _invitations,
    "consents": _rows(Consent, "app template left", Consent.person),
    "consent_reports": _rows(ConsentReport, "app report answers reported_at", ConsentReport.person),
    "tasks": _rows(Task, "public_id flow subject_kind subject_ref state created_at closed_at", Task.taken_by),
    "conversations": _conversations,
    "answers": _answers,
    "orders": _rows(
        PurchaseOrder,
        "public_id ref state reason reason_text answered_at placed_at",
        PurchaseOrder.buyer,
        PurchaseOrder.answered_by,
    ),
    "capacity_requests": _rows(CapacityRequest, "public_id ref state reported_at", CapacityRequest.reported_by),
    "capacity_plans": _plans,
    "photos": _rows(
        EvidencePhoto,
        "public_id device subject_kind subject_id source captured_at recorded_at challenge place state",
        EvidencePhoto.person,
    ),
    "challenges": _rows(Challenge, "code device subject_id issued_at used_at", Challenge.person),
    "signatures": _rows(Participation, "public_id state signature signed_at", Participation.signed_by),
    "claims": _rows(Claim, "public_id state place distance_m sent_at", Claim.sent_by),
    "claim_decisions": _rows(ClaimDecision, "public_id kind reason text code_visible at", ClaimDecision.by),
    "loads": _rows(SupplierLoad, "colour backlog_days reported_at", SupplierLoad.reported_by),
    "notices": _notices,
    "audit": _rows(AuditEntry, "seq at kind actor record_kind record", AuditEntry.actor, AuditEntry.record),
    "saw": _rows(AuditView, "record_kind record day", AuditView.viewer),
    "seen_by": _rows(AuditView, "viewer day", AuditView.record),
}
"""What an export holds beside the person's own record; a test finds a table that speaks of people and is not among them."""
