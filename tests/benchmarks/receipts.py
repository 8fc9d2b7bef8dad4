"""Receipts for photos of 3 MB a second, four phones at once, against Flask that saves the same form's file and syncs it."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import photos
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Ground, Plan
from tests.benchmarks.wire import Wire

LEAST_RATIO = 0.5
_PHONES = 4
_SIZE_BYTES = 3_000_000


def measured(ground: Ground, plan: Plan) -> list[Figure]:
    """Both sides in turns, so many photos each; what they kept is taken away in between."""
    phones = [ground.phone() for _ in range(_PHONES)]
    callers = [ground.bare() for _ in range(_PHONES)]
    ours, limit = [], []
    for _ in range(plan.upload_rounds + 1):
        limit.append(_rate(callers, plan.uploads, lambda name: f"/photos/{name}", ground.world.proof))
        ours.append(_rate(phones, plan.uploads, lambda name: f"/api/v1/phone/photos/{name}", ground.world.proof))
        _tidy(ground.store.folder)
    first = 1 if plan.upload_rounds > 1 else 0
    kept, bare = statistics.median(ours[first:]), statistics.median(limit[first:])
    work = "receipts for photos of 3 MB / Flask that saves and syncs the file"
    return [
        Figure(work, ground.store.name, f"{kept:.0f}/s", f"{bare:.0f}/s", kept / bare, " ×", LEAST_RATIO, is_least=True)
    ]


def _rate(wires: list[Wire], count: int, address: Callable[[str], str], proof: str) -> float:
    """Photos a second; making them is not counted."""
    sent = [_form(proof) for _ in range(count)]
    shares = [sent[at :: len(wires)] for at in range(len(wires))]

    def bring(wire: Wire, share: list[tuple[str, bytes, str]]) -> None:
        for name, body, kind in share:
            wire.call("PUT", address(name), body, wanted=201, Content_Type=kind)

    started = time.perf_counter()
    with ThreadPoolExecutor(len(wires)) as pool:
        for done in [pool.submit(bring, *one) for one in zip(wires, shares, strict=True)]:
            done.result()
    return count / (time.perf_counter() - started)


def _form(proof: str) -> tuple[str, bytes, str]:
    body = photos.picture(_SIZE_BYTES)
    sent, kind = photos.multipart(photos.form(proof, body), body)
    return photos.photo_id(), sent, kind


def _tidy(folder: Path) -> None:
    for place in (folder / "photos" / "original", folder / "bare-photos"):
        for path in place.iterdir() if place.is_dir() else ():
            path.unlink()
