"""Whatever reviewers, rule and clock do, in whatever order: nothing is paid twice, unapproved, or beyond a budget."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import peewee
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from config import database
from tests.claims import Campaign
from tests.fire.conftest import LONG
from tests.fire.planting import plant
from workflows.domain.access import Actor
from workflows.domain.claims import budget, deciding, settling
from workflows.domain.claims.decisions import Decision
from workflows.domain.claims.records import CHECKING, REDO, Claim, ClaimDecision, SettlementLine
from workflows.domain.errors import Conflict

CLAIMS, EACH, REST = 24, 200_00, 50_00
PARTNERS_BUDGET = 10 * EACH + REST  # ten in full, one in part, the others nothing
SAID = {
    "approve": Decision("approve", "yes"),
    "reject": Decision("reject", "no", "not_as_agreed"),
    "redo": Decision("redo", "yes", text="Again", shots=("poster",)),
}
acts = st.one_of(
    st.tuples(st.sampled_from([*SAID]), st.integers(0, 2)),
    st.tuples(st.just("send"), st.booleans(), st.booleans(), st.booleans()),
    st.tuples(st.just("bank")),
)
HELD: dict[int, bool] = {}


def decide_all(actors: list[Actor], made: list[Claim]) -> None:
    """Everybody approves everything at once; whoever comes second, or finds the database busy, tries no harder than people do."""

    def approve(number: int) -> None:
        with database.connection():
            for _ in range(20):
                try:
                    deciding.decide(
                        actors[number % len(actors)], made[number // len(actors)].public_id, 1, SAID["approve"]
                    )
                except peewee.OperationalError:
                    continue
                except Conflict:
                    return
                return

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(approve, range(len(made) * len(actors))))


def test_a_budget_is_never_overspent_however_many_approve_at_once(campaign: Campaign) -> None:
    campaign.promotion.budget = {"per_partner": PARTNERS_BUDGET, "per_store": None}
    campaign.promotion.save()
    with database.transaction():
        made = [campaign.sent() for _ in range(CLAIMS)]

    decide_all([campaign.reviewer, campaign.colleague], made)

    amounts = sorted(line.amount for line in SettlementLine.select())
    assert amounts == [REST, *[EACH] * 10]
    assert {claim.state for claim in Claim.select()} == {"approved"}
    assert ClaimDecision.select().count() == CLAIMS
    assert list(settling.verify(campaign.brand.id)) == []


def test_without_its_lock_the_budget_is_overspent(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite lets one writer in at a time")
    campaign.promotion.budget = {"per_partner": EACH, "per_store": None}
    campaign.promotion.save()
    made = [campaign.sent() for _ in range(2)]
    both, looked = threading.Barrier(2, timeout=10), budget.payable

    def look_together(*about: Any) -> budget.Payable:
        found = looked(*about)
        both.wait()
        return found

    plant(monkeypatch, budget.hold, lambda _claim: None)
    monkeypatch.setattr(settling.budget, "payable", look_together)
    decide_all([campaign.reviewer], made)

    assert sum(line.amount for line in SettlementLine.select()) == 2 * EACH


def test_one_person_on_two_phones_at_once_is_still_one_person(campaign: Campaign) -> None:
    campaign.promotion.second_above = EACH - 1
    campaign.promotion.save()
    made = campaign.sent()

    def approve(_phone: int) -> None:
        with database.connection():
            for _ in range(5):
                play(campaign, made, ("approve", 0))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(approve, range(4)))

    assert Claim.get_by_id(made.id).state == "second_review"
    assert [(one.kind, one.amount) for one in deciding.decisions_of(made)] == [("approve", None)]
    assert SettlementLine.select().count() == 0


def play(campaign: Campaign, made: Claim, act: tuple[Any, ...]) -> None:
    """One thing that somebody does; what is not allowed then is refused and changes nothing."""
    reviewers = (campaign.reviewer, campaign.colleague, campaign.admin)
    claim = Claim.get_by_id(made.id)
    try:
        if act[0] in SAID:
            deciding.decide(reviewers[act[1]], claim.public_id, claim.version, SAID[act[0]])
        elif act[0] == "bank":
            SettlementLine.update(paid_on="2026-11-22").where(
                SettlementLine.id == (standing.id if (standing := _standing(claim)) else 0)
            ).execute()
        elif claim.state in {REDO, CHECKING}:
            _check(claim, *act[1:])
    except Conflict:
        pass


def _standing(claim: Claim) -> SettlementLine | None:
    with database.transaction():
        return settling.standing(claim)


def _check(claim: Claim, is_held: bool, is_red: bool, is_audited: bool) -> None:
    reasons = [{"code": "place_far", "facts": {}}] if is_red else []
    with database.transaction():
        claim.state, claim.round, claim.is_held, claim.is_audited = CHECKING, claim.round + 1, is_held, is_audited
        claim.reasons = reasons
        claim.save()
        HELD[claim.round] = is_held or is_red or is_audited
        deciding.after_check(claim)


def stands(campaign: Campaign, made: Claim, is_above: bool) -> None:
    """What must hold after whatever was done."""
    claim = Claim.get_by_id(made.id)
    lines = list(SettlementLine.select().where(SettlementLine.claim == claim.id).order_by(SettlementLine.id))
    standing = [one for one in lines if one.amount > 0 and not any(two.reverses_id == one.id for two in lines)]
    assert sum(one.amount for one in lines) == sum(one.amount for one in standing) == (claim.approved_amount or 0)
    assert len(standing) <= 1
    assert bool(standing) == (claim.state == "approved")
    for one in standing:
        _is_rightly_approved(deciding.decisions_of(claim), one, is_above)
    assert not any(one.paid_on for one in lines if one not in standing)
    assert list(settling.verify(campaign.brand.id)) == []


def _is_rightly_approved(decisions: list[ClaimDecision], line: SettlementLine, is_above: bool) -> None:
    """By two different people above the amount, by a person where anything was odd, by the rule otherwise."""
    until = [one.id for one in decisions].index(line.decision_id)
    last, before = decisions[until], decisions[until - 1] if until else None
    assert last.kind == "approve"
    if is_above:
        assert before is not None
        assert (before.kind, before.amount, before.round) == ("approve", None, last.round)
        assert before.by != last.by
        assert "rule" not in {before.by, last.by}
    if last.by == "rule":
        assert not HELD[last.round]


@pytest.mark.parametrize("is_above", [False, True])
def test_no_course_of_things_pays_twice_or_without_its_approvals(campaign: Campaign, is_above: bool) -> None:
    campaign.promotion.second_above = EACH - 1 if is_above else EACH
    campaign.promotion.save()
    seen: set[str] = set()

    @example([("approve", 0), ("approve", 1), ("bank",), ("reject", 2)])
    @example([("approve", 0), ("approve", 1), ("reject", 0), ("approve", 0), ("approve", 0), ("redo", 1)])
    @example([("redo", 0), ("send", False, False, False), ("approve", 1), ("approve", 2)])
    @settings(
        max_examples=200 if LONG else 40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=not LONG,
    )
    @given(st.lists(acts, max_size=14))
    def course(done: list[tuple[Any, ...]]) -> None:
        with database.transaction():
            made = campaign.sent()
            if not done or done[0][0] == "send":
                Claim.update(state=CHECKING, round=0).where(Claim.id == made.id).execute()
        HELD.clear()
        for act in done:
            play(campaign, made, act)
            stands(campaign, made, is_above)
        seen.add(Claim.get_by_id(made.id).state)

    course()
    assert seen >= {"approved", "rejected", "redo"}


def test_somebody_who_may_approve_twice_is_found(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign.promotion.second_above = EACH - 1
    campaign.promotion.save()
    plant(monkeypatch, deciding.first_approver, lambda _claim: None)
    made = campaign.sent()
    for _ in range(2):
        play(campaign, made, ("approve", 0))

    with pytest.raises(AssertionError):
        stands(campaign, made, is_above=True)
