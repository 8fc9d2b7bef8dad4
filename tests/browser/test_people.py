"""Who is at the phone: signing in and out, invitations, organisations, languages, permission to be told."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from tests.acceptance.stack import Stack
from tests.browser.driving import Desk, Phone, phone_of

pytestmark = pytest.mark.browser


def _invite(stack: Stack, person: Mapping[str, Any]) -> str:
    """Put a person and invite them; the address inside the app that their link opens."""
    ref = f"P-{uuid4().hex[:8]}"
    assert stack.brand("PUT", f"people/{ref}", json=person).status_code == 201
    once = {"Idempotency-Key": uuid4().hex}
    link = str(stack.brand("POST", f"people/{ref}/invitations", headers=once).json()["link"])
    address = re.sub(r"^.*/app/", "", link)
    assert address.startswith("#/invitation/"), link
    return address


def test_the_demo_offers_everybody_by_organisation_and_role(phone: Phone, stack: Stack) -> None:
    phone.open()
    page = phone.page
    for person in stack.demo["people"]:
        group = page.locator("section").filter(has=page.get_by_role("heading", name=person["organisation"]))
        expect(group.get_by_role("button", name=person["name"])).to_be_visible()


def test_signing_out_forgets_the_session_on_both_sides(supplier_phone: Phone, desk: Desk) -> None:
    page = supplier_phone.page
    page.get_by_role("navigation").get_by_role("link", name="我的").click()
    with supplier_phone.answer_to("/sessions/current") as answered:
        supplier_phone.press("退出登录")
    assert answered.value.status == 204
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    assert desk.owner["name"] not in page.evaluate("() => JSON.stringify(localStorage['partnerline.session'] ?? '')")


def test_a_session_ended_elsewhere_leads_to_the_sign_in_and_back_to_the_task(supplier_phone: Phone, desk: Desk) -> None:
    task = desk.task(desk.place())
    page = supplier_phone.page
    page.evaluate(
        """() => fetch('/api/v1/phone/sessions/current', {method: 'DELETE',
        headers: {Authorization: 'Bearer ' + JSON.parse(localStorage['partnerline.session']).token}})"""
    )
    supplier_phone.open(f"#/task/{task}")
    expect(page.get_by_role("status").filter(has_text="登录已失效")).to_be_visible()
    page.get_by_role("button", name=desk.owner["name"]).click()
    expect(supplier_phone.asked).to_be_visible()


def test_one_sees_ones_devices_takes_ones_data_and_signs_out_of_all(stack: Stack, desk: Desk, phone: Phone) -> None:
    memberships = [{"partner": desk.supplier, "role": "clerk"}]
    phone.open(_invite(stack, {"name": "换手机的小孙", "language": "zh", "memberships": memberships}))
    phone.press("接受邀请")
    page = phone.page
    page.get_by_role("navigation").get_by_role("link", name="我的").click()
    device = page.locator(".device")
    expect(device).to_have_count(1)
    expect(device).to_contain_text("本机")
    with page.expect_download() as taken:
        phone.press("下载我的数据")
    held = json.loads(Path(taken.value.path()).read_text("utf-8"))
    assert held["items"][0]["person"]["name"] == "换手机的小孙"
    phone.press("退出所有设备")
    expect(page.get_by_text("您将在所有设备上退出登录")).to_be_visible()
    phone.press("确认退出所有设备")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()


def test_an_invitation_is_used_by_a_tap_not_by_looking_at_it(browser: Browser, stack: Stack, desk: Desk) -> None:
    memberships = [{"partner": desk.supplier, "role": "clerk"}]
    address = _invite(stack, {"name": "新来的小周", "language": "zh", "memberships": memberships})
    for _ in range(2):
        with phone_of(browser, stack) as looking:
            looking.open(address)
            expect(looking.page.get_by_role("button", name="接受邀请")).to_be_visible()
    with phone_of(browser, stack) as invited:
        invited.open(address)
        invited.press("接受邀请")
        expect(invited.page.locator(".whom")).to_contain_text("新来的小周")
    with phone_of(browser, stack) as too_late:
        too_late.open(address)
        too_late.press("接受邀请")
        expect(too_late.page.get_by_role("alert")).to_contain_text("邀请")


def test_who_works_for_two_organisations_changes_between_them(browser: Browser, stack: Stack, desk: Desk) -> None:
    other = next(one for one in stack.demo["people"] if one["kind"] == "supplier" and one["partner"] != desk.supplier)
    memberships = [{"partner": partner, "role": "owner"} for partner in (desk.supplier, other["partner"])]
    link = _invite(stack, {"name": "两边跑的老吴", "language": "zh", "memberships": memberships})
    ref = desk.place()
    with phone_of(browser, stack) as phone:
        phone.open(link)
        phone.press("接受邀请")
        page = phone.page
        expect(page.locator(".whom")).to_contain_text("老吴")
        for place, tasks in ((other, 0), (desk.owner, 1)):
            page.get_by_role("navigation").get_by_role("link", name="我的").click()
            page.get_by_role("button", name=place["organisation"]).click()
            page.get_by_role("navigation").get_by_role("link", name="待办").click()
            expect(page.locator(".whom")).to_contain_text(place["organisation"])
            expect(page.locator(".loading")).to_have_count(0)
            expect(page.locator(".task").filter(has_text=ref)).to_have_count(tasks)


def test_the_language_is_one_tap_and_everything_follows(supplier_phone: Phone, desk: Desk) -> None:
    task = desk.task(desk.place())
    page = supplier_phone.page
    page.get_by_role("navigation").get_by_role("link", name="我的").click()
    supplier_phone.press("English")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="Me", exact=True)).to_be_visible()
    supplier_phone.open_task(task)
    expect(supplier_phone.asked).to_have_text("Can you deliver this order?")
    page.reload()
    expect(supplier_phone.asked).to_have_text("Can you deliver this order?")


def test_an_english_speaker_is_met_in_english_from_the_first_screen(browser: Browser, stack: Stack) -> None:
    with phone_of(browser, stack, language="en") as phone:
        phone.open()
        expect(phone.page.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(phone.page.locator("html")).to_have_attribute("lang", "en")


def test_allowing_wechat_to_tell_is_offered_when_something_is_done_and_counts(
    supplier_phone: Phone, desk: Desk
) -> None:
    supplier_phone.open_task(desk.task(desk.place()))
    supplier_phone.press("accept")
    supplier_phone.press("send")
    supplier_phone.ends("done")
    for _ in range(2):
        with supplier_phone.answer_to("/consents") as answered:
            supplier_phone.press("允许微信提醒")
        left = min(answered.value.json()["left"].values())
        expect(supplier_phone.page.locator(".reminders__said")).to_have_text(f"已允许，剩余 {left} 条")


def test_a_stranger_sees_nothing_of_a_task(phone: Phone, desk: Desk, stack: Stack) -> None:
    task = desk.task(desk.place())
    phone.sign_in(stack.person("store", "owner"))
    phone.open(f"#/task/{task}")
    expect(phone.page.get_by_role("alert")).to_be_visible()
    expect(phone.page.locator(".subject, .bubble, .dock")).to_have_count(0)
