"""Each photo is looked at once, soon after its receipt: made into pictures for people, measured, searched for among all others.

Looking takes long and may call the store of another house, so it holds no transaction. What came of it is written at its end in
two short ones: first the prints, then the search and the verdict. A worker that dies in between leaves a photo that is looked at
again, with the same result; one that was looked at is left alone.
"""

import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog
from prometheus_client import Counter, Histogram

from config import blobs, clock, database
from notifications import jobs
from notifications.jobs import Handler
from workflows.domain.evidence import likeness, reuse
from workflows.domain.evidence.imaging import quality
from workflows.domain.evidence.imaging.decoder import decoder
from workflows.domain.evidence.imaging.inspection import Inspection, Unreadable
from workflows.domain.evidence.receiving import QUEUE, full_of, original_of, thumb_of
from workflows.domain.evidence.records import CHECKED, RECEIVED, UNREADABLE, EvidencePhoto
from workflows.domain.evidence.reuse import AtOnePlace

__all__ = ["QUEUE", "check_photo", "handler"]

AT_ONCE: Final = 3
"""How many a worker has in hand: one is decoded while others come from the store or go there."""

CHECKS = Counter("partnerline_photos_checked", "Photos looked at, by what came of it", ["outcome"])
SECONDS = Histogram(
    "partnerline_photo_check_seconds",
    "From taking a photo up until its verdict is written",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30),
)
_log = structlog.get_logger(__name__)


def handler(at_one_place: AtOnePlace) -> Handler:
    """What serves QUEUE in a worker."""
    return jobs.repeatable(partial(check_photo, at_one_place=at_one_place), AT_ONCE)


def check_photo(payload: Mapping[str, Any], at_one_place: AtOnePlace) -> None:
    """Look at the photo with the row id `payload["photo"]` and write what was found; nothing where that was done before.

    Raises what the store or the disk raises: the row is tried again later, and the photo stays as received.
    """
    started = time.perf_counter()
    with database.connection():
        photo: EvidencePhoto | None = EvidencePhoto.get_or_none(EvidencePhoto.id == payload["photo"])
    if photo is None or photo.state != RECEIVED:
        return
    seen = _looked_at(photo)
    with database.connection():
        if not is_signature(photo) and isinstance(seen, Inspection):
            with database.transaction():
                likeness.keep(photo.id, seen.prints)
        outcome = _concluded(photo.id, seen, at_one_place)
    CHECKS.labels(outcome).inc()
    SECONDS.observe(time.perf_counter() - started)


def is_signature(photo: EvidencePhoto) -> bool:
    """Is it a drawn signature, which need be no more than a picture?"""
    return bool(photo.measures.get("is_signature"))


def _looked_at(photo: EvidencePhoto) -> Inspection | str:
    """What the photo shows, its two pictures in the store; or why it cannot be read."""
    store = blobs.store()
    with tempfile.TemporaryDirectory(prefix="photo-") as folder, store.local(original_of(photo)) as source:
        full, thumb = Path(folder, "full.jpg"), Path(folder, "thumb.jpg")
        try:
            seen = decoder().inspect(source, full, thumb)
        except Unreadable as error:
            _log.info("photo_unreadable", photo=photo.key, reason=error.code)
            return error.code
        store.put(full_of(photo), full)
        store.put(thumb_of(photo), thumb)
    return seen


def _concluded(photo_id: int, seen: Inspection | str, at_one_place: AtOnePlace) -> str:
    """Write the verdict on a photo that nobody else has concluded on meanwhile; what came of it, in a word."""
    with database.transaction():
        known = EvidencePhoto.select().where(EvidencePhoto.id == photo_id)
        photo: EvidencePhoto | None = known.first()
        if photo is None:
            return "gone"
        database.serialise("photo-bytes", photo.sha256)
        photo = database.locked(known.where(EvidencePhoto.state == RECEIVED)).first()
        if photo is None:
            return "again"
        change = _verdict(photo, seen, at_one_place)
        EvidencePhoto.update(checked_at=clock.now(), **change).where(EvidencePhoto.id == photo_id).execute()
    if change["state"] == UNREADABLE:
        return "unreadable"
    return "remarked" if change["findings"] else "fine"


def _verdict(photo: EvidencePhoto, seen: Inspection | str, at_one_place: AtOnePlace) -> dict[str, Any]:
    if isinstance(seen, str):
        unreadable = {"code": "unreadable", "facts": {"why": seen}}
        return {"state": UNREADABLE, "findings": [unreadable, *reuse.same_bytes(photo)]}
    return {
        "state": CHECKED,
        "width": seen.width,
        "height": seen.height,
        "measures": {**photo.measures, **_measures(seen)},
        "findings": [] if is_signature(photo) else _findings(photo, seen, at_one_place),
    }


def _findings(photo: EvidencePhoto, seen: Inspection, at_one_place: AtOnePlace) -> list[dict[str, Any]]:
    wanted = photo.measures.get("min_pixels") or quality.LEAST_PIXELS
    faults = [{"code": code, "facts": {}} for code in quality.faults(seen, wanted)]
    return [*faults, *reuse.same_bytes(photo), *reuse.same_look(photo, seen.prints, at_one_place)]


def _measures(seen: Inspection) -> dict[str, Any]:
    """What was measured and what the camera wrote, but for the prints, which have a table of their own."""
    known = seen.to_json()
    told = {name: known[name] for name in ("taken_at", "make", "model", "software") if known[name]}
    figures = ("sharpness", "brightness", "contrast", "screen_likeness")
    return {**{name: known[name] for name in figures}, **told}
