"""A supplier confirms orders in the mini-app, through real processes, and the brand sees the result."""

import re
from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Browser, expect

from tests.acceptance.stack import Stack, eventually
from tests.browser.driving import Desk, Phone, day_in, phone_of

pytestmark = pytest.mark.browser

MOST_REQUESTS, MOST_BYTES = 5, 12 * 1024


def _message_about(stack: Stack, ref: str, user: str) -> str:
    """The page that a WeChat message about an order opens, once it has arrived at the (stub) phone."""

    def look() -> str | None:
        items = requests.get(f"{stack.stub_url}/_stub/outbox", timeout=10).json()["items"]
        found = [item for item in items if item["user"] == user and ref in item["data"].values()]
        return str(found[0]["page"]) if found else None

    page = eventually(look)
    assert page
    return page


def _state(desk: Desk, ref: str) -> Callable[[], str]:
    return lambda: str(desk.order(ref)["state"])


def test_an_order_is_confirmed_in_three_taps_from_its_message(supplier_phone: Phone, desk: Desk, stack: Stack) -> None:
    ref = desk.place()
    page = _message_about(stack, ref, desk.owner["wechat_user"])
    task = re.fullmatch(r"pages/task/task\?id=(tsk_\w+)", page)
    assert task
    supplier_phone.page.goto("about:blank")
    with supplier_phone.traffic() as traffic:
        supplier_phone.open(f"#/task/{task[1]}")  # tap 1: the message
        supplier_phone.press("accept")  # tap 2
        supplier_phone.press("send")  # tap 3
        supplier_phone.ends("done")
    supplier_phone.says(ref)
    assert desk.order(ref)["state"] == "confirmed"
    assert len(traffic.sent) <= MOST_REQUESTS, traffic.sent
    assert traffic.bytes_moved <= MOST_BYTES, traffic.sent


def test_a_changed_line_split_in_two_is_decided_by_the_buyer_and_said_so_before(
    supplier_phone: Phone, desk: Desk
) -> None:
    ref = desk.place(lines=2)
    page = supplier_phone.page
    supplier_phone.open_task(desk.task(ref))
    supplier_phone.press("change")
    page.get_by_role("button", name=re.compile("^修改：")).last.click()
    row = page.locator(".row").last
    row.get_by_label("第 1 批数量").fill("300")
    row.get_by_role("button", name="+ 分批交货").click()
    row.get_by_label("第 2 批数量").fill("50")
    row.get_by_label("第 2 批交期").fill(day_in(40))
    supplier_phone.press("next")
    expect(page.get_by_role("alert").filter(has_text="原因")).to_be_visible()
    row.get_by_label("原因").select_option("capacity")
    supplier_phone.press("next")
    expect(page.locator(".preview .chip_person")).to_have_text("采购员决定")
    supplier_phone.press("send")
    supplier_phone.ends("done")
    document = desk.order(ref)
    assert document["state"] == "change_proposed"
    deliveries = [len(line["deliveries"]) for line in document["lines"]]
    assert deliveries == [1, 2], document["lines"]


def test_a_rejected_order_needs_its_reason_in_words(supplier_phone: Phone, desk: Desk) -> None:
    ref = desk.place()
    supplier_phone.open_task(desk.task(ref))
    supplier_phone.press("reject")
    supplier_phone.press("其他原因")
    supplier_phone.press("next")
    expect(supplier_phone.page.get_by_role("alert").filter(has_text="至少")).to_be_visible()
    supplier_phone.page.locator("textarea").fill("模具维修到下个月")
    supplier_phone.press("next")
    supplier_phone.press("send")
    supplier_phone.ends("done")
    assert desk.order(ref)["state"] != "placed"


def test_an_answer_is_corrected_and_what_depended_on_it_is_asked_again(supplier_phone: Phone, desk: Desk) -> None:
    ref = desk.place()
    page = supplier_phone.page
    supplier_phone.open_task(desk.task(ref))
    supplier_phone.press("reject")
    supplier_phone.press("价格问题")
    expect(page.locator(".preview")).to_be_visible()
    page.get_by_role("button", name="修改：拒绝订单").click()
    expect(page.locator(".remark")).to_contain_text("正在修改")
    expect(page.get_by_role("button", name="拒绝订单", exact=True)).to_have_attribute("aria-pressed", "true")
    supplier_phone.press("accept")
    expect(page.locator(".remark")).to_contain_text("无法交付的原因是？")
    expect(page.locator(".bubble").filter(has_text="价格问题")).to_have_count(0)
    supplier_phone.press("send")
    supplier_phone.ends("done")
    assert desk.order(ref)["state"] == "confirmed"


