"""What waits for a person on the phone, and what was finished."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, request

from api import paging
from api.auth import EVERYONE, actor, roles
from api.door import Door
from api.paging import PageQuery, page_schema
from api.phone.schemas import HistoryEntrySchema, InboxSchema
from api.problems import language_of_request
from api.showing import show_all
from api.writing import json_response, rfc3339
from notifications import outbox
from notifications.notice import Notice
from notifications.outbox import OutboxRow
from workflows.domain import tasks
from workflows.domain.audit import views
from workflows.domain.errors import DomainError, Fault, Invalid
from workflows.engine import inbox
from workflows.engine.inbox import Finished, Waiting
from workflows.engine.templates import Template

_MOST_NOTICES = 20

_WITH = {
    "name": "with",
    "in": "query",
    "schema": {"type": "string", "enum": ["steps"]},
    "description": "`steps` adds each task's template, to begin without signal.",
}

_AFTER = {
    "name": "after",
    "in": "query",
    "schema": {"type": "string", "maxLength": paging.LONGEST_CURSOR},
    "description": "`next` of the page before: more tasks than one page holds.",
}

blueprint = Door("inbox", __name__, url_prefix="/api/v1/phone", description="What waits, and what is done")


@blueprint.get("/inbox")
@blueprint.doc(parameters=[_WITH, _AFTER])
@blueprint.response(200, InboxSchema)
@blueprint.alt_response(304, success=True, description="As before.")
@roles(*EVERYONE)
def get_inbox() -> Response:
    """Open tasks and news"""
    more = _more()
    language = language_of_request()
    after = _after()
    etag = f"{tasks.inbox_revision(actor())}.{actor().person}.{actor().organisation_id}.{language}.{more}.{after}"
    if request.if_none_match.contains_weak(etag):
        return _with_etag(Response(status=304), etag)
    return _with_etag(json_response(_inbox(language, after, has_steps=more == "steps")), etag)


@blueprint.get("/history")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(HistoryEntrySchema))
@roles(*EVERYONE)
def get_history(asked: dict[str, Any]) -> paging.Page:
    """What this organisation answered, newest first"""
    language = language_of_request()
    found = inbox.history_of(actor(), _place_in_history(asked["after"]), asked["limit"] + 1)
    page = paging.page_of(found, asked["limit"], key=lambda one: (one.key[0].isoformat(), one.key[1]))
    views.seen(actor(), [("conversation", one.conversation.public_id) for one in page.items])
    return paging.Page(show_all("history", (_entry(one, language) for one in page.items)), page.next)


def _place_in_history(after: str | None) -> tuple[datetime, int] | None:
    place = paging.place(after, (str, int))
    if place is None:
        return None
    try:
        return datetime.fromisoformat(place[0]).astimezone(UTC), place[1]
    except (ValueError, OverflowError):
        raise DomainError("cursor_malformed") from None


def _more() -> str:
    """What the phone asks beside the list; read by hand, since it is what phones ask most. Raises Invalid."""
    more = request.args.get("with", "")
    if more not in {"", "steps"}:
        raise Invalid([Fault(("with",), "choice_unknown")])
    return more


def _after() -> str:
    after = request.args.get("after", "")
    if len(after) > paging.LONGEST_CURSOR:
        raise Invalid([Fault(("after",), "too_long", {"longest": paging.LONGEST_CURSOR})])
    return after


def _with_etag(response: Response, etag: str) -> Response:
    response.set_etag(etag, weak=True)
    return response


def _inbox(language: str, after: str, has_steps: bool) -> dict[str, Any]:
    page = _waiting(after)
    waiting = page.items
    templates = inbox.templates_for(actor(), waiting) if has_steps else {}
    news = outbox.notices_of(str(actor().person), str(actor().organisation_id), _MOST_NOTICES)
    return {
        "tasks": show_all("task", (_task(one, templates.get(one.task.public_id), language) for one in waiting)),
        "notices": show_all("notice", (_notice(row, language) for row in news)),
        "next": page.next,
    }


def _waiting(after: str) -> paging.Page:
    place = paging.place(after, (str,))
    found = inbox.waiting_after(actor(), place[0]) if place else inbox.waiting_for(actor())
    return paging.page_of(found, inbox.LONGEST_PAGE, key=lambda one: (one.task.public_id,))


def _task(one: Waiting, template: Template | None, language: str) -> dict[str, Any]:
    # Written as `InboxSchema` describes it, without going through it: it is what phones ask most (a test compares).
    task = one.task
    shown: dict[str, Any] = {
        "id": task.public_id,
        "flow": task.flow,
        "title": task.title_text.in_language(language),
        "subject": {"kind": task.subject_kind, "id": task.subject_id, "ref": task.subject_ref},
        "due_at": rfc3339(task.due_at),
        "state": task.state,
        "conversation": one.conversation,
        "taken_by": {"id": one.taken_by[0], "name": one.taken_by[1]} if one.taken_by else None,
    }
    if template is not None:
        shown["template"] = {"id": template.id, "steps": [step.localised(language) for step in template.steps]}
    return shown


def _notice(row: OutboxRow, language: str) -> dict[str, Any]:
    notice = Notice.from_json(row.payload)
    facts = [[_said(label, language), _said(value, language)] for label, value in notice.facts]
    return {
        "id": row.public_id,
        "kind": notice.kind,
        "title": notice.title.in_language(language),
        "text": notice.outcome.in_language(language) or notice.reference,
        "reference": notice.reference,
        "facts": facts,
        "due_at": rfc3339(notice.due_at),
        "link": notice.link,
        "urgency": notice.urgency,
        "at": rfc3339(row.created_at),
    }


def _said(value: Any, language: str) -> str:
    return value if isinstance(value, str) else str(value.in_language(language))


def _entry(one: Finished, language: str) -> dict[str, Any]:
    held = one.conversation
    return {
        "id": held.public_id,
        "conversation": held.public_id,
        "flow": held.flow,
        "title": one.title.in_language(language),
        "subject": {"kind": held.subject_kind, "id": held.subject_id, "ref": held.subject_ref},
        "state": held.state,
        "outcome": [text.in_language(language) for text in one.outcome],
        "by": {"id": one.by[0], "name": one.by[1]} if one.by else None,
        "at": one.at,
    }
