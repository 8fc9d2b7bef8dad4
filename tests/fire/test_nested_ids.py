"""Ids inside bodies and queries reach no further than ids in addresses: a foreign one is an unknown one, letter for letter.

Planted, with `partners_of` unscoped: `memberships.partner: 200 instead of 422`, `supplier: 201 instead of 422`.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest

from api import paging
from config.ids import new_id
from tests.fire.doors import Answer, Call, Doors
from tests.fire.planting import plant
from tests.fire.worlds import Holding, World, due, order_body
from workflows.domain import organisations, people, products, tasks
from workflows.domain.organisations import Organisation
from workflows.domain.people import Person
from workflows.domain.products import Product
from workflows.domain.purchasing import orders
from workflows.domain.purchasing.orders import PurchaseOrder
from workflows.domain.tasks import Task


def member(ref: str) -> Call:
    body = {"name": "N", "language": "zh", "memberships": [{"partner": ref, "role": "owner"}]}
    return Call("PUT", "brand/people/new", body)


def order(**changes: Any) -> Call:
    return Call("PUT", "brand/purchase-orders/new", {**order_body("S1", "SKU-S1"), **changes})


def order_of(sku: str) -> Call:
    return Call("PUT", "brand/purchase-orders/new", order_body("S1", sku))


def begin(task: str) -> Call:
    return Call("POST", "phone/conversations", {"id": "cnv_of_the_phone", "task": task})


def start_on(subject: str) -> Call:
    return Call("POST", "phone/conversations", {"id": "cnv_of_the_phone", "flow": "remark", "subject": subject})


def request_for(**changes: Any) -> Call:
    body = {"supplier": "S1", "items": ["SKU-S1"], "months": 1, "due_date": due(), **changes}
    return Call("PUT", "brand/capacity-requests/new", body)


def order_ids(world: World, foreign: Holding) -> tuple[str, str]:
    """Our id of an order of one's own, and of a foreign one."""
    own, other = (PurchaseOrder.get(ref=held.open_order).public_id for held in (world.ours, foreign))
    return own, other


# Who asks, how, and the id that is theirs, somebody else's and nobody's; then what those answer.
Named = tuple[str, Callable[[str], Call], Callable[[World], tuple[str, str]], int, int]
NAMED: dict[str, Named] = {
    "memberships.partner": ("key", member, lambda _: ("S1", "S9"), 201, 422),
    "supplier": ("key", lambda ref: order(supplier=ref), lambda _: ("S1", "S9"), 201, 422),
    "buyer": ("key", lambda ref: order(buyer=ref), lambda _: ("buyer-A", "buyer-B"), 201, 422),
    "buyer who buys nothing": ("key", lambda ref: order(buyer=ref), lambda _: ("buyer-A", "owner-S1"), 201, 422),
    "request's supplier": ("key", lambda ref: request_for(supplier=ref), lambda _: ("S1", "S9"), 201, 422),
    "items": ("key", lambda sku: request_for(items=[sku]), lambda _: ("SKU-S1", "SKU-S9"), 201, 422),
    "lines.sku": ("key", order_of, lambda _: ("SKU-S1", "SKU-S9"), 201, 422),
    "task": ("owner", begin, lambda world: (world.ours.task, world.theirs.task), 201, 404),
    "task of a neighbour": ("owner", begin, lambda world: (world.ours.task, world.neighbour.task), 201, 404),
    "subject": ("owner", start_on, lambda world: order_ids(world, world.theirs), 201, 404),
    "subject of a neighbour": ("owner", start_on, lambda world: order_ids(world, world.neighbour), 201, 404),
}


def tried(world: World, doors: Doors, who: str, call: Call) -> Answer:
    return doors.try_out(call, world.tokens[who], world.before)


def findings(world: World, doors: Doors) -> list[str]:
    """What is not as declared, in words."""
    found = []
    for name, (who, make, ids, right, wrong) in NAMED.items():
        own, foreign = ids(world)
        answers = {one: tried(world, doors, who, make(one)) for one in (own, foreign, "Unknown")}
        expected = {own: right, foreign: wrong, "Unknown": wrong}
        for one, answer in answers.items():
            if answer.status != expected[one]:
                found.append(f"{name}: {answer.status} instead of {expected[one]}: {answer.text[:200]}")
            if answer.status >= 400 and answer.changed:
                found.append(f"{name}: refused, and stored {sorted(map(str, answer.changed))}")
        if _nameless(answers[foreign], foreign) != _nameless(answers["Unknown"], "Unknown"):
            found.append(f"{name}: {answers[foreign].text} tells a foreign id from an unknown one")
    return found


def _nameless(answer: Answer, ref: str) -> str:
    return re.sub(r'"request_id":"[^"]*"', "", answer.text).replace(ref, "…")


def test_a_foreign_id_in_a_body_is_an_unknown_one(world: World, doors: Doors) -> None:
    assert findings(world, doors) == []


