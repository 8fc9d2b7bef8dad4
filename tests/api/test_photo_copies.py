"""A copy of the photos beside the backups: each copied once, compared with what came, and brought back when it is lost."""

from pathlib import Path
from typing import Any

import pytest

from config import blobs, clock
from tests import make, photos
from tests.api.conftest import World
from workflows.domain.evidence import receiving
from workflows.domain.evidence.records import EvidencePhoto


@pytest.fixture
def copies(world: World, tmp_path: Path) -> "Copies":
    """Three photos with their pictures, and a folder for their copy."""
    actor = make.actor_for(world.owner, world.supplier)
    talk = photos.conversation(actor)
    return Copies(world, tmp_path / "copy", [photos.received(actor, talk) for _ in range(3)])


class Copies:
    """The copy, and the command that keeps it."""

    def __init__(self, world: World, folder: Path, kept: list[EvidencePhoto]) -> None:
        self.world, self.folder, self.photos = world, folder, kept
        self.store = blobs.opened(f"file:{folder}")

    def run(self, *words: str) -> Any:
        """Run `photos copy`."""
        return self.world.app.test_cli_runner().invoke(args=["photos", "copy", *words])

    def names(self) -> list[str]:
        return [one.name for one in self.store.names()]


def test_each_photo_is_copied_once(copies: Copies) -> None:
    first = copies.run("--to", str(copies.folder))
    assert (first.exit_code, first.output.strip()) == (0, "copied: 9, there already: 0, not to be had: 0")
    assert copies.names() == [one.name for one in blobs.store().names()]
    again = copies.run("--to", str(copies.folder))
    assert again.output.strip() == "copied: 0, there already: 9, not to be had: 0"


def test_a_store_that_is_gone_is_brought_back_whole(copies: Copies, tmp_path: Path) -> None:
    copies.run("--to", str(copies.folder))
    blobs.configure(f"file:{tmp_path / 'new'}")
    brought = copies.run("--from", str(copies.folder))
    assert (brought.exit_code, brought.output.strip()) == (0, "copied: 9, there already: 0, not to be had: 0")
    with clock.travelled(seconds=1):
        assert copies.world.app.test_cli_runner().invoke(args=["photos", "verify"]).exit_code == 0


def test_bytes_that_are_not_those_received_are_never_copied(copies: Copies, tmp_path: Path) -> None:
    """Shown red by copying without the comparison."""
    (tmp_path / "other").write_bytes(b"another picture")
    changed, gone = copies.photos[:2]
    blobs.store().put(receiving.original_of(changed), tmp_path / "other")
    blobs.store().delete(receiving.original_of(gone))
    copied = copies.run("--to", str(copies.folder))
    assert copied.exit_code == 1
    assert f"its bytes are not those that were received: {changed.key}" in copied.output
    assert f"its bytes are gone: {gone.key}" in copied.output
    assert receiving.original_of(changed) not in copies.names()


def test_what_no_photo_needs_any_more_goes_only_when_asked(copies: Copies) -> None:
    copies.run("--to", str(copies.folder))
    EvidencePhoto.delete().where(EvidencePhoto.id == copies.photos[0].id).execute()
    with clock.travelled(days=2):
        copies.run("--to", str(copies.folder))
        assert len(copies.names()) == 9
        pruned = copies.run("--to", str(copies.folder), "--prune")
    assert "deleted from the copy: 3" in pruned.output
    assert len(copies.names()) == 6


@pytest.mark.parametrize("words", [(), ("--to", "a", "--from", "."), ("--from", ".", "--prune")])
def test_it_says_what_it_needs(copies: Copies, words: tuple[str, ...]) -> None:
    assert copies.run(*words).exit_code == 2
