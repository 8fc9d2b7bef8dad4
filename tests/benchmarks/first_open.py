"""The mini-app on a slow line: opened for the first time, and an order confirmed from its notification."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.acceptance.stack import Stack, running_stack
from tests.benchmarks.figures import Figure
from tests.browser.driving import LAUNCH, Desk, Phone, chromium, phone_of

MOST_OPEN_KB, MOST_OPEN_REQUESTS, MOST_OPEN_S = 80, 8, 3
MOST_TAPS, MOST_CONFIRM_REQUESTS, MOST_CONFIRM_KB = 3, 5, 12
_KB = 1_000
_LINE = {"offline": False, "latency": 300, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
_OPENINGS = 3


@dataclass
class _Line:
    """What went over the air, the cache apart: requests, and the bytes of both directions, headers included."""

    urls: dict[str, str] = field(default_factory=dict)
    moved: int = 0

    def watch(self, page: Page, is_slow: bool) -> None:
        """Count from now on what this page asks for."""
        tools = page.context.new_cdp_session(page)
        tools.send("Network.enable")
        if is_slow:
            tools.send("Network.emulateNetworkConditions", _LINE)
        tools.on("Network.requestWillBeSent", self._asked)
        tools.on("Network.responseReceived", self._answered)
        tools.on("Network.requestWillBeSentExtraInfo", self._sent)
        tools.on("Network.loadingFinished", self._finished)

    def _asked(self, event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            self.urls[event["requestId"]] = f"{event['request']['method']} {event['request']['url']}"
            self.moved += len(event["request"].get("postData", "").encode())

    def _answered(self, event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            self.urls.pop(event["requestId"], None)

    def _sent(self, event: dict[str, Any]) -> None:
        self.moved += sum(len(name) + len(value) + 4 for name, value in event["headers"].items())

    def _finished(self, event: dict[str, Any]) -> None:
        self.moved += int(event["encodedDataLength"])


def measured(folder: Path) -> list[Figure]:
    """Both, in headless Chromium against the running stack; empty where there is no Chromium."""
    with _browser() as browser, running_stack(folder / "stack") as stack:
        return [*_first_open(browser, stack), *_confirming(browser, stack)]


def is_possible() -> bool:
    """Is there a Chromium?"""
    return chromium() is not None


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium(), args=LAUNCH)
        yield running
        running.close()


def _first_open(browser: Browser, stack: Stack) -> list[Figure]:
    seconds, line = [], _Line()
    for _ in range(_OPENINGS):
        line = _Line()
        with phone_of(browser, stack) as phone:
            line.watch(phone.page, is_slow=True)
            started = time.perf_counter()
            phone.page.goto(f"{stack.url}/app/", wait_until="commit")
            button = phone.page.get_by_role("button", name=stack.demo["people"][0]["name"])
            expect(button).to_be_enabled()
            seconds.append(time.perf_counter() - started)
    work = "first open of the mini-app, 400 kbit/s, 300 ms round trip"
    return [
        Figure(
            f"{work}: until somebody can be tapped", "", "", "", sorted(seconds)[len(seconds) // 2], " s", MOST_OPEN_S
        ),
        Figure(f"{work}: both ways", "", "", "", line.moved / _KB, " kB", MOST_OPEN_KB),
        Figure(f"{work}: requests", "", "", "", len(line.urls), "", MOST_OPEN_REQUESTS, is_exact=True),
    ]


def _confirming(browser: Browser, stack: Stack) -> list[Figure]:
    desk = Desk(stack)
    task = desk.task(desk.place())
    with phone_of(browser, stack) as phone:
        phone.sign_in(desk.owner)
        line, taps, seconds = _confirmed(phone, task)
    work = "confirming an order from its notification"
    return [
        Figure(f"{work}: taps", "", "the message, accept, send", "", taps, "", MOST_TAPS, is_exact=True),
        Figure(f"{work}: requests", "", "", "", len(line.urls), "", MOST_CONFIRM_REQUESTS, is_exact=True),
        Figure(f"{work}: both ways", "", "", "", line.moved / _KB, " kB", MOST_CONFIRM_KB),
        Figure(f"{work}: on that slow line, thinking apart", "", "", "", seconds, " s"),
    ]


def _confirmed(phone: Phone, task: str) -> tuple[_Line, int, float]:
    """Tap the message, accept, send, each as soon as the screen lets; until the phone says that it is done."""
    line, taps = _Line(), 1
    phone.page.goto("about:blank")
    line.watch(phone.page, is_slow=True)
    started = time.perf_counter()
    phone.page.goto(f"{phone.stack.url}/app/#/task/{task}", wait_until="commit")
    for word in ("accept", "send"):
        phone.press(word)
        taps += 1
    phone.ends("done")
    return line, taps, time.perf_counter() - started
