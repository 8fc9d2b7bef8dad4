"""The text-message provider: Aliyun's SendSms and QuerySendDetails (dysmsapi 2017-05-25) at `/sms/`, signature version 3.

The signature is computed here on its own, from what came over the wire. Rules and limits: reference/wechat.md §8. A refusal of
the service is HTTP 200 with a Code; a refusal of the gateway (key, signature, time) is 4xx.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request

from miniapp_stub.wechat_server.errors import ProviderError
from miniapp_stub.wechat_server.form import Form
from miniapp_stub.wechat_server.gate import take_time
from miniapp_stub.wechat_server.outbox import Message
from miniapp_stub.wechat_server.state import Person, World, the_world
from miniapp_stub.wechat_server.wire import provider_answer

CHANNEL = "sms"
VERIFICATION, NOTIFICATION = "code", "notice"
KINDS = (VERIFICATION, NOTIFICATION)
VERSION = "2017-05-25"
LIMITS = {VERIFICATION: ("sms_code_minute", "sms_code_hour", "sms_code_day"), NOTIFICATION: ("sms_notice_day",)}
CLOCK_TOLERANCE_S = 900.0
MAX_VALUE_CHARS = 100
BEIJING = timedelta(hours=8)
_SCHEME = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([a-z0-9;-]+),Signature=([0-9a-f]{64})")
_MAINLAND = re.compile(r"1[3-9]\d{9}")
_ABROAD = re.compile(r"[1-9]\d{6,14}")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_CODE = re.compile(r"[0-9A-Za-z]{4,6}")

door = Blueprint("sms", __name__, url_prefix="/sms")


@dataclass(frozen=True)
class TextTemplate:
    """An approved template: what it is for (`code`, `notice`) and its text with `${variables}`."""

    code: str
    kind: str
    content: str

    @property
    def variables(self) -> list[str]:
        """The names of its variables, in their order."""
        return _VARIABLE.findall(self.content)

    def filled(self, values: Mapping[str, str]) -> str:
        """The text somebody receives, without the signature."""
        return _VARIABLE.sub(lambda found: values[found.group(1)], self.content)


@dataclass(frozen=True)
class TextAccount:
    """A customer of the provider: the secret of its access key, its approved signs and templates."""

    secret: str
    signs: frozenset[str]
    templates: dict[str, TextTemplate]


@dataclass
class TextAccounts:
    """All customers, by access key id, and the nonces that were used."""

    by_key: dict[str, TextAccount] = field(default_factory=dict)
    nonces: set[str] = field(default_factory=set)


def load_accounts(world: World, form: Form) -> None:
    """Read the fixture's `sms`: access key id → secret, signs, templates."""
    for key_id, account in form.forms("sms"):
        templates = {code: _template(code, one) for code, one in account.forms("templates")}
        made = TextAccount(account.text("secret"), frozenset(account.texts("signs")), templates)
        account.finish()
        world.part(TextAccounts).by_key[key_id] = made


def _template(code: str, form: Form) -> TextTemplate:
    made = TextTemplate(code, form.one_of("kind", KINDS), form.text("content"))
    form.finish()
    return made


@door.post("/")
def call() -> Response:
    """SendSms or QuerySendDetails, as the header x-acs-action says."""
    world = the_world()
    with world.lock:
        account, generation = _admitted(world), world.generation
    take_time()
    with world.lock:
        if world.generation != generation:
            raise ProviderError("isp.SYSTEM_ERROR")
        if request.headers["x-acs-action"] == "SendSms":
            return _send(world, account)
        return _details(world)


def _admitted(world: World) -> TextAccount:
    """Who calls; raises what the gateway says to a wrong action, time, key, nonce or signature."""
    if request.headers.get("x-acs-action") not in ("SendSms", "QuerySendDetails"):
        raise ProviderError("InvalidAction.NotFound", 404)
    if request.headers.get("x-acs-version") != VERSION:
        raise ProviderError("InvalidVersion", 400)
    scheme = _SCHEME.fullmatch(request.headers.get("Authorization", ""))
    if scheme is None:
        raise ProviderError("MissingAuthorization", 400)
    key_id, signed, claimed = scheme.groups()
    account = world.part(TextAccounts).by_key.get(key_id)
    if account is None:
        raise ProviderError("InvalidAccessKeyId.NotFound", 404)
    _check_time(world)
    if not hmac.compare_digest(_signature(account.secret, signed.split(";")), claimed):
        raise ProviderError("SignatureDoesNotMatch", 400)
    _use_nonce(world)
    return account


