"""Calls that nobody wrote: made by schemathesis from the OpenAPI document, right ones and wrong ones, with real names in them.

A case is drawn from one operation's own description; what it names (an order, a task, a product) is, more often than not,
replaced by something that is there, since a made-up name only ever meets a 404. It is sent by somebody who gets past the
door, in a transaction that is taken back, so that thousands of cases meet one world. The dice are the same in every run.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation

from config import database
from tests import photos
from tests.fire.worlds import APP, World, due, promotion_body
from workflows.engine import registry

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Faults of the shape alone: a call made as the document says never meets one, or the document keeps a rule to itself.
SHAPE = {"text_expected", "number_expected", "list_expected", "object_expected", "unknown_field", "required", "length"}
SHAPE |= {"id_malformed", "ref_malformed", "number_malformed", "too_many_decimals", "date_malformed", "time_malformed"}
SHAPE |= {"too_long", "list_too_long", "list_too_short", "choice_unknown", "out_of_range", "gtin_malformed"}
# What the trade decides although the document lists the words: which role a partner's kind has, of which kind one is, whether
# something is counted, that a text is there in one of its two languages at least.
IS_BY_TRADE = re.compile("/role$|^/kind$|^/task$|^/pays/fact$|^/title$|^/policy$|^/shots/[0-9]+/text$")
_PICTURE = b"\xff\xd8\xff\xe0" + b"picture" * 100
_IN_FOUR = (True, True, True, False)
Described = APIOperation[Any, Any, Any, Any]
Names = Mapping[str, Sequence[Any]]


def listed() -> list[str]:
    """The short names of the documented operations: `PUT brand/partners/{ref}`. A new one is here by itself."""
    paths = json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    return [
        f"{method.upper()} {path.removeprefix('/api/v1/')}"
        for path, methods in paths.items()
        for method in methods
        if method != "parameters"
    ]


def described(app: Flask) -> dict[str, Described]:
    """The operations as `app` describes them now."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    found = [result.ok() for result in schema.get_all_operations()]
    return {f"{one.method.upper()} {one.path.removeprefix('/api/v1/')}": one for one in found}


def names_of(world: World, operation: str) -> dict[str, Sequence[Any]]:
    """What is there to be named, by the field, parameter or header that names it."""
    ours = world.ours
    orders = (ours.order, ours.open_order, ours.done_order)
    by_place = {"brand/partners": ("S1", "self"), "brand/people": ("invited-A", "owner-S1"), "brand/products": ("SKU",)}
    refs = next((refs for place, refs in by_place.items() if f" {place}" in operation), orders)
    return {
        "ref": refs,
        "conversation": (ours.conversation, ours.done),
        "flow": tuple(registry.flows()),
        "step": ("decision", "send", "lines"),
        "task": (ours.task, ours.taken_task),
        "template": (ours.template,),
        "revision": (ours.revision,),
        "acting_for": (ours.supplier.public_id,),
        "app": (APP,),
        "supplier": ("S1", "S2"),
        "partner": ("S1", "D-A", "self"),
        "buyer": ("buyer-A",),
        "sku": (ours.sku, "SKU"),
        "unit": ("pcs",),
        "currency": ("CNY", "USD"),
        "items": ([ours.sku],),
        "phone": ("+8613912345678",),
        "due_date": (due(), due(60)),
        "name": ("Name",),
        "token": (world.a.invitation,),
        **(_photo_of(world) if "photos" in operation else {}),
        **({"answers": ({"tmpl-task": "accept"},)} if operation == "POST phone/consents" else {}),
        **({"id": (ours.settlement,)} if "settlements" in operation else {}),
        **(_promotion_of(world) if operation.endswith("promotions/{ref}") else {}),
        "If-Match": ("*", '"1"'),
    }


def _photo_of(world: World) -> dict[str, Sequence[Any]]:
    """A file with its own hash, and where it is wanted: made-up ones never fit together."""
    return {
        "photo": ("pho_made-up-1", "pho_made-up-2", world.ours.photo),
        "file": (_PICTURE,),
        "sha256": (hashlib.sha256(_PICTURE).hexdigest(),),
        "conversation": (world.ours.proof,),
        "step": (photos.SHOT, photos.SIGNATURE),
    }


