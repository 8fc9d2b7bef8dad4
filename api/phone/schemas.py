"""The shapes of the phone's door: what is read strictly, and what every answer is written through."""

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from workflows.domain.claims.records import CLAIM_STATES

_LANGUAGES = ["zh", "en"]
ID = validate.Regexp(r"[A-Za-z0-9_.~-]{1,64}\Z", error="id_malformed")


def short(longest: int, **facts: Any) -> fields.String:
    """A text of 1 to `longest` characters that must be there, unless `facts` say otherwise."""
    limits = validate.Length(min=1, max=longest, error=f"length shortest=1 longest={longest}")
    return fields.String(validate=limits, **{"required": True, **facts})


class Asked(Schema):
    """A body that is read strictly: an unknown name is a fault."""

    class Meta:
        unknown = RAISE


class ActForSchema(Asked):
    """For whom to act from now on."""

    acting_for = short(64, metadata={"description": "The id of one of the person's organisations."})


class OrganisationSchema(Schema):
    """An organisation as its people see it."""

    id = fields.String(required=True)
    ref = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    time_zone = fields.String(required=True)


class SignedInSchema(Schema):
    """Whoever is signed in."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    language = fields.String(required=True, metadata={"enum": _LANGUAGES})


class PlaceSchema(Schema):
    """For whom a person may act, and as what."""

    organisation = fields.Nested(OrganisationSchema, required=True)
    role = fields.String(required=True)


class StandingSchema(Schema):
    """Who is signed in, for whom they act, and for whom they could."""

    expires_at = fields.AwareDateTime(required=True)
    person = fields.Nested(SignedInSchema, required=True)
    acting_for = fields.Nested(OrganisationSchema, required=True)
    memberships = fields.List(fields.Nested(PlaceSchema), required=True)


class SessionSchema(StandingSchema):
    """A session and its token, which only its phone knows."""

    token = fields.String(required=True)


class ReachableSchema(Schema):
    """How news can still reach the person."""

    channels = fields.List(fields.String(), required=True, metadata={"description": "wechat, phone, push"})
    consents = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "Subscribe messages still allowed, by template."},
    )


class MeSchema(StandingSchema):
    """Who is signed in and how they can be reached."""

    reachable = fields.Nested(ReachableSchema, required=True)


class ConsentsSchema(Asked):
    """What WeChat's question about messages was answered with."""

    id = fields.String(
        required=True, validate=ID, metadata={"description": "Made by the phone; the same is counted once."}
    )
    app = short(64)
    answers = fields.Dict(
        keys=fields.String(validate=validate.Length(max=64, error="too_long longest={max}")),
        values=fields.String(validate=validate.OneOf(["accept", "reject", "ban", "filter"], error="choice_unknown")),
        required=True,
        validate=[
            validate.Length(min=1, error="list_too_short least={min}"),
            validate.Length(max=20, error="list_too_long most={max}"),
        ],
    )


class LeftSchema(Schema):
    """Messages still allowed."""

    left = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class SubjectSchema(Schema):
    """What a task or a conversation is about."""

    kind = fields.String(required=True)
    id = fields.String(required=True)
    ref = fields.String(required=True)


class TemplateSchema(Schema):
    """The steps of a conversation that may be begun without signal."""

    id = fields.String(required=True)
    steps = fields.List(fields.Dict(), required=True)


class ColleagueSchema(Schema):
    """A person of the same organisation."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class TaskSchema(Schema):
    """One thing asked of the organisation."""

    id = fields.String(required=True)
    flow = fields.String(required=True)
    title = fields.String(required=True)
    subject = fields.Nested(SubjectSchema, required=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    state = fields.String(required=True)
    conversation = fields.String(required=True, allow_none=True)
    taken_by = fields.Nested(
        ColleagueSchema, required=True, allow_none=True, metadata={"description": "The colleague at work on it."}
    )
    template = fields.Nested(TemplateSchema, metadata={"description": "Only with ?with=steps."})


class NoticeSchema(Schema):
    """News for the person."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    reference = fields.String(required=True)
    facts = fields.List(fields.List(fields.String()), required=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    link = fields.String(required=True)
    urgency = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class InboxSchema(Schema):
    """What is asked of the organisation, and news for the person."""

    tasks = fields.List(fields.Nested(TaskSchema), required=True)
    notices = fields.List(fields.Nested(NoticeSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "`after` of the next page of tasks."})


class PhoneClaimSchema(Schema):
    """What became of one proof, in words."""

    id = fields.String(required=True)
    promotion = fields.String(required=True)
    store = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": list(CLAIM_STATES)})
    state_text = fields.String(required=True)
    amount = fields.String(
        allow_none=True, metadata={"description": "What it pays, for those who see money; null where it is another's."}
    )
    paid_on = fields.String(allow_none=True, metadata={"format": "date"})
    reasons = fields.List(fields.String(), required=True)
    updated_at = fields.AwareDateTime(required=True)


class HistoryEntrySchema(Schema):
    """One finished conversation of the organisation."""

    id = fields.String(required=True)
    conversation = fields.String(required=True)
    flow = fields.String(required=True)
    title = fields.String(required=True)
    subject = fields.Nested(SubjectSchema, required=True)
    state = fields.String(required=True)
    outcome = fields.List(fields.String(), required=True)
    by = fields.Nested(ColleagueSchema, required=True, allow_none=True)
    at = fields.AwareDateTime(required=True)


class FlowSchema(Schema):
    """A flow one may start without a task."""

    flow = fields.String(required=True)
    title = fields.String(required=True)
    subject_kind = fields.String(
        required=True, allow_none=True, metadata={"description": "What one of must be chosen; null: it needs none."}
    )
    template = fields.Nested(TemplateSchema, metadata={"description": "Where it needs no subject."})


class FlowsSchema(Schema):
    """The flows one may start."""

    items = fields.List(fields.Nested(FlowSchema), required=True)


class StartableSubjectSchema(SubjectSchema):
    """Something a flow may be started on, with what is known of it at a glance."""

    card = fields.Dict(required=True)


class StartableSchema(Schema):
    """Something a flow may be started on."""

    subject = fields.Nested(StartableSubjectSchema, required=True)
    template = fields.Nested(TemplateSchema, metadata={"description": "Only with ?with=steps."})
