"""People at their phones and the brand at its desk, as browser tests drive them."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, Response, expect

from tests.acceptance.stack import Stack, eventually

AXE = (Path(__file__).parent / "vendor/axe-core/axe.min.js").read_text(encoding="utf-8")
# A cheap phone, held upright.
SCREEN = {"width": 360, "height": 740}
LAUNCH = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
# Words of the screens that tests press, by language.
WORDS = {
    "zh": {"accept": "全部接受", "change": "变更部分行", "reject": "拒绝订单", "send": "发送", "correct": "修改",
           "back": "上一步", "leave": "离开", "next": "下一步", "tasks": "待办", "me": "我的", "history": "记录"},
    "en": {"accept": "Accept all", "change": "Change lines", "reject": "Reject", "send": "Send", "correct": "Correct",
           "back": "Step back", "leave": "Leave", "next": "Next", "tasks": "Tasks", "me": "Me", "history": "History"},
}  # fmt: skip


def chromium() -> str | None:
    """The browser of this machine, None where there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def day_in(days: int) -> str:
    """The day so many days from now."""
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


@dataclass
class Desk:
    """The brand's side: places orders with one of the demo's suppliers that have an owner and a clerk, mostly the first."""

    stack: Stack
    which: int = 0

    def __post_init__(self) -> None:
        people: Sequence[Mapping[str, str]] = self.stack.demo["people"]
        staff: dict[str, dict[str, Mapping[str, str]]] = {}
        for person in (one for one in people if one["kind"] == "supplier"):
            staff.setdefault(person["organisation"], {})[person["role"]] = person
        self.organisation, roles = [one for one in staff.items() if {"owner", "clerk"} <= one[1].keys()][self.which]
        self.owner, self.clerk = roles["owner"], roles["clerk"]
        self.supplier = self.owner["partner"]
        self.product = self._items("products")[0]

    def _items(self, path: str) -> list[dict[str, Any]]:
        answer = self.stack.brand("GET", path)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def place(self, price: str = "2.5", quantity: str = "400", ref: str = "", lines: int = 2, due_in: int = 30) -> str:
        """Place an order, or put another content under `ref`; gives its reference."""
        ref = ref or f"PO-{uuid4().hex[:10]}"
        due = day_in(due_in)
        line = {"sku": self.product["sku"], "unit": self.product["unit"], "price": price, "due_date": due}
        rows = [{**line, "line": 10 * (at + 1), "quantity": quantity} for at in range(lines)]
        answer = self.stack.brand(
            "PUT", f"purchase-orders/{ref}", json={"supplier": self.supplier, "currency": "CNY", "lines": rows}
        )
        assert answer.status_code in (200, 201), answer.text
        return ref

    def cancel(self, ref: str) -> None:
        """Withdraw an order."""
        once = {"Idempotency-Key": uuid4().hex}
        answer = self.stack.brand("POST", f"purchase-orders/{ref}/cancel", json={"reason": "不需要了"}, headers=once)
        assert answer.status_code == 200, answer.text

    @contextmanager
    def rule(self, **changes: Any) -> Iterator[None]:
        """Change what the brand accepts automatically, for a while."""
        before = self.stack.brand("GET", "rules/order-confirmation").json()
        rule = {key: before[key] for key in ("short_percent", "late_days", "person_above")}
        self._set_rule({**rule, **changes})
        try:
            yield
        finally:
            self._set_rule(rule)

    def _set_rule(self, rule: Mapping[str, Any]) -> None:
        answer = self.stack.brand("PUT", "rules/order-confirmation", json=rule)
        assert answer.status_code in (200, 201), answer.text

    def order(self, ref: str) -> dict[str, Any]:
        """The order as the brand reads it."""
        document: dict[str, Any] = self.stack.brand("GET", f"purchase-orders/{ref}").json()
        return document

    def task(self, ref: str, person: Mapping[str, str] | None = None) -> str:
        """The open task about an order, as its notification names it."""
        caller = self.stack.sign_in(person or self.owner, device=f"dev_{uuid4().hex}")

        def look() -> str | None:
            tasks = caller.call("GET", "inbox").json()["tasks"]
            return next((str(task["id"]) for task in tasks if task["subject"]["ref"] == ref), None)

        found = eventually(look)
        assert found
        return found


