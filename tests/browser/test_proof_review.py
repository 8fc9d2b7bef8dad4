"""A reviewer looks at a proof on the phone: photos beside what was wanted, near enough to read, and what is odd in words."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.driving import Desk, Phone, phone_of
from tests.browser.every_kind import EveryKind
from tests.browser.proof_shown import CODE, Album, proof, review_of, signing
from tests.waiting import until
from workflows.engine.flow import Step

pytestmark = pytest.mark.browser


@contextmanager
def _asked(
    browser: Browser, desk: Desk, language: str, steps: tuple[Step, ...], **lacks: object
) -> Iterator[tuple[Phone, Album]]:
    """A phone on which a conversation of these steps is open; its album answers for the photos."""
    with phone_of(browser, desk.stack, language=language) as phone:
        phone.open()
        phone.press("中文" if language == "zh" else "English")
        phone.page.get_by_role("button", name=desk.owner["name"]).click()
        expect(phone.page.locator(".whom")).to_be_visible()
        album = Album(phone.page, **lacks)  # type: ignore[arg-type]
        EveryKind(phone.page, language, steps)
        phone.open_task("tsk_review")
        yield phone, album


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_proof_shows_what_came_beside_what_was_wanted(browser: Browser, desk: Desk, language: str) -> None:
    with _asked(browser, desk, language, review_of(proof())) as (phone, _):
        page = phone.page
        expect(page.locator(".proof__letters")).to_have_text(CODE)
        expect(page.locator(".shot")).to_have_count(3)
        shelf = page.locator(".shot").nth(1)
        expect(shelf.locator(".shot__wanted")).to_contain_text("2–3")
        expect(page.locator(".shot").first.locator(".shot__one_example img")).to_be_visible()
        shelf.scroll_into_view_if_needed()
        expect(shelf.locator(".alike img")).to_have_count(2)
        expect(page.locator(".shot").nth(2).locator(".alike__text")).to_be_visible()
        expect(page.locator(".shot").nth(2).locator(".alike img")).to_have_count(0)
        expect(page.locator(".reason_hold, .reason_red, .reason_hint")).to_have_count(3)
        assert phone.violations() == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360


def test_a_screen_reader_hears_which_photo_it_is_and_what_is_odd_about_it(browser: Browser, desk: Desk) -> None:
    with _asked(browser, desk, "zh", review_of(proof())) as (phone, _):
        odd = phone.page.get_by_role(
            "button", name="货架全景，第 2 张，共 2 张；这张照片和以前另一家门店交的一模一样。"
        )
        expect(odd.first).to_be_visible()
        expect(phone.page.locator(".reason_hold").first).to_contain_text("须查清")


def test_only_photos_that_come_into_sight_cost_bytes(browser: Browser, desk: Desk) -> None:
    with _asked(browser, desk, "zh", review_of(proof())) as (phone, album):
        expect(phone.page.locator(".shot").first.locator("img")).to_have_count(2)
        assert "price thumb" not in album.asked
        assert [one for one in album.asked if one.endswith("full")] == []
        phone.page.locator(".shot").last.scroll_into_view_if_needed()
        expect(phone.page.locator(".shot").last.locator("img")).to_have_count(2)
        assert len(album.asked) == len(set(album.asked))


def test_a_photo_fills_the_screen_and_keys_lead_to_the_next_and_back(browser: Browser, desk: Desk) -> None:
    with _asked(browser, desk, "zh", review_of(proof())) as (phone, album):
        page = phone.page
        thumb = page.locator(".shot").nth(1).locator(".glance").first
        thumb.focus()
        page.keyboard.press("Enter")
        viewer = page.get_by_role("dialog")
        expect(viewer).to_be_focused()
        expect(viewer.locator(".viewer__code")).to_contain_text(CODE)
        expect(viewer.locator(".viewer__at")).to_have_text("1 / 2")
        page.keyboard.press("ArrowRight")
        expect(viewer.locator(".viewer__at")).to_have_text("2 / 2")
        expect(viewer.locator(".reason_hold")).to_be_visible()
        assert phone.violations() == []
        page.keyboard.press("Escape")
        expect(viewer).to_have_count(0)
        expect(thumb).to_be_focused()
        assert {"shelf1 full", "shelf2 full"} <= set(album.asked)


def test_the_phones_way_back_closes_the_photo_and_not_the_review(browser: Browser, desk: Desk) -> None:
    with _asked(browser, desk, "zh", review_of(proof())) as (phone, _):
        phone.page.locator(".glance").first.click()
        expect(phone.page.get_by_role("dialog")).to_be_visible()
        phone.page.go_back()
        expect(phone.page.get_by_role("dialog")).to_have_count(0)
        expect(phone.asked).to_be_visible()


def _scale(phone: Phone) -> float:
    return float(
        phone.page.evaluate("() => new DOMMatrix(getComputedStyle(document.querySelector('.viewer__img')).transform).a")
    )


def test_fingers_bring_a_photo_near_and_swipe_to_the_next(browser: Browser, desk: Desk) -> None:
    with _asked(browser, desk, "zh", review_of(proof())) as (phone, _):
        page = phone.page
        page.locator(".shot").nth(1).locator(".glance").first.click()
        expect(page.locator(".viewer__img")).to_be_visible()
        touch = _fingers(phone)
        touch("Start", [(120, 300), (200, 400)])
        touch("Move", [(80, 250), (240, 450)])
        touch("End", [])
        assert _scale(phone) > 1.5
        page.get_by_role("button", name="缩小").click()
        assert _scale(phone) == 1
        touch("Start", [(260, 350)])
        touch("Move", [(120, 352)])
        touch("End", [])
        expect(page.locator(".viewer__at")).to_have_text("2 / 2")
        for what, points in 2 * [("Start", [(180, 350)]), ("End", [])]:
            touch(what, points)
        page.wait_for_function(
            "() => new DOMMatrix(getComputedStyle(document.querySelector('.viewer__img')).transform).a > 2"
        )


def _fingers(phone: Phone) -> Callable[[str, list[tuple[int, int]]], None]:
    chrome = phone.context.new_cdp_session(phone.page)

    def touch(what: str, points: list[tuple[int, int]]) -> None:
        places = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(points)]
        chrome.send("Input.dispatchTouchEvent", {"type": f"touch{what}", "touchPoints": places})

    return touch


def test_a_photo_that_is_not_ready_is_waited_for_calmly(browser: Browser, desk: Desk) -> None:
    with _asked(browser, desk, "zh", review_of(proof()), not_ready=1, never="front") as (phone, album):
        expect(phone.page.locator(".shot").first.locator("img")).to_have_count(1)
        expect(phone.page.locator(".shot").first.locator(".evidence__coming")).to_contain_text("加载中")
        assert album.asked.count("example thumb") == 2
        assert phone.violations() == []


_SHOWS = """address => new Promise(told => {
    const image = new Image();
    image.onload = () => told(true);
    image.onerror = () => told(false);
    image.src = address;
})"""


def test_pictures_are_given_back_when_the_screen_closes(browser: Browser, desk: Desk) -> None:
    with _asked(browser, desk, "zh", review_of(proof())) as (phone, _):
        expect(phone.page.locator(".shot").first.locator("img")).to_have_count(2)
        address = phone.page.locator(".evidence__img").first.get_attribute("src")
        assert phone.page.evaluate(_SHOWS, address)
        phone.page.get_by_role("link", name="返回").click()
        expect(phone.page.get_by_role("heading", name="待办")).to_be_visible()
        until(lambda: not phone.page.evaluate(_SHOWS, address))


def test_the_policy_is_read_from_its_top_and_unfolded_in_place(browser: Browser, desk: Desk) -> None:
    with _asked(browser, desk, "zh", signing(30)) as (phone, _):
        page = phone.page
        assert page.evaluate("() => window.scrollY") == 0
        expect(page.locator(".bubble").first).not_to_contain_text("第7条")
        page.get_by_role("button", name="展开全文").click()
        expect(page.locator(".bubble").first).to_contain_text("第7条")
        expect(page.locator(".bubble__text_long p")).to_have_count(7)
        assert phone.violations() == []


def test_of_many_stores_some_are_found_by_name_and_taken_with_one_tap(browser: Browser, desk: Desk) -> None:
    with _asked(browser, desk, "zh", signing(30)) as (phone, _):
        page = phone.page
        page.get_by_label("输入名称查找").fill("西 门店")
        expect(page.get_by_role("checkbox")).to_have_count(10)
        page.get_by_role("button", name="全选").click()
        expect(page.get_by_role("status").filter(has_text="已选 10 / 30")).to_be_visible()
        page.get_by_label("输入名称查找").fill("没有这家")
        expect(page.get_by_role("checkbox")).to_have_count(0)
        page.get_by_label("输入名称查找").fill("")
        page.get_by_label("东门店 01").check()
        assert phone.violations() == []
        phone.press("next")
        expect(page.locator(".bubble_me")).to_contain_text(re.compile("东门店 01、.*西门店 30"))


def test_two_taps_that_close_a_photo_leave_the_review_open(browser: Browser, desk: Desk) -> None:
    with _asked(browser, desk, "zh", review_of(proof())) as (phone, _):
        phone.page.locator(".glance").first.click()
        expect(phone.page.get_by_role("dialog")).to_be_focused()
        phone.page.evaluate(
            "() => { const close = document.querySelector('.viewer__button'); close.click(); close.click(); }"
        )
        expect(phone.page.get_by_role("dialog")).to_have_count(0)
        expect(phone.asked).to_be_visible()


def test_a_review_of_fourteen_photos_with_large_letters_fits_the_screen(browser: Browser, desk: Desk) -> None:
    many = proof()
    photos = [{**many["shots"][1]["photos"][at % 2], "photo": f"img_many{at}"} for at in range(14)]
    many["shots"] = [{**many["shots"][1], "wanted": "10–14", "photos": photos}, *many["shots"][2:]]
    with _asked(browser, desk, "en", review_of(many), never="many3") as (phone, _):
        phone.page.evaluate("() => { document.body.style.zoom = 1.5; }")
        expect(phone.page.locator(".shot").first.locator("li.shot__one")).to_have_count(14)
        wide = phone.page.evaluate(
            "() => [...document.querySelectorAll('main *')].filter((one) => one.scrollWidth > one.clientWidth + 1"
            " && one.clientWidth > 40 && getComputedStyle(one).overflow === 'visible').map((one) => one.className)"
        )
        assert wide == []
        expect(phone.page.get_by_role("button", name="Yes", exact=True)).to_be_visible()
