"""The shapes of the brand's documents: what OpenAPI shows, and what every answer is written through.

Bodies are read by the domain itself, field by field, so that a refused document names every fault at once; here they are
described. Answers hold what the permission matrix lets a brand read, and no key that is not named here.
"""

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema, fields

from api.paths import REF_PATTERN
from workflows.domain.access import PARTNER_KINDS, ROLES_OF_KIND
from workflows.domain.amounts import MINOR_DIGITS

_LANGUAGES = ["zh", "en"]
_ROLES = sorted({role for roles in ROLES_OF_KIND.values() for role in roles})


def _text(description: str = "", **facts: Any) -> fields.String:
    facts.setdefault("required", True)
    metadata = {"description": description} if description else {}
    return fields.String(metadata={**metadata, **facts.pop("metadata", {})}, **facts)


def _choice(names: Sequence[str | None], description: str = "", **facts: Any) -> fields.String:
    return _text(description, metadata={"enum": list(names)}, **facts)


def _ref(what: str, **facts: Any) -> fields.String:
    return _text(f"The caller's own reference of the {what}.", metadata={"pattern": REF_PATTERN}, **facts)


def _name(longest: int, **facts: Any) -> fields.String:
    return _text(metadata={"minLength": 1, "maxLength": longest}, **facts)


def _optional(longest: int, description: str = "") -> fields.String:
    return _text(description, required=False, allow_none=True, metadata={"maxLength": longest})


def _number(description: str, decimals: int, **facts: Any) -> fields.Field[Any]:
    pattern = rf"^[0-9]{{1,20}}(\.[0-9]{{1,{decimals}}})?$"
    return fields.Raw(
        required=True,
        metadata={
            "description": f"{description}, as decimal text with up to {decimals} decimals, or a whole number.",
            "type": ["string", "integer"],
            "pattern": pattern,
            "minimum": 0,
            **facts,
        },
    )


def _whole(description: str, least: int, most: int) -> fields.Field[Any]:
    facts = {"type": ["integer", "string"], "minimum": least, "maximum": most, "pattern": "^[0-9]{1,7}$"}
    return fields.Raw(required=True, metadata={"description": description, **facts})


def _rows(of: type[Schema], most: int, least: int = 0, **facts: Any) -> fields.List[Any]:
    return fields.List(fields.Nested(of), metadata={"minItems": least, "maxItems": most}, **facts)


def _currency() -> fields.String:
    return _choice(sorted(MINOR_DIGITS), "ISO 4217.")


def _gtin(**facts: Any) -> fields.String:
    return _text("GS1 number of 8, 12, 13 or 14 digits.", metadata={"pattern": "^([0-9]{8}|[0-9]{12,14})$"}, **facts)


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
    name = _name(200)
    region = _optional(100, "Sales region.")
    time_zone = _optional(64, "IANA name; the brand's own unless said.")
    language = _choice([*_LANGUAGES, None], required=False, allow_none=True)


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
    role = _choice(_ROLES)


class PersonPutSchema(Schema):
    """A person as the brand sends it; never an openid."""

    name = _name(200)
    phone = _optional(40, "E.164; not named: stays, null: forgotten.")
    language = _choice([*_LANGUAGES, None], "The brand's own unless said.", required=False, allow_none=True)
    memberships = _rows(MembershipSchema, most=200, required=True)


class PersonSchema(_Kept):
    """A person; the phone is masked."""

    ref = _ref("person")
    name = _text()
    phone = _text("Masked.", allow_none=True)
    language = _choice(_LANGUAGES)
    state = _choice(["active", "suspended", "erased"])
    memberships = fields.List(fields.Nested(MembershipSchema), required=True)


class InviteSchema(Schema):
    """How to invite: nothing said, the link is only given back."""

    send = fields.String(metadata={"description": "`sms` also sends the link to the person's number.", "enum": ["sms"]})


class InvitationSchema(Schema):
    """A way in for one person: single use, this brand only."""

    link = _text("To be opened on the person's phone.")
    qr = _text("The link as a QR code: an SVG image as a data address.")
    expires_at = _moment("When it ends unused.")


class PackSchema(Schema):
    """A larger unit that holds several."""

    gtin = _gtin()
    units = _whole("How many of the product's unit it holds.", 2, 1_000_000)


class ProductPutSchema(Schema):
    """A product as the brand sends it."""

    name = _name(200)
    unit = _text("What one is called: pcs, kg, 箱.", metadata={"minLength": 1, "maxLength": 16})
    gtin = _gtin(required=False, allow_none=True)
    packs = _rows(PackSchema, most=20, required=False, allow_none=True)
    tracked_by = _choice(["lot", "expiry", "none", None], required=False, allow_none=True)


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

    line = _whole("Its number in the order.", 1, 999_999)
    sku = _ref("product")
    quantity = _number("More than nothing", 3, maximum=10**9)
    unit = _optional(16, "The product's own; refused where it differs.")
    price = _number("Per unit", 4, maximum=10**7)
    due_date = fields.Date(required=True, metadata={"description": "Today or later."})


class OrderPutSchema(Schema):
    """A purchase order as the brand sends it: at most 10,000 lines."""

    supplier = _ref("supplier")
    buyer = _ref("person who buys for the brand", required=False, allow_none=True)
    currency = _currency()
    lines = _rows(OrderLinePutSchema, most=10_000, least=1, required=True)
    note = _optional(2000)


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

    reason = _name(500)


class MoneySchema(Schema):
    """An amount of money."""

    amount = _number("Not less than nothing", 2)
    currency = _currency()


class RuleSchema(Schema):
    """When a supplier's answer stands at once, and when a person decides."""

    short_percent = _number("Shortfall tolerated per line, in percent", 2, maximum=100)
    late_days = _whole("Days late tolerated.", 0, 365)
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
