"""Login: the code a phone gets from wx.login, and what the platform tells the app's server about it.

Rules: reference/wechat.md §1. Codes and session keys are random even where the stub is seeded: a repeated code would look used.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from flask import Blueprint, Response, request

from miniapp_stub.wechat_server.errors import WeChatError
from miniapp_stub.wechat_server.gate import admit
from miniapp_stub.wechat_server.state import Account, App, Person, World, the_world
from miniapp_stub.wechat_server.token_door import known_app
from miniapp_stub.wechat_server.wire import platform_answer

CODE_LIFE_S = 300.0
SIGNING = "hmac_sha256"

door = Blueprint("login", __name__, url_prefix="/wx")


@dataclass
class Code:
    """A code for one use within five minutes. kind tells what it is for (login)."""

    appid: str
    uid: str
    kind: str
    issued_at: float
    used: bool = False


@dataclass
class Codes:
    """All codes handed to phones."""

    by_text: dict[str, Code] = field(default_factory=dict)

    def issue(self, appid: str, uid: str, kind: str, now: float) -> str:
        """Give a phone a new code."""
        text = "0" + secrets.token_hex(15) + "w"
        self.by_text[text] = Code(appid, uid, kind, now)
        return text

    def valid(self, text: str, appid: str, kind: str, now: float) -> Code:
        """Give the code, not yet marked as used; 40029 when it is not good here and now, 40163 when it was used."""
        code = self.by_text.get(text)
        if code is None or (code.appid, code.kind) != (appid, kind):
            raise WeChatError(40029)
        if now >= code.issued_at + CODE_LIFE_S:
            raise WeChatError(40029)
        if code.used:
            raise WeChatError(40163)
        return code


def new_session_key() -> str:
    """Make a session key as the platform does: 16 bytes in base64."""
    return base64.b64encode(secrets.token_bytes(16)).decode()


@door.get("/sns/jscode2session")
def redeem_code() -> Response:
    """Tell the app's server who stands behind a login code; the person's session key changes by it."""
    world = the_world()
    said = request.args.to_dict()
    with world.lock:
        app = known_app(world, dict(said))
        if not said.get("js_code"):
            raise WeChatError(41008)
        if said.get("grant_type") != "authorization_code":
            raise WeChatError(40002)
        person, account = _redeem(world, app, said["js_code"])
        # Success carries no errcode, as at the platform.
        answer = {"openid": account.openid, "session_key": account.session_key}
        return platform_answer(answer | ({"unionid": person.unionid} if app.unionid_bound else {}))


def _redeem(world: World, app: App, text: str) -> tuple[Person, Account]:
    code = world.part(Codes).valid(text, app.appid, "login", world.now())
    person = world.person(code.uid)
    if person.risk_block:
        raise WeChatError(40226)
    if not world.limits.take("login_per_user", f"{app.appid} {person.uid}", world.now()):
        raise WeChatError(45011)
    code.used = True
    account = world.account(app, person.uid)
    account.session_key = new_session_key()
    return person, account


@door.get("/wxa/checksession")
def check_session() -> Response:
    """Say whether the app's server holds the person's present session key."""
    world = the_world()
    app = admit(world)
    with world.lock:
        _signed_account(world, app)
        return platform_answer({"errcode": 0, "errmsg": "ok"})


@door.get("/wxa/resetusersessionkey")
def reset_session() -> Response:
    """Replace the person's session key by a new one."""
    world = the_world()
    app = admit(world)
    with world.lock:
        account = _signed_account(world, app)
        account.session_key = new_session_key()
        answer = {"errcode": 0, "errmsg": "ok", "openid": account.openid, "session_key": account.session_key}
        return platform_answer(answer)


def _signed_account(world: World, app: App) -> Account:
    """Give the account whose session key signed the request; raises 40003, 87008 or 87009."""
    person = world.owner(app, request.args.get("openid"))
    if person is None:
        raise WeChatError(40003)
    if request.args.get("sig_method") != SIGNING:
        raise WeChatError(87008)
    account = person.accounts[app.appid]
    key = (account.session_key or secrets.token_hex()).encode()
    # The key is used as the text it was sent as, and what is signed is empty.
    expected = hmac.new(key, b"", hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), request.args.get("signature", "").encode()):
        raise WeChatError(87009)
    return account
