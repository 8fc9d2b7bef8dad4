"""Invitations: how a person whom a brand named comes to a phone for the first time.

The link's token is derived from the invitation's id, so nothing secret rests in the database. It is single use: the
first opening binds it, to a WeChat person or to one device.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import peewee

from config import clock, database, forgetting, sealing
from config.database import Record
from config.fields import PublicIdField, UtcDateTimeField
from config.forgetting import Slice
from config.ids import new_id
from workflows.domain import events, people
from workflows.domain.access import ACTIVE, Actor, require
from workflows.domain.documents import own_ref
from workflows.domain.errors import Conflict, NotFound, Unauthenticated
from workflows.domain.people import Membership, Person
from workflows.domain.values import valid_ref

LIFETIME = timedelta(days=14)
_PURPOSE = "invitation"


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


@dataclass(frozen=True)
class Invited:
    """A fresh invitation: the token that its link carries, shown this once, and when it expires."""

    id: str
    token: str
    expires_at: datetime


def invite(actor: Actor, ref: str) -> Invited:
    """Invite the person a brand calls `ref`; their earlier invitations that nobody opened stop working.

    Raises NotFound, Forbidden, Conflict `person_suspended` or `person_without_membership`: nobody could sign in.
    """
    require(actor, "people:write")
    with database.transaction():
        database.serialise("person", actor.brand_id, own_ref(ref))
        person = people.person(actor, ref)
        _require_useful(person)
        _revoke_unopened(person)
        now = clock.now()
        made = Invitation.create(public_id=new_id("inv"), person=person, created_at=now, expires_at=now + LIFETIME)
        events.append(actor.brand_id, actor.name_for_audit, "person.invited", person.subject, {})
    return Invited(made.public_id, token_of(made), made.expires_at)


def invited_again(actor: Actor, public_id: str) -> Invited:
    """What `invite` gave for an invitation of the actor's brand, for the same call sent again. Raises NotFound."""
    query = Invitation.select(Invitation).join(Person).where(Person.brand == actor.brand_id)
    found = query.where(Invitation.public_id == public_id).first()
    if found is None:
        raise NotFound
    return Invited(found.public_id, token_of(found), found.expires_at)


def _require_useful(person: Person) -> None:
    if person.state != ACTIVE:
        raise Conflict("person_suspended")
    if not Membership.select().where(Membership.person == person.id).exists():
        raise Conflict("person_without_membership")


def _revoke_unopened(person: Person) -> None:
    waiting = (Invitation.person == person.id) & Invitation.opened_at.is_null() & Invitation.revoked_at.is_null()
    Invitation.update(revoked_at=clock.now()).where(waiting).execute()


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


def require_openable(invitation: Invitation) -> None:
    """Raises Unauthenticated `invitation_invalid` for one that expired or gave way to a newer one."""
    if invitation.revoked_at is not None or invitation.expires_at <= clock.now():
        raise Unauthenticated("invitation_invalid")


def note_opened(invitation: Invitation, session_id: int) -> None:
    """Record the session an opening began; the moment of the first opening stays."""
    invitation.opened_at = invitation.opened_at or clock.now()
    invitation.session = session_id
    invitation.save()


def forget_invitations(before: datetime, after: int) -> Slice:
    """Forget a slice of the invitations that ran out before a moment, opened or not: their links are unknown from then on."""
    return forgetting.forget(Invitation, Invitation.created_at, before, after, Invitation.expires_at < before)
