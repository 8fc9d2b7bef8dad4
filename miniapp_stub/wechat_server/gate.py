"""The chain every `/wx` and `/sms` request passes: journal, injection rules, and for token calls address, token and body."""

import json
import re
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g, request

from miniapp_stub.wechat_server.errors import ProviderError, WeChatError
from miniapp_stub.wechat_server.journal import Call
from miniapp_stub.wechat_server.rules import Action
from miniapp_stub.wechat_server.state import App, World, the_world
from miniapp_stub.wechat_server.tokens import TokenDesk
from miniapp_stub.wechat_server.wire import platform_error, provider_error

PLATFORM, PROVIDER = "/wx/", "/sms/"
_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u([0-9a-fA-F]{4})")


@dataclass
class Visit:
    """One request under way: its line in the journal, what a rule does to it, the delay it still owes, and what ends it early."""

    call: Call
    action: Action
    started_at: float
    owed_s: float
    released: threading.Event


def install(app: Flask) -> None:
    """Make every `/wx` and `/sms` request of the application pass the chain."""
    app.before_request(_arrive)
    app.after_request(_leave)


def admit(world: World) -> App:
    """Let a token call in and give the app it acts for; raises 40164, 41001, 40014, 40001 or 42001."""
    token = request.args.get("access_token", "")
    with world.lock:
        desk, now = world.part(TokenDesk), world.now()
        app = world.apps.get(desk.appid_of(token) or "")
        if app:
            check_address(app)
        desk.check(token, now)
        if app is None:
            raise WeChatError(40001)
        return app


def check_address(app: App) -> None:
    """Refuse a caller whose address the app has not listed (40164)."""
    if app.ip_whitelist is not None and request.remote_addr not in app.ip_whitelist:
        raise WeChatError(40164, f"invalid ip {request.remote_addr}, not in whitelist")


def json_body(world: World) -> dict[str, Any]:
    """Read the body of a call: an object in real UTF-8 (47001), without escapes for what is not ASCII (47002)."""
    raw = request.get_data()
    try:
        body = json.loads(raw.decode("utf-8"))
    except ValueError:
        raise WeChatError(47001) from None
    if not isinstance(body, dict):
        raise WeChatError(47001)
    if world.quirks.strict_unicode and any(int(code, 16) > 0x7F for code in _ESCAPE.findall(raw)):
        raise WeChatError(47002)
    return body


def take_time() -> None:
    """Spend the delay a rule ordered for this request, once; never called with the lock held."""
    visit: Visit = g.visit
    owed_s, visit.owed_s = visit.owed_s, 0.0
    if owed_s > 0:
        visit.released.wait(owed_s)


def _arrive() -> Response | None:
    if not request.path.startswith((PLATFORM, PROVIDER)):
        return None
    world, started_at = the_world(), time.monotonic()
    raw = request.get_data()
    with world.lock:
        call = world.journal.open(world.now(), request.method, request.path, request.args.to_dict(), raw)
        facts = _facts(world, call)
        action = world.outage or _chosen(world, call, facts)
        released = world.released
        owed_s = world.rng.uniform(*action.latency_ms) / 1000 if action.latency_ms else 0.0
    g.visit = Visit(call, action, started_at, owed_s, released)
    return _answer_instead(g.visit)


def _facts(world: World, call: Call) -> dict[str, str | None]:
    try:
        body = json.loads(call.body or b"{}")
    except ValueError:
        body = {}
    said: dict[str, Any] = body if isinstance(body, dict) else {}
    token_of = world.part(TokenDesk).appid_of(call.query.get("access_token", ""))
    appid = call.query.get("appid") or token_of or said.get("appid")
    call.appid = _text(appid)
    call.touser = _text(said.get("touser")) or call.query.get("PhoneNumbers")
    call.template_id = _text(said.get("template_id")) or call.query.get("TemplateCode")
    return {
        "path": call.path,
        "appid": call.appid,
        "touser": call.touser,
        "template_id": call.template_id,
        "key": call.query.get("key") or request.headers.get("x-acs-action"),
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _chosen(world: World, call: Call, facts: dict[str, str | None]) -> Action:
    rule = world.rules.choose(facts, world.rng)
    call.rule = rule.number if rule else None
    return rule.action if rule else Action()


def _answer_instead(visit: Visit) -> Response | None:
    action = visit.action
    if action.errcode is not None:
        return platform_error(WeChatError(action.errcode, action.errmsg))
    if action.code is not None:
        return provider_error(ProviderError(action.code))
    if action.http is not None:
        return Response(f"<html><title>{action.http}</title></html>", action.http, content_type="text/html")
    if action.body is not None:
        return Response(action.body, content_type="application/json; encoding=utf-8")
    if action.timeout_s is not None:
        _hold(the_world(), visit, action.timeout_s)
    if action.reset or action.timeout_s is not None:
        return _hang_up(Response(status=504))
    return None


def _hold(world: World, visit: Visit, seconds: float) -> None:
    # Only so many are kept waiting that threads stay free for the tests' own requests; one more is dropped at once.
    if world.holds.acquire(blocking=False):
        try:
            visit.released.wait(seconds)
        finally:
            world.holds.release()


def _leave(response: Response) -> Response:
    visit: Visit | None = g.get("visit")
    if visit is None:
        return response
    take_time()
    if visit.action.truncate:
        whole = response.get_data()
        response.set_data(whole[: len(whole) // 2])
    with the_world().lock:
        visit.call.status, visit.call.response = response.status_code, response.get_data()
        visit.call.duration_ms = round((time.monotonic() - visit.started_at) * 1000, 3)
    return _hang_up(response) if visit.action.reset_after else response


def _hang_up(response: Response) -> Response:
    """Close the connection under the caller, who gets no answer at all.

    Waitress offers no such thing; its environment holds a method of the connection, and through it the socket.
    """
    response.headers["Connection"] = "close"
    asked = request.environ.get("waitress.client_disconnected")
    if asked is not None:
        try:
            asked.__self__.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return response
    return response
