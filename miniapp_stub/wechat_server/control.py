"""Interfering with the stub: error injection, time, limits, quirks, reset and fixtures. For tests only."""

from flask import Blueprint, Response

from miniapp_stub.wechat_server.clock import iso
from miniapp_stub.wechat_server.errors import Misuse
from miniapp_stub.wechat_server.fixture import load, start_over
from miniapp_stub.wechat_server.form import Form
from miniapp_stub.wechat_server.rules import Action
from miniapp_stub.wechat_server.state import World, the_world
from miniapp_stub.wechat_server.tokens import TokenDesk
from miniapp_stub.wechat_server.wire import stub_answer, stub_form

DEFAULT_OUTAGE = Action(http=503)

door = Blueprint("control", __name__, url_prefix="/_stub")


@door.post("/rules")
def add_rule() -> Response:
    """Put an error-injection rule in force."""
    world, form = the_world(), stub_form()
    with world.lock:
        return stub_answer({"id": world.rules.add(form).number}, 201)


@door.get("/rules")
def list_rules() -> Response:
    """List the rules in force with how often each has fired."""
    world = the_world()
    with world.lock:
        return stub_answer({"items": [rule.describe() for rule in world.rules.rules]})


@door.delete("/rules", defaults={"number": None})
@door.delete("/rules/<int:number>")
def remove_rules(number: int | None) -> Response:
    """Take one rule, or all, out of force."""
    world = the_world()
    with world.lock:
        gone = world.rules.remove(number)
    if number is not None and not gone:
        raise Misuse(f"rule {number} is unknown", 404)
    return stub_answer({"removed": gone})


@door.post("/fail_next")
def fail_next() -> Response:
    """Let the next n calls of a path fail with an error code."""
    world, form = the_world(), stub_form()
    path, times = form.text("path"), form.integer("n", 1)
    # The SMS provider's refusals are words, WeChat's numbers.
    refusal = {"code": form.text("code")} if form.has("code") else {"errcode": form.number("errcode")}
    rule = {"match": {"path": path}, "times": times, "action": {**refusal, "errmsg": form.maybe_text("errmsg")}}
    form.finish()
    with world.lock:
        return stub_answer({"id": world.rules.add(Form(rule)).number}, 201)


@door.post("/tokens/expire")
def expire_tokens() -> Response:
    """Let an app's tokens run out now: 42001 follows."""
    world = the_world()
    with world.lock:
        return stub_answer({"expired": world.part(TokenDesk).expire(_appid(world), world.now())})


@door.post("/tokens/revoke")
def revoke_tokens() -> Response:
    """Make an app's tokens invalid now: 40001 follows."""
    world = the_world()
    with world.lock:
        return stub_answer({"revoked": world.part(TokenDesk).revoke(_appid(world), world.now())})


@door.post("/rate")
def set_rate() -> Response:
    """Change one of the platform's limits; window is in seconds."""
    world, form = the_world(), stub_form()
    with world.lock:
        name = form.one_of("name", world.limits.limits)
        most, window_s = form.integer("limit"), form.number("window")
        form.finish()
        world.limits.set(name, most, window_s)
        return stub_answer({"limits": world.limits.describe()})


@door.post("/outage")
def set_outage() -> Response:
    """Let every `/wx` and `/sms` call fail until it is switched off; by default with HTTP 503, or by the action given."""
    world, form = the_world(), stub_form()
    on = form.flag("on", default=True)
    action = Action.read(Form(form.mapping("action"), "action")) if form.has("action") else DEFAULT_OUTAGE
    form.finish()
    with world.lock:
        world.outage = action if on else None
    return stub_answer({"on": on})


@door.post("/quirks")
def set_quirks() -> Response:
    """Switch how the platform deviates from its pages; what is not named stays."""
    world, form = the_world(), stub_form()
    with world.lock:
        quirks = world.quirks
        for name in ("text_plain", "no_msgid", "strict_unicode"):
            setattr(quirks, name, form.flag(name, getattr(quirks, name)))
        quirks.tmplids_max = form.integer("tmplids_max", quirks.tmplids_max)
        form.finish()
        return stub_answer({"quirks": vars(quirks)})


@door.post("/clock")
def move_clock() -> Response:
    """Move the virtual time by advance_s, or set it to an RFC 3339 time or seconds since 1970."""
    world, form = the_world(), stub_form()
    if form.has("advance_s") == form.has("set"):
        raise Misuse("body: advance_s or set is expected")
    with world.lock:
        if form.has("advance_s"):
            world.clock.advance(form.number("advance_s"))
        else:
            world.clock.set(form.moment("set"))
        form.finish()
        return stub_answer({"now": iso(world.now())})


@door.post("/reset")
def reset() -> Response:
    """Bring the stub back to how it was at the start, with another seed if one is given."""
    world, form = the_world(), stub_form()
    seed = form.maybe_text("seed") or world.seed
    form.finish()
    with world.lock:
        if world.phone_book:
            world.phone_book.clear()
        start_over(world, seed)
    return stub_answer({"seed": seed})


@door.post("/load")
def load_fixture() -> Response:
    """Add a fixture to what is there; a reset forgets it again."""
    world, form = the_world(), stub_form()
    fixture = form.mapping("fixture")
    form.finish()
    load(world, fixture)
    return stub_answer({"apps": sorted(world.apps), "users": len(world.people)})


def _appid(world: World) -> str:
    form = stub_form()
    appid = world.app(form.text("appid")).appid
    form.finish()
    return appid
