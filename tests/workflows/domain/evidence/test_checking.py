"""A photo that was received is looked at once: pictures for people, figures, what is odd; whoever dies or asks twice."""

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter, ImageOps
from prometheus_client import REGISTRY

from config import blobs, database
from notifications import jobs, outbox
from notifications.outbox import OutboxRow
from tests import claims, scenes
from tests.claims import Campaign
from tests.notifications.make import row_of
from tests.waiting import until
from workflows.domain.claims import routes
from workflows.domain.claims.records import Claim
from workflows.domain.evidence import checking
from workflows.domain.evidence.checking import QUEUE, check_photo
from workflows.domain.evidence.likeness import PhotoPrint
from workflows.domain.evidence.receiving import full_of, original_of, thumb_of
from workflows.domain.evidence.records import CHECKED, RECEIVED, UNREADABLE, EvidencePhoto

pytestmark = pytest.mark.usefixtures("db", "store")


def jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    written = BytesIO()
    picture.save(written, "JPEG", quality=quality)
    return written.getvalue()


def received(claim: Claim, content: bytes, tmp_path: Path, **facts: Any) -> EvidencePhoto:
    """A photo as it is once its receipt was given: bytes in the store, nothing known of them, its check asked for."""
    sha256 = hashlib.sha256(content).hexdigest()
    nothing = {"state": RECEIVED, "checked_at": None, "width": None, "height": None}
    photo = claims.photo(claim, **{**nothing, "sha256": sha256, "size_bytes": len(content), **facts})
    path = tmp_path / photo.key
    path.write_bytes(content)
    blobs.store().put(original_of(photo), path)
    with database.transaction():
        outbox.publish_internal(QUEUE, {"photo": photo.id}, f"{QUEUE}:{photo.id}")
    return photo


def check(photo: EvidencePhoto) -> EvidencePhoto:
    check_photo({"photo": photo.id}, routes.at_one_place)
    return EvidencePhoto.get_by_id(photo.id)


def codes(photo: EvidencePhoto) -> list[str]:
    return [found["code"] for found in EvidencePhoto.get_by_id(photo.id).findings]


def drain() -> int:
    """What a worker does with what is due."""
    return jobs.drain_due({f"internal:{QUEUE}": checking.handler(routes.at_one_place)}, threading.Event())


def shelf(number: int = 1) -> Image.Image:
    return scenes.shelf(store=number, number=1)


def test_a_photo_becomes_two_pictures_and_some_figures(campaign: Campaign, tmp_path: Path) -> None:
    photo = check(received(campaign.claim(), jpeg(shelf()), tmp_path))
    assert (photo.state, photo.width, photo.height, photo.findings) == (CHECKED, 1200, 900, [])
    assert photo.checked_at is not None
    assert {"sharpness", "brightness", "contrast", "screen_likeness"} <= set(photo.measures)
    assert "prints" not in photo.measures
    for name, longest in ((full_of(photo), 1200), (thumb_of(photo), 320)):
        with blobs.store().open(name) as file, Image.open(file) as picture:
            assert max(picture.size) == longest


def test_what_is_no_picture_says_so_and_has_none(campaign: Campaign, tmp_path: Path) -> None:
    photo = check(received(campaign.claim(), b"\xff\xd8\xff\xe0 but no more", tmp_path))
    assert (photo.state, [found["code"] for found in photo.findings]) == (UNREADABLE, ["unreadable"])
    assert not blobs.store().exists(full_of(photo))


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda picture: picture.filter(ImageFilter.GaussianBlur(12)), "blurred"),
        (lambda picture: picture.point(lambda value: value // 12), "dark"),
        (lambda picture: picture.resize((400, 300)), "too_small"),
    ],
)
def test_a_poor_photo_is_told_apart_at_once(
    campaign: Campaign, tmp_path: Path, spoil: Callable[[Image.Image], Image.Image], code: str
) -> None:
    photo = received(campaign.claim(), jpeg(spoil(shelf())), tmp_path)
    assert drain() == 1
    assert codes(photo) == [code]


