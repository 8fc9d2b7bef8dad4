"""A promotion from the brand's desk through the camera in the store to the line that pays it, with the real processes."""

import io
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, expect

from tests.acceptance.stack import Stack
from tests.browser.driving import Desk, Phone, phone_of
from tests.browser.promoting import SHOTS, STORE_PLACE, Campaign, Prover, Scene, prover
from tests.pictures import blurred, shelf

pytestmark = pytest.mark.browser

FIRST, SECOND = "T-PINGJIANG", "T-GUANQIAN"
NAMES = {FIRST: "平江路便民店", SECOND: "观前街超市"}


@pytest.fixture
def field(desk: Desk) -> Mapping[str, str]:
    """Who owns one store and is field staff of another."""
    return next(one for one in desk.stack.demo["people"] if one["wechat_user"] == "qian")


@pytest.fixture
def at_the_store(browser: Browser, stack: Stack, field: Mapping[str, str], tmp_path: Path) -> Iterator[Prover]:
    """That person's phone, its camera before a shelf."""
    scene = Scene(tmp_path)
    scene.shows(shelf(0))
    with prover(browser, stack, scene, field) as person:
        yield person


def test_a_promotion_is_proved_redone_approved_by_two_and_paid(
    browser: Browser, stack: Stack, field: Mapping[str, str], at_the_store: Prover
) -> None:
    campaign = Campaign(stack, [SECOND], list(SHOTS))
    at_the_store.acts_for(NAMES[SECOND])
    _prove_with_one_blurred(at_the_store, _wanted(campaign, field, SECOND))
    campaign.becomes(SECOND, "in_review")
    first, second = stack.person("brand", "admin"), stack.person("brand", "reviewer")
    with phone_of(browser, stack) as phone:
        phone.sign_in(first)
        _ask_again(phone, campaign.task(first, "proof-review", SECOND))
        before = campaign.becomes(SECOND, "redo")
        _redo_alone(at_the_store, _wanted(campaign, field, SECOND))
        after = campaign.becomes(SECOND, "in_review")
        assert _kept(before, "price") == _kept(after, "price")
        _approve(phone, campaign.task(first, "proof-review", SECOND), "需要复审")
    campaign.becomes(SECOND, "second_review")
    assert stack.brand("GET", "settlements", params={"promotion": campaign.ref}).json()["items"] == []
    with phone_of(browser, stack, language="en") as phone:
        phone.sign_in(second)
        _approve(phone, campaign.task(second, "proof-review", SECOND), "Is paid")
    campaign.becomes(SECOND, "approved")
    _is_paid(stack, campaign.ref)
    at_the_store.phone.open("#/claims")
    told = at_the_store.page.locator(".claim").filter(has_text=NAMES[SECOND]).first
    expect(told).to_contain_text("已通过")
    expect(told).not_to_contain_text("200.00")  # money is the owner's to see


def _wanted(campaign: Campaign, person: Mapping[str, str], store: str) -> str:
    return campaign.task(person, "promotion-proof", store, acting_for=NAMES[store])


def _prove_with_one_blurred(person: Prover, task: str) -> None:
    person.phone.open_task(task)
    person.allows_place()
    person.asks(SHOTS["front"])
    code = person.code
    person.proves("front", shelf(11, code))
    person.asks(SHOTS["shelf"])
    person.opens_camera(blurred(shelf(12, code)))
    expect(person.page.locator(".camera__fault")).to_contain_text("模糊")
    person.page.get_by_role("button", name="仍用这张").click()
    expect(person.page.locator(".snap__word")).to_contain_text("模糊")
    person.takes(shelf(12, code), button="重拍")
    person.phone.press("next")
    person.proves("stack", shelf(13, code))
    person.proves("price", shelf(14, code))
    person.sends()


def _ask_again(phone: Phone, task: str) -> None:
    phone.open_task(task)
    expect(phone.page.locator(".shot")).to_have_count(4)
    expect(phone.page.locator(".shot").first.locator("img")).to_be_visible()
    phone.press("能看到")
    phone.press("要求补拍")
    phone.page.get_by_role("checkbox", name=SHOTS["price"]).check()
    phone.press("next")
    phone.page.locator("textarea").fill("价格牌看不清，请靠近一点拍。")
    phone.press("next")
    phone.press("send")
    phone.ends("done")


def _redo_alone(person: Prover, task: str) -> None:
    person.phone.open_task(task)
    person.allows_place()
    person.proves("price", shelf(15, person.code))
    person.sends()


def _approve(phone: Phone, task: str, verdict: str) -> None:
    visible, approve = {"zh": ("能看到", "通过"), "en": ("Yes", "Approve")}[phone.language]
    phone.open_task(task)
    phone.press(visible)
    phone.press(approve)
    expect(phone.page.locator(".preview .chip")).to_have_text(verdict)
    phone.press("send")
    phone.ends("done")


def _kept(claim: Mapping[str, Mapping[str, list[Mapping[str, str]]]], but: str) -> Mapping[str, list[str]]:
    return {shot: [one["id"] for one in photos] for shot, photos in claim["photos"].items() if shot != but}


