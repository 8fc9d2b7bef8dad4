"""A brand that orders from twenty suppliers, each with a phone that WeChat reaches; and what was acknowledged to whom.

The writers do what people do at the two doors. Whatever is not answered they send again, as a brand's system and a phone do.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from config import database
from config.ids import new_id
from notifications import consents, recipients
from tests import make
from tests.fire.caller import Caller, Reply
from tests.fire.fleet import USERS, Fleet
from tests.fire.worlds import APP, TEMPLATES, World, order_body
from workflows.domain import keys
from workflows.domain.access import SCOPES
from workflows.domain.organisations import Organisation

SUPPLIERS = 20
BUYERS = len(USERS) - SUPPLIERS
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Stall:
    """A supplier whose owner is signed in on a phone, and the buyer who orders there."""

    ref: str
    token: str
    person: str
    buyer: str


class Market:
    """The brand, its key, and the stalls."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.places: dict[int, int] = {}  # the number of each stall, by its organisation's row
        with database.transaction():
            self.brand = make.brand(new_id("brand").lower())
            self.sku = make.product(self.brand, "BOX").sku
            buyers = [self._reached(self.brand, "buyer", USERS[SUPPLIERS + number]) for number in range(BUYERS)]
            self.stalls = [self._stall(number, buyers[number % BUYERS]) for number in range(SUPPLIERS)]
        self.key = keys.create_key(self.brand, SCOPES, "erp")

    def _stall(self, number: int, buyer: Any) -> Stall:
        at = make.supplier(self.brand, f"S{number}")
        self.places[at.id] = number
        owner = self._reached(at, "owner", USERS[number])
        return Stall(at.ref, World.session(owner), owner.public_id, buyer.ref)

    def _reached(self, at: Organisation, role: str, user: str) -> Any:
        who = make.person(at, role)
        recipients.bind(who.public_id, "wechat", APP, self.fleet.stub.openid(APP, user))
        for template in TEMPLATES.values():
            consents.grant(who.public_id, APP, template, 5_000)
        return who

    def erp(self, which: int = 0) -> Caller:
        """The brand's system."""
        return Caller(self.fleet.urls[which % len(self.fleet.urls)], self.key, "/api/v1/brand")

    def phone(self, stall: Stall, which: int = 0) -> Caller:
        """A supplier's phone."""
        return Caller(self.fleet.urls[which % len(self.fleet.urls)], stall.token, "/api/v1/phone")

    def order(self, stall: Stall, quantity: int = 10) -> dict[str, Any]:
        """An order at a stall."""
        body = order_body(stall.ref, self.sku, buyer=stall.buyer)
        body["lines"] = body["lines"][:1]
        body["lines"][0]["quantity"] = str(quantity)
        return body


@dataclass
class Ledger:
    """What was acknowledged: of each order its end, and the facts that must stand in the log."""

    ends: dict[str, str] = field(default_factory=dict)
    facts: dict[str, list[str]] = field(default_factory=dict)
    quantities: dict[str, str] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, ref: str, fact: str, end: str, quantity: str = "") -> None:
        """A write about an order was acknowledged."""
        with self._lock:
            self.acknowledged += 1
            if fact:
                self.facts.setdefault(ref, []).append(fact)
            if end:
                self.ends[ref] = end
            if quantity:
                self.quantities[ref] = quantity

    def take(self, *others: "Ledger") -> None:
        """What was acknowledged to others before, the latest of them first."""
        for other in others:
            for ref, facts in other.facts.items():
                self.facts[ref] = [*facts, *self.facts.get(ref, [])]
            self.ends = {**other.ends, **self.ends}
            self.quantities = {**other.quantities, **self.quantities}

    def count(self, reply: Reply | None) -> None:
        """Whatever came back, of every try."""
        with self._lock:
            self.statuses["nobody" if reply is None else str(reply.status)] += 1

    @property
    def refusals(self) -> dict[str, int]:
        """Answers that nobody should have got."""
        return {status: count for status, count in self.statuses.items() if status not in {"nobody", "200", "201"}}


def until_answered(ledger: Ledger, ask: Callable[[], Reply | None]) -> Reply:
    """The answer, asked for as often as it takes."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        reply = ask()
        ledger.count(reply)
        if reply is not None and reply.status in {200, 201}:
            return reply
        assert time.monotonic() < deadline, f"no answer in {_PATIENCE_S} s, last {reply and reply.body[:300]!r}"
        time.sleep(0.05)


class Writer:
    """One stall's trade, order after order: placed, then confirmed, or changed and cancelled, or cancelled."""

    def __init__(self, market: Market, ledger: Ledger, number: int) -> None:
        self.market, self.ledger, self.number = market, ledger, number
        self.stall = market.stalls[number]
        self._erp, self._phone = market.erp(number), market.phone(self.stall, number + 1)

    def run(self, wanted: Callable[[], bool]) -> int:
        """Trade for as long as that is wanted; how many orders."""
        count = 0
        while wanted():
            self.trade(f"PO-{self.number}-{count}", count)
            count += 1
        return count

    def trade(self, ref: str, turn: int) -> None:
        """One order from its beginning to its end."""
        self.place(ref, 10)
        if turn % 5 < 3:
            self.confirm(ref)
            return
        if turn % 5 == 3:
            self.place(ref, 20, fact="order.changed")
        self.cancel(ref)

    def place(self, ref: str, quantity: int, fact: str = "order.placed") -> None:
        """Place or change it."""
        body = self.market.order(self.stall, quantity)
        self._acknowledged(self._erp, "PUT", f"/purchase-orders/{ref}", body)
        self.ledger.note(ref, fact, "placed", f"{quantity}")

    def confirm(self, ref: str) -> None:
        """Open the supplier's task and accept the order."""
        tasks = self._acknowledged(self._phone, "GET", "/inbox")["tasks"]
        task = next(one["id"] for one in tasks if one["subject"]["ref"] == ref)
        talk = self._acknowledged(self._phone, "POST", "/conversations", {"id": new_id("cnv"), "task": task})["id"]
        self.ledger.note(ref, "", "")
        answers = [
            {"id": new_id("ans"), "step": "decision", "value": "accept"},
            {"id": new_id("ans"), "step": "send", "value": True},
        ]
        said = {"revision": 0, "answers": answers}
        done = self._acknowledged(self._phone, "POST", f"/conversations/{talk}/answers", said)
        assert done["state"] == "done", done
        self.ledger.note(ref, "order.confirmed", "confirmed")

    def cancel(self, ref: str) -> None:
        """The brand takes it back."""
        path, key = f"/purchase-orders/{ref}/cancel", new_id("key")
        self._acknowledged(self._erp, "POST", path, {"reason": "enough"}, Idempotency_Key=key)
        self.ledger.note(ref, "order.cancelled", "cancelled")

    def _acknowledged(self, caller: Caller, method: str, path: str, said: Any = None, **headers: str) -> Any:
        return until_answered(self.ledger, lambda: caller.call(method, path, said, **headers)).json()
