"""The ground of these tests: the folder's tables and the builders of a notice."""

from collections.abc import Iterator

import pytest

from config import database
from notifications import wake
from notifications.consents import Consent, ConsentReport
from notifications.outbox import OutboxRow
from notifications.recipients import Address


@pytest.fixture
def db(db: None) -> None:  # noqa: ARG001 - extends the fixture of the same name
    database.proxy.create_tables([OutboxRow, Address, Consent, ConsentReport])


@pytest.fixture(autouse=True)
def quiet_wake() -> Iterator[None]:
    wake.configure("")
    yield
    wake.configure("")