def _is_paid(stack: Stack, ref: str) -> None:
    """One line in the brand's list, and the same in the sheet that a bookkeeper opens."""
    (line,) = stack.brand("GET", "settlements", params={"promotion": ref}).json()["items"]
    assert line["amount"] == "200.00"
    sheet = stack.brand("GET", "settlements.xlsx", params={"promotion": ref})
    (row,) = [row for row in _rows_of(sheet.content) if line["id"] in row]
    assert Decimal("200.00") in {Decimal(str(cell)) for cell in row if isinstance(cell, int | float)}
    assert SECOND in row


def _rows_of(workbook: bytes) -> list[tuple[object, ...]]:
    sheet = load_workbook(io.BytesIO(workbook), read_only=True).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


def test_a_distributor_reads_the_policy_chooses_stores_and_signs(
    browser: Browser, stack: Stack, field: Mapping[str, str]
) -> None:
    stores = [{"store": ref, "place": STORE_PLACE} for ref in (FIRST, SECOND)]
    campaign = Campaign(stack, [], ["shelf"], participants=[{"partner": "D-KANGYUAN", "stores": stores}])
    assert campaign.parts("asked") == ["D-KANGYUAN"]
    owner = stack.person("distributor", "owner")
    with phone_of(browser, stack) as phone:
        phone.sign_in(owner)
        phone.page.locator(".task").filter(has_text=campaign.ref).click()
        phone.says("商品陈列在货架中层")
        phone.press("参加")
        phone.page.get_by_role("checkbox", name=re.compile(NAMES[FIRST])).check()
        phone.press("next")
        expect(phone.page.locator(".signature .preview")).to_contain_text("200")
        assert phone.violations() == []
        _writes_the_name(phone)
        phone.press("确认签名")
        phone.ends("done")
    assert campaign.parts("joined") == ["D-KANGYUAN"]
    assert [row["store"] for row in campaign.claims()] == [FIRST]
    assert _wanted(campaign, field, FIRST)


def _writes_the_name(phone: Phone) -> None:
    pad = phone.page.locator(".signature__pad").bounding_box()
    assert pad
    mouse = phone.page.mouse
    mouse.move(pad["x"] + 40, pad["y"] + 40)
    mouse.down()
    mouse.move(pad["x"] + 160, pad["y"] + 90, steps=8)
    mouse.move(pad["x"] + 240, pad["y"] + 30, steps=8)
    mouse.up()


def test_a_photo_of_another_store_is_held(
    browser: Browser, stack: Stack, field: Mapping[str, str], at_the_store: Prover
) -> None:
    campaign = Campaign(stack, [FIRST, SECOND], ["shelf"])
    at_the_store.acts_for(NAMES[FIRST])
    at_the_store.phone.open_task(_wanted(campaign, field, FIRST))
    at_the_store.allows_place()
    at_the_store.asks(SHOTS["shelf"])
    reused = shelf(21, at_the_store.code)
    at_the_store.proves("shelf", reused)
    at_the_store.sends()
    assert not campaign.becomes(FIRST, "in_review")["held"]

    at_the_store.acts_for(NAMES[SECOND])
    at_the_store.phone.open_task(_wanted(campaign, field, SECOND))
    at_the_store.allows_place()
    at_the_store.proves("shelf", reused)
    at_the_store.sends()
    claim = campaign.becomes(SECOND, "in_review")
    assert claim["held"], claim["reasons"]
    reviewer = stack.person("brand", "admin")
    with phone_of(browser, stack) as phone:
        phone.sign_in(reviewer)
        phone.open_task(campaign.task(reviewer, "proof-review", SECOND))
        expect(phone.page.locator(".proof__held")).to_be_visible()
        expect(phone.page.locator(".reason_hold")).not_to_have_count(0)
        expect(phone.page.locator(".alike img")).to_have_count(2)


def test_a_proof_is_begun_and_finished_in_a_store_without_signal(
    stack: Stack, field: Mapping[str, str], at_the_store: Prover
) -> None:
    campaign = Campaign(stack, [FIRST], ["front", "shelf"])
    at_the_store.acts_for(NAMES[FIRST])
    task = _wanted(campaign, field, FIRST)
    page = at_the_store.page
    at_the_store.phone.open()
    page.get_by_role("button", name="准备好今天的任务").click()
    expect(page.get_by_text(re.compile("拍照任务已准备好"))).to_be_visible()
    at_the_store.phone.context.set_offline(True)
    page.locator(f'a[href="#/task/{task}"]').click()
    at_the_store.allows_place()
    at_the_store.asks(SHOTS["front"])
    code = at_the_store.code
    for at, shot in enumerate(("front", "shelf")):
        at_the_store.proves(shot, shelf(31 + at, code))
    at_the_store.asks("确认提交")
    at_the_store.phone.press("提交")
    assert campaign.claim(FIRST)["state"] == "to_prove"
    at_the_store.phone.context.set_offline(False)
    at_the_store.phone.ends("done")
    claim = campaign.becomes(FIRST, "in_review")
    assert not claim["held"], claim["reasons"]
