"""`flask keys …`: the secret that seals addresses at rest."""

import sys
from collections.abc import Iterator

import click

from api.refusals import Group
from config import database
from config.resealing import Resealed
from workflows.domain import operators

keys = Group("keys", help="The secret that seals phones and openids.")


@keys.command("rotate")
def keys_rotate() -> None:
    """Seal every address, and every number that opened a session, under the present SECRET_KEY, 500 at a time.

    Safe to interrupt, and to run again. Exit code 1 while something remains that no key of ours opens: keep
    SECRET_KEY_OLD then.
    """
    unreadable: list[str] = []
    with database.connection():
        left = operators.sealed_before()
        click.echo(f"to do: {left}")
        for row_name, done in _slices():
            unreadable += [f"{row_name} {row}" for row in done.unreadable]
            left -= done.count
            click.echo(f"sealed again: {done.count}, remaining: {max(left, 0)}")
        remaining = operators.sealed_before()
    for row in unreadable:
        click.echo(f"cannot be opened by any key: {row}", err=True)
    click.echo(_advice(remaining))
    sys.exit(1 if remaining else 0)


def _slices() -> Iterator[tuple[str, Resealed]]:
    for table in operators.SEALED_TABLES:
        after = 0
        while (done := operators.reseal(table, after)) is not None:
            yield table.row_name, done
            after = done.last


def _advice(remaining: int) -> str:
    if remaining:
        return f"remaining: {remaining}. Keep SECRET_KEY_OLD and run this again."
    return "remaining: 0. SECRET_KEY_OLD may go once the invitations made before are no longer waited for (14 days)."
