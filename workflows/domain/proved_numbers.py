"""The number that a session's human proved to hold: sealed in the session, and what it reaches.

It is not the number that their record has now: a brand can write that one.
"""

import peewee

from config import sealing
from config.resealing import SealedTable
from config.sealing import CannotOpen
from notifications import recipients
from workflows.domain.access import Session


def sealed(number: str, token_hash: str) -> bytes:
    """The number as the session with this token keeps it."""
    return sealing.current().seal(number, _context(token_hash))


def holders(session: Session) -> list[str]:
    """The ids of the person records bound to the number that opened the session; none where no key of ours opens it."""
    try:
        number = _opened(session)
    except CannotOpen:  # its key was taken away without `keys rotate`: the session goes on as the one record
        return []
    return recipients.persons_at("phone", "", number)


def _opened(session: Session) -> str:
    return sealing.current().open(bytes(session.sealed_phone or b""), _context(session.token_hash))


def _context(token_hash: str) -> str:
    return f"phone_session:sealed_phone:{token_hash}"


def _is_sealed_before() -> peewee.Expression:
    key_of_row = peewee.fn.SUBSTR(Session.sealed_phone, 1, sealing.KEY_ID_BYTES)
    is_old: peewee.Expression = key_of_row != bytes.fromhex(sealing.current().key_id)
    return Session.sealed_phone.is_null(False) & is_old


def _seal_again(session: Session) -> None:
    session.sealed_phone = sealed(_opened(session), session.token_hash)
    session.save(only=[Session.sealed_phone])


SEALED = SealedTable("session", Session, _is_sealed_before, _seal_again)
