"""A proof that was sent is weighed once, when its photos are: to a person, or straight to its money."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from config import clock, database
from notifications import jobs, outbox
from notifications.outbox import OutboxRow
from tests.claims import Campaign
from tests.waiting import somebody_waits, until
from tests.workflows.domain.claims.honest import NOON, Proof, proof
from workflows.domain.claims import budget, checking
from workflows.domain.claims.checking import PATIENCE, QUEUE, check_claim
from workflows.domain.claims.records import APPROVED, CHECKING, IN_REVIEW, Claim, ClaimDecision, SettlementLine
from workflows.domain.evidence.records import RECEIVED, EvidencePhoto
from workflows.domain.promotions.records import Promotion

pytestmark = pytest.mark.usefixtures("db")
AFTER = NOON + timedelta(minutes=3)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


@pytest.fixture
def honest() -> Proof:
    return proof(Campaign(audit_percent=0))


def asked(of: Proof) -> None:
    """The proof's check, as sending asks for it."""
    with database.transaction():
        asked = {"claim": of.claim.id, "round": 1}
        outbox.publish_internal(QUEUE, asked, f"{QUEUE}:{of.claim.public_id}:1", about=of.claim.public_id)


def drain() -> int:
    return jobs.drain_due({f"internal:{QUEUE}": jobs.internal(check_claim)}, threading.Event())


def checked(of: Proof) -> Claim:
    """The claim after its check."""
    with clock.frozen(AFTER):
        asked(of)
        drain()
    return Claim.get_by_id(of.claim.id)


def waiting() -> list[OutboxRow]:
    query = OutboxRow.select().where(OutboxRow.queue == f"internal:{QUEUE}", OutboxRow.state == "due")
    return list(query.order_by(OutboxRow.id))


def test_an_honest_proof_pays_by_itself_where_the_brand_allows_it(honest: Proof) -> None:
    claim = checked(honest)
    assert (claim.state, claim.score, claim.is_held, claim.is_audited) == (APPROVED, 0, False, False)
    assert (claim.reasons, claim.distance_m) == ([], 15)
    assert SettlementLine.select().count() == 1


def test_a_proof_with_anything_red_goes_to_a_person_with_its_reasons(honest: Proof) -> None:
    honest.change(place=None)
    claim = checked(honest)
    assert (claim.state, claim.score, claim.is_held) == (IN_REVIEW, 30, False)
    assert claim.reasons == [{"code": "place_refused", "facts": {}}]
    assert SettlementLine.select().count() == 0
    assert len(honest.campaign.tasks_about(honest.claim)) == 1


def test_a_proof_that_is_held_says_so_and_stands_in_the_log(honest: Proof) -> None:
    honest.spoil(challenge=None)
    claim = checked(honest)
    assert (claim.state, claim.is_held, claim.score) == (IN_REVIEW, True, 100)
    assert "claim.held" in [event.type for event in honest.campaign.events()]


def test_it_is_done_once_however_often_it_is_asked_for(honest: Proof) -> None:
    claim = checked(honest)
    for _ in range(2):
        with database.transaction():
            check_claim({"claim": claim.id, "round": 1})
    assert ClaimDecision.select().count() == 1
    assert Claim.get_by_id(claim.id).version == claim.version


@pytest.mark.parametrize("change", [{"round": 2}, {"state": "withdrawn"}])
def test_a_claim_that_has_moved_on_is_left_alone(honest: Proof, change: dict[str, Any]) -> None:
    honest.change(**change)
    claim = checked(honest)
    assert (claim.score, claim.reasons) == (None, [])
    assert waiting() == []


