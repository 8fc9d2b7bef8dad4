"""A campaign on 22 November 2026."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from config import clock, database
from tests.claims import Campaign


@pytest.fixture
def campaign(db: None) -> Iterator[Campaign]:  # noqa: ARG001 - the database it lives in
    """A brand with two reviewers, a distributor that is paid, an agency that proves."""
    with clock.frozen(datetime(2026, 11, 22, 3, 0, tzinfo=UTC)):
        with database.transaction():
            made = Campaign()
        yield made