def _promotion_of(world: World) -> dict[str, Sequence[Any]]:
    """Who takes part and when, as they fit together, and what is asked of them."""
    body = promotion_body(world.ours)
    fitting = ("starts_on", "ends_on", "sign_by", "due_at", "participants")
    (part,) = body["participants"]
    return {
        **{name: (body[name],) for name in fitting},
        "ref": (world.ours.promotion, "PROMO-made-up"),
        "partner": (part["partner"],),
        "proved_by": (part["proved_by"], None),
        "store": (part["stores"][0]["store"],),
        "pays": ({"kind": "per_store", "amount": "1.50", "currency": "CNY"},),
        "currency": ("CNY",),
        "facts": ([],),
        "max": (20,),
    }


@st.composite
def cases(draw: st.DrawFn, operation: Described, names: Names) -> Case:
    """One call: three in four as described, the others wrong somewhere; with names that are there put in."""
    mode = GenerationMode.POSITIVE if draw(st.sampled_from(_IN_FOUR)) else GenerationMode.NEGATIVE
    case: Case = draw(operation.as_strategy(generation_mode=mode))

    def named(key: str, value: Any) -> Any:
        return draw(st.sampled_from(names[key])) if key in names and draw(st.sampled_from(_IN_FOUR)) else value

    case.path_parameters = {key: named(key, value) for key, value in case.path_parameters.items()}
    case.query = {key: named(key, value) for key, value in case.query.items()}
    for key in names.keys() & case.headers.keys():
        case.headers[key] = named(key, case.headers[key])
    case.body = _renamed(case.body, named)
    return case


def _renamed(body: Any, named: Callable[[str, Any], Any]) -> Any:
    if isinstance(body, dict):
        return {key: _renamed(named(key, value), named) for key, value in body.items()}
    if isinstance(body, float) and body.is_integer():
        return int(body)  # JSON Schema cannot tell 10.0 from 10; the house refuses the first as no exact number
    return [_renamed(one, named) for one in body] if isinstance(body, list) else body


class Caller:
    """Sends made-up calls and tells every answer that is a fault of ours or that the document does not know."""

    def __init__(self, world: World, app: Flask) -> None:
        self.world, self.operations = world, described(app)
        self.statuses: Counter[int] = Counter()
        self._found: dict[str, str] = {}

    def findings(self, name: str, times: int, is_undone: bool = True, **more: Sequence[Any]) -> list[str]:
        """So many cases of one operation; what is wrong with their answers, each kind once. `more` are further names."""
        operation, names = self.operations[name], {**names_of(self.world, name), **more}
        who = {"session": "owner", "key": "key"}.get(next(iter(_schemes(operation)), ""))
        self.statuses.clear()
        self._found.clear()

        @settings(
            max_examples=times,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(cases(operation, names))
        def send(case: Case) -> None:
            with _undone() if is_undone else database.connection():
                self._send(case, self.world.tokens[who] if who else None)

        send()
        return [f"{kind}: {call}" for kind, call in self._found.items()]

    def _send(self, case: Case, credential: str | None) -> None:
        headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {credential}"} if credential else {})
        answer = case.call(headers=headers)
        self.statuses[answer.status_code] += 1
        told = f"{case.as_curl_command()} → {answer.content[:300].decode(errors='replace')}"
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            for failure in failures.exceptions:
                self._found.setdefault(f"{answer.status_code} {failure.title} {str(failure.message)[:100]}", told)
        is_right = case.meta is not None and case.meta.generation.mode.is_positive
        for fault in answer.json().get("errors", []) if answer.status_code == 422 and is_right else []:
            if fault["code"] in SHAPE and not IS_BY_TRADE.search(fault["pointer"]):
                field = re.sub("/[0-9]+/", "/0/", fault["pointer"])
                self._found.setdefault(f"keeps to itself that {field} may be {fault['code']}", told)


def _schemes(operation: Described) -> Iterator[str]:
    for choice in operation.definition.raw.get("security", []):
        yield from choice


@contextmanager
def _undone() -> Iterator[None]:
    with database.proxy.atomic() as transaction:
        yield
        transaction.rollback()
