"""Who may call what: every operation says so, and a wrong credential is nobody's."""

import pytest
from flask import Flask

from api import auth
from api.door import Door
from tests import make
from tests.api.conftest import Caller, World
from workflows.domain import keys, people


def test_an_operation_that_says_nothing_stops_the_start(app: Flask) -> None:
    app.add_url_rule("/api/v1/phone/forgotten", view_func=lambda: "secret", endpoint="forgotten")
    with pytest.raises(RuntimeError, match="/api/v1/phone/forgotten"):
        auth.refuse_undeclared(app)


def test_declarations_know_only_real_roles_and_scopes() -> None:
    with pytest.raises(ValueError, match="supplier:king"):
        auth.roles("supplier:king")
    with pytest.raises(ValueError, match="orders:all"):
        auth.scopes("orders:all")
    with pytest.raises(ValueError, match="no such roles"):
        auth.roles()


def test_a_declaration_survives_every_decorator() -> None:
    door = Door("a_door", __name__)

    @door.response(200)
    @auth.scopes("orders:read")
    def view() -> None:
        return None

    assert getattr(view, "partnerline_access").scope == "orders:read"  # noqa: B009


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "pls_x", "Bearer nonsense", "Bearer pls_x", "Bearer plk_x"]
)
@pytest.mark.parametrize("path", ["/api/v1/phone/inbox", "/api/v1/brand/events"])
def test_whoever_is_not_signed_in_is_told_how(world: World, path: str, header: str) -> None:
    answer = world.nobody().get(path, Authorization=header)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_credential_of_the_other_door_is_none(world: World) -> None:
    from_phone = world.phone().get("/api/v1/brand/events")
    from_system = world.system().get("/api/v1/phone/inbox")
    for answer in (from_phone, from_system):
        assert answer.status_code == 401
        assert answer.json is not None
        assert answer.json["code"] == "wrong_credential"


def test_nobody_learns_about_a_body_before_they_are_known(world: World) -> None:
    caller = world.nobody()
    assert caller.client.put("/api/v1/brand/products/X", data=b"{").status_code == 401


def test_a_key_reaches_as_far_as_its_scopes(world: World) -> None:
    reader = world.system("orders:read")
    assert reader.get("/api/v1/brand/purchase-orders").status_code == 200
    assert reader.get("/api/v1/brand/products").status_code == 403
    assert reader.put("/api/v1/brand/purchase-orders/PO-9", {}).status_code == 403


def test_a_revoked_key_and_a_suspended_person_stop_at_once(world: World) -> None:
    system, phone = world.system(), world.phone()
    assert phone.get("/api/v1/phone/me").status_code == 200
    people.suspend_person(make.system_actor(world.brand), "owner")
    assert phone.get("/api/v1/phone/me").status_code == 401
    keys.revoke_key(world.brand, system.credential[:12])
    assert system.get("/api/v1/brand/events").status_code == 401


def test_what_is_foreign_answers_like_what_is_unknown(world: World) -> None:
    world.order()
    other = make.brand()
    make.supplier(other, "S-1")
    stranger = make.person(make.supplier(other, "S-2"), "owner", "stranger")
    task = world.phone().get("/api/v1/phone/inbox").json["tasks"][0]["id"]  # type: ignore[index]
    world.phone().post("/api/v1/phone/conversations", {"id": "cnv-of-the-owner", "task": task})
    phone, system = world.phone(stranger), world.system(brand=other)
    pairs = [
        (phone.get("/api/v1/phone/conversations/cnv-of-the-owner"), phone.get("/api/v1/phone/conversations/cnv-none")),
        (_begin(phone, task), _begin(phone, "tsk_none")),
        (system.get("/api/v1/brand/purchase-orders/PO-1"), system.get("/api/v1/brand/purchase-orders/PO-none")),
        (system.get("/api/v1/brand/people/owner"), system.get("/api/v1/brand/people/none")),
        (system.get("/api/v1/brand/products/BOX"), system.get("/api/v1/brand/products/NONE")),
    ]
    for foreign, unknown in pairs:
        assert foreign.status_code == unknown.status_code == 404
        assert _without_id(foreign.json) == _without_id(unknown.json)


def _begin(phone: Caller, task: str):  # type: ignore[no-untyped-def]
    return phone.post("/api/v1/phone/conversations", {"id": "cnv-stranger", "task": task})


def _without_id(body):  # type: ignore[no-untyped-def]
    return {name: value for name, value in body.items() if name != "request_id"}
