"""Migrations only expand: what a released schema holds is carried on, and processes of that release keep working meanwhile."""

import ast
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import peewee
import psycopg
import pytest

from config import clock, database, sealing
from config.sealing import Sealer
from notifications import recipients
from tests import released
from workflows.domain import events, keys, sessions, sign_in
from workflows.domain.organisations import Organisation
from workflows.engine import conversations
from workflows.engine.registry import use_flows
from workflows.engine.run import Given
from workflows.flows import all_flows

FIRST = "0001_initial"
FILES = sorted(database.MIGRATIONS.glob("[0-9]*.py"))
RELEASED = sorted(path.stem for path in released.FOLDER.glob("*.json"))
TAKES_AWAY = {
    "add_not_null",
    "alter_column_type",
    "change_column_type",
    "drop_column",
    "drop_column_default",
    "drop_constraint",
    "drop_index",
    "drop_not_null",
    "drop_table",
    "rename_column",
    "rename_table",
    "add_constraint",
    "add_unique",
}
TAKING_AWAY = re.compile(r"\b(DROP|RENAME|TRUNCATE|DELETE|ALTER\s+COLUMN|SET\s+NOT\s+NULL|ADD\s+CONSTRAINT)\b", re.I)
OURS = ("config", "notifications", "workflows", "api", "tests")


def contractions(source: str) -> list[str]:
    """What a migration's `up` does that a process of the release before it would not survive, in words."""
    tree = ast.parse(source)
    up = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "up")
    own = {target.value for node in ast.walk(up) for target in _table_names(node)}
    found = [f"imports {name}" for name in _imported(tree) if name.split(".")[0] in OURS]
    for node in ast.walk(up):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found += _faults_of(node, node.func.attr, own)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and TAKING_AWAY.search(node.value):
            found.append(f"runs {node.value!r}")
    return found


def _table_names(node: ast.AST) -> Iterator[ast.Constant]:
    """The names of the tables that are made here: older processes do not know them."""
    if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["table_name"]:
        assert isinstance(node.value, ast.Constant)
        yield node.value


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""


def _faults_of(call: ast.Call, name: str, own: set[Any]) -> list[str]:
    table = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
    if name in TAKES_AWAY:
        return [f"{name} of {table}"]
    is_unique = len(call.args) > 2 and isinstance(call.args[2], ast.Constant) and call.args[2].value is True
    is_unique = is_unique or any(key.arg == "unique" and _is_true(key.value) for key in call.keywords)
    if name == "add_index" and is_unique and table not in own:
        return [f"a unique index on {table}, whose rows older processes still write"]
    return []


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


class TestEveryMigration:
    def test_numbers_are_given_once(self) -> None:
        numbers = [path.name[:4] for path in FILES]
        assert len(set(numbers)) == len(numbers)

    @pytest.mark.parametrize("path", [path for path in FILES if path.stem != FIRST], ids=lambda path: path.stem)
    def test_only_expands(self, path: Path) -> None:
        """What must go goes one release later, when no process reads it any more (docs/operations.md)."""
        assert contractions(path.read_text(encoding="utf-8")) == []

    @pytest.mark.parametrize(
        "line",
        [
            'migrator.migrate(migrator.drop_column("task", "news"))',
            'migrator.migrate(migrator.rename_column("task", "news", "said"))',
            'migrator.migrate(migrator.add_not_null("task", "due_at"))',
            'migrator.migrate(migrator.add_index("task", ("subject_id",), True))',
            'migrator.migrate(migrator.add_index("task", ("subject_id",), unique=True))',
            'db.execute_sql("ALTER TABLE task RENAME TO job")',
            "from workflows.domain.tasks import Task",
        ],
    )
    def test_a_step_that_older_processes_would_not_survive_is_found(self, line: str) -> None:
        assert contractions(f"def up(migrator, db):\n    {line}\n")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[None]:
    """A database without any table, on the store of this run."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    name = f"partnerline_upgrade_{uuid4().hex[:10]}"
    url = f"{server.rsplit('/', 1)[0]}/{name}" if server else f"sqlite:///{tmp_path / 'upgrade.db'}"
    if server:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    sealing.use(Sealer([released.SECRET]))
    bound = database.connect(url)
    with clock.frozen(released.DAY), database.connection():
        yield
    bound.close_all()
    if server:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def world(name: str) -> dict[str, Any]:
    """A released world: its rows, and what is known of it."""
    found: dict[str, Any] = json.loads((released.FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def assert_lives_on(known: dict[str, str]) -> None:
    """Everybody goes on where they were: with their keys and sessions, conversations and invitations."""
    use_flows(all_flows())
    actor = sessions.actor_of_session(known["session"])
    turn = conversations.load(actor, known["conversation"])
    assert (turn.state, turn.revision) == ("asking", 1)
    done = conversations.answer(actor, turn.id, 1, [Given("ans_open_2", "send", True)])
    assert done.state == "done"
    assert keys.actor_of_key(known["key"]).scopes
    assert sign_in.begin_session_by_invitation(known["invitation"], "device-2").token
    brand = Organisation.get(Organisation.kind == "brand")
    log = events.page(brand.id, 0, 1_000)
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    assert log[-1].type == "order.confirmed"
    held = recipients.Address.get(recipients.Address.kind == "phone")
    assert recipients.address_of(held.person, "phone", "") == "+8613912345678"


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("name", RELEASED)
class TestARelease:
    def test_its_data_is_carried_on(self, name: str) -> None:
        database.runner().up(name)
        held = world(name)
        with database.transaction():
            released.load(held["rows"])
        database.migrate()
        assert_lives_on(held["known"])

    def test_its_processes_still_write_after_the_upgrade(self, name: str) -> None:
        """Every row with exactly the columns its release knew. Shown red by a new column without a default in the database."""
        database.migrate()
        held = world(name)
        with database.transaction():
            released.load(held["rows"])
        assert_lives_on(held["known"])


@pytest.mark.usefixtures("empty")
def test_a_column_that_older_processes_cannot_fill_is_found() -> None:
    """The planted fault: a column that must be given and that only the new release's code would give."""
    database.migrate()
    change = database.runner().migrator
    change.migrate(change.add_column("confirmation_rule", "of_late", peewee.IntegerField(null=True)))
    change.migrate(change.add_not_null("confirmation_rule", "of_late"))
    with pytest.raises(peewee.IntegrityError, match="of_late"), database.transaction():
        released.load({"confirmation_rule": world(FIRST)["rows"]["confirmation_rule"]})
