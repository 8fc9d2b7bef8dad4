"""Who decides on a claim, what it pays, and who learns of it."""

from typing import Any

import pytest

from config import database
from notifications import outbox
from tests import make
from tests.claims import Campaign, claim, participation, site
from workflows.domain.access import Actor
from workflows.domain.claims import deciding, settling
from workflows.domain.claims.decisions import Decision
from workflows.domain.claims.records import CHECKING, Claim, ClaimDecision, SettlementLine
from workflows.domain.errors import Conflict, NotFound
from workflows.domain.tasks import Task

APPROVE = Decision("approve", "yes")
REJECT = Decision("reject", "no", "not_as_agreed", "Only half a shelf")
REDO = Decision("redo", "yes", text="Closer, please", shots=("poster",))


def change(campaign: Campaign, **facts: Any) -> None:
    """Put the promotion otherwise."""
    for name, value in facts.items():
        setattr(campaign.promotion, name, value)
    campaign.promotion.save()


def decide(actor: Actor, made: Claim, said: Decision = APPROVE) -> Claim:
    return deciding.decide(actor, made.public_id, now(made).version, said)


def checked(campaign: Campaign, **facts: Any) -> Claim:
    """A claim whose check has just ended."""
    made = campaign.sent(**{"is_audited": False, **facts})
    Claim.update(state=CHECKING).where(Claim.id == made.id).execute()
    with database.transaction():
        deciding.after_check(now(made))
    return now(made)


def now(made: Claim) -> Claim:
    found: Claim = Claim.get_by_id(made.id)
    return found


def paid(made: Claim) -> list[int]:
    lines = SettlementLine.select().where(SettlementLine.claim == made.id).order_by(SettlementLine.id)
    return [line.amount for line in lines]


def types(campaign: Campaign) -> list[str]:
    return [event.type for event in campaign.events() if event.type.startswith(("claim.", "settlement."))]


def told(actor: Actor) -> list[tuple[str, str]]:
    """What a person was told, newest first: outcome (or title of a task) in English, and Chinese."""
    rows = outbox.notices_of(actor.person or "", str(actor.organisation_id), 10)
    said = [row.payload["outcome"] if row.payload["kind"] == "result" else row.payload["title"] for row in rows]
    return [(one["en"], one["zh"]) for one in said]


def test_a_claim_without_anything_odd_is_paid_by_rule_and_everybody_is_told(campaign: Campaign) -> None:
    made = checked(campaign)

    assert (made.state, made.approved_amount, paid(made)) == ("approved", 200_00, [200_00])
    assert types(campaign) == ["claim.approved", "settlement.made"]
    assert [decision.by for decision in ClaimDecision.select()] == ["rule"]
    assert told(campaign.owner) == [("Approved: CNY 200.00", "审核通过，CNY 200.00")]
    assert told(campaign.field) == [("Approved", "审核通过")]  # the agency learns that, and no amount
    assert list(settling.verify(campaign.brand.id)) == []


@pytest.mark.parametrize(
    "facts",
    [
        {"is_held": True},
        {"is_audited": True},
        {"is_audited": None},
        {"reasons": [{"code": "seen_before", "photo": None, "facts": {}}]},
        {"reasons": [{"code": "of_a_newer_release", "facts": {}}]},
    ],
)
def test_anything_odd_and_every_draw_goes_to_a_person(campaign: Campaign, facts: dict[str, Any]) -> None:
    made = checked(campaign, **facts)

    assert (made.state, paid(made)) == ("in_review", [])
    (task,) = campaign.tasks_about(made)
    assert (task.flow, task.organisation, task.state) == ("proof-review", campaign.brand.id, "open")
    assert told(campaign.reviewer)[0][0].startswith("Review a proof")
    assert told(campaign.admin) == []  # there are reviewers


def test_what_a_person_has_asked_for_again_is_not_approved_by_rule(campaign: Campaign) -> None:
    made = campaign.sent(is_audited=False)
    decide(campaign.reviewer, made, REDO)
    Claim.update(state=CHECKING, round=2).where(Claim.id == made.id).execute()
    with database.transaction():
        deciding.after_check(now(made))
    assert (now(made).state, paid(made)) == ("in_review", [])


def test_units_that_nobody_has_said_are_a_persons_to_look_at(campaign: Campaign) -> None:
    change(campaign, pays={"kind": "per_unit", "amount": 5_00, "fact": "fact_units"})
    assert checked(campaign).state == "in_review"
    assert checked(campaign, units=2_000).state == "approved"


def test_a_shot_that_is_no_longer_wanted_is_not_asked_for_again(campaign: Campaign) -> None:
    """A proof of no photos at all would follow, at which nothing is odd."""
    made = campaign.sent()
    change(campaign, shots=[shot for shot in campaign.promotion.shots if shot["key"] != "poster"])
    with pytest.raises(Conflict, match="claim_changed"):
        decide(campaign.reviewer, made, REDO)
    assert (now(made).state, ClaimDecision.select().count()) == ("in_review", 0)


