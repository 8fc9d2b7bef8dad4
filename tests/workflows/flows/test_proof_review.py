"""The brand's reviewer decides on a proof, on the phone and through either door; above an amount a second one does."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config import clock, database
from config.text import Text
from tests import make
from tests.chat import Chat
from tests.claims import SHOTS, Campaign, photo
from workflows.domain.access import Actor
from workflows.domain.claims import deciding
from workflows.domain.claims.decisions import Decision
from workflows.domain.claims.records import CHECKING, Claim, SettlementLine
from workflows.domain.errors import Conflict, Forbidden, NotFound
from workflows.engine import conversations, inbox, starting
from workflows.engine.checks import problems
from workflows.engine.registry import use_flows
from workflows.engine.run import Given
from workflows.flows import all_flows
from workflows.flows.proof_review import FLOW

DOORS = pytest.mark.parametrize("door", ["json", "text"])
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def campaign(db: None) -> Iterator[Campaign]:  # noqa: ARG001 - the database it lives in
    use_flows(all_flows())
    with clock.frozen(NOW):
        yield Campaign()


def put(campaign: Campaign, **facts: Any) -> None:
    """Put the promotion otherwise."""
    for name, value in facts.items():
        setattr(campaign.promotion, name, value)
    campaign.promotion.save()


def waiting(campaign: Campaign, **facts: Any) -> Claim:
    """A claim that was checked, drawn for a person, and waits for its reviewer."""
    made = campaign.sent(**{"is_audited": True, **facts})
    Claim.update(state=CHECKING).where(Claim.id == made.id).execute()
    with database.transaction():
        deciding.after_check(now(made))
    return now(made)


def now(made: Claim) -> Claim:
    found: Claim = Claim.get_by_id(made.id)
    return found


def task(campaign: Campaign, made: Claim) -> str:
    """The open task of the brand's reviewers about a claim."""
    return next(one.public_id for one in campaign.tasks_about(made) if one.state == "open")


def review(campaign: Campaign, made: Claim, who: Actor | None = None, door: str = "json") -> Chat:
    return Chat(who or campaign.reviewer, task(campaign, made), door)


def approve(chat: Chat) -> Chat:
    return chat.reply("yes", "1").reply("approve", "1").reply(True, "yes")


def paid(made: Claim) -> list[int]:
    lines = SettlementLine.select().where(SettlementLine.claim == made.id).order_by(SettlementLine.id)
    return [line.amount for line in lines]


def proof(chat: Chat) -> dict[str, Any]:
    """What the note carries, in English."""
    assert chat.turn.steps is not None
    data: Any = chat.turn.steps[0].localised("en")["constraints"]
    found: dict[str, Any] = data["data"]["proof"]
    return found


@DOORS
def test_a_proof_is_approved_with_three_answers_and_paid(campaign: Campaign, door: str) -> None:
    made = waiting(campaign)

    chat = review(campaign, made, door=door)
    chat.says("Autumn display", "compare the photos with what was wanted", "handwritten code")
    chat.reply("yes", "1").reply("approve", "1")
    chat.says("is paid CNY 200.00 and told so", "the code is visible").reply(True, "yes").is_done()

    chat.says("Stored: approved, CNY 200.00 is paid")
    assert (now(made).state, paid(made)) == ("approved", [200_00])
    assert inbox.waiting_for(campaign.reviewer) == []


@DOORS
def test_a_rejection_says_why(campaign: Campaign, door: str) -> None:
    made = waiting(campaign)

    chat = review(campaign, made, door=door)
    chat.reply("no", "No").reply("reject", "Reject").reply("other", "Another reason")
    chat.reply("", "-") if door == "json" else chat.reply("", None)
    chat.is_refused("reason_needed")
    chat.reply("Not our goods", "Not our goods").says("told why and what to do", "Not our goods")
    chat.reply(True, "yes").is_done().says("Stored: rejected, Another reason")

    assert (now(made).state, paid(made)) == ("rejected", [])


