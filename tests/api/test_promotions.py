"""Promotions at the brand's door: published, changed, listed, withdrawn, and who has not signed."""

from typing import Any

import pytest

from config import database
from notifications.outbox import OutboxRow
from tests import make, photos
from tests.api.conftest import Caller, World
from workflows.domain import organisations

BRAND = "/api/v1/brand"
PROMOTION = f"{BRAND}/promotions/P-1"


def body(**changes: Any) -> dict[str, Any]:
    known = {
        "title": {"zh": "夏季冰柜陈列", "en": "Summer coolers"},
        "policy": "Put the cooler at the door.",
        "starts_on": "2098-12-01",
        "ends_on": "2098-12-31",
        "sign_by": "2098-11-28T18:00:00+08:00",
        "due_at": "2099-01-05T18:00:00+08:00",
        "participants": [{"partner": "D-1", "stores": [{"store": "T-1"}]}],
        "shots": [{"key": "front", "text": "The front"}],
        "pays": {"kind": "per_store", "amount": "400.00", "currency": "CNY"},
    }
    return {**known, **changes}


@pytest.fixture
def system(world: World) -> Caller:
    """The brand's system, which has published a promotion for a distributor with one store."""
    make.distributor(world.brand, "D-1")
    make.partner(world.brand, "store", "T-1")
    caller = world.system()
    assert caller.put(PROMOTION, body()).status_code == 201
    return caller


def test_put_is_made_once_and_has_a_version(system: Caller) -> None:
    first, again = system.get(PROMOTION), system.put(PROMOTION, body())
    assert (again.status_code, again.json) == (200, first.json)
    assert first.headers["ETag"] == again.headers["ETag"] == '"1"'
    changed = system.put(PROMOTION, body(radius_m=99), If_Match='"1"')
    assert (changed.status_code, changed.json["version"]) == (200, 2)  # type: ignore[index]
    stale = system.put(PROMOTION, body(), If_Match='"1"')
    assert (stale.status_code, stale.json["code"]) == (412, "stale_version")  # type: ignore[index]


def test_what_was_read_can_be_put_back(system: Caller) -> None:
    shown = dict(system.get(PROMOTION).json or {})
    for name in ("id", "ref", "state", "version", "signatures", "created_at", "updated_at"):
        del shown[name]
    again = system.put(PROMOTION, shown)
    assert (again.status_code, again.json["version"]) == (200, 1)  # type: ignore[index]


def test_what_is_not_said_takes_its_usual_value(system: Caller) -> None:
    shown: Any = system.get(PROMOTION).json
    assert (shown["radius_m"], shown["audit_percent"], shown["facts"]) == (200, 100, [])
    assert shown["budget"] == {"per_partner": None, "per_store": None}
    assert shown["shots"][0] == {
        "key": "front",
        "text": {"zh": "The front", "en": "The front"},
        "min": 1,
        "max": 1,
        "album": False,
        "min_pixels": None,
        "example": None,
    }


def test_every_fault_is_named_at_once_with_a_sentence(system: Caller) -> None:
    refused = system.put(f"{BRAND}/promotions/P-2", body(ends_on="2098-11-30", pays={"kind": "fixed"}, shots=[]))
    assert refused.status_code == 422
    faults: Any = refused.json
    pointers = {fault["pointer"] for fault in faults["errors"]}
    assert pointers == {"/ends_on", "/pays/amount", "/pays/currency", "/shots"}
    assert all(fault["detail"] for fault in faults["errors"])


def test_who_has_not_signed_is_listed_with_the_time_they_have(system: Caller) -> None:
    page: Any = system.get(f"{PROMOTION}/participants?state=asked").json
    (one,) = page["items"]
    assert (one["partner"], one["state"], one["signed_by"]) == ("D-1", "asked", None)
    assert one["sign_until"] == "2098-11-28T10:00:00+00:00"
    assert one["stores"] == [{"store": "T-1", "chosen": False, "claim": None}]
    assert system.get(f"{PROMOTION}/participants?state=joined").json == {"items": [], "next": None}
    assert system.get(f"{PROMOTION}/participants?state=lost").status_code == 422


@pytest.mark.parametrize(
    ("query", "count"), [("", 1), ("?state=open", 1), ("?state=withdrawn", 0), ("?partner=D-1", 1), ("?partner=T-1", 0)]
)
def test_lists_are_narrowed(system: Caller, query: str, count: int) -> None:
    page: Any = system.get(f"{BRAND}/promotions{query}").json
    assert len(page["items"]) == count
    assert all("participants" not in one for one in page["items"])


def test_a_list_takes_a_fixed_number_of_statements(system: Caller) -> None:
    one = _statements(system)
    for number in range(2, 6):
        system.put(f"{BRAND}/promotions/P-{number}", body())
    assert _statements(system) == one


