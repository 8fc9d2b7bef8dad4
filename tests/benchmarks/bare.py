"""The limit: flask-smorest, marshmallow and peewee doing the least that the same work could mean.

POST /inserts  one durable insert.    GET /constant  an answer that never changes.
PUT /photos/REF  a file of a form saved and synced, the least that keeps it.
PUT /orders/REF  an order validated and answered by marshmallow, its lines and one event inserted in one transaction.

Same server, same database settings, no rights, no rules, no log, no metrics.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import peewee
from flask import Flask, request
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields

from config import database

proxy = peewee.DatabaseProxy()
rows = Blueprint("rows", __name__)
_LINES_SQL = (
    "INSERT INTO bare_line (order_id, line, sku, quantity, unit, price, due_date) "
    "VALUES ({0}, {0}, {0}, {0}, {0}, {0}, {0})"
)


class BareRow(peewee.Model):
    """Stands for an answer."""

    name = peewee.CharField(max_length=64)
    value = peewee.TextField()
    at = peewee.DateTimeField()

    class Meta:
        database = proxy
        legacy_table_names = False


class BareOrder(peewee.Model):
    """Stands for an order."""

    ref = peewee.CharField(max_length=64, unique=True)
    supplier = peewee.CharField(max_length=64)
    currency = peewee.CharField(max_length=3)

    class Meta:
        database = proxy
        legacy_table_names = False


class BareLine(peewee.Model):
    """Stands for a line of an order."""

    order = peewee.ForeignKeyField(BareOrder)
    line = peewee.IntegerField()
    sku = peewee.CharField(max_length=64)
    quantity = peewee.CharField(max_length=32)
    unit = peewee.CharField(max_length=16)
    price = peewee.CharField(max_length=32)
    due_date = peewee.DateField()

    class Meta:
        database = proxy
        legacy_table_names = False


class BareEvent(peewee.Model):
    """Stands for an event."""

    subject = peewee.CharField(max_length=64)
    data = peewee.TextField()

    class Meta:
        database = proxy
        legacy_table_names = False


class RowSchema(Schema):
    """One answer."""

    id = fields.String(required=True)
    value = fields.String(required=True)


class LineSchema(Schema):
    """One line."""

    line = fields.Integer(required=True)
    sku = fields.String(required=True)
    quantity = fields.Decimal(required=True, as_string=True)
    unit = fields.String(required=True)
    price = fields.Decimal(required=True, as_string=True)
    due_date = fields.Date(required=True)


class OrderSchema(Schema):
    """One order."""

    supplier = fields.String(required=True)
    currency = fields.String(required=True)
    lines = fields.List(fields.Nested(LineSchema), required=True)


class ConstantSchema(Schema):
    """What never changes."""

    state = fields.String()


@rows.post("/inserts")
@rows.arguments(RowSchema)
@rows.response(200, RowSchema)
def insert(asked: dict[str, str]) -> dict[str, str]:
    """One durable insert"""
    with proxy.atomic():
        BareRow.create(name=asked["id"], value=asked["value"], at=datetime.now(UTC).replace(tzinfo=None))
    return asked


@rows.put("/photos/<ref>")
def put_photo(ref: str) -> tuple[dict[str, str], int]:
    """One file of a form, saved and synced"""
    path = Path(os.environ["BARE_FOLDER"]) / ref
    request.files["file"].save(path)
    with path.open("rb") as saved:
        os.fsync(saved.fileno())
    return {"id": ref}, 201


@rows.get("/constant")
@rows.response(200, ConstantSchema)
def constant() -> dict[str, str]:
    """Always the same"""
    return {"state": "unchanged"}


@rows.put("/orders/<ref>")
@rows.arguments(OrderSchema)
@rows.response(201, OrderSchema)
def put_order(asked: dict[str, Any], ref: str) -> dict[str, Any]:
    """One order with its lines and one event"""
    with proxy.atomic():
        order = BareOrder.create(ref=ref, supplier=asked["supplier"], currency=asked["currency"])
        lines = [
            (order.id, one["line"], one["sku"], str(one["quantity"]), one["unit"], str(one["price"]), one["due_date"])
            for one in asked["lines"]
        ]
        proxy.cursor().executemany(_LINES_SQL.format("%s" if database.is_postgres() else "?"), lines)
        BareEvent.create(subject=ref, data=json.dumps({"id": uuid4().hex, "lines": len(lines)}))
    return asked


def create() -> Flask:
    """The bare app on the database at BARE_DATABASE_URL, which it fills with its tables."""
    bound = database.connect(os.environ["BARE_DATABASE_URL"])
    proxy.initialize(bound)
    with bound.connection_context():
        bound.create_tables([BareRow, BareOrder, BareLine, BareEvent])
    app = Flask(__name__)
    app.config.update(API_TITLE="bare", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    app.before_request(lambda: bound.connect() and None)
    app.teardown_request(lambda _error: bound.close() and None)
    Api(app).register_blueprint(rows)
    return app
