"""What may happen between a photo and its answer: one too many, a call, another app in front, another person, no connection."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driving import Desk, Phone
from tests.browser.fake_camera import Film, browser_with_camera
from tests.browser.photo_asking import asked, open_camera, shoot, step, take
from tests.browser.photo_line import CODE
from tests.pictures import shelf

pytestmark = pytest.mark.browser

FRONT = step("front", "photo", "请拍门头，能看清店名", max=2, challenge=True)
WORDS = step("words", "text", "还有什么要说明的？")

# Keeps the tracks that the page was given, so that a test can do to them what a phone does.
KEPT_TRACKS = """
window.tracks = [];
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await ask(wanted);
  window.tracks.push(...stream.getVideoTracks());
  return stream;
};
"""
LOST_CONNECTION = """
const begin = IDBDatabase.prototype.transaction;
window.lose = () => {
  IDBDatabase.prototype.transaction = function () {
    IDBDatabase.prototype.transaction = begin;
    throw new DOMException('Connection to Indexed Database server lost.', 'InvalidStateError');
  };
};
"""
KEPT_PHOTOS = """() => new Promise((done) => {
  indexedDB.open('partnerline').onsuccess = (event) => {
    event.target.result.transaction('bytes').objectStore('bytes').getAllKeys().onsuccess = (keys) => done(keys.target.result);
  };
})"""


@pytest.fixture(scope="module")
def camera_browser(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera sees a shelf."""
    film = Film(tmp_path_factory.mktemp("film") / "film.mjpeg")
    film.shows(shelf(21))
    with browser_with_camera(browser, film) as running:
        yield running


