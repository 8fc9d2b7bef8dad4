"""The world these tests play in, and a caller that knows WeChat's own addresses only."""

import json
import time
from collections.abc import Callable
from typing import Any

import requests

APP, OTHER_APP, SECRET = "wxdemo0000000001", "wxdemo0000000002", "demo-secret"
ORDER, REMINDER, LONG_TERM = "T-order", "T-reminder", "T-long-term"
PAGE = "pages/order/index"
ORIGIN = "http://127.0.0.1:8000"
FIXTURE: dict[str, Any] = {
    "apps": {
        APP: {"secret": SECRET, "kind": "mini", "released_pages": [PAGE]},
        OTHER_APP: {"secret": SECRET, "kind": "mini", "unionid_bound": True},
    },
    "templates": {
        APP: {
            ORDER: {
                "title": "新订单通知",
                "type": 2,
                "fields": [["thing1", "thing"], ["character_string2", "character_string"], ["time3", "time"]],
            },
            REMINDER: {"title": "待办提醒", "type": 2, "fields": [["thing1", "thing"]]},
            LONG_TERM: {"title": "长期通知", "type": 3, "fields": [["thing1", "thing"]]},
        }
    },
    "users": {
        "chen": {"name": "陈小姐", "apps": {APP: {"openid": "oCHEN"}, OTHER_APP: {"openid": "oOTHER"}}},
        "li": {"name": "Li Wei", "apps": {APP: {"openid": "oLI"}}, "unionid": "uLI"},
    },
    "quota": [
        {"appid": APP, "user": "chen", "template": ORDER, "left": 500},
        {"appid": APP, "user": "li", "template": ORDER, "left": 500},
    ],
    "blocked_words": ["代开发票"],
    "app_url": "http://127.0.0.1:8000/app/#/{page}&as={user}",
}
GOOD_DATA = {"thing1": "十箱苹果", "character_string2": "PO-1", "time3": "2026年11月22日 15:01"}


class Platform:
    """What an app's server does with WeChat, by plain HTTP."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._session = requests.Session()

    def get(self, path: str, **query: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._session.get(self.base + path, params=query, timeout=30).content)
        return answer

    def post(self, path: str, body: object, **query: str) -> dict[str, Any]:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        answer: dict[str, Any] = json.loads(self._session.post(self.base + path, raw, params=query, timeout=30).content)
        return answer

    def redeem(self, code: str, **changed: str) -> dict[str, Any]:
        said = {"appid": APP, "secret": SECRET, "js_code": code, "grant_type": "authorization_code"} | changed
        return self.get("/sns/jscode2session", **said)

    def stable_token(self, **changed: Any) -> dict[str, Any]:
        said = {"grant_type": "client_credential", "appid": APP, "secret": SECRET} | changed
        return self.post("/cgi-bin/stable_token", said)

    def legacy_token(self, **changed: str) -> dict[str, Any]:
        said = {"grant_type": "client_credential", "appid": APP, "secret": SECRET} | changed
        return self.get("/cgi-bin/token", **said)

    def token(self) -> str:
        return str(self.stable_token()["access_token"])

    def send(self, token: str | None = None, /, **changed: Any) -> dict[str, Any]:
        return self.post("/cgi-bin/message/subscribe/send", message(**changed), access_token=token or self.token())

    def close(self) -> None:
        self._session.close()


def message(data: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    """A good message to Chen, with what a test changes of it; None leaves a field away."""
    whole = {
        "touser": "oCHEN",
        "template_id": ORDER,
        "page": f"{PAGE}?id=1",
        "miniprogram_state": "formal",
        "lang": "zh_CN",
        "data": {key: {"value": value} for key, value in (GOOD_DATA if data is None else data).items()},
    } | changed
    return {name: value for name, value in whole.items() if value is not None}


def until(happened: Callable[[], object]) -> None:
    """Look again and again until something happened, for ten seconds at most."""
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
