"""What an operator does at a terminal, and the demo world of `make run`."""

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from api import audit_work, demo, flow_commands, photo_work, retention, work
from api.app import create_app, start
from config import database, sealing
from config.sealing import Sealer
from config.settings import Settings, WeChatSettings
from notifications import consents, outbox, recipients
from notifications.outbox import OutboxRow
from tests import make
from tests.api.conftest import Caller, World
from tests.conftest import TEST_SECRET
from workflows.domain import keys, organisations, tasks
from workflows.domain.capacity import recurring
from workflows.domain.claims import asking
from workflows.domain.organisations import Organisation
from workflows.domain.people import Person
from workflows.domain.promotions import signing
from workflows.domain.purchasing.orders import PurchaseOrder
from workflows.domain.readers import readers
from workflows.domain.tasks import Task

_FLOWS = Path(__file__).resolve().parents[2] / "docs" / "flows.md"
TEMPLATES = {"task": "tmpl-task", "result": "tmpl-result"}


def run(app: Flask, *arguments: str, said: str | None = None) -> Result:
    return app.test_cli_runner().invoke(args=list(arguments), input=said)


def test_a_missing_setting_ends_the_start_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        start({})
    assert str(end.value).startswith("partnerline: DATABASE_URL is required in production")
    assert "\n" not in str(end.value)
    del capsys


def test_the_schema_is_brought_up_to_date_once(settings: Settings, tmp_path: Path) -> None:
    fresh = replace(settings, database_url=f"sqlite:///{tmp_path / 'new' / 'fresh.db'}")
    app = create_app(fresh)
    (tmp_path / "new").mkdir()
    assert run(app, "db", "status").exit_code == 1
    assert "0001_initial" in run(app, "db", "upgrade").output
    assert run(app, "db", "upgrade").output.strip() == "up to date"
    assert run(app, "db", "status").exit_code == 0
    database.proxy.obj.close_all()


@pytest.mark.parametrize(
    "command",
    [
        ("db", "status"),
        ("outbox", "status"),
        ("audit", "verify"),
        ("keys", "rotate"),
        ("person", "export", "P-1", "--brand", "acme"),
        ("partner", "suspend", "S-1", "--brand", "acme"),
    ],
)
def test_a_database_that_cannot_be_asked_ends_a_command_in_one_line(
    settings: Settings, tmp_path: Path, command: tuple[str, ...]
) -> None:
    damaged = tmp_path / "damaged.db"
    damaged.write_text("this is a letter, and no database" * 100)
    app = create_app(replace(settings, database_url=f"sqlite:///{damaged}"))
    ended = run(app, *command)
    assert (ended.exit_code, ended.output.count("\n")) == (1, 1)
    assert ended.output.startswith("Error: the database cannot be asked: ")
    database.proxy.obj.close_all()


def test_a_schema_that_is_not_there_and_a_folder_that_cannot_be_made_end_a_command_in_one_line(
    settings: Settings, tmp_path: Path
) -> None:
    unmade = create_app(replace(settings, database_url=f"sqlite:///{tmp_path / 'unmade.db'}"))
    ended = run(unmade, "outbox", "status")
    assert (ended.exit_code, ended.output.count("\n")) == (1, 1)
    database.proxy.obj.close_all()
    nowhere = create_app(replace(settings, database_url="sqlite:////dev/null/nowhere/new.db"))
    ended = run(nowhere, "db", "upgrade")
    assert (ended.exit_code, ended.output.count("\n")) == (1, 1)


def test_words_that_are_no_text_end_a_command_in_one_line(app: Flask) -> None:
    odd = run(app, "outbox", "retry", "obx_\udcff")
    assert (odd.exit_code, odd.output) == (1, "Error: an argument is no text in UTF-8\n")


def test_what_a_brand_may_spend_on_text_messages(app: Flask) -> None:
    run(app, "brand", "create", "acme", "--name", "Acme")
    said = [run(app, "brand", "sms", "acme", *more).output for more in ((), ("--daily-fen", "200"), ())]
    assert [json.loads(one)["daily_fen"] for one in said] == [10_000, 200, 200]
    assert json.loads(said[0])["spent_today_fen"] == 0
    assert run(app, "brand", "sms", "acme", "--daily-fen", "-1").exit_code == 2
    assert "not_found" in run(app, "brand", "sms", "unknown").output


