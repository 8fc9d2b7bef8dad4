"""Sessions: who a token is, and how it stops. Three people stand here: the owner, a colleague, a stranger."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from config import clock, database
from notifications import recipients
from tests import make
from workflows.domain import organisations, people, sessions, sign_in
from workflows.domain.access import Session
from workflows.domain.errors import NotFound, Unauthenticated
from workflows.domain.people import Person
from workflows.domain.sign_in import SpentLoginCode

APP = "wx0123456789abcdef"

pytestmark = pytest.mark.usefixtures("db")


class World:
    """A brand with a supplier's owner and clerk, and another brand with a stranger; each bound to a WeChat account."""

    def __init__(self) -> None:
        self.brand = make.brand()
        self.system = make.system_actor(self.brand)
        self.supplier = make.supplier(self.brand, "S1")
        self.owner = bound(make.person(self.supplier, "owner", "owner"), "openid-owner")
        self.colleague = bound(make.person(self.supplier, "clerk", "clerk"), "openid-clerk")
        self.other_brand = make.brand()
        self.other_supplier = make.supplier(self.other_brand, "S1")
        self.stranger = bound(make.person(self.other_supplier, "owner", "owner"), "openid-stranger")

    def sign_in(
        self, openid: str, device: str = "device-1", code: str = "", invitation: str | None = None
    ) -> sessions.Begun:
        code = code or f"code-{openid}-{device}-{clock.now().timestamp()}"
        return sign_in.begin_session_by_wechat(APP, code, openid, device, invitation)


@pytest.fixture
def world(db: None) -> World:  # noqa: ARG001 - the tables first
    return World()


def bound(who: Person, openid: str) -> Person:
    recipients.bind(who.public_id, "wechat", APP, openid)
    return who


def is_signed_in(begun: sessions.Begun) -> bool:
    try:
        sessions.actor_of_session(begun.token)
    except Unauthenticated:
        return False
    return True


def test_a_token_says_who_acts_for_whom_as_what(world: World) -> None:
    actor = sessions.actor_of_session(world.sign_in("openid-owner", "phone-7").token)
    assert (actor.person, actor.organisation, actor.roles) == (
        world.owner.public_id,
        world.supplier.public_id,
        {"owner"},
    )
    assert (actor.brand_id, actor.device, actor.language) == (world.brand.id, "phone-7", "zh")
    assert not actor.is_brand_system
    assert actor.name_for_audit == world.owner.public_id


def test_a_person_with_two_roles_acts_with_both(world: World) -> None:
    memberships = [{"partner": "S1", "role": role} for role in ("owner", "clerk")]
    people.put_person(world.system, "owner", {"name": "李", "language": "zh", "memberships": memberships})
    assert sessions.actor_of_session(world.sign_in("openid-owner").token).roles == {"owner", "clerk"}


def test_a_person_with_roles_in_two_places_acts_with_those_of_one(world: World) -> None:
    make.supplier(world.brand, "S2")
    memberships = [{"partner": "S1", "role": "owner"}, {"partner": "S2", "role": "clerk"}]
    people.put_person(world.system, "owner", {"name": "李", "language": "zh", "memberships": memberships})
    actor = sessions.actor_of_session(world.sign_in("openid-owner").token)
    assert (actor.organisation_ref, actor.roles) == ("S1", {"owner"})


def test_who_acts_is_one_query(world: World) -> None:
    token = world.sign_in("openid-owner").token
    asked: list[str] = []
    database.proxy.obj.query_hooks.append(lambda sql, *_: asked.append(sql))
    sessions.actor_of_session(token)
    database.proxy.obj.query_hooks.clear()
    assert len(asked) == 1


