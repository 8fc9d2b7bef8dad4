"""A supplier proposes, the buyer counters one line and lets the other pass, the supplier confirms, and both read one history."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.acceptance.stack import Stack
from tests.browser.driving import Desk, Phone, day_in, phone_of

pytestmark = pytest.mark.browser


def propose(phone: Phone, desk: Desk, ref: str) -> None:
    """The supplier comes short on the first line, and rejects the second."""
    page = phone.page
    phone.open_task(desk.task(ref))
    phone.press("change")
    row = opened(page.locator(".row").first)
    row.get_by_label("第 1 批数量").fill("300")
    row.get_by_role("button", name="+ 分批交货").click()
    row.get_by_label("第 2 批数量").fill("50")
    row.get_by_label("第 2 批交期").fill(day_in(40))
    row.get_by_label("原因").select_option("capacity")
    second = opened(page.locator(".row").last)
    second.get_by_role("button", name="拒绝").click()
    second.get_by_label("原因").select_option("material")
    phone.press("next")
    phone.press("send")
    phone.ends("done")


def opened(row: Locator) -> Locator:
    """The row, open to be changed."""
    row.get_by_role("button", name=re.compile("^修改：")).click()
    return row


def history(phone: Phone) -> list[str]:
    """What happened, as the history names it, opened from the conversation."""
    phone.page.get_by_role("link", name="订单往来记录").click()
    expect(phone.page.locator("h1")).to_have_text("订单往来记录")
    expect(phone.page.locator(".move").last).to_be_visible()
    return phone.page.locator(".move__what").all_inner_texts()


def nothing_is_wider_than_the_phone(phone: Phone) -> bool:
    return bool(phone.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"))


def test_the_whole_exchange_from_proposal_to_one_history(
    browser: Browser, supplier_phone: Phone, desk: Desk, stack: Stack
) -> None:
    ref = desk.place(lines=2)
    propose(supplier_phone, desk, ref)
    buyer = stack.person("brand", "buyer")
    with phone_of(browser, stack, viewport={"width": 360, "height": 740}) as phone:
        phone.sign_in(buyer)
        phone.open_task(desk.task(ref, buyer))
        first = phone.page.locator(".compared__row").first
        expect(first.locator(".compared__side").first).to_contain_text("400")
        expect(first.locator(".compared__side_new")).to_contain_text("300")
        expect(first.locator(".compared__side_new")).to_contain_text(day_in(40))
        expect(first.locator(".chip")).to_have_text(["数量不足", "交期延后"])
        assert nothing_is_wider_than_the_phone(phone)
        assert phone.violations() == []

        phone.press("逐行决定")
        row = opened(phone.page.locator(".row").first)
        row.get_by_label("数量").fill("380")
        expect(row.get_by_role("button", name="另提方案")).to_have_attribute("aria-pressed", "true")
        assert nothing_is_wider_than_the_phone(phone)
        phone.press("next")
        phone.page.locator("textarea").fill("请尽量多做一些")
        phone.press("next")
        expect(phone.page.locator(".preview .chip")).to_have_text("供应商再答复")
        expect(phone.page.locator(".preview")).to_contain_text("重新答复 1 行（共 2 行）")
        assert phone.violations() == []
        phone.press("send")
        phone.ends("done")
        phone.says("等待供应商答复")

        supplier_phone.open_task(desk.task(ref))
        supplier_phone.says("采购希望改为：380")
        supplier_phone.says("采购留言：请尽量多做一些")
        supplier_phone.press("accept")
        expect(supplier_phone.page.locator(".preview .chip_automatic")).to_be_visible()
        supplier_phone.press("send")
        supplier_phone.ends("done")

        phone.page.reload()
        told = history(phone)
        assert told == ["下单，2000.00 CNY", "提出变更", "对提议的决定", "请供应商重新答复", "部分确认"]
        assert history(supplier_phone) == told
        expect(phone.page.locator(".move").nth(2)).to_contain_text(buyer["name"])
        expect(supplier_phone.page.locator(".move").nth(2)).not_to_contain_text(buyer["name"])
        assert nothing_is_wider_than_the_phone(phone)
        assert phone.violations() == []
        phone.page.get_by_role("link", name="返回").click()
        phone.ends("done")
    order = desk.order(ref)
    assert [line["state"] for line in order["lines"]] == ["confirmed", "rejected"]
    assert order["lines"][0]["deliveries"] == [{"quantity": "380", "date": day_in(40)}]


def test_everything_is_accepted_in_two_taps_and_the_result_leads_to_the_history(
    browser: Browser, supplier_phone: Phone, desk: Desk, stack: Stack
) -> None:
    ref = desk.place(lines=2)
    propose(supplier_phone, desk, ref)
    buyer = stack.person("brand", "buyer")
    with phone_of(browser, stack) as phone:
        phone.sign_in(buyer)
        phone.open_task(desk.task(ref, buyer))
        phone.press("accept")
        expect(phone.page.locator(".preview .chip")).to_have_text("立即生效")
        phone.press("send")
        phone.ends("done")
    supplier_phone.open("#/")
    supplier_phone.page.locator(".notice").filter(has_text=ref).first.click()
    expect(supplier_phone.page.locator(".move__what").last).to_have_text("部分确认")


def test_a_declined_line_takes_back_what_was_typed_beside_it(
    browser: Browser, supplier_phone: Phone, desk: Desk, stack: Stack
) -> None:
    ref = desk.place(lines=2)
    propose(supplier_phone, desk, ref)
    buyer = stack.person("brand", "buyer")
    with phone_of(browser, stack) as phone:
        phone.sign_in(buyer)
        phone.open_task(desk.task(ref, buyer))
        phone.press("逐行决定")
        row = opened(phone.page.locator(".row").first)
        row.get_by_label("数量").fill("380")
        row.get_by_role("button", name="不接受").click()
        expect(row.get_by_label("数量")).to_have_count(0)
        phone.press("next")
        phone.press("next")  # no word to the supplier
        expect(phone.page.locator(".preview")).to_contain_text("不接受，仍按订单要求：400")
        phone.press("send")
        phone.ends("done")
    assert [line["state"] for line in desk.order(ref)["lines"]] == ["placed", "rejected"]


def test_a_confirmed_order_is_reported_late_and_the_buyer_keeps_the_agreement(
    browser: Browser, supplier_phone: Phone, desk: Desk, stack: Stack
) -> None:
    ref = desk.place(lines=2)
    supplier_phone.open_task(desk.task(ref))
    supplier_phone.press("accept")
    supplier_phone.press("send")
    supplier_phone.ends("done")
    report = {"id": f"cnv_{uuid4().hex}", "flow": "order-change-report", "subject": desk.order(ref)["id"]}
    begun = stack.sign_in(desk.owner).call("POST", "conversations", json=report)
    assert begun.status_code == 201, begun.text

    page = supplier_phone.page
    page.set_viewport_size({"width": 360, "height": 740})
    supplier_phone.open(f"#/conversation/{report['id']}")
    row = opened(page.locator(".row").first)
    row.get_by_label("第 1 批交期").fill(day_in(45))
    row.get_by_label("原因").select_option("capacity")
    assert nothing_is_wider_than_the_phone(supplier_phone)
    supplier_phone.press("next")
    expect(page.locator(".preview")).to_contain_text("在此之前原约定有效")
    assert supplier_phone.violations() == []
    supplier_phone.press("send")
    supplier_phone.ends("done")

    buyer = stack.person("brand", "buyer")
    with phone_of(browser, stack) as phone:
        phone.sign_in(buyer)
        phone.open_task(desk.task(ref, buyer))
        expect(phone.page.locator(".compared__label").first).to_have_text("原约定")
        phone.press("全部不接受")
        phone.press("next")  # no word to the supplier
        expect(phone.page.locator(".preview .chip")).to_have_text("立即生效")
        phone.press("send")
        phone.ends("done")
    assert desk.order(ref)["state"] == "confirmed"
    assert desk.order(ref)["lines"][0]["deliveries"] == [{"quantity": "400", "date": day_in(30)}]
