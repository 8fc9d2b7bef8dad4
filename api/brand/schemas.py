"""The shapes of the brand's documents: what OpenAPI shows, and what every answer is written through.

Bodies are read by the domain itself, field by field, so that a refused document names every fault at once; here they are
described. Answers hold what the permission matrix lets a brand read, and no key that is not named here.
"""

from typing import Any

from marshmallow import Schema, fields

from workflows.domain.access import PARTNER_KINDS

_LANGUAGES = ["zh", "en"]


def _text(description: str = "", **facts: Any) -> fields.String:
    facts.setdefault("required", True)
    metadata = {"description": description} if description else {}
    return fields.String(metadata={**metadata, **facts.pop("metadata", {})}, **facts)


def _choice(names: list[str], description: str = "", **facts: Any) -> fields.String:
    return _text(description, metadata={"enum": names}, **facts)


def _ref(what: str) -> fields.String:
    return _text(f"The caller's own reference of the {what}: A-Z a-z 0-9 . _ ~ -", metadata={"maxLength": 64})


def _moment(description: str, allow_none: bool = False) -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, allow_none=allow_none, metadata={"description": description})


class _Kept(Schema):
    """What every record carries."""

    id = _text("Our id.")
    version = fields.Integer(required=True, metadata={"description": "Grows with every change; the ETag."})
    created_at = _moment("When it was first put.")
    updated_at = _moment("When it last changed.")


class PartnerPutSchema(Schema):
    """A partner as the brand sends it."""

    kind = _choice(list(PARTNER_KINDS), "Stays as first put.")
    name = _text(metadata={"maxLength": 200})
    region = _text("Sales region.", required=False, metadata={"maxLength": 100})
    time_zone = _text("IANA name; the brand's own unless said.", required=False)
    language = _choice(_LANGUAGES, required=False)


class PartnerSchema(_Kept):
    """A partner, or the brand itself as `self`."""

    ref = _ref("partner")
    kind = _choice(["brand", *PARTNER_KINDS])
    name = _text()
    region = _text()
    time_zone = _text()
    language = _choice(_LANGUAGES)
    state = _choice(["active", "suspended"])


class MembershipSchema(Schema):
    """For whom a person may act, and as what."""

    partner = _ref("partner")
    role = _choice(["owner", "clerk", "field", "buyer", "reviewer", "admin"])


class PersonPutSchema(Schema):
    """A person as the brand sends it; never an openid."""

    name = _text(metadata={"maxLength": 200})
    phone = _text("E.164; not named: stays, null: forgotten.", required=False, allow_none=True)
    language = _choice(_LANGUAGES)
    memberships = fields.List(fields.Nested(MembershipSchema), required=False)


class PersonSchema(_Kept):
    """A person; the phone is masked."""

    ref = _ref("person")
    name = _text()
    phone = _text("Masked.", allow_none=True)
    language = _choice(_LANGUAGES)
    state = _choice(["active", "suspended"])
    memberships = fields.List(fields.Nested(MembershipSchema), required=True)


class InvitationSchema(Schema):
    """A way in for one person: single use, this brand only."""

    link = _text("To be opened on the person's phone.")
    qr = _text("The link as a QR code: an SVG image as a data address.")
    expires_at = _moment("When it ends unused.")


class PackSchema(Schema):
    """A larger unit that holds several."""

    gtin = _text("GS1 number of 8, 12, 13 or 14 digits.")
    units = fields.Integer(required=True, metadata={"description": "How many of the product's unit it holds."})


class ProductPutSchema(Schema):
    """A product as the brand sends it."""

    name = _text(metadata={"maxLength": 200})
    unit = _text("What one is called: pcs, kg, 箱.", metadata={"maxLength": 16})
    gtin = _text("GS1 number of 8, 12, 13 or 14 digits.", required=False, allow_none=True)
    packs = fields.List(fields.Nested(PackSchema), required=False)
    tracked_by = _choice(["lot", "expiry", "none"], required=False)


class ProductSchema(_Kept):
    """A product."""

    sku = _ref("product")
    name = _text()
    unit = _text()
    gtin = _text(allow_none=True)
    packs = fields.List(fields.Nested(PackSchema), required=True)
    tracked_by = _choice(["lot", "expiry", "none"])


