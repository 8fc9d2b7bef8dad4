"""A distributor's owner reads a promotion, joins or declines, chooses stores and signs; through both doors."""

from datetime import datetime, timedelta

import pytest

from config import clock, database
from notifications.outbox import OutboxRow
from tests import make
from tests.chat import Chat
from tests.promotions import Field, open_tasks, signed
from tests.workflows.domain.promotions.conftest import field
from workflows.domain import reminders, tasks
from workflows.domain.claims import participants, publishing
from workflows.domain.claims.records import Claim
from workflows.domain.errors import Conflict, Forbidden, NotFound
from workflows.engine import conversations
from workflows.engine.run import Given

__all__ = ["field"]
LONG = "\n".join(
    f"{number}. Keep the cooler at the door, filled and lit, until the last evening." for number in range(60)
)


def chat(field: Field, door: str = "json", language: str = "en") -> Chat:
    """The owner's conversation about the promotion that is open."""
    (task,) = open_tasks()
    return Chat(field.owner, task.public_id, door, language)


def sign(field: Field, talk: Chat) -> Chat:
    """A signature arrives, and is the answer."""
    return talk.reply(signed(field, talk.turn))


def joined(field: Field, *stores: str) -> Chat:
    """Signed for these stores."""
    return sign(field, chat(field).reply("join").reply(list(stores))).is_done()


@pytest.mark.parametrize("door", ["json", "text"])
def test_joining_is_stored_read_back_and_asks_for_the_proofs(field: Field, door: str) -> None:
    field.publish()
    talk = chat(field, door).says("Summer coolers", "Put the cooler at the door.", "Pays: CNY 400.00 for each store")
    talk.says("Sign by: 2026-11-28 18:00", "Limit: at most CNY 5,000.00 in all", "Do you join?")
    talk.reply("join", typed="1").says("Which stores take part?", "2. T2").reply(["T2"], typed="2")
    talk.says("Sign here.", "Open the mini-app to sign.")
    sign(field, talk).is_done().says("Signed: D1", "Stores (1): T2", "due by 2027-01-05 18:00")
    part = field.participation()
    assert (part.state, part.signed_by, part.signed_at) == ("joined", field.owner.person, clock.now())
    assert field.chosen() == ["T2"]
    (claim,) = Claim.select()
    assert (claim.site_organisation.ref, claim.prover.ref, claim.state) == ("T2", "T2", "to_prove")
    told = field.events()[-1]
    assert (told.type, told.data["partner"], told.data["stores"]) == ("promotion.joined", "D1", ["T2"])
    assert open_tasks() == []


def test_in_chinese_it_reads_as_people_say_it(field: Field) -> None:
    field.publish()
    talk = chat(field, language="zh").says("夏季冰柜陈列", "费用标准：每店 CNY 400.00", "是否参加本活动？", "1. 参加")
    talk.reply("join").says("哪些门店参加？").reply(["T1", "T2"]).says("请签名，表示同意上述活动政策。")
    sign(field, talk).says("已签约：D1", "参加门店（2 家）：T1", "请在 2027-01-05 18:00 前提交")


@pytest.mark.parametrize("door", ["json", "text"])
def test_declining_is_stored_with_its_reason_and_told_to_the_brand(field: Field, door: str) -> None:
    field.publish()
    talk = chat(field, door).reply("decline", typed="Decline").says("Why not?").reply("other", typed="5")
    talk.says("Please say it").reply("The street is closed", typed="The street is closed").is_done()
    talk.says("does not join. Reason: The street is closed")
    part = field.participation()
    assert (part.state, part.reason, part.reason_text) == ("declined", "other", "The street is closed")
    assert (part.signature, field.chosen(), Claim.select().count()) == (None, [], 0)
    told = {row.recipient for row in OutboxRow.select().where(OutboxRow.kind == "result")}
    assert told == {field.buyer.public_id, field.reviewer.public_id}
    assert field.events()[-1].type == "promotion.declined"


def test_a_single_store_is_not_asked_about(field: Field) -> None:
    field.publish(participants=[{"partner": "D1", "stores": [{"store": "T1"}]}])
    sign(field, chat(field).reply("join").says("Sign here.")).is_done()
    assert field.chosen() == ["T1"]


def test_a_distributor_without_stores_signs_for_itself(field: Field) -> None:
    field.publish(participants=[{"partner": "D1"}])
    sign(field, chat(field).reply("join")).is_done()
    assert field.chosen() == ["D1"]


def test_a_long_policy_is_read_whole_in_the_chat(field: Field) -> None:
    field.publish(policy=LONG)
    chat(field).says(LONG, "Do you join?")