def test_a_brand_and_its_key(app: Flask) -> None:
    assert run(app, "brand", "create", "acme", "--name", "Acme").exit_code == 0
    again = run(app, "brand", "create", "acme", "--name", "Acme")
    assert (again.exit_code, "brand_exists" in again.output) == (1, True)
    assert "time_zone" in run(app, "brand", "create", "b", "--name", "B", "--time-zone", "Mars/Olympus").output
    key = run(app, "brand", "key", "acme", "--scope", "orders:read").output.strip()
    caller = Caller(app.test_client(), key)
    assert caller.get("/api/v1/brand/purchase-orders").status_code == 200
    assert caller.get("/api/v1/brand/products").status_code == 403
    assert run(app, "brand", "key", "acme").exit_code == 0
    assert "two_keys_live" in run(app, "brand", "key", "acme").output
    assert run(app, "brand", "key", "acme", "--revoke", key[:12]).exit_code == 0
    assert caller.get("/api/v1/brand/purchase-orders").status_code == 401
    assert "not_found" in run(app, "brand", "key", "nobody").output


class TestOutbox:
    def test_its_status_its_retry_and_its_drop(self, world: World) -> None:
        world.order()
        status = json.loads(run(world.app, "outbox", "status").output)
        assert status["counts"]["notices"] == {"due": 2}
        row = OutboxRow.select().first()
        OutboxRow.update(state="dead").where(OutboxRow.id == row.id).execute()
        assert run(world.app, "outbox", "retry", row.public_id).exit_code == 0
        assert run(world.app, "outbox", "retry", "obx_none").exit_code == 1
        assert run(world.app, "outbox", "drop", row.public_id).exit_code == 0
        assert OutboxRow.get_by_id(row.id).state == "cancelled"

    def test_a_drain_delivers_without_redis(self, world: World) -> None:
        world.order()
        assert run(world.app, "outbox", "drain").exit_code == 0
        counts = outbox.status()["counts"]
        assert counts.pop("notices") == {"sent": 2}
        assert [set(states) for states in counts.values()] == [{"due"}, {"due"}]  # the order's reminders wait

    def test_a_worker_is_asked_for_a_queue_that_exists(self, world: World) -> None:
        refused = run(world.app, "worker", "--queue", "nothing")
        assert refused.exit_code == 1
        assert "notices" in refused.output


class TestFlows:
    def test_nothing_is_wrong_with_them(self, app: Flask) -> None:
        assert "nothing wrong" in run(app, "flows", "check").output

    def test_their_pictures_are_as_drawn(self, app: Flask) -> None:
        del app
        assert _FLOWS.read_text("utf-8") == flow_commands.drawn(), "run: flask --app wsgi flows draw"

    def test_one_is_played_in_the_terminal(self, app: Flask) -> None:
        played = run(app, "flows", "play", "order-confirmation", "--language", "en", said="1\nyes\n:quit\n")
        assert played.exit_code == 0
        assert "Can you deliver this order?" in played.output
        assert "decision: accept" in played.output
        assert run(app, "flows", "play", "nothing").exit_code == 1


@pytest.fixture
def demo_settings(settings: Settings) -> Settings:
    account = WeChatSettings("wxdemo", "secret", "http://127.0.0.1:9/wx", TEMPLATES)
    return replace(
        settings,
        environment="demo",
        wechat=account,
        public_url="http://127.0.0.1:8000",
        stub_url="http://127.0.0.1:8001",
    )


@pytest.fixture
def demo_app(demo_settings: Settings) -> Iterator[Flask]:
    app = create_app(demo_settings)
    with database.connection():
        yield app
    database.proxy.obj.close_all()


