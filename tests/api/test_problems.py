"""Every refusal is a problem document with a stable code, in the caller's language."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api import parsing
from api.fault_sentences import FAULTS
from api.sentences import PROBLEMS
from tests.api.conftest import Caller, World, order_document
from workflows.domain.errors import DomainError

_ROOT = Path(__file__).resolve().parents[2]
ORDER = "/api/v1/brand/purchase-orders/PO-1"


def test_an_unknown_address_is_a_problem_document(world: World) -> None:
    answer = world.nobody().get("/no/such/place", Accept="text/html", Accept_Language="en")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.json is not None
    assert answer.json["type"] == "urn:partnerline:problem:not_found"
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    assert answer.json["title"] == "Not found"


def test_a_wrong_method_says_which_ones_there_are(world: World) -> None:
    answer = world.system().delete("/api/v1/brand/events")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert answer.json is not None
    assert answer.json["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    ("accepts", "title"),
    [("en-GB,en;q=0.9", "Sign in first"), ("zh-CN", "请先登录"), ("fr", "请先登录"), ("", "请先登录")],
)
def test_a_problem_is_read_in_the_callers_language(world: World, accepts: str, title: str) -> None:
    answer = world.nobody().get("/api/v1/phone/inbox", Accept_Language=accepts)
    assert answer.json is not None
    assert answer.json["title"] == title


def test_a_person_without_accept_language_reads_their_own(world: World) -> None:
    from_phone = world.phone().get("/api/v1/phone/conversations/none")
    assert from_phone.json is not None
    assert from_phone.json["title"] == "没有找到"


def test_a_defect_is_answered_without_its_trace(app: Flask, world: World) -> None:
    def broken() -> str:
        raise RuntimeError("the inside of the house")

    app.view_functions["pages.front"] = broken
    answer = world.nobody().get("/")
    assert answer.status_code == 500
    assert b"inside" not in answer.data
    assert answer.json is not None
    assert answer.json["code"] == "internal"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'{"a": NaN}', "not_json"),
        (b'{"a": -Infinity}', "not_json"),
        (b'{"a": 1, "a": 2}', "duplicate_key"),
        (b'{"lines": [{"a": 1, "a": 1}]}', "duplicate_key"),
        (b'{"a": 1' + b"0" * 400 + b"}", "number_too_large"),
        (b'{"a": 1e400}', "number_too_large"),
        (b"[" * 33 + b"]" * 33, "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "too_deep"),
        (b'{"a": "\x01"}', "not_json"),
        (b'{"a": "\xed\xa0\x80"}', "not_json"),
        (b"\xff\xfe", "not_json"),
    ],
)
def test_a_body_without_one_meaning_is_refused(world: World, body: bytes, reason: str) -> None:
    answer = _put_raw(world.system(), body)
    assert answer.status_code == 400
    assert answer.json is not None
    assert (answer.json["code"], answer.json["reason"]) == ("malformed", reason)


def test_brackets_inside_texts_are_no_depth() -> None:
    assert parsing.parse(b'{"a": "' + b"[{" * 500 + b'"}') == {"a": "[{" * 500}
    assert parsing.parse(b"[" * 32 + b"]" * 32) is not None
    with pytest.raises(DomainError):
        parsing.parse(b'["' + b"]" * 50 + b'",' + b"[" * 33 + b"]" * 33 + b"]")


def test_a_byte_order_mark_in_front_is_no_trouble() -> None:
    assert parsing.parse(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_letters_that_no_database_keeps_are_named_by_their_place(world: World) -> None:
    document = order_document(note="half a pair \ud800")
    document["lines"][0]["sku"] = "B\x00X"
    answer = _put_raw(world.system(), json.dumps(document).encode())
    assert answer.status_code == 422
    assert answer.json is not None
    assert {error["pointer"] for error in answer.json["errors"]} == {"/note", "/lines/0/sku"}
    assert {error["code"] for error in answer.json["errors"]} == {"character_refused"}


def test_another_content_type_is_refused(world: World) -> None:
    assert _put_raw(world.system(), b"a=1", "text/plain").status_code == 415


def test_a_body_that_is_no_object_is_refused_by_the_shape(world: World) -> None:
    for body in (b"[]", b'"text"', b"1", b"null"):
        assert _put_raw(world.system(), body).status_code == 422


def _put_raw(caller: Caller, body: bytes, content_type: str = "application/json") -> TestResponse:
    headers = {"Authorization": f"Bearer {caller.credential}"}
    return caller.client.put(ORDER, data=body, content_type=content_type, headers=headers)


def test_every_fault_of_an_order_is_named_at_once(world: World) -> None:
    line = {"line": 1, "sku": "NONE", "quantity": "0", "unit": "pcs", "price": "x", "due_date": "2020-01-01"}
    document = {"supplier": "S-9", "currency": "ABC", "lines": [line, {"line": 1}], "colour": "red"}
    answer = world.system().put(ORDER, document, Accept_Language="en")
    assert answer.status_code == 422
    assert answer.json is not None
    found = {(error["pointer"], error["code"]) for error in answer.json["errors"]}
    assert {
        ("/supplier", "supplier_unknown"),
        ("/currency", "currency_unknown"),
        ("/colour", "unknown_field"),
        ("/lines/0/sku", "sku_unknown"),
        ("/lines/0/quantity", "too_small"),
        ("/lines/0/price", "number_malformed"),
        ("/lines/0/due_date", "date_past"),
        ("/lines/1/line", "line_twice"),
        ("/lines/1/sku", "required"),
    } <= found
    paths = [error["path"] for error in answer.json["errors"]]
    assert ["lines", 0, "quantity"] in paths
    assert world.system().get(ORDER).status_code == 404


def test_too_many_lines_are_one_clear_fault(world: World) -> None:
    line = order_document()["lines"][0]
    lines = [{**line, "line": number} for number in range(1, 10_002)]
    answer = world.system().put(ORDER, order_document(lines=lines), Accept_Language="en")
    assert answer.status_code == 422
    assert answer.json is not None
    (error,) = answer.json["errors"]
    assert (error["pointer"], error["detail"]) == ("/lines", "At most 10000 entries.")


def test_a_body_larger_than_taken_is_413(world: World) -> None:
    answer = world.system().put("/api/v1/brand/products/BIG", {"name": "x" * 3_000_000})
    assert answer.status_code == 413
    assert answer.mimetype == "application/problem+json"


def test_every_code_of_the_house_has_its_sentence() -> None:
    silent = sorted(set(_codes("problem")) - set(PROBLEMS))
    assert silent == []
    silent = sorted(set(_codes("fault")) - set(FAULTS))
    assert silent == []


def _codes(wanted: str) -> Iterator[str]:
    """The codes that the trade and the doors raise, read off the source."""
    for folder in ("workflows/domain", "workflows/engine", "api"):
        for path in (_ROOT / folder).rglob("*.py"):
            for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
                yield from _codes_of(call, wanted)


def _codes_of(call: ast.Call, wanted: str) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    place = {
        "problem": {"NotFound": 0, "Forbidden": 0, "Unauthenticated": 0, "Conflict": 0, "DomainError": 0},
        "fault": {"Refused": 0, "Fault": 1, "add": 1},
    }[wanted].get(name)
    if place is None or (
        name == "add" and not (isinstance(call.func, ast.Attribute) and "aults" in ast.dump(call.func))
    ):
        return
    if (
        len(call.args) > place
        and isinstance(argument := call.args[place], ast.Constant)
        and isinstance(argument.value, str)
    ):
        yield argument.value
