"""Photos and proofs are checked by workers that die: each is looked at, weighed and paid for once, and soon.

kill -9 hits the worker while photos are decoded and claims are weighed; what it held comes again when its lease ends (here at
once). Short form on SQLite; LONG=1: more of everything on both stores, and the time to a verdict is held to its limit.
"""

import hashlib
import random
import secrets
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest

from config import blobs, clock, database
from notifications import outbox, wake
from notifications.outbox import OutboxRow
from tests import scenes
from tests.acceptance.stack import eventually
from tests.claims import Campaign
from tests.fire.conftest import LONG, say, short_on
from tests.fire.fleet import Fleet, running_fleet, shape
from tests.fire.load import percentile
from tests.waiting import until
from tests.workflows.domain.claims.honest import HERE, SHOTS, by_shot
from workflows.domain.access import Actor
from workflows.domain.claims.records import APPROVED, CHECKING, IN_REVIEW, Claim, ClaimDecision, SettlementLine
from workflows.domain.claims.sending import CHECK
from workflows.domain.evidence import challenges, receiving
from workflows.domain.evidence.imaging.likeness import KEPT
from workflows.domain.evidence.likeness import PhotoPrint
from workflows.domain.evidence.receiving import Arrived
from workflows.domain.evidence.records import CHECKED, RECEIVED, EvidencePhoto
from workflows.domain.promotions.records import Promotion

CLAIMS, KILLS = (40, 16) if LONG else (8, 5)
VERDICTS = 60 if LONG else 8
VERDICT_S = 2.0
pytestmark = [pytest.mark.timeout(600 if LONG else 180), short_on("sqlite")]


@pytest.fixture(scope="module")
def fleet(processes_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    with running_fleet(processes_url, folder, shape(processes_url)) as running:
        blobs.configure(f"file:{folder / 'photos'}")
        wake.configure(running.redis_url)
        yield running
        wake.configure("")


@cache
def picture(number: int, size: tuple[int, int] = (1200, 900), quality: int = 90) -> bytes:
    written = BytesIO()
    scenes.shelf(number, 1, size=size).save(written, "JPEG", quality=quality)
    return written.getvalue()


def received(who: Actor, claim: Claim, content: bytes, code: str, shot: str = "shelf") -> EvidencePhoto:
    """A photo as the door takes it: its bytes safe, its row and its check in one transaction."""
    with tempfile.TemporaryDirectory(dir=blobs.store().arriving()) as folder:
        path = Path(folder) / "bytes"
        path.write_bytes(content)
        arrived = Arrived(
            id=f"pho_{secrets.token_urlsafe(16)}",
            path=path,
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
            media_type="image/jpeg",
            subject_kind="claim",
            subject_id=claim.public_id,
            conversation="cnv_1",
            step=f"shot_{shot}",
            captured_at=clock.now(),
            challenge=code,
        )
        return receiving.receive(who, arrived).photo


def sent(campaign: Campaign, pictures: list[bytes]) -> Claim:
    """A claim whose proof was just sent with these pictures, its check asked for."""
    claim = campaign.claim()
    (code,) = challenges.draw(campaign.field, [claim.public_id])
    photos = [
        received(campaign.field, claim, content, code.code, shot) for content, shot in zip(pictures, SHOTS, strict=True)
    ]
    with database.transaction():
        now = clock.now()
        known = {"photos": by_shot(photos), "place": HERE, "state": CHECKING, "round": 1, "sent_at": now}
        Claim.update(sent_by=campaign.field.person, **known).where(Claim.id == claim.id).execute()
        challenges.use(claim.public_id, [code.code], now)
        outbox.publish_internal(CHECK, {"claim": claim.id, "round": 1}, f"{CHECK}:{claim.public_id}:1")
    return claim


def looked_at() -> int:
    return EvidencePhoto.select().where(EvidencePhoto.state != RECEIVED).count()


def kill_while_checking(fleet: Fleet, photos: int) -> None:
    """kill -9 the worker each time some more photos were looked at; what it held is due again at once."""
    dice = random.Random(5)  # noqa: S311 - dice
    for number in range(KILLS):
        so_far = photos * number // (KILLS + 1)
        eventually(lambda so_far=so_far: looked_at() >= so_far, timeout_s=60)
        time.sleep(dice.random() * 0.3)  # anywhere within a check
        fleet.kill("worker", dice)
        OutboxRow.update(lease_until=OutboxRow.created_at).where(OutboxRow.lease_owner.is_null(False)).execute()


def test_each_photo_is_looked_at_and_each_proof_paid_once_whoever_dies(fleet: Fleet) -> None:
    campaign = Campaign(audit_percent=0)
    Promotion.update(ends_on=clock.now().date().replace(year=2099)).execute()
    honest = [sent(campaign, [picture(3 * n), picture(3 * n + 1), picture(3 * n + 2)]) for n in range(CLAIMS)]
    thief = sent(campaign, [picture(0), picture(1000), picture(1001)])
    photos = EvidencePhoto.select().count()
    kill_while_checking(fleet, photos)
    eventually(lambda: Claim.select().where(Claim.state == CHECKING).count() == 0, timeout_s=60)
    say(f"{photos} photos, {KILLS} kills: all looked at, {SettlementLine.select().count()} proofs paid, one held")
    assert EvidencePhoto.select().where(EvidencePhoto.state == CHECKED).count() == photos
    assert PhotoPrint.select().count() == photos * len(KEPT)
    held = Claim.get_by_id(thief.id)
    assert (held.state, held.is_held) == (IN_REVIEW, True)
    assert "seen_before_exactly" in {reason["code"] for reason in held.reasons}
    paid = Claim.select().where(Claim.state == APPROVED).count()
    assert ClaimDecision.select().count() == SettlementLine.select().count() == paid
    assert all(Claim.get_by_id(one.id).score is not None for one in honest)
    assert OutboxRow.select().where(OutboxRow.state.in_(["dead", "unknown"])).count() == 0


@pytest.mark.usefixtures("fleet")
def test_a_verdict_follows_the_receipt_within_two_seconds() -> None:
    campaign = Campaign()
    claim = campaign.claim()
    (code,) = challenges.draw(campaign.field, [claim.public_id])
    large = [picture(2_000 + number, (4000, 3000), 98) for number in range(VERDICTS)]
    photos = []
    for content in large:
        photos.append(received(campaign.field, claim, content, code.code))
        until(lambda: EvidencePhoto.get_by_id(photos[-1].id).state == CHECKED)
    rows = [EvidencePhoto.get_by_id(photo.id) for photo in photos]
    waited = [(row.checked_at - row.recorded_at).total_seconds() for row in rows]
    p95 = percentile(waited, 95)
    say(f"{VERDICTS} photos of 12 megapixels, {len(large[0]) / 1e6:.1f} MB: verdict p95 {p95:.2f} s after the receipt")
    assert len(waited) == VERDICTS
    if LONG:
        assert p95 <= VERDICT_S
