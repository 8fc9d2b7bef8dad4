"""API keys of a brand's systems."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from config import clock, database
from tests import make
from workflows.domain import keys, organisations
from workflows.domain.errors import Conflict, Invalid, NotFound, Unauthenticated
from workflows.domain.keys import ApiKey
from workflows.domain.organisations import Organisation

pytestmark = pytest.mark.usefixtures("db")
SCOPES = ("orders:read", "orders:write")


@pytest.fixture
def brand(db: None) -> Organisation:  # noqa: ARG001 - the tables first
    return make.brand()


def refused(key: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        keys.actor_of_key(key)
    assert refusal.value.code == "key_invalid"


@contextmanager
def queries() -> Iterator[list[str]]:
    asked: list[str] = []
    database.proxy.obj.query_hooks.append(lambda sql, *_: asked.append(sql))
    yield asked
    database.proxy.obj.query_hooks.clear()


def test_a_key_is_the_brands_system_with_its_scopes(brand: Organisation) -> None:
    actor = keys.actor_of_key(keys.create_key(brand, SCOPES, "erp"))
    assert (actor.brand_id, actor.organisation_ref, actor.scopes) == (brand.id, "self", set(SCOPES))
    assert actor.is_brand_system
    assert actor.name_for_audit == ApiKey.get().prefix


def test_a_key_belongs_to_one_brand(brand: Organisation) -> None:
    other = make.brand()
    assert keys.actor_of_key(keys.create_key(other, SCOPES, "erp")).brand_id == other.id
    assert keys.actor_of_key(keys.create_key(brand, SCOPES, "erp")).brand_id == brand.id


def test_a_mistyped_key_asks_the_database_nothing(brand: Organisation) -> None:
    key = keys.create_key(brand, SCOPES, "erp")
    mistyped = key[:-10] + ("A" if key[-10] != "A" else "B") + key[-9:]
    with queries() as asked:
        for wrong in (mistyped, key[:-1], key + "0", "", "plk_", "\0" * 62, "\ud800", key.upper()):
            refused(wrong)
    assert asked == []


def test_a_key_is_known_in_one_query(brand: Organisation) -> None:
    key = keys.create_key(brand, SCOPES, "erp")
    keys.actor_of_key(key)
    with queries() as asked:
        keys.actor_of_key(key)
    assert len(asked) == 1


def test_another_secret_behind_the_same_prefix_is_refused(brand: Organisation) -> None:
    key = keys.create_key(brand, SCOPES, "erp")
    body = key[:13] + "0" * 43
    refused(body + keys._checksum(body))


def test_two_keys_of_a_name_live_at_once_and_no_third(brand: Organisation) -> None:
    first, second = (keys.create_key(brand, SCOPES, "erp") for _ in range(2))
    with pytest.raises(Conflict) as refusal:
        keys.create_key(brand, SCOPES, "erp")
    assert refusal.value.code == "two_keys_live"
    keys.create_key(brand, SCOPES, "warehouse")
    keys.create_key(make.brand(), SCOPES, "erp")
    keys.revoke_key(brand, first[:12])
    keys.create_key(brand, SCOPES, "erp")
    assert keys.actor_of_key(second)


def test_a_revoked_key_stops_at_the_next_request(brand: Organisation) -> None:
    key, other = keys.create_key(brand, SCOPES, "erp"), keys.create_key(brand, SCOPES, "erp")
    keys.revoke_key(brand, key[:12])
    keys.revoke_key(brand, key[:12])
    refused(key)
    assert keys.actor_of_key(other)


def test_a_brand_revokes_its_own_keys_only(brand: Organisation) -> None:
    key = keys.create_key(brand, SCOPES, "erp")
    with pytest.raises(NotFound):
        keys.revoke_key(make.brand(), key[:12])
    assert keys.actor_of_key(key)


def test_a_key_expires(brand: Organisation) -> None:
    key = keys.create_key(brand, SCOPES, "erp", clock.now() + timedelta(days=1))
    assert keys.actor_of_key(key)
    with clock.travelled(days=1):
        refused(key)
        assert keys.create_key(brand, SCOPES, "erp")
        assert keys.create_key(brand, SCOPES, "erp")


def test_a_suspended_brands_keys_stop(brand: Organisation) -> None:
    key = keys.create_key(brand, SCOPES, "erp")
    organisations.suspend_partner(make.system_actor(brand), "self")
    refused(key)


@pytest.mark.parametrize(
    ("scopes", "name"), [(["orders:delete"], "erp"), ([1], "erp"), (SCOPES, ""), (SCOPES, "x" * 65)]
)
def test_a_key_has_known_scopes_and_a_name(brand: Organisation, scopes: Any, name: str) -> None:
    with pytest.raises(Invalid):
        keys.create_key(brand, scopes, name)


def test_only_a_hash_of_the_key_is_kept(brand: Organisation) -> None:
    key = keys.create_key(brand, SCOPES, "erp")
    assert key[13:56] not in repr(list(ApiKey.select().tuples()))


def test_the_last_use_is_noted_about_once_a_minute(brand: Organisation) -> None:
    key = keys.create_key(brand, SCOPES, "erp")
    keys.actor_of_key(key)
    first = ApiKey.get().last_used_at
    with clock.travelled(seconds=59):
        keys.actor_of_key(key)
        assert ApiKey.get().last_used_at == first
    with clock.travelled(seconds=61):
        keys.actor_of_key(key)
        assert ApiKey.get().last_used_at > first


def test_noting_the_use_waits_for_nobody(brand: Organisation, db_url: str) -> None:
    key = keys.create_key(brand, SCOPES, "erp")
    with writer_in_the_way(db_url):
        assert keys.actor_of_key(key).brand_id == brand.id
    assert ApiKey.get().last_used_at is None


@contextmanager
def writer_in_the_way(url: str) -> Iterator[None]:
    """Another process that holds the keys' rows: on SQLite the one write lock."""
    if url.startswith("sqlite"):
        held: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        held.execute("BEGIN IMMEDIATE")
    else:
        held = psycopg.connect(url)
        held.execute("SELECT id FROM api_key FOR UPDATE")
    try:
        yield
    finally:
        held.rollback()
        held.close()
