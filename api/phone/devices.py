"""Where a person is signed in, signing out everywhere, and taking along all that is held about oneself."""

import re
from typing import Any

from flask import Response, g, request
from marshmallow import Schema, fields

from api.auth import EVERYONE, actor, roles
from api.door import Door
from api.showing import show, show_all
from api.writing import json_response, rfc3339
from workflows.domain import sessions
from workflows.domain.sessions import Begun, Device
from workflows.engine.person_export import export_oneself

blueprint = Door(
    "devices", __name__, url_prefix="/api/v1/phone", description="Devices signed in, and what is held of one"
)

_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS|OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
_PROGRAMS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS", "Chrome"),
    ("Safari", "Safari"),
)


class DeviceSchema(Schema):
    """One device signed in."""

    id = fields.String(required=True)
    label = fields.String(required=True, allow_none=True, metadata={"description": "Such as `iPhone · WeChat`."})
    since = fields.AwareDateTime(required=True)
    last_used_at = fields.AwareDateTime(required=True, metadata={"description": "Exact to a day."})
    current = fields.Boolean(required=True, metadata={"description": "The one that asks."})


class DevicesSchema(Schema):
    """Where one is signed in."""

    items = fields.List(fields.Nested(DeviceSchema), required=True)


class ExportSchema(Schema):
    """All that is held about oneself: one entry for each record of oneself."""

    items = fields.List(fields.Dict(), required=True)


@blueprint.get("/sessions")
@blueprint.response(200, DevicesSchema)
@roles(*EVERYONE)
def list_devices() -> dict[str, Any]:
    """The devices one is signed in on, the latest first"""
    return {"items": show_all("device", map(_device, sessions.devices_of(actor())))}


@blueprint.delete("/sessions")
@blueprint.response(204)
@roles(*EVERYONE)
def end_all_sessions() -> Response:
    """Sign out on every device, this one included"""
    sessions.end_all_sessions(actor())
    return Response(status=204)


@blueprint.get("/me/export")
@blueprint.response(200, ExportSchema)
@roles(*EVERYONE)
def export_me() -> Response:
    """Everything that is held about oneself"""
    g.holds_secret = True
    items = [_plain(one) for one in export_oneself(actor())]
    return json_response(show("person_export", {"items": items}))


def remembered(begun: Begun) -> Begun:
    """The session, its device noted by what its person recognises."""
    sessions.note_device(begun.token, label_of(request.headers.get("User-Agent", "")))
    return begun


def label_of(user_agent: str) -> str:
    """What a device calls itself, in words of ours alone: nothing of the caller's text is kept."""
    known = [_first(user_agent, names) for names in (_SYSTEMS, _PROGRAMS)]
    return " · ".join(filter(None, known)) or "?"


def _first(user_agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for pattern, name in names if re.search(pattern, user_agent)), "")


def _device(one: Device) -> dict[str, Any]:
    facts = {"id": one.id, "label": one.label, "since": one.since}
    return {**facts, "last_used_at": one.last_used_at, "current": one.is_current}


def _plain(value: Any) -> Any:
    """Every moment and day in it as text."""
    if isinstance(value, dict):
        return {name: _plain(held) for name, held in value.items()}
    if isinstance(value, list):
        return [_plain(held) for held in value]
    return rfc3339(value) if hasattr(value, "isoformat") else value
