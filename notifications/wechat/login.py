"""Sign-in: the code that wx.login gave the phone, exchanged for the person's openid."""

import random
import time
from typing import Literal

import structlog

from config.settings import WeChatSettings
from notifications import metrics
from notifications.wechat.client import SYSTEM_ERROR, WeChatAway, WeChatDoor, WeChatError

Failure = Literal["code_invalid", "code_used", "busy", "blocked", "misconfigured"]
_TRIES = 3
_CODES: dict[int, Failure] = {
    40029: "code_invalid",
    41008: "code_invalid",
    40163: "code_used",
    45011: "busy",
    45009: "busy",
    SYSTEM_ERROR: "busy",
    40226: "blocked",
}

_log = structlog.get_logger(__name__)


class LoginFailed(Exception):
    """No openid. code_invalid and code_used: the phone asks wx.login again; busy: later; blocked: WeChat's decision.

    misconfigured: our account's id or secret is wrong; an operator was told.
    """

    def __init__(self, code: Failure) -> None:
        super().__init__(code)
        self.code: Failure = code


class _Current:
    door: WeChatDoor | None = None


def use(account: WeChatSettings) -> None:
    """Sign people in through this account from now on; called once at start. Opens nothing yet."""
    _Current.door = WeChatDoor(account) if account.is_active else None


def exchange_code(app: str, code: str) -> str:
    """The openid of whoever got `code` in the mini-program `app`; a code is good for five minutes and one exchange.

    WeChat's session key is dropped at once: nothing of ours needs it. Raises LoginFailed.
    """
    door = _Current.door
    if door is None or door.account.app_id != app:
        raise LoginFailed("misconfigured")
    asked = {
        "appid": app,
        "secret": door.account.app_secret,
        "js_code": code,
        "grant_type": "authorization_code",
    }
    try:
        said = _asked_patiently(door, asked)
    except WeChatError as error:
        raise LoginFailed(_failure(error)) from None
    except WeChatAway:
        raise LoginFailed("busy") from None
    if not isinstance(said.get("openid"), str) or not said["openid"]:
        raise LoginFailed("busy")
    return str(said["openid"])


def _asked_patiently(door: WeChatDoor, asked: dict[str, str]) -> dict[str, object]:
    for again in range(_TRIES):
        try:
            return door.get("/sns/jscode2session", asked)
        except WeChatError as error:
            # "System busy" did not use the code up; anything else is an answer.
            if error.errcode != SYSTEM_ERROR or again == _TRIES - 1:
                raise
            time.sleep(random.uniform(0.1, 0.3) * (again + 1))  # noqa: S311 - spreading load, not a secret
    raise AssertionError("unreachable")


def _failure(error: WeChatError) -> Failure:
    failure = _CODES.get(error.errcode, "misconfigured")
    if failure == "misconfigured":
        metrics.ALERTS.labels("wechat_login", str(error.errcode)).inc()
        _log.error("wechat_login_misconfigured", errcode=error.errcode, rid=error.rid)
    return failure
