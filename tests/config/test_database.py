"""A transaction is all or nothing, and so is a part of it that may fail alone."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import peewee
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


@pytest.mark.skipif(bool(os.environ.get("TEST_DATABASE_URL")), reason="PostgreSQL has a line of its own for each row")
def test_writers_of_one_process_stand_in_line_and_not_at_the_file(db: None) -> None:  # noqa: ARG001 - the database
    asked: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        with database.transaction():
            second = pool.submit(_write, asked)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.2)
            assert asked == []  # it has not even asked the file
        second.result(timeout=5)
    assert asked != []


def _write(asked: list[str]) -> None:
    with database.connection():
        database.proxy.obj.connection().set_trace_callback(asked.append)
        with database.transaction():
            make.brand()


@pytest.mark.skipif(bool(os.environ.get("TEST_DATABASE_URL")), reason="PostgreSQL has a line of its own for each row")
def test_who_stands_in_line_too_long_is_told_that_the_database_is_busy(
    db: None,  # noqa: ARG001 - the database
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(database, "_SQLITE_BUSY_TIMEOUT_MS", 50)
    with ThreadPoolExecutor(1) as pool:
        with database.transaction(), pytest.raises(peewee.OperationalError, match="locked"):
            pool.submit(_write, []).result(timeout=5)
        pool.submit(_write, []).result(timeout=5)  # the line moves on
