"""What is too old is forgotten by night, in slices; what is younger or still needed stays."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from peewee import chunked

from api import retention, work
from api.idempotency import IdempotencyRecord
from api.retention import RULES
from config import clock, database, forgetting
from config.ids import new_id
from config.settings import Settings
from config.text import Text
from notifications import jobs, outbox
from notifications.consents import ConsentReport
from notifications.notice import Notice
from notifications.outbox import OutboxRow
from notifications.tallies import Tally
from tests import make, schema
from tests.chat import Chat
from tests.trade import Trade
from workflows.domain import tasks
from workflows.domain.access import Session
from workflows.domain.evidence.records import EvidencePhoto
from workflows.domain.invitations import Invitation
from workflows.domain.phone_codes import SmsCode
from workflows.domain.sign_in import SpentLoginCode
from workflows.engine.records import AnswerRecord, Conversation, Template
from workflows.engine.registry import use_flows
from workflows.flows import all_flows

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MOMENT = timedelta(seconds=1)


def call(at: datetime) -> Any:
    facts = {"organisation": 1, "principal": "plk_1", "request_hash": "", "status": 200, "headers": {}}
    return IdempotencyRecord.create(key=new_id("k"), created_at=at, **facts)


def template(at: datetime) -> Any:
    facts = {"organisation": 1, "flow": "f", "flow_version": 1, "subject_id": "s", "subject_version": 1, "steps": []}
    return Template.create(public_id=new_id("tpl"), created_at=at, **facts)


def login_code(at: datetime) -> Any:
    return SpentLoginCode.create(app="wx", code_hash=new_id("h"), device="d", sealed_openid=b"", spent_at=at)


def phone_code(at: datetime) -> Any:
    facts = {"lookup": "l", "device": "d", "sealed_phone": b"", "expires_at": at}
    return SmsCode.create(public_id=new_id("smc"), created_at=at, **facts)


def tally(at: datetime) -> Any:
    return Tally.create(name="limit", subject=new_id("s"), opened_at=at, used=1)


def session(at: datetime, person: int = 1) -> Any:
    """One that runs out at a moment; the person has a newer one since."""
    made = Session.create(
        token_hash=new_id("h"), person=person, acting_for=1, device="d", created_at=at - 30 * DAY, expires_at=at
    )
    Session.create(
        token_hash=new_id("h"), person=person, acting_for=1, device="d", created_at=NOW, expires_at=NOW + DAY
    )
    return made


def invitation(at: datetime) -> Any:
    person = make.person(make.supplier(make.brand()))
    return Invitation.create(public_id=new_id("inv"), person=person, created_at=at - 14 * DAY, expires_at=at)


def settled(at: datetime, state: str = "sent", queue: str = "internal:any", **facts: Any) -> Any:
    known = {"created_at": at - MOMENT, "available_at": at, "settled_at": at, "payload": {}, "dedupe_key": new_id("k")}
    return OutboxRow.create(public_id=new_id("obx"), queue=queue, state=state, **known, **facts)


def given_up(at: datetime) -> Any:
    return settled(at, "dead")


def consent_report(at: datetime) -> Any:
    return ConsentReport.create(person="per_1", app="wx", report=new_id("r"), answers={}, reported_at=at)


def conversation(at: datetime, state: str = "left") -> Any:
    facts = {
        "flow": "f",
        "flow_version": 1,
        "subject_kind": "",
        "subject_id": "",
        "subject_ref": "",
        "subject_version": 1,
    }
    moments = {"created_at": at - DAY, "updated_at": at, "closed_at": None if state == "asking" else at}
    return Conversation.create(
        public_id=new_id("cnv"),
        brand=1,
        organisation=1,
        card={},
        steps=[],
        state=state,
        opened_by="p",
        **facts,
        **moments,
    )


def answer(at: datetime, state: str = "done") -> Any:
    facts = {"step": "s", "value": True, "content_hash": "", "person": "p", "answered_at": at, "recorded_at": at}
    return AnswerRecord.create(organisation=1, answer=new_id("ans"), conversation=conversation(at, state), **facts)


def photo(at: datetime, talk: Conversation | None = None, **facts: Any) -> Any:
    """One that was received at a moment, of a conversation that was left unless another is given."""
    talk = talk or conversation(at)
    known = {
        "public_id": new_id("pho"),
        "key": new_id("img"),
        "person": "p",
        "device": "d",
        "sha256": "",
        "size_bytes": 1,
    }
    known |= {"subject_kind": "claim", "subject_id": talk.subject_id, "media_type": "image/jpeg", "source": "camera"}
    known |= {"brand": 1, "organisation": 1, "conversation": talk.public_id, "recorded_at": at}
    return EvidencePhoto.create(**{**known, **facts})


AGED: dict[str, Callable[[datetime], Any]] = {
    "calls": call,
    "templates": template,
    "login-codes": login_code,
    "phone-codes": phone_code,
    "tallies": tally,
    "sessions": session,
    "invitations": invitation,
    "outbox": settled,
    "outbox-given-up": given_up,
    "consent-reports": consent_report,
    "answers": answer,
    "conversations": conversation,
    "unused-photos": photo,
}
WITHOUT_A_ROW = {"photo-places", "places", "places-undecided", "places-earlier", "places-in-facts", "places-unsent"}
"""Rules that forget a part of a row alone; each has a test of its own, below or with places."""


def forget(rule: str) -> int:
    """One slice by a rule, now; how many rows went."""
    with clock.frozen(NOW):
        return RULES[rule].forget(NOW - timedelta(days=RULES[rule].days), 0).forgotten


def is_there(row: Any) -> bool:
    return bool(type(row).select().where(type(row).id == row.id).exists())


def test_every_table_says_how_long_its_rows_are_kept_and_why() -> None:
    """Shown red by a record whose table stands neither in RULES nor in FOR_GOOD."""
    named = {rule.table for rule in RULES.values()} | {table for one in retention.FOR_GOOD for table in one.tables}
    tables = {record._meta.table_name for record in schema.models()}
    assert tables - named == set(), "say in api/retention.py how long they are kept and why, then `make draw`"
    assert named - tables == set()


def test_the_document_is_as_drawn() -> None:
    written = Path(retention.__file__).parents[1] / "docs" / "retention.md"
    assert written.read_text(encoding="utf-8") == retention.document(), "run `make draw`"


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in WITHOUT_A_ROW])
def test_what_is_past_its_time_goes_and_what_is_younger_stays(rule: str) -> None:
    """Shown red for each rule by a day more or less in its table."""
    kept = timedelta(days=RULES[rule].days)
    old, young = AGED[rule](NOW - kept - MOMENT), AGED[rule](NOW - kept + MOMENT)
    assert forget(rule) == 1
    assert (is_there(old), is_there(young)) == (False, True)


class TestPhotos:
    @pytest.mark.parametrize("state", ["done", "asking"])
    def test_one_in_an_answer_that_counts_stays(self, state: str) -> None:
        """Shown red by leaving out `DONE` or `ASKING` in `unused_photos`."""
        talk = conversation(NOW - 400 * DAY, state)
        kept, beside = photo(NOW - 400 * DAY, talk), photo(NOW - 400 * DAY, talk)
        talk.answers = {"shot_a": {"id": "ans_1", "value": [kept.public_id], "by": "p", "at": ""}}
        talk.save()
        assert forget("unused-photos") == (1 if state == "done" else 0)
        assert (is_there(kept), is_there(beside)) == (True, state == "asking")

    def test_one_that_an_answer_carried_into_another_conversation_stays(self) -> None:
        taken = photo(NOW - 400 * DAY, conversation(NOW - 400 * DAY, "superseded"))
        successor = conversation(NOW, "done")
        successor.answers = {"shot_a": {"value": [{"photo": taken.public_id, "row": "A"}]}}
        successor.save()
        assert forget("unused-photos") == 0

    def test_anothers_answer_keeps_nothing(self) -> None:
        taken = photo(NOW - 400 * DAY)
        other = conversation(NOW, "done")
        other.answers, other.organisation = {"shot_a": {"value": [taken.public_id]}}, 2
        other.save()
        assert forget("unused-photos") == 1

    def test_a_picture_that_no_step_asked_for_stays(self) -> None:
        photo(NOW - 400 * DAY, conversation=None)
        assert forget("unused-photos") == 0

    def test_where_it_was_taken_goes_and_the_photo_stays(self) -> None:
        place = {"latitude": 31.2, "longitude": 121.4, "accuracy_m": 10, "system": "wgs84"}
        kept = timedelta(days=RULES["photo-places"].days)
        old, young = (photo(NOW - kept + by, place=place) for by in (-MOMENT, MOMENT))
        assert forget("photo-places") == 1
        assert EvidencePhoto.get_by_id(old.id).place is None
        assert EvidencePhoto.get_by_id(young.id).place == place


class TestWhatIsStillNeeded:
    def test_a_limits_window_that_opened_anew_keeps_nobodys_old_one(self) -> None:
        busy, old = tally(NOW - 400 * DAY), tally(NOW - 400 * DAY)
        Tally.update(opened_at=NOW).where(Tally.id == busy.id).execute()
        assert forget("tallies") == 1
        assert (is_there(busy), is_there(old)) == (True, False)

    def test_the_newest_session_of_a_person_stays_whatever_its_age(self) -> None:
        old = session(NOW - 400 * DAY)
        Session.delete().where(Session.id > old.id).execute()
        assert forget("sessions") == 0
        assert is_there(old)

    def test_a_session_that_slides_on_stays_however_long_ago_it_began(self) -> None:
        old = session(NOW - 400 * DAY)
        Session.update(expires_at=NOW).where(Session.id == old.id).execute()
        assert forget("sessions") == 0

    @pytest.mark.parametrize("state", ["due", "dead", "unknown"])
    def test_what_has_not_left_and_what_an_operator_must_decide_on_stays(self, state: str) -> None:
        row = settled(NOW - 400 * DAY, state)
        OutboxRow.update(settled_at=None if state == "due" else row.settled_at).where(OutboxRow.id == row.id).execute()
        assert forget("outbox") + forget("outbox-given-up") == 0

    def test_a_message_settled_lately_stays_however_long_it_waited(self) -> None:
        row = settled(NOW - DAY)
        OutboxRow.update(created_at=NOW - 400 * DAY).where(OutboxRow.id == row.id).execute()
        assert forget("outbox") == 0

    def test_the_inbox_shows_what_it_showed(self) -> None:
        """Shown red by leaving `_is_below_what_is_shown` out."""
        payload = Notice("result", "per_1", Text(zh="好")).to_json()
        told = {"queue": "notices", "recipient": "per_1", "place": "7", "payload": payload}
        for number in range(outbox.SHOWN + 3):
            row = settled(NOW - 400 * DAY + number * MOMENT)
            OutboxRow.update(told).where(OutboxRow.id == row.id).execute()
        elsewhere = settled(NOW - 400 * DAY)
        OutboxRow.update({**told, "place": "8"}).where(OutboxRow.id == elsewhere.id).execute()
        shown = [row.id for row in outbox.notices_of("per_1", "7")]

        assert forget("outbox") == 3

        assert [row.id for row in outbox.notices_of("per_1", "7")] == shown
        assert [row.id for row in outbox.notices_of("per_1", "8")] == [elsewhere.id]

    def test_a_cancelled_notice_is_shown_to_nobody_and_goes(self) -> None:
        settled(NOW - 400 * DAY, "cancelled", "notices", recipient="per_1", place="7")
        assert forget("outbox") == 1

    def test_answers_of_a_conversation_that_goes_on_stay(self) -> None:
        row = answer(NOW - 400 * DAY, "asking")
        assert forget("answers") == 0
        assert is_there(row)

    @pytest.mark.parametrize("state", ["done", "asking"])
    def test_a_conversation_with_a_result_or_without_an_end_stays(self, state: str) -> None:
        row = conversation(NOW - 4_000 * DAY, state)
        assert forget("conversations") == 0
        assert is_there(row)

    def test_a_conversation_goes_after_its_answers_never_before(self) -> None:
        row = answer(NOW - 400 * DAY, "superseded")
        assert forget("conversations") == 0
        assert (forget("answers"), forget("conversations")) == (1, 1)
        assert not is_there(row)


class TestTheNight:
    def test_it_is_planned_once_and_begins_every_rule_and_the_next_night(self, night: "Night") -> None:
        with clock.frozen(NOW - DAY):
            work.schedule()
            work.schedule()
        assert night.work_at(NOW - MOMENT) == 0
        call(NOW - 8 * DAY)
        assert night.work_at(NOW) == 1 + len(RULES)
        assert IdempotencyRecord.select().count() == 0
        planned = OutboxRow.select().where(OutboxRow.queue == "internal:night").order_by(OutboxRow.id)
        assert [(row.state, row.available_at) for row in planned] == [("sent", NOW), ("due", NOW + DAY)]

    def test_a_long_walk_takes_slices_of_a_thousand_and_passes_by_what_stays(self, night: "Night") -> None:
        facts = {
            "organisation": 1,
            "flow": "f",
            "flow_version": 1,
            "subject_id": "s",
            "subject_version": 1,
            "steps": [],
        }
        made = [NOW - 40 * DAY] * 2_500 + [NOW] * 500
        rows = [{**facts, "public_id": new_id("tpl"), "created_at": at} for at in made]
        with database.transaction():
            for chunk in chunked(rows, 500):
                Template.insert_many(chunk).execute()
        with clock.frozen(NOW), database.transaction():
            retention.begin_night({"night": "2026-11-23"})
        night.work_at(NOW)
        assert Template.select().count() == 500
        slices = OutboxRow.select().where(OutboxRow.dedupe_key.startswith("retention:templates:2026-11-23:"))
        assert slices.count() == 3

    def test_a_slice_forgets_no_more_than_a_thousand_rows_and_says_where_to_go_on(self) -> None:
        for _ in range(3):
            kept, gone = conversation(NOW - 400 * DAY, "asking"), conversation(NOW - 400 * DAY, "done")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(forgetting, "AT_ONCE", 4)
            states = Conversation.state == "done"
            first = forgetting.forget(Conversation, Conversation.created_at, NOW, 0, states)
            second = forgetting.forget(Conversation, Conversation.created_at, NOW, first.after or 0, states)
        assert (first.forgotten, second.forgotten, second.after) == (2, 1, None)
        assert (is_there(kept), is_there(gone)) == (True, False)

    def test_a_rule_that_fails_holds_up_no_other(self, night: "Night", monkeypatch: pytest.MonkeyPatch) -> None:
        broken = retention.Kept("template", "", 1, "", "", lambda *_: 1 / 0)  # type: ignore[arg-type, return-value]
        monkeypatch.setattr(retention, "RULES", {"broken": broken, "calls": RULES["calls"]})
        call(NOW - 8 * DAY)
        with clock.frozen(NOW), database.transaction():
            retention.begin_night({"night": "2026-11-23"})
        night.work_at(NOW)
        assert IdempotencyRecord.select().count() == 0
        assert OutboxRow.get(OutboxRow.dedupe_key == "retention:broken:2026-11-23:0").state == "due"

    def test_two_that_begin_the_same_night_do_it_once(self) -> None:
        with clock.frozen(NOW), database.transaction():
            retention.begin_night({})
            retention.begin_night({})
        assert OutboxRow.select().where(OutboxRow.queue == "internal:retention").count() == len(RULES)

    def test_a_rule_of_another_version_is_passed_over(self) -> None:
        retention.forget_slice({"rule": "gone", "night": "2026-11-23", "slice": 0, "after": 0})


class Night:
    """A worker that serves the house's own work."""

    def __init__(self, settings: Settings) -> None:
        served = work.handlers(settings)
        self._handlers = {name: served[name] for name in ("internal:night", "internal:retention")}

    def work_at(self, moment: datetime) -> int:
        with clock.frozen(moment):
            return jobs.drain_due(self._handlers, threading.Event())


