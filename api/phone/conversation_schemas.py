"""What phones send and get about conversations.

A turn is the engine's own JSON (CONTRACT §3, golden files under tests/contract) and goes out as it is; here it is described.
"""

from marshmallow import Schema, fields, validate

from api.phone.schemas import ID, Asked


class BeginSchema(Asked):
    """Which conversation to open."""

    id = fields.String(
        load_default=None,
        allow_none=True,
        validate=ID,
        metadata={
            "description": "Made by the phone, at least 128 random bits; without it an Idempotency-Key is needed."
        },
    )
    task = fields.String(load_default=None, allow_none=True, validate=ID)
    flow = fields.String(
        load_default=None,
        allow_none=True,
        validate=ID,
        metadata={"description": "Instead of a task: started by oneself."},
    )
    subject = fields.String(
        load_default=None,
        allow_none=True,
        validate=ID,
        metadata={"description": "What the flow is started on, if any."},
    )
    template = fields.String(load_default=None, allow_none=True, validate=ID)


class AnswerSchema(Asked):
    """One answer."""

    id = fields.String(
        required=True, validate=ID, metadata={"description": "Made by the phone, at least 128 random bits."}
    )
    step = fields.String(required=True, validate=validate.Length(min=1, max=64, error="length shortest=1 longest=64"))
    value = fields.Raw(required=True, allow_none=True, metadata={"description": "By the step's kind, CONTRACT §3."})
    answered_at = fields.AwareDateTime(
        load_default=None, allow_none=True, metadata={"description": "What the phone's clock says."}
    )


class AnswersSchema(Asked):
    """One answer, or all that a phone collected without signal, in order."""

    revision = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(0, 10**9, error="out_of_range least={min} most={max}"),
        metadata={"description": "The one the phone last saw."},
    )
    answers = fields.List(
        fields.Nested(AnswerSchema),
        required=True,
        validate=validate.Length(min=1, max=200, error="length shortest=1 longest=200"),
    )


class RevisionQuery(Schema):
    """The revision the phone last saw."""

    revision = fields.Integer(
        required=True, validate=validate.Range(0, 10**9, error="out_of_range least={min} most={max}")
    )


class MessageSchema(Schema):
    """One line of the chat."""

    sender = fields.String(required=True, data_key="from", metadata={"enum": ["partnerline", "me", "colleague"]})
    step = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)


class TurnSchema(Schema):
    """A conversation as one person sees it now."""

    id = fields.String(required=True)
    flow = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": ["asking", "done", "left", "expired", "superseded"]})
    revision = fields.Integer(required=True)
    title = fields.String(required=True)
    subject = fields.Dict(required=True)
    progress = fields.Dict(required=True)
    messages = fields.List(fields.Nested(MessageSchema), required=True)
    ask = fields.Dict(required=True, allow_none=True)
    stored = fields.List(fields.String(), required=True)
    dropped = fields.List(fields.String(), required=True)
    rejection = fields.Dict(required=True, allow_none=True)
    superseded_by = fields.String(required=True, allow_none=True)
    steps = fields.List(fields.Dict(), required=True, allow_none=True)
    answers = fields.Dict(required=True)
    photos = fields.Dict(
        required=True,
        metadata={"description": 'Photos received for it: `{"pho_…": {"state", "remarks": [{"code", "text"}]}}`.'},
    )
