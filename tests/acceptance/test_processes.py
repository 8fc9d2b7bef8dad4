"""`make run` keeps its processes alive, stops without leaving any, and keeps the data for the next run."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from config.settings import Settings
from tests.acceptance.stack import ROOT, Stack, eventually, free_port, running_stack

pytestmark = pytest.mark.acceptance


def children(stack: Stack) -> dict[str, int]:
    """The stack's processes by what they run."""
    supervisor = int((stack.state_dir / "supervisor.pid").read_text())
    found = {}
    for pid in Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split():
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
        for name in ("waitress", " worker", " clock", "wechat_server", "redis-server"):
            if name in words:
                found[name.strip()] = int(pid)
    return found


def is_alive(pid: int) -> bool:
    """Does the process still run?"""
    return Path(f"/proc/{pid}").exists()


@pytest.fixture
def own_stack(tmp_path: Path) -> Path:
    """A folder for a stack of this test's own."""
    return tmp_path / "state"


def test_a_killed_process_comes_back_and_stopping_leaves_none(own_stack: Path) -> None:
    with running_stack(own_stack) as stack:
        before = children(stack)
        assert set(before) == {"waitress", "worker", "clock", "wechat_server", "redis-server"}
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)

        gone = set(before.values())  # a killed process is listed until the kernel has cleared it away
        after = eventually(lambda: (now := children(stack)) and len(now) == 5 and gone.isdisjoint(now.values()) and now)
        eventually(lambda: _is_ready(stack))

    assert [name for name, pid in after.items() if is_alive(pid)] == []


def _is_ready(stack: Stack) -> bool:
    try:
        return requests.get(f"{stack.url}/health/ready", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def test_a_second_run_keeps_the_data_and_the_key(own_stack: Path) -> None:
    with running_stack(own_stack) as first:
        first.brand("PUT", "products/KEPT-1", json={"name": "Kept", "unit": "pcs", "tracked_by": "none"})
        key = first.demo["brand_api_key"]

    with running_stack(own_stack) as second:
        assert second.demo["brand_api_key"] == key
        assert second.brand("GET", "products/KEPT-1").json()["name"] == "Kept"
        assert second.sign_in(second.person("supplier", "owner")).session["token"]


def test_the_demo_world_is_as_promised(stack: Stack) -> None:
    assert (stack.state_dir / "demo.json").stat().st_mode & 0o777 == 0o600
    assert len(stack.demo["people"]) == 15
    assert len(stack.brand("GET", "products", params={"limit": 100}).json()["items"]) >= 20
    kinds = [one["kind"] for one in stack.brand("GET", "partners", params={"limit": 100}).json()["items"]]
    assert (kinds.count("supplier"), kinds.count("distributor")) == (3, 2)
    assert kinds.count("store") >= 2
    assert set(stack.demo["people"][0]) >= {"name", "organisation", "kind", "role", "wechat_user"}


def test_a_taken_port_is_said_in_one_sentence(stack: Stack, tmp_path: Path) -> None:
    port = stack.url.rsplit(":", 1)[1]
    environ = {**os.environ, "PORT": port, "STUB_PORT": str(free_port()), "STATE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "config.local"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stdout


def test_production_does_not_start_without_its_settings() -> None:
    environ = {name: value for name, value in os.environ.items() if name != "PARTNERLINE_ENV"}
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=30
    )
    assert done.returncode != 0
    assert (
        done.stderr.strip()
        .splitlines()[-1]
        .endswith("DATABASE_URL is required in production (set DATABASE_URL or DATABASE_URL_FILE)")
    )


def test_the_demo_file_names_no_secret_but_the_brands_key(stack: Stack) -> None:
    demo = json.loads((stack.state_dir / "demo.json").read_text())
    assert set(demo) == {"url", "stub_url", "brand_api_key", "wechat_app", "people"}


def test_a_command_beside_the_demo_sees_what_it_sees(stack: Stack) -> None:
    environ = {"PATH": os.environ["PATH"], "PARTNERLINE_ENV": "demo", "STATE_DIR": str(stack.state_dir)}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "outbox", "status"]
    said = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (said.returncode, "oldest_due_s" in said.stdout) == (0, True), said.stderr
    settings = Settings.from_env(environ)
    assert settings.wechat.api_base == f"{stack.stub_url}/wx"
    assert (stack.state_dir / "settings.json").stat().st_mode & 0o777 == 0o600
