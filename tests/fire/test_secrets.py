"""Nothing secret rests anywhere: one scenario with everything in it (sign-ins, an invitation, a phone number, messages sent,
calls repeated, WeChat failing, callers' own mistakes), then a search of the raw database, the log and Redis for every secret.

The log is read at its most talkative level. Secrets are looked for as they are, in base64 and in hexadecimal. The planted
leaks at the end are what each search must find.
"""

import base64
import io
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
import structlog

from api import work
from api.app import create_app
from config import database, ids
from config.settings import Settings
from notifications import jobs
from tests import make, texting
from tests.conftest import TEST_SECRET
from tests.fire.conftest import fire_settings, quieten
from tests.fire.doors import Answer, Call, Doors
from tests.fire.house import FIXTURE, everything_in_redis, running_redis
from tests.fire.worlds import APP, APP_SECRET, TEMPLATES, order_body
from tests.wechat_stub import RunningStub, running_stub
from workflows.domain import keys
from workflows.domain.access import SCOPES, Session
from workflows.domain.events import Event

PHONE, OTHER, NOBODYS = "+8613912345678", "+8613987654321", "+8613955556666"
LOGIN, SEND = "/sns/jscode2session", "/cgi-bin/message/subscribe/send"


@dataclass
class Scene:
    """What a scenario used and left behind."""

    settings: Settings
    doors: Doors
    stub: RunningStub
    log: io.StringIO
    secrets: dict[str, str] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)

    def know(self, name: str, secret: str) -> str:
        assert len(secret) >= 8, f"{name} is too short to be looked for"
        self.secrets[name] = secret
        return secret

    def send(self, method: str, path: str, credential: str | None = None, body: Any = None, **headers: str) -> Answer:
        call = Call(method, path, body, headers={name.replace("_", "-"): text for name, text in headers.items()})
        return self.doors.send(call, credential)


def play(scene: Scene) -> None:
    """A brand sets up its world, people come in, an order is placed, told, answered and repeated; much goes wrong."""
    with database.connection():
        brand = make.brand("fire")
        key = scene.know("API key", keys.create_key(brand, SCOPES, "erp"))
    scene.know("secret part of the key", key.split("_")[2])
    scene.send("PUT", "brand/partners/S1", key, {"kind": "supplier", "name": "S1"})
    scene.send("PUT", "brand/products/SKU", key, {"name": "Soy sauce", "unit": "pcs"})
    for ref in ("li", "wang"):
        person = {"name": ref, "language": "zh", "phone": PHONE, "memberships": [{"partner": "S1", "role": "owner"}]}
        assert scene.send("PUT", f"brand/people/{ref}", key, person).status == 201
    scene.know("phone", PHONE)
    scene.know("phone without country", PHONE[3:])
    tokens = _come_in(scene, key)
    _come_in_by_sms(scene, key)
    _trade(scene, key, tokens["li"])
    _blunder(scene, key, tokens["li"])
    _remember_wechat(scene)


def _come_in(scene: Scene, key: str) -> dict[str, str]:
    tokens = {}
    for ref in ("li", "wang"):
        same = {"Idempotency_Key": ids.new_id("key")}
        links = [scene.send("POST", f"brand/people/{ref}/invitations", key, **same).json["link"] for _ in range(2)]
        invitation = scene.know(f"invitation of {ref}", links[1].rpartition("/")[2])
        scene.know(f"secret of the invitation of {ref}", invitation.partition(".")[2])
        body = {"via": "wechat", "app": APP, "code": _code(scene, ref), "device": "phone", "invitation": invitation}
        for turn in range(2):
            token = scene.send("POST", "phone/sessions", None, body).json["token"]
            tokens[ref] = scene.know(f"session {turn} of {ref}", token)
        scene.know(f"openid of {ref}", scene.stub.openid(APP, ref))
    return tokens


