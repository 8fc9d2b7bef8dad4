"""Who reaches what: every operation, tried by everybody, on their own things, on everybody else's, and on things that
do not exist.

One table declares the answers, `own/other` where the operation names something and one status where it names nothing; an
operation without a row, or a person without a cell, fails. Beyond the status: what is foreign is answered letter for letter as
what is unknown, no answer shows a name, reference or id of somebody else, and no row of somebody else moves.

That the check can fail is shown by `test_every_planted_leak_is_found`: it takes the scope away from each query in turn.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import get_annotations, getmembers, isfunction
from sys import modules
from typing import Any

import pytest

from notifications import outbox
from notifications.outbox import OutboxRow
from tests import make
from tests.fire.doors import Doors
from tests.fire.matrix import OWN, Matrix
from tests.fire.planting import plant
from tests.fire.worlds import World
from workflows.domain import events, keys, organisations, people, products, sessions, tasks
from workflows.domain.access import Actor
from workflows.domain.audit import reading
from workflows.domain.audit.entries import AuditEntry
from workflows.domain.audit.views import AuditView
from workflows.domain.capacity import overview, records
from workflows.domain.capacity.records import CapacityPlan, CapacityRequest
from workflows.domain.claims import settlements
from workflows.domain.claims.records import Claim, SettlementLine, claims_of
from workflows.domain.events import Event
from workflows.domain.evidence import records as photo_records
from workflows.domain.evidence.records import EvidencePhoto
from workflows.domain.organisations import Organisation
from workflows.domain.people import Membership, Person
from workflows.domain.products import Product
from workflows.domain.promotions import records as promotions
from workflows.domain.promotions.records import Promotion
from workflows.domain.purchasing import orders, rules
from workflows.domain.purchasing.orders import PurchaseOrder
from workflows.domain.purchasing.rules import ConfirmationRule
from workflows.domain.tasks import Task
from workflows.engine import conversations, inbox
from workflows.engine.records import Conversation


@pytest.fixture
def matrix(world: World, doors: Doors) -> Matrix:
    return Matrix(world, doors)


def test_every_operation_is_as_declared_for_everybody(matrix: Matrix) -> None:
    assert matrix.undeclared() == []
    assert list(matrix.findings()) == []


def test_an_operation_or_a_person_without_a_cell_is_found(matrix: Matrix) -> None:
    del matrix.table["GET phone/history"]
    del matrix.table["GET phone/me"]["nobody"]
    assert {"GET phone/history", "GET phone/me as nobody"} <= set(matrix.undeclared())


_SAYS_SO = re.compile(r"200 instead of 201|20[01] instead of 404|shows \[|moved \[")
_OUTSIDERS = ("stranger", "rival", "distributor", "key", "other_key")


@dataclass(frozen=True)
class Leak:
    """A query that starts from an actor, the same one with its scope taken away, and the operations that must tell."""

    right: Any
    wrong: Any
    told_by: tuple[str, ...]
    also: tuple[tuple[Any, Any], ...] = ()  # the second wall behind it, taken away with it


def _everybodys(right: Any) -> Any:
    """What `right` gives to any supplier's owner, all of it to whoever asks."""

    def wrong(_actor: Actor, *rest: Any) -> list[Any]:
        owners = Membership.select(Person, Organisation).join(Person).switch(Membership).join(Organisation)
        actors = [make.actor_for(one.person, one.organisation) for one in owners.where(Membership.role == "owner")]
        return [found for actor in actors for found in right(actor, *rest)]

    return wrong


_ORDERS_TOO = ((orders.orders_of, lambda _actor: PurchaseOrder.select()),)

_ORDER, _CONVERSATION = "brand/purchase-orders", "phone/conversations/{conversation}"
_REQUEST = "brand/capacity-requests/{ref}"
_PROMOTION = "brand/promotions/{ref}"
_TALKING = (f"GET {_CONVERSATION}", f"DELETE {_CONVERSATION}")
_ORDERING = (f"GET {_ORDER}", f"GET {_ORDER}/{{ref}}", f"PUT {_ORDER}/{{ref}}", f"POST {_ORDER}/{{ref}}/cancel")


