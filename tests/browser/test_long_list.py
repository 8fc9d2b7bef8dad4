"""More to do than one page holds: nothing is out of reach, and looking again stays cheap."""

import pytest
from playwright.sync_api import expect

from tests.browser.driving import Desk, Phone

pytestmark = pytest.mark.browser

PAGE = 200


def test_more_tasks_than_a_page_holds_are_reached_by_one_button(busy_desk: Desk, phone: Phone) -> None:
    page = phone.page
    phone.sign_in(busy_desk.owner)  # who speaks English
    expect(page.locator(".task").first).to_be_visible()
    for _ in range(PAGE + 1):
        busy_desk.place(lines=1)
    page.reload()
    expect(page.locator(".task")).to_have_count(PAGE)
    with phone.answer_to("after="):
        phone.press("More")
    expect(page.get_by_role("button", name="More")).to_have_count(0)
    seen = page.locator(".task").count()
    assert seen > PAGE
    assert phone.violations() == []
    with phone.answer_to("/inbox") as answered:
        page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    assert "after=" not in answered.value.url
    expect(page.locator(".task")).to_have_count(seen)
