"""A trade with its flows served, at a day the orders of the tests are not yet due."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from config import clock
from tests.trade import Trade
from workflows.engine.registry import use_flows
from workflows.flows import all_flows


@pytest.fixture
def trade(db: None) -> Iterator[Trade]:  # noqa: ARG001 - the database it lives in
    """One brand, one supplier, three products, on 22 November 2026."""
    use_flows(all_flows())
    with clock.frozen(datetime(2026, 11, 22, 3, 0, tzinfo=UTC)):
        yield Trade()