def test_a_step_back_asks_the_last_question_again(supplier_phone: Phone, desk: Desk) -> None:
    supplier_phone.open_task(desk.task(desk.place()))
    supplier_phone.press("reject")
    supplier_phone.press("back")
    expect(supplier_phone.asked).to_have_text("这张订单能按要求交付吗？")
    expect(supplier_phone.page.locator(".bubble_me")).to_have_count(0)


def test_leaving_keeps_the_task_and_asks_before(supplier_phone: Phone, desk: Desk) -> None:
    ref = desk.place()
    supplier_phone.open_task(desk.task(ref))
    supplier_phone.press("leave")
    supplier_phone.press("继续填写")
    expect(supplier_phone.asked).to_be_visible()
    supplier_phone.press("leave")
    supplier_phone.page.locator(".strip_ask").get_by_role("button", name="离开").click()
    supplier_phone.ends("left")
    supplier_phone.press("重新打开")
    supplier_phone.press("accept")
    supplier_phone.press("send")
    supplier_phone.ends("done")
    assert desk.order(ref)["state"] == "confirmed"


def test_an_order_changed_meanwhile_leads_to_the_new_version_and_says_what_changed(
    supplier_phone: Phone, desk: Desk
) -> None:
    ref = desk.place(quantity="400")
    supplier_phone.open_task(desk.task(ref))
    supplier_phone.press("accept")
    expect(supplier_phone.page.locator(".preview")).to_be_visible()
    desk.place(ref=ref, quantity="250")
    supplier_phone.press("send")
    supplier_phone.ends("superseded")
    supplier_phone.page.get_by_role("link", name="查看新版本").click()
    expect(supplier_phone.asked).to_be_visible()
    supplier_phone.says("250")


def test_a_verdict_that_changes_before_sending_is_shown_again(supplier_phone: Phone, desk: Desk) -> None:
    ref = desk.place()
    page = supplier_phone.page
    supplier_phone.open_task(desk.task(ref))
    supplier_phone.press("accept")
    expect(page.locator(".preview .chip_automatic")).to_be_visible()
    with desk.rule(person_above={"amount": "1", "currency": "CNY"}):
        supplier_phone.press("send")
        expect(page.locator(".preview .chip_person")).to_be_visible()
        expect(page.locator(".dock").get_by_role("alert")).to_be_visible()
        assert desk.order(ref)["state"] == "placed"
        supplier_phone.press("send")
        supplier_phone.ends("done")
    assert desk.order(ref)["state"] == "change_proposed"


def test_a_colleague_takes_over_where_the_first_one_was(supplier_phone: Phone, desk: Desk, stack: Stack) -> None:
    ref = desk.place()
    task = desk.task(ref)
    supplier_phone.open_task(task)
    supplier_phone.press("accept")
    expect(supplier_phone.page.locator(".preview")).to_be_visible()
    clerk = stack.sign_in(desk.clerk)
    turn = clerk.call("POST", "conversations", json={"id": f"cnv_{'c' * 26}", "task": task}).json()
    preview = turn["ask"]["constraints"]["preview"]["id"]
    answer = {"id": f"ans_{'c' * 26}", "step": "send", "value": {"preview": preview}}
    body = {"revision": turn["revision"], "answers": [answer]}
    assert clerk.call("POST", f"conversations/{turn['id']}/answers", json=body).json()["state"] == "done"
    supplier_phone.press("send")
    supplier_phone.ends("done")
    assert desk.order(ref)["state"] == "confirmed"


def test_several_orders_are_accepted_from_one_list_after_a_summary(supplier_phone: Phone, desk: Desk) -> None:
    routine, large, other = desk.place(), desk.place(price="900"), desk.place()
    page = supplier_phone.page
    supplier_phone.open("#/several")
    for ref in (routine, large):
        page.locator(".order").filter(has_text=ref).locator("input").check()
    page.get_by_role("button", name="查看 2 个订单的结果").click()
    expect(page.locator(".summary")).to_contain_text("1 个将自动确认")
    expect(page.locator(".summary")).to_contain_text("1 个由采购员决定")
    assert [desk.order(ref)["state"] for ref in (routine, large)] == ["placed", "placed"]
    page.get_by_role("button", name="发送 2 个订单").click()
    expect(page.locator(".summary")).to_contain_text("2 个订单已发送")
    assert desk.order(routine)["state"] == "confirmed"
    assert desk.order(large)["state"] == "change_proposed"
    assert desk.order(other)["state"] == "placed"


