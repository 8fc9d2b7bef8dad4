from pathlib import Path

import pytest

from config import database, resealing, sealing
from config.sealing import CannotOpen, Sealer
from notifications import consents, recipients
from notifications.recipients import Address
from tests.conftest import TEST_SECRET
from tests.notifications.make import LI, STRANGER, WANG

APP = "wxapp"
OPENID = "oLi-very-recognisable-openid"
PHONE = "+8613800138000"


@pytest.mark.usefixtures("db")
class TestAddresses:
    def test_a_person_is_found_by_their_openid_and_by_nobody_elses(self) -> None:
        recipients.bind(LI, "wechat", APP, OPENID)
        recipients.bind(STRANGER, "wechat", APP, "oStranger")
        assert recipients.persons_at("wechat", APP, OPENID) == [LI]
        assert recipients.persons_at("wechat", "another-app", OPENID) == []
        assert recipients.address_of(LI, "wechat", APP) == OPENID

    def test_one_human_may_stand_behind_two_persons(self) -> None:
        recipients.bind(LI, "wechat", APP, OPENID)
        recipients.bind(WANG, "wechat", APP, OPENID)
        assert recipients.persons_at("wechat", APP, OPENID) == [LI, WANG]

    def test_binding_again_replaces_and_unbinding_forgets(self) -> None:
        recipients.bind(LI, "wechat", APP, "oOld")
        recipients.bind(LI, "wechat", APP, OPENID)
        assert recipients.persons_at("wechat", APP, "oOld") == []
        recipients.unbind(LI, "wechat", APP)
        assert recipients.address_of(LI, "wechat", APP) is None

    def test_says_by_what_each_person_can_be_reached(self) -> None:
        recipients.bind(LI, "wechat", APP, OPENID)
        recipients.set_phone(LI, PHONE)
        assert recipients.reachable([LI, STRANGER]) == {LI: ["phone", "wechat"], STRANGER: []}

    def test_an_address_that_was_refused_is_not_used_until_it_is_bound_again(self) -> None:
        recipients.bind(LI, "wechat", APP, OPENID)
        recipients.mark_refused("wechat", APP, [LI])
        assert recipients.addresses([LI], "wechat", APP) == {}
        recipients.bind(LI, "wechat", APP, OPENID)
        assert recipients.addresses([LI], "wechat", APP) == {LI: OPENID}

    def test_an_address_that_was_refused_is_used_again_once_its_person_answered_wechat(self) -> None:
        recipients.bind(LI, "wechat", APP, OPENID)
        recipients.mark_refused("wechat", APP, [LI])
        consents.credit(LI, APP, "r1", {"t-task": "reject"})
        assert recipients.addresses([LI], "wechat", APP) == {LI: OPENID}

    @pytest.mark.parametrize("written", ["+86 138-0013-8000", "+86 13800138000", PHONE])
    def test_a_phone_is_one_number_however_it_is_written(self, written: str) -> None:
        recipients.set_phone(LI, written)
        assert recipients.persons_at("phone", "", PHONE) == [LI]

    @pytest.mark.parametrize("written", ["13800138000", "+86 12", "phone", "", "+8613800138000000000"])
    def test_what_is_not_a_phone_number_is_refused(self, written: str) -> None:
        with pytest.raises(recipients.NotAPhone):
            recipients.set_phone(LI, written)

    def test_a_phone_can_be_forgotten(self) -> None:
        recipients.set_phone(LI, PHONE)
        recipients.set_phone(LI, None)
        assert recipients.persons_at("phone", "", PHONE) == []


@pytest.mark.usefixtures("db")
class TestSecrecy:
    def test_an_openid_and_a_phone_are_nowhere_in_the_stored_bytes(self) -> None:
        recipients.bind(LI, "wechat", APP, OPENID)
        recipients.set_phone(LI, PHONE)
        stored = b"".join(
            value
            if isinstance(value, bytes)
            else bytes(value)
            if isinstance(value, memoryview)
            else str(value).encode()
            for row in Address.select().tuples()
            for value in row
        )
        assert stored
        for secret in (OPENID, PHONE, PHONE[3:]):
            assert secret.encode() not in stored

    def test_the_database_file_holds_no_address_in_clear(self, db_url: str) -> None:
        recipients.bind(LI, "wechat", APP, OPENID)
        recipients.set_phone(LI, PHONE)
        recipients.persons_at("wechat", APP, OPENID)
        if not db_url.startswith("sqlite"):
            assert Address.select().where(Address.lookup.contains(OPENID)).count() == 0
            return
        path = Path(db_url.removeprefix("sqlite:///"))
        written = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
        assert LI.encode() in written
        for secret in (OPENID, PHONE, PHONE[3:]):
            assert secret.encode() not in written

    def test_a_sealed_address_moved_to_another_person_does_not_open(self) -> None:
        recipients.bind(LI, "wechat", APP, OPENID)
        recipients.bind(WANG, "wechat", APP, "oWang")
        stolen = Address.get(Address.person == LI).sealed
        Address.update(sealed=stolen).where(Address.person == WANG).execute()
        with pytest.raises(CannotOpen):
            recipients.address_of(WANG, "wechat", APP)

    def test_a_new_key_finds_and_opens_what_the_old_one_sealed_and_can_seal_it_again(self) -> None:
        recipients.bind(LI, "wechat", APP, OPENID)
        sealing.use(Sealer(["another-secret-of-the-tests-0123456789", TEST_SECRET]))
        assert recipients.persons_at("wechat", APP, OPENID) == [LI]
        assert resealing.sealed_before(recipients.SEALED) == 1
        assert resealing.reseal(recipients.SEALED) == resealing.Resealed(1, (), 1)
        assert resealing.reseal(recipients.SEALED) is None
        assert resealing.sealed_before(recipients.SEALED) == 0
        sealing.use(Sealer(["another-secret-of-the-tests-0123456789"]))
        with database.connection():
            assert recipients.persons_at("wechat", APP, OPENID) == [LI]
            assert recipients.address_of(LI, "wechat", APP) == OPENID