def _check_time(world: World) -> None:
    try:
        said = datetime.strptime(request.headers.get("x-acs-date", ""), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ProviderError("InvalidTimeStamp.Format", 400) from None
    if abs(said.timestamp() - world.now()) > CLOCK_TOLERANCE_S:
        raise ProviderError("InvalidTimeStamp.Expired", 400)


def _use_nonce(world: World) -> None:
    nonces, nonce = world.part(TextAccounts).nonces, request.headers.get("x-acs-signature-nonce", "")
    if not nonce or nonce in nonces:
        raise ProviderError("SignatureNonceUsed", 400)
    nonces.add(nonce)


def _signature(secret: str, signed: list[str]) -> str:
    """The signature of this request as it arrived; the headers that say what is done must be among the signed."""
    body_hash = hashlib.sha256(request.get_data()).hexdigest()
    needed = {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"}
    if not needed <= set(signed) or request.headers.get("x-acs-content-sha256") != body_hash:
        return ""
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in sorted(signed))
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(request.args.items(multi=True))
    )
    whole = "\n".join(("POST", quote(request.path, safe="/-_.~"), query, headers, ";".join(sorted(signed)), body_hash))
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(whole.encode()).hexdigest()
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _send(world: World, account: TextAccount) -> Response:
    number, template = _number("PhoneNumbers"), _approved(account)
    values = _values(template)
    for limit in LIMITS[template.kind]:
        if not world.limits.take(limit, number, world.now()):
            raise ProviderError("isv.BUSINESS_LIMIT_CONTROL")
    message = _message(world, number, template, template.filled(values))
    world.outbox.items.append(message)
    world.changed.notify_all()
    return provider_answer({"Code": "OK", "Message": "OK", "BizId": f"{message.msgid}^0"})


def _number(name: str) -> str:
    number = request.args.get(name, "")
    if not (_MAINLAND.fullmatch(number) or (not number.startswith("1") and _ABROAD.fullmatch(number))):
        raise ProviderError("isv.MOBILE_NUMBER_ILLEGAL")
    return number


def _approved(account: TextAccount) -> TextTemplate:
    if request.args.get("SignName") not in account.signs:
        raise ProviderError("isv.SMS_SIGNATURE_ILLEGAL")
    template = account.templates.get(request.args.get("TemplateCode", ""))
    if template is None:
        raise ProviderError("isv.SMS_TEMPLATE_ILLEGAL")
    return template


def _values(template: TextTemplate) -> dict[str, str]:
    """The template's variables; each must be given, as a text that a message can hold, and no other."""
    try:
        said = json.loads(request.args.get("TemplateParam", "{}"))
    except ValueError:
        raise ProviderError("isv.INVALID_JSON_PARAM") from None
    if not isinstance(said, dict) or not set(template.variables) <= set(said):
        raise ProviderError("isv.TEMPLATE_MISSING_PARAMETERS")
    values = {name: said[name] for name in template.variables}
    if not all(_fits(template, name, value) for name, value in values.items()):
        raise ProviderError("isv.TEMPLATE_PARAMS_ILLEGAL")
    return values


def _fits(template: TextTemplate, name: str, value: object) -> bool:
    if not isinstance(value, str) or not value or len(value) > MAX_VALUE_CHARS or "http" in value:
        return False
    return bool(_CODE.fullmatch(value)) if template.kind == VERIFICATION and name == "code" else True


def _message(world: World, number: str, template: TextTemplate, text: str) -> Message:
    person = _owner(world, number)
    sign = request.args["SignName"]
    return Message(
        seq=len(world.outbox.items) + 1,
        channel=CHANNEL,
        appid="",
        touser=number,
        user=person.uid,
        name=person.name,
        template_id=template.code,
        title=f"短信 SMS 【{sign}】",
        content=(("text", text),),
        page=None,
        body=request.args.to_dict(),
        msgid=world.next_msgid(),
        at=world.now(),
    )


def _owner(world: World, number: str) -> Person:
    """Whose phone rings; a number nobody has gets a phone of its own."""
    whole = f"+86{number}" if _MAINLAND.fullmatch(number) else f"+{number}"
    holder = next((person for person in world.people.values() if person.phone == whole), None)
    if holder is None:
        holder = world.person(whole)
        holder.phone = whole
    return holder


def _details(world: World) -> Response:
    """What was sent to a number on a day (Beijing's), page by page; OutId is the caller's own id."""
    number, day = _number("PhoneNumber"), request.args.get("SendDate", "")
    size, page = int(request.args.get("PageSize", "10")), int(request.args.get("CurrentPage", "1"))
    found = [one for one in world.outbox.items if one.channel == CHANNEL and one.touser == number and _day(one) == day]
    shown = found[(page - 1) * size : page * size]
    details = {"SmsSendDetailDTO": [_detail(one) for one in shown]}
    return provider_answer({"Code": "OK", "Message": "OK", "TotalCount": len(found), "SmsSendDetailDTOs": details})


def _detail(message: Message) -> dict[str, Any]:
    return {
        "OutId": message.body.get("OutId", ""),
        "PhoneNum": message.touser,
        "TemplateCode": message.template_id,
        "Content": message.content[0][1],
        "SendStatus": 3,
        "ErrCode": "DELIVERED",
        "SendDate": (datetime.fromtimestamp(message.at, UTC) + BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
    }


def _day(message: Message) -> str:
    return (datetime.fromtimestamp(message.at, UTC) + BEIJING).strftime("%Y%m%d")
