"""The idempotency matrix: every changing operation, by its own means, sent twenty times in the same moment to a real server.

One execution: the rows that move are those that a single call moves. Everybody else has the same answer, or a conflict that says
so. The same name for other content is refused; a key is required where nothing else tells a repetition from a second wish, is
the organisation's own, and is kept seven days.

That it can fail is shown by the planted faults below: keys not looked up, contents not compared, answers and reports not known
again.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import requests
from flask import Flask

from api import idempotency
from config import clock
from config.ids import new_id
from notifications import consents
from tests import make
from tests.fire import rows
from tests.fire.conftest import LONG
from tests.fire.doors import Call
from tests.fire.operations import changing
from tests.fire.planting import plant
from tests.fire.repetition import CASES, REUSED, Case, session_call
from tests.fire.server import AT_ONCE, send, send_and_hang_up, send_at_once, serving
from tests.fire.worlds import World
from workflows.engine import answers


class Server:
    """The running app, and what its rows did while it was called."""

    def __init__(self, base: str, world: World) -> None:
        self.base, self.world = base, world

    def findings(self, name: str, is_keyed: bool = False) -> Iterator[str]:
        """What is wrong when the operation is sent at once; with `is_keyed` under a key that tells the calls apart."""
        case = CASES[name]
        single, one_moved = self._moved(case, 1, is_keyed)
        many, all_moved = self._moved(case, AT_ONCE, is_keyed)
        if one_moved != all_moved:
            yield f"{dict(all_moved)} moved, one call alone moves {dict(one_moved)}"
        statuses = Counter(answer.status_code for answer in many)
        expected = {single[0].status_code} if is_keyed else case.statuses
        if not set(statuses) <= expected | {409}:
            yield f"answered {statuses}: {many[0].text[:200]}"
        if statuses[409] and any(not _says_why(answer) for answer in many if answer.status_code == 409):
            yield "a conflict that says neither when to try again nor what stands"
        if not is_keyed and case.first is not None and statuses[case.first] != 1:
            yield f"{statuses[case.first]} answers say that they did it"
        shared = {repr(case.same(answer.json())) for answer in many if answer.status_code in {200, 201}}
        if len(shared) > 1:
            yield f"different answers: {sorted(shared)[:2]}"
        if is_keyed or case.other:
            yield from self._of_other_content(case, is_keyed)

    def findings_of_two(self, name: str) -> Iterator[str]:
        """What is wrong when one key comes with two contents in the same moment: two like things, of which one may happen."""
        case = CASES[name]
        single, one_moved = self._moved(case, 1, is_keyed=True)
        same = {"Idempotency-Key": new_id("key")}
        both = [replace(case.prepare(self.world), headers=same) for _ in range(2)]
        credential = self._credential(case)
        before = rows.held()
        answers = send_at_once(self.base, [(call, credential) for call in both] * (AT_ONCE // 2))
        moved = Counter(table for table, _ in rows.changed(before, rows.held()) if table not in case.besides)
        if moved != one_moved:
            yield f"{dict(moved)} moved, one content alone moves {dict(one_moved)}"
        refused = Counter(place % 2 for place, answer in enumerate(answers) if answer.status_code == REUSED[0])
        if sum(refused.values()) != AT_ONCE // 2 or len(refused) != 1:
            yield f"refused {dict(refused)}: {Counter(answer.status_code for answer in answers)}, alone {single[0].status_code}"

    def _moved(self, case: Case, times: int, is_keyed: bool) -> tuple[list[requests.Response], Counter[str]]:
        self.call = case.prepare(self.world)
        if is_keyed:
            self.call = replace(self.call, headers={"Idempotency-Key": new_id("key")})
        credential = self._credential(case)
        before = rows.held()
        answers = send_at_once(self.base, [(self.call, credential)] * times)
        moved = rows.changed(before, rows.held())
        return answers, Counter(table for table, _ in moved if table not in case.besides)

    def _of_other_content(self, case: Case, is_keyed: bool) -> Iterator[str]:
        other = case.other(self.call, self.world) if case.other else _other_query(self.call)
        before = rows.held()
        answer = send(self.base, other, self._credential(case))
        expected = REUSED if is_keyed else case.refusal
        if (answer.status_code, answer.json().get("code")) != expected:
            yield f"other content: {answer.status_code} {answer.text[:150]}"
        if rows.changed(before, rows.held()):
            yield "other content was refused and moved rows"

    def _credential(self, case: Case) -> str | None:
        if case.who == "nobody":
            return None
        if case.who == "newcomer":
            return World.session(make.person(self.world.ours.supplier))
        return World.session(self.world.ours.owner) if case.who == "anew" else self.world.tokens[case.who]


def _says_why(answer: requests.Response) -> bool:
    return "Retry-After" in answer.headers or "turn" in answer.json()


def _other_query(call: Call) -> Call:
    if isinstance(call.json, dict) and call.json:
        return replace(call, json={**call.json, "note": "other"})
    return replace(call, query={**dict(call.query), "other": "1"})


@pytest.fixture(scope="module")
def server(app: Flask, made_world: World) -> Iterator[Server]:
    with serving(app) as base:
        yield Server(base, made_world)


def test_the_matrix_knows_every_changing_operation(app: Flask) -> None:
    assert sorted(CASES) == sorted(changing(app))


@pytest.mark.parametrize("name", CASES)
def test_twenty_same_calls_at_once_are_done_once(server: Server, name: str) -> None:
    for _ in range(20 if LONG else 1):
        assert list(server.findings(name)) == []


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.is_keyed])
def test_twenty_same_calls_under_one_key_have_one_answer(server: Server, name: str) -> None:
    assert list(server.findings(name, is_keyed=True)) == []


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.is_keyed])
def test_one_key_with_two_contents_at_once_does_one_of_them(server: Server, name: str) -> None:
    assert list(server.findings_of_two(name)) == []


def test_signing_in_twenty_times_leaves_one_session(server: Server) -> None:
    call = session_call(server.world)
    answers = send_at_once(server.base, [(call, None)] * AT_ONCE)
    live = [send(server.base, Call("GET", "phone/me"), answer.json()["token"]).status_code for answer in answers]
    assert sorted(live) == [200] + [401] * (AT_ONCE - 1)


@pytest.mark.parametrize(
    "name",
    ["POST brand/people/{ref}/invitations", "POST brand/purchase-orders/{ref}/cancel", "POST phone/conversations"],
)
def test_a_call_that_needs_a_key_says_so_and_does_nothing(server: Server, name: str) -> None:
    case = CASES[name]
    call = replace(case.prepare(server.world), headers={})
    if call.json:
        call = replace(call, json={key: value for key, value in call.json.items() if key != "id"})
    before = rows.held()
    answer = send(server.base, call, server.world.tokens[case.who])
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert rows.changed(before, rows.held()) == set()


def test_a_key_is_its_organisations_own(server: Server) -> None:
    call = Call(
        "PUT", f"brand/partners/{new_id('S')}", {"kind": "store", "name": "X"}, headers={"Idempotency-Key": "k"}
    )
    for credential in (server.world.a.key, server.world.b.key):
        answers = send_at_once(server.base, [(call, credential)] * 2)
        assert [answer.status_code for answer in answers] == [201, 201]


def test_a_line_that_breaks_before_the_answer_leaves_one_execution(server: Server) -> None:
    call = CASES["POST brand/people/{ref}/invitations"].prepare(server.world)
    before = rows.counts(rows.held())
    for _ in range(5):
        send_and_hang_up(server.base, call, server.world.a.key)
    answers = [send(server.base, call, server.world.a.key) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    after = rows.counts(rows.held())
    assert [after[table] - before.get(table, 0) for table in ("invitation", "idempotency_record")] == [1, 1]


def test_a_key_is_kept_seven_days_and_then_forgotten(server: Server) -> None:
    call = CASES["POST brand/people/{ref}/invitations"].prepare(server.world)
    first = send(server.base, call, server.world.a.key)
    with clock.travelled(days=6.9):
        assert forgotten() == 0
        again = send(server.base, call, server.world.a.key)
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    with clock.travelled(days=7.1):
        assert forgotten() > 0
        anew = send(server.base, call, server.world.a.key)
        assert (anew.status_code, "Idempotency-Replayed" in anew.headers) == (201, False)
        assert anew.json()["link"] != first.json()["link"]


def forgotten() -> int:
    return idempotency.forget_calls(clock.now() - idempotency.KEPT, 0).forgotten


INVITE, ANSWER = "POST brand/people/{ref}/invitations", "POST phone/conversations/{conversation}/answers"
FAULTS: Mapping[str, tuple[Any, Any, str]] = {
    "keys are not looked up": (idempotency._find, lambda *_: None, INVITE),
    "contents are not compared": (idempotency._request_hash, lambda: "same", INVITE),
    "reports are not known again": (consents._is_new, lambda *_: True, "POST phone/consents"),
    "answers are not known again": (answers.unseen, lambda _run, given: list(given), ANSWER),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(server: Server, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right, wrong, operation = FAULTS[fault]
    plant(monkeypatch, right, wrong)
    assert list(server.findings(operation)) != []


def test_a_key_kept_outside_the_transaction_of_what_it_did_is_found(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked and written beside the work, instead of in it: whoever comes while the first is at work does it too."""
    at_work: Counter[str] = Counter()
    second = threading.Event()

    def beside(key: str, call: Any, secret: Any) -> Any:
        def held() -> Any:
            at_work[key] += 1
            if at_work[key] > 1:
                second.set()
            assert len(at_work) == 1 or second.wait(30), "nobody came beside the first"  # one key: the call sent alone
            return call()

        return idempotency._done_beside(key, held, secret)

    monkeypatch.setattr(idempotency, "_done_once", beside)
    assert list(server.findings(INVITE)) != []
