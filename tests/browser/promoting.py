"""A promotion as a brand asks for it, and its photos taken with a camera that sees what the test holds before it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from PIL import Image
from playwright.sync_api import Browser, expect

from tests.acceptance.stack import Stack, eventually
from tests.browser.driving import LAUNCH, Phone, chromium, day_in, phone_of
from tests.pictures import jpeg

STORE_PLACE = {"latitude": "31.313800", "longitude": "120.632600", "system": "wgs84"}
AT_THE_STORE = {"latitude": 31.3139, "longitude": 120.6327, "accuracy": 15}
SHOTS = {"front": "门头", "shelf": "货架全景", "stack": "堆头", "price": "价格牌"}
_CHECKED_IN_S = 60


class Scene:
    """What stands before the camera: Chromium's fake camera plays this file, and reads it again whenever it is opened."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "scene.mjpeg"

    def shows(self, picture: Image.Image) -> None:
        """From the next time the camera is opened it sees this."""
        following = self.path.with_suffix(".next")
        following.write_bytes(jpeg(picture, 92) * 2)
        following.replace(self.path)


@contextmanager
def camera_browser(browser: Browser, scene: Scene) -> Iterator[Browser]:
    """A browser of its own whose camera sees the scene."""
    camera = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={scene.path}",
    ]
    running = browser.browser_type.launch(executable_path=chromium(), args=[*LAUNCH, *camera])
    try:
        yield running
    finally:
        running.close()


class Campaign:
    """One promotion at the brand's desk: asked for, its claims and what they pay."""

    def __init__(self, stack: Stack, stores: Sequence[str], shots: Sequence[str], **changes: Any) -> None:
        self.stack, self.ref = stack, f"P-{uuid4().hex[:8]}"
        answer = stack.brand("PUT", f"promotions/{self.ref}", json={**document(stores, shots), **changes})
        assert answer.status_code == 201, answer.text

    def claims(self) -> list[dict[str, Any]]:
        """Its claims as the brand lists them."""
        rows: list[dict[str, Any]] = self.stack.brand("GET", "claims", params={"promotion": self.ref}).json()["items"]
        return rows

    def parts(self, state: str) -> list[str]:
        """The partners whose answer to it is this."""
        answer = self.stack.brand("GET", f"promotions/{self.ref}/participants", params={"state": state}).json()
        return [row["partner"] for row in answer["items"]]

    def claim(self, store: str) -> dict[str, Any]:
        """The whole claim of one store."""
        found = next(row["id"] for row in self.claims() if row["store"] == store)
        whole: dict[str, Any] = self.stack.brand("GET", f"claims/{found}").json()
        return whole

    def task(self, person: Mapping[str, str], flow: str, store: str, acting_for: str = "") -> str:
        """The person's open task of a flow about one store's claim, as its notification names it."""
        about = self.claim(store)["id"]
        caller = self.stack.sign_in(person, device=f"dev_{uuid4().hex}")
        if acting_for:
            caller.call("PUT", "sessions/current", json={"acting_for": place_of(caller.session, acting_for)})

        def look() -> str | None:
            tasks = caller.call("GET", "inbox").json()["tasks"]
            return next(
                (str(task["id"]) for task in tasks if task["flow"] == flow and task["subject"]["id"] == about), None
            )

        found = eventually(look, timeout_s=_CHECKED_IN_S)
        assert found
        return found

    def becomes(self, store: str, state: str) -> dict[str, Any]:
        """Wait until one store's claim is in a state; gives it."""

        def look() -> dict[str, Any] | None:
            claim = self.claim(store)
            return claim if claim["state"] == state else None

        found = eventually(look, timeout_s=_CHECKED_IN_S)
        assert found
        return found


def place_of(session: Mapping[str, Any], name: str) -> str:
    """The organisation of a person's memberships whose name holds `name`."""
    return next(str(one["organisation"]["id"]) for one in session["memberships"] if name in one["organisation"]["name"])


