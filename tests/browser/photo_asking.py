"""A phone that is asked for photos: how a test opens the camera and takes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Locator, expect

from config.text import Text
from tests.browser.driving import Desk, Phone, phone_of
from tests.browser.every_kind import EveryKind
from tests.browser.photo_line import PhotoLine
from workflows.engine.flow import Step

HERE = {"latitude": 31.2304, "longitude": 121.4737, "accuracy": 35}


def step(key: str, kind: str, zh: str, **constraints: Any) -> Step:
    """A step with this question."""
    return Step(key, kind, Text(en=f"{key}?", zh=zh), constraints)


@contextmanager
def asked(
    browser: Browser, desk: Desk, *steps: Step, language: str = "zh", script: str = "", **options: Any
) -> Iterator[tuple[Phone, EveryKind, PhotoLine]]:
    """A phone on which a conversation of these steps is open."""
    options = {"geolocation": HERE, "permissions": ["geolocation"], **options}
    with phone_of(browser, desk.stack, language=language, **options) as phone:
        if script:
            phone.page.add_init_script(script)
        phone.open()
        phone.press("中文" if language == "zh" else "English")
        phone.page.get_by_role("button", name=desk.owner["name"]).click()
        expect(phone.page.locator(".whom")).to_be_visible()
        line = PhotoLine(phone.page)
        conversation = EveryKind(phone.page, language, steps)
        phone.open_task("tsk_photos")
        yield phone, conversation, line


def open_camera(phone: Phone) -> None:
    """The camera shows a live picture."""
    phone.page.locator(".shots__ways button").click()
    expect(phone.page.locator(".camera__shutter")).to_be_enabled()


def shoot(phone: Phone) -> Locator:
    """Press the shutter; what the phone says of the photo."""
    phone.page.locator(".camera__shutter").click()
    verdict = phone.page.locator(".camera__verdict")
    expect(verdict).to_be_visible()
    return verdict


def take(phone: Phone) -> None:
    """One photo, kept whatever the phone says of it; the camera is closed again."""
    open_camera(phone)
    shoot(phone).get_by_role("button").last.click()
    expect(phone.page.locator(".camera__verdict")).to_have_count(0)
    close = phone.page.locator(".camera__way").first
    if close.is_visible():
        close.click()
    expect(phone.page.locator(".camera")).to_have_count(0)
