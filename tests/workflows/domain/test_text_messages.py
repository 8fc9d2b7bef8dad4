"""What text messages cost and whom they reach; invitations by SMS, and how they renew themselves."""

from datetime import UTC, datetime

import pytest

from config import clock
from config.settings import SmsSettings
from notifications import outbox, recipients
from notifications.outbox import OutboxRow
from tests import make
from tests.texting import code_in, send_due, texts_to, token_in
from tests.wechat_stub import RunningStub
from workflows.domain import invitations, people, phone_codes, sessions, sign_in, text_messages
from workflows.domain.errors import Conflict, DomainError
from workflows.domain.events import Event
from workflows.domain.invitations import Invitation
from workflows.domain.phone_proof import Opening
from workflows.domain.sessions import Begun

NUMBER = "+8613800138000"
APP = "wx0123456789abcdef"
FIRST, SECOND = "device-1", "device-2"

pytestmark = pytest.mark.usefixtures("db")


class World:
    """A supplier's owner with a number and a colleague without one."""

    def __init__(self, provider: RunningStub, account: SmsSettings) -> None:
        self.provider, self.account = provider, account
        self.brand = make.brand()
        self.system = make.system_actor(self.brand)
        self.supplier = make.supplier(self.brand, "S1")
        self.owner = make.person(self.supplier, "owner", "owner", phone=NUMBER)
        self.colleague = make.person(self.supplier, "clerk", "clerk")

    def invite(self) -> str:
        return invitations.invite(self.system, "owner", by_sms=True).token

    def texts(self) -> list[str]:
        send_due(self.account)
        return texts_to(self.provider, NUMBER)

    def last_error(self) -> str:
        row: OutboxRow = OutboxRow.select().where(OutboxRow.queue == outbox.TEXTS).order_by(OutboxRow.id.desc()).get()
        return row.last_error


@pytest.fixture
def world(provider: RunningStub, sms: SmsSettings) -> World:
    return World(provider, sms)


def opened(token: str, device: str = FIRST, code: str | None = None) -> Begun:
    return sign_in.begin_session_by_invitation(token, device, Opening(code, "203.0.113.7"))


def refusal_of(token: str, device: str = FIRST, code: str | None = None) -> str:
    with pytest.raises(DomainError) as refusal:
        opened(token, device, code)
    return refusal.value.code


class TestMoney:
    def test_a_brand_spends_no_more_than_it_may_a_day(self, world: World) -> None:
        text_messages.set_budget(world.brand, 12)
        phone_codes.ask(NUMBER, FIRST, "")  # 5 fen
        assert len(world.texts()) == 1
        world.invite()  # 10 fen
        assert len(world.texts()) == 1
        assert world.last_error() == "text-brand-day"
        assert text_messages.budget_of(world.brand) == (12, 5)

    def test_the_day_is_the_brands_own(self, world: World) -> None:
        text_messages.set_budget(world.brand, 10)
        late = datetime(2026, 11, 22, 15, 59, tzinfo=UTC)  # a minute to midnight in Shanghai
        world.provider.post("/clock", set=late.isoformat())
        with clock.frozen(late):
            world.invite()
            world.texts()
            assert text_messages.budget_of(world.brand) == (10, 10)
        with clock.frozen(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)):
            assert text_messages.budget_of(world.brand) == (10, 0)

    def test_another_brands_money_is_its_own(self, world: World) -> None:
        text_messages.set_budget(make.brand(), 0)
        world.invite()
        assert len(world.texts()) == 1

    def test_who_is_known_to_two_brands_is_paid_for_by_one_that_has_money(self, world: World) -> None:
        other = make.brand()
        make.person(make.supplier(other), "owner", phone=NUMBER)
        text_messages.set_budget(world.brand, 0)
        phone_codes.ask(NUMBER, FIRST, "")
        assert len(world.texts()) == 1
        assert [text_messages.budget_of(brand)[1] for brand in (world.brand, other)] == [0, 5]

    def test_what_the_provider_refused_costs_nothing(self, world: World) -> None:
        world.provider.post("/fail_next", path="/sms/", code="isv.MOBILE_NUMBER_ILLEGAL")
        world.invite()
        assert world.texts() == []
        assert text_messages.budget_of(world.brand)[1] == 0

    def test_a_person_gets_so_many_a_day_and_a_number_too(self, world: World) -> None:
        world.provider.rate("sms_notice_day", 1000, 86_400)
        for _ in range(12):
            world.invite()
            world.texts()
        assert len(world.texts()) == 10
        assert world.last_error() == "text-number-day"


