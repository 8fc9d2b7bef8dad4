"""`flask --app wsgi db backup|restore`: one command each, for an operator at night (docs/operations.md)."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from api.refusals import first_line
from config import database
from config.backup import backup
from config.backup.manifest import Manifest, Unusable
from config.settings import Settings
from notifications import outbox, texting
from workflows.domain import restoring

_KEPT = 72
_LISTED = 100


@click.command("backup")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Where to; STATE_DIR/backups unless said.")
@click.option("--keep", type=click.IntRange(1), default=_KEPT, show_default=True, help="How many stay in the folder.")
@with_appcontext
def db_backup(folder: Path | None, keep: int) -> None:
    """Write and verify a backup of the database, while everybody works."""
    settings = _settings()
    try:
        taken = backup.take(settings.database_url, folder or settings.state_dir / "backups", keep)
    except (Unusable, OSError) as error:
        raise click.ClickException(f"no backup was taken: {first_line(error)}") from error
    click.echo(f"backed up: {taken.path}")
    click.echo(f"  {_what(taken.manifest)}, verified; {_size(taken.path)}; holds all acknowledged before")
    click.echo(f"  {_moment(taken.manifest)}")
    for path in taken.removed:
        click.echo(f"  removed: {path.name}")
    click.echo(
        "  not in it: SECRET_KEY, SECRET_KEY_OLD and other settings, photos (`photos copy --to`). Keep those elsewhere."
    )


@click.command("restore")
@click.argument("path", metavar="BACKUP", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--nothing-lost", is_flag=True, help="A move: everything was stopped before the backup. Numbers go on as they were."
)
@with_appcontext
def db_restore(path: Path, nothing_lost: bool) -> None:
    """Restore BACKUP (its folder, or one full of them: the newest) to DATABASE_URL, where nothing may be."""
    url = _settings().database_url
    chosen = backup.newest(path) or path
    ends: dict[str, int] = {}
    doubtful: list[str] = []
    applied: list[str] = []
    held: list[str] = []

    def settle_into(restored: str) -> None:
        database.connect(restored)
        applied.extend(database.migrate())
        with database.connection():
            ends.update({} if nothing_lost else restoring.skip_lost_numbers())
            held.extend([] if nothing_lost else texting.hold_after_restore())
            doubtful.extend([] if nothing_lost else outbox.in_doubt())
        database.proxy.obj.close_all()
        database.connect(url)

    try:
        manifest = backup.restore(chosen, url, settle_into)
    except (Unusable, OSError) as error:
        raise click.ClickException(f"nothing was restored: {first_line(error)}") from error
    _say(chosen, manifest, ends, doubtful, applied)
    if held:
        click.echo(
            f"  {len(held)} text messages are held; the provider is asked what became of them: {' '.join(held[:_LISTED])}"
        )


def _say(
    path: Path, manifest: Manifest, ends: Mapping[str, int], doubtful: Sequence[str], applied: Sequence[str]
) -> None:
    click.echo(f"restored: {path.name}, {_what(manifest)}, verified")
    click.echo(f"  what was acknowledged after {_moment(manifest)} is lost")
    for brand, seq in ends.items():
        click.echo(f"  {brand}: the feed ends at {seq} and goes on, after a gap, with new numbers")
    if doubtful:
        click.echo(
            f"  {len(doubtful)} were about to be sent at that moment and will be; some may arrive a second time:"
        )
        click.echo(f"  {' '.join(doubtful[:_LISTED])}{' …' if len(doubtful) > _LISTED else ''}")
    if applied:
        click.echo(f"  brought up to date: {', '.join(applied)}")
    click.echo("  next: photos verify, audit verify, start the processes, then revoke again")
    click.echo("  the keys, sessions and persons that were revoked or erased since (docs/operations.md)")


def _what(manifest: Manifest) -> str:
    rows = sum(manifest.held.rows.values())
    return f"{manifest.store}, {rows} rows in {len(manifest.held.rows)} tables, schema {manifest.held.migrations[-1]}"


def _moment(manifest: Manifest) -> str:
    return f"{manifest.moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"


def _size(path: Path) -> str:
    return f"{sum(file.stat().st_size for file in path.iterdir()) / 1e6:.1f} MB"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["partnerline.settings"]
    return settings
