"""Whatever is asked of whatever address, a refusal is a problem document: documented as one, never HTML, never a trace."""

import re

import pytest

from tests.fire.doors import PROBLEM, Call, Doors
from tests.fire.operations import operations
from tests.fire.worlds import World

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "X")
NOWHERE = (
    "/nowhere",
    "/api",
    "/api/",
    "/api/v1/nowhere",
    "/api/v2/phone/me",
    "/api/v1/phone/me/",
    "/api/v1//phone/me",
    "/api/v1/brand/partners/a/b",
    "/api/v1/brand/partners/",
    "/app/nowhere",
    "/app/../wsgi.py",
    "/app/%2e%2e/%2e%2e/wsgi.py",
    "/static/nowhere",
    "/static/..%2f..%2fwsgi.py",
    "/static/%00",
    "/app/a%00b",
    "/app/./index.html",
    "/app/a/../index.html",
    "/app/%2e/index.html",
    "/static/./docs.js",
    "/.env",
    "/.git/config",
    "/health",
    "/docs/",
    "/app/" + "x" * 5_000,
)


def test_every_documented_refusal_is_a_problem_document(doors: Doors) -> None:
    document = doors.app.test_client().get("/openapi.json").get_json()
    wrong = []
    for operation in operations(doors.app):
        for status, answer in operation.document["responses"].items():
            shown = (
                document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]] if "$ref" in answer else answer
            )
            if status >= "400" and list(shown["content"]) != [PROBLEM]:
                wrong.append(f"{operation.name} {status}: {list(shown['content'])}")
    assert wrong == []


def test_every_operation_documents_that_it_may_refuse(doors: Doors) -> None:
    for operation in operations(doors.app):
        assert {"400", "401", "422", "429", "503"} <= set(operation.document["responses"]), operation.name
        guarded = operation.document["security"]
        assert guarded or operation.name in {"POST phone/sms-codes", "POST phone/sessions"}
        assert not guarded or "403" in operation.document["responses"], operation.name


@pytest.mark.parametrize("address", NOWHERE)
def test_what_is_not_there_is_a_problem_in_every_method(doors: Doors, address: str) -> None:
    client = doors.app.test_client()
    for method in METHODS:
        answer = client.open(address, method=method, headers={"Accept": "text/html"})
        assert answer.status_code in {308, 404, 405} or (answer.status_code, method) == (200, "OPTIONS"), method
        assert "html" not in answer.content_type or answer.status_code < 400
        if answer.status_code >= 400:
            assert answer.content_type == PROBLEM
            assert b"Traceback" not in answer.data
        assert answer.headers.get("Location", "http://localhost/").startswith(("http://localhost/", "/"))


def test_a_method_that_an_address_does_not_take_is_a_problem_that_names_those_it_does(
    doors: Doors, world: World
) -> None:
    templates = {operation.template for operation in operations(doors.app)}
    for template in sorted(templates):
        path = re.sub("{.*?}", "x", template.removeprefix("/api/v1/"))
        answer = doors.send(Call("PATCH", path), world.tokens["owner"])
        assert (answer.status, answer.code) == (405, "method_not_allowed"), template
        assert set(answer.headers["Allow"].split(", ")) & {"GET", "PUT", "POST", "DELETE"}


def test_no_answer_lacks_what_guards_the_browser(doors: Doors, world: World) -> None:
    answers = [
        doors.send(Call("GET", path), world.tokens["owner"]) for path in ("phone/me", "phone/nowhere", "brand/events")
    ]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["X-Request-Id"]
        assert "Server" not in answer.headers
        assert not any(name.lower().startswith("access-control") for name, _ in answer.headers.items())
