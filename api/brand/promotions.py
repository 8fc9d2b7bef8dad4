"""A brand's promotions: what it asks its partners to carry out, who takes part, and who has not signed yet."""

from collections.abc import Sequence
from typing import Any

from api import uploads
from api.auth import actor, scopes
from api.brand.answers import Answer, edited_version, page, put_answer, version_headers
from api.brand.promotion_schemas import (
    ExampleFormSchema,
    ParticipantsQuery,
    ParticipationSchema,
    PromotionListedSchema,
    PromotionPutSchema,
    PromotionSchema,
    PromotionsQuery,
)
from api.door import Door, largest_body
from api.idempotency import never_kept
from api.limits import upload
from api.paging import Page, page_schema
from api.parsing import object_body
from api.showing import show, show_all
from api.uploads import Upload
from workflows.domain.claims import participants, publishing
from workflows.domain.errors import DomainError
from workflows.domain.evidence import receiving
from workflows.domain.evidence.receiving import Arrived
from workflows.domain.promotions import examples, presenting, records, standing
from workflows.domain.promotions.records import Participation, Promotion
from workflows.domain.promotions.standing import OpenPromotion
from workflows.engine.own_questions import read_questions

blueprint = Door("promotions", __name__, url_prefix="/api/v1/brand", description="What partners carry out and prove")


@blueprint.get("/promotions")
@blueprint.arguments(PromotionsQuery, location="query")
@blueprint.response(200, page_schema(PromotionListedSchema))
@scopes("promotions:read")
def list_promotions(arguments: dict[str, Any]) -> Page:
    """List promotions"""
    query = standing.filtered(records.promotions_of(actor()), arguments["state"], arguments["partner"])
    return page(query, Promotion.id, arguments, _listed)


@blueprint.get("/promotions/<ref:ref>")
@blueprint.response(200, PromotionSchema)
@scopes("promotions:read")
def get_promotion(ref: str) -> Answer:
    """One promotion with everybody who takes part"""
    return _read(standing.opened(records.promotion_by_ref(actor(), ref)))


@blueprint.put("/promotions/<ref:ref>")
@blueprint.document(PromotionPutSchema)
@blueprint.response(200, PromotionSchema)
@blueprint.alt_response(201, schema=PromotionSchema, success=True)
@scopes("promotions:write")
def put_promotion(ref: str) -> Answer:
    """Publish a promotion, or change it"""
    put = publishing.publish(actor(), ref, object_body(), read_questions, edited_version())
    return put_answer(_document(put.opened), put.is_new)


@blueprint.delete("/promotions/<ref:ref>")
@blueprint.response(200, PromotionSchema)
@scopes("promotions:write")
def withdraw_promotion(ref: str) -> Answer:
    """Ask no more; what was sent stays"""
    return _read(publishing.withdraw(actor(), ref).opened)


@blueprint.put("/promotions/<ref:ref>/examples/<ref:shot>")
@blueprint.document(ExampleFormSchema, content_type="multipart/form-data")
@blueprint.response(200, PromotionSchema)
@scopes("promotions:write")
@largest_body(uploads.LARGEST_BODY)
@upload
@never_kept
def put_example(ref: str, shot: str) -> Answer:
    """Show how a shot should look; the same picture again changes nothing"""
    promotion = examples.promotion_with_shot(actor(), ref, shot)
    with uploads.arriving(uploads.folder()) as arrived:
        uploads.refuse_other_fields(arrived, {"sha256"})
        if arrived.fields.get("sha256", arrived.sha256) != arrived.sha256:
            raise DomainError("photo_broken")
        received = receiving.receive(actor(), _example(promotion, shot, arrived))
    return _read(publishing.show_example(actor(), ref, shot, received.photo.key))


@blueprint.get("/promotions/<ref:ref>/participants")
@blueprint.arguments(ParticipantsQuery, location="query")
@blueprint.response(200, page_schema(ParticipationSchema))
@scopes("promotions:read")
def list_participants(arguments: dict[str, Any], ref: str) -> Page:
    """Who takes part, who has not signed, and how each store's proof stands"""
    promotion = records.promotion_by_ref(actor(), ref)
    query = participants.participants_of(promotion, arguments["state"])

    def shown(found: Sequence[Participation]) -> list[dict[str, Any]]:
        return show_all("participation", participants.participant_documents(promotion, found))

    return page(query, Participation.id, arguments, shown)


def _example(promotion: Promotion, shot: str, arrived: Upload) -> Arrived:
    return Arrived(
        id=examples.photo_id(promotion, shot, arrived.sha256),
        path=arrived.path,
        sha256=arrived.sha256,
        size_bytes=arrived.size_bytes,
        media_type=arrived.media_type,
        subject_kind=records.SUBJECT_KIND,
        subject_id=promotion.public_id,
        source="album",
    )


def _listed(found: Sequence[Promotion]) -> list[dict[str, Any]]:
    return show_all("promotion", presenting.promotion_documents(found))


def _read(opened: OpenPromotion) -> Answer:
    document = _document(opened)
    return document, 200, version_headers(document)


def _document(opened: OpenPromotion) -> dict[str, Any]:
    return show("promotion", presenting.promotion_document(opened))
