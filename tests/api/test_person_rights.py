"""What is held about a person is handed out and erased, and what accounts are made from stays whole."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import Result

from api.idempotency import IdempotencyRecord
from config import clock, database
from config.database import Record
from config.ids import new_id
from config.settings import SmsSettings
from notifications import consents, outbox, recipients, tallies, texting
from notifications.outbox import OutboxRow
from notifications.tallies import Use
from tests import make
from tests.api.conftest import APP_ID, World, token_of
from tests.fire.rows import held
from tests.schema import models
from tests.texting import SILENT
from workflows.domain import invitations, people, phone_codes, sessions, sign_in, text_messages
from workflows.domain.access import Session
from workflows.domain.audit import verify
from workflows.domain.audit.entries import AuditEntry
from workflows.domain.capacity import reporting
from workflows.domain.capacity.records import CapacityPlan, CapacityRequest, Load
from workflows.domain.errors import Conflict, Unauthenticated
from workflows.domain.people import Membership, Person
from workflows.domain.phone_codes import SmsCode
from workflows.domain.purchasing.orders import PurchaseOrder
from workflows.domain.tasks import Task
from workflows.engine import person_export

NAME, PHONE, OPENID = "王小明很特别", "+8613912345678", "oWang-very-recognisable"
PHONES = "/api/v1/phone"


def run(world: World, *arguments: str) -> Result:
    return world.app.test_cli_runner().invoke(args=list(arguments))


def brand_of(world: World) -> str:
    return str(world.brand.operator_ref)


class Wang:
    """Somebody with a past: invited, signed in by WeChat, allowed messages, answered an order, was looked at."""

    def __init__(self, world: World) -> None:
        self.world, self.system = world, world.system()
        body = {"name": NAME, "phone": PHONE, "memberships": [{"partner": "S-1", "role": "owner"}]}
        answer = self.system.put("/api/v1/brand/people/wang", body, Idempotency_Key="k-1")
        assert answer.status_code == 201, answer.text
        self.person: Person = Person.get(Person.ref == "wang")
        self.id = self.person.public_id
        invited = invitations.invite(make.system_actor(world.brand), "wang")
        begun = sign_in.begin_session_by_wechat(APP_ID, "code-1", OPENID, "device-w", invited.token)
        self.phone = world.nobody()
        self.phone.credential = begun.token
        consents.credit(self.id, APP_ID, "rep-1", {"tmpl-task": "accept"})
        self._answer_an_order()
        self._report_capacity()
        self._get_texts()
        self.system.get("/api/v1/brand/people/wang")

    def _report_capacity(self) -> None:
        actor, at = sessions.actor_of_session(self.phone.credential), clock.now()
        body = {"supplier": "S-1", "items": ["BOX"], "months": 1, "due_date": "2099-01-10"}
        assert self.system.put("/api/v1/brand/capacity-requests/CAP-W", body).status_code == 201
        request = CapacityRequest.get(CapacityRequest.ref == "CAP-W")
        plan = {"BOX": {request.asked_month: 5000}}
        reporting.report_capacity(actor, request.public_id, request.version, plan, Load("green", 0))
        assert CapacityPlan.get().reported_at >= at

    def _get_texts(self) -> None:
        texting.use(SILENT)
        phone_codes.ask(PHONE, "device-w", "203.0.113.7")
        with database.transaction():
            tallies.take([Use(text_messages.TO_PERSON, self.id)])
            outbox.publish_on(outbox.TEXTS, {"kind": "task", "notice": "x"}, "text:x", recipient=self.id)

    def _answer_an_order(self) -> None:
        self.world.order("PO-W")
        task = Task.get(Task.subject_ref == "PO-W").public_id
        turn: Any = self.phone.post(f"{PHONES}/conversations", {"id": new_id("cnv"), "task": task}).json
        for step, value in (("decision", "accept"), ("send", True)):
            given = {"id": new_id("ans"), "step": step, "value": value}
            body = {"revision": turn["revision"], "answers": [given]}
            turn = self.phone.post(f"{PHONES}/conversations/{turn['id']}/answers", body).json
        assert turn["state"] == "done"
        self.world.order("PO-OPEN")


@pytest.fixture
def wang(world: World) -> Iterator[Wang]:
    yield Wang(world)
    texting.use(SmsSettings())


def everything() -> str:
    """Every row of every table as text; what is sealed does not show."""
    return json.dumps([str(row) for row in held().items()], ensure_ascii=False)


def columns_naming(person: Person) -> set[str]:
    """The columns (`table.column`) with a value that is the person, by id or by number."""
    found = set()
    for record in models():
        table = record._meta.table_name  # type: ignore[attr-defined]
        for row in record.select():
            cells = row.__data__
            by_number = record in {Session, Membership, invitations.Invitation} and cells.get("person") == person.id
            named = {name for name, value in cells.items() if str(value) == person.public_id}
            found |= {f"{table}.{name}" for name in named | ({"person"} if by_number else set())}
    return found


SPEAKS_OF_PEOPLE = re.compile(
    "person|_by$|buyer|holder|viewer|^by$|actor|principal|recipient|phone|openid|device|lookup|sealed|session$|label"
)


def columns_that_may_name_people() -> set[str]:
    """By their names, whether or not a row of these tests fills them."""
    tables = {record._meta.table_name: record._meta.sorted_field_names for record in models()}  # type: ignore[attr-defined]
    return {f"{table}.{name}" for table, names in tables.items() for name in names if SPEAKS_OF_PEOPLE.search(name)}


# In which part of the export stands what a column says of a person.
PART_OF = {
    "address.lookup": "addresses",
    "address.person": "addresses",
    "address.sealed": "addresses",
    "answer_record.person": "answers",
    "audit_entry.actor": "audit",
    "audit_entry.record": "audit",
    "audit_view.record": "seen_by",
    "audit_view.viewer": "saw",
    "capacity_plan.reported_by": "capacity_plans",
    "capacity_request.reported_by": "capacity_requests",
    "challenge.device": "challenges",
    "challenge.person": "challenges",
    "claim.sent_by": "claims",
    "claim_decision.by": "claim_decisions",
    "consent.person": "consents",
    "consent_report.person": "consent_reports",
    "conversation.holder": "conversations",
    "conversation.opened_by": "conversations",
    "evidence_photo.device": "photos",
    "evidence_photo.person": "photos",
    "invitation.person": "invitations",
    "invitation.session": "invitations",
    "membership.person": "memberships",
    "outbox_row.recipient": "notices",
    "participation.signed_by": "signatures",
    "phone_session.device": "sessions",
    "phone_session.label": "sessions",
    "phone_session.person": "sessions",
    "phone_session.sealed_phone": "addresses",
    "purchase_order.answered_by": "orders",
    "purchase_order.buyer": "orders",
    "sms_code.device": "sms_codes",
    "sms_code.lookup": "sms_codes",
    "sms_code.sealed_phone": "sms_codes",
    "sms_code.session": "sms_codes",
    "spent_login_code.device": "login_codes",
    "spent_login_code.sealed_openid": "login_codes",
    "spent_login_code.session": "login_codes",
    "supplier_load.reported_by": "loads",
    "tally.subject": "text_limits",
    "task.taken_by": "tasks",
}
# What of it is handed out nowhere else, and why.
LEFT_OUT = {
    "confirmation_rule.person_above": "an amount of money",
    "conversation.superseded_by": "another conversation",
    "event.actor": "the audit lists the log entry by entry",
    "event.subject_id": "the audit lists the log entry by entry",
    "event_counter.views_sealed": "how far views are in the chain",
    "idempotency_record.principal": "seven days of copies of answers that the export holds in full",
    "invitation.renewed_by": "another invitation",
    "person.public_id": "the record itself",
    "product.tracked_by": "lot or expiry",
    "promotion.sign_by": "a moment",
}


class TestExport:
    def test_an_operator_hands_out_everything_as_json(self, world: World, wang: Wang) -> None:
        done = run(world, "person", "export", "wang", "--brand", brand_of(world))
        assert done.exit_code == 0, done.output
        found = json.loads(done.output)
        assert (found["person"]["name"], found["brand"]["name"]) == (NAME, world.brand.name)
        assert {(one["kind"], one["address"]) for one in found["addresses"]} == {("phone", PHONE), ("wechat", OPENID)}
        assert [one["role"] for one in found["memberships"]] == ["owner"]
        assert [one["device"] for one in found["sessions"]] == ["device-w"]
        assert [one["left"] for one in found["consents"]] == [1]
        assert [one["step"] for one in found["answers"]] == ["decision", "send"]
        assert [one["ref"] for one in found["orders"]] == ["PO-W"]
        assert {one["reference"] for one in found["notices"]} >= {"PO-W"}
        assert {one["viewer"] for one in found["seen_by"]} == {wang.system.credential[:12]}
        assert {one["record_kind"] for one in found["saw"]} == {"conversation", "purchase_order"}
        noted = AuditEntry.get(AuditEntry.kind == "person.exported")
        assert (noted.actor, noted.record) == ("operator", wang.id)

    def test_every_column_that_may_name_a_person_is_declared(self) -> None:
        """Shown red by a new table with `reported_by`: say above in which part it is handed out, or why not."""
        assert sorted(columns_that_may_name_people() - set(PART_OF) - set(LEFT_OUT)) == []
        assert sorted(set(LEFT_OUT) & set(PART_OF)) == []
        assert set(PART_OF.values()) <= set(person_export.PARTS)

    def test_every_column_that_names_a_person_is_in_it(self, wang: Wang) -> None:
        """Shown red by taking a part out of PARTS: a new table that speaks of people has to be handed out too."""
        named = columns_naming(wang.person)
        assert sorted(named - set(PART_OF) - set(LEFT_OUT)) == []
        found = person_export.export_person(make.system_actor(wang.world.brand), "wang")
        parts = {PART_OF[column] for column in named - set(LEFT_OUT)} | {"sms_codes", "login_codes", "text_messages"}
        assert sorted(part for part in parts if not found[part]) == []

    def test_text_messages_and_capacity_are_in_it_without_codes(self, wang: Wang) -> None:
        code = phone_codes.code_of(SmsCode.get())
        found = person_export.export_person(make.system_actor(wang.world.brand), "wang")
        assert [one["kind"] for one in found["text_messages"]] == ["code", "task"]
        assert [one["used_at"] for one in found["sms_codes"]] == [None]
        assert [(one["sku"], one["quantity"]) for one in found["capacity_plans"]] == [("BOX", "5")]
        assert [one["colour"] for one in found["loads"]] == ["green"]
        assert [one["ref"] for one in found["capacity_requests"]] == ["CAP-W"]
        assert code not in str({name: found[name] for name in ("sms_codes", "text_messages")})

    def test_people_take_along_their_own_of_every_brand(self, world: World, wang: Wang) -> None:
        other = make.brand()
        elsewhere = make.person(make.supplier(other, "S-9"), "owner", "same-human")
        recipients.bind(elsewhere.public_id, "wechat", APP_ID, OPENID)
        found = wang.phone.get(f"{PHONES}/me/export").json
        assert [one["person"]["id"] for one in found["items"]] == [wang.id, elsewhere.public_id]
        assert found["items"][0]["person"]["name"] == NAME
        noted = AuditEntry.select().where(AuditEntry.kind == "person.exported").order_by(AuditEntry.brand)
        assert [(row.brand, row.actor) for row in noted] == [
            (world.brand.id, wang.id),
            (other.id, elsewhere.public_id),
        ]

    def test_a_colleague_and_a_stranger_see_nothing_of_it(self, world: World, wang: Wang) -> None:
        stranger = make.person(make.supplier(make.brand(), "S-9"), "owner")
        for somebody in (world.clerk, stranger):
            text = world.phone(somebody).get(f"{PHONES}/me/export").text
            assert [secret for secret in (NAME, PHONE, OPENID, wang.id) if secret in text] == []


class TestErasure:
    def erase(self, world: World) -> Result:
        return run(world, "person", "erase", "wang", "--brand", brand_of(world), "--yes")

    def test_nothing_that_tells_who_they_were_is_left(self, world: World, wang: Wang) -> None:
        """In no table, the answers kept for repeated calls among them."""
        assert NAME in everything()
        assert IdempotencyRecord.select().count() == 1
        assert self.erase(world).output.strip().endswith("erased: wang")
        left = everything()
        assert [secret for secret in (NAME, PHONE, OPENID, "device-w") if secret in left] == []
        assert recipients.held_of(wang.id) == []
        assert recipients.persons_at("wechat", APP_ID, OPENID) == []
        gone = ("address", "consent", "consent_report", "phone_session", "invitation", "membership")
        assert [column for column in columns_naming(wang.person) if column.startswith(gone)] == []
        assert (SmsCode.select().count(), sign_in.SpentLoginCode.select().count()) == (0, 0)

    def test_codes_of_everybody_else_stay(self, world: World, wang: Wang) -> None:
        assert wang.id
        phone_codes.ask("+8613912345679", "device-x", "203.0.113.8")
        self.erase(world)
        assert [row.device for row in SmsCode.select()] == ["device-x"]

    def test_they_stop_within_one_request_and_nobody_else_does(self, world: World, wang: Wang) -> None:
        clerk = world.phone(world.clerk)
        assert wang.phone.get(f"{PHONES}/inbox").status_code == 200
        self.erase(world)
        assert wang.phone.get(f"{PHONES}/inbox").status_code == 401
        assert clerk.get(f"{PHONES}/inbox").status_code == 200
        with pytest.raises(Unauthenticated, match="not_bound"):
            sign_in.begin_session_by_wechat(APP_ID, "code-2", OPENID, "device-w")

    def test_accounts_stay_whole_under_a_pseudonym(self, world: World, wang: Wang) -> None:
        self.erase(world)
        order = PurchaseOrder.get(PurchaseOrder.ref == "PO-W")
        assert (order.state, order.answered_by) == ("confirmed", wang.id)
        history: Any = world.phone(world.clerk).get(f"{PHONES}/history").json
        assert history["items"][0]["by"] == {"id": wang.id, "name": f"已删除 erased …{wang.id[-6:]}"}
        assert list(verify.findings()) == []
        feed: Any = wang.system.get("/api/v1/brand/events?limit=1000").json
        assert feed["items"][-1]["type"] == "person.erased"
        document: Any = wang.system.get("/api/v1/brand/people/wang").json
        assert (document["state"], document["phone"], document["memberships"]) == ("erased", None, [])

    def test_twice_changes_nothing(self, world: World, wang: Wang) -> None:
        del wang
        self.erase(world)
        before = held()
        again = self.erase(world)
        assert (again.exit_code, "was erased before" in again.output) == (0, True)
        assert held() == before

    def test_a_nightly_sync_does_not_bring_them_back(self, world: World, wang: Wang) -> None:
        self.erase(world)
        body = {"name": NAME, "memberships": []}
        refused = wang.system.put("/api/v1/brand/people/wang", body)
        assert (refused.status_code, (refused.json or {})["code"]) == (409, "person_erased")
        system = make.system_actor(world.brand)
        for bring_back in (people.resume_person, people.suspend_person, invitations.invite):
            with pytest.raises(Conflict, match="person_erased"):
                bring_back(system, "wang")  # type: ignore[operator]

    def test_what_was_taken_is_free_for_colleagues_and_nothing_reaches_them(self, world: World, wang: Wang) -> None:
        Task.update(taken_by=wang.id).where(Task.subject_ref == "PO-OPEN").execute()
        self.erase(world)
        assert Task.get(Task.subject_ref == "PO-OPEN").taken_by is None
        run(world, "outbox", "drain")
        states = OutboxRow.select(OutboxRow.state).where(OutboxRow.recipient == wang.id, OutboxRow.queue == "notices")
        assert "sent" not in {row.state for row in states}

    def test_the_record_another_brand_holds_of_the_same_human_stays(self, world: World, wang: Wang) -> None:
        del wang
        elsewhere = make.person(make.supplier(make.brand(), "S-9"), "owner", "same-human")
        recipients.bind(elsewhere.public_id, "wechat", APP_ID, OPENID)
        session = world.nobody()
        session.credential = token_of(elsewhere)
        self.erase(world)
        assert session.get(f"{PHONES}/me").status_code == 200
        assert recipients.address_of(elsewhere.public_id, "wechat", APP_ID) == OPENID

    def test_it_is_asked_for_by_name_and_brand(self, world: World, wang: Wang) -> None:
        assert wang.id
        other = make.brand("other-brand")
        refused = run(world, "person", "erase", "wang", "--brand", str(other.operator_ref), "--yes")
        assert (refused.exit_code, "not_found" in refused.output) == (1, True)
        assert run(world, "person", "erase", "wang", "--brand", brand_of(world)).exit_code == 1  # nobody said yes
        assert Person.get(Person.ref == "wang").name == NAME


def test_an_erased_person_is_in_no_record_twice(world: World) -> None:
    """The scan above finds what it should: planted, a table that keeps the name."""
    owner = world.owner
    with database.transaction():
        Task.insert(
            public_id=new_id("tsk"),
            brand=world.brand.id,
            organisation=world.supplier.id,
            flow="f",
            roles=[],
            title={"zh": owner.name},
            news=[],
            subject_kind="person",
            subject_id="x",
            subject_ref="x",
            subject_version=1,
            created_at=clock.now(),
        ).execute()
    run(world, "person", "erase", owner.ref, "--brand", brand_of(world), "--yes")
    assert owner.name in everything()
    assert issubclass(Task, Record)
