"""What a proved number opens: a session of its own, or an invitation that was used before or belongs on another device.

A code sent to a number proves who holds it (`phone_codes`). The session it begins keeps the number that was proved and reaches
the records bound to that one (docs/adr/0006, 0014).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from config import clock, database
from notifications import recipients
from workflows.domain import invitations, phone_codes
from workflows.domain.access import BY_PHONE, Session, end_sessions
from workflows.domain.errors import Unauthenticated
from workflows.domain.invitations import Invitation
from workflows.domain.people import Person
from workflows.domain.phone_codes import REPEATABLE_FOR, SmsCode
from workflows.domain.sessions import Begun, begin, place_to_act_for, places_of


@dataclass(frozen=True)
class Opening:
    """What came with an invitation: the code sent to the bound number, where the phone has it, and from where the call came."""

    sms_code: str | None = None
    address: str = ""


def begin_session_by_sms(phone: str, code: str, device: str, address: str) -> Begun:
    """Sign in whoever proved to hold `phone` by the code sent to it, on the device that asked for it.

    They reach every record that this number is bound to. The same device may repeat it for five minutes. Raises Invalid,
    RateLimited, Unauthenticated `code_invalid` (also for a number nobody has) or `code_used`.
    """
    number = phone_codes.read_number(phone, device)
    proof = phone_codes.proved(number, device, code, address)
    with database.transaction():
        return session_by_phone(proof)


def session_by_phone(proof: SmsCode, invited: Invitation | None = None) -> Begun:
    """A session of the number's holder, in the place of the one that the same code began before."""
    database.serialise("sms-code-session", proof.public_id)
    first = SmsCode.get_by_id(proof.id)
    places = places_of(recipients.persons_at("phone", "", proof.phone))
    if not places:
        raise Unauthenticated("code_invalid" if invited is None else "not_bound")
    end_sessions(Session.id == first.session)
    place = place_to_act_for(places, invited.person_id if invited else None)
    begun, first.session = begin(place, places, proof.device, BY_PHONE, proof.phone)
    first.save(only=[SmsCode.session])
    if invited is not None and invited.opened_at is None:
        invitations.note_opened(invited, first.session)
    recipients.reopen(place.person.public_id, "phone", "")
    return begun


def proof_for(token: str, device: str, opening: Opening | None) -> SmsCode | None:
    """The code sent to the number of an invitation's person, where one came with the call and is needed; right, or it raises."""
    if opening is None or opening.sms_code is None:
        return None
    with database.transaction():
        invitation = invitations.presented(token)
        is_needed = not (invitations.is_openable(invitation) or is_repetition(invitation, device))
        number = recipients.address_of(invitation.person.public_id, "phone", "") if is_needed else None
    if number is None:
        return None
    return phone_codes.proved(number, device, opening.sms_code, opening.address)


def proves(proof: SmsCode | None, person: Person) -> bool:
    """Is what was proved the number that this person is bound to now?"""
    return proof is not None and proof.phone == recipients.address_of(person.public_id, "phone", "")


def is_repetition(invitation: Invitation, device: str) -> bool:
    """Does the device that opened it without WeChat ask again for an answer that may have got lost?"""
    if invitation.opened_at is None or clock.now() - invitation.opened_at > REPEATABLE_FOR:
        return False
    first = Session.get_or_none(Session.id == invitation.session)
    return first is not None and first.app is None and first.device == device


@contextmanager
def helping(token: str, device: str, opening: Opening | None) -> Iterator[None]:
    """Where an invitation is refused, send to its bound number what helps: a fresh link, or a code for this device."""
    try:
        yield
    except Unauthenticated as refusal:
        if refusal.code == "invitation_expired":
            invitations.renew(token)
        elif refusal.code == "phone_code_needed":
            _send_code(token, device, opening.address if opening else "")
        raise


def _send_code(token: str, device: str, address: str) -> None:
    with database.transaction():
        number = recipients.address_of(invitations.presented(token).person.public_id, "phone", "")
        if number is not None:
            phone_codes.send_quietly(number, device, address)