def test_a_planted_leak_of_a_nested_id_is_found(world: World, doors: Doors) -> None:
    """A task and a buyer are asked for twice, by the list of one's own and by the document's: both must leak at once."""
    partners = (organisations.partners_of, lambda _: Organisation.select())
    leaks: dict[str, list[tuple[Any, Any]]] = {
        "supplier": [partners],
        "request's supplier": [partners],
        "items": [(products.by_sku, lambda *_: {one.sku: one for one in Product.select()})],
        "memberships.partner": [partners],
        "buyer": [(people.buyer_with_ref, lambda _, ref: getattr(Person.get_or_none(ref=ref), "public_id", None))],
        "lines.sku": [(products.by_sku, lambda *_: {one.sku: one for one in Product.select()})],
        "task": [
            (tasks.tasks_of, lambda _: Task.select()),
            (orders.orders_of, lambda _: PurchaseOrder.select()),
        ],
        "subject": [(orders.orders_of, lambda _: PurchaseOrder.select())],
    }
    for field, planted in leaks.items():
        with pytest.MonkeyPatch.context() as patch:
            for right, wrong in planted:
                plant(patch, right, wrong)
            assert [one for one in findings(world, doors) if one.startswith(f"{field}: ")] != [], field


def test_a_strangers_template_is_an_unknown_one(world: World, doors: Doors) -> None:
    body = begin(world.ours.task).json

    def with_template(template: str) -> Answer:
        return tried(world, doors, "owner", Call("POST", "phone/conversations", {**body, "template": template}))

    assert with_template(world.ours.template).status == 201
    unknown = with_template("tpl_unknown")
    assert (unknown.status, unknown.changed) == (422, frozenset())
    for foreign in (world.neighbour.template, world.theirs.template):
        answer = with_template(foreign)
        assert (answer.said, answer.changed) == (unknown.said, frozenset())


def test_phones_that_make_the_same_id_have_a_conversation_each(world: World, doors: Doors) -> None:
    for foreign in (world.neighbour, world.theirs):
        call = Call("POST", "phone/conversations", {"id": foreign.conversation, "task": world.ours.task})
        answer = tried(world, doors, "owner", call)
        assert (answer.status, answer.json["subject"]["ref"]) == (201, world.ours.open_order)
        assert {mark for mark in foreign.marks if mark in answer.text} == {foreign.conversation}


def test_phones_that_make_the_same_answer_id_are_both_heard(world: World, doors: Doors) -> None:
    body = {"revision": 1, "answers": [{"id": "ans_the_same_of_two", "step": "decision", "value": "reject"}]}
    for who, held in (("owner", world.ours), ("stranger", world.neighbour), ("rival", world.theirs)):
        answer = doors.send(Call("POST", f"phone/conversations/{held.conversation}/answers", body), world.tokens[who])
        assert (answer.status, answer.json["stored"]) == (200, ["ans_the_same_of_two"])


def test_a_barcode_of_another_brand_is_free_to_be_used(world: World, doors: Doors) -> None:
    body = {"name": "Soy sauce", "unit": "pcs", "gtin": "6901234567892"}
    for key in (world.a.key, world.b.key):
        assert doors.send(Call("PUT", "brand/products/soy", body), key).status == 201
    taken = doors.send(Call("PUT", "brand/products/other", body), world.a.key)
    assert (taken.status, taken.faults) == (422, [("/gtin", "gtin_taken")])


@pytest.mark.parametrize(
    ("path", "who", "query"),
    [
        ("brand/purchase-orders", "key", {"supplier": "S9"}),
        ("brand/purchase-orders", "key", {"after": paging.cursor([0])}),
        ("brand/partners", "key", {"after": paging.cursor([-1]), "limit": 1000}),
        ("brand/capacity", "key", {"after": paging.cursor([0, 0, "2000-01-01", ""]), "limit": 1000}),
        ("brand/capacity", "key", {"supplier": "S9", "sku": "SKU-S9"}),
        ("brand/capacity-requests", "other_key", {"after": paging.cursor([0])}),
        ("brand/events", "key", {"after": 0, "limit": 1000}),
        ("brand/people", "other_key", {"limit": 1000}),
        ("phone/inbox", "owner", {"with": "steps"}),
        ("phone/inbox", "stranger", {"with": "steps"}),
        ("phone/flows/remark/subjects", "owner", {"with": "steps", "limit": 100}),
        ("phone/flows/remark/subjects", "stranger", {"after": paging.cursor(["po_Z"])}),
        ("phone/history", "rival", {"after": paging.cursor(["9999-01-01T00:00:00+00:00", 10_000])}),
    ],
)
def test_no_filter_and_no_forged_place_in_a_list_shows_more(
    world: World, doors: Doors, path: str, who: str, query: dict[str, Any]
) -> None:
    mine = {"key": {"ours", "neighbour"}, "other_key": {"theirs"}, "owner": {"ours"}, "stranger": {"neighbour"}}
    answer = tried(world, doors, who, Call("GET", path, query=query))
    assert answer.status == 200
    shown = {whose for whose, marks in world.marks.items() if any(mark in answer.text for mark in marks)}
    assert shown <= mine.get(who, {"theirs"})


def test_an_invitation_replayed_by_another_brand_is_an_invitation_of_its_own(world: World, doors: Doors) -> None:
    same = {"Idempotency-Key": new_id("key")}
    links = {
        doors.send(Call("POST", f"brand/people/{ref}/invitations", headers=same), key).json["link"]
        for ref, key in (("invited-A", world.a.key), ("invited-B", world.b.key))
    }
    assert len(links) == 2
