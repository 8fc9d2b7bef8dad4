"""What looking at a 12-megapixel photo costs: the product's decode child against Pillow alone in one as warm."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from tests import scenes
from tests.acceptance.stack import ROOT
from tests.benchmarks.figures import Figure, ratio
from tests.benchmarks.ground import Plan
from tests.benchmarks.measuring import Timing
from workflows.domain.evidence.imaging.child_process import ChildProcess
from workflows.domain.evidence.imaging.decoder import Decoder

MOST, WARM_UP = 1.5, 3
_BARE = "tests.benchmarks.bare_looking"
_GRAIN = 0.11  # so that the file has the 3 MB of a phone's photo


def measured(folder: Path, plan: Plan) -> list[Figure]:
    """Processor time, both sides' parent and child together; taking turns."""
    if sys.platform != "linux":
        return []
    photo = folder / "photo.jpg"
    _photo().save(photo, quality=86)
    children: list[ChildProcess] = []

    def start() -> ChildProcess:
        children.append(ChildProcess())
        return children[-1]

    with Decoder(start=start) as decoder, _bare() as bare:
        ours: Callable[[], object] = lambda: decoder.inspect(photo, folder / "full.jpg", folder / "thumb.jpg")  # noqa: E731
        ours()
        found = [
            (_worked(ours, children[0].pid), *(_worked(ask, bare.pid) for ask in _asks(bare, photo, folder)))
            for _ in range(plan.photo_rounds + WARM_UP)
        ][WARM_UP:]
    product, same_size, thumbnail_alone = (Timing(tuple(taken), tuple(taken)) for taken in zip(*found, strict=True))
    work = (
        f"a photo of 12 megapixels and {photo.stat().st_size / 1_000_000:.1f} MB looked at: processor time / Pillow's"
    )
    return [
        ratio(f"{work} draft decode, thumbnail and prints", "", product, same_size, MOST),
        ratio(
            f"{work} draft decode no larger than the thumbnail needs, thumbnail and prints",
            "",
            product,
            thumbnail_alone,
            None,
        ),
    ]


def _photo() -> Image.Image:
    scene = scenes.shelf(3, 1, size=(4000, 3000))
    points = bytes(at * at * 31 % 257 % 256 for at in range(1_000_003))
    grain = Image.frombytes("L", (4000, 3000), (points * 12)[:12_000_000]).convert("RGB")
    return Image.blend(scene, grain, _GRAIN)


@contextmanager
def _bare() -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", _BARE]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin
        process.stdin.close()


def _asks(bare: "subprocess.Popen[str]", photo: Path, folder: Path) -> list[Callable[[], object]]:
    """At the size of the full derivative, and at the smallest that gives the thumbnail."""

    def asking(side: int) -> Callable[[], object]:
        def ask() -> object:
            assert bare.stdin
            assert bare.stdout
            bare.stdin.write(json.dumps([str(photo), str(folder / "bare.jpg"), side]) + "\n")
            bare.stdin.flush()
            return json.loads(bare.stdout.readline())

        return ask

    return [asking(2000), asking(320)]


def _worked(ask: Callable[[], object], child: int) -> float:
    """Seconds of processor time that this thread and the child worked for it."""
    before, own = _nanoseconds(child), time.thread_time()
    ask()
    return (_nanoseconds(child) - before) / 1e9 + time.thread_time() - own


def _nanoseconds(child: int) -> int:
    return int(Path(f"/proc/{child}/schedstat").read_text().split()[0])
