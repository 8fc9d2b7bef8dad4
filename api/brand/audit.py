"""The brand's audit: what changed, who saw what, and the end of its chain to keep as an anchor of its own."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from api import paging
from api.auth import actor, scopes
from api.brand.answers import page
from api.door import Door
from api.paging import LARGEST_PAGE, PageQuery, page_schema
from api.showing import show, show_all
from api.writing import json_response, rfc3339
from workflows.domain.audit import reading
from workflows.domain.audit.reading import Wanted
from workflows.domain.audit.views import AuditView

_HIGHEST = 2**62
_SCOPE = "audit:read"

blueprint = Door("audit", __name__, url_prefix="/api/v1/brand/audit", description="What changed, and who saw what")


def _id(description: str) -> fields.String:
    tell = {"description": description}
    return fields.String(
        load_default=None, validate=validate.Length(max=64, error="too_long longest={max}"), metadata=tell
    )


class _Wanted(Schema):
    """About what, and about whom."""

    record = _id("The id of what it is about.")
    person = _id("By or about this person (their id) or key (its public part).")


class EntriesQuery(_Wanted):
    """Which part of the chain."""

    after = fields.Integer(
        load_default=0,
        validate=validate.Range(0, _HIGHEST, error="out_of_range least={min} most={max}"),
        metadata={"description": "The last number seen."},
    )
    limit = fields.Integer(
        load_default=100, validate=validate.Range(1, LARGEST_PAGE, error="out_of_range least={min} most={max}")
    )


class ViewsQuery(PageQuery, _Wanted):
    """Which views."""


class AuditRecordSchema(Schema):
    """What an entry or a view is about."""

    kind = fields.String(required=True)
    id = fields.String(required=True)


class AuditEntrySchema(Schema):
    """One link of the chain."""

    seq = fields.Integer(required=True, metadata={"description": "Without gaps, in order, per brand."})
    at = fields.AwareDateTime(required=True)
    kind = fields.String(required=True, metadata={"description": "An event's type, or session.began, key.made …"})
    actor = fields.String(required=True, metadata={"description": "A person's or key's id, operator, clock, or rule."})
    record = fields.Nested(AuditRecordSchema, required=True)
    event = fields.Integer(required=True, allow_none=True, metadata={"description": "The event it stands for."})
    data = fields.Dict(required=True, metadata={"description": "Ids and figures; `content` is a fingerprint."})
    hash = fields.String(required=True, metadata={"description": "Seals this entry and all before it."})


class AuditPageSchema(Schema):
    """A part of the chain."""

    items = fields.List(fields.Nested(AuditEntrySchema), required=True)
    next = fields.Integer(required=True, metadata={"description": "The last number seen, also on an empty page."})


class AuditViewSchema(Schema):
    """Somebody saw something, once or more, on one day."""

    viewer = fields.String(required=True, metadata={"description": "A person's id, or a key's public part."})
    record = fields.Nested(AuditRecordSchema, required=True)
    day = fields.Date(required=True, metadata={"description": "The reader's own calendar day."})
    at = fields.AwareDateTime(required=True, metadata={"description": "The first time on that day."})


class AuditHeadSchema(Schema):
    """Where the chain ends."""

    brand = fields.String(required=True)
    seq = fields.Integer(required=True)
    hash = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


@blueprint.get("")
@blueprint.arguments(EntriesQuery, location="query")
@blueprint.response(200, AuditPageSchema)
@scopes(_SCOPE)
def list_entries(arguments: dict[str, Any]) -> Response:
    """The entries after a number, oldest first"""
    found = reading.entries(actor(), arguments["after"], arguments["limit"], _wanted(arguments))
    items = show_all("audit_entry", map(_entry, found))
    return json_response({"items": items, "next": found[-1].seq if found else arguments["after"]})


@blueprint.get("/views")
@blueprint.arguments(ViewsQuery, location="query")
@blueprint.response(200, page_schema(AuditViewSchema))
@scopes(_SCOPE)
def list_views(arguments: dict[str, Any]) -> paging.Page:
    """Who saw what, once per person, record and day"""
    query = reading.views(actor(), _wanted(arguments))
    return page(query, AuditView.id, arguments, lambda found: show_all("audit_view", reading.view_documents(found)))


@blueprint.get("/head")
@blueprint.response(200, AuditHeadSchema)
@scopes(_SCOPE)
def get_head() -> dict[str, Any]:
    """Where the chain ends now; keep it, and nobody can cut the chain or write it anew unseen"""
    head = reading.head_of(actor())
    return show("audit_head", {"brand": head.brand, "seq": head.seq, "hash": head.hash, "at": head.at})


def _wanted(arguments: dict[str, Any]) -> Wanted:
    return Wanted(arguments["record"], arguments["person"])


def _entry(entry: Any) -> dict[str, Any]:
    # Written as `AuditEntrySchema` describes it, without going through it: a page may have 1,000 of them.
    document = reading.entry_document(entry)
    return {**document, "at": rfc3339(document["at"])}
