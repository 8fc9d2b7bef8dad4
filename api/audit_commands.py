"""`flask audit …`: is what was recorded still what was recorded?"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from flask import current_app

from api.refusals import Group
from config import database
from config.settings import Settings
from workflows.domain.audit import anchors, verify
from workflows.domain.audit.verify import Finding

audit = Group("audit", help="The chain of changes, and its anchors outside.")


@audit.command("verify")
@click.option(
    "--anchors",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file of anchors; AUDIT_ANCHORS unless said.",
)
def audit_verify(path: Path | None) -> None:
    """Walk every chain and print one line for each thing that was tampered with; exit code 1 when there is any."""
    path = path or _set_path()
    with database.connection():
        count = sum(1 for _ in map(_say, _findings(path)))
    if path is None:
        click.echo("no anchors: an end that was cut off, or a chain written anew, cannot be found", err=True)
    click.echo(f"findings: {count}" if count else "nothing was tampered with")
    sys.exit(1 if count else 0)


@audit.command("anchor")
def audit_anchor() -> None:
    """Write where the chains end now to the file of anchors (AUDIT_ANCHORS)."""
    path = _settings().audit_anchors
    if path is None:
        raise click.ClickException("AUDIT_ANCHORS is not set: there is no file outside to write to")
    with database.connection():
        click.echo(f"anchored: {anchors.write(path)} chains in {path}")


def _findings(path: Path | None) -> Iterator[Finding]:
    yield from verify.findings(_tell_progress)
    if path is not None:
        yield from verify.against(anchors.read(path))


def _say(finding: Finding) -> None:
    click.echo(str(finding))


def _tell_progress(chain: str, seq: int) -> None:
    click.echo(f"{chain}: {seq} entries", err=True)


def _set_path() -> Path | None:
    path = _settings().audit_anchors
    return path if path is not None and path.exists() else None


def _settings() -> Settings:
    settings: Settings = current_app.extensions["partnerline.settings"]
    return settings
