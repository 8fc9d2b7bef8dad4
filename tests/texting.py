"""Text messages in tests: the stub's account, what a worker does with the queue, and what a person reads on the phone."""

import re
import threading
from dataclasses import replace
from typing import Any

from config.settings import SmsSettings
from notifications import jobs, outbox
from notifications.channels.sms import SmsSender
from notifications.texting import Checks, Texts
from tests.wechat_stub import RunningStub
from workflows.domain.text_messages import Author

KEY, SECRET, SIGN = "sms-key-of-the-tests", "sms-secret-of-the-tests", "伙伴通道"
TEMPLATES = {"code": "T_CODE", "invitation": "T_LINK", "task": "T_TASK"}
APP_URL = "http://127.0.0.1:8000/app/#"
FIXTURE: dict[str, Any] = {
    KEY: {
        "secret": SECRET,
        "signs": [SIGN],
        "templates": {
            "T_CODE": {"kind": "code", "content": "您的验证码为${code}，10分钟内有效。"},
            "T_LINK": {"kind": "notice", "content": f"邀请您使用伙伴通道：{APP_URL}/invitation/${{token}} "},
            "T_TASK": {"kind": "notice", "content": "您有新的待办${reference}，请在${due}前回复。"},
        },
    }
}
# Nobody listens there: for what never sends.
SILENT = SmsSettings(KEY, SECRET, "http://127.0.0.1:9/sms", SIGN, TEMPLATES)
ENVIRON = {
    "SMS_KEY_ID": KEY,
    "SMS_KEY_SECRET": SECRET,
    "SMS_SIGN": SIGN,
    **{f"SMS_TEMPLATE_{kind.upper()}": template for kind, template in TEMPLATES.items()},
}


def account_at(stub: RunningStub) -> SmsSettings:
    """The account of these tests at a stub that loaded `FIXTURE`."""
    return replace(SILENT, base=f"{stub.url}/sms")


def send_due(account: SmsSettings) -> None:
    """What a worker does: sends what is due on the queue of text messages."""
    sender, author = SmsSender(account), Author()
    queues = {outbox.TEXTS: Texts(sender, author), outbox.CHECKS: Checks(sender, author)}
    jobs.drain_due(queues, threading.Event())


def texts_to(stub: RunningStub, number: str) -> list[str]:
    """What a number received, oldest first."""
    wanted = number.removeprefix("+86")
    return [str(message["data"]["text"]) for message in stub.outbox(channel="sms", touser=wanted)]


def code_in(text: str) -> str:
    """The code in a message."""
    found = re.search(r"\d{6}", text)
    assert found, text
    return found.group()


def token_in(text: str) -> str:
    """The invitation's token in a message."""
    found = re.search(r"invitation/(\S+)", text)
    assert found, text
    return found.group(1)
