"""What a brand owes for approved claims: as a list, as files for its bookkeeping, and what was paid."""

from collections.abc import Iterator, Sequence
from typing import IO, Any

from flask import Response
from marshmallow import Schema, fields, validate

from api.auth import actor, scopes
from api.brand.answers import page
from api.brand.settlement_sheet import CSV, XLSX, sheet_of
from api.door import Door
from api.paging import Page, PageQuery, page_schema
from api.parsing import object_body
from api.problems import language_of_request
from api.showing import show, show_all
from workflows.domain import permissions
from workflows.domain.audit import views
from workflows.domain.claims import settlements
from workflows.domain.claims.announcing import SETTLEMENT
from workflows.domain.claims.records import SettlementLine
from workflows.domain.claims.settlements import OPEN, PAID, REVERSED, LineFilters, LineQuery

_BINARY = {"format": "binary", "type": "string"}
_PART_BYTES = 64 * 1024

blueprint = Door("settlements", __name__, url_prefix="/api/v1/brand", description="What is paid for promotions")


class LinesQuery(Schema):
    """Which lines."""

    since = fields.Date(load_default=None, metadata={"description": "Made on this day or later, at the brand's place."})
    partner = fields.String(load_default=None, validate=validate.Length(max=64, error="too_long longest={max}"))
    promotion = fields.String(load_default=None, validate=validate.Length(max=64, error="too_long longest={max}"))
    paid = fields.Boolean(
        load_default=None,
        metadata={"description": "True: paid. False: still to be paid; what was taken back is neither."},
    )


class LinesPageQuery(PageQuery, LinesQuery):
    """Which lines, page by page."""


class TitleSchema(Schema):
    """A text in both languages."""

    zh = fields.String(required=True)
    en = fields.String(required=True)


class SettlementSchema(Schema):
    """One line: money for an approved claim, or taken back."""

    id = fields.String(required=True, metadata={"description": "Our id."})
    claim = fields.String(required=True, metadata={"description": "The claim's id."})
    promotion = fields.String(required=True, metadata={"description": "The caller's own reference."})
    promotion_title = fields.Nested(TitleSchema, required=True)
    partner = fields.String(required=True, metadata={"description": "Who is paid: the caller's own reference."})
    partner_name = fields.String(required=True)
    store = fields.String(required=True, metadata={"description": "Where it was proved: the caller's own reference."})
    store_name = fields.String(required=True)
    amount = fields.String(required=True, metadata={"description": "Negative where it takes another line back."})
    currency = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": [OPEN, PAID, REVERSED]})
    reverses = fields.String(required=True, allow_none=True, metadata={"description": "The line that it takes back."})
    paid_on = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    payment_ref = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


class PaymentSchema(Schema):
    """What the brand's books say became of a line."""

    paid_on = fields.Date(required=True, metadata={"description": "Today or earlier."})
    payment_ref = fields.String(required=True, metadata={"minLength": 1, "maxLength": 64})


@blueprint.get("/settlements")
@blueprint.arguments(LinesPageQuery, location="query")
@blueprint.response(200, page_schema(SettlementSchema))
@scopes("settlements:read")
def list_settlements(arguments: dict[str, Any]) -> Page:
    """List settlement lines"""
    return page(_asked(arguments), SettlementLine.id, arguments, _documents)


@blueprint.get("/settlements.xlsx")
@blueprint.arguments(LinesQuery, location="query")
@blueprint.response(200, _BINARY, content_type=XLSX)
@scopes("settlements:read")
def export_xlsx(arguments: dict[str, Any]) -> Response:
    """The lines as a spreadsheet, in Chinese or English

    At most 100,000 lines. References and ids are text, amounts are numbers, days are dates; no cell is a formula.
    """
    return _file(arguments, XLSX, "xlsx")


@blueprint.get("/settlements.csv")
@blueprint.arguments(LinesQuery, location="query")
@blueprint.response(200, _BINARY, content_type=CSV)
@scopes("settlements:read")
def export_csv(arguments: dict[str, Any]) -> Response:
    """The lines as comma-separated text, in UTF-8 with its mark

    At most 100,000 lines. A text that a spreadsheet would read as a formula begins with an apostrophe.
    """
    return _file(arguments, CSV, "csv")


@blueprint.put("/settlements/<ref:id>/payment")
@blueprint.document(PaymentSchema)
@blueprint.response(200, SettlementSchema)
@scopes("settlements:write")
def put_payment(id: str) -> dict[str, Any]:  # noqa: A002 - what the address calls it
    """Say that a line was paid; the partner is told"""
    line = settlements.note_payment(actor(), id, object_body())
    return show(
        "settlement", settlements.documents(settlements.lines_of(actor()).where(SettlementLine.id == line.id))[0]
    )


def _asked(arguments: dict[str, Any]) -> LineQuery:
    filters = LineFilters(arguments["since"], arguments["partner"], arguments["promotion"], arguments["paid"])
    return settlements.filtered(actor(), filters)


def _documents(found: Sequence[SettlementLine]) -> list[dict[str, Any]]:
    views.seen(actor(), [(SETTLEMENT, line.public_id) for line in found])
    ids = [line.id for line in found]
    query = settlements.lines_of(actor()).where(SettlementLine.id.in_(ids)).order_by(SettlementLine.id)
    return show_all("settlement", settlements.documents(query))


def _file(arguments: dict[str, Any], media_type: str, ending: str) -> Response:
    columns = permissions.readable(actor(), "settlement")
    views.seen(actor(), [(f"{SETTLEMENT}_export", actor().organisation)])
    rows = settlements.exported(_asked(arguments))
    made = sheet_of(media_type, rows, columns, language_of_request(), actor().time_zone)
    response = Response(_parts(made), mimetype=media_type, direct_passthrough=True)
    response.call_on_close(made.close)
    response.headers["Content-Disposition"] = f'attachment; filename="settlements.{ending}"'
    return response


def _parts(made: IO[bytes]) -> Iterator[bytes]:
    with made:
        while part := made.read(_PART_BYTES):
            yield part
