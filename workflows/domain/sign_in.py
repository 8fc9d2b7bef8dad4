"""Signing in on a phone: by a WeChat login code, by an invitation, or by both at once. By a number: `phone_proof`.

The door exchanges the code between the two calls, since nothing here touches the network:

    openid = sign_in.spent_code(app, code, device) or login.exchange_code(app, code)
    begun = sign_in.begin_session_by_wechat(app, code, openid, device, invitation)

A lost response signs nobody out: what was asked again from the same device within five minutes gives a new token and
ends the session whose token got lost.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import peewee

from config import clock, database, forgetting, sealing
from config.database import Record
from config.fields import UtcDateTimeField
from config.forgetting import Slice
from notifications import recipients, texting
from workflows.domain import invitations, people
from workflows.domain.access import Session, end_sessions
from workflows.domain.documents import Faults
from workflows.domain.errors import Unauthenticated
from workflows.domain.invitations import Invitation
from workflows.domain.phone_codes import SmsCode
from workflows.domain.phone_proof import Opening, helping, is_repetition, proof_for, proves, session_by_phone
from workflows.domain.sessions import Begun, begin, hash_of, place_to_act_for, places_of
from workflows.domain.values import valid_ref

REPEATABLE_FOR = timedelta(minutes=5)
_LONGEST_DEVICE = 128


class SpentLoginCode(Record):
    """A WeChat login code that was exchanged: for whom (sealed), from which device, and the session it began last.

    WeChat takes a code once and forgets it after five minutes; this row outlives that by little.
    """

    id = peewee.AutoField()
    app = peewee.CharField(max_length=64)
    code_hash = peewee.CharField(max_length=64)
    device = peewee.CharField(max_length=128)
    sealed_openid = peewee.BlobField()
    spent_at = UtcDateTimeField(index=True)
    session = peewee.IntegerField(null=True)

    class Meta:
        indexes = ((("app", "code_hash"), True),)


def spent_code(app: str, code: str, device: str) -> str | None:
    """The openid a code was exchanged for from this very device within five minutes; None for a code never seen.

    Asked before WeChat, which would refuse the same code. Raises Unauthenticated `code_used` for any other repetition.
    """
    if not valid_ref(app):
        raise Unauthenticated("code_invalid")
    row = _spent(app, code)
    if row is None:
        return None
    if row.device != device or clock.now() - row.spent_at > REPEATABLE_FOR:
        raise Unauthenticated("code_used")
    return sealing.current().open(bytes(row.sealed_openid), _context(app, row.code_hash))


def begin_session_by_wechat(
    app: str, code: str, openid: str, device: str, invitation: str | None = None, opening: Opening | None = None
) -> Begun:
    """Sign in the WeChat person `openid`, whom `code` stood for; with an invitation's token, open it and bind them to it.

    They act for the invitation's person, else for whom they acted last, else for their first place. Raises
    Unauthenticated: `not_bound` (nobody we know, or nobody who may act), `code_used`, and the invitation's codes.
    """
    _require_device(device)
    # On its own, so that a refusal below still knows the code when it comes again with an invitation.
    _note_spent(app, code, openid, device)
    if invitation is None:
        return _session_by_wechat(app, code, openid, device)
    proof = proof_for(invitation, device, opening)
    with helping(invitation, device, opening):
        return _session_by_wechat(app, code, openid, device, invitation, proof)


def _session_by_wechat(
    app: str, code: str, openid: str, device: str, invitation: str | None = None, proof: SmsCode | None = None
) -> Begun:
    with _refusals_noted(lambda: recipients.persons_at("wechat", app, openid)), database.transaction():
        database.serialise("login-code", app, hash_of(code))
        spent = _spent(app, code)
        if spent is None or spent.device != device:
            raise Unauthenticated("code_used")
        invited = _opened_by_wechat(app, openid, invitation, proof) if invitation is not None else None
        places = places_of(recipients.persons_at("wechat", app, openid))
        place = place_to_act_for(places, invited.person_id if invited else None)
        end_sessions(Session.id == spent.session)
        begun, spent.session = begin(place, places, device, app)
        spent.save()
        if invited is not None and invited.opened_at is None:
            invitations.note_opened(invited, spent.session)
    return begun


def _opened_by_wechat(app: str, openid: str, token: str, proof: SmsCode | None) -> Invitation:
    """The invitation, its person bound to this WeChat person. One opened by the same WeChat person before still serves."""
    invitation = invitations.presented(token)
    person = invitation.person
    if person.public_id in recipients.persons_at("wechat", app, openid):
        return invitation
    if not proves(proof, person):
        _require_unopened(invitation)
    if recipients.address_of(person.public_id, "wechat", app) is not None:
        end_sessions(Session.person == person.id)  # another human, or another account, takes the record over
    _end_sessions_by_invitation(invitation)
    recipients.bind(person.public_id, "wechat", app, openid)
    return invitation


def begin_session_by_invitation(token: str, device: str, opening: Opening | None = None) -> Begun:
    """Sign in the invited person on this device, without WeChat: once, and for the inviting brand alone.

    The same device may repeat it for five minutes. Raises Unauthenticated: `invitation_invalid`; `invitation_expired`, and
    a fresh link is on its way to the bound number; opened elsewhere `phone_code_needed`, and a code is, where a number is
    bound to the person, else `invitation_used`. With that code it opens here too, as that number's holder.
    """
    _require_device(device)
    proof = proof_for(token, device, opening)
    noted = _refusals_noted(lambda: invitations.persons_named(token))
    with helping(token, device, opening), noted, database.transaction():
        invitation = invitations.presented(token)
        if proof is not None and proves(proof, invitation.person):
            return session_by_phone(proof, invitation)
        if invitation.opened_at is None or not is_repetition(invitation, device):
            _require_unopened(invitation)
        _end_sessions_by_invitation(invitation)
        places = places_of([invitation.person.public_id])
        begun, session_id = begin(place_to_act_for(places, invitation.person_id), places, device, app=None)
        invitations.note_opened(invitation, session_id)
    return begun


@contextmanager
def _refusals_noted(persons: Callable[[], Sequence[str]]) -> Iterator[None]:
    """Seal that people we know were not let in, in a transaction of its own: the refused one leaves nothing behind."""
    try:
        yield
    except Unauthenticated as refused:
        with database.transaction():
            people.note_about(persons(), "session.refused", reason=refused.code)
        raise


def _require_unopened(invitation: Invitation) -> None:
    if invitation.opened_at is None:
        invitations.require_openable(invitation)
        return
    can_prove = texting.is_on() and invitations.has_phone(invitation.person)
    raise Unauthenticated("phone_code_needed" if can_prove else "invitation_used")


def _end_sessions_by_invitation(invitation: Invitation) -> None:
    """A newer opening replaces what an earlier link gave: whoever got hold of that one is out."""
    end_sessions((Session.person == invitation.person_id) & Session.app.is_null())


def _note_spent(app: str, code: str, openid: str, device: str) -> None:
    code_hash = hash_of(code)
    now = clock.now()
    with database.transaction():
        SpentLoginCode.delete().where(SpentLoginCode.spent_at < now - 2 * REPEATABLE_FOR).execute()
        SpentLoginCode.insert(
            app=app,
            code_hash=code_hash,
            device=device,
            sealed_openid=sealing.current().seal(openid, _context(app, code_hash)),
            spent_at=now,
        ).on_conflict(conflict_target=[SpentLoginCode.app, SpentLoginCode.code_hash], action="IGNORE").execute()


def forget_spent_codes(before: datetime, after: int) -> Slice:
    """Forget a slice of the login codes spent before a moment: where nobody signs in, no sign-in tidies up."""
    return forgetting.forget(SpentLoginCode, SpentLoginCode.spent_at, before, after)


def forget_codes_of(session_ids: Sequence[int]) -> None:
    """Forget the login codes that began these sessions, with the openids they stood for."""
    SpentLoginCode.delete().where(SpentLoginCode.session.in_(list(session_ids))).execute()


def _spent(app: str, code: str) -> SpentLoginCode | None:
    found: SpentLoginCode | None = SpentLoginCode.get_or_none(
        SpentLoginCode.app == app, SpentLoginCode.code_hash == hash_of(code)
    )
    return found


def _context(app: str, code_hash: str) -> str:
    return f"spent_login_code:sealed_openid:{app}/{code_hash}"


def _require_device(device: object) -> None:
    faults = Faults()
    faults.text(("device",), device, longest=_LONGEST_DEVICE)
    faults.raise_if_any()
