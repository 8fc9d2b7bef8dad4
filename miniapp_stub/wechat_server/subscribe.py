"""Subscribe messages: sending one to a person who consented, and the list of an app's templates.

The order of the checks is the platform's (reference/wechat.md §10.2): which error a faulty message gets depends on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response

from miniapp_stub.wechat_server.errors import WeChatError
from miniapp_stub.wechat_server.gate import admit, json_body, take_time
from miniapp_stub.wechat_server.outbox import Message
from miniapp_stub.wechat_server.state import LONG_TERM, App, Person, Template, World, the_world
from miniapp_stub.wechat_server.wire import platform_answer

CHANNEL = "subscribe"
STATES = ("formal", "trial", "developer")
LANGUAGES = ("zh_CN", "en_US", "zh_HK", "zh_TW")

door = Blueprint("subscribe", __name__, url_prefix="/wx")


@dataclass(frozen=True)
class Order:
    """A message somebody wants sent: from which app, to whom, by which template, and the body as it came."""

    app: App
    person: Person
    template: Template
    body: dict[str, Any]

    @property
    def openid(self) -> str:
        """The person's id in this app."""
        return self.person.accounts[self.app.appid].openid

    @property
    def consent_key(self) -> tuple[str, str, str]:
        """Where this message's consent is counted."""
        return self.app.appid, self.openid, self.template.template_id


@dataclass
class InFlight:
    """The people to whom a message is on its way at this moment."""

    openids: set[tuple[str, str]] = field(default_factory=set)


@door.post("/cgi-bin/message/subscribe/send")
def send() -> Response:
    """Send one message, or say why not."""
    world = the_world()
    app = admit(world)
    body = json_body(world)
    with world.lock:
        if not world.limits.take("subscribe_send", app.appid, world.now()):
            raise WeChatError(45009)
        order, generation = _addressed(world, app, body), world.generation
    with _on_its_way(world, order):
        take_time()
        with world.lock:
            if world.generation != generation:
                raise WeChatError(-1)
            return _deliver(world, order)


def _addressed(world: World, app: App, body: dict[str, Any]) -> Order:
    person = world.owner(app, body.get("touser"))
    if person is None:
        raise WeChatError(40003)
    template_id = body.get("template_id")
    template = app.templates.get(template_id) if isinstance(template_id, str) else None
    if template is None or template.deleted:
        raise WeChatError(40037)
    return Order(app, person, template, body)


@contextmanager
def _on_its_way(world: World, order: Order) -> Iterator[None]:
    """Hold the person's line while the platform works on a message; a second one meanwhile gets 43108."""
    line = (order.app.appid, order.openid)
    with world.lock:
        lines = world.part(InFlight).openids
        if line in lines:
            raise WeChatError(43108)
        lines.add(line)
    try:
        yield
    finally:
        with world.lock:
            lines.discard(line)


def _deliver(world: World, order: Order) -> Response:
    _check_page(order)
    content = _checked_content(order)
    if any(word in value for word in world.blocked_words for _, value in content):
        raise WeChatError(45168)
    if order.app.subscribe_banned:
        raise WeChatError(43107)
    _use_consent(world, order)
    message = _message(world, order, content)
    world.outbox.items.append(message)
    world.changed.notify_all()
    answer = {"errcode": 0, "errmsg": "ok"}
    return platform_answer(answer if world.quirks.no_msgid else answer | {"msgid": message.msgid})


def _check_page(order: Order) -> None:
    page, state = order.body.get("page"), order.body.get("miniprogram_state", "formal")
    if page in (None, "") or state != "formal":
        return
    base = str(page).split("?", 1)[0].removeprefix("/")
    if base not in order.app.released_pages:
        raise WeChatError(41030)


def _checked_content(order: Order) -> tuple[tuple[str, str], ...]:
    """Give the values in the template's order; 47003 names the first bad one. Fields the template lacks are ignored."""
    if order.body.get("miniprogram_state", "formal") not in STATES:
        raise _invalid("miniprogram_state")
    if order.body.get("lang", "zh_CN") not in LANGUAGES:
        raise _invalid("lang")
    data = order.body.get("data")
    if not isinstance(data, dict):
        raise _invalid("data")
    return tuple((field.key, _value(data, field.key, field.accepts)) for field in order.template.fields)


def _value(data: dict[str, Any], key: str, accepts: Any) -> str:
    entry = data.get(key)
    value = entry.get("value") if isinstance(entry, dict) else None
    if not isinstance(value, str) or not accepts(value):
        raise _invalid(f"data.{key}.value")
    return value


def _invalid(place: str) -> WeChatError:
    return WeChatError(47003, f"argument invalid! {place} invalid")


def _use_consent(world: World, order: Order) -> None:
    account = order.person.accounts[order.app.appid]
    chosen = account.items.get(order.template.template_id)
    if not account.main_switch or chosen in ("reject", "ban"):
        raise WeChatError(43101)
    if order.template.kind == LONG_TERM:
        if order.consent_key not in world.long_term:
            raise WeChatError(43101)
        return
    left = world.consents.get(order.consent_key, 0)
    if left <= 0:
        raise WeChatError(43101)
    world.consents[order.consent_key] = left - 1


def _message(world: World, order: Order, content: tuple[tuple[str, str], ...]) -> Message:
    page = order.body.get("page")
    return Message(
        seq=len(world.outbox.items) + 1,
        channel=CHANNEL,
        appid=order.app.appid,
        touser=order.openid,
        user=order.person.uid,
        name=order.person.name,
        template_id=order.template.template_id,
        title=order.template.title,
        content=content,
        page=page if isinstance(page, str) and page else None,
        body=order.body,
        msgid=world.next_msgid(),
        at=world.now(),
    )


@door.get("/wxaapi/newtmpl/gettemplate")
def list_templates() -> Response:
    """List the templates an app may use."""
    world = the_world()
    app = admit(world)
    with world.lock:
        listed = [_listed(template) for template in app.templates.values() if not template.deleted]
        return platform_answer({"errcode": 0, "errmsg": "ok", "data": listed})


def _listed(template: Template) -> dict[str, Any]:
    choices = [
        {"keywordCode": f"{field.key}.DATA", "enumValueList": list(field.choices)}
        for field in template.fields
        if field.choices
    ]
    described = {
        "priTmplId": template.template_id,
        "title": template.title,
        "content": "".join(f"{field.key}:{{{{{field.key}.DATA}}}}\n" for field in template.fields),
        "example": "".join(f"{field.key}:…\n" for field in template.fields),
        "type": template.kind,
    }
    return described | ({"keywordEnumValueList": choices} if choices else {})
