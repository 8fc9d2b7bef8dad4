"""Proofs asked of many places: a few statements in the brand's own call, the rest by the worker, and each asked once."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from config import clock, database
from notifications.outbox import OutboxRow
from tests import claims, make
from tests.claims import Campaign
from tests.promotions import Field
from workflows.domain.claims import asking, publishing
from workflows.domain.claims.records import CHECKING, Claim
from workflows.domain.promotions.records import Site
from workflows.domain.tasks import Task
from workflows.engine.registry import use_flows
from workflows.flows import all_flows

ON = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)


@pytest.fixture
def field(db: None) -> Iterator[Field]:  # noqa: ARG001 - the database it lives in
    """Partners on a day on which the promotion is on."""
    use_flows(all_flows())
    with clock.frozen(ON):
        yield Field()


def stores(field: Field, number: int) -> list[dict[str, Any]]:
    """So many stores that take part by themselves, each with a person who takes the photos."""
    made = [make.partner(field.brand, "store", f"S{count}") for count in range(number)]
    for store in made:
        make.person(store, "owner")
    return [{"partner": store.ref} for store in made]


def put(field: Field, **changes: Any) -> None:
    """Put the promotion, its signing long over."""
    field.put(**{"sign_by": None, **changes})


def waiting(queue: str = asking.WAITING) -> list[OutboxRow]:
    """What the worker still has to do, oldest first."""
    rows = OutboxRow.select().where(OutboxRow.queue == f"internal:{queue}")
    return list(rows.order_by(OutboxRow.id))


def work(rows: list[OutboxRow]) -> None:
    """As the worker does it, each in a transaction of its own."""
    for row in rows:
        with database.transaction():
            asking.ask_waiting(row.payload)


def asked(state: str = "open") -> list[Task]:
    """The tasks of proofs in a state."""
    return list(Task.select().where(Task.flow == "promotion-proof", Task.state == state).order_by(Task.id))


def told() -> int:
    """How often somebody was told of a task."""
    return int(OutboxRow.select().where(OutboxRow.queue == "notices", OutboxRow.kind == "task").count())


def statements(act: Callable[[], object]) -> int:
    """How many statements an act takes."""
    said: list[str] = []
    hooks = database.proxy.obj.query_hooks
    hooks.append(lambda event: said.append(event.sql))
    try:
        act()
    finally:
        hooks.pop()
    return len(said)


def test_stores_that_take_part_by_themselves_take_a_bounded_number_of_statements(field: Field) -> None:
    """Whatever the brand does: publish, change what is asked, withdraw."""
    many = stores(field, 620)
    counts = {}
    for ref, some in (("P-1", many[:50]), ("P-2", many)):
        counts[ref] = [
            statements(lambda ref=ref, some=some: put(field, ref=ref, participants=some)),
            statements(lambda ref=ref, some=some: put(field, ref=ref, participants=some, title="Winter")),
            statements(lambda ref=ref: publishing.withdraw(field.system, ref)),
        ]
    # three more slices of claims an insert, ten of rows and of work: not one statement a store
    assert all(more <= few + 40 for few, more in zip(counts["P-1"], counts["P-2"], strict=True)), counts
    assert Claim.select().count() == 670


def test_each_is_asked_once_though_the_worker_comes_twice_and_in_any_order(field: Field) -> None:
    put(field, participants=stores(field, 250))
    assert (Claim.select().count(), len(asked()), len(waiting())) == (250, 20, 3)
    rows = waiting()
    work([rows[2], rows[0], rows[0], rows[1], *rows])
    tasks = asked()
    assert len({task.subject_id for task in tasks}) == len(tasks) == told() == 250
    assert {task.organisation for task in tasks} == {claim.prover_id for claim in Claim.select()}


def test_a_change_while_they_wait_asks_each_for_what_stands_last(field: Field) -> None:
    many = stores(field, 130)
    put(field, participants=many)
    first = waiting()
    put(field, participants=many, title="Winter")
    work([*reversed(waiting()), *first])
    tasks = asked()
    assert len({task.subject_id for task in tasks}) == len(tasks) == 130
    assert {(task.subject_version, task.due_at) for task in tasks} == {(2, Claim.get().due_at)}
    assert len(asked("superseded")) == 20  # those that had been asked in the first call
    assert told() == 150


def test_withdrawn_while_they_wait_nobody_is_asked_any_more(field: Field) -> None:
    put(field, participants=stores(field, 130))
    first = waiting()
    work(first[:1])
    publishing.withdraw(field.system, "P-1")
    assert {claim.state for claim in Claim.select()} == {"withdrawn"}
    work([*first, *waiting()])
    assert asked() == []
    assert len(asked("cancelled")) == 120


def test_a_place_left_out_while_it_waits_is_not_asked_and_one_that_comes_back_is_asked_anew(field: Field) -> None:
    many = stores(field, 60)
    put(field, participants=many)
    put(field, participants=many[:30])
    put(field, participants=many)
    work([*waiting(), *waiting()])
    assert len({task.subject_id for task in asked()}) == len(asked()) == Claim.select().count() == 60


def test_a_proof_sent_before_the_worker_comes_goes_its_way(field: Field) -> None:
    many = stores(field, 60)
    put(field, participants=many)
    Claim.update(state=CHECKING).execute()
    publishing.withdraw(field.system, "P-1")
    work(waiting())
    assert {claim.state for claim in Claim.select()} == {CHECKING}


def test_before_it_begins_every_place_waits_once_and_is_asked_once(campaign: Campaign) -> None:
    use_flows(all_flows())
    for _ in range(45):
        claims.site(campaign.participation, campaign.store(), campaign.agency)
    promotion = campaign.promotion
    promotion.starts_on = date(2026, 11, 25)
    promotion.save()
    asking.ask_all(promotion)
    work([*waiting(), *waiting()])
    begins = waiting(asking.QUEUE)
    assert (len(asked()), len(begins), Site.select().count()) == (0, 45, 45)
    with clock.frozen(begins[0].available_at):
        for row in [*begins, *begins]:
            with database.transaction():
                asking.proof_begins(row.payload)
    assert len({task.subject_id for task in asked()}) == len(asked()) == 45
