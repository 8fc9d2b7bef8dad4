"""Builders: a task for somebody, a row in the outbox, a person WeChat knows."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from config import database
from config.text import Text
from notifications import consents, outbox, recipients
from notifications.delivery import Recipient, Whom
from notifications.notice import Notice
from notifications.outbox import OutboxRow

LI = "per_01LI"
WANG = "per_01WANG"
STRANGER = "per_01STRANGER"
APP = "wxtest"
SECRET = "the-secret-of-wxtest"
TEMPLATES = {"task": "tmpl-task", "result": "tmpl-result"}
FIXTURE: dict[str, Any] = {
    "apps": {APP: {"secret": SECRET, "released_pages": ["pages/task/task", "pages/notice/notice"]}},
    "templates": {
        APP: {
            "tmpl-task": {
                "title": "待办提醒",
                "fields": [
                    ["thing1", "thing"],
                    ["character_string2", "character_string"],
                    ["time3", "time"],
                    ["thing4", "thing"],
                ],
            },
            "tmpl-result": {
                "title": "处理结果",
                "fields": [["thing1", "thing"], ["character_string2", "character_string"], ["thing3", "thing"]],
            },
        }
    },
    "users": {"li": {"name": "李"}, "wang": {"name": "王"}},
    "quota": [
        {"appid": APP, "user": user, "template": template, "left": 500}
        for user in ("li", "wang")
        for template in ("tmpl-task", "tmpl-result")
    ],
}
DUE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def task_notice(person: str = LI, **changes: Any) -> Notice:
    facts: dict[str, Any] = {
        "kind": "task",
        "person": person,
        "title": Text(en="Confirm order", zh="确认订单"),
        "reference": "PO-1001",
        "due_at": DUE,
        "sender": Text(en="Yunlan Foods", zh="云岚食品"),
        "link": "task/tsk_01",
        "about": "tsk_01",
    }
    return Notice(**{**facts, **changes})


def result_notice(person: str = LI, **changes: Any) -> Notice:
    facts: dict[str, Any] = {
        "kind": "result",
        "person": person,
        "title": Text(en="Order confirmed", zh="订单已确认"),
        "reference": "PO-1001",
        "outcome": Text(en="Accepted", zh="已接受"),
        "link": "order/po_01",
        "about": "po_01",
    }
    return Notice(**{**facts, **changes})


def published(notice: Notice | None = None, key: str = "key-1") -> OutboxRow:
    """A notice in the outbox, committed."""
    with database.transaction():
        outbox.publish(notice or task_notice(), key)
    return row_of(key)


def row_of(key: str) -> OutboxRow:
    row: OutboxRow = OutboxRow.get(OutboxRow.dedupe_key == key)
    return row


def bound(stub: Any, person: str = LI, user: str = "li", left: int = 500) -> str:
    """Bind a person to a stub user's WeChat, with consents in our ledger; gives the openid."""
    openid: str = stub.openid(APP, user)
    recipients.bind(person, "wechat", APP, openid)
    for template in TEMPLATES.values():
        consents.grant(person, APP, template, left)
    return openid


def in_chinese(told: Sequence[Whom]) -> Mapping[Whom, Recipient]:
    """Everybody reads Chinese in Shanghai, except the stranger, who is gone."""
    return {whom: Recipient("zh", "Asia/Shanghai") for whom in told if whom[0] != STRANGER}


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 15) -> Any:
    """What `condition` gives once it is true; fails with `what` when it does not come."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        threading.Event().wait(0.02)
    return found
