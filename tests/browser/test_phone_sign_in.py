"""Signing in by phone number, and invitations that need a code or a fresh link, on a phone of 360 px."""

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import Browser, expect

from tests.acceptance.stack import Stack
from tests.browser.driving import Desk, Phone, phone_of

pytestmark = pytest.mark.browser


def _number() -> str:
    return f"138{uuid4().int % 10**8:08d}"


def _somebody(stack: Stack, desk: Desk, name: str, number: str) -> str:
    """A clerk of the supplier with a number; their reference."""
    ref = f"P-{uuid4().hex[:8]}"
    memberships = [{"partner": desk.supplier, "role": "clerk"}]
    person = {"name": name, "language": "zh", "phone": f"+86{number}", "memberships": memberships}
    assert stack.brand("PUT", f"people/{ref}", json=person).status_code == 201
    return ref


def _invite(stack: Stack, ref: str, body: Mapping[str, Any] | None = None) -> str:
    once = {"Idempotency-Key": uuid4().hex}
    answer = stack.brand("POST", f"people/{ref}/invitations", headers=once, json=body or {})
    assert answer.status_code == 201, answer.text
    return re.sub(r"^.*/app/", "", str(answer.json()["link"]))


def _text(stack: Stack, number: str, count: int = 1) -> str:
    """The newest of so many messages that reached a number."""
    asked = {"channel": "sms", "touser": number, "count": count, "timeout": 20}
    answer = requests.get(f"{stack.stub_url}/_stub/outbox/wait", params=asked, timeout=30).json()
    assert answer["complete"], answer
    return str(answer["items"][-1]["data"]["text"])


def _code(stack: Stack, number: str, count: int = 1) -> str:
    found = re.search(r"\d{6}", _text(stack, number, count))
    assert found
    return found.group()


def _expire(stack: Stack, address: str) -> None:
    """Let fourteen days pass for one invitation."""
    public_id = address.rpartition("/")[2].partition(".")[0]
    past = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
    with closing(sqlite3.connect(stack.state_dir / "partnerline.db", timeout=10)) as database, database:
        moved = database.execute("UPDATE invitation SET expires_at = ? WHERE public_id = ?", (past, public_id))
        assert moved.rowcount == 1


def _ask(phone: Phone, number: str) -> None:
    phone.page.get_by_label("手机号", exact=True).fill(number)
    phone.press("获取验证码")
    expect(phone.page.get_by_label("短信验证码")).to_be_visible()


def test_a_number_and_a_code_sign_in(phone: Phone, stack: Stack, desk: Desk) -> None:
    number = _number()
    _somebody(stack, desk, "手机登录的小周", number)
    phone.open()
    _ask(phone, number)
    page = phone.page
    field = page.get_by_label("短信验证码")
    assert [field.get_attribute(name) for name in ("autocomplete", "inputmode")] == ["one-time-code", "numeric"]
    expect(page.get_by_role("button", name="秒后可重新获取")).to_be_disabled()
    assert phone.violations() == []
    field.fill(_code(stack, number))
    page.locator("form").get_by_role("button", name="登录").click()
    expect(page.locator(".whom")).to_contain_text("手机登录的小周")


def test_a_wrong_code_is_said_and_the_right_one_still_signs_in(phone: Phone, stack: Stack, desk: Desk) -> None:
    number = _number()
    _somebody(stack, desk, "打错的老吴", number)
    phone.open()
    _ask(phone, number)
    code, page = _code(stack, number), phone.page
    field, send = page.get_by_label("短信验证码"), page.locator("form").get_by_role("button", name="登录")
    field.fill("12")
    send.click()
    expect(page.get_by_role("alert").filter(has_text="6 位数字")).to_be_visible()
    field.fill(f"{(int(code) + 1) % 10**6:06d}")
    send.click()
    expect(page.get_by_role("alert").filter(has_text="验证码不正确")).to_be_visible()
    field.fill(code)
    send.click()
    expect(page.locator(".whom")).to_contain_text("打错的老吴")


def test_a_number_nobody_knows_looks_the_same(phone: Phone) -> None:
    phone.open()
    phone.page.get_by_label("手机号", exact=True).fill("123")
    phone.press("获取验证码")
    expect(phone.page.get_by_role("alert").filter(has_text="正确的手机号")).to_be_visible()
    _ask(phone, _number())
    expect(phone.page.get_by_role("status")).to_contain_text("合作品牌登记的号码")


def test_an_invitation_by_text_message_opens_and_asks_another_device_for_a_code(
    browser: Browser, stack: Stack, desk: Desk
) -> None:
    number = _number()
    ref = _somebody(stack, desk, "两台手机的小陈", number)
    _invite(stack, ref, {"send": "sms"})
    link = re.search(r"#/invitation/\S+", _text(stack, number))
    assert link
    with phone_of(browser, stack) as first:
        first.open(link.group())
        first.press("接受邀请")
        expect(first.page.locator(".whom")).to_contain_text("两台手机的小陈")
    with phone_of(browser, stack) as second:
        second.open(link.group())
        second.press("接受邀请")
        expect(second.page.get_by_role("status")).to_contain_text("验证码已发送到绑定的手机号")
        assert second.violations() == []
        second.page.get_by_label("短信验证码").fill(_code(stack, number, count=2))
        second.page.locator("form").get_by_role("button", name="登录").click()
        expect(second.page.locator(".whom")).to_contain_text("两台手机的小陈")


def test_an_expired_invitation_says_that_a_fresh_link_was_sent(phone: Phone, stack: Stack, desk: Desk) -> None:
    number = _number()
    address = _invite(stack, _somebody(stack, desk, "来晚了的老孙", number))
    _expire(stack, address)
    phone.open(address)
    phone.press("接受邀请")
    expect(phone.page.get_by_role("alert")).to_contain_text("新的链接已通过短信发送")
    expect(phone.page.get_by_role("button", name="接受邀请")).to_have_count(0)
    fresh = re.search(r"#/invitation/\S+", _text(stack, number))
    assert fresh
    phone.open(fresh.group())
    phone.press("接受邀请")
    expect(phone.page.locator(".whom")).to_contain_text("来晚了的老孙")