@dataclass
class Traffic:
    """What went over the line: the requests that the phone's own cache did not answer, with the bytes of both directions."""

    requests: list[Request] = field(default_factory=list)
    from_cache: set[str] = field(default_factory=set)

    def note_request(self, request: Request) -> None:
        """Remember a finished request."""
        self.requests.append(request)

    def note_response(self, event: Mapping[str, Any]) -> None:
        """Remember what came from the phone's own cache (Chromium's word for it)."""
        if event["response"]["fromDiskCache"]:
            self.from_cache.add(event["response"]["url"])

    @property
    def sent(self) -> list[str]:
        """Every request that left the phone."""
        return [f"{one.method} {one.url}" for one in self._over_the_line()]

    @property
    def bytes_moved(self) -> int:
        """Headers and bodies, both ways."""
        return sum(sum(one.sizes().values()) for one in self._over_the_line())

    def _over_the_line(self) -> list[Request]:
        return [one for one in self.requests if one.url not in self.from_cache]


class Phone:
    """One person's phone with the mini-app in its browser; complaints of the page are kept."""

    def __init__(self, context: BrowserContext, stack: Stack, language: str) -> None:
        self.context, self.stack, self.language = context, stack, language
        self.words = WORDS[language]
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self._hear(message.type, message.text))

    def _hear(self, kind: str, text: str) -> None:
        # The browser reports every refused or failed request; those the tests look at themselves.
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)

    def open(self, address: str = "") -> None:
        """Open the app at an address (`#/task/…`), as a tap on a message or a link does."""
        self.page.goto(f"{self.stack.url}/app/{address}")

    def sign_in(self, person: Mapping[str, str]) -> None:
        """Choose a demo person on the sign-in screen."""
        self.open()
        self.page.get_by_role("button", name=person["name"]).click()
        expect(self.page.locator(".whom")).to_contain_text(person["name"])

    def open_task(self, task: str) -> None:
        """Open a task's conversation and wait for its question."""
        self.open(f"#/task/{task}")
        expect(self.asked).to_be_visible()

    @property
    def asked(self) -> Locator:
        """The question that is open."""
        return self.page.locator("h2#ask")

    def press(self, word: str) -> None:
        """Press a button by its word (see WORDS) or by its text."""
        self.page.get_by_role("button", name=self.words.get(word, word), exact=True).first.click()

    def says(self, text: str | re.Pattern[str]) -> None:
        """Wait until somebody said this in the conversation."""
        expect(self.page.locator(".bubble").filter(has_text=text).last).to_be_visible()

    def ends(self, state: str) -> None:
        """Wait until the conversation ended so."""
        expect(self.page.locator(f".ending_{state}")).to_be_visible()

    @contextmanager
    def traffic(self) -> Iterator[Traffic]:
        """Count what goes over the line meanwhile."""
        counted = Traffic()
        chrome = self.context.new_cdp_session(self.page)
        chrome.send("Network.enable")
        chrome.on("Network.responseReceived", counted.note_response)
        self.page.on("requestfinished", counted.note_request)
        yield counted
        self.page.wait_for_load_state("networkidle")
        self.page.remove_listener("requestfinished", counted.note_request)
        chrome.detach()

    def answer_to(self, part: str) -> Any:
        """A context in which to do what makes the app ask `part`; its value is the response."""

        def is_it(response: Response) -> bool:
            return part in response.url

        return self.page.expect_response(is_it)

    def violations(self) -> list[str]:
        """What axe finds wrong with the screen as it stands, one line per rule and place."""
        self.page.evaluate(AXE)
        found = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']}: {node['target']} {json.dumps(node.get('failureSummary', ''))}"
            for one in found["violations"]
            for node in one["nodes"]
        ]


@contextmanager
def phone_of(browser: Browser, stack: Stack, language: str = "zh", **options: Any) -> Iterator[Phone]:
    """A phone fresh from the shop; fails at the end when its page complained."""
    with_defaults = {"viewport": SCREEN, "is_mobile": True, "has_touch": True, "locale": LOCALES[language], **options}
    context = browser.new_context(**with_defaults)
    context.set_default_timeout(10_000)
    phone = Phone(context, stack, language)
    try:
        yield phone
        assert phone.complaints == []
    finally:
        context.close()