def _come_in_by_sms(scene: Scene, key: str) -> None:
    """An invitation by text message, opened here and on another device; a code to a number; what fails on the way."""
    scene.know("SMS secret", texting.SECRET)
    person = {"name": "zhao", "language": "zh", "phone": OTHER, "memberships": [{"partner": "S1", "role": "owner"}]}
    scene.send("PUT", "brand/people/zhao", key, person)
    scene.know("number of zhao", OTHER)
    scene.know("number of zhao without country", OTHER[3:])
    for action in ({"code": "isv.AMOUNT_NOT_ENOUGH"}, {"reset_after": True}):
        scene.stub.rule({"path": "/sms/"}, action, times=1)
        once = {"Idempotency_Key": ids.new_id("key")}
        for _ in range(2):
            scene.send("POST", "brand/people/zhao/invitations", key, {"send": "sms"}, **once)
        _deliver(scene)
    token = scene.know("invitation by SMS", texting.token_in(_texts(scene)[-1]))
    scene.know("secret of the invitation by SMS", token.partition(".")[2])
    opening = {"via": "invitation", "token": token}
    for device in ("first", "second"):
        scene.send("POST", "phone/sessions", None, {**opening, "device": device})
    _deliver(scene)
    code = _texts(scene)[-1]
    proof = {**opening, "device": "second", "sms_code": texting.code_in(code)}
    begun = scene.send("POST", "phone/sessions", None, proof)
    assert begun.status == 201
    scene.know("session by code", begun.json["token"])
    scene.codes.append(texting.code_in(code))
    scene.send("POST", "phone/sessions", None, {"via": "sms", "phone": OTHER, "code": "123456", "device": "third"})
    scene.send("POST", "phone/sms-codes", None, {"phone": OTHER, "device": "third"})
    scene.send("POST", "phone/sms-codes", None, {"phone": NOBODYS, "device": "fourth"})
    scene.know("a number nobody has", NOBODYS[3:])
    _deliver(scene)


def _texts(scene: Scene) -> list[str]:
    return texting.texts_to(scene.stub, OTHER)


def _code(scene: Scene, user: str) -> str:
    return scene.know(f"login code {len(scene.secrets)}", scene.stub.login(APP, user))


def _trade(scene: Scene, key: str, token: str) -> None:
    accepted = dict.fromkeys(TEMPLATES.values(), "accept")
    for number in range(5):
        scene.stub.subscribe(APP, "li", accepted)
        scene.send("POST", "phone/consents", token, {"id": f"report-{number}", "app": APP, "answers": accepted})
    for number in range(2):
        scene.send("PUT", f"brand/purchase-orders/PO-{number}", key, order_body("S1", "SKU"))
        _deliver(scene)
    task = scene.send("GET", "phone/inbox", token).json["tasks"][0]["id"]
    talk = scene.send("POST", "phone/conversations", token, {"id": ids.new_id("cnv"), "task": task}).json
    answers = [{"id": ids.new_id("ans"), "step": "decision", "value": "accept"}]
    scene.send("POST", f"phone/conversations/{talk['id']}/answers", token, {"revision": 0, "answers": answers})
    assert scene.stub.outbox() != []


def _deliver(scene: Scene) -> None:
    jobs.drain_due(work.handlers(scene.settings), threading.Event())


def _blunder(scene: Scene, key: str, token: str) -> None:
    """What goes wrong in a week: WeChat away, messages refused, and secrets where none belong."""
    for action in ({"reset": True}, {"http": 502}, {"body": "{"}):
        scene.stub.rule({"path": LOGIN}, action, times=1)
        body = {"via": "wechat", "app": APP, "code": _code(scene, "li"), "device": "phone"}
        assert scene.send("POST", "phone/sessions", None, body).status == 503
    for number, failure in enumerate((43101, 40001, 47003)):
        scene.stub.fail_next(SEND, failure)
        scene.send("PUT", f"brand/purchase-orders/PO-fail-{number}", key, order_body("S1", "SKU"))
        _deliver(scene)
    scene.send("GET", f"phone/inbox?token={token}", token)
    scene.send("GET", f"brand/people/{PHONE}", key)
    scene.send("GET", f"brand/partners/{key}", key)
    scene.send("PUT", "phone/sessions/current", token, {"acting_for": token})
    scene.send("POST", "phone/sessions", None, {"via": "invitation", "token": token, "device": "phone", "phone": PHONE})
    scene.send("GET", "phone/me", f"{token}x")
    scene.send("GET", "brand/events", f"{key}x")
    for mistaken in (token, key, PHONE[1:]):
        scene.send("GET", "phone/me", token, X_Request_Id=mistaken)
    scene.send("GET", "phone/me", key)
    scene.send("DELETE", "phone/sessions/current", token)


def _remember_wechat(scene: Scene) -> None:
    scene.know("app secret", APP_SECRET)
    scene.know("the house's secret", TEST_SECRET)
    for number, call in enumerate(scene.stub.calls()):
        said = call["response"] if isinstance(call["response"], dict) else {}
        for name in ("session_key", "access_token"):
            if said.get(name):
                scene.know(f"{name} {number}", said[name])


