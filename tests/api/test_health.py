"""Probes and figures: alive, ready, degraded; and figures for nobody outside."""

from dataclasses import replace

import pytest

from api.app import create_app
from config import database
from config.settings import Settings
from tests.api.conftest import World


def test_alive_asks_nobody(world: World) -> None:
    assert world.nobody().get("/health/live").json == {"status": "live"}


def test_ready_names_the_library_and_serves_without_redis(world: World) -> None:
    answer = world.nobody().get("/health/ready")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["database"]["state"] == "ok"
    assert answer.json["database"]["version"].startswith(("SQLite 3", "PostgreSQL"))
    assert answer.json["status"] == ("ready" if answer.json["redis"]["state"] == "ok" else "degraded")


def test_a_database_that_is_away_is_named_and_its_password_is_not(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(replace(settings, database_url="postgresql://of-ours:hush-hush@127.0.0.1:1/partnerline"))
    answer = app.test_client().get("/health/ready")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json is not None
    assert (answer.json["status"], answer.json["database"]) == ("unready", {"state": "away"})
    said = answer.text + capsys.readouterr().err
    assert "not_ready" in said
    assert "hush-hush" not in said


def test_a_schema_that_is_behind_is_said(world: World) -> None:
    database.proxy.execute_sql("DELETE FROM schema_migration WHERE name <> '0001_initial'")
    answer = world.nobody().get("/health/ready")
    assert answer.json is not None
    assert (answer.status_code, answer.json["database"]["state"]) == (503, "behind")
    assert answer.json["database"]["pending"] >= 1


def test_figures_count_requests_by_route_and_what_waits_to_leave(world: World) -> None:
    world.order()
    world.phone().get("/api/v1/phone/conversations/secret-id")
    text = world.nobody().get("/metrics").text
    assert 'route="/api/v1/phone/conversations/<ref:conversation>",status="404"' in text
    assert "secret-id" not in text
    assert 'partnerline_outbox_rows{queue="notices",state="due"} 2.0' in text
    assert "partnerline_outbox_oldest_due_seconds" in text


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860::8888", "not-an-address"])
def test_figures_are_nobody_elses(world: World, address: str) -> None:
    answer = world.app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 404


def test_figures_are_not_handed_on_by_a_proxy(world: World) -> None:
    assert world.nobody().get("/metrics", X_Forwarded_For="8.8.8.8").status_code == 404
    assert world.app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "10.1.2.3"}).status_code == 200