def described(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((settings.state_dir / "demo.json").read_text("utf-8"))
    return found


class TestDemo:
    def test_it_is_the_world_that_was_promised(self, demo_app: Flask, demo_settings: Settings) -> None:
        assert run(demo_app, "demo", "load").exit_code == 0
        told = described(demo_settings)
        assert (told["url"], told["stub_url"]) == ("http://127.0.0.1:8000", "http://127.0.0.1:8001")
        assert len(told["people"]) == 15
        assert {"name", "organisation", "kind", "role", "wechat_user"} <= set(told["people"][0])
        path = demo_settings.state_dir / "demo.json"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        system = Caller(demo_app.test_client(), told["brand_api_key"])
        kinds = [one["kind"] for one in system.get("/api/v1/brand/partners").json["items"]]  # type: ignore[index]
        assert (kinds.count("brand"), kinds.count("supplier"), kinds.count("distributor")) == (1, 3, 2)
        assert len(system.get("/api/v1/brand/products").json["items"]) == 20  # type: ignore[index]
        orders = system.get("/api/v1/brand/purchase-orders").json["items"]  # type: ignore[index]
        assert {order["supplier"] for order in orders} == {"S-HENGFENG", "S-JINGU", "S-SPICEWELL"}
        assert max(float(order["amount"]) for order in orders) > 100_000
        assert max(len(order["lines"]) for order in orders) > 10

    def test_everybody_is_bound_and_may_be_written_to(self, demo_app: Flask, demo_settings: Settings) -> None:
        run(demo_app, "demo", "load")
        fixture = json.loads((demo_settings.state_dir / "wechat_stub.json").read_text("utf-8"))
        assert len(fixture["users"]) == 15
        for user in fixture["users"].values():
            openid = user["apps"]["wxdemo"]["openid"]
            (person,) = recipients.persons_at("wechat", "wxdemo", openid)
            assert consents.left(person, "wxdemo") == dict.fromkeys(TEMPLATES.values(), 500)
        assert {entry["left"] for entry in fixture["quota"]} == {500}
        assert len(fixture["quota"]) == 30

    def test_a_promotion_is_running_to_be_signed_and_to_be_proved(
        self, demo_app: Flask, demo_settings: Settings
    ) -> None:
        run(demo_app, "demo", "load")
        told = described(demo_settings)
        system = Caller(demo_app.test_client(), told["brand_api_key"])
        (promotion,) = system.get("/api/v1/brand/promotions").json["items"]  # type: ignore[index]
        assert (promotion["title"]["zh"], len(promotion["shots"])) == ("夏季冰柜陈列", 4)
        waiting = {
            user["wechat_user"]: sorted(task.flow for task in Task.select().where(Task.organisation == place.id))
            for user in told["people"]
            for place in Organisation.select().where(Organisation.ref == user["partner"])
        }
        assert waiting["xu"] == ["promotion-acknowledgement"]
        assert waiting["zhou"] == waiting["lin"] == ["promotion-proof"]

    def test_a_second_run_keeps_everything(self, demo_app: Flask, demo_settings: Settings) -> None:
        run(demo_app, "demo", "load")
        before = described(demo_settings)
        counts = Person.select().count(), PurchaseOrder.select().count(), OutboxRow.select().count()
        run(demo_app, "demo", "load")
        assert described(demo_settings) == before
        assert (Person.select().count(), PurchaseOrder.select().count(), OutboxRow.select().count()) == counts

    def test_a_key_that_no_longer_works_is_replaced(self, demo_app: Flask, demo_settings: Settings) -> None:
        run(demo_app, "demo", "load")
        first = described(demo_settings)["brand_api_key"]
        keys.revoke_key(organisations.brand_named("demo"), first[:12])
        run(demo_app, "demo", "load")
        second = described(demo_settings)["brand_api_key"]
        assert second != first
        assert keys.actor_of_key(second)
        (demo_settings.state_dir / "demo.json").unlink()
        for _ in range(3):
            assert run(demo_app, "demo", "load").exit_code == 0

    def test_nobody_else_has_it(self, app: Flask, settings: Settings) -> None:
        refused = run(app, "demo", "load")
        assert (refused.exit_code, "demo only" in refused.output) == (1, True)
        with pytest.raises(RuntimeError, match="demo alone"):
            demo.load(settings)
        assert not (settings.state_dir / "demo.json").exists()


def test_readers_are_those_who_may_still_be_told(world: World) -> None:
    sealing.use(Sealer([TEST_SECRET]))
    english = make.person(world.supplier, "clerk", "english", language="en")
    found = work.handlers(world.app.extensions["partnerline.settings"])
    ours = (tasks.REMINDER, tasks.OVERDUE, retention.NIGHT, retention.SLICE, "forget-calls")
    ours += (audit_work.AUDIT, audit_work.OF_BRAND, audit_work.ANCHORS, recurring.QUEUE, asking.QUEUE, signing.QUEUE)
    ours += (asking.WAITING, photo_work.NIGHT, photo_work.SLICE, "photo-check", "claim-check")
    assert set(found) == {"notices", "texts", "text-checks", *(f"internal:{name}" for name in ours)}
    told = work._describe([(english.public_id, ""), (world.owner.public_id, ""), ("per_gone", "")])
    assert {person: one.language for (person, _), one in told.items()} == {
        english.public_id: "en",
        world.owner.public_id: "zh",
    }


def test_readers_of_a_place_are_those_who_still_belong_to_it(world: World) -> None:
    elsewhere = make.distributor(world.brand, "D-1", time_zone="Asia/Tokyo")
    both = [{"partner": "S-1", "role": "clerk"}, {"partner": "D-1", "role": "owner"}]
    moving = make.person(world.supplier, ref="moving", memberships=both).public_id
    here, there = (moving, str(world.supplier.id)), (moving, str(elsewhere.id))
    assert {whom: one.time_zone for whom, one in readers([here, there]).items()} == {
        here: "Asia/Shanghai",
        there: "Asia/Tokyo",
    }
    make.person(world.supplier, ref="moving", memberships=both[1:])
    assert set(readers([here, there, (moving, "")])) == {there, (moving, "")}
    organisations.suspend_partner(make.system_actor(world.brand), "D-1")
    assert readers([here, there, (moving, ""), (moving, "no number")]) == {}
