"""Notices delivered to a WeChat that answers in 20 ms, against 16 threads that do nothing but call it."""

import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import requests

from config import database
from config.settings import Settings, WeChatSettings
from notifications import consents, delivery, jobs, outbox, recipients
from notifications.delivery import Recipient, Whom
from notifications.outbox import OutboxRow
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Plan
from tests.benchmarks.stores import Store, bound
from tests.notifications.make import APP, FIXTURE, SECRET, TEMPLATES, task_notice
from tests.wechat_stub import RunningStub, running_stub

LEAST_SHARE, LEAST_PER_SECOND = 0.5, 300
_PERSONS = 64  # WeChat takes one message at a time to one person
_ANSWERS_IN_MS = 20
_SEND = "/cgi-bin/message/subscribe/send"


def measured(store: Store, environ: dict[str, str], plan: Plan) -> list[Figure]:
    """Rounds of both in turns: the drain of one worker process, and the same messages sent without a database."""
    users = {f"u{number}": {"name": f"u{number}"} for number in range(_PERSONS)}
    with bound(store.migrated()), running_stub({**FIXTURE, "users": users, "quota": _quota(users, plan)}) as stub:
        settings = _settings(environ, stub)
        openids = _bound_persons(stub, plan)
        stub.rule({"path": _SEND}, {"latency_ms": [_ANSWERS_IN_MS, _ANSWERS_IN_MS]})
        handler = delivery.notices(settings, _in_chinese)
        limits, ours = [], []
        for at in range(plan.notice_rounds):
            limits.append(_sent_alone(settings.wechat, openids, plan.notices))
            ours.append(_drained(handler, at, plan.notices))
    return _figures(store, max(limits), max(ours))


def _figures(store: Store, limit: float, ours: float) -> list[Figure]:
    work = "notices delivered by one worker process, WeChat answering in 20 ms"
    measured, against = f"{ours:,.0f} a second", f"{limit:,.0f} a second"
    return [
        Figure(
            f"{work} / 16 threads, no database", store.name, measured, against, ours / limit, " ×", LEAST_SHARE, True
        ),
        Figure(work, store.name, "", "", ours, " a second", LEAST_PER_SECOND, is_least=True),
    ]


def _quota(users: dict[str, Any], plan: Plan) -> list[dict[str, Any]]:
    left = 2 * plan.notices * plan.notice_rounds + 100
    return [{"appid": APP, "user": user, "template": TEMPLATES["task"], "left": left} for user in users]


def _settings(environ: dict[str, str], stub: RunningStub) -> Settings:
    account = WeChatSettings(APP, SECRET, stub.wechat_base, TEMPLATES, "formal")
    return replace(Settings.from_env(environ), wechat=account)


def _bound_persons(stub: RunningStub, plan: Plan) -> list[str]:
    openids = []
    for number in range(_PERSONS):
        openids.append(stub.openid(APP, f"u{number}"))
        recipients.bind(f"per_{number}", "wechat", APP, openids[-1])
        consents.grant(f"per_{number}", APP, TEMPLATES["task"], plan.notices * plan.notice_rounds)
    return openids


def _in_chinese(told: Sequence[Whom]) -> dict[Whom, Recipient]:
    return {whom: Recipient("zh", "Asia/Shanghai") for whom in told}


def _drained(handler: delivery.NoticeDelivery, at: int, count: int) -> float:
    """Publish so many notices and drain them as a wake-up does; how many a second."""
    with database.transaction():
        for number in range(count):
            outbox.publish(task_notice(f"per_{number % _PERSONS}"), f"bench-{at}-{number}")
    started = time.perf_counter()
    settled = jobs.drain_due({outbox.NOTICES: handler}, threading.Event())
    seconds = time.perf_counter() - started
    assert settled == count
    assert OutboxRow.select().where(OutboxRow.channel != "wechat_subscribe").count() == 0
    return count / seconds


def _sent_alone(account: WeChatSettings, openids: Sequence[str], count: int) -> float:
    """The same messages from 16 threads that know everything beforehand; how many a second."""
    asked = {"grant_type": "client_credential", "appid": APP, "secret": SECRET}
    with requests.Session() as session:
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=jobs.THREADS))
        token = session.post(f"{account.api_base}/cgi-bin/stable_token", json=asked, timeout=5).json()["access_token"]
        url = f"{account.api_base}{_SEND}?access_token={token}"

        def send(number: int) -> None:
            body = json.dumps(
                _message(openids[number % len(openids)]), ensure_ascii=False
            ).encode()  # WeChat takes no escapes
            answer = session.post(url, body, headers={"Content-Type": "application/json"}, timeout=5).json()
            assert answer["errcode"] == 0, answer

        started = time.perf_counter()
        with ThreadPoolExecutor(jobs.THREADS) as pool:
            list(pool.map(send, range(count)))
        return count / (time.perf_counter() - started)


def _message(openid: str) -> dict[str, Any]:
    said = {"thing1": "确认订单", "character_string2": "PO-1001", "time3": "2026-11-25 17:00", "thing4": "云岚食品"}
    data = {name: {"value": value} for name, value in said.items()}
    return {"touser": openid, "template_id": TEMPLATES["task"], "page": "pages/task/task", "data": data}
