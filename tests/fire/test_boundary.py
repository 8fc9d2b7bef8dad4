"""The boundary corpus: every field of every body, every parameter of every address and query, and the headers that we read,
each with every hostile value, on whichever database the suite runs.

Never a 5xx; every refusal a problem document, never HTML; whatever is refused stores nothing; whatever is taken can be read.

Two planted faults show that it can fail: a rule that divides by what it is given, and a reader that lets broken letters in.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api import parsing
from notifications.wechat import login
from tests.fire import rows
from tests.fire.conftest import fire_settings, quieten
from tests.fire.corpus import BODIES, HEADERS, TEXTS, VALUES, spoiled
from tests.fire.doors import PROBLEM, Answer, Call, Doors
from tests.fire.house import FIXTURE
from tests.fire.operations import Operation, changing, operations
from tests.fire.planting import plant
from tests.fire.valid import FORMS, POLLS, VALID, Valid
from tests.fire.worlds import APP, World
from tests.wechat_stub import RunningStub, running_stub
from workflows.domain.purchasing import rules

# A refused call may note itself for its own repetition, and that WeChat has been asked about a code.
_NOTED = {"idempotency_record", "spent_login_code"}


class Corpus:
    """Tries spoiled calls in one world, and tells what went wrong in words."""

    def __init__(self, world: World, doors: Doors) -> None:
        self.world, self.doors = world, doors
        self.documented = {one.name: set(one.document["responses"]) for one in operations(doors.app)}
        self.known: set[str] = set()
        self.tried = 0

    def send(self, who: str | None, call: Call) -> Answer:
        self.tried += 1
        credential = self.world.tokens[who] if who else None
        return self.doors.try_out(call, credential, self.world.before, then=_read_back(call))

    def of_bodies(self, name: str) -> Iterator[str]:
        """Each field with each value, and each whole body."""
        valid = self._of(name)
        call = valid.make(self.world)
        for where, value, raw in spoiled(call.json, valid.absent):
            yield from self._wrong(f"{where} {value}", self.send(valid.who, _with_body(call, raw)))
        for name, (raw, kind) in BODIES.items():
            yield from self._wrong(f"body {name}", self.send(valid.who, _with_body(call, raw, kind)))

    def of_headers(self, name: str) -> Iterator[str]:
        """Each header that we read with each value."""
        valid = self._of(name)
        call = valid.make(self.world)
        for header, values in HEADERS.items():
            for value in values:
                spoilt = Call(call.method, call.path, call.json, call.query, {**call.headers, header: value})
                who = None if header == "Authorization" else valid.who
                yield from self._wrong(f"{header}: {value[:40]!r}", self.send(who, spoilt))

    def of_addresses(self, operation: Operation, who: str | None, body: Any) -> Iterator[str]:
        """Each parameter of the address and of the query with each text."""
        self.known = self.documented[operation.name]
        named = [one for one in operation.document.get("parameters", []) if one["in"] == "query"]
        place = operation.template.removeprefix("/api/v1/")
        right = {
            "conversation": self.world.ours.conversation,
            "step": "decision",
            "ref": "new",
            "sku": "new",
            "flow": "remark",
        }
        right |= {one: "new" for one in re.findall("{(.*?)}", place) if one not in right}
        headers = {"Idempotency-Key": "key"}
        for parameter in re.findall("{(.*?)}", place):
            for text in TEXTS:
                path = place.format(**{**right, parameter: text})
                query = {"revision": 1} if operation.method == "delete" else {}
                call = Call(operation.method.upper(), path, body, query, headers)
                yield from self._wrong(f"{{{parameter}}} {text[:40]}", self.send(who, call))
        for one in named:
            for text in TEXTS:
                query = f"{one['name']}={text}"
                call = Call(operation.method.upper(), place.format(**right), body, query, headers)
                yield from self._wrong(f"?{query[:40]}", self.send(who, call))

    def _of(self, name: str) -> Valid:
        self.known = self.documented[name.partition(",")[0]]
        return {**VALID, **FORMS, **POLLS}[name]

    def _wrong(self, what: str, answer: Answer) -> Iterator[str]:
        said = f"{what}: {answer.status} {answer.text[:200]}"
        if answer.status >= 500:
            yield said
        if str(answer.status) not in self.known | {"405"}:
            yield f"{said} is not documented"
        if answer.status >= 400 and (answer.type != PROBLEM or not answer.code):
            yield f"{said} is no problem document but {answer.type}"
        if answer.status < 300 and answer.type not in _OURS and answer.status != 204:
            yield f"{said} is {answer.type}"
        stored = {key for key in answer.changed if key[0] not in _NOTED}
        if answer.status >= 400 and stored:
            yield f"{said}, and yet stored {sorted(map(str, stored))[:3]}"
        if answer.status < 400 and answer.read_back not in {None, 200}:
            yield f"{said} cannot be read back: {answer.read_back}"


_OURS = {"application/json", "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def _with_body(call: Call, raw: bytes, kind: str = "application/json") -> Call:
    return Call(call.method, call.path, None, call.query, {**call.headers, "Content-Type": kind}, raw)


def _read_back(call: Call) -> Call | None:
    if call.method != "PUT" or call.path.startswith("phone/") or call.path.endswith("/payment"):
        return None
    return Call("GET", call.path)


@pytest.fixture
def corpus(world: World, doors: Doors) -> Corpus:
    return Corpus(world, doors)


def test_the_corpus_knows_every_changing_operation(doors: Doors) -> None:
    assert sorted(changing(doors.app)) == sorted(VALID)
    assert len(VALUES) >= 25
    assert len(TEXTS) >= 25


@pytest.mark.parametrize("name", [*VALID, *FORMS])
def test_the_call_is_right_before_it_is_spoilt(corpus: Corpus, name: str) -> None:
    valid = {**VALID, **FORMS}[name]
    answer = corpus.send(valid.who, valid.make(corpus.world))
    assert (answer.status, answer.text[:300] if answer.status >= 400 else "") == (valid.status, "")


@pytest.mark.parametrize("name", [*VALID, *FORMS])
def test_no_value_in_any_field_breaks_a_door(corpus: Corpus, name: str) -> None:
    assert list(corpus.of_bodies(name)) == []


def test_no_address_and_no_query_breaks_a_door(corpus: Corpus, doors: Doors) -> None:
    found = []
    for operation in operations(doors.app):
        valid = VALID.get(operation.name)
        who = "owner" if "/phone/" in operation.template else "key"
        body = valid.make(corpus.world).json if valid else None
        found += [f"{operation.name} {finding}" for finding in corpus.of_addresses(operation, who, body)]
    assert found == []


@pytest.mark.parametrize("name", ["PUT brand/partners/{ref}", "POST brand/purchase-orders/{ref}/cancel", *POLLS])
def test_no_header_breaks_a_door(corpus: Corpus, name: str) -> None:
    assert list(corpus.of_headers(name)) == []


@pytest.fixture
def wechat() -> Iterator[RunningStub]:
    """WeChat, for sign-ins: nothing of it happens inside a transaction, so nothing is taken back."""
    with running_stub(FIXTURE) as stub:
        login.use(fire_settings("sqlite:///", Path(), WECHAT_API_BASE=stub.wechat_base).wechat)
        yield stub
    quieten()


def test_no_value_in_a_sign_in_by_wechat_breaks_a_door(made_world: World, doors: Doors, wechat: RunningStub) -> None:
    before = rows.held()
    right = {"via": "wechat", "app": APP, "code": "c", "device": "d", "invitation": made_world.a.invitation}
    wrong, taken = [], set()
    for where, value, raw in spoiled(right):
        code = "c" if where == "/code" else wechat.login(APP, "stranger")
        sent = raw.replace(b'"code": "c"', f'"code": "{code}"'.encode())
        answer = doors.send(_with_body(Call("POST", "phone/sessions"), sent))
        if answer.status == 201:
            taken.add(where)
        elif answer.status not in {400, 401, 422} or answer.type != PROBLEM:
            wrong.append(f"{where} {value}: {answer.status} {answer.text[:200]}")
    assert wrong == []
    assert taken == {"/device", "/invitation"}  # a device is what its phone says it is; no invitation is none
    moved = {key[0] for key in rows.changed(before, rows.held())}
    noted = {"audit_entry", "event_counter"}
    assert moved <= {"spent_login_code", "phone_session", "address", "invitation"} | noted


def test_a_planted_division_is_found(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    read = rules.set_rule
    plant(monkeypatch, read, lambda actor, body: (1 // (body.get("late_days") or 0), read(actor, body))[1])
    found = corpus.of_bodies("PUT brand/rules/order-confirmation")
    assert any(finding.startswith("/late_days zero: 500") for finding in found)


def test_a_reader_that_lets_broken_letters_in_is_found(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says `body odd keys: 500`: the problem that repeats the key cannot be written."""
    plant(monkeypatch, parsing._refuse_broken_letters, lambda _value: None)
    found = corpus.of_bodies("POST phone/conversations/{conversation}/answers")
    assert any(": 500" in finding or ": 503" in finding for finding in found)