def _statements(system: Caller) -> int:
    said: list[str] = []
    hooks = database.proxy.obj.query_hooks
    hooks.append(lambda event: said.append(event.sql))
    try:
        assert system.get(f"{BRAND}/promotions").status_code == 200
    finally:
        hooks.pop()
    return len(said)


def test_withdrawn_twice_it_says_the_same(system: Caller) -> None:
    first, again = system.delete(PROMOTION), system.delete(PROMOTION)
    assert (first.status_code, again.status_code, first.json) == (200, 200, again.json)
    refused: Any = system.put(PROMOTION, body(radius_m=20)).json
    assert refused["code"] == "promotion_withdrawn"


@pytest.mark.parametrize("scope", ["promotions:read", "promotions:write"])
def test_each_right_is_its_own(world: World, system: Caller, scope: str) -> None:
    limited = world.system(scope)
    read, written = limited.get(PROMOTION), limited.put(PROMOTION, body())
    expected = (200, 403) if scope == "promotions:read" else (403, 200)
    assert (read.status_code, written.status_code) == expected
    assert system.get(PROMOTION).status_code == 200


def test_another_brand_finds_nothing_and_the_reference_is_its_own_to_use(world: World, system: Caller) -> None:
    other = make.brand()
    make.distributor(other, "D-1")
    make.partner(other, "store", "T-1")
    stranger = world.system(brand=other)
    assert stranger.get(PROMOTION).status_code == 404
    assert stranger.get(f"{PROMOTION}/participants").status_code == 404
    assert stranger.delete(PROMOTION).status_code == 404
    assert stranger.put(PROMOTION, body()).status_code == 201
    assert system.get(PROMOTION).json["version"] == 1  # type: ignore[index]


def put_example(caller: Caller, body: bytes, shot: str = "front", **fields: str) -> Any:
    """A picture as a brand's system sends it."""
    sent, kind = photos.multipart(fields, body)
    headers = {"Authorization": f"Bearer {caller.credential}"}
    return caller.client.put(f"{PROMOTION}/examples/{shot}", data=sent, content_type=kind, headers=headers)


def test_an_example_stands_with_its_shot_and_the_same_one_changes_nothing(system: Caller) -> None:
    picture = photos.picture()
    first, again = put_example(system, picture), put_example(system, picture)
    assert (first.status_code, again.status_code, first.json) == (200, 200, again.json)
    assert (first.json["version"], first.json["shots"][0]["example"][:4]) == (2, "img_")
    kept = system.put(PROMOTION, body())
    assert (kept.status_code, kept.json["version"]) == (200, 2)  # type: ignore[index]
    assert OutboxRow.select().where(OutboxRow.queue == "internal:photo-check").count() == 1


def test_null_takes_an_example_away_and_another_is_not_put_in_passing(system: Caller) -> None:
    put_example(system, photos.picture())
    shots = [{"key": "front", "text": "The front", "example": "img_01J9ZZZZZZZZZZZZZZZZZZZZZZ"}]
    refused: Any = system.put(PROMOTION, body(shots=shots)).json
    assert [(fault["pointer"], fault["code"]) for fault in refused["errors"]] == [
        ("/shots/0/example", "example_elsewhere")
    ]
    gone: Any = system.put(PROMOTION, body(shots=[{**shots[0], "example": None}])).json
    assert gone["shots"][0]["example"] is None


def test_an_example_is_a_whole_picture_of_a_shot_that_is_there(system: Caller) -> None:
    assert put_example(system, photos.picture(), shot="back").status_code == 404
    assert put_example(system, b"%PDF-1.7 and so on").status_code == 415
    assert put_example(system, photos.picture(), sha256="0" * 64).json["code"] == "photo_broken"
    assert put_example(system, photos.picture(), colour="red").status_code == 422
    system.delete(PROMOTION)
    assert put_example(system, photos.picture()).json["code"] == "promotion_withdrawn"


def test_an_example_is_seen_by_those_who_take_part_and_by_no_stranger(world: World, system: Caller) -> None:
    key = put_example(system, photos.picture()).json["shots"][0]["example"]
    here = [make.person(organisations.partner(make.system_actor(world.brand), ref)) for ref in ("D-1", "T-1")]
    strangers = [make.person(make.distributor(world.brand)), make.person(make.distributor(make.brand())), world.owner]
    asked = [world.phone(one).get(f"/api/v1/phone/photos/{key}") for one in (*here, *strangers)]
    assert [one.json["code"] for one in asked] == ["photo_not_ready"] * 2 + ["not_found"] * 3  # type: ignore[index]
