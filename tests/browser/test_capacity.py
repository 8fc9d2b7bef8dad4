"""A supplier reports capacity and load on its phone: from the message, in two taps, and without signal."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.stack import Stack, eventually
from tests.browser.driving import Desk, Phone, day_in, phone_of

pytestmark = pytest.mark.browser


def _ask(desk: Desk, items: int = 2, **changes: Any) -> str:
    """Ask the desk's supplier for three months of so many products; gives the reference."""
    ref = f"CAP-{uuid4().hex[:10]}"
    skus = [product["sku"] for product in desk.stack.brand("GET", "products").json()["items"][:items]]
    body = {"supplier": desk.supplier, "items": skus, "months": 3, "due_date": day_in(7), **changes}
    answer = desk.stack.brand("PUT", f"capacity-requests/{ref}", json=body)
    assert answer.status_code == 201, answer.text
    return ref


def _message_about(stack: Stack, ref: str, user: str) -> str:
    """The page that a WeChat message about a request opens, once it has arrived at the (stub) phone."""

    def look() -> str | None:
        items = requests.get(f"{stack.stub_url}/_stub/outbox", timeout=10).json()["items"]
        found = [item for item in items if item["user"] == user and ref in item["data"].values()]
        return str(found[0]["page"]) if found else None

    page = eventually(look)
    assert page
    return page


def _plan(desk: Desk, sku: str) -> list[str | None]:
    rows = desk.stack.brand("GET", "capacity", params={"supplier": desk.supplier, "sku": sku}).json()["items"]
    return [row["plan"] for row in rows][:3]


def _load(desk: Desk) -> str:
    rows = desk.stack.brand("GET", "capacity", params={"supplier": desk.supplier}).json()["items"]
    return str(rows[0]["load"]["colour"]) if rows and rows[0]["load"] else ""


def _figures(page: Page) -> list[str]:
    return [field.input_value() for field in page.locator(".figure__input").all()]


def _picture(page: Page, name: str, tmp_path: Path) -> None:
    page.screenshot(path=tmp_path / f"{name}.png", full_page=True)


def test_a_report_from_its_message_and_the_next_one_only_corrected(
    supplier_phone: Phone, desk: Desk, stack: Stack, tmp_path: Path
) -> None:
    ref = _ask(desk, items=12)
    page = supplier_phone.page
    task = re.fullmatch(r"pages/task/task\?id=(tsk_\w+)", _message_about(stack, ref, desk.owner["wechat_user"]))
    assert task
    supplier_phone.open(f"#/task/{task[1]}")
    expect(page.locator(".figure__input")).to_have_count(36)
    expect(page.locator(".figure__input").first).to_have_attribute("inputmode", "decimal")
    supplier_phone.press("next")
    expect(page.get_by_role("alert").filter(has_text="请至少填写一个数字")).to_be_visible()
    for place, figure in enumerate(("500", "480.5", "0")):
        page.locator(".figure__input").nth(place).fill(figure)
    assert supplier_phone.violations() == []
    _picture(page, "report-first", tmp_path)
    supplier_phone.press("next")
    expect(page.locator(".tones__one")).to_have_count(6)
    assert supplier_phone.violations() == []
    _picture(page, "load", tmp_path)
    supplier_phone.press("黄灯：偏满，积压约10天")
    supplier_phone.ends("done")
    supplier_phone.says("500 / 480.5 / 0")
    _picture(page, "read-back", tmp_path)
    sku = desk.product["sku"]
    assert (_plan(desk, sku), _load(desk)) == (["500", "480.5", "0"], "amber")

    supplier_phone.open_task(desk.task(_ask(desk, items=12)))
    assert _figures(page)[:4] == ["500", "480.5", "0", ""]
    page.locator(".figure__input").first.fill("450")
    expect(page.locator(".figure__note").first).to_have_text("原为 500")
    _picture(page, "report-next", tmp_path)
    assert supplier_phone.violations() == []
    supplier_phone.press("next")
    supplier_phone.press("绿灯：有余力，可接新单")
    supplier_phone.ends("done")
    assert _plan(desk, sku) == ["450", "480.5", "0"]


def test_the_load_is_updated_in_two_taps(supplier_phone: Phone, desk: Desk, tmp_path: Path) -> None:
    page = supplier_phone.page
    _picture(page, "inbox", tmp_path)
    assert supplier_phone.violations() == []
    taps = 0
    for what in (
        page.get_by_role("link", name="更新生产负荷"),
        page.get_by_role("button", name="红灯：超负荷，积压约30天"),
    ):
        what.click()
        taps += 1
    supplier_phone.ends("done")
    supplier_phone.says("负荷已记录：红灯")
    assert taps == 2
    expect(page.locator(".ending__title")).to_be_visible()
    assert eventually(lambda: _load(desk) in {"red", ""})


def test_a_load_begun_without_signal_is_sent_once_when_it_is_back(
    browser: Browser, quiet_desk: Desk, stack: Stack
) -> None:
    _ask(quiet_desk, items=1)
    with phone_of(browser, stack) as phone:
        phone.sign_in(quiet_desk.owner)
        page = phone.page
        expect(page.get_by_role("link", name="更新生产负荷")).to_be_visible()
        phone.context.set_offline(True)
        page.get_by_role("link", name="更新生产负荷").click()
        expect(page.locator(".strip")).to_contain_text("没有信号：以下是手机里保存的内容")
        phone.press("黄灯：很满，积压约20天")
        expect(page.locator(".dock")).to_contain_text("您的回答已保存在手机里")
        before = _reports(quiet_desk)
        phone.context.set_offline(False)
        phone.ends("done")
        assert _reports(quiet_desk) == before + 1


def _reports(desk: Desk) -> int:
    """How often this supplier has said how busy it is."""
    after, found = 0, 0
    while True:
        page = desk.stack.brand("GET", "events", params={"after": after, "limit": 1000}).json()
        found += len(
            [one for one in page["items"] if one["type"] == "load.reported" and one["subject"]["ref"] == desk.supplier]
        )
        if not page["items"]:
            return found
        after = page["next"]


def test_a_request_is_chosen_from_what_may_be_reported_and_left_again(
    supplier_phone: Phone, desk: Desk, tmp_path: Path
) -> None:
    ref = _ask(desk)
    page = supplier_phone.page
    supplier_phone.open()
    page.get_by_role("link", name="上报产能", exact=True).click()
    expect(page.locator(".card.task").first).to_be_visible()
    assert supplier_phone.violations() == []
    _picture(page, "startable", tmp_path)
    page.locator(".card.task").first.click()
    expect(page.locator(".figure__input")).to_have_count(6)
    supplier_phone.press("leave")
    expect(page.get_by_role("alert").filter(has_text="可以随时重新开始")).to_be_visible()
    page.locator(".strip__buttons .weui-btn_warn").click()
    supplier_phone.ends("left")
    assert desk.stack.brand("GET", f"capacity-requests/{ref}").json()["state"] == "open"
