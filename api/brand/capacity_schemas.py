"""The shapes of capacity at the brand's door: what OpenAPI shows, and what every answer is written through."""

from typing import Any

from marshmallow import Schema, fields, validate

from api.paging import PageQuery
from api.paths import REF_PATTERN

_MONTH = {"pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}


def _month(description: str, **facts: Any) -> fields.String:
    return fields.String(metadata={"description": description, **_MONTH}, **{"required": True, **facts})


class CapacityRequestPutSchema(Schema):
    """A capacity request as the brand sends it."""

    supplier = fields.String(
        required=True, metadata={"description": "The caller's own reference of the supplier.", "pattern": REF_PATTERN}
    )
    items = fields.List(
        fields.String(metadata={"pattern": REF_PATTERN}),
        required=True,
        metadata={"description": "SKUs in the order they are asked.", "minItems": 1, "maxItems": 100},
    )
    first_month = _month(
        "The first month asked about; not named: the one in which it is asked.", required=False, allow_none=True
    )
    months = fields.Integer(required=True, metadata={"minimum": 1, "maximum": 12})
    due_date = fields.Date(required=True, metadata={"description": "Until when the answer is expected."})
    recurs_on_day = fields.Integer(
        required=False,
        allow_none=True,
        metadata={
            "minimum": 1,
            "maximum": 31,
            "description": "Asked again each month on this day (31: the last one), at nine at the supplier's place.",
        },
    )
    note = fields.String(required=False, allow_none=True, metadata={"maxLength": 500})


class CapacityRequestSchema(Schema):
    """A capacity request as it stands."""

    id = fields.String(required=True, metadata={"description": "Our id."})
    ref = fields.String(required=True)
    supplier = fields.String(required=True)
    items = fields.List(fields.String(), required=True)
    first_month = _month("As it was put.", allow_none=True)
    months = fields.Integer(required=True)
    due_date = fields.String(required=True, metadata={"format": "date", "description": "As it was put."})
    recurs_on_day = fields.Integer(required=True, allow_none=True)
    note = fields.String(required=True)
    asked_months = fields.List(fields.String(), required=True, metadata={"description": "The months asked now."})
    due_at = fields.AwareDateTime(required=True, metadata={"description": "Until when now."})
    next_at = fields.AwareDateTime(required=True, allow_none=True, metadata={"description": "When it is asked again."})
    state = fields.String(required=True, metadata={"enum": ["open", "reported", "withdrawn"]})
    reported_at = fields.AwareDateTime(required=True, allow_none=True, metadata={"description": "When last reported."})
    version = fields.Integer(required=True, metadata={"description": "Grows with every change; the ETag."})
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class LoadSchema(Schema):
    """How busy a supplier last said it is."""

    colour = fields.String(required=True, metadata={"enum": ["green", "amber", "red"]})
    backlog_days = fields.Integer(required=True)
    reported_at = fields.AwareDateTime(required=True)
    age_days = fields.Integer(required=True, metadata={"description": "Whole days since."})


class CapacitySchema(Schema):
    """One supplier, product and month."""

    supplier = fields.String(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    month = _month("The month.")
    unit = fields.String(required=True)
    plan = fields.String(required=True, allow_none=True, metadata={"description": "What can be made; null: not said."})
    plan_reported_at = fields.AwareDateTime(required=True, allow_none=True)
    plan_age_days = fields.Integer(required=True, allow_none=True)
    open_orders = fields.String(
        required=True,
        metadata={"description": "Promised for this month; where nothing is agreed, ordered and due in it."},
    )
    gap = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Plan less open orders; negative: so much is missing. Null without a plan."},
    )
    load_now = fields.Nested(LoadSchema, required=True, allow_none=True, data_key="load", attribute="load")


class RequestsQuery(PageQuery):
    """Which requests."""

    state = fields.String(
        load_default=None, validate=validate.OneOf(["open", "reported", "withdrawn"], error="choice_unknown")
    )
    supplier = fields.String(load_default=None, validate=validate.Length(max=64, error="too_long longest={max}"))


class CapacityQuery(PageQuery):
    """Which suppliers, products and months."""

    supplier = fields.String(load_default=None, validate=validate.Length(max=64, error="too_long longest={max}"))
    sku = fields.String(load_default=None, validate=validate.Length(max=64, error="too_long longest={max}"))
    first = _month("The first month; this one unless said.", data_key="from", required=False, load_default=None)
    last = _month(
        "The last month; a year from the first unless said, two years at most.",
        data_key="to",
        required=False,
        load_default=None,
    )