@pytest.fixture
def night(settings: Settings) -> Night:
    return Night(settings)


def test_nothing_the_accounts_are_made_from_is_ever_deleted(settings: Settings) -> None:
    use_flows(all_flows())
    with clock.frozen(NOW - 4_000 * DAY):
        trade = Trade()
        task = trade.place("PO-1")
        Chat(trade.owner, task.public_id).reply("accept").reply(True).is_done()
    order, told = trade.order("PO-1"), [event.data for event in trade.events()]
    with clock.frozen(NOW), database.transaction():
        retention.begin_night({})
    Night(settings).work_at(NOW)
    assert AnswerRecord.select().count() == 0  # the night was a real one
    assert (trade.order("PO-1"), [event.data for event in trade.events()]) == (order, told)
    assert tasks.Task.get_by_id(task.id).state == "done"
    held = Conversation.get()
    assert (held.state, set(held.answers), bool(held.outcome)) == ("done", {"decision", "send"}, True)


def test_conversations_without_a_result_are_found_by_their_index() -> None:
    """Shown red by an `in_()` in place of the condition written out: neither database then uses the partial index."""
    with watched() as statements:
        RULES["conversations"].forget(NOW, 0)
    sql, params = next((sql, params) for sql, params in statements if sql.startswith("SELECT"))
    if database.is_postgres():
        with database.transaction():
            database.proxy.execute_sql("SET LOCAL enable_seqscan = off")
            plan = database.proxy.execute_sql(f"EXPLAIN {sql}", params).fetchall()
    else:
        plan = database.proxy.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params).fetchall()
    assert "conversation_without_result" in str(plan)


@contextmanager
def watched() -> Iterator[list[tuple[str, Any]]]:
    found: list[tuple[str, Any]] = []
    hook = lambda query: found.append((query.sql, query.params))  # noqa: E731 - removed again by identity
    database.proxy.obj.query_hooks.append(hook)
    yield found
    database.proxy.obj.query_hooks.remove(hook)