def test_one_order_that_fails_stays_in_the_list_with_its_reason(supplier_phone: Phone, desk: Desk) -> None:
    good, gone = desk.place(), desk.place()
    page = supplier_phone.page
    supplier_phone.open("#/several")
    for ref in (good, gone):
        page.locator(".order").filter(has_text=ref).locator("input").check()
    desk.cancel(gone)
    page.get_by_role("button", name="查看 2 个订单的结果").click()
    expect(page.locator(".summary")).to_contain_text("1 个需要您单独处理")
    page.get_by_role("button", name="发送 1 个订单").click()
    expect(page.locator(".summary")).to_contain_text("1 个订单已发送")
    expect(page.locator(".order").filter(has_text=gone).get_by_role("link")).to_be_visible()
    assert desk.order(good)["state"] == "confirmed"


def test_several_orders_go_on_where_a_bad_line_stopped_them(supplier_phone: Phone, desk: Desk) -> None:
    refs = [desk.place(), desk.place()]
    page = supplier_phone.page
    supplier_phone.open("#/several")
    for ref in refs:
        page.locator(".order").filter(has_text=ref).locator("input").check()
    page.get_by_role("button", name="查看 2 个订单的结果").click()
    expect(page.locator(".summary")).to_contain_text("2 个将自动确认")
    page.route("**/answers", lambda route: route.abort(), times=1)
    page.get_by_role("button", name="发送 2 个订单").click()
    expect(page.locator(".summary")).to_contain_text("1 个订单已发送")
    supplier_phone.press("再试一次")
    expect(page.locator(".summary")).to_contain_text("2 个订单已发送")
    assert [desk.order(ref)["state"] for ref in refs] == ["confirmed", "confirmed"]


def test_what_was_answered_stands_in_the_history_and_leaves_the_tasks(supplier_phone: Phone, desk: Desk) -> None:
    ref = desk.place()
    page = supplier_phone.page
    supplier_phone.open_task(desk.task(ref))
    supplier_phone.press("accept")
    supplier_phone.press("send")
    supplier_phone.ends("done")
    page.get_by_role("link", name="回到待办").click()
    expect(page.locator("h1")).to_have_text("待办")
    expect(page.locator(".task").filter(has_text=ref)).to_have_count(0)
    page.get_by_role("navigation").get_by_role("link", name="记录").click()
    page.locator(".task").filter(has_text=ref).click()
    supplier_phone.ends("done")
    supplier_phone.says(ref)


def test_tapping_the_message_again_shows_the_first_result(supplier_phone: Phone, desk: Desk) -> None:
    ref = desk.place()
    task = desk.task(ref)
    supplier_phone.open_task(task)
    supplier_phone.press("accept")
    supplier_phone.press("send")
    supplier_phone.ends("done")
    supplier_phone.page.goto("about:blank")
    supplier_phone.open(f"#/task/{task}")
    supplier_phone.ends("done")
    supplier_phone.says(ref)


def test_an_order_withdrawn_meanwhile_says_why_and_asks_nothing(supplier_phone: Phone, desk: Desk) -> None:
    ref = desk.place()
    supplier_phone.open_task(desk.task(ref))
    supplier_phone.press("accept")
    expect(supplier_phone.page.locator(".preview")).to_be_visible()
    desk.cancel(ref)
    supplier_phone.press("send")
    supplier_phone.ends("superseded")
    supplier_phone.says("不需要了")
    expect(supplier_phone.page.get_by_role("link", name="查看新版本")).to_have_count(0)


def test_the_buyer_is_told_of_the_result(browser: Browser, supplier_phone: Phone, desk: Desk, stack: Stack) -> None:
    ref = desk.place()
    supplier_phone.open_task(desk.task(ref))
    supplier_phone.press("accept")
    supplier_phone.press("send")
    supplier_phone.ends("done")
    with phone_of(browser, stack) as buyers:
        buyers.sign_in(stack.person("brand", "buyer"))
        expect(buyers.page.locator(".notice").filter(has_text=ref)).to_be_visible()
