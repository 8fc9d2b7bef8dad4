"""The page with the simulated phones: who got which message, for a demo. No script: it reloads itself by a header."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from flask import Blueprint, Response, make_response, render_template, request

from miniapp_stub.wechat_server.clock import iso
from miniapp_stub.wechat_server.outbox import Message
from miniapp_stub.wechat_server.state import World, the_world

REFRESH_S = 3
SHOWN_PER_PHONE = 20
_ADDRESS = re.compile(r"https?://[\w/#:.~%?=&-]+", re.ASCII)
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

door = Blueprint("phones", __name__, url_prefix="/_stub", template_folder="templates", static_folder="static")


@dataclass(frozen=True)
class Bubble:
    """A message as the phone shows it; link is its page in the mini-app, None where there is nowhere to go."""

    title: str
    content: tuple[tuple[str, str], ...]
    at: str
    link: str | None


@dataclass(frozen=True)
class Phone:
    """A person's phone with its newest messages first; total counts those not shown too."""

    name: str
    uid: str
    bubbles: list[Bubble]
    total: int


@door.get("/ui")
def show_phones() -> Response:
    """Show the phones that got messages first, then the silent ones; ?live=0 stops reloading."""
    world = the_world()
    live = request.args.get("live") != "0"
    with world.lock:
        page = render_template("phones.html", phones=_phones(world), live=live, now=iso(world.now()))
    response = make_response(page)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    if live:
        response.headers["Refresh"] = str(REFRESH_S)
    return response


def _phones(world: World) -> list[Phone]:
    received: dict[str, list[Message]] = {uid: [] for uid in world.people}
    for message in world.outbox.items:
        received.setdefault(message.user, []).append(message)
    newest_first = sorted(received, key=lambda uid: -received[uid][-1].seq if received[uid] else 0)
    return [_phone(world, uid, received[uid]) for uid in newest_first]


def _phone(world: World, uid: str, messages: list[Message]) -> Phone:
    shown = [_bubble(world, message) for message in reversed(messages[-SHOWN_PER_PHONE:])]
    return Phone(world.person(uid).name, uid, shown, len(messages))


def _bubble(world: World, message: Message) -> Bubble:
    return Bubble(message.title, message.content, iso(message.at), page_link(world.app_url, message))


def page_link(app_url: str | None, message: Message) -> str | None:
    """Give the address of a message's page: app_url with {page} and {user} filled in, or with the page appended.

    A text message leads to the first address in its text.
    """
    if message.channel == "sms":
        found = _ADDRESS.search(message.content[0][1])
        return found.group() if found else None
    if app_url is None or message.page is None:
        return None
    page = quote(message.page, safe="/?&=%-_.~")
    if "{page}" not in app_url:
        return app_url + page
    return app_url.replace("{page}", page).replace("{user}", quote(message.user, safe=""))
