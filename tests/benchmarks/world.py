"""What the doors are measured with: a brand with a key, a supplier with orders to answer, a supplier with 50 tasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config import database
from tests import make, photos
from tests.benchmarks.stores import Store, bound
from tests.trade import Trade, order_document
from workflows.domain import keys, sessions
from workflows.domain.access import SCOPES
from workflows.domain.organisations import Organisation
from workflows.domain.people import Person
from workflows.domain.purchasing.placing import place_order
from workflows.domain.tasks import Task

LINES_OF_AN_ORDER = 5
LINES_OF_A_LARGE_ORDER = 200
TASKS_IN_THE_INBOX = 50
SKUS = tuple(f"P{number}" for number in range(20))


@dataclass(frozen=True)
class World:
    """A filled database, and who may do what in it. `tasks` and `large_tasks` wait to be answered by `token`,
    and `proof` for photos."""

    url: str
    key: str
    token: str
    busy_token: str
    tasks: tuple[str, ...]
    large_tasks: tuple[str, ...]
    proof: str


def build(store: Store, orders: int, large_orders: int) -> World:
    """A world with so many orders to answer, of 5 and of 200 lines."""
    url = store.migrated()
    with bound(url):
        with database.transaction():
            trade = _trade()
            busy = make.supplier(trade.brand, "S2")
            busy_owner = make.person(busy, "owner")
        with database.transaction():
            for number in range(TASKS_IN_THE_INBOX):
                place_order(trade.system, f"INBOX-{number}", _document(LINES_OF_AN_ORDER, supplier="S2"))
        with database.transaction():
            tasks = tuple(_task(trade, f"TURN-{number}", LINES_OF_AN_ORDER) for number in range(orders))
            large = tuple(_task(trade, f"LARGE-{number}", LINES_OF_A_LARGE_ORDER) for number in range(large_orders))
        proof = photos.conversation(trade.owner).public_id
        key = keys.create_key(trade.brand, SCOPES, "bench")
        owner = Person.get(Person.public_id == trade.owner.person)
        token, busy_token = _signed_in(owner, trade.supplier), _signed_in(busy_owner, busy)
    return World(url, key, token, busy_token, tasks, large, proof)


def _trade() -> Trade:
    trade = Trade()
    for sku in SKUS:
        make.product(trade.brand, sku)
    return trade


def _task(trade: Trade, ref: str, lines: int) -> str:
    placed = place_order(trade.system, ref, _document(lines))
    task: Task = Task.get(Task.subject_id == placed.order.public_id)
    return str(task.public_id)


def _document(lines: int, **more: Any) -> Mapping[str, Any]:
    return order_document(skus=SKUS, lines=lines, **more)


def large_order() -> Mapping[str, Any]:
    """An order of 200 lines as a brand's system sends it."""
    return _document(LINES_OF_A_LARGE_ORDER)


def _signed_in(person: Person, at: Organisation) -> str:
    places = sessions.places_of([person.public_id])
    with database.transaction():
        place = next(place for place in places if place.organisation.id == at.id)
        begun, _ = sessions.begin(place, places, "bench-device", None)
    return begun.token
