"""The audit at the brand's door and at the operator's terminal, and what it costs those who only work."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from api import audit_work, work
from config import clock, database
from config.ids import new_id
from notifications import jobs, outbox
from notifications.outbox import OutboxRow
from tests import make, tampering
from tests.api.conftest import World
from workflows.domain.audit.entries import AuditEntry
from workflows.domain.audit.views import AuditView
from workflows.domain.events import EventCounter
from workflows.domain.purchasing.orders import PurchaseOrder
from workflows.domain.tasks import Task

AUDIT = "/api/v1/brand/audit"
TALKS = "/api/v1/phone/conversations"


def run(world: World, *arguments: str) -> Result:
    return world.app.test_cli_runner().invoke(args=list(arguments))


def body(answer: Any) -> Any:
    assert answer.status_code in {200, 201}, answer.text
    return answer.json


def begun(world: World, phone: Any) -> Any:
    world.order()
    task = Task.select().order_by(Task.id.desc()).first().public_id
    return body(phone.post(TALKS, {"id": new_id("cnv"), "task": task}))


def answered(phone: Any, turn: Any, step: str, value: Any) -> Any:
    given = {"id": new_id("ans"), "step": step, "value": value}
    return body(phone.post(f"{TALKS}/{turn['id']}/answers", {"revision": turn["revision"], "answers": [given]}))


class TestTheBrandsDoor:
    def test_a_brand_reads_its_chain_from_any_number(self, world: World) -> None:
        system = world.system()
        world.order()
        page = body(system.get(f"{AUDIT}?limit=2"))
        assert [item["seq"] for item in page["items"]] == [1, 2]
        assert page["items"][0]["kind"] == "brand.added"
        rest = body(system.get(f"{AUDIT}?after={page['next']}&limit=1000"))
        placed = next(item for item in rest["items"] if item["kind"] == "order.placed")
        assert (placed["actor"], placed["record"]["kind"], placed["event"] > 0) == ("operator", "purchase_order", True)
        head = body(system.get(f"{AUDIT}/head"))
        assert (head["seq"], head["hash"]) == (rest["items"][-1]["seq"], rest["items"][-1]["hash"])
        assert head["brand"] == world.brand.public_id
        assert body(system.get(f"{AUDIT}?after={head['seq']}")) == {"items": [], "next": head["seq"]}

    def test_it_asks_for_one_record_or_one_person(self, world: World) -> None:
        phone, system = world.phone(), world.system()
        turn = begun(world, phone)
        turn = answered(phone, turn, "decision", "accept")
        answered(phone, turn, "send", {"preview": turn["ask"]["constraints"]["preview"]["id"]})
        order = PurchaseOrder.get().public_id
        kinds = [item["kind"] for item in body(system.get(f"{AUDIT}?record={order}"))["items"]]
        assert kinds == ["order.placed", "order.confirmed"]
        owner = world.owner.public_id
        kinds = [item["kind"] for item in body(system.get(f"{AUDIT}?person={owner}"))["items"]]
        assert kinds == ["person.added", "session.began", "order.confirmed"]
        assert body(system.get(f"{AUDIT}?person={owner}&record={order}"))["items"][0]["kind"] == "order.confirmed"
        assert body(system.get(f"{AUDIT}?record=po_unknown"))["items"] == []

    def test_it_reads_who_saw_what(self, world: World) -> None:
        phone, system = world.phone(), world.system()
        turn = begun(world, phone)
        phone.get(f"{TALKS}/{turn['id']}")
        system.get("/api/v1/brand/people/owner")
        system.get("/api/v1/brand/purchase-orders?limit=10")
        order, owner = PurchaseOrder.get().public_id, world.owner.public_id
        seen = body(system.get(f"{AUDIT}/views"))["items"]
        key = system.credential[:12]
        assert [(one["viewer"], one["record"]["id"]) for one in seen] == [
            (owner, turn["id"]),
            (owner, order),
            (key, owner),
            (key, order),
        ]
        assert [one["viewer"] for one in body(system.get(f"{AUDIT}/views?record={order}"))["items"]] == [owner, key]
        assert len(body(system.get(f"{AUDIT}/views?person={key}"))["items"]) == 2

    def test_nobody_elses_is_shown(self, world: World) -> None:
        other = make.brand()
        stranger = world.system(brand=other)
        assert {item["record"]["id"] for item in body(stranger.get(AUDIT))["items"]} == {
            other.public_id,
            stranger.credential[:12],
        }
        assert body(stranger.get(f"{AUDIT}?record={world.owner.public_id}"))["items"] == []
        assert world.phone().get(AUDIT).status_code == 401
        assert world.system("events:read").get(AUDIT).status_code == 403

    def test_no_row_number_of_ours_goes_out(self, world: World) -> None:
        world.system().get("/api/v1/brand/people")
        with clock.travelled(minutes=10):
            drained(world)
        sealed = body(world.system().get(f"{AUDIT}?limit=1000"))["items"]
        (views,) = [item for item in sealed if item["kind"] == "views.sealed"]
        assert set(views["data"]) == {"count", "content"}


class TestWhatItCosts:
    """Those who only work pay nothing: an answer on the way writes no entry, and an inbox that stands still writes nothing."""

    @pytest.fixture
    def statements(self, world: World) -> list[str]:
        del world
        asked: list[str] = []
        database.proxy.obj.query_hooks.append(lambda event: asked.append(event.sql))
        return asked

    def test_an_answer_on_the_way_seals_nothing(self, world: World, statements: list[str]) -> None:
        phone = world.phone()
        turn = begun(world, phone)
        statements.clear()
        turn = answered(phone, turn, "decision", "accept")
        assert [sql for sql in statements if "audit" in sql] == []
        assert len(statements) <= 10
        statements.clear()
        answered(phone, turn, "send", {"preview": turn["ask"]["constraints"]["preview"]["id"]})
        assert [sql.split()[0] for sql in statements if '"audit_entry"' in sql] == ["INSERT"]
        assert len([sql for sql in statements if '"event_counter"' in sql]) == 2  # the lock, and the chain's end

    def test_looking_again_writes_nothing(self, world: World, statements: list[str]) -> None:
        phone = world.phone()
        turn = begun(world, phone)
        inbox = phone.get("/api/v1/phone/inbox")
        phone.get(f"{TALKS}/{turn['id']}")
        statements.clear()
        phone.get(f"{TALKS}/{turn['id']}")
        assert phone.get("/api/v1/phone/inbox", If_None_Match=inbox.headers["ETag"]).status_code == 304
        assert [sql for sql in statements if not sql.startswith("SELECT")] == []

    def test_what_was_refused_was_not_seen(self, world: World) -> None:
        world.order()
        world.system(brand=make.brand()).get("/api/v1/brand/purchase-orders/PO-1")
        assert AuditView.select().count() == 0


def drained(world: World) -> int:
    serving = work.handlers(world.app.extensions["partnerline.settings"])
    work.schedule()
    with clock.travelled(minutes=11):
        return jobs.drain_due(serving, threading.Event())


class TestTheOperator:
    def test_nothing_was_tampered_with(self, world: World) -> None:
        world.order()
        walked = run(world, "audit", "verify")
        assert (walked.exit_code, "nothing was tampered with" in walked.output) == (0, True)
        assert "no anchors" in walked.output

    def test_every_finding_is_a_line_and_the_exit_code_is_one(self, world: World) -> None:
        with tampering.unguarded():
            tampering.edit(world.brand.id, 2, actor="per_x")
        walked = run(world, "audit", "verify")
        assert walked.exit_code == 1
        assert f"{world.brand.public_id}: edited: entry 2" in walked.output
        assert "findings:" in walked.output

    def test_the_clock_seals_and_anchors_every_ten_minutes(self, world: World) -> None:
        world.system().get("/api/v1/brand/people")
        drained(world)
        path = world.app.extensions["partnerline.settings"].audit_anchors
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert [line["brand"] for line in lines] == [world.brand.public_id]
        with clock.travelled(minutes=20):
            drained(world)
        assert AuditEntry.select().where(AuditEntry.kind == "views.sealed").count() == 1
        assert run(world, "audit", "anchor").exit_code == 0
        waiting = OutboxRow.select().where(OutboxRow.queue == f"internal:{audit_work.AUDIT}", OutboxRow.state == "due")
        assert waiting.count() == 1

    def test_a_chain_written_anew_is_found_against_the_file(self, world: World, tmp_path: Path) -> None:
        world.order()
        drained(world)
        with tampering.unguarded():
            tampering.edit(world.brand.id, 2, actor="per_x", event=None)
            tampering.reckon_anew(world.brand.id)
        copy = tmp_path / "kept elsewhere.jsonl"
        copy.write_bytes(world.app.extensions["partnerline.settings"].audit_anchors.read_bytes())
        walked = run(world, "audit", "verify", "--anchors", str(copy))
        assert (walked.exit_code, f"{world.brand.public_id}: rewritten" in walked.output) == (1, True)

    def test_an_unchanged_chain_is_anchored_once(self, world: World) -> None:
        path = world.app.extensions["partnerline.settings"].audit_anchors
        run(world, "audit", "anchor")
        run(world, "audit", "anchor")
        assert len(path.read_text("utf-8").splitlines()) == 1
        world.order()
        run(world, "audit", "anchor")
        assert len(path.read_text("utf-8").splitlines()) == 2
        assert EventCounter.select().count() == 1
        assert outbox.status()["counts"]["notices"]
