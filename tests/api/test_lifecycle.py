"""What surrounds every request: headers, ids, compression, logs, limits of size, proxies."""

import gzip
import json
from dataclasses import replace

import pytest

from api.app import create_app
from config import database
from config.settings import Settings
from tests.api.conftest import Caller, World

EVERY_DOOR = [
    "/",
    "/app/config.json",
    "/docs",
    "/openapi.json",
    "/health/live",
    "/health/ready",
    "/none",
    "/api/v1/phone/inbox",
]


@pytest.mark.parametrize("path", EVERY_DOOR)
def test_every_answer_carries_the_security_headers(world: World, path: str) -> None:
    headers = world.nobody().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers
    assert "Set-Cookie" not in headers


def test_an_unchanged_answer_carries_only_what_a_poll_needs(world: World) -> None:
    phone = world.phone()
    first = phone.get("/api/v1/phone/inbox")
    again = phone.get("/api/v1/phone/inbox", If_None_Match=first.headers["ETag"])
    assert again.status_code == 304
    for name in ("ETag", "Vary", "Cache-Control"):
        assert again.headers[name] == first.headers[name]
    assert "Content-Security-Policy" not in again.headers
    assert sum(len(name) + len(value) + 4 for name, value in again.headers.items()) < 320


def test_answers_of_the_api_are_kept_by_nobody(world: World) -> None:
    for answer in (world.phone().get("/api/v1/phone/inbox"), world.system().get("/api/v1/brand/products")):
        assert answer.headers["Cache-Control"] == "no-store"


def test_production_insists_on_https(settings: Settings) -> None:
    client = create_app(replace(settings, environment="production")).test_client()
    assert "max-age=31536000" in client.get("/health/live").headers["Strict-Transport-Security"]
    database.proxy.obj.close_all()


@pytest.mark.parametrize(
    ("given", "is_kept"), [("order-42.a_b", True), ("x" * 65, False), ("a b", False), ("é", False), ("", False)]
)
def test_a_request_id_is_kept_where_it_is_harmless(world: World, given: str, is_kept: bool) -> None:
    found = world.nobody().get("/health/live", X_Request_Id=given).headers["X-Request-Id"]
    assert (found == given) is is_kept
    assert found


def test_json_is_compressed_for_those_who_ask(world: World) -> None:
    for number in range(20):
        world.order(f"PO-{number}")
    system = world.system()
    plain = system.get("/api/v1/brand/purchase-orders")
    packed = system.get("/api/v1/brand/purchase-orders", Accept_Encoding="gzip")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 4
    refusing = system.get("/api/v1/brand/purchase-orders", Accept_Encoding="gzip;q=0")
    assert "Content-Encoding" not in refusing.headers


def test_secrets_are_never_compressed_with_what_others_choose(world: World) -> None:
    answer = world.system().post("/api/v1/brand/people/owner/invitations", Accept_Encoding="gzip", Idempotency_Key="k1")
    assert answer.status_code == 201
    assert len(answer.data) > 1_000
    assert "Content-Encoding" not in answer.headers


def test_one_line_a_request_without_anything_secret(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    phone = world.phone()
    answer = phone.get("/api/v1/phone/history?after=secretsecret")
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines() if '"event": "request"' in line]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/phone/history", 400)
    assert line["organisation"] == world.supplier.id
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert phone.credential not in str(line)
    assert "secretsecret" not in str(line)


def test_as_many_proxies_are_believed_as_were_named(settings: Settings) -> None:
    def address(hops: int) -> str | None:
        made = create_app(replace(settings, trusted_proxies=hops))
        seen: list[str | None] = []
        made.before_request(lambda: seen.append(_remote_addr()))
        made.test_client().get("/health/live", headers={"X-Forwarded-For": "6.6.6.6, 7.7.7.7, 8.8.8.8"})
        database.proxy.obj.close_all()
        return seen[0]

    assert (address(0), address(1), address(2)) == ("127.0.0.1", "8.8.8.8", "7.7.7.7")


def _remote_addr() -> str | None:
    from flask import request  # noqa: PLC0415 - only inside a request

    return request.remote_addr


def test_a_database_that_is_away_is_503_and_later(world: World) -> None:
    caller = Caller(world.app.test_client(), world.phone().credential)
    database.proxy.obj.close_all()
    database.connect("sqlite:////no/such/folder/partnerline.db")
    answer = caller.get("/api/v1/phone/inbox")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.mimetype == "application/problem+json"
    assert caller.get("/health/live").status_code == 200
    ready = caller.get("/health/ready")
    assert (ready.status_code, ready.json["status"]) == (503, "unready")  # type: ignore[index]
    database.connect(world.app.extensions["partnerline.settings"].database_url)
    database.proxy.connect()
