"""Invitations: how a person whom a brand named comes to a phone for the first time.

The link's token is derived from the invitation's id, so nothing secret rests in the database. It is single use: the
first opening binds it, to a WeChat person or to one device. One that expired unopened renews itself: opening it sends a
fresh link to the number that the person is bound to, and to nobody else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import peewee

from config import clock, database, forgetting, sealing
from config.database import Record
from config.fields import PublicIdField, UtcDateTimeField
from config.forgetting import Slice
from config.ids import new_id
from notifications import outbox, recipients, tallies, texting
from notifications.tallies import Exhausted, Limit, Use
from workflows.domain import events, people
from workflows.domain.access import ACTIVE, ERASED, Actor, require
from workflows.domain.documents import own_ref
from workflows.domain.errors import Conflict, NotFound, Unauthenticated
from workflows.domain.people import Membership, Person
from workflows.domain.values import valid_ref

LIFETIME = timedelta(days=14)
_PURPOSE = "invitation"
_RENEWALS = (
    Limit("renew-invitation-10min", 1, timedelta(minutes=10)),
    Limit("renew-invitation-day", 3, timedelta(days=1)),
)


class Invitation(Record):
    """One invitation of a person; session is the one its opening began."""

    id = peewee.AutoField()
    public_id = PublicIdField()
    person = peewee.ForeignKeyField(Person, on_delete="CASCADE")
    person_id: int
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField()
    revoked_at = UtcDateTimeField(null=True)
    opened_at = UtcDateTimeField(null=True)
    session = peewee.IntegerField(null=True)
    renewed_by = peewee.IntegerField(null=True)


@dataclass(frozen=True)
class Invited:
    """A fresh invitation: the token that its link carries, shown this once, and when it expires."""

    id: str
    token: str
    expires_at: datetime


def invite(actor: Actor, ref: str, by_sms: bool = False) -> Invited:
    """Invite the person a brand calls `ref`; their earlier invitations that nobody opened stop working.

    by_sms also sends the link to their number. Raises NotFound, Forbidden, Conflict `person_suspended` or
    `person_without_membership` (nobody could sign in), `sms_off` or `person_without_phone`.
    """
    require(actor, "people:write")
    with database.transaction():
        database.serialise("person", actor.brand_id, own_ref(ref))
        person = people.person(actor, ref)
        _require_useful(person)
        if by_sms:
            _require_reachable(person)
        _revoke_unopened(person)
        made = _create(person, actor.name_for_audit)
        if by_sms:
            _send(made)
    return Invited(made.public_id, token_of(made), made.expires_at)


def _create(person: Person, by: str) -> Invitation:
    now = clock.now()
    made = Invitation.create(public_id=new_id("inv"), person=person, created_at=now, expires_at=now + LIFETIME)
    events.append(person.brand, by, "person.invited", person.subject, {})
    return made


def _send(invitation: Invitation, occasion: str = "") -> None:
    payload = {"kind": "invitation", "id": invitation.public_id}
    outbox.publish_on(
        outbox.TEXTS, payload, f"text:{invitation.public_id}:{occasion}", recipient=invitation.person.public_id
    )


def _require_reachable(person: Person) -> None:
    if not texting.is_on("invitation"):
        raise Conflict("sms_off")
    if not has_phone(person):
        raise Conflict("person_without_phone")


def has_phone(person: Person) -> bool:
    """Is a number bound to them, to which a code or a link can be sent?"""
    return recipients.address_of(person.public_id, "phone", "") is not None


def invited_again(actor: Actor, public_id: str) -> Invited:
    """What `invite` gave for an invitation of the actor's brand, for the same call sent again. Raises NotFound."""
    query = Invitation.select(Invitation).join(Person).where(Person.brand == actor.brand_id)
    found = query.where(Invitation.public_id == public_id).first()
    if found is None:
        raise NotFound
    return Invited(found.public_id, token_of(found), found.expires_at)


def _require_useful(person: Person) -> None:
    if person.state != ACTIVE:
        raise Conflict("person_erased" if person.state == ERASED else "person_suspended", ref=person.ref)
    if not is_useful(person):
        raise Conflict("person_without_membership")


