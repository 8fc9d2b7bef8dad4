"""The house keeps its line, its schema its records, and its flows their promises."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playhouse.schema_diff import diff_models

from config import database
from tests import schema
from workflows.flows import all_flows

ROOT = Path(__file__).parent.parent


def test_each_room_imports_only_what_stands_to_its_right() -> None:
    """Shown red by `import api` in notifications/outbox.py: "notifications is not allowed to import api"."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_imported_inside_a_function() -> None:
    inner = re.compile(r"^[ \t]+(import \w|from [\w.]+ import )", re.M)
    rooms = ("config", "notifications", "workflows", "api", "miniapp_stub/wechat_server")
    files = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    assert files
    assert [str(path) for path in files if inner.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.usefixtures("db")
def test_migrations_make_exactly_the_tables_that_the_records_declare() -> None:
    """Shown red by a column added to a record without a migration."""
    found = diff_models(database.proxy.obj, schema.models())
    assert not found, str(found)


def test_every_flow_that_the_trade_names_exists() -> None:
    named = set()
    for path in (ROOT / "workflows" / "domain").rglob("*.py"):
        named |= set(re.findall(r'^FLOW = "([\w-]+)"', path.read_text(encoding="utf-8"), re.M))
    assert named
    assert named <= set(all_flows())


def test_every_flow_has_a_test_of_its_own() -> None:
    for key in all_flows():
        assert (ROOT / "tests" / "workflows" / "flows" / f"test_{key.replace('-', '_')}.py").exists(), key
