"""The shapes of promotions at the brand's door: what OpenAPI shows, and what every answer is written through."""

from typing import Any

from marshmallow import Schema, fields, validate

from api.paging import PageQuery
from api.paths import REF_PATTERN
from workflows.domain.amounts import MINOR_DIGITS

_STATES = ["asked", "joined", "declined", "not_needed"]
_AMOUNT = {"pattern": r"^[0-9]{1,10}(\.[0-9]{1,2})?$"}
_MONEY = {"description": "In the currency of `pays`, such as `5000.00`.", **_AMOUNT}
_CURRENCY = {"description": "ISO 4217.", "enum": sorted(MINOR_DIGITS)}
_DEGREES = {"description": "Decimal degrees, at most seven decimals.", "pattern": r"^-?[0-9]{1,3}(\.[0-9]{1,7})?$"}


class WordsSchema(Schema):
    """A text in both languages."""

    zh = fields.String(required=True)
    en = fields.String(required=True)


def _words(longest: int) -> fields.Raw:
    text = {"type": "string", "minLength": 1, "maxLength": longest, "pattern": r"\S"}
    one_of_two = {"type": ["string", "null"], "maxLength": longest}  # empty reads the other language
    both = {
        "type": "object",
        "properties": {"zh": one_of_two, "en": one_of_two},
        "minProperties": 1,
        "additionalProperties": False,
    }
    return fields.Raw(
        required=True,
        metadata={"description": "One text for both languages, or `{zh, en}`.", "oneOf": [text, both]},
    )


def _partner(description: str, is_optional: bool = False) -> fields.String:
    metadata = {"description": description, "pattern": REF_PATTERN}
    return fields.String(required=not is_optional, allow_none=is_optional, metadata=metadata)


class StorePlaceSchema(Schema):
    """Where a store is."""

    latitude = fields.String(required=True, metadata=_DEGREES)
    longitude = fields.String(required=True, metadata=_DEGREES)
    system = fields.String(
        required=True,
        metadata={"enum": ["wgs84", "gcj02"], "description": "Which map: in China they are some 500 m apart."},
    )


class ParticipantStoreSchema(Schema):
    """A store of a participant."""

    store = _partner("The caller's own reference of the store.")
    place = fields.Nested(StorePlaceSchema, allow_none=True)
    proved_by = _partner("Whose people take the photos; not named: the store's own.", is_optional=True)


class ParticipantSchema(Schema):
    """A distributor that is asked to sign, or a store that takes part by itself."""

    partner = _partner("The caller's own reference of a distributor or a store.")
    stores = fields.List(
        fields.Nested(ParticipantStoreSchema),
        allow_none=True,
        metadata={
            "description": "The stores a distributor may choose from; none: the partner itself.",
            "maxItems": 2000,
        },
    )
    place = fields.Nested(StorePlaceSchema, allow_none=True, metadata={"description": "Where no stores are named."})
    proved_by = _partner("Whose people take the photos where no store says otherwise.", is_optional=True)


class ShotPutSchema(Schema):
    """One photo that is wanted, or a few of one thing."""

    key = fields.String(required=True, metadata={"pattern": "^[a-z][a-z0-9_]{0,34}$"})
    text = _words(120)
    least = fields.Integer(
        data_key="min", allow_none=True, metadata={"minimum": 1, "maximum": 20, "description": "1 unless said."}
    )
    most = fields.Integer(
        data_key="max", allow_none=True, metadata={"minimum": 1, "maximum": 20, "description": "`min` unless said."}
    )
    album = fields.Boolean(
        allow_none=True, metadata={"description": "May it come out of the album? Otherwise the live camera alone."}
    )
    min_pixels = fields.Integer(
        allow_none=True, metadata={"description": "Width times height, at least.", "minimum": 1, "maximum": 50_000_000}
    )
    example = fields.String(
        allow_none=True, metadata={"description": "As it stands; not named it stays, null takes it away."}
    )


class PaySchema(Schema):
    """What is paid for a proof."""

    kind = fields.String(
        required=True,
        metadata={
            "enum": ["fixed", "per_store", "per_unit"],
            "description": "`fixed`: once per partner, with the first approved proof.",
        },
    )
    amount = fields.String(required=True, metadata={"description": "Such as `200.00`.", **_AMOUNT})
    currency = fields.String(required=True, metadata=_CURRENCY)
    fact = fields.String(
        allow_none=True, metadata={"description": "`per_unit`: the quantity question that counts, always asked."}
    )


class BudgetSchema(Schema):
    """How much is paid at most; null: no limit."""

    per_partner = fields.String(allow_none=True, metadata=_MONEY)
    per_store = fields.String(allow_none=True, metadata=_MONEY)


class LimitSchema(Schema):
    """An amount."""

    amount = fields.String(required=True, metadata=_AMOUNT)
    currency = fields.String(required=True, metadata=_CURRENCY)


def _facts(**more: Any) -> "fields.List[Any]":
    metadata = {
        "maxItems": 20,
        "description": "The brand's own questions: steps `fact_…` of any kind but note and scan, which may test shots and "
        "questions before them; nothing live, checked or prefilled.",
    }
    return fields.List(fields.Dict(), metadata=metadata, **more)


