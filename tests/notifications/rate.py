"""Notices per second of one drain, against the same sends without a database: `python -m tests.notifications.rate [url]`.

The provider is a process of its own that answers after 20 ms. On PostgreSQL the tables of the named database are made anew.
"""

import asyncio
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from config import database, sealing
from config.sealing import Sealer
from config.settings import WeChatSettings
from notifications import consents, jobs, outbox, recipients
from notifications.channels.base import Letter
from notifications.channels.wechat_subscribe import WeChatSubscribe
from notifications.consents import Consent, ConsentReport
from notifications.delivery import NoticeDelivery
from notifications.outbox import OutboxRow
from notifications.recipients import Address
from notifications.wechat.client import WeChatClient, WeChatDoor
from notifications.wechat.token import AccessToken
from tests.notifications.make import APP, TEMPLATES, in_chinese, task_notice, wait_for

ANSWER_AFTER_S = 0.02
PEOPLE = [f"per_{number:04}" for number in range(500)]
TABLES = [OutboxRow, Address, Consent, ConsentReport]
TOKEN = b'{"access_token":"token","expires_in":7200}'
TAKEN = b'{"errcode":0,"errmsg":"ok","msgid":123456789}'


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take everything, after 20 ms."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].split(b"\r")[0] or 0)
            await reader.readexactly(length)
            body = TOKEN if b"stable_token" in head else TAKEN
            await asyncio.sleep(ANSWER_AFTER_S)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def provide(port: int) -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", port)
    await server.serve_forever()


@contextmanager
def provider() -> Iterator[WeChatSettings]:
    """The account at a provider process of one's own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.notifications.rate", "provider", str(port)])
    try:
        wait_for(lambda: is_open(port), "the provider listens")
        yield WeChatSettings(APP, "secret", f"http://127.0.0.1:{port}", TEMPLATES)
    finally:
        process.kill()
        process.wait()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def channel(account: WeChatSettings) -> WeChatSubscribe:
    door = WeChatDoor(account)
    return WeChatSubscribe(account, WeChatClient(door, AccessToken(door, None)))


def people_with_consents() -> None:
    with database.transaction():
        for person in PEOPLE:
            recipients.bind(person, "wechat", APP, f"o{person}")
            consents.grant(person, APP, TEMPLATES["task"], 500)


def without_database(account: WeChatSettings, count: int) -> float:
    """The limit: `count` sends on as many threads, per second."""
    letters = [Letter(f"obx_{n}", 1, task_notice(PEOPLE[n % 500]), "zh", "Asia/Shanghai") for n in range(count)]
    wechat = channel(account)
    began = time.monotonic()
    with ThreadPoolExecutor(jobs.THREADS) as pool:
        list(pool.map(lambda one: wechat._send(one, f"o{one.notice.person}", TEMPLATES["task"]), letters))
    return count / (time.monotonic() - began)


def drained(account: WeChatSettings, count: int) -> float:
    """`count` notices out of the bound database, per second; raises unless every one was delivered once."""
    with database.connection(), database.transaction():
        for number in range(count):
            outbox.publish(task_notice(PEOPLE[number % 500]), f"rate-{number}")
    began = time.monotonic()
    settled = jobs.drain_due({"notices": NoticeDelivery([channel(account)], in_chinese)}, threading.Event())
    took = time.monotonic() - began
    with database.connection():
        sent = OutboxRow.select().where(OutboxRow.state == "sent", OutboxRow.attempts == 1).count()
    assert (settled, sent) == (count, count)
    return count / took


def main(url: str, count: int = 2000) -> None:
    sealing.use(Sealer(["a-secret-for-measuring-0123456789abcdef"]))
    database.connect(url)
    with database.connection():
        database.proxy.drop_tables(TABLES)
        database.proxy.create_tables(TABLES)
        people_with_consents()
    with provider() as account:
        limit, rate = without_database(account, count), drained(account, count)
    print(f"{rate:.0f} notices/s, {rate / limit:.2f} of {limit:.0f}/s without a database")  # noqa: T201 - its result


if __name__ == "__main__":
    if sys.argv[1:2] == ["provider"]:
        asyncio.run(provide(int(sys.argv[2])))
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/rate.db")
