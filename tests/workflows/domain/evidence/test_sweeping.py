"""Bytes without a photo go when they are a day old; a photo without its bytes is found and stays."""

import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from api import photo_work, work
from config import blobs, clock
from config.settings import Settings
from notifications import jobs
from notifications.outbox import OutboxRow
from tests import make, photos
from workflows.domain.access import Actor
from workflows.domain.evidence import receiving, sweeping
from workflows.domain.evidence.records import EvidencePhoto


@pytest.fixture
def actor(db: None, tmp_path: Path) -> Actor:  # noqa: ARG001 - the tables first
    """A field person, and a folder for their photos."""
    blobs.configure(f"file:{tmp_path / 'photos'}")
    store = make.partner(make.brand(), "store")
    return make.actor_for(make.person(store, "field"), store)


@pytest.fixture
def received(actor: Actor) -> list[EvidencePhoto]:
    """Three photos with their pictures."""
    talk = photos.conversation(actor)
    return [photos.received(actor, talk) for _ in range(3)]


def left_behind(name: str, tmp_path: Path, hours: float) -> str:
    """Bytes that some killed process left so many hours ago."""
    path = tmp_path / "photos" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half a photo")
    then = time.time() - hours * 3600
    os.utime(path, (then, then))
    return name


def names() -> set[str]:
    return {one.name for one in blobs.store().names()}


@pytest.fixture(params=[1, 2, 5, 1000])
def slices(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk in slices of several sizes: where one ends must not matter."""
    monkeypatch.setattr(sweeping, "AT_ONCE", request.param)


@pytest.mark.usefixtures("slices")
class TestTheWalk:
    def test_nothing_of_a_photo_is_an_orphan(self, received: list[EvidencePhoto]) -> None:
        before = names()
        with clock.travelled(days=400):
            found = list(sweeping.walk(deletes=True))
        assert [one.orphans + one.missing for one in found] == [[]] * len(found)
        assert names() == before
        assert len(before) == 3 * len(received)

    def test_bytes_without_a_photo_go_when_they_are_a_day_old(
        self, received: list[EvidencePhoto], tmp_path: Path
    ) -> None:
        """Shown red by LEFT_BEHIND = timedelta(0): an upload on its way is taken for one that was left."""
        old = [left_behind(name, tmp_path, 25) for name in ("arriving/upload-1", "full/img_A.jpg", "original/img_Z")]
        young = [left_behind(name, tmp_path, 23) for name in ("arriving/upload-2", "original/img_0", "thumb/img_A.jpg")]
        found = [name for one in sweeping.walk(deletes=True) for name in one.orphans]
        assert sorted(found) == sorted(old)
        assert set(young) <= names()
        assert not set(old) & names()
        assert len(names()) == 3 * len(received) + len(young)

    @pytest.mark.usefixtures("actor")
    def test_verifying_deletes_nothing(self, tmp_path: Path) -> None:
        name = left_behind("original/img_Z", tmp_path, 25)
        assert [one.orphans for one in sweeping.walk() if one.orphans] == [[name]]
        assert names() == {name}

    @pytest.mark.parametrize("which", [0, 1, 2])
    def test_a_photo_without_its_bytes_is_found_and_stays(self, received: list[EvidencePhoto], which: int) -> None:
        gone = sorted(received, key=lambda photo: photo.key)[which]
        blobs.store().delete(receiving.original_of(gone))
        with clock.travelled(seconds=1):
            assert [key for one in sweeping.walk(deletes=True) for key in one.missing] == [gone.key]
        assert EvidencePhoto.select().count() == 3

    def test_a_store_that_is_empty_lacks_them_all(self, received: list[EvidencePhoto], tmp_path: Path) -> None:
        blobs.configure(f"file:{tmp_path / 'elsewhere'}")
        with clock.travelled(seconds=1):
            missing = [key for one in sweeping.walk() for key in one.missing]
        assert sorted(missing) == sorted(photo.key for photo in received)


def test_a_photo_that_arrives_during_the_walk_is_not_missed(received: list[EvidencePhoto]) -> None:
    blobs.store().delete(receiving.original_of(received[0]))
    EvidencePhoto.update(recorded_at=clock.now() + timedelta(minutes=1)).execute()
    assert [one.missing for one in sweeping.walk()] == [[]]


class TestByNight:
    def test_it_is_done_every_night_slice_by_slice(
        self, received: list[EvidencePhoto], tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sweeping, "AT_ONCE", 4)
        left_behind("original/img_Z", tmp_path, 25)
        blobs.store().delete(receiving.original_of(received[0]))
        photo_work.schedule()
        photo_work.schedule()
        assert nights() == 1
        before = counted()
        with clock.travelled(days=2):
            jobs.drain_due(photo_work.handlers(), threading.Event())
        assert [now - then for now, then in zip(counted(), before, strict=True)] == [1, 1]
        assert "original/img_Z" not in names()
        assert nights() == 2
        assert OutboxRow.select().where(OutboxRow.state == "due").count() >= 1
        assert set(photo_work.handlers()) <= set(work.handlers(settings))


def nights() -> int:
    return int(OutboxRow.select().where(OutboxRow.queue == f"internal:{photo_work.NIGHT}").count())


def counted() -> list[float]:
    figures = ("partnerline_photos_missing_total", "partnerline_photos_orphaned_total")
    return [REGISTRY.get_sample_value(name) or 0 for name in figures]