class PromotionPutSchema(Schema):
    """A promotion as the brand sends it."""

    title = _words(60)
    policy = _words(6_000)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True, metadata={"description": "Included."})
    sign_by = fields.AwareDateTime(allow_none=True, metadata={"description": "Until when distributors sign."})
    due_at = fields.AwareDateTime(required=True, metadata={"description": "Until when proofs are sent."})
    participants = fields.List(
        fields.Nested(ParticipantSchema), required=True, metadata={"minItems": 1, "maxItems": 2_000}
    )
    shots = fields.List(fields.Nested(ShotPutSchema), required=True, metadata={"minItems": 1, "maxItems": 20})
    facts = _facts(allow_none=True)
    pays = fields.Nested(PaySchema, required=True)
    budget = fields.Nested(BudgetSchema, allow_none=True)
    radius_m = fields.Integer(allow_none=True, metadata={"minimum": 10, "maximum": 20_000, "default": 200})
    second_reviewer_above = fields.Nested(
        LimitSchema, allow_none=True, metadata={"description": "Above it two reviewers decide."}
    )
    audit_percent = fields.Integer(
        allow_none=True,
        metadata={
            "minimum": 0,
            "maximum": 100,
            "default": 100,
            "description": "How many of a hundred proofs that show nothing odd a person sees all the same.",
        },
    )


class ShotSchema(Schema):
    """One photo that is wanted."""

    key = fields.String(required=True)
    text = fields.Nested(WordsSchema, required=True)
    least = fields.Integer(required=True, data_key="min", attribute="min")
    most = fields.Integer(required=True, data_key="max", attribute="max")
    album = fields.Boolean(required=True)
    min_pixels = fields.Integer(required=True, allow_none=True)
    example = fields.String(required=True, allow_none=True, metadata={"description": "The id of a picture."})


class SignaturesSchema(Schema):
    """How many partners stand where."""

    asked = fields.Integer(required=True, metadata={"description": "Have not signed yet."})
    joined = fields.Integer(required=True)
    declined = fields.Integer(required=True)
    not_needed = fields.Integer(required=True, metadata={"description": "Stores that take part by themselves."})


class PromotionListedSchema(Schema):
    """A promotion as a list shows it: without those who take part."""

    id = fields.String(required=True, metadata={"description": "Our id."})
    ref = fields.String(required=True)
    title = fields.Nested(WordsSchema, required=True)
    policy = fields.Nested(WordsSchema, required=True)
    starts_on = fields.String(required=True, metadata={"format": "date"})
    ends_on = fields.String(required=True, metadata={"format": "date"})
    sign_by = fields.AwareDateTime(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True)
    shots = fields.List(fields.Nested(ShotSchema), required=True)
    facts = _facts(required=True)
    pays = fields.Nested(PaySchema, required=True)
    budget = fields.Nested(BudgetSchema, required=True)
    radius_m = fields.Integer(required=True)
    second_reviewer_above = fields.Nested(LimitSchema, required=True, allow_none=True)
    audit_percent = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"enum": ["open", "withdrawn"]})
    signatures = fields.Nested(SignaturesSchema, required=True)
    version = fields.Integer(required=True, metadata={"description": "Grows with every change; the ETag."})
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class PromotionSchema(PromotionListedSchema):
    """A promotion as it stands."""

    participants = fields.List(fields.Nested(ParticipantSchema), required=True)


class ClaimOfStoreSchema(Schema):
    """The proof of a store."""

    id = fields.String(required=True)
    state = fields.String(required=True)


class StoreStandingSchema(Schema):
    """How one store stands."""

    store = fields.String(required=True)
    chosen = fields.Boolean(required=True, metadata={"description": "Has the partner signed up for it?"})
    claim = fields.Nested(ClaimOfStoreSchema, required=True, allow_none=True)


class ParticipationSchema(Schema):
    """One partner's part in a promotion."""

    id = fields.String(required=True, metadata={"description": "Our id."})
    partner = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": _STATES})
    reason = fields.String(required=True, allow_none=True, metadata={"description": "Why it declined."})
    reason_text = fields.String(required=True)
    signed_by = fields.String(required=True, allow_none=True, metadata={"description": "Your reference of a person."})
    signed_at = fields.AwareDateTime(required=True, allow_none=True)
    sign_until = fields.AwareDateTime(required=True, allow_none=True, metadata={"description": "Of one not signed."})
    stores = fields.List(fields.Nested(StoreStandingSchema), required=True)
    version = fields.Integer(required=True)


class ExampleFormSchema(Schema):
    """A picture, as multipart/form-data."""

    sha256 = fields.String(metadata={"description": "Of the file, in small hex letters; where said, it must fit."})
    file = fields.Raw(
        required=True,
        metadata={"type": "string", "format": "binary", "description": "JPEG, PNG, WebP or HEIC, at most 20 MB."},
    )


class PromotionsQuery(PageQuery):
    """Which promotions."""

    state = fields.String(load_default=None, validate=validate.OneOf(["open", "withdrawn"], error="choice_unknown"))
    partner = fields.String(load_default=None, validate=validate.Length(max=64, error="too_long longest={max}"))


class ParticipantsQuery(PageQuery):
    """Which participants."""

    state = fields.String(
        load_default=None,
        validate=validate.OneOf(_STATES, error="choice_unknown"),
        metadata={"description": "`asked`: who has not signed."},
    )
