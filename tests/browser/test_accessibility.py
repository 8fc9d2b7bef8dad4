"""Everybody can use it: no violation that axe finds, keyboard alone, large targets, small screens, both languages."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.acceptance.stack import Stack
from tests.browser.driving import Desk, Phone, day_in, phone_of

pytestmark = pytest.mark.browser

SMALLEST_TARGET_PX = 44


@pytest.fixture(params=["zh", "en"])
def spoken(request: pytest.FixtureRequest, browser: Browser, stack: Stack) -> Iterator[Phone]:
    """A phone in each language."""
    with phone_of(browser, stack, language=request.param) as fresh:
        yield fresh


def _look(phone: Phone, screen: str) -> None:
    """The screen as it stands is fit for everybody."""
    assert phone.violations() == [], screen
    width = phone.page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= phone.page.viewport_size["width"], f"{screen} scrolls sideways"  # type: ignore[index]
    small = phone.page.evaluate(
        """least => [...document.querySelectorAll('button, a[href], select, input:not([type=checkbox])')]
        .filter(one => one.offsetParent && Math.min(one.offsetHeight, one.offsetWidth) < least)
        .map(one => one.outerHTML.slice(0, 120))""",
        SMALLEST_TARGET_PX,
    )
    assert small == [], screen


def _sign_in(phone: Phone, desk: Desk) -> None:
    phone.open()
    expect(phone.page.get_by_role("button", name=desk.owner["name"])).to_be_visible()
    _look(phone, "sign in")
    phone.press("中文" if phone.language == "zh" else "English")
    phone.page.get_by_role("button", name=desk.owner["name"]).click()
    expect(phone.page.locator(".whom")).to_be_visible()


def test_every_screen_is_free_of_violations(spoken: Phone, desk: Desk) -> None:
    ref = desk.place()
    page, words = spoken.page, spoken.words
    _sign_in(spoken, desk)
    expect(page.locator(".task").filter(has_text=ref)).to_be_visible()
    _look(spoken, "inbox")
    for tab in ("history", "me"):
        page.get_by_role("navigation").get_by_role("link", name=words[tab]).click()
        expect(page.get_by_role("heading", name=words[tab])).to_be_visible()
        _look(spoken, tab)
    spoken.open("#/several")
    page.locator(".order").filter(has_text=ref).locator("input").check()
    _look(spoken, "several")
    page.locator(".dock .weui-btn_primary").click()
    expect(page.locator(".summary")).to_be_visible()
    _look(spoken, "several, summary")
    spoken.open("#/invitation/abc")
    expect(page.locator(".actions")).to_be_visible()
    _look(spoken, "invitation")
    spoken.open("#/task/tsk_unknown")
    expect(page.get_by_role("alert")).to_be_visible()
    _look(spoken, "unknown task")


def test_every_state_of_a_conversation_is_free_of_violations(spoken: Phone, desk: Desk) -> None:
    page = spoken.page
    _sign_in(spoken, desk)
    spoken.open_task(desk.task(desk.place()))
    _look(spoken, "choice")
    spoken.press("change")
    page.locator(".row__toggle").last.click()
    page.locator(".row").last.locator(".delivery input").first.fill("100")
    page.locator(".row").last.locator(".row__cells .link").first.click()
    spoken.press("next")
    expect(page.locator(".next__problem")).not_to_be_empty()
    _look(spoken, "table")
    page.locator(".delivery").last.locator("input").first.fill("50")
    page.locator(".delivery").last.locator("input").last.fill(day_in(45))
    page.locator("select").select_option("other")
    page.locator(".row__toggle").last.click()
    _look(spoken, "table, folded")
    spoken.press("next")
    page.locator("textarea").fill("模具维修 mould repair")
    _look(spoken, "text")
    spoken.press("next")
    expect(page.locator(".preview")).to_be_visible()
    _look(spoken, "preview")
    spoken.press("leave")
    _look(spoken, "leaving")
    spoken.context.set_offline(True)
    spoken.press("send")
    expect(page.locator(".bubble__state")).to_be_visible()
    _look(spoken, "not sent")
    spoken.context.set_offline(False)
    spoken.ends("done")
    _look(spoken, "done")


def test_an_order_is_confirmed_with_the_keyboard_alone(spoken: Phone, desk: Desk) -> None:
    ref = desk.place()
    page = spoken.page
    _sign_in(spoken, desk)

    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if name in page.evaluate("() => document.activeElement.textContent"):
                return
        raise AssertionError(f"the keyboard does not reach {name}")

    expect(page.locator(".task").filter(has_text=ref)).to_be_visible()
    tab_to(ref)
    page.keyboard.press("Enter")
    expect(spoken.asked).to_be_visible()
    tab_to(spoken.words["accept"])
    outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.locator(".preview")).to_be_visible()
    expect(spoken.asked).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    spoken.ends("done")
    expect(page.locator(".ending h2")).to_be_focused()
    assert desk.order(ref)["state"] == "confirmed"


def test_a_new_message_is_announced_and_a_new_screen_says_its_name(supplier_phone: Phone, desk: Desk) -> None:
    page = supplier_phone.page
    supplier_phone.open_task(desk.task(desk.place()))
    expect(page.get_by_role("log")).to_have_count(1)
    expect(page).to_have_title(re.compile("确认订单"))
    page.get_by_role("link", name="返回").click()
    expect(page.get_by_role("heading", name="待办")).to_be_focused()


def test_nothing_scrolls_sideways_on_the_smallest_screen_with_large_letters(browser: Browser, desk: Desk) -> None:
    with phone_of(browser, desk.stack, viewport={"width": 320, "height": 568}) as phone:
        phone.sign_in(desk.owner)
        phone.open_task(desk.task(desk.place()))
        phone.press("change")
        phone.page.locator(".row__toggle").last.click()
        _look(phone, "table at 320 px")


@pytest.mark.parametrize(("wish", "moving"), [("no-preference", True), ("reduce", False)])
def test_who_wants_no_motion_gets_none(browser: Browser, stack: Stack, wish: str, moving: bool) -> None:
    with phone_of(browser, stack, reduced_motion=wish) as phone:
        phone.page.route("**/config.json", lambda _: None)  # the app waits, and shows that it does
        phone.open()
        expect(phone.page.get_by_role("status")).to_be_visible()
        assert phone.page.evaluate("() => document.getAnimations().length > 0") is moving
