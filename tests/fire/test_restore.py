"""A backup that is taken under load restores to every acknowledged write up to its moment, on the real processes.

Planted faults: the database's file copied without its WAL (SQLite), tables copied one after the other (PostgreSQL).
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.acceptance.stack import eventually
from tests.fire.conftest import LONG
from tests.fire.drill import CONSENTS, Found, Writing, contradictions, in_doubt, missing, writers
from tests.fire.house import FIXTURE, running_redis
from tests.fire.standing import environment, flask, own_database, standing
from tests.wechat_stub import RunningStub, running_stub

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]
SERVER = os.environ.get("TEST_DATABASE_URL", "")
WRITERS = 6 if LONG else 3
BEFORE, AFTER = (600, 300) if LONG else (60, 30)
COPIES = 1 if SERVER else 20  # a copy taken right after a checkpoint happens to hold everything
ROUNDS = 5 if LONG else 1


@pytest.fixture(scope="module")
def outside() -> Iterator[tuple[RunningStub, str]]:
    """WeChat and Redis: what is outside the house and survives its database."""
    with running_stub(FIXTURE) as stub, running_redis() as redis_url:
        yield stub, redis_url


def folder(tmp_path: Path, name: str) -> Path:
    """A state folder of its own."""
    made = tmp_path / name
    made.mkdir()
    return made


def test_a_backup_under_load_restores_to_every_acknowledged_write_and_the_house_goes_on(
    tmp_path: Path, outside: tuple[RunningStub, str]
) -> None:
    stub, redis_url = outside
    first, second = folder(tmp_path, "first"), folder(tmp_path, "second")
    with ExitStack() as stack:
        live_url, new_url = stack.enter_context(own_database(first)), stack.enter_context(own_database(second))
        environ = environment(live_url, redis_url, stub, first)
        flask(environ, "db", "upgrade")
        with standing(environ) as house:
            crew = writers(house, stub, WRITERS)
            with Writing(crew) as writing:
                for _ in range(ROUNDS):
                    writing.wait_for(BEFORE)
                    house.flask("db", "backup", "--to", str(tmp_path / "backups"))
                    writing.wait_for(AFTER)
            acks, live = writing.acks(), Found.at(live_url)
        told_before = messages(stub)
        assert not missing(live, acks, time.time())

        again = environment(new_url, redis_url, stub, second)
        said = flask(again, "db", "restore", str(tmp_path / "backups"))
        found, moment = Found.at(new_url), moment_of(tmp_path / "backups")
        assert "nothing was tampered with" in flask(again, "audit", "verify")
        before = [ack for ack in acks if ack.at < moment]
        assert len(before) >= BEFORE
        assert missing(found, acks, moment) == []
        assert contradictions(found, acks) == []
        assert found.events == live.events[: len(found.events)]
        assert len(found.events) < len(live.events)

        sent = {task for task, state in found.notices.items() if state == "sent"}
        doubtful = {task for task, state in found.notices.items() if state == "due"}
        assert in_doubt(said) == found.waiting or len(found.waiting) > 100
        with standing(again) as house:
            eventually(lambda: "due" not in Found.at(new_url).notices.values())
            crew[0].house = house
            crew[0].allow_messages(stub, CONSENTS)
            crew[0].place("S0-AFTER")
            task = Found.at(new_url).tasks["S0-AFTER"]
            eventually(lambda: task in messages(stub))
            crew[0].accept("S0-AFTER")
            feed = house.call("GET", "brand/events", crew[0].key, params={"after": live.events[-1][0]}).json()["items"]
        told_again = messages(stub)[len(told_before) :]
        assert sent.isdisjoint(told_again)
        assert set(told_again) - doubtful == {task}
        assert [event["type"] for event in feed] == ["feed.restored", "order.placed", "order.confirmed"]


def messages(stub: RunningStub) -> list[str]:
    """The tasks that messages were sent about, in their order."""
    pages = [message["body"]["page"] for message in stub.outbox()]
    return [page.split("id=", 1)[1] for page in pages if page.startswith("pages/task/")]


def moment_of(backups: Path) -> float:
    """What the newest backup says of itself."""
    manifest: dict[str, Any] = json.loads((max(backups.iterdir()) / "manifest.json").read_text())
    return datetime.fromisoformat(manifest["moment"]).timestamp()


def test_the_drill_finds_a_copy_that_is_no_backup(tmp_path: Path, outside: tuple[RunningStub, str]) -> None:
    """The planted fault: what looks like a backup and was never one."""
    stub, redis_url = outside
    first, second = folder(tmp_path, "first"), folder(tmp_path, "second")
    with ExitStack() as stack:
        live_url, copy_url = stack.enter_context(own_database(first)), stack.enter_context(own_database(second))
        environ = environment(live_url, redis_url, stub, first)
        flask(environ, "db", "upgrade")
        with standing(environ, roles=()) as house, Writing(writers(house, stub, WRITERS)) as writing:
            writing.wait_for(BEFORE)
            assert any(is_no_backup(live_url, copy_url, writing) for _ in range(COPIES))


def is_no_backup(live_url: str, copy_url: str, writing: Writing) -> bool:
    """Copy once more, and hold the copy to what a backup must hold."""
    moment = time.time()
    copied(live_url, copy_url, writing)
    acks = [ack for ack in writing.acks() if ack.at < moment]
    found = Found.at(copy_url)
    writing.wait_for(3)
    return bool(missing(found, acks, moment) or contradictions(found, acks))


def copied(live_url: str, copy_url: str, writing: Writing) -> None:
    if not SERVER:
        target = Path(copy_url.removeprefix("sqlite:///"))
        for left in target.parent.glob(f"{target.name}*"):
            left.unlink()
        shutil.copyfile(live_url.removeprefix("sqlite:///"), target)
        return
    dump = subprocess.run(["pg_dump", "--schema-only", live_url], capture_output=True, check=True).stdout
    subprocess.run(["psql", "--quiet", copy_url], input=dump, stdout=subprocess.DEVNULL, check=True)
    with psycopg.connect(live_url, autocommit=True) as live, psycopg.connect(copy_url, autocommit=True) as copy:
        copy.execute("SET session_replication_role = replica")  # rows come in any order, as they would
        for table in ("task", "purchase_order", "outbox_row", "event"):
            with (
                live.cursor().copy(f"COPY {table} TO STDOUT") as out,
                copy.cursor().copy(f"COPY {table} FROM STDIN") as into,
            ):
                for part in out:
                    into.write(part)
            writing.wait_for(5)
