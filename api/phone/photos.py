"""Photos: brought one by one with a receipt each, and shown to those who may see them; and the codes that stand in them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import marshmallow
from flask import Response, request

from api import uploads
from api.auth import EVERYONE, actor, roles
from api.door import Door, largest_body
from api.idempotency import never_kept
from api.limits import upload
from api.parsing import faults_of
from api.phone.photo_schemas import (
    CodesSchema,
    DrawSchema,
    PhotoFieldsSchema,
    PhotoFormSchema,
    PhotoQuery,
    ReceiptSchema,
    missing_of_place,
    place_of,
)
from api.problems import language_of_request
from api.showing import show, show_all
from api.uploads import Upload
from api.writing import json_response, rfc3339
from config import blobs
from config.blobs import Missing, StoreAway
from workflows.domain.access import Actor
from workflows.domain.errors import DomainError, Fault, Invalid, NotFound
from workflows.domain.evidence import challenges, receiving, seeing
from workflows.domain.evidence.receiving import Arrived
from workflows.domain.evidence.records import UNREADABLE, EvidencePhoto
from workflows.domain.promotions import examples
from workflows.engine import photographs, photos
from workflows.engine.inputs.photo import photo_id

_FIRST_YEAR, _LAST_YEAR = 2000, 2200
_JPEG = "image/jpeg"
# A picture is looked at by our own pages alone, runs nothing, and stays on no disk of the phone's browser.
_PICTURE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": 'attachment; filename="photo.jpg"',
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
}

Finder = Callable[[Actor, str], EvidencePhoto | None]
FINDERS: tuple[Finder, ...] = (seeing.own_photo, seeing.photo_with_key, examples.example_with_key)
"""How a photo is found for an actor, asked in turn; each gives only what the actor may see."""

blueprint = Door("photos", __name__, url_prefix="/api/v1/phone", description="Photos and the codes that stand in them")


@blueprint.put("/photos/<ref:photo>")
@blueprint.document(PhotoFormSchema, content_type="multipart/form-data")
@blueprint.response(201, ReceiptSchema)
@blueprint.alt_response(200, schema=ReceiptSchema, success=True, description="The photo is here already.")
@roles(*EVERYONE)
@largest_body(uploads.LARGEST_BODY)
@upload
@never_kept
def put_photo(photo: str) -> Response:
    """Bring a photo or a signature; the receipt says that it is safe, verdicts follow in the conversation"""
    with uploads.arriving(uploads.folder()) as arrived:
        asked = _fields(arrived, photo)
        if asked["sha256"] != arrived.sha256:
            raise DomainError("photo_broken")
        media_type = arrived.media_type
        known = receiving.known(actor(), photo, arrived.sha256)
        wanted = None if known else photographs.wanted(actor(), asked["conversation"], asked["step"], asked["source"])
        received = receiving.receive(actor(), _arrived(photo, arrived, asked, media_type, wanted))
    return json_response(show("photo_receipt", _receipt(received.photo)), 201 if received.is_new else 200)


@blueprint.get("/photos/<ref:photo>")
@blueprint.arguments(PhotoQuery, location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=_JPEG, description="The picture.")
@roles(*EVERYONE)
def get_photo(asked: dict[str, str], photo: str) -> Response:
    """A picture of the photo, without metadata; HEAD says whether the photo is here, and which bytes"""
    found = _found(photo)
    if request.method == "HEAD":
        return _told(found)
    seeing.note_seen(actor(), found)
    name = receiving.thumb_of(found) if asked["size"] == "thumb" else receiving.full_of(found)
    return Response(_bytes(found, name), 200, _PICTURE_HEADERS, mimetype=_JPEG)


@blueprint.post("/challenges")
@blueprint.arguments(DrawSchema)
@blueprint.response(200, CodesSchema)
@roles(*EVERYONE)
def draw_codes(asked: dict[str, Any]) -> dict[str, Any]:
    """One-time codes for the day's conversations; one that is still good is given again"""
    drawn = photographs.draw_codes(actor(), asked["conversations"])
    listed = [
        {
            "conversation": conversation,
            "code": code.code,
            "valid_until": rfc3339(code.received_until),
            "taken_until": rfc3339(code.taken_until),
        }
        for conversation, code in drawn
    ]
    return {"items": show_all("photo_code", listed)}


def _fields(arrived: Upload, photo: str) -> dict[str, Any]:
    faults = [] if photo_id(photo) else [Fault(("id",), "photo_id_malformed")]
    try:
        asked: dict[str, Any] = PhotoFieldsSchema().load(dict(arrived.fields))
    except marshmallow.ValidationError as error:
        raise Invalid([*faults, *faults_of(error.messages)]) from None
    faults += [Fault((name,), "required") for name in missing_of_place(asked)]
    if faults:
        raise Invalid(faults)
    return asked


def _arrived(photo: str, arrived: Upload, asked: dict[str, Any], media_type: str, wanted: Any) -> Arrived:
    return Arrived(
        id=photo,
        path=arrived.path,
        sha256=arrived.sha256,
        size_bytes=arrived.size_bytes,
        media_type=media_type,
        subject_kind=wanted.subject_kind if wanted else "",
        subject_id=wanted.subject_id if wanted else "",
        conversation=asked["conversation"],
        step=asked["step"],
        is_signature=bool(wanted and wanted.is_signature),
        min_pixels=wanted.min_pixels if wanted else None,
        source=asked["source"],
        captured_at=_claimed(asked["captured_at"]),
        challenge=challenges.spelt(asked["challenge"]) if asked["challenge"] else None,
        place=place_of(asked),
    )


def _claimed(moment: datetime) -> datetime | None:
    # A phone whose clock is nonsense is still heard; only its claim is not kept.
    return moment if _FIRST_YEAR < moment.year < _LAST_YEAR else None


def _receipt(photo: EvidencePhoto) -> dict[str, Any]:
    return {
        "id": photo.public_id,
        "sha256": photo.sha256,
        "size_bytes": photo.size_bytes,
        "recorded_at": rfc3339(photo.recorded_at),
        **photos.state_of(photo).to_json(language_of_request()),
        "conversation": photo.conversation,
        "step": photo.step,
    }


def _found(name: str) -> EvidencePhoto:
    found = next((photo for finder in FINDERS if (photo := finder(actor(), name)) is not None), None)
    if found is None:
        raise NotFound
    return found


def _told(photo: EvidencePhoto) -> Response:
    headers = {"Photo-Sha256": photo.sha256, "Photo-Size": str(photo.size_bytes), "Photo-State": photo.state}
    return Response(b"", 200, headers, mimetype=_JPEG)


def _bytes(photo: EvidencePhoto, name: str) -> bytes:
    if photo.state == UNREADABLE:
        raise NotFound("photo_unreadable")
    try:
        with blobs.store().open(name) as picture:
            return picture.read()
    except Missing:
        raise NotFound("photo_not_ready") from None
    except (StoreAway, OSError):
        raise DomainError("unavailable") from None
