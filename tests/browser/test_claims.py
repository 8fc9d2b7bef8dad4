"""What became of each proof, as the partner reads it: in words, with its money, page by page."""

from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.driving import Desk, Phone

pytestmark = pytest.mark.browser


def _claim(at: int, **more: Any) -> dict[str, Any]:
    told = {"id": f"clm_{at}", "store": f"门店 {at}", "promotion": "新年堆头陈列", "amount": None, "reasons": []}
    return {**told, "state": "in_review", "state_text": "审核中", "updated_at": "2026-11-22T06:00:00Z", **more}


def _answered(phone: Phone, *pages: list[dict[str, Any]]) -> None:
    """The list of claims as a server with these pages gives it."""

    def answer(route: Route) -> None:
        at = int(route.request.url.split("after=")[1]) if "after=" in route.request.url else 0
        following = str(at + 1) if at + 1 < len(pages) else None
        route.fulfill(json={"items": pages[at], "next": following})

    phone.page.route("**/api/v1/phone/claims*", answer)


def _person(desk: Desk, kind: str) -> Mapping[str, str]:
    return next(one for one in desk.stack.demo["people"] if (one["kind"], one["role"]) == (kind, "owner"))


def test_a_store_reads_what_became_of_its_proofs(phone: Phone, desk: Desk) -> None:
    paid = _claim(1, state="approved", state_text="审核通过", amount="CNY 200.00", paid_on="2026-11-20")
    redo = _claim(2, state="redo", state_text="有照片要重拍", reasons=["照片模糊，请拿稳再拍。"])
    _answered(phone, [paid, redo], [_claim(3)])
    phone.sign_in(_person(desk, "store"))
    phone.open("#/me")
    phone.page.get_by_role("link", name="我的兑付").click()
    cards = phone.page.locator(".claim")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("CNY 200.00")
    expect(cards.first).to_contain_text("2026年11月20日")
    expect(cards.last).to_contain_text("请拿稳再拍")
    assert phone.violations() == []
    phone.press("更早的")
    expect(cards).to_have_count(3)
    expect(phone.page.get_by_role("button", name="更早的")).to_have_count(0)


def test_nothing_proved_yet_is_said_kindly(phone: Phone, desk: Desk) -> None:
    _answered(phone, [])
    phone.sign_in(_person(desk, "store"))
    phone.open("#/claims")
    expect(phone.page.get_by_text("还没有兑付记录")).to_be_visible()
    assert phone.violations() == []


def test_who_proves_nothing_has_no_such_list(phone: Phone, desk: Desk) -> None:
    phone.sign_in(desk.owner)
    phone.open("#/me")
    expect(phone.page.get_by_role("button", name="退出登录", exact=True)).to_be_visible()
    expect(phone.page.get_by_role("link", name="我的兑付")).to_have_count(0)
