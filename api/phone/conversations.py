"""Conversations on a phone: begin, read, answer, step back, leave. Every answer is a turn (CONTRACT §3)."""

from typing import Any

from flask import Response, request

from api.auth import EVERYONE, actor, roles
from api.door import Door
from api.idempotency import keyed_unless_id, own_transaction
from api.phone.conversation_schemas import AnswersSchema, BeginSchema, RevisionQuery, TurnSchema
from api.problems import language_of_request
from api.showing import show
from api.writing import json_response
from workflows.domain.errors import Fault, Invalid
from workflows.engine import conversations, starting
from workflows.engine.conversations import Begun
from workflows.engine.run import Given
from workflows.engine.turn import Turn

_FIRST_YEAR, _LAST_YEAR = 2000, 2200

blueprint = Door(
    "conversations", __name__, url_prefix="/api/v1/phone/conversations", description="Guided conversations"
)


@blueprint.post("")
@blueprint.arguments(BeginSchema)
@blueprint.response(201, TurnSchema)
@blueprint.alt_response(200, schema=TurnSchema, success=True, description="The conversation that stands already.")
@roles(*EVERYONE)
@keyed_unless_id
def begin_conversation(asked: dict[str, Any]) -> Response:
    """Open a task's conversation or start a flow without one, or go on with what is open already"""
    begun = _begin(asked)
    return _answered(begun.turn, 201 if begun.is_new else 200)


@blueprint.get("/<ref:conversation>")
@blueprint.response(200, TurnSchema)
@blueprint.alt_response(304, success=True, description="As before.")
@roles(*EVERYONE)
def get_conversation(conversation: str) -> Response:
    """The conversation with its steps, answers and all messages"""
    response = _answered(conversations.load(actor(), conversation), 200)
    response.add_etag(weak=True)
    tag = response.get_etag()[0] or ""
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
        response.set_etag(tag, weak=True)
    return response


@blueprint.post("/<ref:conversation>/answers")
@blueprint.arguments(AnswersSchema)
@blueprint.response(200, TurnSchema)
@roles(*EVERYONE)
@own_transaction
def answer(asked: dict[str, Any], conversation: str) -> Response:
    """Answer, once or with everything collected without signal"""
    given = [Given(one["id"], one["step"], one["value"], _claimed(one["answered_at"])) for one in asked["answers"]]
    return _answered(conversations.answer(actor(), conversation, asked["revision"], given), 200)


@blueprint.delete("/<ref:conversation>/answers/<ref:step>")
@blueprint.arguments(RevisionQuery, location="query")
@blueprint.response(200, TurnSchema)
@roles(*EVERYONE)
@own_transaction
def step_back(asked: dict[str, Any], conversation: str, step: str) -> Response:
    """Take an answer back"""
    return _answered(conversations.step_back(actor(), conversation, asked["revision"], step), 200)


@blueprint.delete("/<ref:conversation>")
@blueprint.arguments(RevisionQuery, location="query")
@blueprint.response(200, TurnSchema)
@roles(*EVERYONE)
@own_transaction
def leave(asked: dict[str, Any], conversation: str) -> Response:
    """Give the conversation up; its task stays open"""
    return _answered(conversations.leave(actor(), conversation, asked["revision"]), 200)


def _begin(asked: dict[str, Any]) -> Begun:
    if asked["task"] and asked["flow"]:
        raise Invalid([Fault(("flow",), "task_or_flow")])
    if asked["task"]:
        return conversations.begin(actor(), asked["task"], asked["id"], asked["template"])
    if asked["flow"]:
        return starting.start(actor(), asked["flow"], asked["subject"], asked["id"], asked["template"])
    raise Invalid([Fault(("task",), "required")])


def _claimed(moment: Any) -> str | None:
    # A phone whose clock is nonsense is still heard; only its claim is not kept.
    return moment.isoformat() if moment and _FIRST_YEAR < moment.year < _LAST_YEAR else None


def _answered(turn: Turn, status: int) -> Response:
    return json_response(show("conversation", turn.to_json(language_of_request())), status)
