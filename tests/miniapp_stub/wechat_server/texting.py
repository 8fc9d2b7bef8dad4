"""What a customer of the text-message provider does, by plain HTTP: signs a call and sends it."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import requests

KEY, SECRET, SIGN = "key-1", "sms-secret-of-the-tests", "伙伴通道"
NUMBER = "13800138000"
ACCOUNT: dict[str, Any] = {
    "secret": SECRET,
    "signs": [SIGN],
    "templates": {
        "T_CODE": {"kind": "code", "content": "您的验证码为${code}，10分钟内有效。"},
        "T_LINK": {"kind": "notice", "content": "请打开 http://127.0.0.1:8000/app/#/invitation/${token} 。"},
    },
}
FIXTURE: dict[str, Any] = {"sms": {KEY: ACCOUNT}, "users": {"li": {"name": "李小梅", "phone": f"+86{NUMBER}"}}}
GOOD = {
    "PhoneNumbers": NUMBER,
    "SignName": SIGN,
    "TemplateCode": "T_CODE",
    "TemplateParam": json.dumps({"code": "012345"}),
    "OutId": "obx_1",
}


class Provider:
    """Calls the provider; `headers` given to a call take the place of the right ones after signing."""

    def __init__(self, base: str) -> None:
        self.base = base

    def send(self, **changed: Any) -> dict[str, Any]:
        """SendSms with what a test changes; None leaves a parameter away."""
        asked = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
        return self.call("SendSms", asked)

    def sent_on(self, day: str, number: str = NUMBER, page: int = 1, size: int = 10) -> dict[str, Any]:
        """QuerySendDetails."""
        asked = {"PhoneNumber": number, "SendDate": day, "PageSize": str(size), "CurrentPage": str(page)}
        return self.call("QuerySendDetails", asked)

    def call(
        self, action: str, asked: dict[str, str], secret: str = SECRET, key: str = KEY, **headers: str
    ) -> dict[str, Any]:
        """One call."""
        query = "&".join(f"{quote(name, safe='-_.~')}={quote(asked[name], safe='-_.~')}" for name in sorted(asked))
        signed = {
            "host": self.base.split("/")[2],
            "x-acs-action": action,
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
            "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": uuid4().hex,
            "x-acs-version": "2017-05-25",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        names = ";".join(sorted(signed))
        lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
        whole = f"POST\n/sms/\n{query}\n{lines}\n{names}\n{signed['x-acs-content-sha256']}"
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(whole.encode()).hexdigest()}"
        proof = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        signed["Authorization"] = f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names},Signature={proof}"
        answer = requests.post(f"{self.base}/?{query}", headers=signed, timeout=10)
        said: dict[str, Any] = answer.json()
        return {**said, "status": answer.status_code}
