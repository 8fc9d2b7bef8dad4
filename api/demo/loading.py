"""Makes the demo world through the operations that everybody uses, and tells the WeChat stub and the tests who is in it.

A second run makes nothing again: it writes the two files for the present addresses and sees to a key that works.
"""

import json
import os
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from api.demo.world import (
    BRAND_NAME,
    BRAND_REF,
    CAPACITY,
    ORDERS,
    PARTNERS,
    PEOPLE,
    PROMOTION,
    WARES,
    Campaign,
    Capacity,
    Human,
    Order,
    Ware,
)
from config import clock, database
from config.settings import Settings
from notifications import consents, recipients
from notifications.wechat import templates
from workflows.domain import gs1, keys, organisations, people, products
from workflows.domain.access import SCOPES, Actor
from workflows.domain.capacity import requesting
from workflows.domain.claims import publishing
from workflows.domain.errors import NotFound, Unauthenticated
from workflows.domain.keys import ApiKey
from workflows.domain.organisations import Organisation
from workflows.domain.people import Person
from workflows.domain.purchasing import placing
from workflows.engine.own_questions import read_questions

_CONSENTS = 500
_OPENID_BYTES = 21  # 28 letters, as WeChat's
_KEY_NAME = "demo"
_PAGES = ["pages/index/index", "pages/task/task", "pages/notice/notice"]
_TITLES = {"task": "待办事项提醒 Task reminder", "result": "处理结果通知 Result"}


def load(settings: Settings) -> None:
    """Make the world where there is none, and write `demo.json` and the stub's fixture. Demo only."""
    if not settings.is_demo:
        raise RuntimeError("the demo world belongs to the demo alone")
    with database.transaction():
        brand = _brand(settings)
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    operator = organisations.operator_of(brand)
    openids = {human.ref: _openid(operator, human, settings) for human in PEOPLE}
    _write(settings.state_dir / "wechat_stub.json", _fixture(settings, openids))
    _write(settings.state_dir / "demo.json", _description(settings, brand))


def _brand(settings: Settings) -> Organisation:
    try:
        return organisations.brand_named(BRAND_REF)
    except NotFound:
        brand = organisations.create_brand(BRAND_REF, BRAND_NAME, "Asia/Shanghai", "zh")
    operator = organisations.operator_of(brand)
    for partner in PARTNERS:
        organisations.put_partner(operator, partner.ref, _without_ref(partner._asdict()))
    for human in PEOPLE:
        _person(operator, human, settings)
    for ware in WARES:
        products.put_product(operator, ware.sku, _product(ware))
    for order in ORDERS:
        placing.place_order(operator, order.ref, _order(order))
    requesting.put_request(operator, CAPACITY.ref, _capacity(CAPACITY))
    publishing.publish(operator, PROMOTION.ref, _promotion(PROMOTION), read_questions)
    return brand


def _without_ref(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "ref"}


def _person(operator: Actor, human: Human, settings: Settings) -> None:
    memberships = [{"partner": partner, "role": role} for partner, role in human.places]
    fields = {"name": human.name, "phone": human.phone, "language": human.language, "memberships": memberships}
    person: Person = people.put_person(operator, human.ref, fields).record
    app = settings.wechat.app_id
    recipients.bind(person.public_id, "wechat", app, f"o{secrets.token_urlsafe(_OPENID_BYTES)[:27]}")
    for template in settings.wechat.templates.values():
        consents.grant(person.public_id, app, template, _CONSENTS)


def _product(ware: Ware) -> dict[str, Any]:
    pack = {"gtin": _gtin(f"1{ware.number}"), "units": ware.pack}
    return {
        "name": ware.name,
        "unit": ware.unit,
        "gtin": _gtin(ware.number),
        "packs": [pack],
        "tracked_by": ware.tracked_by,
    }


def _gtin(number: str) -> str:
    return next(f"{number}{digit}" for digit in range(10) if gs1.has_right_check_digit(f"{number}{digit}"))


def _order(order: Order) -> dict[str, Any]:
    wares = {ware.sku: ware for ware in WARES}
    today = clock.today("Asia/Shanghai")
    lines = [
        {
            "line": 10 * place,
            "sku": sku,
            "quantity": quantity,
            "unit": wares[sku].unit,
            "price": wares[sku].price,
            "due_date": (today + timedelta(days=days)).isoformat(),
        }
        for place, (sku, quantity, days) in enumerate(order.lines, start=1)
    ]
    return {"supplier": order.supplier, "buyer": "buyer-chen", "currency": "CNY", "note": order.note, "lines": lines}


def _capacity(request: Capacity) -> dict[str, Any]:
    due = clock.today("Asia/Shanghai") + timedelta(days=request.days)
    asked = {"supplier": request.supplier, "items": list(request.items), "months": request.months}
    return {**asked, "due_date": due.isoformat(), "recurs_on_day": request.recurs_on_day}


