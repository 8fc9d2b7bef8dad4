"""The pages people open: the mini-app, its configuration, the API's description."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from api import openapi
from api.app import create_app
from api.pages import Shelf
from config import database
from config.settings import Settings
from tests.api.conftest import World
from workflows.domain.errors import NotFound

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


def test_people_are_led_to_the_mini_app(world: World) -> None:
    answer = world.nobody().get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/app/")


def test_the_mini_app_is_asked_for_again_and_mostly_unchanged(world: World) -> None:
    first = world.nobody().get("/app/", Accept_Encoding="gzip")
    assert first.status_code == 200
    assert first.headers["Content-Encoding"] == "gzip"
    assert first.headers["Cache-Control"] == "no-cache"
    again = world.nobody().get("/app/", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


def test_what_carries_its_hash_is_kept_for_a_year(tmp_path: Path) -> None:
    (tmp_path / "app-5F3K2L1A.js").write_text("1")
    (tmp_path / "sw.js").write_text("1")
    shelf = Shelf(tmp_path)
    assert shelf.asset("app-5F3K2L1A.js").is_for_ever
    assert not shelf.asset("sw.js").is_for_ever


def test_nothing_outside_its_folder_is_served(world: World) -> None:
    paths = ["../../../wsgi.py", "..%2f..%2f..%2fwsgi.py", "%2e%2e/app.py", "a%00b", "none.js", "etc/passwd"]
    for path in paths:
        for root in ("/app/", "/static/"):
            assert world.nobody().get(root + path).status_code == 404, root + path
    assert world.nobody().get("/static/fetch.py").status_code == 404
    try:
        Shelf(_DOCUMENT.parent).asset("../wsgi.py")
    except NotFound:
        return
    raise AssertionError("a file outside was read")


def test_only_the_demo_names_its_people_and_its_stub(settings: Settings) -> None:
    secret_world = {"people": [{"name": "陈静", "wechat_user": "chen"}], "brand_api_key": "plk_secret"}
    (settings.state_dir / "demo.json").write_text(json.dumps(secret_world), encoding="utf-8")
    demo = replace(settings, environment="demo", stub_url="http://127.0.0.1:8001")
    shown = create_app(demo).test_client().get("/app/config.json").json
    hidden = create_app(replace(demo, environment="production")).test_client()
    database.proxy.obj.close_all()
    assert shown is not None
    assert shown["people"] == secret_world["people"]
    assert shown["stub_url"] == "http://127.0.0.1:8001"
    assert "brand_api_key" not in shown
    config = hidden.get("/app/config.json").json
    assert config is not None
    assert (config["people"], config["stub_url"]) == ([], None)
    assert "8001" not in hidden.get("/app/").headers["Content-Security-Policy"]


def test_the_app_alone_may_ask_for_the_camera_and_the_place(world: World) -> None:
    allowed = world.nobody().get("/app/").headers["Permissions-Policy"]
    assert "camera=(self), geolocation=(self), microphone=()" in allowed
    for path in ("/docs", "/health/live"):
        assert "camera=(), geolocation=()" in world.nobody().get(path).headers["Permissions-Policy"]


def test_the_description_page_runs_no_foreign_script(world: World) -> None:
    page = world.nobody().get("/docs")
    assert page.status_code == 200
    assert b"http" not in page.data.replace(b"http-equiv", b"")
    for path in ("docs.js", "vendor/swagger-ui-dist/swagger-ui-bundle.js", "vendor/swagger-ui-dist/swagger-ui.css"):
        answer = world.nobody().get(f"/static/{path}", Accept_Encoding="gzip")
        assert answer.status_code == 200
        assert answer.headers["Content-Encoding"] == "gzip"
    assert world.nobody().get("/static/vendor/swagger-ui-dist/LICENSE").status_code == 200


def test_the_committed_description_is_the_one_that_is_served(world: World) -> None:
    served = world.nobody().get("/openapi.json").json
    assert served == json.loads(_DOCUMENT.read_text("utf-8")), "run: flask --app wsgi docs openapi"


def test_an_unchanged_description_is_304_without_a_body(world: World) -> None:
    first = world.nobody().get("/openapi.json", Accept_Encoding="gzip")
    again = world.nobody().get("/openapi.json", Accept_Encoding="gzip", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert "Content-Encoding" not in again.headers


def test_every_operation_is_described_and_nothing_else(world: World) -> None:
    served = world.nobody().get("/openapi.json").json
    assert served is not None
    described = {(path, method) for path, method, _ in _operations(served)}
    ruled = {
        (openapi.template_of(rule), method.lower())
        for rule in world.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == ruled


def test_every_operation_says_who_may_and_what_it_refuses(world: World) -> None:
    served = world.nobody().get("/openapi.json").json
    assert served is not None
    for path, method, operation in _operations(served):
        assert operation["security"] or path.endswith(("/sessions", "/sms-codes")), (method, path)
        assert {"401", "422", "429", "503"} <= set(operation["responses"]), (method, path)
        assert operation["summary"], (method, path)
        if method in {"post", "put"}:
            (body,) = operation["requestBody"]["content"].values()  # JSON, a form with a photo, or a picture as it is
            assert body["schema"], (method, path)


def test_every_type_in_the_description_is_one(world: World) -> None:
    """Shown red by a field described with `"type": null`, at which programs made from the document stop."""
    known = {"string", "integer", "number", "boolean", "array", "object", "null"}
    served = world.nobody().get("/openapi.json").json
    assert served is not None
    assert sorted(word for word in types_of(served["components"]["schemas"]) if word not in known) == []


def types_of(described: Any) -> Iterator[str]:
    """Every type that is named, however deep."""
    for inner in (
        described if isinstance(described, list) else described.values() if isinstance(described, dict) else ()
    ):
        yield from types_of(inner)
    if isinstance(described, dict) and "type" in described and not isinstance(described["type"], dict):
        named = described["type"]
        yield from map(str, named if isinstance(named, list) else [named])


def test_a_needed_idempotency_key_is_described_as_needed(world: World) -> None:
    served = world.nobody().get("/openapi.json").json
    assert served is not None
    needed = {
        (method, path)
        for path, method, operation in _operations(served)
        if any(p.get("name") == "Idempotency-Key" and p["required"] for p in operation.get("parameters", []))
    }
    assert {path.rsplit("/", 1)[1] for _, path in needed} == {"invitations", "cancel"}


def _operations(served: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, described in served["paths"].items():
        for method in set(described) - {"parameters"}:
            yield path, method, described[method]
