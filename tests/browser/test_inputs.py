"""Every kind of input gives what the engine takes, says what is wrong where it is, and is fit for everybody."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.driving import Desk, Phone, day_in, phone_of
from tests.browser.every_kind import EveryKind

pytestmark = pytest.mark.browser


@pytest.fixture(params=["zh", "en"])
def asked_everything(request: pytest.FixtureRequest, browser: Browser, desk: Desk) -> Iterator[tuple[Phone, EveryKind]]:
    """A phone on which the conversation with every kind of input is open, in each language."""
    with phone_of(browser, desk.stack, language=request.param) as phone:
        phone.open()
        phone.press("中文" if request.param == "zh" else "English")
        phone.page.get_by_role("button", name=desk.owner["name"]).click()
        expect(phone.page.locator(".whom")).to_be_visible()
        conversation = EveryKind(phone.page, request.param)
        phone.open_task("tsk_every_kind")
        yield phone, conversation


def _asks(phone: Phone, step: str) -> None:
    expect(phone.asked).to_contain_text(step)
    assert phone.violations() == [], step


def test_every_kind_of_input_is_answered_and_stored_as_the_engine_reads_it(
    asked_everything: tuple[Phone, EveryKind],
) -> None:
    phone, conversation = asked_everything
    page = phone.page
    _asks(phone, "flavours")
    page.get_by_label("Spicy").check()
    page.get_by_label("Plain").check()
    expect(page.get_by_label("Salted")).to_be_disabled()
    phone.press("next")
    _asks(phone, "quantity")
    page.locator(".field__input").fill("１２．５０")
    phone.press("next")
    _asks(phone, "price")
    page.locator(".field__input").fill("1,299.9")
    phone.press("next")
    _asks(phone, "day")
    page.locator(".field__input").fill(day_in(7))
    phone.press("next")
    _asks(phone, "words")
    page.locator(".field__input").fill("  好的 ok  ")
    phone.press("next")
    _asks(phone, "sure")
    phone.press({"zh": "对，没问题", "en": "Yes, all right"}[phone.language])
    phone.ends("done")
    assert conversation.values == {
        "flavours": ["plain", "spicy"],
        "quantity": "12.5",
        "price": "1299.9",
        "day": day_in(7),
        "words": "好的 ok",
        "sure": True,
    }


def test_a_wrong_input_is_told_beside_it_and_nothing_is_sent(asked_everything: tuple[Phone, EveryKind]) -> None:
    phone, conversation = asked_everything
    page = phone.page
    problem = page.locator(".next__problem")
    phone.press("next")
    expect(problem).to_contain_text("1")
    page.get_by_label("Plain").check()
    phone.press("next")
    _asks(phone, "quantity")
    for typed, told in (("", "2"), ("abc", "2"), ("1.255", "2"), ("0.5", "500"), ("501", "500")):
        page.locator(".field__input").fill(typed)
        phone.press("next")
        expect(problem).to_contain_text(told)
    assert conversation.values == {"flavours": ["plain"]}
    page.locator(".field__input").fill("20")
    page.keyboard.press("Enter")
    _asks(phone, "price")


def test_an_earlier_answer_comes_back_filled_in_when_it_is_corrected(asked_everything: tuple[Phone, EveryKind]) -> None:
    phone, conversation = asked_everything
    page = phone.page
    page.get_by_label("Plain").check()
    phone.press("next")
    page.locator(".field__input").fill("20")
    phone.press("next")
    _asks(phone, "price")
    page.locator(".bubble").filter(has_text="20 kg").get_by_role("button").click()
    expect(page.locator(".field__input")).to_have_value("20")
    page.locator(".field__input").fill("30")
    phone.press("next")
    _asks(phone, "price")
    phone.says("30 kg")
    assert conversation.values["quantity"] == "30"
