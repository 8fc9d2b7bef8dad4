"""A backup and its restoring as an operator meets them: whole or not at all, never over anything, and said in words."""

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from click.testing import Result
from flask import Flask

from api.app import create_app
from config import database
from config.backup import backup
from config.settings import Settings
from notifications import outbox
from notifications.outbox import NOTICES, OutboxRow
from tests import released
from tests.api.conftest import World
from tests.fire.standing import own_database
from workflows.domain import events
from workflows.domain.purchasing.orders import PurchaseOrder

ON_A_SERVER = os.environ.get("TEST_DATABASE_URL", "")


def run(app: Flask, *arguments: str) -> Result:
    """What an operator's command says, in a process that stands on this app's database."""
    database.proxy.obj.close_all()
    database.connect(url_of(app))
    return app.test_cli_runner().invoke(args=list(arguments))


def url_of(app: Flask) -> str:
    settings: Settings = app.extensions["partnerline.settings"]
    return settings.database_url


@contextmanager
def on_the_database_of(app: Flask) -> Iterator[None]:
    """This test's own thread on an app's database."""
    database.proxy.obj.close_all()
    database.connect(url_of(app))
    with database.connection():
        yield
    database.proxy.obj.close_all()


@pytest.fixture
def taken(world: World, tmp_path: Path) -> Path:
    """A backup of a world with one order."""
    world.order("PO-1")
    said = run(world.app, "db", "backup", "--to", str(tmp_path / "backups"))
    assert said.exit_code == 0, said.output
    return next((tmp_path / "backups").iterdir())


@pytest.fixture
def empty_place(tmp_path: Path) -> Iterator[str]:
    """Where a database may be restored to."""
    if not ON_A_SERVER:
        yield f"sqlite:///{tmp_path / 'elsewhere' / 'partnerline.db'}"
        return
    name = f"partnerline_restore_{uuid4().hex[:10]}"
    with psycopg.connect(ON_A_SERVER, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    yield f"{ON_A_SERVER.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(ON_A_SERVER, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def elsewhere(settings: Settings, empty_place: str) -> Iterator[Flask]:
    """The app as a restoring operator starts it: on a database that is not there yet."""
    before = database.proxy.obj
    made = create_app(replace(settings, database_url=empty_place))
    database.proxy.initialize(before)
    yield made
    database.proxy.obj.close_all()


def test_a_restored_house_goes_on_where_the_backup_was(taken: Path, elsewhere: Flask) -> None:
    said = run(elsewhere, "db", "restore", str(taken))
    assert said.exit_code == 0, said.output
    assert "verified" in said.output
    with on_the_database_of(elsewhere):
        assert [order.ref for order in PurchaseOrder.select()] == ["PO-1"]
        assert database.pending() == []


def test_a_folder_of_backups_gives_its_newest(world: World, taken: Path, elsewhere: Flask) -> None:
    with on_the_database_of(world.app):
        world.order("PO-2")
    run(world.app, "db", "backup", "--to", str(taken.parent))
    assert run(elsewhere, "db", "restore", str(taken.parent)).exit_code == 0
    with on_the_database_of(elsewhere):
        assert {order.ref for order in PurchaseOrder.select()} == {"PO-1", "PO-2"}


def test_a_backup_is_its_owners_alone_and_leaves_nothing_unfinished(taken: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in taken.iterdir()} == {0o600}
    assert taken.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in taken.parent.iterdir()] == [taken.name]


def test_a_live_database_is_never_overwritten(taken: Path, world: World) -> None:
    said = run(world.app, "db", "restore", str(taken))
    assert said.exit_code == 1
    assert "a restore overwrites nothing" in said.output
    with on_the_database_of(world.app):
        assert PurchaseOrder.select().count() == 1


@pytest.mark.skipif(bool(ON_A_SERVER), reason="what SQLite keeps beside a database")
def test_neither_is_one_of_which_only_the_wal_is_left(taken: Path, elsewhere: Flask) -> None:
    target = Path(url_of(elsewhere).removeprefix("sqlite:///"))
    target.parent.mkdir()
    target.with_name(f"{target.name}-wal").touch()
    assert "partnerline.db-wal exists" in run(elsewhere, "db", "restore", str(taken)).output


def test_a_damaged_backup_is_refused_before_anything_is_written(
    taken: Path, elsewhere: Flask, empty_place: str
) -> None:
    file = next(path for path in taken.iterdir() if path.name != "manifest.json")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    said = run(elsewhere, "db", "restore", str(taken))
    assert (said.exit_code, "is damaged" in said.output) == (1, True)
    assert_nothing_at(empty_place)


def test_a_backup_whose_rows_are_not_those_it_names_is_refused(taken: Path, elsewhere: Flask, empty_place: str) -> None:
    manifest = json.loads((taken / "manifest.json").read_text())
    manifest["held"]["rows"]["event"] += 1
    (taken / "manifest.json").write_text(json.dumps(manifest))
    said = run(elsewhere, "db", "restore", str(taken))
    assert (said.exit_code, "not those of the backup" in said.output) == (1, True)
    if not ON_A_SERVER:
        assert_nothing_at(empty_place)


def test_a_backup_of_a_newer_release_asks_for_that_release(taken: Path, elsewhere: Flask) -> None:
    manifest = json.loads((taken / "manifest.json").read_text())
    manifest["held"]["migrations"].append("9999_of_tomorrow")
    (taken / "manifest.json").write_text(json.dumps(manifest))
    assert "newer release (9999_of_tomorrow)" in run(elsewhere, "db", "restore", str(taken)).output


def test_what_is_no_backup_is_said_to_be_none(tmp_path: Path, elsewhere: Flask) -> None:
    said = run(elsewhere, "db", "restore", str(tmp_path))
    assert (said.exit_code, "is no backup that can be read" in said.output) == (1, True)


