"""`flask photos …`: are the bytes of every photo there?"""

import sys

import click

from api.refusals import Group
from config import database
from config.blobs import StoreAway
from workflows.domain.evidence import sweeping

photos = Group("photos", help="Photos and the store that keeps their bytes.")


@photos.command("verify")
def photos_verify() -> None:
    """Hold every photo against the store, deleting nothing: which lack their bytes (exit code 1), and what no photo needs."""
    looked_at = orphans = missing = 0
    with database.connection():
        try:
            for found in sweeping.walk():
                looked_at, orphans = looked_at + found.looked_at, orphans + len(found.orphans)
                missing += len(found.missing)
                for key in found.missing:
                    click.echo(f"its bytes are gone: {key}", err=True)
        except StoreAway as error:
            raise click.ClickException(f"the photo store cannot be asked: {error}") from error
    click.echo(
        f"stored: {looked_at}, photos without bytes: {missing}, bytes without a photo for more than a day: {orphans}"
    )
    sys.exit(1 if missing else 0)