@DOORS
def test_only_named_shots_are_asked_for_again(campaign: Campaign, door: str) -> None:
    made = waiting(campaign)

    chat = review(campaign, made, door=door)
    chat.reply("yes", "1").reply("redo", "2").reply(["poster"], "2").reply("Closer, please", "Closer, please")
    chat.says("gets a new task: The poster. The other photos are kept").reply(True, "yes").is_done()

    assert (now(made).state, now(made).redo) == ("redo", ["poster"])


def test_a_shot_taken_out_of_the_promotion_meanwhile_is_not_asked_for_again(campaign: Campaign) -> None:
    made = waiting(campaign)
    chat = review(campaign, made).reply("yes").reply("redo")
    chat.reply(["poster"]).reply("Closer")
    put(campaign, shots=SHOTS[:1])
    chat.reply(True).is_refused("shot_not_wanted")
    assert now(made).state == "in_review"
    chat.answer("decision", "approve").reply(True).is_done()
    assert paid(made) == [200_00]


def test_the_proof_stands_beside_what_was_wanted(campaign: Campaign) -> None:
    fact = {
        "step": "fact_units",
        "kind": "quantity",
        "text": {"en": "Units", "zh": "数量"},
        "constraints": {"unit": "pcs"},
    }
    put(campaign, facts=[fact], second_above=500_00)
    made = campaign.sent(is_audited=True, distance_m=1_234, facts={"fact_units": "12.5"}, score=40)
    shelf, poster = made.photos["shelf"], made.photos["poster"]
    made.reasons = [
        {"code": "place_far", "facts": {"distance_m": 1_234, "radius_m": 200}},
        {"code": "blurred", "photo": shelf[1], "facts": {}},
    ]
    made.state = CHECKING
    made.save()
    with database.transaction():
        deciding.after_check(made)

    seen = proof(review(campaign, made))
    assert (seen["store"], seen["amount"], seen["place"]["text"]) == (
        made.site_organisation.name,
        "CNY 200.00",
        "1.2 km from the store",
    )
    assert seen["facts"] == [["Units", "12.5 pcs"]]
    assert [reason["level"] for reason in seen["reasons"]] == ["red"]
    assert [(shot["key"], shot["wanted"], len(shot["photos"])) for shot in seen["shots"]] == [
        ("shelf", "2–3", 2),
        ("poster", "1", len(poster)),
    ]
    assert [reason["code"] for reason in seen["shots"][0]["photos"][1]["reasons"]] == ["blurred"]


def test_a_picture_that_looks_alike_is_shown_only_where_the_brand_owns_both(campaign: Campaign) -> None:
    ours = photo(campaign.sent())
    with database.transaction():
        other = Campaign()
        theirs = photo(other.sent())
    made = campaign.sent()
    named = made.photos["poster"][0]
    made.reasons = [
        {"code": "seen_before", "photo": named, "facts": {"photo": ours.key, "same_brand": True}},
        {"code": "seen_before_exactly", "photo": named, "facts": {"photo": theirs.key, "same_brand": True}},  # a lie
    ]
    made.state, made.is_held = CHECKING, True
    made.save()
    with database.transaction():
        deciding.after_check(made)

    chat = review(campaign, made)
    alike = proof(chat)["shots"][1]["photos"][0]["alike"]
    assert alike == [
        {"photo": ours.key, "text": "Sent for another store or promotion on 2026-11-22"},
        {"photo": None, "text": "Seen before"},
    ]
    assert theirs.key not in str(chat.turn)
    assert other.distributor.name not in str(chat.turn)


def test_the_code_that_must_be_visible_is_asked_for_by_name(campaign: Campaign) -> None:
    made = campaign.sent(is_audited=True)
    made.photos["shelf"].append(photo(made, challenge="7K3P").public_id)
    made.state = CHECKING
    made.save()
    photo(made, challenge="OLD2")  # was sent, and was replaced
    with database.transaction():
        deciding.after_check(made)

    review(campaign, made).says("Is the code 7K3P visible, written by hand?")


