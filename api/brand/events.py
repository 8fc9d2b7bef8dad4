"""The brand's event feed: every business fact once, in order, without gaps, to be read again from any number."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from api.auth import actor, scopes
from api.brand.schemas import EventPageSchema
from api.door import Door
from api.paging import LARGEST_PAGE
from api.showing import show_all
from api.writing import json_response, rfc3339
from workflows.domain import events
from workflows.domain.events import Event

_HIGHEST = 2**62

blueprint = Door("events", __name__, url_prefix="/api/v1/brand", description="What happened")


class EventsQuery(Schema):
    """Which part of the log."""

    after = fields.Integer(
        load_default=0,
        validate=validate.Range(0, _HIGHEST, error="out_of_range least={min} most={max}"),
        metadata={"description": "The last number seen."},
    )
    limit = fields.Integer(
        load_default=100, validate=validate.Range(1, LARGEST_PAGE, error="out_of_range least={min} most={max}")
    )
    type = fields.String(load_default=None, validate=validate.Length(max=64, error="too_long longest={max}"))


@blueprint.get("/events")
@blueprint.arguments(EventsQuery, location="query")
@blueprint.response(200, EventPageSchema)
@scopes("events:read")
def list_events(arguments: dict[str, Any]) -> Response:
    """The events after a number, oldest first"""
    found = events.page(actor().brand_id, arguments["after"], arguments["limit"], arguments["type"])
    items = show_all("event", map(_document, found))
    # Written as `EventPageSchema` describes it, without going through it: a page may have 1,000 events (a test compares).
    return json_response({"items": items, "next": found[-1].seq if found else arguments["after"]})


def _document(event: Event) -> dict[str, Any]:
    subject = {"kind": event.subject_kind, "id": event.subject_id, "ref": event.subject_ref}
    return {
        "seq": event.seq,
        "type": event.type,
        "at": rfc3339(event.at),
        "actor": event.actor,
        "subject": subject,
        "data": event.data,
    }
