"""Photos for a proof on a cheap phone: the live camera, told at once what is poor, kept until safe; place and signature."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from config.text import Text
from tests.browser.driving import Desk
from tests.browser.fake_camera import Film, browser_with_camera
from tests.browser.photo_asking import HERE, asked, open_camera, shoot, step, take
from tests.browser.photo_line import CODE
from tests.pictures import blurred, jpeg, shelf
from workflows.engine.photos import PhotoState

pytestmark = pytest.mark.browser

NO_CAMERA = "Object.defineProperty(navigator, 'mediaDevices', {value: undefined})"
REFUSED_CAMERA = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"


PLACE = step("place", "place", "请在门店提供当前位置，用于核对拍摄地点。", optional=True)
FRONT = step("front", "photo", "请拍门头，能看清店名", max=2, challenge=True, example="img_example")
WORDS = step("words", "text", "还有什么要说明的？")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    made = Film(tmp_path_factory.mktemp("film") / "film.mjpeg")
    made.shows(shelf(1))
    return made


@pytest.fixture(scope="module")
def camera_browser(browser: Browser, film: Film) -> Iterator[Browser]:
    """A browser whose camera sees the film."""
    with browser_with_camera(browser, film) as running:
        yield running


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_photo_is_taken_live_with_the_code_in_sight_and_is_safe_before_it_is_answered(
    camera_browser: Browser, desk: Desk, film: Film, language: str
) -> None:
    film.shows(shelf(1, CODE))
    with asked(camera_browser, desk, PLACE, FRONT, WORDS, language=language) as (phone, conversation, line):
        page = phone.page
        page.locator(".place .weui-btn_primary").click()
        expect(page.locator(".place__found")).to_contain_text("35")
        assert phone.violations() == []
        page.locator(".place .weui-btn_primary").click()
        expect(page.locator(".code__signs")).to_have_text(CODE)
        expect(page.locator(".shots__example img")).to_be_visible()
        assert phone.violations() == []
        open_camera(phone)
        expect(page.locator(".camera .code__signs")).to_have_text(CODE)
        expect(page.locator(".camera .code .unseen")).to_have_text(" ".join(CODE))
        assert phone.violations() == []
        verdict = shoot(phone)
        expect(verdict.locator(".camera__fine")).to_be_focused()
        assert phone.violations() == []
        verdict.get_by_role("button").last.click()
        page.keyboard.press("Escape")
        expect(page.locator(".safety_all")).to_be_visible()
        assert phone.violations() == []
        phone.press("next")
        expect(phone.asked).to_contain_text(WORDS.text.in_language(language))
        [(name, fields)] = line.arrived.items()
        assert conversation.values["front"] == [name]
        assert {key: fields[key] for key in ("step", "source", "challenge", "latitude", "accuracy_m", "system")} == {
            "step": "front", "source": "camera", "challenge": CODE, "latitude": "31.2304", "accuracy_m": "35", "system": "wgs84",
        }  # fmt: skip
        assert line.sizes[name] < 600_000


def test_a_blurred_photo_is_told_at_once_and_taken_again_or_kept(
    camera_browser: Browser, desk: Desk, film: Film
) -> None:
    film.shows(blurred(shelf(2)))
    with asked(camera_browser, desk, FRONT, WORDS) as (phone, _, line):
        open_camera(phone)
        verdict = shoot(phone)
        expect(verdict.locator(".camera__fault")).to_contain_text("有点模糊")
        assert phone.violations() == []
        verdict.get_by_role("button", name="重拍").click()
        assert line.arrived == {}
        shoot(phone).get_by_role("button", name="仍用这张").click()
        phone.page.keyboard.press("Escape")
        expect(phone.page.locator(".snap__word")).to_contain_text("有点模糊")
        film.shows(shelf(2))
        phone.page.locator(".snap__redo").click()
        expect(phone.page.locator(".camera__shutter")).to_be_enabled()
        shoot(phone).get_by_role("button", name="用这张").click()
        expect(phone.page.locator(".camera")).to_have_count(0)
        expect(phone.page.locator(".snap")).to_have_count(1)
        expect(phone.page.locator(".snap__word")).to_have_count(0)


def test_without_signal_photos_outlive_the_app_and_go_out_before_the_answers_that_name_them(
    camera_browser: Browser, desk: Desk, film: Film
) -> None:
    film.shows(shelf(3))
    with asked(camera_browser, desk, FRONT, WORDS) as (phone, conversation, line):
        page = phone.page
        expect(page.locator(".code__signs")).to_have_text(CODE)
        line.is_away = True
        take(phone)
        expect(page.locator(".safety")).to_contain_text("已安全上传 0/1")
        phone.press("next")
        expect(phone.asked).to_contain_text("还有什么要说明的")
        expect(page.locator(".dock .remark")).to_contain_text("照片上传完后自动发送")
        assert (conversation.values, line.arrived) == ({}, {})
        assert phone.violations() == []
        page.goto("about:blank")
        phone.open_task("tsk_photos")
        expect(page.locator(".snap__img")).to_be_visible()
        page.locator("textarea").fill("正在写")
        line.is_away = False
        with phone.answer_to("/answers"):
            page.evaluate("() => window.dispatchEvent(new Event('online'))")
        expect(page.locator(".bubble__state")).to_have_count(0)
        assert list(conversation.values["front"]) == list(line.arrived)
        expect(page.locator("textarea")).to_have_value("正在写")


def test_a_verdict_that_comes_later_stands_under_its_photo_which_is_taken_again_by_a_tap(
    camera_browser: Browser, desk: Desk, film: Film
) -> None:
    film.shows(shelf(12))
    with asked(camera_browser, desk, FRONT, WORDS) as (phone, conversation, line):
        page = phone.page
        take(phone)
        phone.press("next")
        page.locator("textarea").fill("正在写")
        [first] = line.arrived
        said = Text(en="The price cannot be read. Go closer.", zh="价格牌看不清，请靠近重拍。")
        conversation.photos[first] = PhotoState("checked", (("blurred", said),))
        expect(page.locator(".bubble_photos .snap__word")).to_contain_text("价格牌看不清")
        expect(page.locator("textarea")).to_have_value("正在写")
        assert phone.violations() == []
        phone.press("重拍这张: 第 1 张照片")
        expect(page.locator(".camera__shutter")).to_be_enabled()
        shoot(phone).get_by_role("button", name="用这张").click()
        expect(page.locator(".camera")).to_have_count(0)
        phone.press("next")
        expect(page.locator(".bubble_photos .snap__word")).to_have_count(0)
        assert list(line.arrived) == [first, *conversation.values["front"]]


def test_the_phones_way_back_closes_the_camera_and_not_the_conversation(
    camera_browser: Browser, desk: Desk, film: Film
) -> None:
    film.shows(shelf(4))
    with asked(camera_browser, desk, FRONT) as (phone, _, _line):
        open_camera(phone)
        phone.page.go_back()
        expect(phone.page.locator(".camera")).to_have_count(0)
        expect(phone.asked).to_contain_text("门头")


def test_a_refused_camera_says_what_to_do_and_offers_the_phones_own(camera_browser: Browser, desk: Desk) -> None:
    with asked(camera_browser, desk, FRONT, script=REFUSED_CAMERA) as (phone, _, line):
        page = phone.page
        page.locator(".shots__ways button").click()
        expect(page.locator(".camera__word")).to_contain_text("设置 → 应用 → 微信 → 权限")
        assert phone.violations() == []
        page.locator(".camera input[type=file]").set_input_files(
            {"name": "now.jpg", "mimeType": "image/jpeg", "buffer": jpeg(shelf(5))}
        )
        expect(page.locator(".safety_all")).to_be_visible()
        assert [one["source"] for one in line.arrived.values()] == ["camera"]


def test_where_there_is_no_live_camera_an_old_picture_is_not_taken_for_a_new_one(
    browser: Browser, desk: Desk, tmp_path: Path
) -> None:
    old = tmp_path / "old.jpg"
    old.write_bytes(jpeg(shelf(6)))
    stamp = "Object.defineProperty(File.prototype, 'lastModified', {get: () => Date.now() - 3600000});"
    with asked(browser, desk, FRONT, script=NO_CAMERA + ";" + stamp) as (phone, _, line):
        chooser = phone.page.locator("input[capture=environment]")
        chooser.set_input_files(old)
        expect(phone.page.locator(".next__problem")).to_contain_text("只能现场拍照")
        assert line.arrived == {}


def test_the_album_is_open_only_where_the_step_allows_it_and_says_so(browser: Browser, desk: Desk) -> None:
    album = step("any", "photo", "请拍货架", source="any")
    with asked(browser, desk, album, script=NO_CAMERA) as (phone, _, line):
        picture = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg(shelf(7, size=(4000, 3000)))}
        phone.page.locator("input[type=file]:not([capture])").set_input_files(picture)
        expect(phone.page.locator(".safety_all")).to_be_visible()
        assert [one["source"] for one in line.arrived.values()] == ["album"]
        phone.page.locator("input[type=file]:not([capture])").set_input_files(
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
        )
        expect(phone.page.locator(".next__problem")).to_contain_text("打不开")
    with asked(browser, desk, FRONT, script=NO_CAMERA) as (phone, _, _line):
        expect(phone.page.locator("input[type=file]:not([capture])")).to_have_count(0)


def test_photos_of_several_lines_stand_with_their_line(camera_browser: Browser, desk: Desk, film: Film) -> None:
    film.shows(shelf(8))
    rows = [{"key": key, "text": Text(en=key, zh=f"货架 {key}")} for key in ("A", "B")]
    with asked(camera_browser, desk, step("lines", "photo", "每个货架一张", min=2, rows=rows)) as (
        phone,
        conversation,
        _,
    ):
        for at in range(2):
            phone.page.locator(".shots__row").nth(at).locator("button").first.click()
            expect(phone.page.locator(".camera__shutter")).to_be_enabled()
            shoot(phone).get_by_role("button").last.click()
            phone.page.keyboard.press("Escape")
            expect(phone.page.locator(".camera")).to_have_count(0)
        assert phone.violations() == []
        phone.press("next")
        phone.ends("done")
        assert [one["row"] for one in conversation.values["lines"]] == ["A", "B"]


def test_without_code_and_signal_one_is_told_what_that_means(browser: Browser, desk: Desk) -> None:
    with asked(browser, desk, WORDS, FRONT) as (phone, _, line):
        line.has_code = False
        phone.page.locator("textarea").fill("好")
        phone.press("next")
        banner = phone.page.locator(".code_none")
        expect(banner).to_contain_text("没有信号，还没有验证码")
        assert phone.violations() == []
        line.has_code = True
        banner.get_by_role("button").click()
        expect(phone.page.locator(".code__signs")).to_have_text(CODE)


def test_a_place_is_sent_only_by_a_tap_and_may_be_refused(browser: Browser, desk: Desk) -> None:
    rough = {**HERE, "accuracy": 900}
    with asked(browser, desk, PLACE, WORDS, geolocation=rough) as (phone, conversation, _):
        phone.press("获取当前位置")
        expect(phone.page.locator(".place .remark")).to_contain_text("误差约 900 米")
        assert conversation.values == {}
        phone.press("不提供位置")
        expect(phone.asked).to_contain_text("还有什么")
        assert conversation.values == {"place": None}
        phone.says("未提供位置")
    with asked(browser, desk, PLACE, permissions=[]) as (phone, _, _line):
        phone.press("获取当前位置")
        expect(phone.page.get_by_role("alert").filter(has_text="没有定位权限")).to_be_visible()
        assert phone.violations() == []


def test_a_signature_is_drawn_or_typed_and_sent_as_a_picture(browser: Browser, desk: Desk) -> None:
    sign = step("sign", "signature", "请签名确认")
    with asked(browser, desk, sign, WORDS) as (phone, conversation, line):
        page = phone.page
        phone.press("确认签名")
        expect(page.locator(".next__problem")).to_contain_text("还没有签名")
        box = page.locator(".signature__pad").bounding_box()
        assert box
        page.mouse.move(box["x"] + 40, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + 200, box["y"] + 120, steps=8)
        page.mouse.up()
        assert phone.violations() == []
        phone.press("清除重写")
        expect(page.get_by_role("img", name="请用手指在这里签名")).to_be_visible()
        phone.press("不方便手写？输入姓名")
        page.get_by_label("姓名").fill("王伟")
        assert phone.violations() == []
        phone.press("确认签名")
        expect(phone.asked).to_contain_text("还有什么")
        expect(page.locator(".bubble__state")).to_have_count(0)
        assert list(line.arrived) == [conversation.values["sign"]]


def test_who_signs_out_hears_of_photos_that_wait(camera_browser: Browser, desk: Desk, film: Film) -> None:
    film.shows(shelf(13))
    with asked(camera_browser, desk, FRONT) as (phone, _, line):
        expect(phone.page.locator(".code__signs")).to_be_visible()
        line.is_away = True
        take(phone)
        phone.page.get_by_role("link", name="返回").click()
        expect(phone.page.locator(".safety")).to_contain_text("已安全上传 0/1")
        assert phone.violations() == []
        phone.page.get_by_role("navigation").get_by_role("link", name="我的").click()
        expect(phone.page.locator(".hint").filter(has_text="还有 1 张照片未上传")).to_be_visible()


@pytest.mark.parametrize("screen", [{"width": 320, "height": 568}, {"width": 568, "height": 320}])
def test_shutter_and_choice_are_in_reach_on_the_smallest_screen_held_either_way(
    camera_browser: Browser, desk: Desk, film: Film, screen: dict[str, int]
) -> None:
    film.shows(blurred(shelf(14)))
    with asked(camera_browser, desk, FRONT, viewport=screen) as (phone, _, _line):
        open_camera(phone)
        expect(phone.page.locator(".camera__shutter")).to_be_in_viewport(ratio=1)
        for button in shoot(phone).get_by_role("button").all():
            expect(button).to_be_in_viewport(ratio=1)
        phone.page.keyboard.press("Escape")
        expect(phone.page.locator(".camera")).to_have_count(0)
        assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= screen["width"]