def test_a_second_different_reviewer_decides_above_the_amount(campaign: Campaign) -> None:
    put(campaign, second_above=100_00)
    made = waiting(campaign)
    first = review(campaign, made)
    first.reply("yes").reply("approve").says("CNY 200.00 is above your limit", "Nothing is paid before")
    first.reply(True).is_done().says("A second reviewer decides now")

    again = review(campaign, made)
    assert [one["text"] for one in proof(again)["decisions"]] == [f"{_name(campaign.reviewer)} approved (first of two)"]
    again.says("has approved this").reply("yes").is_refused("same_reviewer")
    second = review(campaign, made, campaign.colleague).reply("yes").reply("approve")
    again.turn = conversations.load(campaign.reviewer, again.turn.id)
    again.reply(True).is_refused("same_reviewer")  # nor does the first reviewer send what a colleague has filled in
    second.turn = conversations.load(campaign.colleague, second.turn.id)
    second.says("is paid CNY 200.00").reply(True).is_done()
    assert paid(made) == [200_00]


def _name(actor: Actor) -> str:
    return str(make.Person.get(make.Person.public_id == actor.person).name)


def test_the_first_reviewers_old_conversation_decides_nothing_more(campaign: Campaign) -> None:
    put(campaign, second_above=100_00)
    made = waiting(campaign)
    first = approve(review(campaign, made)).is_done()

    with pytest.raises(Conflict, match="already_answered"):
        first.answer("decision", "reject")
    assert (now(made).state, paid(made)) == ("second_review", [])


def test_where_nobody_else_may_review_it_says_whom_to_ask(campaign: Campaign) -> None:
    put(campaign, second_above=100_00)
    made = waiting(campaign)
    make.Person.update(state="suspended").where(
        make.Person.public_id.in_([campaign.colleague.person, campaign.admin.person])
    ).execute()

    review(campaign, made).reply("yes").reply("approve").says("ask an administrator to add one")


def test_the_rest_of_a_budget_is_named_before_it_is_paid(campaign: Campaign) -> None:
    put(campaign, budget={"per_partner": 350_00, "per_store": None})
    first, second = waiting(campaign), waiting(campaign)
    chat = review(campaign, second).reply("yes").reply("approve").says("is paid CNY 200.00", "CNY 150.00")

    approve(review(campaign, first, campaign.colleague))
    chat.reply(True).is_refused("preview_changed")
    chat.says("The budget holds only CNY 150.00 of CNY 200.00").reply(True).is_done()

    assert (paid(first), paid(second)) == ([200_00], [150_00])


def test_a_rest_that_shrinks_meanwhile_is_said_again_before_it_is_paid(campaign: Campaign) -> None:
    put(campaign, budget={"per_partner": 190_00, "per_store": None})
    first, second = waiting(campaign), waiting(campaign)
    chat = review(campaign, second).reply("yes").reply("approve").says("holds only CNY 190.00 of CNY 200.00")
    put(campaign, pays={"kind": "per_store", "amount": 100_00, "fact": None})
    approve(review(campaign, first, campaign.colleague))
    put(campaign, pays={"kind": "per_store", "amount": 200_00, "fact": None})

    chat.reply(True).is_refused("preview_changed")
    chat.says("holds only CNY 90.00 of CNY 200.00").reply(True).is_done()
    assert paid(second) == [90_00]