def test_a_hint_alone_does_not_keep_anybody_waiting(campaign: Campaign) -> None:
    assert checked(campaign, reasons=[{"code": "blurred", "facts": {}}]).state == "approved"


def test_a_held_claim_is_a_fact_of_its_own(campaign: Campaign) -> None:
    checked(campaign, is_held=True, reasons=[{"code": "challenge_missing", "facts": {}}])

    held = next(event for event in campaign.events() if event.type == "claim.held")
    assert held.data["reasons"] == ["challenge_missing"]


def test_a_claim_above_the_amount_or_beyond_the_budget_is_never_decided_by_rule(campaign: Campaign) -> None:
    change(campaign, second_above=199_99)
    assert checked(campaign).state == "in_review"
    change(campaign, second_above=None, budget={"per_partner": 150_00, "per_store": None})
    assert checked(campaign).state == "in_review"


def test_a_check_that_is_told_twice_pays_once(campaign: Campaign) -> None:
    made = checked(campaign)
    with database.transaction():
        deciding.after_check(now(made))
    assert paid(made) == [200_00]


def test_a_reviewer_rejects_and_the_partner_reads_why_and_what_to_do(campaign: Campaign) -> None:
    made = campaign.sent()
    decide(campaign.reviewer, made, REJECT)

    assert (now(made).state, paid(made)) == ("rejected", [])
    assert told(campaign.owner)[0][0] == "Rejected: Not built as agreed"
    facts = outbox.notices_of(campaign.owner.person or "", str(campaign.distributor.id), 1)[0].payload["facts"]
    assert [fact[0]["en"] for fact in facts] == ["The reviewer writes", "What to do"]
    assert [event.data.get("text") for event in campaign.events()] == [None] * len(campaign.events())


def test_a_redo_names_its_shots_and_keeps_the_rest(campaign: Campaign) -> None:
    made = campaign.sent()
    decide(campaign.reviewer, made, REDO)

    assert (now(made).state, now(made).redo, now(made).version) == ("redo", ["poster"], 2)
    assert told(campaign.owner)[0][0] == "To be taken again: The poster"
    assert types(campaign) == ["claim.redo-asked"]


def test_above_the_amount_a_second_person_decides_and_the_first_cannot_be_both(campaign: Campaign) -> None:
    change(campaign, second_above=100_00)
    made = campaign.sent()
    decide(campaign.reviewer, made)

    assert (now(made).state, paid(made)) == ("second_review", [])
    with pytest.raises(Conflict, match="same_reviewer"):
        decide(campaign.reviewer, made)
    with pytest.raises(Conflict, match="same_reviewer"):
        decide(campaign.reviewer, made, REJECT)
    assert told(campaign.reviewer) == []
    assert told(campaign.colleague)[0][0].startswith("Second review")
    decide(campaign.colleague, made)
    assert (now(made).state, paid(made)) == ("approved", [200_00])
    assert types(campaign) == ["claim.first-approved", "claim.approved", "settlement.made"]


@pytest.mark.parametrize(("said", "state"), [(REJECT, "rejected"), (REDO, "redo")])
def test_the_second_reviewer_may_reject_or_send_back(campaign: Campaign, said: Decision, state: str) -> None:
    change(campaign, second_above=100_00)
    made = campaign.sent()
    decide(campaign.reviewer, made)
    decide(campaign.colleague, made, said)

    assert (now(made).state, paid(made)) == (state, [])


def test_a_decision_on_a_claim_that_has_moved_on_is_refused(campaign: Campaign) -> None:
    made = campaign.sent()
    deciding.decide(campaign.reviewer, made.public_id, 1, APPROVE)

    with pytest.raises(Conflict, match="claim_changed"):
        deciding.decide(campaign.colleague, made.public_id, 1, REJECT)
    with pytest.raises(Conflict, match="claim_changed"):
        deciding.decide(campaign.colleague, made.public_id, 2, APPROVE)


def test_strangers_find_no_claim(campaign: Campaign) -> None:
    made = campaign.sent()
    other = make.brand()
    stranger = make.actor_for(make.person(other, "reviewer"), other)

    with pytest.raises(NotFound):
        deciding.decide(stranger, made.public_id, 1, APPROVE)


