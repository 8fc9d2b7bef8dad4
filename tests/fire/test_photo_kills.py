"""kill -9 during uploads: a receipt means that the photo is safe, and a photo that is sent again is one photo.

Web processes die at random moments while phones bring photos; who gets no receipt sends the same photo again. Short form on
SQLite and on PostgreSQL (wherever the suite runs); LONG=1: 40 kills, 3,000 photos.

The planted fault is a process that gives the receipt before the bytes are in the store: after one kill photos lack their bytes.
"""

import hashlib
import os
import random
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config import blobs
from config.blobs import Missing
from tests import make, photos
from tests.acceptance.stack import eventually
from tests.fire.caller import Caller
from tests.fire.conftest import LONG, say
from tests.fire.fleet import Fleet, Plan, running_fleet
from tests.fire.market import Ledger, until_answered
from tests.fire.worlds import World
from workflows.domain.evidence import receiving, sweeping
from workflows.domain.evidence.records import EvidencePhoto

KILLS, PHOTOS = (40, 3_000) if LONG else (6, 120)
PHONES = 8
SIZE_BYTES = 300_000
pytestmark = pytest.mark.timeout(900 if LONG else 180)


@dataclass
class Phone:
    """A field person's phone with a queue of photos; what it holds a receipt for."""

    fleet: Fleet
    ledger: Ledger
    number: int
    receipts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        place = make.supplier(make.brand())
        person = make.person(place)
        self.talk = photos.conversation(make.actor_for(person, place)).public_id
        self.caller = Caller(self.fleet.urls[0], World.session(person), "/api/v1/phone")

    def bring_until(self, over: threading.Event) -> None:
        """Photo after photo, each until its receipt is here."""
        while not over.is_set():
            self.bring()

    def bring(self) -> None:
        """One photo."""
        body, name = photos.picture(SIZE_BYTES), photos.photo_id()
        sent, kind = photos.multipart(photos.form(self.talk, body), body)
        reply = until_answered(self.ledger, lambda: self.caller.call("PUT", f"/photos/{name}", sent, Content_Type=kind))
        assert reply.json()["id"] == name
        self.receipts[name] = hashlib.sha256(body).hexdigest()


def differences(phones: list[Phone]) -> list[str]:
    """What a phone was told is safe and is not, and what is there twice."""
    receipts = {name: sha256 for phone in phones for name, sha256 in phone.receipts.items()}
    rows = list(EvidencePhoto.select())
    known = {photo.public_id: photo for photo in rows}
    found = [f"{name} has a receipt and no row" for name in receipts.keys() - known.keys()]
    found += [] if len(known) == len(rows) else ["a photo is there twice"]
    for photo in rows:
        sha256 = _hash_of(photo)
        if sha256 != photo.sha256 or sha256 != receipts.get(photo.public_id, sha256):
            found.append(f"{photo.public_id} lacks its bytes, or has others")
    return found


def _hash_of(photo: EvidencePhoto) -> str:
    try:
        with blobs.store().open(receiving.original_of(photo)) as kept:
            return hashlib.sha256(kept.read()).hexdigest()
    except Missing:
        return ""


def kill_webs(fleet: Fleet, phones: list[Phone], over: threading.Event) -> None:
    """Web processes die while photos come in."""
    dice = random.Random(11)  # noqa: S311 - dice
    for number in range(KILLS):
        due = (number + 1) * PHOTOS // (KILLS + 1)
        eventually(lambda due=due: over.is_set() or _count(phones) >= due, timeout_s=60, every_s=0.005)
        fleet.kill("web", dice)
    eventually(lambda: over.is_set() or _count(phones) >= PHOTOS, timeout_s=600)


def _count(phones: list[Phone]) -> int:
    return sum(len(phone.receipts) for phone in phones)


def test_a_receipt_means_safe(processes_url: str, tmp_path: Path) -> None:
    folder, over = tmp_path / "fleet", threading.Event()
    with running_fleet(processes_url, folder, Plan(workers=0, clocks=0)) as fleet:
        blobs.configure(f"file:{folder / 'photos'}")
        ledger = Ledger()
        phones = [Phone(fleet, ledger, number) for number in range(PHONES)]
        with ThreadPoolExecutor(PHONES) as pool:
            at_work = [pool.submit(phone.bring_until, over) for phone in phones]
            for one in at_work:
                one.add_done_callback(lambda _: over.set())
            try:
                kill_webs(fleet, phones, over)
            finally:
                over.set()
        for one in at_work:
            one.result()
        left_behind = sum(1 for _ in blobs.store().names()) - EvidencePhoto.select().count()
        say(f"{KILLS} kills, {_count(phones)} receipts, {dict(ledger.statuses)}, {left_behind} files left behind")
        assert ledger.refusals == {}
        assert _count(phones) >= PHOTOS
        assert differences(phones) == []
        assert [one.missing for one in sweeping.walk() if one.missing] == []


def test_a_receipt_given_before_the_bytes_are_safe_is_found(processes_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "fleet"
    with (
        running_fleet(processes_url, folder, Plan(workers=0, clocks=0)) as fleet,
        fleet.planted("web", "keeps_photos_later"),
    ):
        blobs.configure(f"file:{folder / 'photos'}")
        phone = Phone(fleet, Ledger(), 0)
        for _ in range(3):
            phone.bring()
        for child in fleet.keeper.members["web-0"].children():
            os.kill(child, signal.SIGKILL)
        fleet.keeper.kill("web-0")
        found = differences([phone])
    assert any("lacks its bytes" in one for one in found)
