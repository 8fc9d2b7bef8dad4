"""A field person proves a promotion: place, shots, questions, send; told at once what is wrong with a photo."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from config import clock, database
from notifications.outbox import OutboxRow
from tests import claims, make
from tests.chat import Chat
from tests.proving import DAY, FACTS, HERE, Proving, checked, nobodys_photo
from tests.waiting import somebody_waits, until
from workflows.domain import amounts, reminders
from workflows.domain.claims import asking, deciding
from workflows.domain.claims.decisions import Decision
from workflows.domain.claims.records import CHECKING, REDO, Claim
from workflows.domain.errors import Conflict, NotFound
from workflows.domain.evidence.records import UNREADABLE, Challenge
from workflows.engine import conversations
from workflows.engine.registry import use_flows
from workflows.engine.run import Given
from workflows.flows import all_flows


@pytest.fixture
def proving(db: None) -> Iterator[Proving]:  # noqa: ARG001 - the database it lives in
    use_flows(all_flows())
    with clock.frozen(DAY):
        yield Proving()


@pytest.mark.parametrize("door", ["json", "text"])
def test_place_shots_and_send_make_a_proof(proving: Proving, door: str) -> None:
    chat = proving.chat(door).says(proving.shop.name, "May we note where you take the photos?", "looks more closely")
    chat.reply("allow", "Yes").says("Stand at the store").reply(HERE)
    chat.says("The shelf").reply(proving.photos(chat.turn, "shelf", 2))
    chat.says("The poster").reply(proving.photos(chat.turn, "poster", 1))
    chat.says("Send the proof?", "2 safe", "1 safe", "You will be told").reply(True, "1").is_done()
    chat.says(f"Sent: 3 photos of {proving.shop.name}.")

    sent = proving.asked
    assert (sent.state, sent.round, sent.sent_by) == (CHECKING, 1, proving.field.person)
    assert {shot: len(names) for shot, names in sent.photos.items()} == {"shelf": 2, "poster": 1}
    assert sent.place == HERE
    assert [task.state for task in proving.tasks_about(sent)] == ["done"]


def answered(chat: Chat, proving: Proving) -> Chat:
    """Everything but the send."""
    chat.reply("refuse")
    for shot, count in (("shelf", 2), ("poster", 1)):
        chat.reply(proving.photos(chat.turn, shot, count))
    return chat


def shown_to(chat: Chat) -> str:
    """The id of the preview on the phone."""
    assert chat.turn.ask is not None
    preview: Any = chat.turn.ask.constraints["preview"]
    return str(preview["id"])


class TestPhotosInAnswers:
    def test_one_that_did_not_arrive_is_unknown_and_taken_once_it_has(self, proving: Proving) -> None:
        chat = proving.chat().reply("refuse")
        here = proving.photos(chat.turn, "shelf", 1)
        chat.answer("shot_shelf", [*here, "pho_later"]).is_refused("photo_unknown").says(
            "Photo 2 has not reached us yet"
        )
        proving.photos(chat.turn, "shelf", 1, public_id="pho_later")
        chat.answer("shot_shelf", [*here, "pho_later"]).says("The poster")

    def test_anothers_or_one_of_another_step_or_conversation_is_unknown(self, proving: Proving) -> None:
        chat = proving.chat().reply("refuse")
        mine = proving.photos(chat.turn, "shelf", 1)
        foreign = proving.photos(chat.turn, "shelf", 1, organisation=proving.distributor.id)
        poster = proving.photos(chat.turn, "poster", 1)
        elsewhere = proving.photos(chat.turn, "shelf", 1, subject_id="clm_other", conversation="cnv_other")
        for wrong in (foreign, poster, elsewhere, [nobodys_photo()]):
            chat.answer("shot_shelf", [*mine, *wrong]).is_refused("photo_unknown")

    def test_one_of_another_flows_conversation_about_the_same_claim_is_unknown(self, proving: Proving) -> None:
        chat = proving.chat().reply("refuse")
        chat.answer("shot_poster", proving.photos(chat.turn, "poster", 1, conversation="cnv_review"))
        chat.is_refused("photo_unknown")

    def test_one_that_cannot_be_opened_is_never_taken(self, proving: Proving) -> None:
        chat = proving.chat().reply("refuse")
        names = proving.photos(chat.turn, "shelf", 2)
        checked(names[1], "unreadable", state=UNREADABLE)
        for _ in range(2):
            chat.answer("shot_shelf", names).is_refused("photo_unreadable").says(
                "Photo 2 cannot be opened. Take it again."
            )

    def test_a_blurred_one_is_said_with_what_to_do_and_only_it_is_taken_again(self, proving: Proving) -> None:
        chat = proving.chat().reply("refuse")
        sharp, blurred = proving.photos(chat.turn, "shelf", 2)
        checked(sharp)
        checked(blurred, "blurred")
        chat.answer("shot_shelf", [sharp, blurred]).is_refused("photo_poor")
        chat.says("Photo 2: The photo is blurred.", "Hold the phone still", "send it once more")
        retaken = proving.photos(chat.turn, "shelf", 1)
        chat.answer("shot_shelf", [sharp, *retaken]).says("The poster")

    def test_the_same_poor_one_with_a_new_id_is_a_yes_and_the_same_id_never(self, proving: Proving) -> None:
        chat = proving.chat().reply("refuse")
        names = proving.photos(chat.turn, "shelf", 2)
        checked(names[0], "dark")
        for _ in range(2):
            chat.answer("shot_shelf", names, "ans_dark").is_refused("photo_poor")
        assert chat.turn.revision == 1
        chat.answer("shot_shelf", names, "ans_dark_again").says("The poster")

    def test_asked_and_said_twice_in_one_batch_it_is_no_yes(self, proving: Proving) -> None:
        chat = proving.chat().reply("refuse")
        names = proving.photos(chat.turn, "shelf", 2)
        checked(names[0], "too_small")
        twice = [Given(f"ans_twice_{number}", "shot_shelf", names) for number in range(2)]
        turn = conversations.answer(proving.field, chat.turn.id, 1, twice)
        assert turn.rejection is not None
        assert turn.rejection.code == "photo_poor"
        assert turn.stored == ()

    def test_what_cannot_be_put_right_on_the_spot_is_no_question(self, proving: Proving) -> None:
        chat = proving.chat().reply("refuse")
        names = proving.photos(chat.turn, "shelf", 2)
        checked(names[0], "seen_before", "place_far")
        chat.reply(names).says("The poster")


def test_typed_words_are_no_photos_and_say_where_to_go(proving: Proving) -> None:
    chat = proving.chat("text").reply("refuse", "No").says("Open the mini-app to take the photos.")
    with pytest.raises(AssertionError, match="Open the mini-app to take the photos"):
        chat.reply(None, "here they are")


class TestVerdictsThatComeLater:
    def test_they_stand_in_the_turn_and_behind_their_step_and_leave_the_revision(self, proving: Proving) -> None:
        chat = answered(proving.chat(), proving)
        before = conversations.load(proving.field, chat.turn.id)
        first = next(iter(before.photos))
        assert before.photos[first].to_json("en") == {"state": "received", "remarks": []}
        checked(first, "blurred")

        after = conversations.load(proving.field, chat.turn.id)
        assert after.revision == before.revision
        said = after.photos[first].to_json("en")
        assert said["state"] == "checked"
        assert [remark["code"] for remark in said["remarks"]] == ["blurred"]
        behind = [message.text.en for message in after.messages if message.step == "shot_shelf"]
        assert behind[-1].startswith("Photo 1: The photo is blurred.")

    def test_a_photo_in_no_answer_yet_is_there_too(self, proving: Proving) -> None:
        chat = proving.chat()
        (waiting,) = proving.photos(chat.turn, "shelf", 1)
        assert set(conversations.load(proving.field, chat.turn.id).photos) == {waiting}

    def test_a_verdict_while_reading_is_shown_before_anything_is_sent(self, proving: Proving) -> None:
        chat = answered(proving.chat(), proving).says("2 safe")
        shown = shown_to(chat)
        checked(next(iter(chat.turn.photos)), "screen_like")
        chat.reply({"preview": shown}).is_refused("preview_changed").says("2 safe, 1 with remarks", "look closely")
        chat.reply(True).is_done()

    def test_they_are_told_after_the_proof_was_sent(self, proving: Proving) -> None:
        sent = proving.prove()
        conversation = sent.conversation or ""
        checked(sent.photos["poster"][0], "dark")
        turn = conversations.load(proving.field, conversation)
        assert any("The photo is too dark." in message.text.en for message in turn.messages)


class TestWithoutSignal:
    def test_all_answers_come_at_once_behind_the_photos_still_unchecked(self, proving: Proving) -> None:
        turn = proving.chat().turn
        shelf, poster = proving.photos(turn, "shelf", 2), proving.photos(turn, "poster", 1)
        said = [
            ("place_consent", "allow"),
            ("place", HERE),
            ("shot_shelf", shelf),
            ("shot_poster", poster),
            ("send", True),
        ]
        given = [Given(f"ans_off_{step}", step, value) for step, value in said]
        turn = conversations.answer(proving.field, turn.id, 0, given)
        assert (turn.state, turn.rejection) == ("done", None)
        assert proving.asked.state == CHECKING

    def test_a_poor_photo_among_them_is_asked_about_and_nothing_is_sent(self, proving: Proving) -> None:
        turn = proving.chat().turn
        shelf, poster = proving.photos(turn, "shelf", 2), proving.photos(turn, "poster", 1)
        checked(shelf[0], "blurred")
        said = [("place_consent", "refuse"), ("shot_shelf", shelf), ("shot_poster", poster), ("send", True)]
        given = [Given(f"ans_off_{step}", step, value) for step, value in said]
        turn = conversations.answer(proving.field, turn.id, 0, given)
        assert turn.rejection is not None
        assert turn.rejection.code == "photo_poor"
        assert turn.stored == ("ans_off_place_consent", "ans_off_shot_poster")
        again = [Given("ans_keep", "shot_shelf", shelf), Given("ans_send", "send", True)]
        assert conversations.answer(proving.field, turn.id, turn.revision, again).state == "done"


class TestRedo:
    def test_only_the_named_shot_is_taken_again_and_the_rest_is_kept(self, proving: Proving) -> None:
        before = redo(proving, "poster", "The price is hidden")
        task = proving.task
        assert task.taken_by == proving.field.person
        assert task.title_text.en.startswith("Retake photos")
        chat = proving.chat().says("To be taken again: The poster.", "From the reviewer: The price is hidden")
        chat.reply("allow").reply(HERE).says("The poster")
        chat.reply(before.photos["poster"]).is_refused("photo_not_new")
        chat.reply(proving.photos(chat.turn, "poster", 1)).says("2 kept", "1 safe").reply(True).is_done()

        after = proving.asked
        assert (after.state, after.round, after.redo) == (CHECKING, 2, None)
        assert after.photos["shelf"] == before.photos["shelf"]
        assert after.photos["poster"] != before.photos["poster"]

    def test_word_goes_to_whoever_sent_it_alone(self, proving: Proving) -> None:
        redo(proving, "poster")
        about = proving.task.public_id
        told = OutboxRow.select().where(OutboxRow.queue == "notices", OutboxRow.about == about)
        assert [row.recipient for row in told] == [proving.field.person]


def redo(proving: Proving, shot: str, words: str = "") -> Claim:
    """A proof that was sent, and a shot of it asked for again; the claim as it was sent."""
    sent = proving.prove()
    claim = proving.asked
    claim.state, claim.redo, claim.version = REDO, [shot], claim.version + 1
    with database.transaction():
        claim.save()
        asking.ask_again(claim, [shot], words)
    return sent


class TestWhoMay:
    def test_a_colleague_goes_on_where_somebody_stopped(self, proving: Proving) -> None:
        chat = proving.chat().reply("refuse")
        names = proving.photos(chat.turn, "shelf", 2)
        other = proving.chat(actor=proving.colleague_in_field)
        assert other.turn.id == chat.turn.id
        other.reply(names)
        assert proving.task.taken_by == proving.colleague_in_field.person
        with pytest.raises(Conflict, match="taken_over"):
            chat.reply(names)

    def test_nobody_else_finds_task_or_conversation(self, proving: Proving) -> None:
        turn = proving.chat().turn
        rival = make.partner(proving.brand, "agency")
        stranger = make.actor_for(make.person(rival, "field"), rival)
        for nobody in (stranger, proving.owner, proving.reviewer):
            with pytest.raises(NotFound):
                conversations.load(nobody, turn.id)
            with pytest.raises(NotFound):
                conversations.begin(nobody, proving.task.public_id)


class TestWhatIsAsked:
    def test_the_brands_own_questions_come_after_the_shots(self, db: None) -> None:  # noqa: ARG002
        use_flows(all_flows())
        with clock.frozen(DAY):
            proving = Proving(facts=FACTS, pays={"kind": "per_unit", "amount": 5_00, "fact": "fact_units"})
            chat = proving.chat().reply("refuse")
            for shot, count in (("shelf", 2), ("poster", 1)):
                chat.reply(proving.photos(chat.turn, shot, count))
            chat.says("How many cartons").reply("12").says("competitor").reply("no").reply(True).is_done()
            assert proving.asked.facts == {"fact_units": "12", "fact_rival": "no"}
            assert proving.asked.units == 12_000
            assert proving.asked.place is None

    def test_before_it_begins_nothing_is_asked_and_then_it_is(self, db: None) -> None:  # noqa: ARG002
        use_flows(all_flows())
        with clock.frozen(DAY):
            proving = Proving(starts_on=date(2026, 11, 25))
            assert proving.tasks_about(proving.asked) == []
            row = OutboxRow.get(OutboxRow.queue == f"internal:{asking.QUEUE}")
        assert row.available_at == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
        with clock.frozen(row.available_at), database.transaction():
            asking.proof_begins(row.payload)
        assert proving.task.due_at == proving.promotion.due_at

    def test_after_the_period_it_is_welcome_and_says_that_a_person_decides(self, proving: Proving) -> None:
        chat = answered(proving.chat(), proving)
        with clock.frozen(datetime(2027, 1, 2, tzinfo=UTC)):
            chat.turn = conversations.load(proving.field, chat.turn.id)
            chat.says("not on at this time", "a person decides")
            chat.reply({"preview": shown_to(chat)}).is_done()

    def test_a_month_after_everything_it_has_expired_and_takes_nothing(self, proving: Proving) -> None:
        chat = answered(proving.chat(), proving)
        with clock.frozen(datetime(2027, 1, 29, tzinfo=UTC)):
            assert conversations.load(proving.field, chat.turn.id).state == "asking"
        with clock.frozen(datetime(2027, 1, 31, tzinfo=UTC)):
            chat.reply(True).is_refused("preview_changed")
            with pytest.raises(Conflict, match="conversation_closed"):
                chat.reply(True)
            turn = conversations.load(proving.field, chat.turn.id)
        assert turn.state == "expired"
        assert "no longer taken" in turn.messages[-1].text.en
        assert (turn.ask, proving.asked.state) == (None, "to_prove")
        assert [task.state for task in proving.tasks_about(proving.asked)] == ["cancelled"]

    def test_asking_again_for_what_is_asked_changes_nothing(self, proving: Proving) -> None:
        before = proving.task.public_id
        asking.ask_all(proving.promotion)
        assert proving.task.public_id == before


class TestWhenThePromotionMovesOn:
    def test_photos_that_still_fit_are_kept(self, proving: Proving) -> None:
        chat = proving.chat().reply("refuse")
        shelf = proving.photos(chat.turn, "shelf", 2)
        chat.reply(shelf)
        poster, window = (
            claims.SHOTS[1],
            {**claims.SHOTS[1], "key": "window", "text": {"en": "The window", "zh": "橱窗"}},
        )
        change(proving, shots=[claims.SHOTS[0], poster, window])

        turn = conversations.load(proving.field, chat.turn.id)
        assert turn.state == "superseded"
        chat.turn = conversations.load(proving.field, turn.superseded_by or "")
        chat.says("The brand changed the promotion.", "The poster")
        assert chat.turn.answers["shot_shelf"].value == shelf
        late = proving.photos(turn, "poster", 1)  # taken before the change, for the conversation that stood then
        chat.reply(late).says("The window")

    def test_withdrawn_it_says_so_and_takes_nothing(self, proving: Proving) -> None:
        chat = proving.chat().reply("refuse")
        change(proving, state="withdrawn")
        turn = conversations.load(proving.field, chat.turn.id)
        assert (turn.state, turn.superseded_by) == ("superseded", None)
        assert turn.messages[-1].text.en == "The brand no longer wants this proof."
        assert [task.state for task in proving.tasks_about(proving.asked)] == ["cancelled"]

    def test_sent_it_goes_its_way(self, proving: Proving) -> None:
        proving.prove()
        change(proving, state="withdrawn")
        assert proving.asked.state == CHECKING

    def test_another_prover_is_asked_and_the_former_no_more(self, proving: Proving) -> None:
        former = proving.task
        proving.site.prover = proving.shop.id
        proving.site.save()
        asking.ask_all(proving.promotion)
        assert proving.task.organisation == proving.shop.id
        assert type(former).get_by_id(former.id).state == "superseded"


def change(proving: Proving, **facts: Any) -> None:
    """The brand changes its promotion."""
    for name, value in facts.items():
        setattr(proving.promotion, name, value)
    proving.promotion.save()
    asking.ask_all(proving.promotion)


class TestWhatTheWorldLearns:
    def test_the_event_says_what_was_sent_and_nothing_about_persons(self, proving: Proving) -> None:
        proving.prove()
        event = next(one for one in proving.events() if one.type == "claim.sent")
        assert event.data == {
            "promotion": proving.promotion.ref,
            "partner": proving.distributor.ref,
            "store": proving.shop.ref,
            "prover": proving.agency.ref,
            "round": 1,
            "state": "checking",
            "photos": 3,
        }

    def test_the_codes_in_it_are_spent_and_its_check_is_asked_for(self, proving: Proving) -> None:
        claim = proving.asked
        for code in ("7K3P", "9XYZ"):
            Challenge.create(
                brand=claim.brand,
                organisation=claim.prover_id,
                person=proving.field.person,
                device="device-1",
                subject_id=claim.public_id,
                code=code,
                issued_at=DAY,
                taken_until=DAY + timedelta(hours=24),
                received_until=DAY + timedelta(hours=72),
            )
        chat = proving.chat().reply("refuse").reply(proving.photos(proving.chat().turn, "shelf", 2, challenge="7K3P"))
        chat.reply(proving.photos(chat.turn, "poster", 1, challenge="7K3P")).reply(True).is_done()
        assert {row.code: row.used_at for row in Challenge.select()} == {"7K3P": DAY, "9XYZ": None}
        row = OutboxRow.get(OutboxRow.queue == "internal:claim-check")
        assert row.payload == {"claim": claim.id, "round": 1}

    def test_its_people_are_reminded_and_the_reviewers_told_when_it_is_late(self, proving: Proving) -> None:
        queues = [row.queue for row in OutboxRow.select().where(OutboxRow.about == proving.task.public_id)]
        assert queues.count("internal:task-reminder") == 2
        assert queues.count("internal:task-overdue") == 1
        with clock.frozen(proving.task.due_at), database.transaction():
            overdue = OutboxRow.get(OutboxRow.queue == "internal:task-overdue")
            reminders.note_overdue(overdue.payload)
        told = {row.recipient for row in OutboxRow.select().where(OutboxRow.queue == "notices")}
        assert {proving.reviewer.person, proving.admin.person} <= told


def test_an_answer_with_photos_takes_few_statements(proving: Proving) -> None:
    chat = proving.chat().reply("refuse")
    chat.reply(proving.photos(chat.turn, "shelf", 2))
    names = proving.photos(chat.turn, "poster", 1)
    given = [Given("ans_counted", "shot_poster", names)]
    taken = counted(lambda: conversations.answer(proving.field, chat.turn.id, chat.turn.revision, given))
    assert len(taken) <= 10, "\n".join(taken)


def test_an_answer_without_photos_pays_one_statement_for_what_stands_in_the_turn(proving: Proving) -> None:
    turn = proving.chat().turn
    given = [Given("ans_counted", "place_consent", "allow")]
    taken = counted(lambda: conversations.answer(proving.field, turn.id, 0, given))
    assert len(taken) <= 9, "\n".join(taken)


def test_sending_takes_a_bounded_number_of_statements(proving: Proving) -> None:
    chat = answered(proving.chat(), proving)
    given = [Given("ans_counted", "send", True)]
    taken = counted(lambda: conversations.answer(proving.field, chat.turn.id, chat.turn.revision, given))
    assert len(taken) <= 28, "\n".join(taken)


def counted(act: Callable[[], object]) -> list[str]:
    """The statements that an act takes."""
    seen: list[str] = []
    hook = lambda query: seen.append(query.sql)  # noqa: E731 - removed again by identity
    database.proxy.obj.query_hooks.append(hook)
    act()
    database.proxy.obj.query_hooks.remove(hook)
    return seen


def test_four_shots_one_blurred_and_later_one_wanted_again(db: None) -> None:  # noqa: ARG001 - the database it lives in
    use_flows(all_flows())
    keys = ("front", "shelf", "poster", "till")
    shots = [{**claims.SHOTS[1], "key": key, "text": {"en": f"The {key}", "zh": key}} for key in keys]
    with clock.frozen(DAY):
        proving = Proving(shots=shots)
        chat = proving.chat().reply("allow").reply(HERE)
        for key in keys:
            names = proving.photos(chat.says(f"The {key}").turn, key, 1)
            if key == "poster":
                checked(names[0], "blurred")
                chat.reply(names).is_refused("photo_poor").says("The photo is blurred.")
                names = proving.photos(chat.turn, key, 1)
            chat.reply(names)
        chat.reply(True).is_done()
        first = proving.asked.photos

        review(proving, Decision("redo", shots=("till",), text="The till is hidden"))
        again = proving.chat().says("To be taken again: The till.", "The till is hidden").reply("allow").reply(HERE)
        again.reply(proving.photos(again.turn, "till", 1)).says("1 kept", "1 safe").reply(True).is_done()

        after = proving.asked
        assert (after.state, after.round) == (CHECKING, 2)
        assert [key for key in keys if after.photos[key] != first[key]] == ["till"]


def review(proving: Proving, said: Decision) -> None:
    """The check sends the proof to a person, who decides."""
    claim = proving.asked
    claim.is_audited = True
    with database.transaction():
        deciding.after_check(claim)
    deciding.decide(proving.reviewer, claim.public_id, proving.asked.version, said)


def test_a_proof_that_is_being_sent_is_waited_for_by_a_change(proving: Proving) -> None:
    """Shown red by reading the claims without their lock: the change then writes its older claim over what was sent."""
    chat = answered(proving.chat(), proving)
    changing = threading.Thread(target=in_its_own_connection, args=(lambda: change(proving, state="withdrawn"),))
    given = [Given("ans_meanwhile", "send", True)]
    with database.transaction():
        conversations.answer(proving.field, chat.turn.id, chat.turn.revision, given)
        changing.start()
        until(somebody_waits)
    changing.join()
    assert proving.asked.state == CHECKING


def in_its_own_connection(act: Callable[[], object]) -> None:
    """Do something as another process would."""
    with database.connection():
        act()


@pytest.mark.parametrize(("said", "units"), [("-3", 0), ("7", 7_000), ("5000000000", amounts.LARGEST_QUANTITY)])
def test_a_count_beyond_what_is_paid_for_is_taken_all_the_same(db: None, said: str, units: int) -> None:  # noqa: ARG001
    count = {**FACTS[0], "constraints": {"unit": {"en": "cartons", "zh": "箱"}, "min": "-5"}}
    use_flows(all_flows())
    with clock.frozen(DAY):
        proving = Proving(pays={"kind": "per_unit", "amount": 1_00, "fact": "fact_units"}, facts=[count])
        claim = proving.prove(units=said)
    assert (claim.units, claim.facts["fact_units"]) == (units, said)
