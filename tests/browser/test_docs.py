"""The description of the API, as a person opens it."""

import pytest
from playwright.sync_api import Browser, expect

from tests.acceptance.stack import Stack

pytestmark = pytest.mark.browser


def test_the_description_shows_the_operations_and_the_browser_complains_of_nothing(
    browser: Browser, stack: Stack
) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", lambda got: complaints.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    page.goto(f"{stack.url}/docs")
    expect(page.locator(".opblock").first).to_be_visible()
    operations = page.request.get(f"{stack.url}/openapi.json").json()["paths"].values()
    methods = sum(method in one for one in operations for method in ("get", "put", "post", "delete", "patch"))
    expect(page.locator(".opblock")).to_have_count(methods)
    page.wait_for_load_state("networkidle")
    page.close()
    assert complaints == []
