"""The same call twenty times at once, half of them at each of two web processes: it is done once, everybody gets its answer.

Each operation by each of its means is `test_idempotency.py`'s, in one process; these are the means across processes: a reference
(PUT), an Idempotency-Key, an id made by a phone. Short form on SQLite and on PostgreSQL (wherever the suite runs), twice; LONG=1:
25 times.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from config.ids import new_id
from tests import make
from tests.fire.caller import Caller, Reply
from tests.fire.conftest import LONG, say
from tests.fire.fleet import Plan, running_fleet
from tests.fire.market import Ledger, Market
from tests.fire.reckoning import disagreements
from workflows.domain.invitations import Invitation
from workflows.domain.tasks import Task

TIMES = 25 if LONG else 2
AT_ONCE, TRIES = 20, 4
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def market(processes_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    plan = Plan(webs=2, workers=0, clocks=0)
    with running_fleet(processes_url, tmp_path_factory.mktemp("fleet"), plan) as fleet:
        yield Market(fleet)


def at_once(market: Market, credential: str, method: str, path: str, said: Any, **headers: str) -> list[Reply | None]:
    """The same call from twenty callers in the same moment, on alternating processes; who is told to wait asks again."""
    start = threading.Barrier(AT_ONCE)

    def call(number: int) -> Reply | None:
        caller = Caller(market.fleet.urls[number % 2], credential, "/api/v1")
        start.wait(timeout=30)
        for _ in range(TRIES):
            reply = caller.call(method, path, said, 30, **headers)
            if reply is None or "Retry-After" not in reply.headers:
                break
            time.sleep(0.1)
        return reply

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(call, range(AT_ONCE)))


def unexpected(replies: list[Reply | None]) -> Counter[str]:
    """What is not the answer."""
    return Counter(f"{reply and reply.status}" for reply in replies if reply is None or reply.status not in {200, 201})


def traded(market: Market, ledger: Ledger, number: int) -> Counter[str]:
    """Place, open, answer; then another order placed and cancelled: each twenty times at once."""
    stall = market.stalls[number % len(market.stalls)]
    found: Counter[str] = Counter()
    for ref in (f"PO-once-{number}", f"PO-gone-{number}"):
        path = f"/brand/purchase-orders/{ref}"
        placed = at_once(market, market.key, "PUT", path, market.order(stall))
        found += unexpected(placed)
        assert [reply.status for reply in placed if reply].count(201) == 1
        ledger.note(ref, "order.placed", "placed", "10")
    task: Task = Task.get(Task.subject_ref == f"PO-once-{number}", Task.brand == market.brand.id)
    talk = new_id("cnv")
    begin = {"id": talk, "task": task.public_id}
    found += unexpected(at_once(market, stall.token, "POST", "/phone/conversations", begin))
    answers = [
        {"id": new_id("ans"), "step": "decision", "value": "accept"},
        {"id": new_id("ans"), "step": "send", "value": True},
    ]
    said = {"revision": 0, "answers": answers}
    found += unexpected(at_once(market, stall.token, "POST", f"/phone/conversations/{talk}/answers", said))
    ledger.note(f"PO-once-{number}", "order.confirmed", "confirmed")
    path, reason = f"/brand/purchase-orders/PO-gone-{number}/cancel", {"reason": "enough"}
    found += unexpected(at_once(market, market.key, "POST", path, reason, Idempotency_Key=new_id("key")))
    ledger.note(f"PO-gone-{number}", "order.cancelled", "cancelled")
    return found


def invited(market: Market) -> tuple[Counter[str], int]:
    """Invite somebody, twenty times at once with one key: what was unexpected, and how many invitations there are."""
    who = make.person(make.supplier(market.brand))
    path = f"/brand/people/{who.ref}/invitations"
    replies = at_once(market, market.key, "POST", path, None, Idempotency_Key=new_id("key"))
    return unexpected(replies), Invitation.select().where(Invitation.person == who.id).count()


def test_twenty_at_once_at_two_processes_are_one(market: Market) -> None:
    ledger = Ledger()
    found = sum((traded(market, ledger, number) for number in range(TIMES)), Counter())
    invitations = [invited(market) for _ in range(TIMES)]
    say(f"{6 * TIMES} calls, each {AT_ONCE} times at once at two processes: unexpected {dict(found)}")
    assert found == Counter()
    assert disagreements(market, ledger) == []
    assert invitations == [(Counter(), 1)] * TIMES


def test_a_house_that_forgets_which_calls_it_answered_is_found(market: Market) -> None:
    with market.fleet.planted("web", "forgets_calls"):
        assert invited(market) != (Counter(), 1)
