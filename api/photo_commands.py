"""`flask photos …`: are the bytes of every photo there?"""

import sys
from pathlib import Path

import click

from api.refusals import Group
from config import blobs, database
from config.blobs import StoreAway
from workflows.domain.evidence import copying, sweeping

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


@photos.command("copy")
@click.option("--to", "target", type=click.Path(file_okay=False, path_type=Path), help="Copy what this folder lacks.")
@click.option("--from", "source", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Bring back.")
@click.option("--prune", is_flag=True, help="With --to: delete there what no photo needs any more.")
def photos_copy(target: Path | None, source: Path | None, prune: bool) -> None:
    """Copy every photo to a folder beside the backups, or bring those back that the store lacks; exit code 1 where some are gone.

    Each original is compared with the hash it had when it was received. Safe to interrupt, and to run again.
    """
    if (target is None) == (source is None) or (prune and target is None):
        raise click.UsageError("name --to FOLDER or --from FOLDER; --prune goes with --to")
    folder = blobs.opened(f"file:{(target or source or Path()).resolve()}")
    ends = (blobs.store(), folder) if target else (folder, blobs.store())
    with database.connection():
        try:
            lacking = _copied(*ends)
            pruned = copying.prune(folder) if prune else 0
        except StoreAway as error:
            raise click.ClickException(f"a photo store cannot be asked: {error}") from error
    if prune:
        click.echo(f"deleted from the copy: {pruned}")
    sys.exit(1 if lacking else 0)


def _copied(source: blobs.BlobStore, target: blobs.BlobStore) -> int:
    """Copy everything and say what came of it; how many photos could not be."""
    copied = there = lacking = 0
    for done in copying.copy(source, target):
        copied, there = copied + done.copied, there + done.there
        lacking += len(done.missing) + len(done.differing)
        for key in done.missing:
            click.echo(f"its bytes are gone: {key}", err=True)
        for key in done.differing:
            click.echo(f"its bytes are not those that were received: {key}", err=True)
    click.echo(f"copied: {copied}, there already: {there}, not to be had: {lacking}")
    return lacking