def _master(what: str) -> tuple[str, ...]:
    place = f"brand/{what}"
    return (f"GET {place}s", f"GET {place}s/{{ref}}", f"PUT {place}s/{{ref}}")


LEAKS: Mapping[str, Leak] = {
    "orders of a brand": Leak(orders.orders_of, lambda _actor: PurchaseOrder.select(), _ORDERING),
    "capacity requests of a brand": Leak(
        records.requests_of,
        lambda _actor: CapacityRequest.select(),
        (*_master("capacity-request"), f"DELETE {_REQUEST}"),
    ),
    "capacity of anybody": Leak(
        overview._pairs,
        lambda *_: [(plan.supplier_id, plan.product_id) for plan in CapacityPlan.select()],
        ("GET brand/capacity",),
    ),
    "promotions of a brand": Leak(
        promotions.promotions_of,
        lambda _actor: Promotion.select(),
        (*_master("promotion"), f"DELETE {_PROMOTION}", f"GET {_PROMOTION}/participants"),
    ),
    "claims of anybody": Leak(
        claims_of, lambda _actor: Claim.select(), ("GET brand/claims", "GET brand/claims/{claim}", "GET phone/claims")
    ),
    "partners of a brand": Leak(organisations.partners_of, lambda _actor: Organisation.select(), _master("partner")),
    "people of a brand": Leak(
        people.people_of,
        lambda _actor: Person.select(),
        ("GET brand/people", "GET brand/people/{ref}", "PUT brand/people/{ref}", "POST brand/people/{ref}/invitations"),
    ),
    "products of a brand": Leak(
        products.products_of, lambda _actor: Product.select(), ("GET brand/products", "GET brand/products/{sku}")
    ),
    "tasks of anybody": Leak(
        tasks.tasks_of, lambda _actor: Task.select(), ("POST phone/conversations",), also=_ORDERS_TOO
    ),
    "tasks of the brand": Leak(
        tasks.tasks_of,
        lambda actor: Task.select().where(Task.brand == actor.brand_id),
        ("POST phone/conversations",),
        also=_ORDERS_TOO,
    ),
    "conversations of anybody": Leak(conversations.conversations_of, lambda _actor: Conversation.select(), _TALKING),
    "conversations of the brand": Leak(
        conversations.conversations_of,
        lambda actor: Conversation.select().where(Conversation.brand == actor.brand_id),
        _TALKING,
    ),
    "anybody's settlements": Leak(
        settlements.lines_of,
        lambda _actor: SettlementLine.select(),
        (
            "GET brand/settlements",
            "GET brand/settlements.csv",
            "PUT brand/settlements/{id}/payment",
        ),
    ),
    "anybody's photos": Leak(
        photo_records.photos_of, lambda _actor: EvidencePhoto.select(), ("GET phone/photos/{photo}",)
    ),
    "anybody's inbox": Leak(inbox.waiting_for, _everybodys(inbox.waiting_for), ("GET phone/inbox",)),
    "anybody's history": Leak(inbox.history_of, _everybodys(inbox.history_of), ("GET phone/history",)),
    "anybody's notices": Leak(
        outbox.notices_of,
        lambda *_: list(OutboxRow.select().where(OutboxRow.queue == outbox.NOTICES)),
        ("GET phone/inbox",),
    ),
    "anybody's audit": Leak(reading.entries_of, lambda _actor: AuditEntry.select(), ("GET brand/audit",)),
    "anybody's views": Leak(reading.views_of, lambda _actor: AuditView.select(), ("GET brand/audit/views",)),
    "anybody's events": Leak(events.page, lambda *_: list(Event.select()), ("GET brand/events",)),
    "anybody's places": Leak(
        sessions._same_human,
        lambda *_: [person.public_id for person in Person.select()],
        ("GET phone/me", "PUT phone/sessions/current"),
    ),
    "anybody's rule": Leak(rules.set_rule, lambda *_: _everybodys_rule(), ("PUT brand/rules/order-confirmation",)),
}