def test_no_store_and_an_unknown_store_are_refused(field: Field) -> None:
    field.publish()
    talk = chat(field).reply("join").reply([]).is_refused("too_few")
    talk.reply(["T3"]).is_refused("unknown_option")


def test_a_signature_of_somebody_else_is_unknown(field: Field) -> None:
    field.publish()
    talk = chat(field).reply("join").reply(["T1"])
    talk.reply(signed(field, talk.turn, by=field.stranger)).is_refused("photo_unknown")


def test_new_terms_while_it_is_read_start_over_with_the_news(field: Field) -> None:
    field.publish()
    talk = chat(field).reply("join")
    field.publish(pays={"kind": "per_store", "amount": "500", "currency": "CNY"})
    turn = conversations.load(field.owner, talk.turn.id)
    assert turn.state == "superseded"
    chat(field).says("The brand has changed this promotion.", "It pays CNY 500.00 for each store now.")


def test_who_signed_and_is_asked_anew_keeps_the_proofs_until_the_answer(field: Field) -> None:
    field.publish()
    joined(field, "T1")
    field.publish(policy="Now with ice cream")
    assert [claim.state for claim in Claim.select()] == ["to_prove"]
    chat(field).says("Please read it and sign again.").reply("decline").reply("pay").is_done()
    assert [claim.state for claim in Claim.select()] == ["withdrawn"]


def test_another_choice_of_stores_takes_back_what_was_asked_elsewhere(field: Field) -> None:
    field.publish()
    joined(field, "T1")
    field.publish(policy="New")
    joined(field, "T2")
    states = {claim.site_organisation.ref: claim.state for claim in Claim.select()}
    assert states == {"T1": "withdrawn", "T2": "to_prove"}


def test_withdrawn_while_it_is_read_it_says_so(field: Field) -> None:
    field.publish()
    talk = chat(field).reply("join")
    publishing.withdraw(field.system, "P-1")
    turn = conversations.load(field.owner, talk.turn.id)
    assert turn.state == "superseded"
    assert any("withdrawn this promotion" in message.text.en for message in turn.messages)
    with pytest.raises(Conflict):
        conversations.answer(field.owner, talk.turn.id, 1, [Given("ans_late", "stores", ["T1"])])


def test_signing_late_is_welcome(field: Field) -> None:
    field.publish()
    with clock.frozen(clock.now() + timedelta(days=20)):
        joined(field, "T1", "T2")
    assert field.participation().state == "joined"


def test_who_has_not_signed_is_reminded_and_the_brand_is_told_who_is_late(field: Field) -> None:
    field.publish()
    (task,) = open_tasks()
    planned = OutboxRow.select().where(OutboxRow.about == task.public_id, OutboxRow.queue.startswith("internal:"))
    moments = {row.queue: row for row in planned.order_by(OutboxRow.id.desc())}
    assert set(moments) == {f"internal:{tasks.REMINDER}", f"internal:{tasks.OVERDUE}"}
    with clock.frozen(datetime.fromisoformat("2026-11-28T12:00:00+00:00")), database.transaction():
        reminders.note_overdue(moments[f"internal:{tasks.OVERDUE}"].payload)
    told = {row.recipient for row in OutboxRow.select().where(OutboxRow.kind == "result")}
    assert told == {field.buyer.public_id, field.reviewer.public_id}
    assert (field.events()[-1].type, field.events()[-1].data["partner"]) == ("task.overdue", "D1")


def test_only_the_owner_of_the_distributor_that_is_asked_sees_and_signs_it(field: Field) -> None:
    field.publish()
    (task,) = open_tasks()
    clerk = make.actor_for(make.person(field.distributor, "clerk"), field.distributor)
    with pytest.raises(Forbidden):
        conversations.begin(clerk, task.public_id)
    other = make.actor_for(make.person(make.distributor(make.brand(), "D1")), make.distributor(make.brand()))
    for nobody in (field.stranger, other):
        with pytest.raises(NotFound):
            conversations.begin(nobody, task.public_id)


def test_the_participants_say_who_signed_and_how_each_store_stands(field: Field) -> None:
    opened = field.publish()
    joined(field, "T2")
    found = list(participants.participants_of(opened.promotion))
    (one,) = participants.participant_documents(opened.promotion, found)
    assert (one["state"], one["signed_at"], one["sign_until"]) == ("joined", clock.now(), None)
    assert [(store["store"], store["chosen"], bool(store["claim"])) for store in one["stores"]] == [
        ("T1", False, False),
        ("T2", True, True),
    ]