def test_the_newest_stay_and_what_a_killed_backup_left_is_cleared_away(taken: Path, world: World) -> None:
    (taken.parent / ".unfinished-partnerline-20200101").mkdir()
    for _ in range(3):
        assert run(world.app, "db", "backup", "--to", str(taken.parent), "--keep", "2").exit_code == 0
    left = sorted(path.name for path in taken.parent.iterdir())
    assert len(left) == 2
    assert taken.name not in left


def test_a_restored_feed_never_gives_a_lost_number_again(taken: Path, world: World, elsewhere: Flask) -> None:
    """A brand's system that has read further than the backup reaches must see what comes next."""
    brand = world.brand
    with on_the_database_of(world.app):
        read_to = len(events.page(brand.id, 0, 1_000)) + 50
    said = run(elsewhere, "db", "restore", str(taken))
    assert re.search(rf"{brand.name}: the feed ends at {read_to - 50} ", said.output)
    with on_the_database_of(elsewhere):
        before = events.page(brand.id, 0, 1_000)
        world.order("PO-AFTER")
        after = events.page(brand.id, read_to, 10)
    assert [event.seq for event in before[:-1]] == list(range(1, len(before)))
    assert [event.type for event in after] == ["feed.restored", "order.placed"]
    assert after[0].data == {"last_seq": len(before) - 1}


def test_its_chain_of_changes_is_whole(taken: Path, elsewhere: Flask) -> None:
    assert run(elsewhere, "db", "restore", str(taken)).exit_code == 0
    assert "nothing was tampered with" in run(elsewhere, "audit", "verify").output


def test_a_backup_of_an_older_release_is_brought_up_to_date(tmp_path: Path, elsewhere: Flask) -> None:
    """What a former release left is what is restored at night, by the release that runs now."""
    (tmp_path / "older").mkdir()
    with own_database(tmp_path / "older") as older:
        bound = database.connect(older)
        with database.connection(), database.transaction():
            database.runner().up("0001_initial")
            released.load(json.loads((released.FOLDER / "0001_initial.json").read_text("utf-8"))["rows"])
        bound.close_all()
        backup.take(older, tmp_path / "backups", keep=1)
    said = run(elsewhere, "db", "restore", str(tmp_path / "backups"))
    assert (said.exit_code, "brought up to date: 0002" in said.output) == (0, True), said.output
    with on_the_database_of(elsewhere):
        assert {order.ref for order in PurchaseOrder.select()} == {"PO-OPEN", "PO-DONE", "PO-NEW"}
        assert database.pending() == []


def test_a_phone_that_saw_more_than_the_backup_sees_its_inbox_anew(taken: Path, world: World, elsewhere: Flask) -> None:
    with on_the_database_of(world.app):
        for number in range(3):
            world.order(f"PO-LOST-{number}")
        tag = world.phone().get("/api/v1/phone/inbox").headers["ETag"]
    run(elsewhere, "db", "restore", str(taken))
    with on_the_database_of(elsewhere):
        for number in range(3):
            world.order(f"PO-INSTEAD-{number}")
        again = World(elsewhere, world.brand, world.supplier, world.owner, world.clerk).phone()
        assert again.get("/api/v1/phone/inbox", If_None_Match=tag).status_code == 200


def test_a_move_keeps_the_numbers(taken: Path, world: World, elsewhere: Flask) -> None:
    with on_the_database_of(world.app):
        last = events.page(world.brand.id, 0, 1_000)[-1].seq
    assert run(elsewhere, "db", "restore", str(taken), "--nothing-lost").exit_code == 0
    with on_the_database_of(elsewhere):
        world.order("PO-AFTER")
        assert events.page(world.brand.id, last, 10)[0].seq == last + 1


def test_what_was_about_to_leave_is_named(taken: Path, elsewhere: Flask) -> None:
    said = run(elsewhere, "db", "restore", str(taken)).output
    with on_the_database_of(elsewhere):
        leaving = (OutboxRow.state == "due") & (OutboxRow.queue == NOTICES)
        waiting = [row.public_id for row in OutboxRow.select().where(leaving)]
    assert waiting
    assert all(name in said for name in waiting)


def test_a_text_message_that_was_due_is_never_paid_for_twice(world: World, tmp_path: Path, elsewhere: Flask) -> None:
    with on_the_database_of(world.app), database.transaction():
        outbox.publish_on(outbox.TEXTS, {"kind": "code"}, "text-1")
        text = OutboxRow.get(OutboxRow.queue == outbox.TEXTS).public_id
    run(world.app, "db", "backup", "--to", str(tmp_path / "backups"))
    said = run(elsewhere, "db", "restore", str(tmp_path / "backups")).output
    assert re.search(rf"1 text messages are held.*{text}", said)
    with on_the_database_of(elsewhere):
        assert OutboxRow.get(OutboxRow.public_id == text).state == "unknown"
        assert OutboxRow.get(OutboxRow.queue == outbox.CHECKS).payload == {"text": text}


def assert_nothing_at(url: str) -> None:
    if url.startswith("sqlite"):
        folder = Path(url.removeprefix("sqlite:///")).parent
        assert not folder.exists() or list(folder.iterdir()) == []
        return
    with psycopg.connect(url) as server:
        assert server.execute("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


@pytest.mark.skipif(bool(ON_A_SERVER), reason="a file alone is a backup of SQLite only")
def test_a_backup_is_one_whole_file(taken: Path) -> None:
    with sqlite3.connect(f"file:{taken / 'database.sqlite3'}?mode=ro&immutable=1", uri=True) as found:
        assert found.execute("SELECT ref FROM purchase_order").fetchall() == [("PO-1",)]
        assert found.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    found.close()
