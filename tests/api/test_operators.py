"""What an operator does to a partner, to the outbox and to the secret: at once, safe to repeat, and in the audit."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from click.testing import Result

from config import database, resealing, sealing
from config.sealing import Sealer
from config.settings import Settings
from notifications import outbox, recipients
from notifications.outbox import OutboxRow
from notifications.recipients import Address
from tests import make
from tests.acceptance.stack import ROOT
from tests.api.conftest import APP_ID, World
from tests.conftest import TEST_SECRET
from workflows.domain import invitations, operators, proved_numbers, sessions, sign_in
from workflows.domain.access import BY_PHONE, Session
from workflows.domain.audit import verify
from workflows.domain.audit.entries import AuditEntry
from workflows.domain.audit.noting import HOUSE
from workflows.domain.people import Person
from workflows.domain.tasks import Task

INBOX = "/api/v1/phone/inbox"
NEW_SECRET = "a-newer-secret-of-the-tests-0123456789"


def run(world: World, *arguments: str) -> Result:
    return world.app.test_cli_runner().invoke(args=list(arguments))


def noted(kind: str) -> list[tuple[int, str, str]]:
    query = AuditEntry.select().where(AuditEntry.kind == kind).order_by(AuditEntry.id)
    return [(row.brand, row.actor, row.record) for row in query]


class TestAPartner:
    def of(self, world: World) -> tuple[str, str]:
        return "--brand", str(world.brand.operator_ref)

    def test_its_people_stop_within_one_request_and_nobody_else_does(self, world: World) -> None:
        neighbour = make.person(make.supplier(world.brand, "S-2"), "owner")
        phone, next_door = world.phone(), world.phone(neighbour)
        assert phone.get(INBOX).status_code == 200
        done = run(world, "partner", "suspend", "S-1", *self.of(world))
        assert (done.exit_code, done.output.strip()) == (0, "suspended: S-1")
        assert [phone.get(INBOX).status_code, next_door.get(INBOX).status_code] == [401, 200]
        assert noted("partner.suspended") == [(world.brand.id, "operator", world.supplier.public_id)]

    def test_no_notice_reaches_them_and_its_tasks_stay(self, world: World) -> None:
        world.order("PO-before")
        run(world, "partner", "suspend", "S-1", *self.of(world))
        run(world, "outbox", "drain")
        assert {row.state for row in OutboxRow.select().where(OutboxRow.queue == outbox.NOTICES)} == {"cancelled"}
        assert {task.state for task in Task.select()} == {"open"}

    def test_it_works_again_and_signs_in_anew(self, world: World) -> None:
        phone = world.phone()
        world.order()
        for _ in range(2):
            assert run(world, "partner", "suspend", "S-1", *self.of(world)).exit_code == 0
        for _ in range(2):
            assert run(world, "partner", "resume", "S-1", *self.of(world)).output.strip() == "works again: S-1"
        assert phone.get(INBOX).status_code == 401
        inbox: Any = world.phone().get(INBOX).json
        assert len(inbox["tasks"]) == 1
        assert len(noted("partner.suspended")) == len(noted("partner.resumed")) == 1

    def test_another_brands_partner_is_unknown(self, world: World) -> None:
        other = make.brand("other-brand")
        make.supplier(other, "S-other")
        refused = run(world, "partner", "suspend", "S-other", *self.of(world))
        assert (refused.exit_code, "not_found" in refused.output) == (1, True)


class TestAPerson:
    def of(self, world: World) -> tuple[str, ...]:
        return "owner", "--brand", str(world.brand.operator_ref)

    def test_somebody_stopped_is_out_within_one_request_and_comes_back_only_when_let_in(self, world: World) -> None:
        colleague = world.phone(make.person(world.supplier, "clerk", "colleague"))
        phone = world.phone()
        done = run(world, "person", "suspend", *self.of(world))
        assert (done.exit_code, done.output.strip()) == (0, "suspended: owner")
        assert [phone.get(INBOX).status_code, colleague.get(INBOX).status_code] == [401, 200]
        assert run(world, "person", "resume", *self.of(world)).output.strip() == "may sign in again: owner"
        assert phone.get(INBOX).status_code == 401
        assert world.phone().get(INBOX).status_code == 200
        assert [len(noted(kind)) for kind in ("person.suspended", "person.resumed")] == [1, 1]

    def test_a_lost_phone_is_signed_out_and_another_signs_in(self, world: World) -> None:
        phones = [world.phone(), world.phone()]
        assert run(world, "person", "sign-out", *self.of(world)).output.strip() == "sessions ended: 2"
        assert [phone.get(INBOX).status_code for phone in phones] == [401, 401]
        assert world.phone().get(INBOX).status_code == 200

    @pytest.mark.parametrize("command", ["suspend", "resume", "sign-out"])
    def test_another_brands_person_is_unknown(self, world: World, command: str) -> None:
        other = make.supplier(make.brand("other-brand"), "S-other")
        make.person(other, "owner", "somebody")
        refused = run(world, "person", command, "somebody", "--brand", str(world.brand.operator_ref))
        assert (refused.exit_code, "not_found" in refused.output) == (1, True)


class TestTheOutbox:
    def test_a_row_that_is_tried_again_or_dropped_is_noted_where_it_belongs(self, world: World) -> None:
        world.order()
        row = OutboxRow.select().where(OutboxRow.queue == outbox.NOTICES).first()
        OutboxRow.update(state="dead").where(OutboxRow.id == row.id).execute()
        assert run(world, "outbox", "retry", row.public_id).exit_code == 0
        assert run(world, "outbox", "drop", row.public_id).exit_code == 0
        assert run(world, "outbox", "drop", row.public_id).exit_code == 1
        assert noted("outbox.retried") == noted("outbox.dropped") == [(world.brand.id, "operator", row.public_id)]

    def test_the_houses_own_work_is_noted_in_the_houses_chain(self, world: World) -> None:
        with database.transaction():
            outbox.publish_internal("night", {}, "night:1")
        row = OutboxRow.get(OutboxRow.dedupe_key == "night:1")
        assert run(world, "outbox", "drop", row.public_id).exit_code == 0
        assert noted("outbox.dropped") == [(HOUSE, "operator", row.public_id)]
        assert list(verify.findings()) == []


class Processes:
    """The processes of a rolling change of the secret, one after the other, each with its own keys."""

    def __init__(self, world: World) -> None:
        self._world = world

    def use(self, *secrets: str) -> None:
        sealing.use(Sealer(secrets))

    def rotate(self, *secrets: str) -> Result:
        """`flask keys rotate` with these keys."""
        self.use(*secrets)
        return run(self._world, "keys", "rotate")


def rotated_by_a_real_process(settings: Settings, secret: str, old: str) -> str:
    """What `flask keys rotate` prints as an operator starts it."""
    environ = {
        **os.environ,
        "PARTNERLINE_ENV": "test",
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": secret,
        "SECRET_KEY_OLD": old,
        "STATE_DIR": str(settings.state_dir),
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "keys", "rotate"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def processes(world: World) -> Iterator[Processes]:
    yield Processes(world)
    sealing.use(Sealer([TEST_SECRET]))


def bound(world: World, count: int) -> list[tuple[Person, str]]:
    people = [make.person(world.supplier, "clerk", phone=f"+861391234{5000 + number}") for number in range(count)]
    for number, one in enumerate(people):
        recipients.bind(one.public_id, "wechat", APP_ID, f"openid-{number}")
    return [(one, f"openid-{number}") for number, one in enumerate(people)]


class TwoBrands:
    """Somebody whose number two brands know, and the sessions that codes sent to it opened."""

    NUMBER = "+8613912349999"

    def __init__(self, world: World) -> None:
        there = make.supplier(make.brand(), "S-9")
        self.records = [make.person(place, "clerk", phone=self.NUMBER) for place in (world.supplier, there)]
        self.tokens: list[str] = []

    def sign_in(self) -> None:
        places = sessions.places_of(recipients.persons_at("phone", "", self.NUMBER))
        with database.transaction():
            begun, _ = sessions.begin(places[0], places, "device", BY_PHONE, self.NUMBER)
        self.tokens.append(begun.token)

    def reached(self) -> list[bool]:
        """Of each session: does it reach the records of both brands?"""
        actors = [sessions.actor_of_session(token) for token in self.tokens]
        return [sessions.own_records(actor) == self.records for actor in actors]


class TestTheSecret:
    def test_a_rolling_change_signs_nobody_out_and_everybody_in(
        self, world: World, processes: Processes, settings: Settings
    ) -> None:
        """Before, between and after: whichever process of the roll-out is asked, and whichever sealed the address."""
        everybody, two_brands = bound(world, 4), TwoBrands(world)
        session = world.phone()
        steps = [
            [(TEST_SECRET,), (TEST_SECRET, NEW_SECRET)],
            [(TEST_SECRET, NEW_SECRET), (NEW_SECRET, TEST_SECRET)],
            [(NEW_SECRET, TEST_SECRET)],
        ]
        code = 0
        for running in steps:
            for number, keys in enumerate(running):
                for person, openid in everybody:
                    processes.use(*keys)
                    code += 1
                    begun = sign_in.begin_session_by_wechat(APP_ID, f"code-{code}", openid, "device")
                    assert begun.standing.person.id == person.id
                    recipients.bind(person.public_id, "wechat", APP_ID, openid)  # sealed by this process, for the next
                two_brands.sign_in()
                assert number < len(running)
        assert resealing.sealed_before(proved_numbers.SEALED) == 3  # of five: two were opened under the new key
        assert "remaining: 0" in rotated_by_a_real_process(settings, NEW_SECRET, TEST_SECRET)
        processes.use(NEW_SECRET)
        for person, openid in everybody:
            begun = sign_in.begin_session_by_wechat(APP_ID, f"last-{openid}", openid, "device")
            assert begun.standing.person.id == person.id
            assert recipients.address_of(person.public_id, "phone", "") is not None
        assert two_brands.reached() == [True] * 5
        assert session.get(INBOX).status_code == 200

    def test_the_order_of_the_roll_out_matters(self, world: World, processes: Processes) -> None:
        """Planted: the new key seals before everybody knows it, and a process of before cannot open what it sealed."""
        (person, openid), *_ = bound(world, 1)
        processes.use(NEW_SECRET, TEST_SECRET)
        recipients.bind(person.public_id, "wechat", APP_ID, openid)
        processes.use(TEST_SECRET)
        with pytest.raises(sealing.CannotOpen):
            recipients.address_of(person.public_id, "wechat", APP_ID)

    def test_it_says_how_many_remain_and_goes_on_where_it_was_interrupted(
        self, world: World, processes: Processes
    ) -> None:
        bound(world, 4)
        sealing.use(Sealer([NEW_SECRET, TEST_SECRET]))
        interrupted = resealing.reseal(recipients.SEALED, limit=3)
        assert interrupted is not None
        assert operators.sealed_before() == 5
        rotated = processes.rotate(NEW_SECRET, TEST_SECRET)
        assert rotated.output.splitlines()[:2] == ["to do: 5", "sealed again: 5, remaining: 0"]
        again = processes.rotate(NEW_SECRET, TEST_SECRET)
        assert (again.exit_code, again.output.splitlines()[0]) == (0, "to do: 0")
        assert noted("keys.rotated") == [(HOUSE, "operator", "")]

    def test_numbers_that_opened_sessions_are_counted_and_sealed_too(self, world: World, processes: Processes) -> None:
        two_brands = TwoBrands(world)
        two_brands.sign_in()
        world.phone()  # opened by no number: nothing to do
        rotated = processes.rotate(NEW_SECRET, TEST_SECRET)
        assert rotated.output.splitlines()[:3] == [
            "to do: 3",
            "sealed again: 2, remaining: 1",
            "sealed again: 1, remaining: 0",
        ]
        processes.use(NEW_SECRET)
        assert two_brands.reached() == [True]

    def test_a_session_whose_number_no_key_opens_is_named(self, world: World, processes: Processes) -> None:
        two_brands = TwoBrands(world)
        two_brands.sign_in()
        Session.update(sealed_phone=b"\0" * 40).execute()
        rotated = processes.rotate(NEW_SECRET, TEST_SECRET)
        lost = Session.get(Session.sealed_phone.is_null(False)).id
        assert f"cannot be opened by any key: session {lost}" in rotated.output
        assert (rotated.exit_code, two_brands.reached()) == (1, [False])

    def test_what_no_key_opens_is_named_and_holds_up_nothing_else(self, world: World, processes: Processes) -> None:
        bound(world, 2)
        lost = Address.select().order_by(Address.id).first().id
        Address.update(sealed=b"\0" * 40).where(Address.id == lost).execute()
        rotated = processes.rotate(NEW_SECRET, TEST_SECRET)
        assert rotated.exit_code == 1
        assert f"cannot be opened by any key: address {lost}" in rotated.output
        assert "remaining: 1. Keep SECRET_KEY_OLD" in rotated.output
        assert operators.sealed_before() == 1

    def test_an_address_bound_while_it_rotates_is_never_overwritten(self, world: World) -> None:
        """Each is bound anew once, so that nothing mends afterwards what the rotation would have put back."""
        everybody = bound(world, 40)
        sealing.use(Sealer([NEW_SECRET, TEST_SECRET]))
        start = threading.Barrier(2)

        def bind_anew() -> None:
            with database.connection():
                start.wait(30)
                for person, openid in everybody:
                    recipients.bind(person.public_id, "wechat", APP_ID, f"{openid}-new")

        with ThreadPoolExecutor(1) as pool:
            binder = pool.submit(bind_anew)
            start.wait(30)
            after = 0
            while (turn := operators.reseal(recipients.SEALED, after)) is not None:
                after = turn.last
            binder.result(30)
        now = [recipients.address_of(person.public_id, "wechat", APP_ID) for person, _ in everybody]
        assert now == [f"{openid}-new" for _, openid in everybody]

    def test_an_invitation_made_before_still_opens(self, world: World, processes: Processes) -> None:
        invited = invitations.invite(make.system_actor(world.brand), "owner")
        assert processes.rotate(NEW_SECRET, TEST_SECRET).exit_code == 0
        assert sign_in.begin_session_by_invitation(invited.token, "device").token
