"""The application: doors put together, who may come in, and how mistakes are worded at each door."""

import ipaddress

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from miniapp_stub.wechat_server import (
    control,
    gate,
    inspection,
    login,
    people,
    phones,
    sms,
    subscribe,
    token_door,
)
from miniapp_stub.wechat_server.errors import Misuse, ProviderError, WeChatError
from miniapp_stub.wechat_server.state import World
from miniapp_stub.wechat_server.wire import platform_error, provider_error, stub_answer

DOORS = (token_door.door, login.door, subscribe.door, sms.door, people.door, inspection.door, control.door, phones.door)
OPEN_TO_PAGES = "/_stub/client/"
MAX_BODY_BYTES = 20 * 1024 * 1024


def make_app(world: World, allowed_origins: frozenset[str] = frozenset()) -> Flask:
    """Put the application together around a world; allowed_origins are the mini-app's, for the client functions only."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.extensions["world"] = world
    app.extensions["allowed_origins"] = allowed_origins
    app.before_request(lambda: _refuse_strangers(allowed_origins))
    gate.install(app)
    for door in DOORS:
        app.register_blueprint(door)
    app.after_request(lambda response: _share_with_page(response, allowed_origins))
    app.register_error_handler(WeChatError, platform_error)
    app.register_error_handler(ProviderError, provider_error)
    app.register_error_handler(Misuse, lambda misuse: stub_answer({"error": misuse.sentence}, misuse.status))
    app.register_error_handler(HTTPException, _unknown_call)
    return app


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine and nothing else."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _refuse_strangers(allowed_origins: frozenset[str]) -> Response | None:
    """Keep foreign web pages out: one that points its name at this machine, and one that calls from its own origin."""
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if not is_loopback(host):
        return stub_answer({"error": "Host: a loopback address is expected"}, 403)
    origin = request.headers.get("Origin")
    if origin is None or origin == f"http://{request.host}":
        return None
    if origin in allowed_origins and request.path.startswith(OPEN_TO_PAGES):
        return _preflight_answer() if request.method == "OPTIONS" else None
    return stub_answer({"error": f"Origin {origin}: not allowed here"}, 403)


def _preflight_answer() -> Response:
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "POST"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    response.headers["Access-Control-Max-Age"] = "600"
    return response


def _share_with_page(response: Response, allowed_origins: frozenset[str]) -> Response:
    if request.path.startswith(OPEN_TO_PAGES):
        response.headers.add("Vary", "Origin")
        origin = request.headers.get("Origin")
        if origin in allowed_origins:
            response.headers["Access-Control-Allow-Origin"] = origin
    return response


def _unknown_call(problem: HTTPException) -> Response:
    if request.path.startswith(gate.PROVIDER):
        return provider_error(ProviderError("InvalidAction.NotFound", 404))
    if not request.path.startswith(gate.PLATFORM):
        return stub_answer({"error": f"{problem.code} {problem.name}"}, problem.code or 500)
    if problem.code == 405:
        return platform_error(WeChatError(43002 if request.method == "GET" else 43001))
    response = platform_error(WeChatError(40066))
    response.status_code = problem.code or 500
    return response
