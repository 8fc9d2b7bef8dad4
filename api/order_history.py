"""The history of an order as both doors show it."""

from typing import Any

from marshmallow import Schema, fields

from api import paging
from api.auth import actor
from api.paging import Page, page_schema
from api.problems import language_of_request
from api.showing import show_all
from workflows.domain.audit import views
from workflows.domain.purchasing.history import Move, history_of
from workflows.domain.purchasing.orders import SUBJECT_KIND, PurchaseOrder


class MoveSchema(Schema):
    """One step of the exchange about an order."""

    seq = fields.Integer(required=True, metadata={"description": "The number of its event in the feed."})
    at = fields.AwareDateTime(required=True)
    type = fields.String(required=True, metadata={"description": "The event's type, such as order.change-decided."})
    side = fields.String(required=True, metadata={"description": "Whose move it was.", "enum": ["brand", "supplier"]})
    by = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The person's name, where they are of the reader's side."},
    )
    text = fields.String(required=True, metadata={"description": "What happened, in the reader's language."})
    lines = fields.List(fields.String(), required=True, metadata={"description": "What is to be said of its lines."})


MovePageSchema = page_schema(MoveSchema)


def page_for(order: PurchaseOrder, asked: dict[str, Any]) -> Page:
    """One page of what happened to an order, oldest first."""
    place = paging.place(asked["after"], (int,))
    views.seen(actor(), [(SUBJECT_KIND, order.public_id)])
    found = history_of(actor(), order, place[0] if place else 0, asked["limit"])
    language = language_of_request()
    moves = show_all("order_history", (_written(move, language) for move in found.moves))
    return Page(moves, paging.cursor([found.next]) if found.next is not None else None)


def _written(move: Move, language: str) -> dict[str, Any]:
    return {
        "seq": move.seq,
        "at": move.at,
        "type": move.type,
        "side": move.side,
        "by": move.by,
        "text": move.text.in_language(language),
        "lines": [line.in_language(language) for line in move.lines],
    }