def _shown(page: Page, state: str) -> None:
    """Another app comes to the front, or this one again."""
    page.evaluate(
        "(state) => { Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        state,
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_photo_too_many_is_deleted_by_two_taps_and_is_never_sent(
    camera_browser: Browser, desk: Desk, language: str
) -> None:
    delete, stay = {"zh": ("删除", "保留"), "en": ("Delete", "Keep")}[language]
    with asked(camera_browser, desk, FRONT, WORDS, language=language) as (phone, conversation, line):
        page = phone.page
        expect(page.locator(".code__signs")).to_have_text(CODE)
        line.is_away = True
        take(phone)
        take(phone)
        expect(page.locator(".shots__ways")).to_have_count(0)
        page.locator(".snap__remove").first.click()
        expect(page.locator(".snap__sure p")).to_be_focused()
        assert phone.violations() == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
        page.get_by_role("button", name=stay, exact=True).click()
        expect(page.locator(".snap__remove").first).to_be_focused()
        page.locator(".snap__remove").first.press("Enter")
        expect(page.locator(".snap__sure p")).to_be_focused()
        page.get_by_role("button", name=delete, exact=True).press("Enter")
        expect(page.locator(".snap")).to_have_count(1)
        expect(phone.asked).to_be_focused()
        expect(page.locator(".safety")).to_contain_text("0/1" if language == "zh" else "0 of 1")
        assert len(page.evaluate(KEPT_PHOTOS)) == 1
        line.is_away = False
        page.evaluate("() => window.dispatchEvent(new Event('online'))")
        expect(page.locator(".safety_all")).to_be_visible()
        phone.press("next")
        expect(phone.asked).to_contain_text(WORDS.text.in_language(language))
        assert conversation.values["front"] == list(line.arrived)


def test_deleting_the_only_photo_asks_for_one_again(camera_browser: Browser, desk: Desk) -> None:
    with asked(camera_browser, desk, FRONT) as (phone, _, _line):
        page = phone.page
        take(phone)
        page.locator(".snap__remove").click()
        page.get_by_role("button", name="删除", exact=True).click()
        expect(page.locator(".snap")).to_have_count(0)
        expect(page.locator(".dock .hint")).to_contain_text("已拍 0 张")
        expect(page.get_by_role("button", name="下一步")).to_have_count(0)


def _tracks_become(page: Page, states: list[str]) -> None:
    """The camera is let go of just after its screen has gone."""
    page.wait_for_function("wanted => tracks.map((one) => one.readyState).join() === wanted", arg=",".join(states))


def test_while_another_app_is_in_front_the_camera_is_off_and_then_shows_what_is_there_now(
    camera_browser: Browser, desk: Desk
) -> None:
    with asked(camera_browser, desk, FRONT, script=KEPT_TRACKS) as (phone, _, _line):
        page = phone.page
        open_camera(phone)
        _shown(page, "hidden")
        expect(page.locator(".camera__shutter")).to_be_disabled()
        _tracks_become(page, ["ended"])
        _shown(page, "visible")
        expect(page.locator(".camera__shutter")).to_be_enabled()
        _tracks_become(page, ["ended", "live"])
        page.keyboard.press("Escape")
        expect(page.locator(".camera")).to_have_count(0)
        _tracks_become(page, ["ended", "ended"])


@pytest.mark.parametrize("event", ["mute", "ended"])
def test_a_call_that_takes_the_camera_is_said_and_the_camera_is_had_again_by_a_tap(
    camera_browser: Browser, desk: Desk, event: str
) -> None:
    with asked(camera_browser, desk, FRONT, script=KEPT_TRACKS) as (phone, _, _line):
        open_camera(phone)
        phone.page.evaluate(f"() => tracks[0].dispatchEvent(new Event('{event}'))")
        expect(phone.page.locator(".camera__word")).to_contain_text("可能正被其他应用占用")
        assert phone.violations() == []
        phone.press("再试一次")
        shoot(phone)


def test_a_shutter_pressed_as_the_camera_goes_away_says_so_and_does_not_stay_dead(
    camera_browser: Browser, desk: Desk
) -> None:
    with asked(camera_browser, desk, FRONT) as (phone, _, line):
        open_camera(phone)
        phone.page.evaluate("() => { document.querySelector('video').srcObject = null; }")
        phone.page.locator(".camera__shutter").click()
        expect(phone.page.locator(".camera__word")).to_contain_text("相机打不开")
        phone.press("再试一次")
        shoot(phone).get_by_role("button").last.click()
        expect(phone.page.locator(".safety_all")).to_be_visible()
        assert len(line.arrived) == 1


def test_the_focus_comes_back_to_the_question_when_what_opened_the_camera_is_gone(
    camera_browser: Browser, desk: Desk
) -> None:
    one = step("front", "photo", "请拍门头", max=1)
    with asked(camera_browser, desk, one, WORDS) as (phone, _, _line):
        open_camera(phone)
        phone.page.keyboard.press("Escape")
        expect(phone.page.locator(".shots__ways button")).to_be_focused()
        phone.page.keyboard.press("Enter")
        expect(phone.page.locator(".camera__shutter")).to_be_focused()
        phone.page.keyboard.press("Enter")
        expect(phone.page.locator(".camera__fine")).to_be_focused()
        phone.page.locator(".camera__verdict button").last.press("Enter")
        expect(phone.page.locator(".camera")).to_have_count(0)
        expect(phone.asked).to_be_focused()


def test_a_photo_is_kept_though_the_phone_lost_its_connection_to_what_it_keeps(
    camera_browser: Browser, desk: Desk
) -> None:
    with asked(camera_browser, desk, FRONT, script=LOST_CONNECTION) as (phone, _, line):
        page = phone.page
        expect(page.locator(".code__signs")).to_have_text(CODE)
        line.is_away = True
        open_camera(phone)
        page.evaluate("() => lose()")
        shoot(phone).get_by_role("button").last.click()
        expect(page.locator(".safety")).to_contain_text("0/1")
        assert len(page.evaluate(KEPT_PHOTOS)) == 1


def test_signal_brings_the_code_too_while_the_camera_is_open(camera_browser: Browser, desk: Desk) -> None:
    with asked(camera_browser, desk, WORDS, FRONT) as (phone, _, line):
        line.has_code = False
        phone.page.locator("textarea").fill("好")
        phone.press("next")
        open_camera(phone)
        expect(phone.page.locator(".camera .code_none")).to_contain_text("没有信号，还没有验证码")
        line.has_code = True
        phone.page.evaluate("() => window.dispatchEvent(new Event('online'))")
        expect(phone.page.locator(".camera .code__signs")).to_have_text(CODE)
        expect(phone.page.locator(".camera__shutter")).to_be_enabled()


def test_what_waited_for_its_person_goes_out_when_they_sign_in_again(camera_browser: Browser, desk: Desk) -> None:
    with asked(camera_browser, desk, FRONT) as (phone, _, line):
        page = phone.page
        expect(page.locator(".code__signs")).to_be_visible()
        line.is_away = True
        take(phone)
        page.get_by_role("link", name="返回").click()
        page.get_by_role("navigation").get_by_role("link", name="我的").click()
        _sign_out(phone)
        line.is_away = False
        with phone.answer_to("/photos/"):
            page.get_by_role("button", name=desk.owner["name"]).click()
        expect(page.locator(".hint").filter(has_text="照片未上传")).to_have_count(0)
        assert len(line.arrived) == 1


def _sign_out(phone: Phone) -> None:
    phone.page.get_by_role("button", name="退出登录", exact=True).click()
    expect(phone.page.get_by_role("heading", name="登录")).to_be_visible()
