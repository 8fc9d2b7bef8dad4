"""Simulated people: what happens on a phone when somebody opens the mini-program, answers the consent popup or changes settings.

Answers are those of the client's own functions (wx.login, wx.requestSubscribeMessage, wx.getSetting), client errors included.
"""

from typing import Any

from flask import Blueprint, Response

from miniapp_stub.wechat_server.errors import Misuse
from miniapp_stub.wechat_server.login import Codes
from miniapp_stub.wechat_server.state import LONG_TERM, Account, App, Template, World, the_world
from miniapp_stub.wechat_server.wire import stub_answer, stub_form

ASK = "requestSubscribeMessage"
CLIENT_ERRORS = {
    10001: "TmplIds can't be empty",
    20001: "No template data return, verify the template id exist",
    20002: "Templates type must be same",
    20003: "Templates count out of max bounds",
    20004: "The main switch is switched off",
    20005: "This mini program was banned from subscribing messages",
}

door = Blueprint("people", __name__, url_prefix="/_stub/client")


class ClientError(Exception):
    """The client's function fails; the person is asked nothing and no consent changes."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@door.post("/login")
def log_in() -> Response:
    """A person opens the mini-program: wx.login gives a code."""
    world, form = the_world(), stub_form()
    appid, uid = form.text("appid"), form.text("user")
    form.finish()
    with world.lock:
        account = world.account(world.app(appid), uid)
        account.last_active = world.now()
        return stub_answer({"code": world.part(Codes).issue(appid, uid, "login", world.now())})


@door.post("/open")
def open_app() -> Response:
    """A person opens the mini-program again; that they were active is remembered."""
    world, form = the_world(), stub_form()
    uid, appid = form.text("user"), form.maybe_text("appid")
    form.finish()
    with world.lock:
        for account in _accounts(world, uid, appid).values():
            account.last_active = world.now()
        return stub_answer({"openids": {app: account.openid for app, account in _accounts(world, uid, appid).items()}})


@door.post("/settings")
def change_settings() -> Response:
    """A person switches messages on or off; the answer is what wx.getSetting then gives, per app."""
    world, form = the_world(), stub_form()
    uid, appid = form.text("user"), form.maybe_text("appid")
    main_switch, risk_block, items = (
        form.maybe_flag("main_switch"),
        form.maybe_flag("risk_block"),
        form.mapping("items"),
    )
    form.finish()
    with world.lock:
        if risk_block is not None:
            world.person(uid).risk_block = risk_block
        accounts = _accounts(world, uid, appid)
        for account in accounts.values():
            account.main_switch = account.main_switch if main_switch is None else main_switch
            _set_items(account, items)
        return stub_answer({"apps": {app: _setting(account) for app, account in accounts.items()}})


@door.post("/subscribe")
def ask_consent() -> Response:
    """The mini-program asks for consent and the person answers; each accept is worth one message more."""
    world, form = the_world(), stub_form()
    appid, uid, asked = form.text("appid"), form.text("user"), form.texts("tmplIds")
    answers, always = form.mapping("answers"), form.flag("always")
    form.finish()
    with world.lock:
        app = world.app(appid)
        account = world.account(app, uid)
        account.last_active = world.now()
        try:
            templates = _askable(world, app, account, asked)
        except ClientError as error:
            return _client_failure(error.code)
        result = _results(account, templates, _answers(answers, asked), always)
        _credit(world, app, account, result)
        return stub_answer({"errMsg": f"{ASK}:ok", **result})


def _accounts(world: World, uid: str, appid: str | None) -> dict[str, Account]:
    if appid is not None:
        world.account(world.app(appid), uid)
    person = world.person(uid)
    return {app: account for app, account in person.accounts.items() if appid in (None, app)}


def _set_items(account: Account, items: dict[str, Any]) -> None:
    for template_id, choice in items.items():
        if choice not in ("accept", "reject", "ban", None):
            raise Misuse(f"items.{template_id}: accept, reject, ban or null is expected")
        if choice is None:
            account.items.pop(template_id, None)
        else:
            account.items[template_id] = choice


def _setting(account: Account) -> dict[str, Any]:
    return {
        "openid": account.openid,
        "subscriptionsSetting": {"mainSwitch": account.main_switch, "itemSettings": account.items},
    }


def _askable(world: World, app: App, account: Account, asked: list[str]) -> list[Template]:
    """Give the templates the popup may show; ClientError when the client refuses to show it at all."""
    if not asked:
        raise ClientError(10001)
    if len(asked) > world.quirks.tmplids_max:
        raise ClientError(20003)
    templates = [app.templates[template_id] for template_id in asked if template_id in app.templates]
    if len(templates) < len(asked) or any(template.deleted for template in templates):
        raise ClientError(20001)
    if len({template.kind for template in templates}) > 1:
        raise ClientError(20002)
    if app.subscribe_banned:
        raise ClientError(20005)
    if not account.main_switch:
        raise ClientError(20004)
    return templates


def _client_failure(code: int) -> Response:
    return stub_answer({"errMsg": f"{ASK}:fail {CLIENT_ERRORS[code]}", "errCode": code})


def _answers(answers: dict[str, Any], asked: list[str]) -> dict[str, str]:
    for template_id, answer in answers.items():
        if template_id not in asked or answer not in ("accept", "reject"):
            raise Misuse(f"answers.{template_id}: accept or reject is expected, for a template that is asked")
    # Who closes the popup without ticking a template has refused it.
    return {template_id: answers.get(template_id, "reject") for template_id in asked}


def _results(account: Account, templates: list[Template], answers: dict[str, str], always: bool) -> dict[str, str]:
    results: dict[str, str] = {}
    titles: set[str] = set()
    for template in templates:
        # Of two templates with the same title the popup shows the first.
        shown = template.title not in titles
        results[template.template_id] = (
            account.items.get(template.template_id, answers[template.template_id]) if shown else "filter"
        )
        if shown and always:
            account.items.setdefault(template.template_id, answers[template.template_id])
        titles.add(template.title)
    return results


def _credit(world: World, app: App, account: Account, results: dict[str, str]) -> None:
    for template_id, result in results.items():
        key = (app.appid, account.openid, template_id)
        if result != "accept":
            continue
        if app.templates[template_id].kind == LONG_TERM:
            world.long_term.add(key)
        else:
            world.consents[key] = world.consents.get(key, 0) + 1