@pytest.mark.parametrize(
    "disguise",
    [
        lambda picture: jpeg(picture, quality=30),
        lambda picture: jpeg(ImageOps.mirror(picture)),
        lambda picture: jpeg(picture.resize((800, 600))),
        lambda picture: jpeg(picture.crop((60, 45, 1140, 855))),
        lambda picture: jpeg(picture.point(lambda value: min(255, value * 13 // 10))),
    ],
    ids=["saved again", "mirrored", "made smaller", "cut by five per cent", "made brighter"],
)
def test_a_picture_from_another_store_is_known_again(
    campaign: Campaign, tmp_path: Path, disguise: Callable[[Image.Image], bytes]
) -> None:
    first = check(received(campaign.claim(), jpeg(shelf()), tmp_path))
    again = check(received(campaign.claim(), disguise(shelf()), tmp_path))
    assert again.findings == [{"code": "seen_before", "facts": {"photo": first.key, "same_brand": True}}]
    assert check(received(campaign.claim(), jpeg(shelf(2)), tmp_path)).findings == []


def test_a_shot_may_want_more_pixels_than_others(campaign: Campaign, tmp_path: Path) -> None:
    wanted = {"min_pixels": 1200 * 900 + 1}
    photo = check(received(campaign.claim(), jpeg(shelf()), tmp_path, measures=wanted))
    assert codes(photo) == ["too_small"]


def test_a_drawn_signature_need_only_be_a_picture(campaign: Campaign, tmp_path: Path) -> None:
    drawn = Image.new("RGB", (400, 200), "white")
    for _ in range(2):
        photo = check(received(campaign.claim(), jpeg(drawn), tmp_path, measures={"is_signature": True}))
        assert (photo.state, photo.findings) == (CHECKED, [])
    assert PhotoPrint.select().count() == 0


def test_a_photo_is_looked_at_once_however_often_its_row_comes(campaign: Campaign, tmp_path: Path) -> None:
    first = check(received(campaign.claim(), jpeg(shelf()), tmp_path))
    copy = check(received(campaign.claim(), jpeg(shelf()), tmp_path))
    before = (first.checked_at, copy.findings, PhotoPrint.select().count())
    assert drain() == 2
    assert (check(first).checked_at, check(copy).findings, PhotoPrint.select().count()) == before


def test_bytes_that_are_away_wait_and_are_looked_at_later(campaign: Campaign, tmp_path: Path) -> None:
    photo = received(campaign.claim(), jpeg(shelf()), tmp_path)
    with blobs.store().local(original_of(photo)) as path:
        content = path.read_bytes()
    blobs.store().delete(original_of(photo))
    drain()
    assert row_of(f"{QUEUE}:{photo.id}").state == "due"
    assert EvidencePhoto.get_by_id(photo.id).state == RECEIVED
    back = tmp_path / "back"
    back.write_bytes(content)
    blobs.store().put(original_of(photo), back)
    OutboxRow.update(available_at=OutboxRow.created_at).execute()
    drain()
    assert EvidencePhoto.get_by_id(photo.id).state == CHECKED


def test_a_photo_that_was_forgotten_meanwhile_is_nobodys_trouble(campaign: Campaign, tmp_path: Path) -> None:
    photo = received(campaign.claim(), jpeg(shelf()), tmp_path)
    photo.delete_instance()
    assert drain() == 1
    assert row_of(f"{QUEUE}:{photo.id}").state == "sent"


@pytest.mark.parametrize("is_exact", [True, False], ids=["the same bytes", "the same look"])
def test_of_two_that_race_in_two_workers_one_sees_the_other(campaign: Campaign, tmp_path: Path, is_exact: bool) -> None:
    """Shown red by a check that searches before it has stored its own prints."""
    for turn in range(3):
        picture = shelf(10 + turn)
        contents = [jpeg(picture), jpeg(picture) if is_exact else jpeg(picture, quality=60)]
        pair = [received(campaign.claim(), content, tmp_path) for content in contents]
        with ThreadPoolExecutor(2) as pool:
            with database.transaction():  # both stand here, decoded, and go on at once
                for photo in pair:
                    database.serialise("photo-bytes", photo.sha256)
                at_work = [pool.submit(check_photo, {"photo": photo.id}, routes.at_one_place) for photo in pair]
                until(lambda pair=pair: all(blobs.store().exists(thumb_of(photo)) for photo in pair))
            for one in at_work:
                one.result()
        found = [codes(photo) for photo in pair]
        if is_exact:
            assert found == [[], ["seen_before_exactly"]]
        else:
            assert ["seen_before"] in found


def test_what_came_of_photos_is_counted(campaign: Campaign, tmp_path: Path) -> None:
    def count(outcome: str) -> float:
        return REGISTRY.get_sample_value("partnerline_photos_checked_total", {"outcome": outcome}) or 0

    before = {outcome: count(outcome) for outcome in ("fine", "remarked", "unreadable")}
    for content in (jpeg(shelf()), jpeg(shelf()), b"\xff\xd8\xff\xe0"):
        check(received(campaign.claim(), content, tmp_path))
    assert {outcome: count(outcome) - before[outcome] for outcome in before} == {
        "fine": 1,
        "remarked": 1,
        "unreadable": 1,
    }
