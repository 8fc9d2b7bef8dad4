"""Calls made from the document by schemathesis, at least fifty an operation: no 5xx, and no answer that the document does not
know by its status, type, headers and body. What the document calls wrong is refused; what it calls right is refused for no
reason that it could have named.

Alone it is a weak promise (it does not find a magic number), so the corpora of `test_boundary` stand beside it: the planted
division below is found by them, and here only where the document names the number as a limit. What this finds, and they do
not, is a document that lies: the other faults planted below.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from config import database
from notifications.wechat import login
from tests.fire.conftest import LONG, fire_settings, quieten
from tests.fire.generated import Caller, listed
from tests.fire.house import FIXTURE
from tests.fire.planting import plant
from tests.fire.worlds import APP, World
from tests.wechat_stub import RunningStub, running_stub
from workflows.domain import organisations, values
from workflows.domain.errors import Conflict
from workflows.domain.purchasing import rules
from workflows.domain.values import Refused

SIGN_IN = "POST phone/sessions"
ENOUGH = 50  # of so many calls some get through; of ten, by chance, none may


@pytest.fixture
def caller(world: World, app: Flask) -> Caller:
    return Caller(world, app)


def times() -> int:
    """How many cases an operation: on a database server, where the suite runs a second time, ten in the short form."""
    return 500 if LONG else 10 if database.is_postgres() else ENOUGH


@pytest.mark.parametrize("name", [name for name in listed() if name != SIGN_IN])
def test_no_made_up_call_is_answered_as_nobody_documented(caller: Caller, name: str) -> None:
    assert caller.findings(name, times()) == []
    if times() >= ENOUGH:
        assert caller.statuses.keys() - {400, 401, 422}, f"nothing got through: {caller.statuses}"


@pytest.fixture
def wechat() -> Iterator[RunningStub]:
    """WeChat, for sign-ins: nothing of it happens inside a transaction, so nothing is taken back."""
    with running_stub(FIXTURE) as stub:
        login.use(fire_settings("sqlite:///", Path(), WECHAT_API_BASE=stub.wechat_base).wechat)
        yield stub
    quieten()


def test_no_made_up_sign_in_is_answered_as_nobody_documented(
    made_world: World, app: Flask, wechat: RunningStub
) -> None:
    caller = Caller(made_world, app)
    tries = 3 * times()  # there are three ways in
    codes = [wechat.login(APP, "stranger") for _ in range(tries)]
    invitation = made_world.a.invitation
    assert caller.findings(SIGN_IN, tries, is_undone=False, code=codes, invitation=[invitation, None]) == []
    assert caller.statuses[201] > 0


def _divides(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda actor, body: (1 // (body.get("late_days") or 0), right(actor, body))[1]


def _refuses(*_: Any) -> Any:
    raise Conflict("task_done")


def _tells_more(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda partner: {**right(partner), "state": None}


def _finds_too_long(*_: Any) -> Any:
    raise Refused("too_long", longest=3)


PARTNER, PUT_PARTNER = "GET brand/partners/{ref}", "PUT brand/partners/{ref}"
FAULTS: Mapping[str, tuple[Any, Any, str, str]] = {
    "a number that divides by nothing": (
        rules.set_rule,
        _divides(rules.set_rule),
        "PUT brand/rules/order-confirmation",
        "500 Server error",
    ),
    "a status nobody documented": (organisations.partner, _refuses, PARTNER, "409 Undocumented"),
    "a body that is not as described": (
        organisations.partner_document,
        _tells_more(organisations.partner_document),
        PARTNER,
        "200 Response violates schema",
    ),
    "a rule that the document keeps to itself": (
        values.clean_text,
        _finds_too_long,
        PUT_PARTNER,
        "keeps to itself that /name may be too_long",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(caller: Caller, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right, wrong, operation, said = FAULTS[fault]
    plant(monkeypatch, right, wrong)
    assert [one for one in caller.findings(operation, 50) if one.startswith(said)] != []
