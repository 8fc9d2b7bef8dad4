"""The shapes of claims at the brand's door: what OpenAPI shows, and what every answer is written through."""

from marshmallow import Schema, fields, validate

from api.paging import PageQuery
from workflows.domain.claims.records import CLAIM_STATES

_REF = validate.Length(max=64, error="too_long longest={max}")


class ReasonSchema(Schema):
    """Something odd that the check found."""

    code = fields.String(required=True)
    photo = fields.String(required=True, allow_none=True, metadata={"description": "The photo it is about."})
    text = fields.Dict(required=True, metadata={"description": "`en` and `zh`."})


class ClaimPhotoSchema(Schema):
    """One photo of a proof; its pictures are at the photo door."""

    id = fields.String(required=True, allow_none=True, metadata={"description": "Our id, `img_…`."})
    sha256 = fields.String(required=True, allow_none=True)
    captured_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "By the phone's clock."}
    )
    recorded_at = fields.AwareDateTime(required=True, allow_none=True, metadata={"description": "When it reached us."})
    source = fields.String(required=True, allow_none=True, metadata={"enum": ["camera", "album", None]})
    state = fields.String(required=True, allow_none=True)


class ClaimDecisionSchema(Schema):
    """One decision; a wrong one is undone by a later one."""

    id = fields.String(required=True)
    kind = fields.String(required=True, metadata={"enum": ["approve", "reject", "redo", "reopen"]})
    round = fields.Integer(required=True)
    by = fields.String(required=True, metadata={"description": "A person's id, or `rule`."})
    reason = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)
    shots = fields.List(fields.String(), required=True, allow_none=True)
    code_visible = fields.String(required=True, allow_none=True, metadata={"enum": ["yes", "no", "unsure", None]})
    amount = fields.String(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True)


class ClaimSchema(Schema):
    """The proof of a promotion at one place, and what became of it."""

    id = fields.String(required=True)
    promotion = fields.String(required=True)
    partner = fields.String(required=True, metadata={"description": "Who is paid."})
    store = fields.String(required=True, metadata={"description": "Where; the partner itself where it has no stores."})
    prover = fields.String(required=True, metadata={"description": "Whose people take the photos."})
    state = fields.String(required=True, metadata={"enum": list(CLAIM_STATES)})
    version = fields.Integer(required=True)
    round = fields.Integer(required=True, metadata={"description": "How often it was sent."})
    score = fields.Integer(required=True, allow_none=True, metadata={"description": "0, nothing odd, to 100."})
    held = fields.Boolean(required=True)
    audited = fields.Boolean(required=True, allow_none=True, metadata={"description": "Drawn for a person's eyes."})
    distance_m = fields.Integer(required=True, allow_none=True)
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)
    facts = fields.Dict(required=True, metadata={"description": "Answers to the brand's own questions."})
    redo = fields.List(fields.String(), required=True, allow_none=True)
    units = fields.String(required=True, allow_none=True)
    amount = fields.String(required=True, allow_none=True, metadata={"description": "What it would pay."})
    approved_amount = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True)
    paid_on = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    sent_at = fields.AwareDateTime(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class WholeClaimSchema(ClaimSchema):
    """The same with its photos by shot and every decision on it."""

    photos = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(ClaimPhotoSchema)), required=True)
    decisions = fields.List(fields.Nested(ClaimDecisionSchema), required=True)


class ClaimsQuery(PageQuery):
    """Which claims."""

    state = fields.String(load_default=None, validate=validate.OneOf(CLAIM_STATES, error="choice_unknown"))
    promotion = fields.String(load_default=None, validate=_REF)
    partner = fields.String(load_default=None, validate=_REF)
