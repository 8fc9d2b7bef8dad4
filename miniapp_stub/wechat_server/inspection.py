"""Looking at the stub: what was called, what reached the phones, what consent is left. Everything here only reads."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from miniapp_stub.wechat_server.clock import iso
from miniapp_stub.wechat_server.errors import Misuse
from miniapp_stub.wechat_server.outbox import Wanted
from miniapp_stub.wechat_server.state import Person, World, the_world
from miniapp_stub.wechat_server.tokens import TokenDesk
from miniapp_stub.wechat_server.wire import stub_answer

MAX_WAIT_S = 60.0
DEFAULT_WAIT_S = 10.0

door = Blueprint("inspection", __name__, url_prefix="/_stub")


@door.get("/health")
def health() -> Response:
    """Say that the stub answers, and its virtual time."""
    world = the_world()
    return stub_answer({"status": "ok", "now": iso(world.now()), "seed": world.seed, "apps": sorted(world.apps)})


@door.get("/calls")
def calls() -> Response:
    """Give the journal, filtered by path, appid and the last sequence number already seen (since)."""
    world = the_world()
    with world.lock:
        found = world.journal.find(request.args.get("path"), int(_number("since", 0)), request.args.get("appid"))
        return stub_answer({"items": [call.describe() for call in found], "last_seq": world.journal.last_seq})


@door.get("/outbox")
def outbox() -> Response:
    """Give what reached the phones, filtered by channel, touser, user, template_id and since."""
    world = the_world()
    with world.lock:
        found = world.outbox.find(_wanted())
    return stub_answer({"items": [message.describe() for message in found]})


@door.get("/outbox/wait")
def outbox_wait() -> Response:
    """Answer once so many messages reached the phones, or with complete false when the time is up."""
    world, wanted = the_world(), _wanted()
    count, timeout_s = int(_number("count", 1)), min(_number("timeout", DEFAULT_WAIT_S), MAX_WAIT_S)
    with world.changed:
        found = world.outbox.wait(wanted, count, timeout_s, world.changed)
    return stub_answer({"items": [message.describe() for message in found], "complete": len(found) >= count})


@door.get("/quota")
def quota() -> Response:
    """Give the consents left, filtered by appid, openid, user and template; left is their sum."""
    world = the_world()
    with world.lock:
        items = [line for line in _consents(world) if _asked_for(line)]
    return stub_answer({"items": items, "left": sum(line["left"] for line in items)})


@door.get("/tokens")
def tokens() -> Response:
    """Give per app how often a token was asked for, how many were issued and how many live."""
    world = the_world()
    with world.lock:
        return stub_answer({"apps": world.part(TokenDesk).describe(world.now())})


@door.get("/limits")
def limits() -> Response:
    """Give every limit and what is used of it."""
    world = the_world()
    with world.lock:
        return stub_answer({"limits": world.limits.describe()})


@door.get("/state")
def state() -> Response:
    """Give everything but the messages and the journal, which have pages of their own."""
    world = the_world()
    with world.lock:
        return stub_answer(
            {
                "now": iso(world.now()),
                "seed": world.seed,
                "apps": {appid: _app(world, appid) for appid in world.apps},
                "users": {uid: _person(person) for uid, person in world.people.items()},
                "quota": list(_consents(world)),
                "rules": [rule.describe() for rule in world.rules.rules],
                "outage": world.outage.describe() if world.outage else None,
                "quirks": vars(world.quirks),
                "blocked_words": list(world.blocked_words),
                "messages": len(world.outbox.items),
                "calls": world.journal.last_seq,
            }
        )


def _wanted() -> Wanted:
    asked = request.args
    return Wanted(
        channel=asked.get("channel"),
        touser=asked.get("touser"),
        user=asked.get("user"),
        template_id=asked.get("template_id"),
        since=int(_number("since", 0)),
    )


def _number(name: str, default: float) -> float:
    text = request.args.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e15:
        raise Misuse(f"{name}: a number from 0 is expected")
    return value


def _consents(world: World) -> list[dict[str, Any]]:
    lines = [(key, left, False) for key, left in world.consents.items()]
    lines += [(key, 0, True) for key in sorted(world.long_term)]
    return [
        {
            "appid": appid,
            "openid": openid,
            "user": owner.uid if (owner := world.owner(world.apps[appid], openid)) else None,
            "template": template,
            "left": left,
            "long_term": long_term,
        }
        for (appid, openid, template), left, long_term in lines
    ]


def _asked_for(line: dict[str, Any]) -> bool:
    return all(request.args.get(name, line[name]) == line[name] for name in ("appid", "openid", "user", "template"))


def _app(world: World, appid: str) -> dict[str, Any]:
    app = asdict(world.apps[appid])
    lists = {"released_pages": sorted(app["released_pages"]), "ip_whitelist": sorted(app["ip_whitelist"] or ()) or None}
    return app | lists | {"secret": "***"}


def _person(person: Person) -> dict[str, Any]:
    described = asdict(person)
    for account in described["accounts"].values():
        account["session_key"] = "***" if account["session_key"] else None
    return described