def test_two_reviewers_deciding_at_once_make_one_decision(campaign: Campaign) -> None:
    made = waiting(campaign)
    mine, theirs = review(campaign, made), review(campaign, made, campaign.colleague)
    mine.reply("yes").reply("approve")
    theirs.turn = conversations.load(campaign.colleague, theirs.turn.id)
    ended: list[str] = []

    def send(chat: Chat) -> None:
        with database.connection(), clock.frozen(NOW):
            given = Given(f"ans_{chat.actor.person}", "send", True, NOW.isoformat())
            try:
                ended.append(conversations.answer(chat.actor, chat.turn.id, 2, [given]).state)
            except Conflict as conflict:
                ended.append(conflict.code)

    threads = [threading.Thread(target=send, args=(chat,)) for chat in (mine, theirs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ended == ["done", "done"]  # both said yes to the same: the other sees the one result
    assert paid(made) == [200_00]
    assert [event.type for event in campaign.events()].count("claim.approved") == 1


def test_whoever_comes_second_with_another_decision_sees_the_first(campaign: Campaign) -> None:
    made = waiting(campaign)
    mine, theirs = review(campaign, made), review(campaign, made, campaign.colleague)
    approve(mine)

    with pytest.raises(Conflict, match="already_answered"):
        theirs.reply("yes").answer("decision", "reject")


def test_a_decision_is_undone_by_a_new_one_that_anybody_sees(campaign: Campaign) -> None:
    made = waiting(campaign)
    approve(review(campaign, made))

    turn = starting.start(campaign.colleague, FLOW.key, made.public_id).turn
    assert "this was decided" in turn.messages[0].text.en
    said = {"code_visible": "no", "decision": "reject", "reason": "not_as_agreed", "reason_text": ""}
    given = [Given(f"ans_{step}", step, value) for step, value in said.items()]
    turn = conversations.answer(campaign.colleague, turn.id, 0, given)
    assert turn.ask is not None
    preview: Any = turn.ask.constraints["preview"]
    assert preview["facts"][-1] == [Text(en="Taken back", zh="撤回"), "CNY 200.00"]
    sent = Given("ans_send", "send", {"preview": preview["id"]})
    assert conversations.answer(campaign.colleague, turn.id, 4, [sent]).state == "done"

    assert (now(made).state, paid(made)) == ("rejected", [200_00, -200_00])
    kinds = [event.type for event in campaign.events()][-3:]
    assert kinds == ["claim.reopened", "settlement.reversed", "claim.rejected"]


def test_what_was_paid_or_decided_long_ago_is_not_offered_to_be_undone(campaign: Campaign) -> None:
    made, old, banked = (waiting(campaign) for _ in range(3))
    for one in (made, old, banked):
        approve(review(campaign, one))
    Claim.update(decided_at=NOW - timedelta(days=91)).where(Claim.id == old.id).execute()
    SettlementLine.update(paid_on=NOW.date()).where(SettlementLine.claim == banked.id).execute()

    offered = starting.offered(campaign.reviewer, FLOW.key, None, 10, has_steps=False)
    assert [one.subject.id for one in offered] == [made.public_id]
    with pytest.raises(Conflict, match="not_startable"):
        starting.start(campaign.reviewer, FLOW.key, banked.public_id)


def test_a_claim_undone_by_a_colleague_meanwhile_leads_the_other_there(campaign: Campaign) -> None:
    made = waiting(campaign)
    chat = review(campaign, made).reply("yes")
    deciding.decide(campaign.colleague, made.public_id, made.version, Decision("reject", "no", "not_as_agreed"))

    with pytest.raises(Conflict, match="superseded"):
        chat.reply("approve")
    assert "rejected by a colleague" in conversations.load(campaign.reviewer, chat.turn.id).messages[-1].text.en


def test_strangers_buyers_and_partners_see_nothing_of_a_review(campaign: Campaign) -> None:
    made = waiting(campaign)
    asked = task(campaign, made)
    other = make.brand()
    stranger = make.actor_for(make.person(other, "reviewer"), other)
    buyer = make.actor_for(make.person(campaign.brand, "buyer"), campaign.brand)

    for nobody in (stranger, campaign.owner, campaign.field):
        with pytest.raises((NotFound, Forbidden)):
            conversations.begin(nobody, asked)
        assert inbox.waiting_for(nobody) == []
    with pytest.raises(Forbidden):
        conversations.begin(buyer, asked)
    with pytest.raises(NotFound):
        starting.start(stranger, FLOW.key, made.public_id)


def test_opening_a_review_takes_the_same_statements_however_many_photos_there_are(campaign: Campaign) -> None:
    few, many = waiting(campaign), campaign.sent(is_audited=True)
    many.photos["shelf"] += [photo(many).public_id for _ in range(30)]
    many.save()
    assert _statements(campaign, few) == _statements(campaign, many)


def _statements(campaign: Campaign, made: Claim) -> int:
    asked: list[Any] = []
    hooks = database.proxy.obj.query_hooks
    hooks.append(asked.append)
    try:
        FLOW.load(campaign.reviewer, made.public_id)
    finally:
        hooks.remove(asked.append)
    return len(asked)


def test_nothing_is_wrong_with_the_flow(campaign: Campaign) -> None:
    made = waiting(campaign)
    assert problems(FLOW, FLOW.load(campaign.reviewer, made.public_id)) == []
