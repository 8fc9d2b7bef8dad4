"""Whatever is sent as a photo: the right verdict, in time, within memory; what is shown of it is only a picture.

Figures: `pytest -s tests/fire/test_bad_uploads.py`. The same files at the real door: `tests/api/test_bad_photos.py`.
"""

import contextlib
import os
import random
import re
import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from tests.acceptance.stack import ROOT
from tests.fire import pictures
from tests.fire.conftest import LONG, say
from tests.fire.pictures import ACCEPTED, Picture
from workflows.domain.evidence.imaging.child_process import ChildProcess
from workflows.domain.evidence.imaging.decoder import Decoder
from workflows.domain.evidence.imaging.inspection import CODES, Unreadable

MOST_SECONDS, MOST_MEGABYTES, LEAST_FILES = 3, 512, 60
MUTANTS = 20_000 if LONG else 2_000
_METADATA = re.compile(rb"Exif|xmpmeta|script|HUAWEI|ICC_PROFILE|Photoshop|<html|<\?php|PK\x03\x04|ftyp", re.I)
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class WatchedChild(ChildProcess):
    """A child whose largest memory is read before it goes."""

    megabytes = 0.0

    def end(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
            self.megabytes = max(self.megabytes, int(peak[1]) * 1024 / 1_000_000 if peak else 0.0)
        super().end()


@dataclass
class Watched:
    """A decoder whose children are watched: what each photo cost them."""

    folder: Path
    children: list[WatchedChild] = field(default_factory=list)
    worst: dict[str, float] = field(default_factory=lambda: {"seconds": 0.0, "megabytes": 0.0})

    def start(self) -> WatchedChild:
        self.children.append(WatchedChild())
        return self.children[-1]

    def verdict(self, decoder: Decoder, content: bytes) -> str:
        """What is said of these bytes."""
        source = self.folder / "photo"
        source.write_bytes(content)
        try:
            decoder.inspect(source, self.folder / "full", self.folder / "thumb")
        except Unreadable as verdict:
            said = verdict.code
        else:
            said = ACCEPTED
        assert said in (ACCEPTED, *CODES)
        assert [path.exists() for path in (self.folder / "full", self.folder / "thumb")] == [said == ACCEPTED] * 2
        assert sha256(source.read_bytes()).digest() == sha256(content).digest(), "the original was touched"
        return said


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    made = Watched(tmp_path_factory.mktemp("uploads"))
    yield made
    say(
        f"bad uploads: at most {made.worst['seconds']:.2f} s of processor time and {made.worst['megabytes']:.0f} MB each"
    )


def test_there_are_enough_of_them_and_no_two_of_one_name() -> None:
    names = [picture.name for picture in pictures.all_pictures()]
    assert len(set(names)) == len(names) >= LEAST_FILES


@linux_only
@pytest.mark.parametrize("picture", [pytest.param(picture, id=picture.name) for picture in pictures.all_pictures()])
def test_the_verdict_is_right_and_looking_was_cheap(picture: Picture, watched: Watched) -> None:
    """A child of its own for each, so that its peak is this photo's. Shown red by MOST_PIXELS ten times as high."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with Decoder(start=watched.start) as decoder:
        assert watched.verdict(decoder, picture.content) == picture.verdict
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    megabytes = max(child.megabytes for child in watched.children)
    watched.children.clear()
    watched.worst = {
        "seconds": max(seconds, watched.worst["seconds"]),
        "megabytes": max(megabytes, watched.worst["megabytes"]),
    }
    assert seconds <= MOST_SECONDS
    assert megabytes <= MOST_MEGABYTES
    if picture.verdict == ACCEPTED:
        for name, side in (("full", 2048), ("thumb", 320)):
            _is_only_a_picture(watched.folder / name, side)


def _is_only_a_picture(path: Path, side: int) -> None:
    content = path.read_bytes()
    with Image.open(path, formats=["JPEG"]) as shown:
        shown.load()
        assert max(shown.size) <= side
        assert not shown.getexif()
        assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not _METADATA.search(content[:4_000])
    assert content.endswith(b"\xff\xd9"), "something travels behind the picture"


@linux_only
def test_a_child_that_computes_for_ever_is_ended_by_the_system() -> None:
    code = "from workflows.domain.evidence.imaging import limits\nlimits.allow_one_photo()\nwhile True: pass"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=dict(os.environ), timeout=60)
    assert done.returncode == -signal.SIGXCPU


def test_mutated_photos_get_a_typed_verdict_and_crash_nobody(watched: Watched) -> None:
    """Shown red by catching only UnidentifiedImageError in child.py: children died one after the other."""
    chance = random.Random(4)  # noqa: S311 - the same mutants in every run
    small = pictures.scene().resize((96, 72))
    kinds: dict[str, dict[str, object]] = {
        "JPEG": {},
        "PNG": {},
        "WEBP": {},
        "HEIF": {},
        "MPO": {"save_all": True, "append_images": [small]},
    }
    whole = [pictures.saved(small, kind, **more) for kind, more in kinds.items()]
    whole.append(pictures.saved(small, "JPEG", progressive=True))
    started = len(watched.children)
    with Decoder(start=watched.start) as decoder:
        verdicts = Counter(watched.verdict(decoder, _mutated(chance, chance.choice(whole))) for _ in range(MUTANTS))
    children = len(watched.children) - started
    say(f"{MUTANTS} mutated photos: {dict(verdicts)}; {children} children")
    assert sum(verdicts.values()) == MUTANTS
    assert children <= 1 + MUTANTS // 500 + MUTANTS // 100, "children died of them"


def _mutated(chance: random.Random, content: bytes) -> bytes:
    """Bits turned, pieces cut out, doubled or overwritten, the end missing."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at, length = chance.randrange(len(changed)), chance.randrange(1, 64)
        match chance.randrange(5):
            case 0:
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                changed[at : at + length] = chance.randbytes(length)
            case 2:
                del changed[at : at + length]
            case 3:
                changed[at:at] = changed[at : at + length]
            case _:
                changed[at : at + 4] = chance.choice(
                    (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1")
                )
        if len(changed) < 16:
            break
    return bytes(changed)
