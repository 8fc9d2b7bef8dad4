"""Invitations: single use, bound on first opening, good for the inviting brand alone."""

import pytest

from config import clock
from notifications import recipients
from tests import make
from workflows.domain import invitations, people, sessions, sign_in
from workflows.domain.access import Session
from workflows.domain.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from workflows.domain.invitations import Invitation
from workflows.domain.sessions import Begun

APP = "wx0123456789abcdef"

pytestmark = pytest.mark.usefixtures("db")


class World:
    """A supplier's owner who has been invited, a colleague, and another brand with a stranger."""

    def __init__(self) -> None:
        self.brand = make.brand()
        self.system = make.system_actor(self.brand)
        self.supplier = make.supplier(self.brand, "S1")
        self.owner = make.person(self.supplier, "owner", "owner")
        self.colleague = make.person(self.supplier, "clerk", "clerk")
        self.other_brand = make.brand()
        self.stranger = make.person(make.supplier(self.other_brand, "S1"), "owner", "owner")
        recipients.bind(self.stranger.public_id, "wechat", APP, "openid-stranger")

    def invite(self, ref: str = "owner") -> str:
        return invitations.invite(self.system, ref).token

    def bind_phone(self) -> None:
        recipients.set_phone(self.owner.public_id, "+8613800138000")


@pytest.fixture
def world(db: None) -> World:  # noqa: ARG001 - the tables first
    return World()


def by_wechat(openid: str, token: str | None, device: str = "device-1", code: str = "") -> Begun:
    code = code or f"code-{openid}-{device}-{clock.now().timestamp()}"
    return sign_in.begin_session_by_wechat(APP, code, openid, device, token)


def refused(code: str, token: str, device: str = "device-1") -> None:
    with pytest.raises(Unauthenticated) as refusal:
        sign_in.begin_session_by_invitation(token, device)
    assert refusal.value.code == code


def refused_with_wechat(code: str, openid: str, token: str, device: str = "device-1") -> None:
    with pytest.raises(Unauthenticated) as refusal:
        by_wechat(openid, token, device)
    assert refusal.value.code == code


def is_signed_in(begun: Begun) -> bool:
    try:
        sessions.actor_of_session(begun.token)
    except Unauthenticated:
        return False
    return True


def test_an_invitation_opened_in_wechat_binds_that_wechat_person(world: World) -> None:
    begun = by_wechat("openid-owner", world.invite())
    assert sessions.actor_of_session(begun.token).person == world.owner.public_id
    assert by_wechat("openid-owner", None, "another device").standing.person == world.owner


def test_an_invitation_opens_once(world: World) -> None:
    token = world.invite()
    by_wechat("openid-owner", token)
    refused_with_wechat("invitation_used", "openid-thief", token, "device-2")
    refused("invitation_used", token, "device-3")
    refused("invitation_used", token, "device-1")
    assert recipients.persons_at("wechat", APP, "openid-thief") == []


def test_the_same_wechat_person_may_tap_the_old_link_again(world: World) -> None:
    token = world.invite()
    by_wechat("openid-owner", token)
    with clock.travelled(days=20):
        assert by_wechat("openid-owner", token, "new phone").standing.person == world.owner


def test_an_unknown_wechat_person_comes_back_with_the_same_code_and_an_invitation(world: World) -> None:
    token = world.invite()
    with pytest.raises(Unauthenticated):
        by_wechat("openid-owner", None, code="code-1")
    assert sign_in.spent_code(APP, "code-1", "device-1") == "openid-owner"
    assert by_wechat("openid-owner", token, code="code-1").standing.person == world.owner


def test_an_invitation_without_wechat_is_bound_to_its_device(world: World) -> None:
    token = world.invite()
    begun = sign_in.begin_session_by_invitation(token, "device-1")
    assert sessions.actor_of_session(begun.token).device == "device-1"
    refused("invitation_used", token, "device-2")
    assert is_signed_in(begun)


def test_a_lost_response_to_an_opening_is_asked_again(world: World) -> None:
    token = world.invite()
    lost = sign_in.begin_session_by_invitation(token, "device-1")
    again = sign_in.begin_session_by_invitation(token, "device-1")
    assert [is_signed_in(lost), is_signed_in(again)] == [False, True]
    with clock.travelled(minutes=5, seconds=1):
        refused("invitation_used", token, "device-1")


def test_repeating_does_not_keep_the_link_alive(world: World) -> None:
    token = world.invite()
    sign_in.begin_session_by_invitation(token, "device-1")
    with clock.travelled(minutes=4):
        sign_in.begin_session_by_invitation(token, "device-1")
    with clock.travelled(minutes=8):
        refused("invitation_used", token, "device-1")


@pytest.mark.usefixtures("sms")
def test_on_another_device_a_bound_phone_must_be_proved(world: World) -> None:
    world.bind_phone()
    token = world.invite()
    sign_in.begin_session_by_invitation(token, "device-1")
    refused("phone_code_needed", token, "device-2")
    refused_with_wechat("phone_code_needed", "openid-owner", token, "device-1")


def test_without_text_messages_another_device_needs_another_invitation(world: World) -> None:
    world.bind_phone()
    token = world.invite()
    sign_in.begin_session_by_invitation(token, "device-1")
    refused("invitation_used", token, "device-2")


