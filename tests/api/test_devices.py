"""The devices somebody is signed in on: they see them all, and sign out everywhere."""

import json
from typing import Any

from config import clock
from notifications import recipients
from tests import make
from tests.api.conftest import APP_ID, World
from workflows.domain import invitations, sign_in
from workflows.domain.audit.entries import AuditEntry

PHONES = "/api/v1/phone"


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
