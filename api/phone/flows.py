"""What a person may start on the phone without a task, and on what."""

from typing import Any

from marshmallow import fields, validate

from api import paging
from api.auth import EVERYONE, actor, roles
from api.door import Door
from api.paging import Page, PageQuery, page_schema
from api.phone.schemas import FlowsSchema, StartableSchema
from api.problems import language_of_request
from api.showing import show_all
from workflows.engine import starting
from workflows.engine.starting import Offered
from workflows.engine.templates import Template

_LARGEST_PAGE = 100

blueprint = Door("flows", __name__, url_prefix="/api/v1/phone", description="What may be started without a task")


class SubjectsQuery(PageQuery):
    """Which subjects."""

    limit = fields.Integer(
        load_default=30,
        validate=validate.Range(1, _LARGEST_PAGE, error="out_of_range least={min} most={max}"),
        metadata={"description": "How many entries at most."},
    )
    more = fields.String(
        data_key="with",
        load_default="",
        validate=validate.OneOf(["steps"], error="choice_unknown"),
        metadata={"description": "`steps` adds each subject's template, to begin without signal."},
    )


@blueprint.get("/flows")
@blueprint.response(200, FlowsSchema)
@roles(*EVERYONE)
def get_flows() -> dict[str, Any]:
    """The flows one may start without a task"""
    startable = starting.flows_for(actor())
    templates = starting.templates_for(actor(), startable)
    language = language_of_request()
    listed = [
        {
            "flow": flow.key,
            "title": flow.title.in_language(language),
            "subject_kind": flow.subject if flow.startable else None,
            **_template(templates.get(flow.key), language),
        }
        for flow in startable
    ]
    return {"items": show_all("flow", listed)}


@blueprint.get("/flows/<ref:flow>/subjects")
@blueprint.arguments(SubjectsQuery, location="query")
@blueprint.response(200, page_schema(StartableSchema))
@roles(*EVERYONE)
def get_subjects(asked: dict[str, Any], flow: str) -> Page:
    """What a flow may be started on, newest first"""
    place = paging.place(asked["after"], (str,))
    found = starting.offered(actor(), flow, place[0] if place else None, asked["limit"] + 1, asked["more"] == "steps")
    page = paging.page_of(found, asked["limit"], key=lambda one: (one.subject.id,))
    language = language_of_request()
    return Page(show_all("startable", (_offered(one, language) for one in page.items)), page.next)


def _offered(one: Offered, language: str) -> dict[str, Any]:
    subject = {"kind": one.subject.kind, "id": one.subject.id, "ref": one.subject.ref}
    return {"subject": {**subject, "card": one.card.to_json(language)}, **_template(one.template, language)}


def _template(template: Template | None, language: str) -> dict[str, Any]:
    if template is None:
        return {}
    return {"template": {"id": template.id, "steps": [step.localised(language) for step in template.steps]}}
