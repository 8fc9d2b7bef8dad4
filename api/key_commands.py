"""`flask keys …`: the secret that seals addresses at rest."""

import sys
from collections.abc import Iterator

import click
from flask.cli import AppGroup

from config import database
from notifications import recipients
from notifications.recipients import Resealed
from workflows.domain import operators

keys = AppGroup("keys", help="The secret that seals phones and openids.")


@keys.command("rotate")
def keys_rotate() -> None:
    """Seal every address under the present SECRET_KEY, 500 at a time; safe to interrupt, and to run again.

    Exit code 1 while something remains that no key of ours opens: keep SECRET_KEY_OLD then.
    """
    unreadable: list[int] = []
    with database.connection():
        left = recipients.sealed_before()
        click.echo(f"to do: {left}")
        for done in _slices():
            unreadable += done.unreadable
            left -= done.count
            click.echo(f"sealed again: {done.count}, remaining: {max(left, 0)}")
        remaining = recipients.sealed_before()
    for row in unreadable:
        click.echo(f"cannot be opened by any key: address {row}", err=True)
    click.echo(_advice(remaining))
    sys.exit(1 if remaining else 0)


def _slices() -> Iterator[Resealed]:
    after = 0
    while (done := operators.reseal(after)) is not None:
        yield done
        after = done.last


def _advice(remaining: int) -> str:
    if remaining:
        return f"remaining: {remaining}. Keep SECRET_KEY_OLD and run this again."
    return "remaining: 0. SECRET_KEY_OLD may go once the invitations made before are no longer waited for (14 days)."
