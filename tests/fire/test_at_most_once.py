"""Text messages under kill -9: workers die in the middle of sending, again and again, and nobody gets a message twice.

What was sent is found at the provider afterwards; what was not stays with an operator. Planted: without the mark before the send
the same kills double messages (`tests/notifications/test_texting.py`).
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import clock
from config.settings import SmsSettings
from notifications import outbox, texting
from notifications.outbox import OutboxRow
from tests import make
from tests.conftest import TEST_SECRET
from tests.texting import ENVIRON, FIXTURE, account_at, send_due
from tests.wechat_stub import ROOT, RunningStub, running_stub
from workflows.domain import phone_codes

pytestmark = pytest.mark.usefixtures("db")

LONG = os.environ.get("LONG") == "1"
MESSAGES, KILLS = (400, 30) if LONG else (40, 3)


@pytest.fixture
def provider() -> Iterator[RunningStub]:
    with running_stub({"sms": FIXTURE}) as running:
        running.rule({"path": "/sms/", "key": "SendSms"}, {"latency_ms": [30, 60]})
        account = account_at(running)
        texting.use(account)
        yield running
        texting.use(SmsSettings())


def ask_for_codes() -> None:
    """So many people ask for a code each."""
    supplier = make.supplier(make.brand())
    for number in range(MESSAGES):
        phone = f"+86138001{number:05d}"
        make.person(supplier, "owner", phone=phone)
        phone_codes.ask(phone, f"device-{number}", f"203.0.{number // 250}.{number % 250}")


def worker(db_url: str, provider: RunningStub, log: Path) -> subprocess.Popen[bytes]:
    """A worker as an operator starts one by hand: drains what is due, then ends."""
    environ = {
        **{name: value for name, value in os.environ.items() if not name.endswith("_FILE")},
        **ENVIRON,
        "PARTNERLINE_ENV": "test",
        "DATABASE_URL": db_url,
        "SECRET_KEY": TEST_SECRET,
        "SMS_BASE": f"{provider.url}/sms",
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "outbox", "drain"]
    with log.open("ab") as written:
        return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=written, stderr=written)


def kill_in_the_middle(process: subprocess.Popen[bytes], provider: RunningStub, already: int) -> None:
    """Kill -9 once the worker has begun to send."""
    deadline = time.monotonic() + 30
    while len(provider.calls("/sms/")) <= already + 3:
        assert time.monotonic() < deadline, "the worker sent nothing"
        if process.poll() is not None:
            return
    process.kill()
    process.wait()
    # The dead worker's rows would come due when their leases end; here they end now.
    OutboxRow.update(lease_until=OutboxRow.created_at).where(OutboxRow.state == "due").execute()


def test_killed_workers_double_no_message(db_url: str, provider: RunningStub, tmp_path: Path) -> None:
    ask_for_codes()
    for _ in range(KILLS):
        already = len(provider.calls("/sms/"))
        kill_in_the_middle(worker(db_url, provider, tmp_path / "log"), provider, already)
    last = worker(db_url, provider, tmp_path / "log")
    assert last.wait(60) == 0, (tmp_path / "log").read_text()

    received = Counter(message["touser"] for message in provider.outbox(channel="sms"))
    unknown = OutboxRow.select().where(OutboxRow.queue == outbox.TEXTS, OutboxRow.state == "unknown").count()
    assert max(received.values()) == 1
    assert unknown > 0  # the kills met sends

    checks = OutboxRow.update(available_at=clock.now()).where(OutboxRow.queue == outbox.CHECKS)
    for _ in range(5):
        checks.where(OutboxRow.state == "due").execute()
        send_due(account_at(provider))
    states = Counter(row.state for row in OutboxRow.select().where(OutboxRow.queue == outbox.TEXTS))
    assert states["sent"] == len(received)
    assert states["sent"] + states["unknown"] == MESSAGES
    assert max(Counter(message["touser"] for message in provider.outbox(channel="sms")).values()) == 1
