"""One browser for all browser tests of a session, and phones fresh for each test."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.acceptance.stack import Stack
from tests.browser.driving import LAUNCH, Desk, Phone, chromium, phone_of


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium; where there is none the tests are skipped, except where CI forbids that."""
    path = chromium()
    if path is None and os.environ.get("PARTNERLINE_REQUIRE_BROWSER") == "1":
        pytest.fail("no Chromium on the PATH, and PARTNERLINE_REQUIRE_BROWSER=1 forbids to skip its tests")
    if path is None:
        pytest.skip("no Chromium on the PATH (apt install chromium)")
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=LAUNCH)
        yield running
        running.close()


@pytest.fixture(scope="session")
def desk(browser: Browser, stack: Stack) -> Desk:  # noqa: ARG001 - without a browser no stack is started
    """The brand's side of the demo world."""
    return Desk(stack)


@pytest.fixture(scope="session")
def quiet_desk(browser: Browser, stack: Stack) -> Desk:  # noqa: ARG001 - without a browser no stack is started
    """The same with a supplier for whom other tests leave nothing to do: its list stays short."""
    return Desk(stack, which=1)


@pytest.fixture(scope="session")
def busy_desk(browser: Browser, stack: Stack) -> Desk:  # noqa: ARG001 - without a browser no stack is started
    """The same with a supplier whose list is filled beyond a page."""
    return Desk(stack, which=2)


@pytest.fixture
def phone(browser: Browser, stack: Stack) -> Iterator[Phone]:
    """A phone that speaks Chinese, nobody signed in."""
    with phone_of(browser, stack) as fresh:
        yield fresh


@pytest.fixture
def supplier_phone(phone: Phone, desk: Desk) -> Phone:
    """The same with the supplier's owner signed in."""
    phone.sign_in(desk.owner)
    return phone
