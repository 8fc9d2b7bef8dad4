"""A transaction is all or nothing, and so is a part of it that may fail alone."""

from collections.abc import Callable

import pytest

from config import database
from tests import make
from workflows.domain import events
from workflows.domain.events import Subject


def test_what_a_failed_part_of_a_transaction_recorded_is_undone_with_it(db: None) -> None:  # noqa: ARG001 - the database
    brand = make.brand()
    subject = Subject("order", "po_1", "PO-1")

    with database.transaction():
        events.append(brand.id, "per_1", "order.placed", subject, {})
        with pytest.raises(LookupError):
            _fail_after(lambda: events.append(brand.id, "per_1", "order.confirmed", subject, {}))
        events.append(brand.id, "per_1", "order.cancelled", subject, {})

    kinds = [event.type for event in events.page(brand.id, 0, 10)]
    assert kinds == ["order.placed", "order.cancelled"]


def _fail_after(work: Callable[[], None]) -> None:
    with database.savepoint():
        work()
        raise LookupError
