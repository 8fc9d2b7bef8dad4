"""Erases one person: what tells who they are is gone; what accounts are made from stays, under a pseudonym.

Events, audit, outbox and conversations hold the person's id alone. The record under that id stays, without name, phone, openid,
consent, session, invitation or membership, so that an order still says that one and the same somebody answered it. What they
wrote in answers stays: it is their organisation's word to the brand about the goods, and the brand's systems have it (ADR 0015).
Where they were goes: on claims, on photos and in answers.
"""

from config import clock, database
from notifications import consents, recipients
from workflows.domain import events, people, phone_codes, sign_in, tasks
from workflows.domain.access import ERASED, Actor, Session, end_sessions
from workflows.domain.documents import own_ref
from workflows.domain.invitations import Invitation
from workflows.domain.people import Membership, Person
from workflows.domain.tasks import Task
from workflows.engine import places


def erase_person(actor: Actor, ref: str) -> bool:
    """Erase the person a brand calls `ref`; False where that was done before. They stop within one request.

    Records that other brands hold of the same human are those brands' own, and stay. Raises NotFound.
    """
    with database.transaction():
        database.serialise("person", actor.brand_id, own_ref(ref))
        found = people.person(actor, ref)
        if found.state == ERASED:
            return False
        _end_sessions(actor, found)
        _forget_addresses(found)
        _end_memberships(found)
        Invitation.delete().where(Invitation.person == found.id).execute()
        places.forget_of_person(found.public_id)
        _put_pseudonym(found)
        events.append(actor.brand_id, actor.name_for_audit, "person.erased", found.subject, {"state": ERASED})
    return True


def pseudonym(person: Person) -> str:
    """What stands where the name stood: the same for all that one person did, and nobody's name."""
    return f"已删除 erased …{person.public_id[-6:]}"


def _end_sessions(actor: Actor, found: Person) -> None:
    end_sessions(Session.person == found.id, by=actor.name_for_audit)
    theirs = [row.id for row in Session.select(Session.id).where(Session.person == found.id)]
    sign_in.forget_codes_of(theirs)
    phone_codes.forget_codes_of(recipients.address_of(found.public_id, "phone", ""), theirs)
    Session.delete().where(Session.person == found.id).execute()


def _forget_addresses(found: Person) -> None:
    recipients.forget(found.public_id)
    consents.forget(found.public_id)


def _end_memberships(found: Person) -> None:
    Task.update(taken_by=None).where(Task.taken_by == found.public_id, Task.state == tasks.OPEN).execute()
    for row in Membership.select().where(Membership.person == found.id):
        tasks.touch_inbox(row.organisation_id)
    Membership.delete().where(Membership.person == found.id).execute()


def _put_pseudonym(found: Person) -> None:
    found.name, found.state = pseudonym(found), ERASED
    found.version += 1
    found.updated_at = clock.now()
    found.save()
