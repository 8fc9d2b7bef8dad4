"""Calls to api.weixin.qq.com and what its answers mean.

HTTP 200 says nothing: a failure is an `errcode` in the body, and a missing one is success. Bodies go out as real UTF-8,
since WeChat refuses escapes (47002). `errmsg` is never compared; its `rid` is logged, because WeChat's support asks for it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Protocol

import structlog

from config.settings import WeChatSettings
from notifications.http import Answer, Caller, NoAnswer

# 41001 (token missing) is in §3.4's list; one refresh costs nothing.
TOKEN_ERRORS = frozenset({40001, 40014, 42001, 41001})
SYSTEM_ERROR = -1
_RID = re.compile(r"rid: ?([0-9a-f]+(?:-[0-9a-f]+)*)")
_FIELD = re.compile(r"data\.(\w+)\.value")
_JSON = {"Content-Type": "application/json; charset=utf-8"}

_log = structlog.get_logger(__name__)


class WeChatError(Exception):
    """WeChat answered and refused. `field` names the template field that 47003 complains about."""

    def __init__(self, errcode: int, errmsg: str = "") -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.rid = _found(_RID, errmsg)
        self.field = _found(_FIELD, errmsg)


class WeChatAway(Exception):
    """WeChat did not answer in a way one can read. `may_have_acted` where it may have done what was asked."""

    def __init__(self, reason: str, may_have_acted: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.may_have_acted = may_have_acted


class TokenSource(Protocol):
    """Where the access token comes from."""

    def get(self) -> str:
        """A token that should be good."""

    def discard(self, token: str) -> None:
        """WeChat refused this token."""


class WeChatDoor:
    """Calls without an access token, at the account's server."""

    def __init__(self, account: WeChatSettings, caller: Caller | None = None) -> None:
        self.account = account
        self._caller = caller or Caller()

    def get(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Raises WeChatError, WeChatAway."""
        return self._answer("GET", path, dict(params), None)

    def post(self, path: str, body: Mapping[str, Any], params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Raises WeChatError, WeChatAway."""
        return self._answer("POST", path, dict(params or {}), json.dumps(body, ensure_ascii=False).encode())

    def _answer(self, method: str, path: str, params: dict[str, str], body: bytes | None) -> dict[str, Any]:
        try:
            answer = self._caller.call(method, f"{self.account.api_base}{path}", params, body, _JSON if body else None)
        except NoAnswer as error:
            raise WeChatAway(error.reason, error.was_sent) from None
        said = _read(answer)
        errcode = int(said.get("errcode") or 0)
        if errcode == 0:
            return said
        refusal = WeChatError(errcode, str(said.get("errmsg", "")))
        _log.warning("wechat_refused", path=path, errcode=errcode, rid=refusal.rid, field=refusal.field)
        raise refusal


class WeChatClient:
    """Calls with the access token: a refused token is refreshed once and the call made once more."""

    def __init__(self, door: WeChatDoor, token: TokenSource) -> None:
        self._door = door
        self._token = token

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Raises WeChatError, WeChatAway."""
        token = self._token.get()
        try:
            return self._door.post(path, body, {"access_token": token})
        except WeChatError as error:
            if error.errcode not in TOKEN_ERRORS:
                raise
        self._token.discard(token)
        return self._door.post(path, body, {"access_token": self._token.get()})


def _read(answer: Answer) -> dict[str, Any]:
    if answer.status != 200:
        # A gateway's 5xx says that WeChat itself did not take the call; 504 alone leaves it open.
        raise WeChatAway(f"http_{answer.status}", may_have_acted=answer.status == 504)
    try:
        # Neither the content type nor the charset of the answer can be trusted, nor that control characters are escaped.
        said = json.loads(answer.body.decode("utf-8", "replace"), strict=False)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise WeChatAway("unreadable", may_have_acted=True)
    return said


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match.group(1) if match else ""