def is_useful(person: Person) -> bool:
    """Could they sign in at all?"""
    return person.state == ACTIVE and Membership.select().where(Membership.person == person.id).exists()


def _revoke_unopened(person: Person, but: int = 0) -> None:
    waiting = (Invitation.person == person.id) & Invitation.opened_at.is_null() & Invitation.revoked_at.is_null()
    Invitation.update(revoked_at=clock.now()).where(waiting, Invitation.id != but).execute()


def token_of(invitation: Invitation) -> str:
    """What the link carries: the invitation's id and the secret derived from it."""
    return f"{invitation.public_id}.{sealing.current().derive(_PURPOSE, invitation.public_id)}"


def presented(token: str) -> Invitation:
    """The invitation a token belongs to, held until the transaction ends. Raises Unauthenticated `invitation_invalid`."""
    public_id, _, secret = token.partition(".")
    if not valid_ref(public_id) or not sealing.current().derived(_PURPOSE, public_id, _ascii(secret)):
        raise Unauthenticated("invitation_invalid")
    database.serialise(_PURPOSE, public_id)
    query = Invitation.select(Invitation, Person).join(Person)
    found: Invitation | None = query.where(Invitation.public_id == public_id).first()
    if found is None:
        raise Unauthenticated("invitation_invalid")
    return found


def persons_named(token: str) -> list[str]:
    """The person a token is for, whatever became of the invitation; nobody where its secret is wrong."""
    public_id, _, secret = token.partition(".")
    if not valid_ref(public_id) or not sealing.current().derived(_PURPOSE, public_id, _ascii(secret)):
        return []
    query = Person.select(Person.public_id).join(Invitation).where(Invitation.public_id == public_id)
    return [row.public_id for row in query]


def _ascii(text: str) -> str:
    return text if text.isascii() else ""


def is_openable(invitation: Invitation) -> bool:
    """Can it still be opened for the first time?"""
    return invitation.opened_at is None and invitation.revoked_at is None and invitation.expires_at > clock.now()


def require_openable(invitation: Invitation) -> None:
    """Raises Unauthenticated: `invitation_expired` for one that renews itself, `invitation_invalid` for any other closed one."""
    if not is_openable(invitation):
        raise Unauthenticated("invitation_expired" if _can_renew(invitation) else "invitation_invalid")


def _can_renew(invitation: Invitation) -> bool:
    is_wanted = invitation.revoked_at is None and texting.is_on("invitation")
    return is_wanted and is_useful(invitation.person) and has_phone(invitation.person)


def renew(token: str) -> None:
    """Send a fresh link in the place of an expired one, to the number its person is bound to; again at most every ten minutes."""
    with database.transaction():
        old = presented(token)
        if old.opened_at is not None or is_openable(old) or not _can_renew(old):
            return
        try:
            tallies.take([Use(limit, old.public_id) for limit in _RENEWALS])
        except Exhausted:
            return
        _send(_successor(old), occasion=new_id("rnw"))


def _successor(old: Invitation) -> Invitation:
    """The invitation that took the place of an expired one; a new one where that cannot be opened any more either."""
    found: Invitation | None = Invitation.get_or_none(Invitation.id == old.renewed_by)
    if found is not None and is_openable(found):
        return found
    _revoke_unopened(old.person, but=old.id)
    made = _create(old.person, old.person.public_id)
    old.renewed_by = made.id
    old.save(only=[Invitation.renewed_by])
    return made


def note_opened(invitation: Invitation, session_id: int) -> None:
    """Record the session an opening began; the moment of the first opening stays."""
    invitation.opened_at = invitation.opened_at or clock.now()
    invitation.session = session_id
    invitation.save()


def forget_invitations(before: datetime, after: int) -> Slice:
    """Forget a slice of the invitations that ran out before a moment, opened or not: their links are unknown from then on."""
    return forgetting.forget(Invitation, Invitation.created_at, before, after, Invitation.expires_at < before)
