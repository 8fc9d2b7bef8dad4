"""What is held about a person is handed out and erased, and what accounts are made from stays whole."""

import json
from typing import Any

import pytest
from click.testing import Result

from api.idempotency import IdempotencyRecord
from config import clock, database
from config.database import Record
from config.ids import new_id
from notifications import consents, recipients
from notifications.outbox import OutboxRow
from tests import make
from tests.api.conftest import APP_ID, World, token_of
from tests.fire.rows import held
from tests.schema import models
from workflows.domain import invitations, people, sign_in
from workflows.domain.access import Session
from workflows.domain.audit import verify
from workflows.domain.audit.entries import AuditEntry
from workflows.domain.errors import Conflict, Unauthenticated
from workflows.domain.people import Membership, Person
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
        self.system.get("/api/v1/brand/people/wang")

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
def wang(world: World) -> Wang:
    return Wang(world)


def everything() -> str:
    """Every row of every table as text; what is sealed does not show."""
    return json.dumps([str(row) for row in held().items()], ensure_ascii=False)


def tables_naming(person: Person) -> set[str]:
    """The tables with a row that names the person, by id or by number."""
    found = set()
    for record in models():
        for row in record.select():
            cells = row.__data__
            by_number = record in {Session, Membership, invitations.Invitation} and cells.get("person") == person.id
            if by_number or person.public_id in map(str, cells.values()):
                found.add(record._meta.table_name)  # type: ignore[attr-defined]
    return found


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

    def test_every_table_that_names_a_person_is_in_it(self, wang: Wang) -> None:
        """Shown red by taking a part out of PARTS: a new table that speaks of people has to be handed out too."""
        part_of = {
            "address": "addresses",
            "answer_record": "answers",
            "audit_entry": "audit",
            "audit_view": "seen_by",
            "consent": "consents",
            "consent_report": "consent_reports",
            "conversation": "conversations",
            "invitation": "invitations",
            "membership": "memberships",
            "outbox_row": "notices",
            "phone_session": "sessions",
            "purchase_order": "orders",
            "task": "tasks",
        }
        besides = {"person", "event"}  # the record itself; the log, which the audit lists entry by entry
        named = tables_naming(wang.person)
        assert named - besides <= set(part_of), "say in person_export.PARTS what of it is handed out"
        found = person_export.export_person(make.system_actor(wang.world.brand), "wang")
        assert [part_of[table] for table in sorted(named - besides) if not found[part_of[table]]] == []

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
        assert tables_naming(wang.person).isdisjoint(
            {"address", "consent", "consent_report", "phone_session", "invitation", "membership"}
        )

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


class TestDevices:
    IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1 MicroMessenger/8.0.40"
    DESK = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0"

    def signed_in(self, world: World, device: str, agent: str) -> Any:
        invited = invitations.invite(make.system_actor(world.brand), "owner")
        recipients.bind(world.owner.public_id, "wechat", APP_ID, "oOwner")
        caller = world.nobody()
        # What an invitation opens without WeChat ends with the next one: the second signs in as WeChat does.
        if device == "desk":
            caller.credential = sign_in.begin_session_by_wechat(APP_ID, f"c-{device}", "oOwner", device).token
            return caller
        body = {"via": "invitation", "token": invited.token, "device": device}
        answer: Any = caller.post(f"{PHONES}/sessions", body, User_Agent=agent)
        assert answer.status_code == 201, answer.text
        caller.credential = answer.json["token"]
        return caller

    def test_one_sees_where_one_is_signed_in(self, world: World) -> None:
        phone = self.signed_in(world, "mine", self.IPHONE)
        desk = self.signed_in(world, "desk", self.DESK)
        world.phone(world.clerk)
        items = phone.get(f"{PHONES}/sessions").json["items"]
        assert [(one["label"], one["current"]) for one in items] == [(None, False), ("iPhone · WeChat", True)]
        seen = desk.get(f"{PHONES}/sessions").json["items"]
        assert [one["current"] for one in seen] == [True, False]
        assert {"id", "label", "since", "last_used_at", "current"} == set(seen[0])
        assert desk.credential not in json.dumps(seen)

    def test_signing_out_everywhere_ends_every_device_and_nobody_elses(self, world: World) -> None:
        desk = self.signed_in(world, "desk", self.DESK)
        phone, clerk = world.phone(), world.phone(world.clerk)
        assert desk.delete(f"{PHONES}/sessions").status_code == 204
        assert [one.get(f"{PHONES}/me").status_code for one in (desk, phone, clerk)] == [401, 401, 200]
        ended = AuditEntry.select().where(AuditEntry.kind == "session.ended")
        assert {row.actor for row in ended} == {world.owner.public_id}

    def test_a_record_of_another_brand_is_signed_out_too(self, world: World) -> None:
        desk = self.signed_in(world, "desk", self.DESK)
        elsewhere = make.person(make.supplier(make.brand(), "S-9"), "owner", "same-human")
        recipients.bind(elsewhere.public_id, "wechat", APP_ID, "oOwner")
        far = world.phone(elsewhere)
        assert len(desk.get(f"{PHONES}/sessions").json["items"]) == 2
        desk.delete(f"{PHONES}/sessions")
        assert far.get(f"{PHONES}/me").status_code == 401

    def test_a_device_that_ran_out_is_not_listed(self, world: World) -> None:
        world.phone()
        with clock.travelled(days=31):
            desk = world.phone()
            assert len(desk.get(f"{PHONES}/sessions").json["items"]) == 1  # type: ignore[index]

    def test_nothing_of_a_strange_browsers_text_is_kept(self, world: World) -> None:
        phone = self.signed_in(world, "mine", "<script>alert(1)</script> 王小明 curl/8")
        assert phone.get(f"{PHONES}/sessions").json["items"][0]["label"] == "?"


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
