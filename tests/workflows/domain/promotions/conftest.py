"""A field of partners on 22 November 2026, with the flows served."""

from collections.abc import Iterator

import pytest

from config import clock
from tests.promotions import DAY, Field
from workflows.engine.registry import use_flows
from workflows.flows import all_flows


@pytest.fixture
def field(db: None) -> Iterator[Field]:  # noqa: ARG001 - the database it lives in
    use_flows(all_flows())
    with clock.frozen(DAY):
        yield Field()
