"""Sessions and keys on two web processes: what ends at one has ended at the other with the next request. No process keeps a yes.

What each attack on a session is answered is `test_sessions.py`'s; this shows that no process remembers. Short form on SQLite
and on PostgreSQL (wherever the suite runs), 4 of each; LONG=1: 40.
"""

from collections.abc import Callable, Iterator

import pytest

from tests import make
from tests.fire.caller import Caller, Reply
from tests.fire.conftest import LONG, say
from tests.fire.fleet import Plan, running_fleet
from tests.fire.market import Market, Stall
from tests.fire.worlds import World
from workflows.domain import keys, organisations, people
from workflows.domain.access import SCOPES
from workflows.domain.organisations import Organisation

TIMES = 40 if LONG else 4
WARM = 3  # calls at each process before: a cache would know the caller by then
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def market(processes_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    plan = Plan(webs=2, workers=0, clocks=0)
    with running_fleet(processes_url, tmp_path_factory.mktemp("fleet"), plan) as fleet:
        yield Market(fleet)


class Case:
    """Somebody who is let in at both processes until `end` is done."""

    def __init__(self, market: Market, token: str, path: str) -> None:
        self.callers = [Caller(url, token) for url in market.fleet.urls]
        self.path = path

    def statuses(self) -> list[int]:
        """What each process answers now."""
        return [reply.status if (reply := one.call("GET", self.path)) else 0 for one in self.callers]


def phone(market: Market, token: str) -> Case:
    return Case(market, token, "/api/v1/phone/inbox")


def newcomer(market: Market) -> tuple[Stall, Organisation, str]:
    """A supplier with one signed-in owner: the stall, the organisation, and the owner's reference."""
    at = make.supplier(market.brand)
    owner = make.person(at)
    return Stall(at.ref, World.session(owner), owner.public_id, ""), at, owner.ref


def signed_out(market: Market, which: int) -> tuple[Case, Callable[[], object]]:
    stall, _, _ = newcomer(market)
    case = phone(market, stall.token)
    return case, lambda: case.callers[which].call("DELETE", "/api/v1/phone/sessions/current")


def suspended_person(market: Market, _which: int) -> tuple[Case, Callable[[], object]]:
    stall, _, ref = newcomer(market)
    return phone(market, stall.token), lambda: people.suspend_person(make.system_actor(market.brand), ref)


def suspended_partner(market: Market, _which: int) -> tuple[Case, Callable[[], object]]:
    stall, _, _ = newcomer(market)
    return phone(market, stall.token), lambda: organisations.suspend_partner(make.system_actor(market.brand), stall.ref)


def ended_membership(market: Market, which: int) -> tuple[Case, Callable[[], object]]:
    stall, _, ref = newcomer(market)
    other = make.supplier(market.brand).ref
    body = {"name": "Li", "language": "zh", "memberships": [{"partner": other, "role": "owner"}]}
    return phone(market, stall.token), lambda: market.erp(which).call("PUT", f"/people/{ref}", body)


def revoked_key(market: Market, which: int) -> tuple[Case, Callable[[], object]]:
    brand = make.brand(f"brand-of-key-{which}-{make.supplier(market.brand).ref}".lower())
    key = keys.create_key(brand, SCOPES, "erp")
    return Case(market, key, "/api/v1/brand/products"), lambda: keys.revoke_key(brand, key[:12])


ENDS = [signed_out, suspended_person, suspended_partner, ended_membership, revoked_key]
End = Callable[[Market, int], tuple[Case, Callable[[], object]]]


def still_let_in(market: Market, end: End, times: int) -> list[list[int]]:
    """What both processes answered right after an end, where it was not a refusal."""
    wrong = []
    for number in range(times):
        case, end_it = end(market, number % 2)
        for _ in range(WARM):
            assert case.statuses() == [200, 200]
        answer = end_it()
        assert not isinstance(answer, Reply) or answer.status < 300, answer
        if (after := case.statuses()) != [401, 401]:
            wrong.append(after)
    return wrong


@pytest.mark.parametrize("end", ENDS, ids=[end.__name__ for end in ENDS])
def test_an_end_is_an_end_at_every_process_at_once(market: Market, end: End) -> None:
    wrong = still_let_in(market, end, TIMES)
    say(f"{end.__name__}: {TIMES} times at two processes, let in afterwards {len(wrong)} times")
    assert wrong == []


def test_a_process_that_remembers_whom_it_let_in_is_found(market: Market) -> None:
    with market.fleet.planted("web", "keeps_sessions"):
        assert still_let_in(market, suspended_person, 1) == [[200, 200]]
