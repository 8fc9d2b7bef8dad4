"""A conversation that begins without signal: asked from what the phone kept, sent once when the signal is back, never blindly."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import Browser, Route, expect
from playwright.sync_api import Error as BrowserError

from tests.acceptance.stack import Stack
from tests.browser.driving import Desk, Phone, phone_of

pytestmark = pytest.mark.browser

BEGIN, ANSWERS = "**/api/v1/phone/conversations", "**/conversations/*/answers"
WORDS = {
    "zh": ("没有信号：以下是手机里保存的内容", "返回"),
    "en": ("No signal: this is what the phone has kept", "Back"),
}


@contextmanager
def _with_templates(browser: Browser, desk: Desk, ref: str, language: str = "zh") -> Iterator[Phone]:
    """The supplier's phone some seconds after it has shown an order in its list."""
    with phone_of(browser, desk.stack, language=language) as phone:
        phone.open()
        phone.press("中文" if language == "zh" else "English")
        with phone.answer_to("with=steps"):
            phone.page.get_by_role("button", name=desk.owner["name"]).click()
            expect(phone.page.locator(".task").filter(has_text=ref)).to_be_visible()
        phone.page.wait_for_function(
            "ref => (localStorage.getItem('partnerline.templates') || '').includes(ref)", arg=ref
        )
        yield phone


def _tap(phone: Phone, ref: str) -> None:
    phone.page.locator(".task").filter(has_text=ref).click()
    expect(phone.asked).to_be_visible()
    expect(phone.page.locator(".strip")).to_contain_text(WORDS[phone.language][0])


def _accept_and_send(phone: Phone) -> None:
    phone.press("accept")
    expect(phone.page.locator(".bubble__state")).to_have_count(1)
    phone.press("send")
    expect(phone.page.locator(".bubble__state")).to_have_count(2)


def _confirmations(desk: Desk, ref: str) -> int:
    """How often the brand was told that this order is confirmed."""
    after, found = 0, 0
    while True:
        page = desk.stack.brand("GET", "events", params={"after": after, "limit": 1000}).json()
        found += len([one for one in page["items"] if one["type"] == "order.confirmed" and ref in str(one["subject"])])
        if not page["items"]:
            return found
        after = page["next"]


def test_an_order_begun_without_signal_is_confirmed_once_when_it_is_back(browser: Browser, quiet_desk: Desk) -> None:
    ref = quiet_desk.place()
    with _with_templates(browser, quiet_desk, ref) as phone:
        phone.context.set_offline(True)
        _tap(phone, ref)
        expect(phone.page.locator(".facts")).to_contain_text("400")
        phone.press("accept")
        expect(phone.asked).to_contain_text("超出品牌规则的变更将由采购决定")
        phone.press("send")
        expect(phone.page.locator(".dock")).to_contain_text("您的回答已保存在手机里")
        assert quiet_desk.order(ref)["state"] == "placed"
        phone.context.set_offline(False)
        phone.ends("done")
        expect(phone.page.locator(".strip, .bubble__state")).to_have_count(0)
        assert quiet_desk.order(ref)["state"] == "confirmed"
        assert _confirmations(quiet_desk, ref) == 1


def test_what_waits_is_sent_at_once_where_no_list_and_no_conversation_is_open(
    browser: Browser, quiet_desk: Desk
) -> None:
    ref = quiet_desk.place()
    with _with_templates(browser, quiet_desk, ref) as phone:
        phone.context.set_offline(True)
        _tap(phone, ref)
        _accept_and_send(phone)
        phone.page.get_by_role("link", name="返回").click()
        phone.page.get_by_role("navigation").get_by_role("link", name="我的").click()
        expect(phone.page.get_by_role("button", name="退出登录")).to_be_visible()
        with phone.answer_to("/answers"):
            phone.context.set_offline(False)
        assert quiet_desk.order(ref)["state"] == "confirmed"
        assert _confirmations(quiet_desk, ref) == 1


def test_a_phone_that_wakes_sends_at_once_what_waits(browser: Browser, quiet_desk: Desk) -> None:
    ref = quiet_desk.place()
    with _with_templates(browser, quiet_desk, ref) as phone:
        phone.context.set_offline(True)
        _tap(phone, ref)
        _accept_and_send(phone)
        phone.page.get_by_role("link", name="返回").click()
        phone.page.get_by_role("navigation").get_by_role("link", name="我的").click()
        # The signal is there for a moment, in which nothing gets through, and back for good while the phone sleeps.
        phone.context.route(BEGIN, lambda route: route.abort(), times=1)
        with phone.page.expect_event("requestfailed", lambda request: request.url.endswith("/conversations")):
            phone.context.set_offline(False)
        assert quiet_desk.order(ref)["state"] == "placed"
        with phone.answer_to("/answers"):
            phone.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
        assert quiet_desk.order(ref)["state"] == "confirmed"