def document(stores: Sequence[str], shots: Sequence[str]) -> dict[str, Any]:
    """A promotion at these stores that pays 200 for each, decided by two above 100."""
    due = (datetime.now(UTC) + timedelta(days=15)).isoformat(timespec="seconds")
    return {
        "title": {"zh": "新年堆头陈列", "en": "New Year display"},
        "policy": {"zh": "活动期间商品陈列在货架中层，价格牌清楚可见。", "en": "Goods on the middle shelf, price tags in sight."},
        "starts_on": day_in(-1),
        "ends_on": day_in(20),
        "due_at": due,
        "participants": [{"partner": ref, "place": STORE_PLACE} for ref in stores],
        "shots": [{"key": key, "text": {"zh": SHOTS[key], "en": key.title()}, "min": 1, "max": 1} for key in shots],
        "facts": [],
        "pays": {"kind": "per_store", "amount": "200.00", "currency": "CNY"},
        "budget": {"per_partner": "1000.00"},
        "radius_m": 200,
        "second_reviewer_above": {"amount": "100.00", "currency": "CNY"},
        "audit_percent": 100,
    }  # fmt: skip


class Prover:
    """A field person at a store: the phone, its camera and what stands before it."""

    def __init__(self, phone: Phone, scene: Scene) -> None:
        self.phone, self.page, self.scene = phone, phone.page, scene

    def acts_for(self, name: str) -> None:
        """Change to another organisation of theirs."""
        self.phone.open("#/me")
        self.page.get_by_role("button", name=re.compile(name)).click()
        expect(self.page.locator(".who")).to_contain_text(name)

    def allows_place(self) -> None:
        """Let the place be noted, look where one is, and send it."""
        self.asks("位置")
        self.phone.press("同意")
        self.asks("现场")
        self.phone.press("获取当前位置")
        self.phone.press("发送这个位置")

    def asks(self, text: str) -> None:
        """Wait for a question."""
        expect(self.phone.asked).to_contain_text(text)

    @property
    def code(self) -> str:
        """The code to be written on paper, as the phone shows it."""
        signs = self.page.locator(".code__signs").first
        expect(signs).to_be_visible()
        return signs.inner_text()

    def takes(self, picture: Image.Image, button: str = "拍照", keep: str = "用这张") -> None:
        """Open the camera before a scene, press the shutter, and keep what came."""
        self.opens_camera(picture, button)
        self.page.get_by_role("button", name=keep, exact=True).click()
        expect(self.page.locator(".camera")).to_have_count(0)

    def opens_camera(self, picture: Image.Image, button: str = "拍照") -> None:
        """Open the camera before a scene and press the shutter."""
        self.scene.shows(picture)
        self.page.get_by_role("button", name=button).last.click()
        expect(self.page.locator(".camera__shutter")).to_be_enabled()
        self.page.locator(".camera__shutter").click()

    def proves(self, shot: str, picture: Image.Image) -> None:
        """One wanted shot, taken well."""
        self.asks(SHOTS[shot])
        self.takes(picture)
        self.phone.press("next")

    def sends(self) -> None:
        """Hand the proof in; a verdict on a photo that came while one looked is read before it is sent again."""
        self.asks("确认提交")
        self.phone.press("提交")
        ended, changed = self.page.locator(".ending_done"), self.page.locator(".remark_no")
        expect(ended.or_(changed)).to_be_visible()
        if changed.is_visible():
            self.phone.press("提交")
        self.phone.ends("done")


@contextmanager
def prover(browser: Browser, stack: Stack, scene: Scene, person: Mapping[str, str]) -> Iterator[Prover]:
    """A field person with a camera, standing at the store, signed in."""
    allowed = {"permissions": ["camera", "geolocation"], "geolocation": AT_THE_STORE}
    with camera_browser(browser, scene) as own, phone_of(own, stack, **allowed) as phone:
        phone.sign_in(person)
        yield Prover(phone, scene)
