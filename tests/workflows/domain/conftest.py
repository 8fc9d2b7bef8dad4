"""The tables of people, trust and master data, made from the records until a migration makes them."""

import pytest

from config import database
from notifications.recipients import Address
from workflows.domain.access import Session
from workflows.domain.events import Event, EventCounter
from workflows.domain.invitations import Invitation
from workflows.domain.keys import ApiKey
from workflows.domain.organisations import Organisation
from workflows.domain.people import Membership, Person
from workflows.domain.products import Product, TradeItem
from workflows.domain.sign_in import SpentLoginCode

_RECORDS = [
    Address,
    ApiKey,
    Event,
    EventCounter,
    Invitation,
    Membership,
    Organisation,
    Person,
    Product,
    Session,
    SpentLoginCode,
    TradeItem,
]


@pytest.fixture
def db(db: None) -> None:  # noqa: ARG001 - it is asked for, so that the database is there first
    database.proxy.obj.create_tables(_RECORDS)