def test_an_invitation_expires_after_fourteen_days(world: World) -> None:
    token = world.invite()
    with clock.travelled(days=14):
        refused("invitation_invalid", token)
        refused_with_wechat("invitation_invalid", "openid-owner", token)
    assert recipients.persons_at("wechat", APP, "openid-owner") == []


def test_inviting_again_stops_the_earlier_link(world: World) -> None:
    first, second = world.invite(), world.invite()
    refused("invitation_invalid", first)
    assert is_signed_in(sign_in.begin_session_by_invitation(second, "device-1"))


def test_inviting_one_person_leaves_a_colleagues_link_alone(world: World) -> None:
    token = world.invite("clerk")
    world.invite("owner")
    assert sign_in.begin_session_by_invitation(token, "device-1").standing.person == world.colleague


@pytest.mark.parametrize(
    "token",
    ["", ".", "inv_1", "inv_1.x", "inv_01M81VR60B2T2RH7G7HVB3FEVF." + "A" * 43, "\0.\ud800", "inv_1.é", "x" * 100_000],
)
def test_a_made_up_invitation_opens_nothing(token: str) -> None:
    refused("invitation_invalid", token)
    refused_with_wechat("invitation_invalid", "openid-x", token)


def test_one_invitations_secret_does_not_open_another(world: World) -> None:
    owner, colleague = world.invite("owner"), world.invite("clerk")
    refused("invitation_invalid", f"{owner.split('.')[0]}.{colleague.split('.')[1]}")


def test_an_invitation_acts_for_the_inviting_brand_alone(world: World) -> None:
    begun = sign_in.begin_session_by_invitation(world.invite(), "device-1")
    assert {place.organisation.brand for place in begun.standing.places} == {world.brand.id}


def test_who_proves_to_be_known_to_another_brand_acts_for_the_inviter_first(world: World) -> None:
    by_wechat("openid-stranger", None)
    standing = by_wechat("openid-stranger", world.invite()).standing
    assert standing.acting_for == world.supplier
    assert {place.organisation.brand for place in standing.places} == {world.brand.id, world.other_brand.id}


def test_an_invitation_alone_reaches_no_other_brand_even_for_a_bound_person(world: World) -> None:
    by_wechat("openid-stranger", world.invite())
    begun = sign_in.begin_session_by_invitation(world.invite(), "device-2")
    assert {place.organisation.brand for place in begun.standing.places} == {world.brand.id}
    elsewhere = sessions.places_of([world.stranger.public_id])[0].organisation
    with pytest.raises(NotFound):
        sessions.switch(sessions.actor_of_session(begun.token), elsewhere.public_id)


def test_a_person_invited_anew_on_another_account_leaves_nobody_behind(world: World) -> None:
    old = by_wechat("openid-old", world.invite())
    new = by_wechat("openid-new", world.invite(), "device-2")
    assert [is_signed_in(old), is_signed_in(new)] == [False, True]
    with pytest.raises(Unauthenticated):
        by_wechat("openid-old", None)


def test_who_got_hold_of_an_earlier_link_is_out_when_the_person_opens_theirs(world: World) -> None:
    thief = sign_in.begin_session_by_invitation(world.invite(), "device-of-a-thief")
    owner = by_wechat("openid-owner", world.invite())
    assert [is_signed_in(thief), is_signed_in(owner)] == [False, True]


def test_a_suspended_person_opens_no_invitation(world: World) -> None:
    token = world.invite()
    people.suspend_person(world.system, "owner")
    refused("not_bound", token)
    refused_with_wechat("not_bound", "openid-owner", token)
    assert recipients.persons_at("wechat", APP, "openid-owner") == []


def test_nobody_is_invited_who_could_not_sign_in(world: World) -> None:
    people.suspend_person(world.system, "owner")
    people.put_person(world.system, "clerk", {"name": "王", "memberships": []})
    for ref, code in (("owner", "person_suspended"), ("clerk", "person_without_membership")):
        with pytest.raises(Conflict) as refusal:
            world.invite(ref)
        assert refusal.value.code == code


def test_a_brand_invites_its_own_people_only(world: World) -> None:
    make.person(make.supplier(world.other_brand), "clerk", "only-theirs")
    with pytest.raises(NotFound):
        world.invite("only-theirs")


def test_the_same_call_sent_again_gives_the_same_link(world: World) -> None:
    invited = invitations.invite(world.system, "owner")
    assert invitations.invited_again(world.system, invited.id) == invited
    for foreign in (make.system_actor(world.other_brand), make.system_actor(make.brand())):
        with pytest.raises(NotFound):
            invitations.invited_again(foreign, invited.id)


def test_a_partners_person_invites_nobody(world: World) -> None:
    with pytest.raises(Forbidden):
        invitations.invite(make.actor_for(world.owner, world.supplier), "clerk")


def test_the_links_secret_rests_nowhere(world: World) -> None:
    token = world.invite()
    sign_in.begin_session_by_invitation(token, "device-1")
    everything = repr([*Invitation.select().tuples(), *Session.select().tuples()])
    assert token.split(".")[1] not in everything


@pytest.mark.parametrize("device", ["", "x" * 129, "\0", 7, None])
def test_a_device_has_a_name(world: World, device: str) -> None:
    token = world.invite()
    with pytest.raises(Invalid):
        sign_in.begin_session_by_invitation(token, device)
