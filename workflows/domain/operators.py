"""What operators do at a terminal, noted in the audit: in the chain of the brand it concerns, else in the house's own."""

from typing import Any

from config import database
from notifications import outbox, recipients
from notifications.outbox import OutboxRow
from notifications.recipients import Resealed
from workflows.domain.audit.noting import HOUSE, OPERATOR, note
from workflows.domain.people import Person


def retry(row: str) -> bool:
    """Let a dead or unknown row be tried again; False where there is none."""
    return _done("outbox.retried", row, outbox.retry)


def drop(row: str) -> bool:
    """Give up on a row; False where there is none."""
    return _done("outbox.dropped", row, outbox.drop)


def _done(kind: str, row: str, act: Any) -> bool:
    with database.transaction():
        is_done = bool(act(row))
        if is_done:
            note(_brand_of(row), OPERATOR, kind, "outbox_row", row)
    return is_done


def _brand_of(row: str) -> int:
    recipient = OutboxRow.get(OutboxRow.public_id == row).recipient
    person = Person.get_or_none(Person.public_id == recipient)
    return person.brand if person else HOUSE


def reseal(after: int) -> Resealed | None:
    """Seal the next 500 addresses behind the row `after` under the current key; None when nothing is left."""
    with database.transaction():
        done = recipients.reseal(after=after)
        if done and done.count:
            note(HOUSE, OPERATOR, "keys.rotated", "house", "", resealed=done.count)
    return done
