"""What somebody may do who has the database in their hands: its refusals switched off, its hashes reckoned anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from config import database
from workflows.domain.audit.entries import AuditEntry, Head, fact_of, linked
from workflows.domain.audit.views import AuditView
from workflows.domain.events import EventCounter


@contextmanager
def unguarded() -> Iterator[None]:
    """The tables of the audit take any change, as they do for whoever owns the server or the file."""
    if database.is_postgres():
        database.proxy.execute_sql("SET session_replication_role = replica")
        try:
            yield
        finally:
            database.proxy.execute_sql("SET session_replication_role = DEFAULT")
        return
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('audit_entry', 'audit_view')"
    guards = list(database.proxy.execute_sql(query))
    for name, _ in guards:
        database.proxy.execute_sql(f"DROP TRIGGER {name}")
    yield
    for _, sql in guards:
        database.proxy.execute_sql(sql)


def entry(brand: int, seq: int) -> AuditEntry:
    """One entry of a chain."""
    found: AuditEntry = AuditEntry.get(AuditEntry.brand == brand, AuditEntry.seq == seq)
    return found


def edit(brand: int, seq: int, **changes: Any) -> None:
    """Change an entry as it lies there."""
    AuditEntry.update(**changes).where(AuditEntry.brand == brand, AuditEntry.seq == seq).execute()


def remove(brand: int, first: int, last: int) -> None:
    """Take entries away."""
    AuditEntry.delete().where(AuditEntry.brand == brand, AuditEntry.seq.between(first, last)).execute()


def reckon_anew(brand: int, with_end: bool = True) -> None:
    """Give every entry the hash that fits, as the chain now stands, and number them without a gap."""
    head = Head()
    for row in AuditEntry.select().where(AuditEntry.brand == brand).order_by(AuditEntry.seq):
        head = linked(brand, head, fact_of(row))
        AuditEntry.update(seq=head.seq, hash=head.hash).where(AuditEntry.id == row.id).execute()
    if with_end:
        EventCounter.update(audit_seq=head.seq, audit_hash=head.hash).where(EventCounter.brand == brand).execute()


def set_end(brand: int, seq: int) -> None:
    """Let the chain seem to end at an entry."""
    last = entry(brand, seq)
    EventCounter.update(audit_seq=seq, audit_hash=last.hash).where(EventCounter.brand == brand).execute()


def change_view(brand: int, **changes: Any) -> None:
    """Change who saw what first."""
    first = AuditView.select().where(AuditView.brand == brand).order_by(AuditView.id).first()
    AuditView.update(**changes).where(AuditView.id == first.id).execute()