def test_an_order_changed_meanwhile_is_not_confirmed_and_its_person_is_told(browser: Browser, quiet_desk: Desk) -> None:
    ref = quiet_desk.place(quantity="400")
    with _with_templates(browser, quiet_desk, ref) as phone:
        page = phone.page
        phone.context.set_offline(True)
        _tap(phone, ref)
        _accept_and_send(phone)
        page.get_by_role("link", name="返回").click()
        expect(page.locator(".strip")).to_contain_text("2 个回答未发送")
        quiet_desk.place(ref=ref, quantity="250")
        phone.context.set_offline(False)
        page.get_by_role("link", name="有回答未被接受").click()
        expect(page.get_by_role("alert").filter(has_text="您的回答没有发送")).to_be_visible()
        expect(page.get_by_role("button", name="全部接受")).to_have_attribute("aria-pressed", "true")
        phone.says("250")
        assert quiet_desk.order(ref)["state"] == "placed"
        page.get_by_role("link", name="返回").click()
        expect(page.locator(".strip")).to_have_count(0)


def test_an_order_changed_while_its_person_looks_leads_to_the_new_version(browser: Browser, quiet_desk: Desk) -> None:
    ref = quiet_desk.place(quantity="400")
    with _with_templates(browser, quiet_desk, ref) as phone:
        phone.context.set_offline(True)
        _tap(phone, ref)
        _accept_and_send(phone)
        quiet_desk.place(ref=ref, quantity="250")
        phone.context.set_offline(False)
        phone.ends("superseded")
        expect(phone.page.get_by_role("alert")).to_contain_text("您的回答没有发送")
        phone.page.get_by_role("link", name="查看新版本").click()
        phone.says("250")
        expect(phone.page.get_by_role("alert").filter(has_text="您的回答没有发送")).to_be_visible()
        assert quiet_desk.order(ref)["state"] == "placed"


def test_a_colleague_who_opened_it_meanwhile_is_not_overruled(browser: Browser, quiet_desk: Desk, stack: Stack) -> None:
    ref = quiet_desk.place()
    task = quiet_desk.task(ref)
    with _with_templates(browser, quiet_desk, ref) as phone:
        phone.context.set_offline(True)
        _tap(phone, ref)
        _accept_and_send(phone)
        clerk = stack.sign_in(quiet_desk.clerk)
        assert clerk.call("POST", "conversations", json={"id": f"cnv_{'d' * 26}", "task": task}).status_code == 201
        phone.context.set_offline(False)
        expect(phone.page.get_by_role("alert").filter(has_text="您的回答没有发送")).to_be_visible()
        assert quiet_desk.order(ref)["state"] == "placed"
        phone.press("accept")
        expect(phone.page.locator(".preview")).to_be_visible()
        phone.press("send")
        phone.ends("done")
    assert _confirmations(quiet_desk, ref) == 1


def test_an_order_withdrawn_meanwhile_says_so(browser: Browser, quiet_desk: Desk) -> None:
    ref = quiet_desk.place()
    with _with_templates(browser, quiet_desk, ref) as phone:
        page = phone.page
        phone.context.set_offline(True)
        _tap(phone, ref)
        _accept_and_send(phone)
        page.get_by_role("link", name="返回").click()
        expect(page.locator(".strip")).to_contain_text("2 个回答未发送")
        quiet_desk.cancel(ref)
        phone.context.set_offline(False)
        page.get_by_role("link", name="有回答未被接受").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_role("link", name="返回").click()
        expect(page.get_by_role("heading", name="待办")).to_be_visible()
        expect(page.locator(".strip")).to_have_count(0)


