"""Loading a fixture: the apps, templates, people and consents a demo or a test starts with; format in docs/wechat-stub.md."""

import json
from pathlib import Path
from typing import Any

from miniapp_stub.wechat_server.errors import Misuse
from miniapp_stub.wechat_server.form import Form
from miniapp_stub.wechat_server.sms import load_accounts
from miniapp_stub.wechat_server.state import LONG_TERM, ONE_TIME, App, Template, World
from miniapp_stub.wechat_server.template_types import RULES, Field


def read_fixture(path: Path) -> dict[str, Any]:
    """Read a fixture file; Misuse in one sentence when it is not JSON."""
    try:
        fixture = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise Misuse(f"{path}: {problem}") from problem
    if not isinstance(fixture, dict):
        raise Misuse(f"{path}: an object is expected")
    return fixture


def load(world: World, fixture: object) -> None:
    """Add a fixture to the world; what it names again is replaced, the rest stays.

    Raises Misuse naming the first bad place; what was read before it is already there.
    """
    form = Form(fixture, "fixture")
    with world.lock:
        for appid, app in form.forms("apps"):
            world.apps[appid] = _app(appid, app, world.apps.get(appid))
        for appid, templates in form.mapping("templates").items():
            for template_id, template in Form({appid: templates}, "templates").forms(appid):
                world.app(appid).templates[template_id] = _template(template_id, template)
        for uid, person in form.forms("users"):
            _load_person(world, uid, person)
        for line, entry in enumerate(form.listed("quota")):
            _load_quota(world, Form(entry, f"fixture.quota[{line}]"))
        load_accounts(world, form)
        world.blocked_words = tuple(form.texts("blocked_words")) or world.blocked_words
        world.app_url = _app_url(form) or world.app_url
        form.finish()


def start_over(world: World, seed: str) -> None:
    """Bring the world back to how it was at the start: everything forgotten, the first fixture loaded."""
    with world.lock:
        world.clear(seed)
        load(world, world.first_fixture)


def _app(appid: str, form: Form, known: App | None) -> App:
    addresses = form.texts("ip_whitelist") if form.has("ip_whitelist") else None
    app = App(
        appid=appid,
        secret=form.text("secret"),
        kind=form.one_of("kind", ("mini", "oa")) if form.has("kind") else "mini",
        released_pages=frozenset(page.lstrip("/") for page in form.texts("released_pages")),
        ip_whitelist=None if addresses is None else frozenset(addresses),
        unionid_bound=form.flag("unionid_bound"),
        subscribe_banned=form.flag("subscribe_banned"),
        templates=known.templates if known else {},
    )
    form.finish()
    return app


def _template(template_id: str, form: Form) -> Template:
    kind = form.integer("type", ONE_TIME)
    if kind not in (ONE_TIME, LONG_TERM):
        raise Misuse(f"{form.where}.type: {ONE_TIME} (one-time) or {LONG_TERM} (long-term) is expected")
    fields = tuple(_field(field, form.where) for field in form.listed("fields"))
    template = Template(template_id, form.text("title"), kind, fields, form.flag("deleted"))
    form.finish()
    return template


def _field(entry: object, where: str) -> Field:
    if not isinstance(entry, list) or len(entry) not in (2, 3) or not all(isinstance(name, str) for name in entry[:2]):
        raise Misuse(f'{where}.fields: entries like ["thing1", "thing"] are expected')
    key, kind, choices = entry[0], entry[1], entry[2] if len(entry) == 3 else []
    if kind not in RULES or key.rstrip("0123456789") != kind:
        raise Misuse(f"{where}.fields: {key} is not a field of the kind {kind}")
    if not isinstance(choices, list) or (kind == "enum" and not choices):
        raise Misuse(f"{where}.fields: {key} needs the list of its values")
    return Field(key, kind, tuple(str(choice) for choice in choices))


def _load_person(world: World, uid: str, form: Form) -> None:
    person = world.person(uid)
    person.name = form.maybe_text("name") or person.name
    person.phone = form.maybe_text("phone") or person.phone
    person.unionid = form.maybe_text("unionid") or person.unionid
    for appid, account in form.forms("apps"):
        world.account(world.app(appid), uid, account.maybe_text("openid"))
        account.finish()
    form.finish()


def _load_quota(world: World, form: Form) -> None:
    app = world.app(form.text("appid"))
    account = world.account(app, form.text("user"))
    template_id = form.text("template")
    if template_id not in app.templates:
        raise Misuse(f"{form.where}.template: {template_id} is unknown")
    world.consents[app.appid, account.openid, template_id] = form.integer("left")
    form.finish()


def _app_url(form: Form) -> str | None:
    url = form.maybe_text("app_url")
    if url is not None and not url.startswith(("http://", "https://")):
        raise Misuse("fixture.app_url: an http or https address is expected")
    return url