@pytest.mark.parametrize("token", ["", "pls_", "pls_" + "x" * 43, "x" * 47, "pls_" + "\0" * 43, "pls_" + "\ud800" * 43])
def test_a_made_up_token_is_nobody(token: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        sessions.actor_of_session(token)
    assert refusal.value.code == "session_ended"


def test_signing_out_stops_this_session_alone(world: World) -> None:
    first, second, colleague = (
        world.sign_in("openid-owner"),
        world.sign_in("openid-owner", "tablet"),
        world.sign_in("openid-clerk"),
    )
    sessions.end_session(sessions.actor_of_session(first.token))
    assert [is_signed_in(one) for one in (first, second, colleague)] == [False, True, True]


def test_a_suspended_person_is_out_at_the_next_request_and_nobody_else(world: World) -> None:
    owner, colleague, stranger = (
        world.sign_in("openid-owner"),
        world.sign_in("openid-clerk"),
        world.sign_in("openid-stranger"),
    )
    people.suspend_person(world.system, "owner")
    assert [is_signed_in(one) for one in (owner, colleague, stranger)] == [False, True, True]
    with pytest.raises(Unauthenticated) as refusal:
        world.sign_in("openid-owner")
    assert refusal.value.code == "not_bound"


def test_a_suspended_partner_stops_all_its_people_and_nobody_else(world: World) -> None:
    distributor = make.distributor(world.brand, "D1")
    bound(make.person(distributor, "owner"), "openid-distributor")
    theirs = [world.sign_in("openid-owner"), world.sign_in("openid-clerk")]
    others = [world.sign_in("openid-distributor"), world.sign_in("openid-stranger")]
    organisations.suspend_partner(world.system, "S1")
    assert [is_signed_in(one) for one in theirs + others] == [False, False, True, True]


def test_a_suspended_brand_stops_its_whole_world_and_no_other(world: World) -> None:
    owner, stranger = world.sign_in("openid-owner"), world.sign_in("openid-stranger")
    organisations.suspend_partner(world.system, "self")
    assert [is_signed_in(one) for one in (owner, stranger)] == [False, True]
    with pytest.raises(Unauthenticated) as refusal:
        world.sign_in("openid-owner")
    assert refusal.value.code == "not_bound"


def test_who_is_let_back_in_signs_in_anew(world: World) -> None:
    before = world.sign_in("openid-owner")
    people.suspend_person(world.system, "owner")
    people.resume_person(world.system, "owner")
    assert not is_signed_in(before)
    assert is_signed_in(world.sign_in("openid-owner"))


@pytest.mark.parametrize("ref", ["S1", "self"])
def test_a_partner_or_brand_that_works_again_wakes_no_old_phone(world: World, ref: str) -> None:
    before = world.sign_in("openid-owner")
    organisations.suspend_partner(world.system, ref)
    organisations.resume_partner(world.system, ref)
    assert not is_signed_in(before)
    assert is_signed_in(world.sign_in("openid-owner"))


def test_the_end_of_a_membership_ends_the_sessions_that_act_for_it(world: World) -> None:
    make.supplier(world.brand, "S2")
    owner, colleague = world.sign_in("openid-owner"), world.sign_in("openid-clerk")
    moved = {"name": "李", "language": "zh", "memberships": [{"partner": "S2", "role": "owner"}]}
    people.put_person(world.system, "owner", moved)
    assert [is_signed_in(owner), is_signed_in(colleague)] == [False, True]
    back = {**moved, "memberships": [{"partner": "S1", "role": "owner"}]}
    people.put_person(world.system, "owner", back)
    assert not is_signed_in(owner)


def test_a_changed_role_holds_from_the_next_request_on(world: World) -> None:
    begun = world.sign_in("openid-owner")
    people.put_person(
        world.system, "owner", {"name": "李", "language": "zh", "memberships": [{"partner": "S1", "role": "clerk"}]}
    )
    assert sessions.actor_of_session(begun.token).roles == {"clerk"}


def test_signing_out_everywhere_leaves_colleagues_in(world: World) -> None:
    owner, tablet, colleague = (
        world.sign_in("openid-owner"),
        world.sign_in("openid-owner", "tablet"),
        world.sign_in("openid-clerk"),
    )
    assert people.sign_out_everywhere(world.system, "owner") == 2
    assert [is_signed_in(one) for one in (owner, tablet, colleague)] == [False, False, True]


def test_a_session_ends_after_thirty_days_without_use(world: World) -> None:
    begun = world.sign_in("openid-owner")
    with clock.travelled(days=30):
        assert not is_signed_in(begun)


def test_a_used_session_slides_and_is_written_at_most_once_a_day(world: World) -> None:
    begun = world.sign_in("openid-owner")
    written = Session.get().expires_at
    with clock.travelled(hours=23):
        assert is_signed_in(begun)
        assert Session.get().expires_at == written
    with clock.travelled(days=29):
        assert is_signed_in(begun)
    with clock.travelled(days=58):
        assert is_signed_in(begun)


def test_an_unknown_wechat_person_is_told_to_bring_an_invitation(world: World) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        world.sign_in("openid-nobody")
    assert refusal.value.code == "not_bound"


def test_a_lost_response_signs_nobody_out(world: World) -> None:
    assert sign_in.spent_code(APP, "code-1", "device-1") is None
    lost = world.sign_in("openid-owner", "device-1", "code-1")
    openid = sign_in.spent_code(APP, "code-1", "device-1")
    assert openid == "openid-owner"
    again = world.sign_in(openid, "device-1", "code-1")
    assert [is_signed_in(lost), is_signed_in(again)] == [False, True]


def test_the_same_code_from_another_device_is_used_up(world: World) -> None:
    begun = world.sign_in("openid-owner", "device-1", "code-1")
    with pytest.raises(Unauthenticated) as refusal:
        sign_in.spent_code(APP, "code-1", "device-2")
    assert refusal.value.code == "code_used"
    with pytest.raises(Unauthenticated):
        world.sign_in("openid-owner", "device-2", "code-1")
    assert is_signed_in(begun)


def test_the_same_code_after_five_minutes_is_used_up(world: World) -> None:
    world.sign_in("openid-owner", "device-1", "code-1")
    with clock.travelled(minutes=5, seconds=1), pytest.raises(Unauthenticated) as refusal:
        sign_in.spent_code(APP, "code-1", "device-1")
    assert refusal.value.code == "code_used"


def test_the_same_code_of_another_app_is_another_code(world: World) -> None:
    world.sign_in("openid-owner", "device-1", "code-1")
    assert sign_in.spent_code("wxother", "code-1", "device-9") is None


def test_spent_codes_are_not_kept_for_long(world: World) -> None:
    world.sign_in("openid-owner", "device-1", "code-1")
    with clock.travelled(minutes=11):
        world.sign_in("openid-clerk", "device-2", "code-2")
    assert SpentLoginCode.select().count() == 1


def test_nothing_secret_rests_in_the_database(world: World) -> None:
    begun = world.sign_in("openid-owner", "device-1", "code-secret")
    rows = [*Session.select().tuples(), *SpentLoginCode.select().tuples(), *recipients.Address.select().tuples()]
    everything = repr([[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in rows])
    for secret in (begun.token, begun.token[4:], "code-secret", "openid-owner"):
        assert secret not in everything


class TwoBrands(World):
    """The supplier's owner is also a distributor's clerk in the other brand's world, with the same WeChat account."""

    def __init__(self) -> None:
        super().__init__()
        self.other_place = make.distributor(self.other_brand, "D9")
        self.owner_there = bound(make.person(self.other_place, "clerk", "same-human"), "openid-owner")


@pytest.fixture
def two_brands(db: None) -> TwoBrands:  # noqa: ARG001 - the tables first
    return TwoBrands()


def test_one_human_sees_all_their_places_and_nobody_elses(two_brands: TwoBrands) -> None:
    standing = two_brands.sign_in("openid-owner").standing
    assert standing.acting_for == two_brands.supplier
    assert [(place.organisation, place.role) for place in standing.places] == [
        (two_brands.supplier, "owner"),
        (two_brands.other_place, "clerk"),
    ]


def test_one_human_switches_between_brands_with_one_token(two_brands: TwoBrands) -> None:
    begun = two_brands.sign_in("openid-owner")
    standing = sessions.switch(sessions.actor_of_session(begun.token), two_brands.other_place.public_id)
    assert standing.acting_for == two_brands.other_place
    actor = sessions.actor_of_session(begun.token)
    assert (actor.person, actor.brand_id) == (two_brands.owner_there.public_id, two_brands.other_brand.id)
    assert sessions.standing_of(actor).acting_for == two_brands.other_place
    back = sessions.switch(actor, two_brands.supplier.public_id)
    assert back.person == two_brands.owner


def test_the_next_sign_in_acts_for_whom_one_acted_last(two_brands: TwoBrands) -> None:
    two_brands.sign_in("openid-owner")
    later = two_brands.sign_in("openid-owner", "phone")
    sessions.switch(sessions.actor_of_session(later.token), two_brands.other_place.public_id)
    assert two_brands.sign_in("openid-owner", "tablet").standing.acting_for == two_brands.other_place


@pytest.mark.parametrize("which", ["the stranger's", "unknown", "hostile"])
def test_nobody_switches_to_a_place_that_is_not_theirs(two_brands: TwoBrands, which: str) -> None:
    place = {"the stranger's": two_brands.other_supplier.public_id, "unknown": "org_0", "hostile": "\0\ud800"}[which]
    begun = two_brands.sign_in("openid-owner")
    with pytest.raises(NotFound):
        sessions.switch(sessions.actor_of_session(begun.token), place)
    assert sessions.actor_of_session(begun.token).organisation == two_brands.supplier.public_id


def test_a_partner_suspended_in_one_brand_leaves_the_other_open(two_brands: TwoBrands) -> None:
    organisations.suspend_partner(two_brands.system, "S1")
    standing = two_brands.sign_in("openid-owner").standing
    assert [place.organisation for place in standing.places] == [two_brands.other_place]


def test_an_ended_session_switches_no_more(two_brands: TwoBrands) -> None:
    actor = sessions.actor_of_session(two_brands.sign_in("openid-owner").token)
    sessions.end_session(actor)
    with pytest.raises(Unauthenticated):
        sessions.switch(actor, two_brands.other_place.public_id)
    with pytest.raises(Unauthenticated):
        sessions.standing_of(actor)


def test_a_request_does_not_wait_for_a_writer_in_the_way(world: World, db_url: str) -> None:
    begun = world.sign_in("openid-owner")
    before = Session.get().expires_at
    with writer_in_the_way(db_url, "phone_session"), clock.travelled(days=2):
        assert is_signed_in(begun)
    assert Session.get().expires_at == before


@contextmanager
def writer_in_the_way(url: str, table: str) -> Iterator[None]:
    """Another process that holds the table's rows: on SQLite the one write lock."""
    if url.startswith("sqlite"):
        held: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        held.execute("BEGIN IMMEDIATE")
    else:
        held = psycopg.connect(url)
        held.execute(f"SELECT id FROM {table} FOR UPDATE")  # noqa: S608 - a table's name, from this file
    try:
        yield
    finally:
        held.rollback()
        held.close()
