"""Each worker and clock says what it does, where its operator asks for it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from config import clock, database
from notifications import outbox
from tests.acceptance.stack import eventually, free_port
from tests.conftest import TEST_SECRET
from tests.wechat_stub import ROOT
from workflows.domain import tasks

pytestmark = [pytest.mark.acceptance, pytest.mark.usefixtures("db")]
Start = Callable[[str, int], subprocess.Popen[str]]


@pytest.fixture
def start(db_url: str, tmp_path: Path) -> Iterator[Start]:
    """Start a worker or a clock that serves its figures at a port; Redis is away, so the clock delivers by itself."""
    environ = {
        **os.environ,
        "PARTNERLINE_ENV": "test",
        "DATABASE_URL": db_url,
        "REDIS_URL": f"unix://{tmp_path / 'nothing.sock'}",
        "SECRET_KEY": TEST_SECRET,
        "STATE_DIR": str(tmp_path),
    }
    started: list[subprocess.Popen[str]] = []

    def run(role: str, port: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", role]
        options = {"cwd": ROOT, "env": {**environ, "METRICS_PORT": str(port)}, "text": True}
        started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **options))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def figures(port: int) -> dict[str, float]:
    """The figures at a port, empty while nobody serves them."""
    try:
        text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    except requests.ConnectionError:
        return {}
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def test_a_clock_shows_that_it_lives_and_what_it_delivered_how_late(start: Start) -> None:
    queue = f"internal:{tasks.OVERDUE}"
    with database.transaction():
        work = {"task": "tsk_gone", "due_at": clock.now().isoformat()}
        outbox.publish_internal(tasks.OVERDUE, work, "k", available_at=clock.now() - timedelta(seconds=3))
    port = free_port()
    start("clock", port)
    sent = f'partnerline_outbox_sent_total{{channel="internal",queue="{queue}"}}'
    found = eventually(lambda: figures(port) if figures(port).get(sent) else {})
    assert found["partnerline_sweeps_total"] >= found["partnerline_sweeps_helped_total"] >= 1
    assert found[f'partnerline_outbox_delay_seconds_sum{{queue="{queue}"}}'] > 3
    assert abs(found["partnerline_swept_timestamp_seconds"] - clock.now().timestamp()) < 60
    assert found["partnerline_drains_total"] >= 1


def test_two_processes_cannot_have_one_port_and_the_second_says_so_in_one_line(start: Start) -> None:
    port = free_port()
    start("worker", port)
    assert eventually(lambda: figures(port))
    second = start("worker", port)
    _, said = second.communicate(timeout=30)
    assert second.returncode == 1
    assert said.strip().splitlines()[-1].startswith(f"Error: METRICS_PORT: nothing can be served at 127.0.0.1:{port}")
