"""The people of a brand and its partners, and the invitations that bring them to a phone."""

from collections.abc import Sequence
from typing import Any

import segno
from flask import current_app, g, request

from api import idempotency
from api.auth import actor, scopes
from api.brand.answers import Answer, edited_version, page, put_answer, version_headers
from api.brand.schemas import InvitationSchema, InviteSchema, PersonPutSchema, PersonSchema
from api.door import Door, secret
from api.idempotency import keyed
from api.paging import Page, PageQuery, page_schema
from api.parsing import object_body
from api.showing import show, show_all
from workflows.domain import invitations, people
from workflows.domain.audit import views
from workflows.domain.documents import Faults
from workflows.domain.invitations import Invited
from workflows.domain.people import Person

_invitation_schema = InvitationSchema()
blueprint = Door("people", __name__, url_prefix="/api/v1/brand", description="People of the brand and its partners")


@blueprint.get("/people")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(PersonSchema))
@scopes("people:read")
def list_people(arguments: dict[str, Any]) -> Page:
    """List people"""
    return page(people.people_of(actor()), Person.id, arguments, _seen)


@blueprint.get("/people/<ref:ref>")
@blueprint.response(200, PersonSchema)
@scopes("people:read")
def get_person(ref: str) -> Answer:
    """One person"""
    (document,) = _seen([people.person(actor(), ref)])
    return document, 200, version_headers(document)


@blueprint.put("/people/<ref:ref>")
@blueprint.document(PersonPutSchema)
@blueprint.response(200, PersonSchema)
@blueprint.alt_response(201, schema=PersonSchema, success=True)
@scopes("people:write")
def put_person(ref: str) -> Answer:
    """Create or replace a person"""
    put = people.put_person(actor(), ref, object_body(), edited_version())
    return put_answer(_document(put.record), put.is_new)


def _invitation(invited: Invited) -> dict[str, Any]:
    base = current_app.extensions["partnerline.settings"].public_url or request.host_url.rstrip("/")
    link = f"{base}/app/#/invitation/{invited.token}"  # a fragment reaches no server, no log and no referrer
    qr = segno.make(link, error="m").svg_data_uri(scale=4)
    return show("invitation", {"link": link, "qr": qr, "expires_at": invited.expires_at})


def _answered(invited: Invited) -> dict[str, Any]:
    g.holds_secret = True
    return _invitation_schema.dump(_invitation(invited))  # type: ignore[no-any-return]


def _again(invitation: str) -> tuple[dict[str, Any], int]:
    return _answered(invitations.invited_again(actor(), invitation)), 201


@blueprint.post("/people/<ref:ref>/invitations")
@blueprint.document(InviteSchema)
@blueprint.response(201, InvitationSchema)
@scopes("people:write")
@keyed
@secret(_again)
def invite_person(ref: str) -> dict[str, Any]:
    """Invite a person to their phone: a link, and the same as a QR code; on demand also sent to their number"""
    invited = invitations.invite(actor(), ref, by_sms=_is_to_be_sent())
    idempotency.about(invited.id)
    g.holds_secret = True
    return _invitation(invited)


def _seen(found: Sequence[Person]) -> list[dict[str, Any]]:
    views.seen(actor(), [("person", one.public_id) for one in found])
    return _documents(found)


def _is_to_be_sent() -> bool:
    faults, asked = Faults(), object_body() if request.get_data() else {}
    faults.only((), asked, {"send"})
    way = faults.one_of(("send",), asked.get("send"), ("sms",), is_optional=True)
    faults.raise_if_any()
    return way == "sms"


def _document(person: Person) -> dict[str, Any]:
    return _documents([person])[0]


def _documents(found: Sequence[Person]) -> list[dict[str, Any]]:
    return show_all("person", people.person_documents(found))
