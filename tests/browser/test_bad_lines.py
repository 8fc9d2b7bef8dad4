"""The signal goes, the response gets lost, the server is away: no answer is lost and none is stored twice."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.driving import Desk, Phone

pytestmark = pytest.mark.browser

ANSWERS = "**/conversations/*/answers"


def test_answers_given_without_signal_are_kept_and_sent_by_themselves(supplier_phone: Phone, desk: Desk) -> None:
    ref = desk.place()
    page = supplier_phone.page
    supplier_phone.open_task(desk.task(ref))
    supplier_phone.context.set_offline(True)
    supplier_phone.press("reject")
    expect(page.locator(".bubble__state").first).to_contain_text("未发送，有信号后自动发送")
    supplier_phone.press("缺少物料")
    expect(supplier_phone.asked).to_contain_text("超出品牌规则的变更将由采购决定")
    with supplier_phone.answer_to("/answers"):
        supplier_phone.context.set_offline(False)
    expect(page.locator(".preview")).to_be_visible()
    expect(page.locator(".bubble__state")).to_have_count(0)
    supplier_phone.press("send")
    supplier_phone.ends("done")
    assert desk.order(ref)["state"] != "placed"


def test_what_was_not_sent_goes_out_when_the_app_is_opened_again(supplier_phone: Phone, desk: Desk) -> None:
    ref = desk.place()
    page = supplier_phone.page
    supplier_phone.open_task(desk.task(ref))
    page.route(ANSWERS, lambda route: route.abort())
    supplier_phone.press("reject")
    expect(page.locator(".bubble__state")).to_be_visible()
    page.unroute(ANSWERS)
    page.close()
    supplier_phone.page = supplier_phone.context.new_page()
    with supplier_phone.answer_to("/answers") as sent:
        supplier_phone.open("#/")
    assert sent.value.json()["revision"] == 1


def test_an_answer_that_came_too_late_is_told_in_the_inbox(supplier_phone: Phone, desk: Desk) -> None:
    ref = desk.place(quantity="400")
    page = supplier_phone.page
    supplier_phone.open_task(desk.task(ref))
    supplier_phone.context.set_offline(True)
    supplier_phone.press("accept")
    expect(page.locator(".bubble__state")).to_be_visible()
    page.get_by_role("link", name="返回").click()
    expect(page.locator(".strip")).to_contain_text("1 个回答未发送")
    desk.place(ref=ref, quantity="250")
    supplier_phone.context.set_offline(False)
    page.get_by_role("link", name="有回答未被接受").click()
    supplier_phone.ends("superseded")
    page.get_by_role("link", name="返回").click()
    expect(page.locator(".strip")).to_have_count(0)
    assert desk.order(ref)["state"] == "placed"


def test_an_answer_whose_response_got_lost_is_stored_once(supplier_phone: Phone, desk: Desk) -> None:
    ref = desk.place()
    page = supplier_phone.page
    supplier_phone.open_task(desk.task(ref))
    bodies: list[str | None] = []

    def deliver_and_lose(route: Route) -> None:
        bodies.append(route.request.post_data)
        assert route.fetch().ok
        route.abort()

    page.route(ANSWERS, deliver_and_lose, times=1)
    supplier_phone.press("accept")
    expect(page.locator(".bubble__state")).to_contain_text("未发送")
    with page.expect_request(ANSWERS) as again, supplier_phone.answer_to("/answers") as answered:
        supplier_phone.press("现在发送")
    assert again.value.post_data == bodies[0]
    assert answered.value.json()["revision"] == 1
    expect(page.locator(".preview")).to_be_visible()
    supplier_phone.press("send")
    supplier_phone.ends("done")
    assert desk.order(ref)["state"] == "confirmed"


def test_a_server_that_is_away_is_said_in_words_with_a_way_to_try_again(supplier_phone: Phone, desk: Desk) -> None:
    ref = desk.place()
    task = desk.task(ref)
    page = supplier_phone.page
    page.route("**/api/v1/phone/**", lambda route: route.fulfill(status=503, body="{}"))
    supplier_phone.open(f"#/task/{task}")
    expect(page.get_by_role("alert")).to_contain_text("服务暂时繁忙")
    page.unroute("**/api/v1/phone/**")
    supplier_phone.press("再试一次")
    expect(supplier_phone.asked).to_be_visible()


def test_an_unchanged_inbox_costs_no_body(supplier_phone: Phone, desk: Desk) -> None:
    ref = desk.place()
    page = supplier_phone.page
    page.reload()
    expect(page.locator(".task").filter(has_text=ref)).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="我的").click()
    with supplier_phone.answer_to("/inbox") as answered:
        page.get_by_role("navigation").get_by_role("link", name="待办").click()
    assert answered.value.status == 304
    expect(page.locator(".task").filter(has_text=ref)).to_be_visible()