def test_a_lost_response_to_the_beginning_sends_the_same_id_again(browser: Browser, quiet_desk: Desk) -> None:
    ref = quiet_desk.place()
    bodies: list[str | None] = []

    def deliver_and_lose(route: Route) -> None:
        bodies.append(route.request.post_data)
        assert route.fetch().ok
        route.abort()

    with _with_templates(browser, quiet_desk, ref) as phone:
        phone.context.set_offline(True)
        _tap(phone, ref)
        _accept_and_send(phone)
        phone.page.route(BEGIN, deliver_and_lose, times=1)
        phone.page.route(ANSWERS, deliver_and_lose, times=1)
        with phone.page.expect_event("requestfailed"):
            phone.context.set_offline(False)
        _tries_until_it_is_sent(phone)
        assert len(bodies) == 2
        assert quiet_desk.order(ref)["state"] == "confirmed"
        assert _confirmations(quiet_desk, ref) == 1


def _tries_until_it_is_sent(phone: Phone) -> None:
    """The phone tries by itself, sooner when told that there is signal; a press on its button would race with that."""
    sent = phone.page.locator(".ending_done")
    for _ in range(20):
        phone.page.evaluate("() => window.dispatchEvent(new Event('online'))")
        with suppress(BrowserError):
            sent.wait_for(timeout=1_000)
            break
    phone.ends("done")


def test_a_reload_and_a_second_window_lose_nothing_and_send_nothing_twice(browser: Browser, quiet_desk: Desk) -> None:
    ref = quiet_desk.place()
    with _with_templates(browser, quiet_desk, ref) as phone:
        phone.context.set_offline(True)
        _tap(phone, ref)
        _accept_and_send(phone)
        # The page itself must load again; only the phone's door stays out of reach.
        phone.context.route("**/api/v1/phone/**", lambda route: route.abort())
        phone.context.set_offline(False)
        phone.page.reload()
        expect(phone.page.locator(".bubble__state")).to_have_count(2)
        second = phone.context.new_page()
        second.goto(phone.page.url)
        expect(second.locator(".bubble__state")).to_have_count(2)
        phone.context.unroute("**/api/v1/phone/**")
        for page in (phone.page, second):
            page.evaluate("() => window.dispatchEvent(new Event('online'))")
        for page in (phone.page, second):
            expect(page.locator(".ending_done")).to_be_visible()
        assert quiet_desk.order(ref)["state"] == "confirmed"
        assert _confirmations(quiet_desk, ref) == 1


def test_the_steps_are_asked_for_once_and_gone_after_the_sign_out(browser: Browser, quiet_desk: Desk) -> None:
    ref = quiet_desk.place()
    with _with_templates(browser, quiet_desk, ref) as phone:
        page, asked = phone.page, []
        page.on("request", lambda request: asked.append(request.url) if "with=steps" in request.url else None)
        page.get_by_role("navigation").get_by_role("link", name="我的").click()
        with phone.answer_to("/inbox"):
            page.get_by_role("navigation").get_by_role("link", name="待办").click()
        later = quiet_desk.place()
        with phone.answer_to("with=steps"):
            page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
            expect(page.locator(".task").filter(has_text=later)).to_be_visible()
        assert len(asked) == 1
        page.get_by_role("navigation").get_by_role("link", name="我的").click()
        phone.press("退出登录")
        expect(page.get_by_role("button", name=quiet_desk.owner["name"])).to_be_visible()
        assert page.evaluate("() => localStorage.getItem('partnerline.templates')") is None


def test_an_order_too_long_to_keep_needs_the_signal(browser: Browser, quiet_desk: Desk) -> None:
    ref, long_one = quiet_desk.place(), quiet_desk.place(lines=201)
    with _with_templates(browser, quiet_desk, ref) as phone:
        phone.context.set_offline(True)
        phone.page.locator(".task").filter(has_text=long_one).click()
        expect(phone.page.get_by_role("alert")).to_contain_text("没有信号")
    quiet_desk.cancel(long_one)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_shown_without_signal_is_fit_for_everybody(browser: Browser, quiet_desk: Desk, language: str) -> None:
    ref = quiet_desk.place()
    with _with_templates(browser, quiet_desk, ref, language) as phone:
        phone.context.set_offline(True)
        _tap(phone, ref)
        assert phone.violations() == []
        phone.press("accept")
        expect(phone.page.locator(".bubble__state")).to_have_count(1)
        assert phone.violations() == []
        phone.press("back")
        expect(phone.page.locator(".bubble__state")).to_have_count(0)
        _accept_and_send(phone)
        assert phone.violations() == []
        quiet_desk.place(ref=ref, quantity="250")
        phone.context.set_offline(False)
        phone.ends("superseded")
        assert phone.violations() == []
        phone.page.locator(".ending .weui-btn_primary").click()
        expect(phone.page.get_by_role("alert")).to_be_visible()
        assert phone.violations() == []
