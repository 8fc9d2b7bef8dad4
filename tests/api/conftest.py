"""The app on this test's own database, a small world, and clients that call as its people and systems."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.app import create_app
from config import database
from config.settings import Settings, WeChatSettings
from tests import make
from tests.fire.server import serving
from workflows.domain import keys, sessions
from workflows.domain.access import SCOPES
from workflows.domain.organisations import Organisation
from workflows.domain.people import Person
from workflows.domain.purchasing import placing

APP_ID = "wxtest"
TEMPLATE = "tmpl-task"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The test process's settings, with a WeChat account that nothing answers for."""
    account = WeChatSettings(APP_ID, "secret", "http://127.0.0.1:9/wx", {"task": TEMPLATE, "result": "tmpl-result"})
    return replace(settings, wechat=account, public_url="https://partnerline.example")


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The app, and a connection for the test's own thread."""
    made = create_app(settings)
    with database.connection():
        yield made
    database.proxy.obj.close_all()


@dataclass
class Caller:
    """Somebody who calls: a client with a credential, or none."""

    client: FlaskClient
    credential: str = ""

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Call `path` with JSON; header names are given with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.credential:
            named.setdefault("Authorization", f"Bearer {self.credential}")
        options = {} if body is None else {"json": body}
        return self.client.open(path, method=method, headers=named, **options)

    def get(self, path: str, **headers: str) -> TestResponse:
        """GET."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        """POST."""
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        """PUT."""
        return self.send("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> TestResponse:
        """DELETE."""
        return self.send("DELETE", path, **headers)


@dataclass
class World:
    """One brand with a supplier, its owner and clerk, a product; and a stranger of another brand."""

    app: Flask
    brand: Organisation
    supplier: Organisation
    owner: Person
    clerk: Person

    def system(self, *scopes: str, brand: Organisation | None = None) -> Caller:
        """The brand's system, with every scope unless told otherwise."""
        name = f"key-{len(keys.keys_of(brand or self.brand))}"
        return Caller(self.app.test_client(), keys.create_key(brand or self.brand, scopes or SCOPES, name))

    def phone(self, person: Person | None = None) -> Caller:
        """A person's signed-in phone; the supplier's owner unless told otherwise."""
        return Caller(self.app.test_client(), token_of(person or self.owner))

    def nobody(self) -> Caller:
        """A caller without a credential."""
        return Caller(self.app.test_client())

    def order(self, ref: str = "PO-1", **facts: Any) -> dict[str, Any]:
        """Place an order of one line; what its PUT would send."""
        document = order_document(**facts)
        placing.place_order(make.system_actor(self.brand), ref, document)
        return document


def token_of(person: Person) -> str:
    """A session token of a person, acting for their first place."""
    places = sessions.places_of([person.public_id])
    with database.transaction():
        begun, _ = sessions.begin(places[0], places, "device-1", APP_ID)
    return begun.token


def order_document(**facts: Any) -> dict[str, Any]:
    """An order of one line, due in the far future."""
    line = {"line": 1, "sku": "BOX", "quantity": "10", "unit": "pcs", "price": "2.5", "due_date": "2099-01-10"}
    return {"supplier": "S-1", "currency": "CNY", "lines": [line], **facts}


@pytest.fixture
def world(app: Flask) -> World:
    """A brand with a supplier, two people and a product."""
    brand = make.brand()
    supplier = make.supplier(brand, "S-1")
    make.product(brand, "BOX")
    return World(app, brand, supplier, make.person(supplier, "owner", "owner"), make.person(supplier, "clerk", "clerk"))


@pytest.fixture
def http(app: Flask) -> Iterator[str]:
    """The address of the app, really served."""
    with serving(app) as url:
        yield url


@pytest.fixture
def session_of_requests() -> Iterator[requests.Session]:
    """A session of requests, closed at the end."""
    with requests.Session() as session:
        yield session
