"""The endpoints that hand out access tokens: /cgi-bin/token and /cgi-bin/stable_token."""

from flask import Blueprint, Response, request

from miniapp_stub.wechat_server.errors import WeChatError
from miniapp_stub.wechat_server.gate import check_address, json_body
from miniapp_stub.wechat_server.state import App, World, the_world
from miniapp_stub.wechat_server.tokens import LEGACY, STABLE, Token, TokenDesk
from miniapp_stub.wechat_server.wire import platform_answer

door = Blueprint("tokens", __name__, url_prefix="/wx/cgi-bin")


@door.get("/token")
def replace_token() -> Response:
    """Hand out a new token, by which the one before dies in five minutes."""
    world = the_world()
    with world.lock:
        app = _asking_app(world, dict(request.args.to_dict()))
        world.part(TokenDesk).count(app.appid, LEGACY).calls += 1
        now = world.now()
        if not world.limits.take("token_daily", app.appid, now):
            raise WeChatError(45009)
        return _handed_out(world.part(TokenDesk).replace(app.appid, now), now)


@door.post("/stable_token")
def share_token() -> Response:
    """Hand out the token all callers share; force_refresh replaces a leaked one."""
    world = the_world()
    body = json_body(world)
    with world.lock:
        app = _asking_app(world, body)
        world.part(TokenDesk).count(app.appid, STABLE).calls += 1
        now = world.now()
        for limit in ("stable_token_minute", "stable_token_daily"):
            if not world.limits.take(limit, app.appid, now):
                raise WeChatError(45009)
        return _handed_out(_stable(world, app, body.get("force_refresh") is True, now), now)


def _stable(world: World, app: App, force: bool, now: float) -> Token:
    # Forced again within 30 s the platform does not refresh, and says nothing.
    if not force or not world.limits.take("force_refresh_gap", app.appid, now):
        return world.part(TokenDesk).share(app.appid, now)
    if not world.limits.take("force_refresh_daily", app.appid, now):
        raise WeChatError(45009)
    return world.part(TokenDesk).force(app.appid, now)


def _asking_app(world: World, said: dict[str, object]) -> App:
    if said.get("grant_type") != "client_credential":
        raise WeChatError(40002)
    app = known_app(world, said)
    check_address(app)
    return app


def known_app(world: World, said: dict[str, object]) -> App:
    """Give the app that proves itself by appid and secret; raises 41002, 41004, 40013 or 40125."""
    appid, secret = said.get("appid"), said.get("secret")
    if not appid:
        raise WeChatError(41002)
    if not secret:
        raise WeChatError(41004)
    app = world.apps.get(appid) if isinstance(appid, str) else None
    if app is None:
        raise WeChatError(40013)
    if app.secret != secret:
        raise WeChatError(40125)
    return app


def _handed_out(token: Token, now: float) -> Response:
    # Success carries no errcode, as at the platform.
    return platform_answer({"access_token": token.value, "expires_in": round(token.expires_at - now)})
