"""A small world as a released schema holds it, row by row: what an upgrade must carry, and what an older process still writes.

    python -m tests.released          writes tests/config/released/<newest migration>.json of today's code, where there is none

A written file never changes: it stands for the databases that are out there, and for the rows that processes of that release
write while a deployment rolls.
"""

import base64
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from api.idempotency import IdempotencyRecord
from config import clock, database, sealing
from config.sealing import Sealer
from notifications import consents
from tests import make
from tests.trade import Trade
from workflows.domain import invitations, keys, sessions
from workflows.domain.access import SCOPES
from workflows.domain.sign_in import SpentLoginCode
from workflows.domain.tasks import Task
from workflows.engine import conversations
from workflows.engine.records import Conversation, NewTemplate, keep_templates
from workflows.engine.registry import use_flows
from workflows.engine.run import Given
from workflows.flows import all_flows

FOLDER = Path(__file__).parent / "config" / "released"
DAY = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SECRET = "of-the-released-worlds-0123456789abcdef"


def build() -> dict[str, Any]:
    """Make the world in the bound database; what a test needs to know of it."""
    use_flows(all_flows())
    trade = Trade()
    open_task, done_task = trade.place("PO-OPEN"), trade.place("PO-DONE")
    trade.place("PO-NEW")
    begun = conversations.begin(trade.owner, open_task.public_id).turn
    done = conversations.begin(trade.owner, done_task.public_id).turn
    conversations.answer(trade.owner, begun.id, 0, [Given("ans_open_1", "decision", "accept")])
    both = [Given("ans_done_1", "decision", "accept"), Given("ans_done_2", "send", True)]
    conversations.answer(trade.owner, done.id, 0, both)
    trade.rule(short_percent="5", late_days=2)
    make.product(trade.brand, "PACKED", gtin="06901234567892")
    keep_steps(open_task)
    consents.credit(trade.owner.person or "", "wxtest", "cst_1", {"tmpl-task": "accept"})
    newcomer = make.person(trade.supplier, "clerk", "newcomer", phone="+8613912345678")
    invited = invitations.invite(trade.system, newcomer.ref)
    places = sessions.places_of([trade.owner.person or ""])
    with database.transaction():
        session, _ = sessions.begin(places[0], places, "device-1", "wxtest")
    remember_calls(trade)
    return {
        "key": keys.create_key(trade.brand, SCOPES, "erp"),
        "session": session.token,
        "conversation": begun.id,
        "invitation": invited.token,
    }


def keep_steps(task: Task) -> None:
    """What a phone took along before it lost its signal."""
    steps = Conversation.get(Conversation.task == task).steps
    template = NewTemplate(task, 1, steps)
    keep_templates(task.organisation, {template.public_id: template})


def remember_calls(trade: Trade) -> None:
    """A call that may be answered again, and a login code that was spent."""
    IdempotencyRecord.create(
        organisation=trade.brand.id,
        principal="key_1",
        key="call-1",
        request_hash="0" * 64,
        status=201,
        headers={},
        body="{}",
        created_at=clock.now(),
    )
    SpentLoginCode.create(
        app="wxtest", code_hash="0" * 64, device="device-1", sealed_openid=b"sealed", spent_at=clock.now()
    )


def tables() -> Iterator[str]:
    """Every table but the log of migrations, those that are referred to first."""
    names = [name for name in database.proxy.get_tables() if name != "schema_migration"]
    needs = {name: {key.dest_table for key in database.proxy.get_foreign_keys(name)} - {name} for name in names}
    while needs:
        free = sorted(name for name, others in needs.items() if not others & needs.keys())
        assert free, f"tables refer to each other in a circle: {sorted(needs)}"
        yield from free
        for name in free:
            del needs[name]


def rows_of(table: str) -> list[dict[str, Any]]:
    """A table's rows as they rest in SQLite, bytes in base64."""
    names = [column.name for column in database.proxy.get_columns(table)]
    found = database.proxy.execute_sql(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608 - our own tables
    return [{name: _written(value) for name, value in zip(names, row, strict=True)} for row in found]


def _written(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return value.isoformat(" ") if isinstance(value, date) else value


def load(rows: Mapping[str, list[dict[str, Any]]]) -> None:
    """Write the rows with exactly the columns that their release knew, as its processes do."""
    for table, held in rows.items():
        is_boolean = {column.name for column in database.proxy.get_columns(table) if "bool" in column.data_type.lower()}
        for row in held:
            names = ", ".join(f'"{name}"' for name in row)
            places = ", ".join([database.proxy.param] * len(row))
            values = [_read(value, name in is_boolean) for name, value in row.items()]
            database.proxy.execute_sql(f'INSERT INTO "{table}" ({names}) VALUES ({places})', values)  # noqa: S608 - our own
        _continue_numbers(table, held)


def _read(value: Any, is_boolean: bool) -> Any:
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    return bool(value) if is_boolean and value is not None else value


def _continue_numbers(table: str, held: list[dict[str, Any]]) -> None:
    if database.is_postgres() and held and "id" in held[0]:
        last = max(row["id"] for row in held)
        database.proxy.execute_sql("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", (table, last))


def main() -> None:
    """Write the present release's file, where it is missing."""
    with tempfile.TemporaryDirectory() as folder, clock.frozen(DAY):
        sealing.use(Sealer([SECRET]))
        database.connect(f"sqlite:///{folder}/released.db")
        name = database.migrate()[-1]
        path = FOLDER / f"{name}.json"
        if path.exists():
            sys.exit(f"{path.name} is released and never changes")
        with database.connection():
            known = build()
            world = {"known": known, "rows": {table: rows_of(table) for table in tables()}}
        path.write_text(json.dumps(world, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        database.proxy.obj.close_all()


if __name__ == "__main__":
    main()
