"""A store proves a promotion with its phone: prepared in the morning, photographed in a cellar, sent when the signal is back."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.acceptance.stack import Stack
from tests.browser.driving import Desk, Phone, day_in, phone_of
from tests.browser.fake_camera import Film, browser_with_camera
from tests.pictures import blurred, shelf

pytestmark = pytest.mark.browser

STORE = "T-PINGJIANG"
AT_THE_STORE = {"latitude": 31.3122, "longitude": 120.6365, "accuracy": 20}
SHOTS = [
    {"key": "front", "text": {"zh": "门头", "en": "The front"}, "min": 1, "max": 2},
    {"key": "shelf", "text": {"zh": "货架全景", "en": "The shelf"}, "min": 1, "max": 2},
]
UNITS = {
    "step": "fact_units",
    "kind": "quantity",
    "text": {"zh": "陈列了多少箱？", "en": "How many cases?"},
    "constraints": {"unit": "箱"},
}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return Film(tmp_path_factory.mktemp("film") / "film.mjpeg")


@pytest.fixture
def store_phone(browser: Browser, desk: Desk, film: Film) -> Iterator[Phone]:
    """The store owner's phone, with a camera, standing at the store; signed in."""
    film.shows(shelf(11))
    with (
        browser_with_camera(browser, film) as running,
        phone_of(running, desk.stack, geolocation=AT_THE_STORE, permissions=["geolocation"]) as phone,
    ):
        phone.sign_in(desk.stack.person("store", "owner"))
        yield phone


def publish(stack: Stack) -> str:
    """The brand asks the store for a proof; the promotion's reference."""
    ref = f"P-{uuid4().hex[:8]}"
    body = {
        "title": {"zh": f"春节陈列 {ref}", "en": f"New year {ref}"},
        "policy": "把礼盒摆在门口。",
        "starts_on": day_in(-1),
        "ends_on": day_in(20),
        "due_at": (datetime.now(UTC) + timedelta(days=25)).isoformat(),
        "participants": [{"partner": STORE}],
        "shots": SHOTS,
        "facts": [UNITS],
        "pays": {"kind": "per_store", "amount": "200.00", "currency": "CNY"},
        "radius_m": 300,
    }
    answer = stack.brand("PUT", f"promotions/{ref}", json=body)
    assert answer.status_code == 201, answer.text
    return ref


def take(phone: Phone, anyway: bool = False) -> None:
    """One photo of what stands before the camera, and the camera closed again."""
    page = phone.page
    page.locator(".shots__ways button").click()
    expect(page.locator(".camera__shutter")).to_be_enabled()
    page.locator(".camera__shutter").click()
    page.get_by_role("button", name="仍用这张" if anyway else "用这张", exact=True).click()
    expect(page.locator(".camera__verdict")).to_have_count(0)
    page.get_by_role("button", name="关闭相机").click()
    expect(page.locator(".camera")).to_have_count(0)


def standing(stack: Stack, ref: str) -> str:
    """How the store's proof stands, as the brand reads it."""
    answer = stack.brand("GET", f"promotions/{ref}/participants")
    assert answer.status_code == 200, answer.text
    [participant] = answer.json()["items"]
    [store] = participant["stores"]
    return str(store["claim"]["state"])


def test_a_prepared_proof_is_made_without_signal_and_sent_when_it_is_back(
    store_phone: Phone, film: Film, stack: Stack
) -> None:
    phone, page = store_phone, store_phone.page
    ref = publish(stack)
    with phone.answer_to("/inbox"):
        page.reload()
    expect(page.locator(".task").filter(has_text=ref)).to_be_visible()
    assert phone.violations() == []
    phone.press("准备好今天的任务")
    expect(page.locator(".prepare_done")).to_contain_text("没有信号也能拍")
    assert phone.violations() == []
    phone.context.set_offline(True)
    page.locator(".task").filter(has_text=ref).click()
    expect(phone.asked).to_contain_text("可以记录您拍照时的位置吗")
    phone.press("同意")
    phone.press("获取当前位置")
    phone.press("发送这个位置")
    for at, shot in enumerate(("门头", "货架全景")):
        expect(phone.asked).to_contain_text(shot)
        expect(page.locator(".code__signs")).to_have_text(re.compile("^[0-9A-Z]{4}$"))
        film.shows(shelf(20 + at, page.locator(".code__signs").inner_text()))
        take(phone)
        phone.press("next")
    page.locator(".field__input").fill("12")
    phone.press("next")
    phone.press("提交")
    expect(page.locator(".dock")).to_contain_text("已安全上传 0/2")
    assert phone.violations() == []
    phone.context.set_offline(False)
    phone.ends("done")
    assert standing(stack, ref) != "to_prove"


def test_what_the_server_finds_is_told_under_the_photo_and_only_that_one_is_taken_again(
    store_phone: Phone, film: Film, stack: Stack
) -> None:
    phone, page = store_phone, store_phone.page
    ref = publish(stack)
    with phone.answer_to("/inbox"):
        page.reload()
    page.locator(".task").filter(has_text=ref).click()
    phone.press("不同意")
    film.shows(shelf(31))
    take(phone)
    phone.press("next")
    expect(phone.asked).to_contain_text("货架全景")
    film.shows(blurred(shelf(32)))
    take(phone, anyway=True)
    expect(page.locator(".snap__word")).to_contain_text("点按对焦后重拍")
    phone.press("next")
    expect(page.get_by_role("alert").filter(has_text="如仍要使用，请再提交一次")).to_be_visible()
    assert phone.violations() == []
    film.shows(shelf(32))
    page.locator(".snap_poor .snap__redo").click()
    expect(page.locator(".camera__shutter")).to_be_enabled()
    page.locator(".camera__shutter").click()
    page.get_by_role("button", name="用这张", exact=True).click()
    expect(page.locator(".safety_all")).to_be_visible()
    phone.press("next")
    page.locator(".field__input").fill("12")
    phone.press("next")
    phone.press("提交")
    phone.ends("done")
    assert standing(stack, ref) != "to_prove"


def test_a_photo_whose_receipt_was_lost_is_asked_for_and_not_sent_again(store_phone: Phone, stack: Stack) -> None:
    phone, page = store_phone, store_phone.page
    ref = publish(stack)
    with phone.answer_to("/inbox"):
        page.reload()
    page.locator(".task").filter(has_text=ref).click()
    phone.press("不同意")
    expect(page.locator(".code__signs")).to_be_visible()
    asked: list[str] = []

    def deliver_and_lose(route: Route) -> None:
        assert route.fetch().status == 201
        route.abort()

    page.route("**/photos/pho_*", deliver_and_lose, times=1)
    page.on("request", lambda one: asked.append(one.method) if re.search(r"/photos/pho_\w+$", one.url) else None)
    take(phone)
    expect(page.locator(".safety")).to_contain_text("已安全上传 0/1")
    page.evaluate("() => window.dispatchEvent(new Event('online'))")
    expect(page.locator(".safety_all")).to_be_visible()
    assert asked == ["PUT", "HEAD"]
