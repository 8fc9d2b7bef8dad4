"""`flask --app wsgi …`: what an operator does at a terminal."""

import json
import signal
import sys
import threading
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from api import (
    audit_commands,
    backup_commands,
    demo,
    flow_commands,
    key_commands,
    metrics,
    openapi,
    person_commands,
    photo_commands,
    retention,
    settlement_commands,
    work,
)
from api.refusals import Group, refusals
from config import database
from config.settings import Settings, SettingsError
from notifications import jobs, outbox, relay, worker
from workflows.domain import keys, operators, organisations, text_messages
from workflows.domain.access import SCOPES

_DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"

db = Group("db", help="The schema of the database.")
demo_group = Group("demo", help="The made-up world of `make run`.")
brand = Group("brand", help="Brands and the keys of their systems.")
outbox_group = Group("outbox", help="What is to leave the house.")
docs = Group("docs", help="Generated documents.")


db.add_command(backup_commands.db_backup)
db.add_command(backup_commands.db_restore)


def register(app: Flask) -> None:
    """Give `app` its commands."""
    for command in (
        db,
        demo_group,
        brand,
        outbox_group,
        docs,
        flow_commands.flows,
        audit_commands.audit,
        key_commands.keys,
        photo_commands.photos,
        person_commands.partner,
        person_commands.person,
        settlement_commands.settlements,
        run_worker,
        run_clock,
    ):
        app.cli.add_command(command)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["partnerline.settings"]
    return settings


@click.command("worker")
@click.option("--queue", "queues", multiple=True, help="Serve this queue alone; may be repeated.")
@with_appcontext
def run_worker(queues: tuple[str, ...]) -> None:
    """Deliver what is due, at every wake-up, until stopped."""
    settings = _settings()
    served = work.handlers(settings)
    unknown = set(queues) - set(served)
    if unknown:
        raise click.ClickException(f"no such queue: {', '.join(sorted(unknown))}; there are {', '.join(served)}")
    _serve_figures(settings)
    work.schedule()
    worker.run(settings, {name: handler for name, handler in served.items() if not queues or name in queues})


@click.command("clock")
@with_appcontext
def run_clock() -> None:
    """Sweep every second, so that nothing due is missed, until stopped."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = _settings()
    _serve_figures(settings)
    relay.run_clock(settings, work.handlers(settings), stop)


def _serve_figures(settings: Settings) -> None:
    try:
        metrics.serve(settings)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema up to date."""
    path = _settings().database_url.removeprefix("sqlite:///")
    if path != _settings().database_url:
        _make_folder(Path(path).parent)
    applied = database.migrate()
    click.echo(f"applied: {', '.join(applied)}" if applied else "up to date")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"no folder for the database can be made: {error}") from error


@db.command("status")
def db_status() -> None:
    """Name the migrations not yet applied; exit code 1 when there are any."""
    waiting = database.pending()
    click.echo(f"pending: {', '.join(waiting)}" if waiting else "up to date")
    sys.exit(1 if waiting else 0)


@demo_group.command("load")
def demo_load() -> None:
    """Make the demo world once; later runs keep it. Demo only."""
    settings = _settings()
    if not settings.is_demo:
        raise click.ClickException("there is a demo world in the demo only (PARTNERLINE_ENV=demo)")
    with database.connection():
        demo.load(settings)
    click.echo(f"written: {settings.state_dir / 'demo.json'}")


@brand.command("create")
@click.argument("ref")
@click.option("--name", required=True)
@click.option("--time-zone", default="Asia/Shanghai", show_default=True)
@click.option("--language", default="zh", show_default=True)
def brand_create(ref: str, name: str, time_zone: str, language: str) -> None:
    """Make the brand REF."""
    with database.connection(), refusals():
        made = organisations.create_brand(ref, name, time_zone, language)
    click.echo(made.public_id)


@brand.command("key")
@click.argument("ref")
@click.option("--name", default="erp", show_default=True, help="What the key is for; two of one name live at once.")
@click.option("--scope", "scopes", multiple=True, help="May be repeated; all scopes unless said.")
@click.option("--revoke", metavar="PREFIX", help="Stop this key (plk_ and eight letters) instead of making one.")
def brand_key(ref: str, name: str, scopes: tuple[str, ...], revoke: str | None) -> None:
    """Make an API key of the brand REF and print it, this once."""
    with database.connection(), refusals():
        found = organisations.brand_named(ref)
        if revoke:
            keys.revoke_key(found, revoke)
            click.echo(f"revoked: {revoke}")
            return
        click.echo(keys.create_key(found, scopes or SCOPES, name))


@brand.command("sms")
@click.argument("ref")
@click.option("--daily-fen", type=click.IntRange(0, 100_000_000), help="What the brand may spend a day from now on.")
def brand_sms(ref: str, daily_fen: int | None) -> None:
    """Say what the brand REF may spend on text messages a day and has spent today, in fen; or change it."""
    with database.connection(), refusals():
        found = organisations.brand_named(ref)
        if daily_fen is not None:
            text_messages.set_budget(found, daily_fen)
        allowed, spent = text_messages.budget_of(found)
    click.echo(json.dumps({"daily_fen": allowed, "spent_today_fen": spent}))


@outbox_group.command("status")
def outbox_status() -> None:
    """Count rows by queue and state, and say how long the oldest due one has waited."""
    with database.connection():
        click.echo(json.dumps(outbox.status(), indent=2))


@outbox_group.command("drain")
def outbox_drain() -> None:
    """Deliver what is due now, here, without Redis."""
    settled = jobs.drain_due(work.handlers(_settings()), threading.Event())
    click.echo(f"settled: {settled}")


@outbox_group.command("retry")
@click.argument("row")
def outbox_retry(row: str) -> None:
    """Try a dead or unknown ROW again."""
    with database.connection():
        _say_whether(operators.retry(row), f"due again: {row}", f"no dead or unknown row {row}")


@outbox_group.command("drop")
@click.argument("row")
def outbox_drop(row: str) -> None:
    """Give up on a ROW."""
    with database.connection():
        _say_whether(operators.drop(row), f"dropped: {row}", f"no open row {row}")


@docs.command("openapi")
def docs_openapi() -> None:
    """Write docs/openapi.json."""
    found = openapi.document(current_app, current_app.extensions["partnerline.api"])
    _DOCUMENT.write_text(openapi.written(found), encoding="utf-8")
    click.echo(str(_DOCUMENT))


@docs.command("retention")
def docs_retention() -> None:
    """Write docs/retention.md."""
    path = _DOCUMENT.with_name("retention.md")
    path.write_text(retention.document(), encoding="utf-8")
    click.echo(str(path))


def _say_whether(is_done: bool, done: str, otherwise: str) -> None:
    if not is_done:
        raise click.ClickException(otherwise)
    click.echo(done)