def _promotion(campaign: Campaign) -> dict[str, Any]:
    start, sign_by, end, due = (clock.today("Asia/Shanghai") + timedelta(days=days) for days in campaign.days)
    return {
        "title": campaign.title,
        "policy": campaign.policy,
        "starts_on": start.isoformat(),
        "ends_on": end.isoformat(),
        "sign_by": f"{sign_by.isoformat()}T18:00:00+08:00",
        "due_at": f"{due.isoformat()}T18:00:00+08:00",
        "participants": list(campaign.participants),
        "shots": list(campaign.shots),
        "facts": list(campaign.facts),
        "pays": campaign.pays,
        "budget": {"per_partner": "5000.00"},
        "second_reviewer_above": {"amount": campaign.second_above, "currency": campaign.pays["currency"]},
    }


def _openid(operator: Actor, human: Human, settings: Settings) -> str:
    person = people.person(operator, human.ref)
    return recipients.address_of(person.public_id, "wechat", settings.wechat.app_id) or ""


def _fixture(settings: Settings, openids: Mapping[str, str]) -> dict[str, Any]:
    """What the WeChat stub starts with, docs/wechat-stub.md."""
    account = settings.wechat
    return {
        "apps": {account.app_id: {"secret": account.app_secret, "kind": "mini", "released_pages": _PAGES}},
        "templates": {account.app_id: {account.templates[kind]: _template(kind) for kind in account.templates}},
        "users": {
            human.wechat_user: {
                "name": human.name,
                "phone": human.phone,
                "apps": {account.app_id: {"openid": openids[human.ref]}},
            }
            for human in PEOPLE
            if openids[human.ref]
        },
        "quota": [
            {"appid": account.app_id, "user": human.wechat_user, "template": template, "left": _CONSENTS}
            for human in PEOPLE
            for template in account.templates.values()
            if openids[human.ref]
        ],
        "sms": _text_messages(settings),
        "app_url": f"{settings.public_url}/app/#/{{page}}",
    }


def _text_messages(settings: Settings) -> dict[str, Any]:
    """The account at the SMS provider; the link stands in the template, only its end is ours to fill in."""
    link = f"{settings.public_url}/app/#/invitation/${{token}}"
    contents = {
        "code": ("code", "验证码 ${code}，10分钟内有效，请勿告诉他人。Code ${code}, valid for 10 minutes."),
        "invitation": ("notice", f"您的合作品牌邀请您使用伙伴通道，14天内有效 You are invited to Partnerline: {link} "),
        "task": ("notice", "您有新的待办 ${reference}，请在 ${due} 前回复。New task ${reference}, due ${due}."),
    }
    account = settings.sms
    templates = {
        account.templates[kind]: {"kind": purpose, "content": content}
        for kind, (purpose, content) in contents.items()
        if kind in account.templates
    }
    return {account.key_id: {"secret": account.key_secret, "signs": [account.sign], "templates": templates}}


def _template(kind: str) -> dict[str, Any]:
    fields = templates.FIELDS[kind]  # type: ignore[index] # the settings know the same two kinds
    return {"title": _TITLES[kind], "type": 2, "fields": [[name, name.rstrip("0123456789")] for name in fields]}


def _description(settings: Settings, brand: Organisation) -> dict[str, Any]:
    """`demo.json`, CONTRACT §1."""
    places = {partner.ref: (partner.name, partner.kind) for partner in PARTNERS} | {"self": (BRAND_NAME, "brand")}
    return {
        "url": settings.public_url,
        "stub_url": settings.stub_url,
        "brand_api_key": _key(settings.state_dir / "demo.json", brand),
        "wechat_app": settings.wechat.app_id,
        "people": [_described(human, *places[human.places[0][0]]) for human in PEOPLE],
    }


def _described(human: Human, organisation: str, kind: str) -> dict[str, str]:
    partner, role = human.places[0]
    return {
        "name": human.name,
        "organisation": organisation,
        "kind": kind,
        "role": role,
        "wechat_user": human.wechat_user,
        "language": human.language,
        "partner": partner,
    }


def _key(path: Path, brand: Organisation) -> str:
    """The key written before, where it still works and opens every door there is now; else a new one in place of the demo's."""
    try:
        known: str = json.loads(path.read_text(encoding="utf-8"))["brand_api_key"]
        if keys.actor_of_key(known).scopes != SCOPES:
            raise ValueError("made before some of today's doors")
    except (OSError, ValueError, KeyError, TypeError, Unauthenticated):
        for old in keys.keys_of(brand).where(ApiKey.name == _KEY_NAME):
            keys.revoke_key(brand, old.prefix)
        return keys.create_key(brand, SCOPES, _KEY_NAME)
    return known


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Whole or not at all, readable by its owner alone."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