def test_an_approval_is_undone_by_a_new_decision_and_an_opposite_line(campaign: Campaign) -> None:
    made = campaign.sent()
    decide(campaign.reviewer, made)
    decide(campaign.colleague, made, REJECT)

    assert (now(made).state, paid(made), now(made).approved_amount) == ("rejected", [200_00, -200_00], None)
    lines = list(SettlementLine.select().order_by(SettlementLine.id))
    assert lines[1].reverses_id == lines[0].id
    assert [(one.kind, one.by) for one in deciding.decisions_of(made)] == [
        ("approve", campaign.reviewer.person),
        ("reopen", campaign.colleague.person),
        ("reject", campaign.colleague.person),
    ]
    assert types(campaign)[2:] == ["claim.reopened", "settlement.reversed", "claim.rejected"]
    assert ("Being decided anew; CNY 200.00 is taken back for now", "重新审核，CNY 200.00 暂时撤回") in told(
        campaign.owner
    )
    assert list(settling.verify(campaign.brand.id)) == []


def test_a_rejection_undone_above_the_amount_needs_two_people_again(campaign: Campaign) -> None:
    change(campaign, second_above=100_00)
    made = campaign.sent()
    decide(campaign.reviewer, made, REJECT)
    decide(campaign.reviewer, made)
    assert (now(made).state, paid(made)) == ("second_review", [])
    with pytest.raises(Conflict, match="same_reviewer"):
        decide(campaign.reviewer, made)
    decide(campaign.colleague, made)
    assert paid(made) == [200_00]


def test_what_is_paid_is_not_undone(campaign: Campaign) -> None:
    made = campaign.sent()
    decide(campaign.reviewer, made)
    SettlementLine.update(paid_on="2026-11-22").execute()

    with pytest.raises(Conflict, match="settlement_paid"):
        decide(campaign.colleague, made, REJECT)
    assert (now(made).state, paid(made)) == ("approved", [200_00])


def test_a_budget_that_is_nearly_used_up_pays_its_rest_and_then_nothing(campaign: Campaign) -> None:
    change(campaign, budget={"per_partner": 350_00, "per_store": None})
    first, second, third = (campaign.sent() for _ in range(3))
    for made in (first, second, third):
        decide(campaign.reviewer, made)

    assert [paid(made) for made in (first, second, third)] == [[200_00], [150_00], []]
    assert [now(made).approved_amount for made in (second, third)] == [150_00, 0]
    assert [row[0] for row in told(campaign.owner)][:2] == [
        "Approved; nothing is paid for it",
        "Approved: CNY 150.00 (of CNY 200.00, the budget is used up)",
    ]
    decide(campaign.colleague, first, REJECT)  # and what is taken back may be paid to another
    fourth = campaign.sent()
    decide(campaign.reviewer, fourth)
    assert paid(fourth) == [200_00]
    assert list(settling.verify(campaign.brand.id)) == []


def test_a_stores_own_budget_holds_for_that_store(campaign: Campaign) -> None:
    change(campaign, budget={"per_partner": 350_00, "per_store": 120_00})
    made = campaign.sent()
    decide(campaign.reviewer, made)
    assert paid(made) == [120_00]


def test_a_fixed_amount_is_paid_once_per_partner(campaign: Campaign) -> None:
    change(campaign, pays={"kind": "fixed", "amount": 500_00, "fact": None})
    first, second = campaign.sent(), campaign.sent()
    other = make.distributor(campaign.brand)
    with database.transaction():
        theirs = claim(site(participation(campaign.promotion, other), campaign.store()), round=1, state="in_review")
    for made in (first, second, theirs):
        decide(campaign.reviewer, made)

    assert [paid(made) for made in (first, second, theirs)] == [[500_00], [], [500_00]]


@pytest.mark.parametrize(("units", "amount"), [(3_000, 4_50), (3_001, 4_50), (3_003, 4_50), (3_004, 4_51), (None, 0)])
def test_a_price_per_unit_is_rounded_half_up_once(campaign: Campaign, units: int | None, amount: int) -> None:
    change(campaign, pays={"kind": "per_unit", "amount": 1_50, "fact": "fact_units"})
    made = campaign.sent(units=units)
    decide(campaign.reviewer, made)
    assert now(made).approved_amount == amount


def test_a_review_is_due_in_two_days_and_reminders_are_planned(campaign: Campaign) -> None:
    made = checked(campaign, is_audited=True)
    (task,) = campaign.tasks_about(made)

    assert (task.due_at - task.created_at).total_seconds() == 48 * 3600
    rows = outbox.OutboxRow.select().where(outbox.OutboxRow.about == task.public_id)
    assert {row.queue for row in rows} >= {"internal:task-reminder", "internal:task-overdue"}
    decide(campaign.reviewer, made)
    assert Task.get_by_id(task.id).state == "done"


def test_a_line_that_does_not_add_up_is_found(campaign: Campaign) -> None:
    made = campaign.sent()
    decide(campaign.reviewer, made)
    SettlementLine.update(amount=-1).execute()

    assert {(wrong.what, wrong.says, wrong.lines) for wrong in settling.verify(campaign.brand.id)} == {
        ("claim", 200_00, -1),
        ("partner", 0, -1),
    }
