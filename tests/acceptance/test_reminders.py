"""A reminder and the word to the buyer reach real phones' stand-ins through a real worker and a real clock."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config import clock, database
from config.text import Text
from notifications import consents, recipients
from tests import make
from tests.acceptance.stack import eventually
from tests.conftest import TEST_SECRET
from tests.notifications.conftest import start_redis
from tests.notifications.make import APP, FIXTURE, SECRET, TEMPLATES
from tests.wechat_stub import ROOT, RunningStub, running_stub
from workflows.domain import tasks
from workflows.domain.events import Event, Subject
from workflows.domain.people import Person
from workflows.domain.tasks import NewTask

pytestmark = [pytest.mark.acceptance, pytest.mark.usefixtures("db")]
_SOON = timedelta(seconds=2)


@pytest.fixture
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of this test's own: another run's worker must not take its wake-ups."""
    path = tmp_path_factory.mktemp("r") / "r.sock"
    process = start_redis(path)
    yield f"unix://{path}"
    process.kill()
    process.wait()


@pytest.fixture
def stub() -> Iterator[RunningStub]:
    with running_stub(FIXTURE) as running:
        yield running


@pytest.fixture
def processes(db_url: str, redis_url: str, stub: RunningStub, tmp_path: Path) -> Iterator[None]:
    """`flask worker` and `flask clock`, as they are run in production."""
    environ = {
        **os.environ,
        "PARTNERLINE_ENV": "test",
        "DATABASE_URL": db_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": TEST_SECRET,
        "WECHAT_APP_ID": APP,
        "WECHAT_APP_SECRET": SECRET,
        "WECHAT_API_BASE": stub.wechat_base,
        "WECHAT_TEMPLATE_TASK": TEMPLATES["task"],
        "WECHAT_TEMPLATE_RESULT": TEMPLATES["result"],
        "STATE_DIR": str(tmp_path),
    }
    started = [_started(role, environ) for role in ("worker", "clock")]
    yield
    for process in started:
        process.terminate()
    for process in started:
        process.wait(15)


def _started(role: str, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", role]
    return subprocess.Popen(command, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_due_reminder_and_the_word_to_the_buyer_reach_their_phones(stub: RunningStub, processes: None) -> None:
    zone = _zone_by_day()
    brand = make.brand(time_zone=zone)
    supplier = make.supplier(brand, time_zone=zone)
    owner, buyer = make.person(supplier, "owner"), make.person(brand, "buyer")
    to_owner, to_buyer = _on_wechat(stub, owner, "li"), _on_wechat(stub, buyer, "wang")
    _task_placed_ago(brand.id, supplier.id, "PO-LATE", timedelta(hours=48))
    late = stub.outbox_wait(1, timeout=30, touser=to_buyer)
    _task_placed_ago(brand.id, supplier.id, "PO-REMINDED", timedelta(hours=24))
    eventually(lambda: ("PO-REMINDED", "提醒：看一看") in map(_said, stub.outbox(touser=to_owner)))

    assert [_said(message) for message in late] == [("PO-LATE", f"{supplier.name}：PO-LATE"[:17] + "...")]
    assert [event.subject_ref for event in Event.select().where(Event.type == "task.overdue")] == ["PO-LATE"]
    del processes


def _said(message: dict[str, Any]) -> tuple[str, str]:
    data = message["body"]["data"]
    return data["character_string2"]["value"], data["thing1"]["value"]


def _zone_by_day() -> str:
    """A zone where it is about noon, whenever this test runs: at night nobody is reminded."""
    hours = datetime.now(UTC).hour - 12
    return f"Etc/GMT{hours:+d}"  # these names count the other way round


def _on_wechat(stub: RunningStub, person: Person, user: str) -> str:
    openid: str = stub.openid(APP, user)
    recipients.bind(person.public_id, "wechat", APP, openid)
    for template in TEMPLATES.values():
        consents.grant(person.public_id, APP, template, 5)
    return openid


def _task_placed_ago(brand: int, supplier: int, ref: str, ago: timedelta) -> None:
    """A task of 48 hours whose next moment comes in two seconds."""
    then = clock.now() + _SOON - ago
    new = NewTask(
        supplier,
        "order-confirmation",
        ("owner",),
        Text(zh="看一看"),
        Subject("order", ref, ref),
        1,
        then + timedelta(hours=48),
    )
    with clock.frozen(then), database.transaction():
        tasks.open_task(brand, new)