class TestPhotosThatAreNotChecked:
    def test_are_waited_for(self, honest: Proof) -> None:
        honest.spoil(1, state=RECEIVED)
        claim = checked(honest)
        assert (claim.state, claim.score) == (CHECKING, None)
        (again,) = waiting()
        assert again.available_at - AFTER == timedelta(seconds=1)
        honest.spoil(1, state="checked")
        with clock.frozen(again.available_at):
            drain()
        assert Claim.get_by_id(claim.id).state == APPROVED
        assert waiting() == []

    def test_are_looked_for_ever_more_rarely(self, honest: Proof) -> None:
        honest.spoil(1, state=RECEIVED)
        checked(honest)
        waited, at = [], AFTER
        for _ in range(9):
            (again,) = waiting()
            waited.append(int((again.available_at - at).total_seconds()))
            at = again.available_at
            with clock.frozen(at):
                drain()
        assert waited == [1, 1, 2, 2, 5, 5, 10, 10, 10]

    def test_go_to_a_person_unchecked_after_ten_minutes(self, honest: Proof) -> None:
        honest.spoil(1, state=RECEIVED)
        checked(honest)
        (again,) = waiting()
        with clock.frozen(NOON + timedelta(minutes=2) + PATIENCE):
            drain()
        claim = Claim.get_by_id(honest.claim.id)
        assert claim.state == IN_REVIEW
        assert claim.reasons == [{"code": "unchecked", "photo": honest.photos[1].key, "facts": {}}]
        assert waiting() == []
        assert again.about == claim.public_id


class TestTheLot:
    def test_falls_on_the_brands_share_and_is_kept(self) -> None:
        """A thousand draws at 30 %: outside of 24 to 36 % once in thirty thousand runs."""
        claim = proof(Campaign(audit_percent=30)).claim
        drawn = 0
        for _ in range(1_000):
            claim.is_audited = None
            drawn += checking.drawn(claim, 30)
        assert 240 <= drawn <= 360

    @pytest.mark.parametrize(("percent", "is_drawn"), [(0, False), (100, True)])
    def test_at_the_ends_leaves_nothing_to_chance(self, percent: int, is_drawn: bool) -> None:
        claims = [checked(proof(Campaign(audit_percent=percent))) for _ in range(3)]
        assert [claim.is_audited for claim in claims] == [is_drawn] * 3
        assert [claim.state for claim in claims] == [IN_REVIEW if is_drawn else APPROVED] * 3

    def test_is_not_drawn_again_when_the_proof_is_sent_again(self, honest: Proof) -> None:
        """Or one would send until it misses."""
        honest.change(is_audited=True)
        Promotion.update(audit_percent=0).execute()
        claim = checked(honest)
        assert (claim.is_audited, claim.state) == (True, IN_REVIEW)


def test_a_worker_that_fails_in_the_middle_leaves_nothing_behind(honest: Proof) -> None:
    """Where the fault is gone, the row is done again, once."""
    EvidencePhoto.update(findings=[{"no": "code"}]).where(EvidencePhoto.id == honest.photos[0].id).execute()
    claim = checked(honest)
    assert (claim.state, claim.score, claim.is_audited) == (CHECKING, None, None)
    EvidencePhoto.update(findings=[]).where(EvidencePhoto.id == honest.photos[0].id).execute()
    OutboxRow.update(available_at=AFTER).execute()
    with clock.frozen(AFTER):
        drain()
    assert Claim.get_by_id(claim.id).state == APPROVED
    assert SettlementLine.select().count() == 1


def test_a_check_waits_for_the_budget_before_it_takes_the_claim(honest: Proof) -> None:
    """Everybody else takes them in this order; the other way round, two could wait for each other."""
    if not database.is_postgres():
        pytest.skip("SQLite lets one writer in at a time")

    def weigh() -> None:
        with database.connection(), database.transaction(), clock.frozen(AFTER):
            check_claim({"claim": honest.claim.id, "round": 1})

    with database.transaction():
        budget.hold(honest.claim)
        other = threading.Thread(target=weigh)
        other.start()
        until(somebody_waits)
        free = Claim.select().where(Claim.id == honest.claim.id).for_update(nowait=True)
        assert free.get().state == CHECKING
    other.join()
    assert Claim.get_by_id(honest.claim.id).state == APPROVED
