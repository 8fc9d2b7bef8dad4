"""The shapes of the photo door: the fields that come beside a file, the receipt, the codes."""

from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate

from api.phone.schemas import ID, Asked
from workflows.engine.inputs.photo import PHOTO_ID
from workflows.engine.inputs.place import LIMITS, SYSTEMS

_SHA256 = validate.Regexp(r"[0-9a-f]{64}\Z", error="sha256_malformed")
_CODE = validate.Regexp(r"[0-9A-Za-z]{1,16}\Z", error="code_malformed")
PHOTO_NAME = rf"^{PHOTO_ID.pattern}$"
MOST_CONVERSATIONS = 30


def _within(least: int, most: int, description: str) -> fields.Float:
    """A number as text, for a form knows nothing else."""
    limits = validate.Range(least, most, error="out_of_range least={min} most={max}")
    return fields.Float(load_default=None, validate=limits, metadata={"description": description})


class PhotoFieldsSchema(Asked):
    """What a phone says of a photo: form fields beside the file, in any order."""

    sha256 = fields.String(
        required=True, validate=_SHA256, metadata={"description": "Of the file, in small hex letters."}
    )
    conversation = fields.String(required=True, validate=ID)
    step = fields.String(required=True, validate=validate.Length(min=1, max=64, error="length shortest=1 longest=64"))
    source = fields.String(required=True, validate=validate.OneOf(["camera", "album"], error="choice_unknown"))
    captured_at = fields.AwareDateTime(required=True, metadata={"description": "What the phone's clock says."})
    challenge = fields.String(load_default=None, validate=_CODE, metadata={"description": "The code in the picture."})
    latitude = _within(
        -LIMITS["latitude"], LIMITS["latitude"], "Degrees; with longitude and accuracy_m, or not at all."
    )
    longitude = _within(-LIMITS["longitude"], LIMITS["longitude"], "Degrees.")
    accuracy_m = _within(0, LIMITS["accuracy_m"], "Metres.")
    system = fields.String(
        load_default="wgs84",
        validate=validate.OneOf(SYSTEMS, error="choice_unknown"),
        metadata={"description": "Which map the degrees belong to."},
    )


class PhotoFormSchema(PhotoFieldsSchema):
    """A photo with what the phone says of it, as multipart/form-data."""

    file = fields.Raw(
        required=True,
        metadata={"type": "string", "format": "binary", "description": "JPEG, PNG, WebP or HEIC, at most 20 MB."},
    )


class PhotoQuery(Schema):
    """Which picture of it."""

    size = fields.String(
        load_default="thumb",
        validate=validate.OneOf(["thumb", "full"], error="choice_unknown"),
        metadata={"description": "`thumb` for a list, `full` to look at closely."},
    )


class RemarkSchema(Schema):
    """Something the check found."""

    code = fields.String(required=True)
    text = fields.String(required=True)


class ReceiptSchema(Schema):
    """The photo is safe."""

    id = fields.String(required=True)
    sha256 = fields.String(required=True)
    size_bytes = fields.Integer(required=True)
    recorded_at = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": ["received", "checked", "unreadable"]})
    remarks = fields.List(fields.Nested(RemarkSchema), required=True)
    conversation = fields.String(required=True, allow_none=True)
    step = fields.String(required=True, allow_none=True)


class DrawSchema(Asked):
    """For which conversations codes are wanted."""

    conversations = fields.List(
        fields.String(validate=ID),
        required=True,
        validate=validate.Length(min=1, max=MOST_CONVERSATIONS, error="length shortest={min} longest={max}"),
    )


class CodeSchema(Schema):
    """One code, to be written by hand on paper that stands in the picture."""

    conversation = fields.String(required=True)
    code = fields.String(required=True)
    valid_until = fields.String(required=True, metadata={"description": "Photos with it arrive until then."})
    taken_until = fields.String(required=True, metadata={"description": "Photos with it are taken until then."})


class CodesSchema(Schema):
    """The codes, in the order they were asked for."""

    items = fields.List(fields.Nested(CodeSchema), required=True)


def place_of(asked: dict[str, Any]) -> dict[str, Any] | None:
    """Where the photo was taken, as a place answer says it; None where the phone did not say."""
    named = {name: _plain(asked[name]) for name in ("latitude", "longitude", "accuracy_m")}
    return None if None in named.values() else {**named, "system": asked["system"]}


def missing_of_place(asked: dict[str, Any]) -> list[str]:
    """What is missing of a place of which a part was sent."""
    named = [name for name in ("latitude", "longitude", "accuracy_m") if asked[name] is not None]
    return sorted({"latitude", "longitude", "accuracy_m"} - set(named)) if named else []


def _plain(number: float | None) -> float | int | None:
    """Metres without a fraction where there is none, so that a photo's place and an answer's look alike."""
    return int(number) if number is not None and Decimal(number) == int(number) else number