class TestInvitationsBySms:
    def test_the_link_goes_to_the_bound_number_and_opens(self, world: World) -> None:
        token = world.invite()
        (text,) = world.texts()
        assert token_in(text) == token
        assert opened(token_in(text)).standing.person == world.owner

    def test_the_link_rests_nowhere(self, world: World) -> None:
        token = world.invite()
        world.texts()
        rows = [*Invitation.select().tuples(), *OutboxRow.select().tuples(), *Event.select().tuples()]
        assert token.partition(".")[2] not in repr(rows)
        assert NUMBER[3:] not in repr(rows)

    def test_one_that_was_replaced_before_it_left_is_not_sent(self, world: World) -> None:
        world.invite()
        newer = world.invite()
        assert [token_in(text) for text in world.texts()] == [newer]

    def test_somebody_without_a_number_gets_none(self, world: World) -> None:
        with pytest.raises(Conflict) as refusal:
            invitations.invite(world.system, "clerk", by_sms=True)
        assert refusal.value.code == "person_without_phone"
        assert Invitation.select().count() == 0


class TestRenewal:
    def test_opening_an_expired_one_sends_a_fresh_link_to_the_bound_number(self, world: World) -> None:
        old = invitations.invite(world.system, "owner").token
        with clock.travelled(days=15):
            assert refusal_of(old, "anybody's device") == "invitation_expired"
            world.provider.advance(15 * 86_400)
            (text,) = world.texts()
            assert token_in(text) != old
            assert opened(token_in(text), SECOND).standing.person == world.owner
            assert refusal_of(old) == "invitation_expired"

    def test_opened_again_and_again_it_sends_one(self, world: World) -> None:
        old = invitations.invite(world.system, "owner").token
        with clock.travelled(days=15):
            world.provider.advance(15 * 86_400)
            assert {refusal_of(old) for _ in range(5)} == {"invitation_expired"}
            assert len(world.texts()) == 1
            with clock.travelled(minutes=11):
                refusal_of(old)
                first, again = world.texts()
            assert first == again  # the same successor's link

    def test_somebody_without_a_number_has_to_ask_for_a_new_one(self, world: World) -> None:
        old = invitations.invite(world.system, "clerk").token
        with clock.travelled(days=15):
            assert refusal_of(old) == "invitation_invalid"

    def test_a_replaced_or_suspended_persons_link_renews_nothing(self, world: World) -> None:
        replaced = invitations.invite(world.system, "owner").token
        latest = invitations.invite(world.system, "owner").token
        with clock.travelled(days=15):
            assert refusal_of(replaced) == "invitation_invalid"
            people.suspend_person(world.system, "owner")
            assert refusal_of(latest) == "invitation_invalid"
            assert world.texts() == []

    def test_made_up_tokens_send_nothing(self, world: World) -> None:
        invitations.invite(world.system, "owner")
        public_id = Invitation.get().public_id
        with clock.travelled(days=15):
            assert refusal_of(f"{public_id}.guess") == "invitation_invalid"
            assert world.texts() == []


class TestAnotherDevice:
    def test_needs_the_code_that_was_sent_to_the_bound_number(self, world: World) -> None:
        token = invitations.invite(world.system, "owner").token
        first = opened(token)
        assert refusal_of(token, SECOND) == "phone_code_needed"
        (text,) = world.texts()
        assert refusal_of(token, SECOND, "000000") == "code_invalid"
        assert refusal_of(token, "a third device", code_in(text)) == "code_invalid"
        begun = opened(token, SECOND, code_in(text))
        assert begun.standing.person == world.owner
        assert sessions.actor_of_session(first.token).person == world.owner.public_id

    def test_its_lost_answer_is_asked_again(self, world: World) -> None:
        token = invitations.invite(world.system, "owner").token
        opened(token)
        refusal_of(token, SECOND)
        code = code_in(world.texts()[0])
        lost, again = opened(token, SECOND, code), opened(token, SECOND, code)
        with pytest.raises(DomainError):
            sessions.actor_of_session(lost.token)
        assert sessions.actor_of_session(again.token)

    def test_without_a_number_it_is_used_up(self, world: World) -> None:
        token = invitations.invite(world.system, "clerk").token
        opened(token)
        assert refusal_of(token, SECOND) == "invitation_used"
        assert refusal_of(token, SECOND, "123456") == "invitation_used"

    def test_another_wechat_account_is_bound_by_the_code(self, world: World) -> None:
        token = invitations.invite(world.system, "owner").token
        opened(token)
        with pytest.raises(DomainError, match="phone_code_needed"):
            sign_in.begin_session_by_wechat(APP, "code-1", "o-owner", SECOND, token, Opening(address="203.0.113.7"))
        opening = Opening(code_in(world.texts()[0]), "203.0.113.7")
        begun = sign_in.begin_session_by_wechat(APP, "code-1", "o-owner", SECOND, token, opening)
        assert begun.standing.person == world.owner
        assert recipients.persons_at("wechat", APP, "o-owner") == [world.owner.public_id]

    def test_looking_again_and_again_sends_one_code(self, world: World) -> None:
        token = invitations.invite(world.system, "owner").token
        opened(token)
        assert {refusal_of(token, SECOND) for _ in range(4)} == {"phone_code_needed"}
        assert {refusal_of(token, f"phone-{one}") for one in range(9)} == {"phone_code_needed"}
        assert len(world.texts()) == 1