def _everybodys_rule() -> ConfirmationRule:
    Organisation.update(region="moved").execute()
    return ConfirmationRule(brand=1)


def test_every_planted_leak_is_found(matrix: Matrix) -> None:
    """In every operation that it reaches, as `200 instead of 404`, `shows […] of theirs` or `moved […]`."""
    unnoticed = []
    for name, leak in LEAKS.items():
        for operation in leak.told_by:
            with pytest.MonkeyPatch.context() as patch:
                for right, wrong in ((leak.right, leak.wrong), *leak.also):
                    plant(patch, right, wrong)
                said = list(matrix.findings(_OUTSIDERS, only={operation}))
            if not any(_SAYS_SO.search(finding) for finding in said):
                unnoticed.append(f"{name}: {operation} says {said[:1]}")
    assert unnoticed == []


Query = Callable[[Actor], Any]


def scoped_queries() -> dict[str, Query]:
    """Every `…_of(actor)` of the house that gives a query: what a new one is called, so it is found here by itself."""
    found: dict[str, Query] = {}
    for name, module in list(modules.items()):
        if not name.startswith("workflows."):
            continue
        for title, function in getmembers(module, isfunction):
            is_own = function.__module__ == name and title.endswith("_of")
            gives = str(get_annotations(function).get("return"))
            if is_own and "actor" in get_annotations(function) and ("ModelSelect" in gives or "Any" in gives):
                found[title] = function
    return found


def beyond(query: Query, world: World) -> list[str]:
    """Who sees a row through `query` that is not theirs, in words."""
    found = []
    for who, mine in OWN.items():
        token = world.tokens[who]
        actor = keys.actor_of_key(token) if token.startswith("plk_") else sessions.actor_of_session(token)
        for row in query(actor):
            if not _is_theirs(row, actor, mine, world):
                found.append(f"{who} sees {type(row).__name__} {row.id}")
    return found


def _is_theirs(row: Any, actor: Actor, mine: tuple[str, ...], world: World) -> bool:
    whose = world.owned.get((type(row)._meta.table_name, row.id))
    if actor.is_brand:
        return bool(row.brand == actor.brand_id)
    is_itself = isinstance(row, Organisation) and row.id in {actor.organisation_id, actor.brand_id}
    is_known = isinstance(row, Product) and row.brand == actor.brand_id
    is_self = isinstance(row, Person) and row.id in {actor.person_id, world.moved}
    return whose in mine or is_itself or is_known or is_self


def test_no_query_that_starts_from_an_actor_gives_what_is_not_theirs(world: World) -> None:
    queries = scoped_queries()
    assert {name: beyond(query, world) for name, query in queries.items()} == {name: [] for name in queries}
    known = {"orders_of", "partners_of", "people_of", "products_of", "tasks_of", "conversations_of"}
    assert known <= set(queries)


def test_a_query_that_stops_at_the_brand_is_found(world: World) -> None:
    for record in (Organisation, Person, Task, Conversation, PurchaseOrder):
        said = beyond(lambda actor, of=record: of.select().where(of.brand == actor.brand_id), world)
        assert {"owner", "stranger"} <= {one.split()[0] for one in said}, record


# No operation reaches them: a leak of theirs would show nowhere.
WITHOUT_A_DOOR = {"proofs_of"}


def test_every_query_that_starts_from_an_actor_has_a_planted_leak() -> None:
    queries = scoped_queries()
    planted = {leak.right for leak in LEAKS.values()}
    assert {name for name, query in queries.items() if query not in planted} == WITHOUT_A_DOOR
