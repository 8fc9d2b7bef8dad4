"""What operators do at a terminal, noted in the audit: in the chain of the brand it concerns, else in the house's own."""

from typing import Any

from config import database, resealing
from config.resealing import Resealed, SealedTable
from notifications import outbox, recipients
from notifications.outbox import OutboxRow
from workflows.domain import proved_numbers
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


# What lives for minutes is not sealed again: codes sent to phones and spent login codes are gone within a day
# (docs/retention.md), and a former key stays for 14. Taken away at once, it costs whoever waits for a code another one.
SEALED_TABLES = (recipients.SEALED, proved_numbers.SEALED)


def sealed_before() -> int:
    """How many rows of all tables are still sealed under an earlier key."""
    return sum(resealing.sealed_before(table) for table in SEALED_TABLES)


def reseal(table: SealedTable, after: int) -> Resealed | None:
    """Seal the next 500 rows of a table behind the row `after` under the current key; None when nothing is left."""
    with database.transaction():
        done = resealing.reseal(table, after=after)
        if done and done.count:
            note(HOUSE, OPERATOR, "keys.rotated", "house", "", resealed=done.count)
    return done