class OrderLinePutSchema(Schema):
    """One line as the brand sends it."""

    line = fields.Integer(required=True, metadata={"minimum": 1, "maximum": 999_999})
    sku = _ref("product")
    quantity = _text("Decimal text, up to three decimals, more than nothing.")
    unit = _text("The product's own; refused where it differs.", required=False)
    price = _text("Per unit, decimal text, up to four decimals.")
    due_date = fields.Date(required=True)


class OrderPutSchema(Schema):
    """A purchase order as the brand sends it: at most 10,000 lines."""

    supplier = _ref("supplier")
    buyer = _text("Reference of a person who buys for the brand.", required=False, allow_none=True)
    currency = _text("ISO 4217.")
    lines = fields.List(fields.Nested(OrderLinePutSchema), required=True)
    note = _text(required=False, metadata={"maxLength": 2000})


class DeliverySchema(Schema):
    """What the supplier promises, and when."""

    quantity = _text()
    date = fields.String(required=True, metadata={"format": "date"})


_LINE_STATES = ["placed", "confirmed", "change_proposed", "rejected", "cancelled"]
_ORDER_STATES = ["placed", "confirmed", "partly_confirmed", "change_proposed", "rejected", "cancelled"]


class OrderLineSchema(Schema):
    """One line as it stands."""

    line = fields.Integer(required=True)
    sku = _text()
    name = _text()
    quantity = _text()
    unit = _text()
    price = _text()
    due_date = fields.String(required=True, metadata={"format": "date"})
    state = _choice(_LINE_STATES)
    reason = _text("Why changed or rejected.", allow_none=True)
    deliveries = fields.List(fields.Nested(DeliverySchema), required=True)
    why = fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "Why a proposal waits for the buyer: large, currency, short, over, late, rejected, reported."
        },
    )
    former_deliveries = fields.List(
        fields.Nested(DeliverySchema),
        required=True,
        metadata={
            "description": "What was agreed before an open proposal of a confirmed line; it stands if that is declined."
        },
    )


class OrderSchema(Schema):
    """A purchase order as it stands, with what the supplier promised."""

    id = _text("Our id.")
    ref = _ref("order")
    supplier = _text()
    buyer = _text(allow_none=True)
    currency = _text()
    note = _text()
    amount = _text("The order's total.")
    version = fields.Integer(required=True)
    state = _choice(_ORDER_STATES)
    reason = _text(allow_none=True)
    reason_text = _text(allow_none=True)
    answer_due_at = _moment("When the supplier's answer is due.", allow_none=True)
    answered_at = _moment("When the supplier answered.", allow_none=True)
    placed_at = _moment("When it was first put.")
    updated_at = _moment("When it last changed.")
    lines = fields.List(fields.Nested(OrderLineSchema), required=True)


class CancelSchema(Schema):
    """Why an order is withdrawn."""

    reason = _text(metadata={"maxLength": 500})


class MoneySchema(Schema):
    """An amount of money."""

    amount = _text("Decimal text.")
    currency = _text("ISO 4217.")


class RuleSchema(Schema):
    """When a supplier's answer stands at once, and when a person decides."""

    short_percent = _text("Shortfall tolerated, per line.")
    late_days = fields.Integer(required=True, metadata={"description": "Days late tolerated."})
    person_above = fields.Nested(
        MoneySchema, required=True, metadata={"description": "Orders above it are decided by a person."}
    )


class EventSubjectSchema(Schema):
    """What an event is about."""

    kind = _text()
    id = _text()
    ref = _text()


class EventSchema(Schema):
    """One business fact."""

    seq = fields.Integer(required=True, metadata={"description": "Without gaps, in order, per brand."})
    type = _text("noun.verb-past, such as order.confirmed")
    at = _moment("When it was recorded.")
    actor = _text("The id of the person or key that did it.")
    subject = fields.Nested(EventSubjectSchema, required=True)
    data = fields.Dict(required=True)


class EventPageSchema(Schema):
    """A part of the log."""

    items = fields.List(fields.Nested(EventSchema), required=True)
    next = fields.Integer(required=True, metadata={"description": "The last number seen, also on an empty page."})
