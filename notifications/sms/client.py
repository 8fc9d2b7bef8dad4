"""Calls to the text-message provider, Aliyun's dysmsapi (2017-05-25), signed with ACS3-HMAC-SHA256.

One signed POST is all it takes; the provider's own package brings twenty others along (docs/dependencies.md).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import structlog

from config import clock
from config.ids import secret_token
from config.settings import SmsSettings
from notifications.http import Answer, Caller, NoAnswer

_VERSION = "2017-05-25"
_BEIJING = ZoneInfo("Asia/Shanghai")
_NOTHING = hashlib.sha256(b"").hexdigest()

_log = structlog.get_logger(__name__)


class SmsError(Exception):
    """The provider answered and refused; `code` is its own word (`isv.…`, `isp.…`, or its gateway's)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SmsAway(Exception):
    """The provider did not answer in a way one can read. `may_have_acted` where it may have sent the message."""

    def __init__(self, reason: str, may_have_acted: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.may_have_acted = may_have_acted


class SmsDoor:
    """The provider's API for one account. Safe to share between threads."""

    def __init__(self, account: SmsSettings, caller: Caller | None = None) -> None:
        self.account = account
        self._caller = caller or Caller()

    def ask(self, action: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """What the provider says to one action. Raises SmsError, SmsAway."""
        parts = urlsplit(f"{self.account.base}/")
        query = "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in sorted(parameters.items()))
        headers = self._signed(action, parts.netloc, parts.path, query)
        try:
            answer = self._caller.call("POST", f"{self.account.base}/?{query}", headers=headers)
        except NoAnswer as error:
            raise SmsAway(error.reason, error.was_sent) from None
        said = _read(answer)
        code = str(said.get("Code", ""))
        if code != "OK":
            _log.warning("sms_refused", action=action, code=code, request=str(said.get("RequestId", "")))
            raise SmsError(code)
        return said

    def _signed(self, action: str, host: str, path: str, query: str) -> dict[str, str]:
        headers = {
            "host": host,
            "x-acs-action": action,
            "x-acs-content-sha256": _NOTHING,
            "x-acs-date": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secret_token(16),
            "x-acs-version": _VERSION,
        }
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        request = "\n".join(("POST", path, query, lines, names, _NOTHING))
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(request.encode()).hexdigest()}"
        signature = hmac.new(self.account.key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        scheme = f"ACS3-HMAC-SHA256 Credential={self.account.key_id},SignedHeaders={names},Signature={signature}"
        return {**headers, "Authorization": scheme}


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")


def _read(answer: Answer) -> dict[str, Any]:
    try:
        said = json.loads(answer.body.decode("utf-8", "replace"))
    except ValueError:
        said = None
    if isinstance(said, dict) and isinstance(said.get("Code"), str):
        return said
    # A gateway's page says that the provider itself did not take the call; 504 and an unreadable 200 leave it open.
    raise SmsAway(f"http_{answer.status}", may_have_acted=answer.status in {200, 504})


def national(number: str) -> str:
    """A number in E.164 as the provider wants it: mainland numbers bare, others with their country and no plus."""
    return number.removeprefix("+86") if number.startswith("+86") else number.removeprefix("+")


def day_at_provider(at: datetime) -> str:
    """The day a moment belongs to at the provider, who lives in Beijing's time: `20261122`."""
    return at.astimezone(_BEIJING).strftime("%Y%m%d")