@pytest.fixture(scope="module")
def scene(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    log = io.StringIO()
    with running_stub({**FIXTURE, "sms": texting.FIXTURE}) as stub, running_redis() as url, redirect_stderr(log):
        bases = {"WECHAT_API_BASE": stub.wechat_base, "SMS_BASE": f"{stub.url}/sms"}
        changes = {**bases, "REDIS_URL": url, "RATE_LIMITS": "on", "LOG_LEVEL": "DEBUG"}
        settings = fire_settings(module_url, tmp_path_factory.mktemp("state"), **changes)
        made = Scene(settings, Doors(create_app(settings)), stub, log)
        play(made)
        with database.connection():
            yield made
        database.proxy.obj.close_all()
        quieten()


def found_in(haystack: bytes, secrets: Mapping[str, str]) -> list[str]:
    """The names of the secrets that stand in it, in whichever writing."""
    return [name for name, secret in secrets.items() if any(form in haystack for form in _writings(secret))]


def _writings(secret: str) -> tuple[bytes, ...]:
    raw = secret.encode()
    return raw, base64.b64encode(raw).rstrip(b"="), base64.urlsafe_b64encode(raw).rstrip(b"="), raw.hex().encode()


def in_database(scene: Scene) -> bytes:
    """The raw files, with what was deleted and not yet overwritten; on a server every column of every table."""
    path = Path(scene.settings.database_url.removeprefix("sqlite:///"))
    if not database.is_postgres():
        return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    cells = []
    for table in database.proxy.get_tables():
        for row in database.proxy.execute_sql(f'SELECT * FROM "{table}"'):  # noqa: S608 - our own tables
            cells += [bytes(cell) if isinstance(cell, memoryview | bytes) else str(cell).encode() for cell in row]
    return b"\n".join(cells)


SEARCHED: Mapping[str, Callable[[Scene], bytes]] = {
    "database": in_database,
    "log": lambda scene: scene.log.getvalue().encode(),
    "redis": lambda scene: everything_in_redis(scene.settings.redis_url),
}


@pytest.mark.parametrize("place", SEARCHED)
def test_no_secret_rests(scene: Scene, place: str) -> None:
    haystack = SEARCHED[place](scene)
    kinds = {name.rstrip(" 0123456789") for name in scene.secrets}
    assert {"API key", "phone", "openid of li", "login code", "session_key", "access_token", "app secret"} <= kinds
    assert found_in(haystack, scene.secrets) == []


@pytest.mark.parametrize("place", SEARCHED)
def test_no_code_sent_to_a_phone_rests(scene: Scene, place: str) -> None:
    """Six digits are too few to be looked for in raw bytes, where they stand by chance; as a value of their own they do not."""
    haystack = SEARCHED[place](scene)
    (code,) = scene.codes
    assert [form for form in (f'"{code}"', f"'{code}'", f": {code}", f"={code}") if form.encode() in haystack] == []
    cells = [str(cell) for table in database.proxy.get_tables() for row in _rows_of(table) for cell in row]
    assert code not in cells


def _rows_of(table: str) -> Any:
    return database.proxy.execute_sql(f'SELECT * FROM "{table}"')  # noqa: S608 - our own tables


def test_the_places_that_are_searched_hold_what_happened(scene: Scene) -> None:
    assert b"purchase_order" in SEARCHED["database"](scene)
    assert scene.log.getvalue().count('"event": "request"') > 30
    assert b"rq:" in SEARCHED["redis"](scene)


def _token(scene: Scene) -> str:
    return scene.secrets["session 1 of li"]


def _into_redis(scene: Scene) -> None:
    with redis.Redis.from_url(scene.settings.redis_url) as client:
        client.set("planted", scene.secrets["openid of li"])


PLANTED: Mapping[str, tuple[str, Callable[[Scene], Any], str]] = {
    "a token in a column": (
        "database",
        lambda scene: Session.update(device=_token(scene)).execute(),
        "session 1 of li",
    ),
    "a phone in an event": (
        "database",
        lambda _: Event.update(data={"phone": PHONE}).where(Event.seq == 1).execute(),
        "phone",
    ),
    "an openid in a log line": (
        "log",
        lambda scene: scene.log.write(f"sent to {scene.secrets['openid of li']}"),
        "openid of li",
    ),
    "an openid in Redis": ("redis", _into_redis, "openid of li"),
}


@pytest.mark.parametrize("leak", PLANTED)
def test_a_planted_secret_is_found(scene: Scene, leak: str) -> None:
    place, spill, name = PLANTED[leak]
    spill(scene)
    assert name in found_in(SEARCHED[place](scene), scene.secrets)


@pytest.mark.parametrize("name", ["API key", "phone", "session 1 of li", "secret part of the key"])
def test_the_log_hides_what_somebody_writes_into_it(scene: Scene, name: str) -> None:
    """The last wall: keys, tokens and numbers are hidden even where an author forgot."""
    secret = scene.secrets[name]
    if name == "secret part of the key":
        secret = f"Bearer {secret}"
    before = scene.log.tell()
    with redirect_stderr(scene.log):
        structlog.get_logger().warning(f"failed for {secret}", what=secret, nested={"a": [secret]}, token=secret)
    assert found_in(scene.log.getvalue()[before:].encode(), {name: scene.secrets[name]}) == []
    assert scene.log.tell() > before
