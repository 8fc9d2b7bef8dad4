"""API keys of a brand's systems: `plk_<8 public letters>_<43 secret><6 checksum>`.

The checksum turns mistyped and made-up keys away before any query; the database holds a hash. Two keys of one name may
live at once, so that a system changes over without a gap.
"""

import hashlib
import hmac
import json
import re
import secrets
import zlib
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import peewee

from config import clock, database
from config.database import Record
from config.fields import JsonField, UtcDateTimeField
from workflows.domain.access import ACTIVE, BRAND, SCOPES, Actor
from workflows.domain.audit.noting import OPERATOR, note
from workflows.domain.documents import Faults
from workflows.domain.errors import Conflict, NotFound, Unauthenticated
from workflows.domain.organisations import Organisation

MOST_LIVE = 2
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PREFIX_LETTERS = 8
_SECRET_LETTERS = 43  # 256 bits
_CHECKSUM_LETTERS = 6
_KEY = re.compile(r"plk_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}")
_NOTED_EVERY = timedelta(minutes=1)


class ApiKey(Record):
    """One key of a brand's systems. prefix is its public part, `plk_…`; last_used_at is exact to about a minute."""

    id = peewee.AutoField()
    brand = peewee.ForeignKeyField(Organisation, on_delete="CASCADE")
    brand_id: int
    name = peewee.CharField(max_length=64)
    prefix = peewee.CharField(max_length=16, unique=True)
    secret_hash = peewee.CharField(max_length=64)
    scopes = JsonField()
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(null=True)
    revoked_at = UtcDateTimeField(null=True)
    last_used_at = UtcDateTimeField(null=True)


def create_key(brand: Organisation, scopes: Collection[str], name: str, expires_at: datetime | None = None) -> str:
    """A new key, shown this once. Raises Conflict `two_keys_live`, Invalid for an unknown scope or a bad name."""
    faults = Faults()
    clean_name = faults.text(("name",), name, longest=64)
    for place, scope in enumerate(scopes):
        faults.one_of(("scopes", place), scope, SCOPES)
    faults.raise_if_any()
    key = _new_key()
    with database.transaction():
        database.serialise("api-keys", brand.id)
        if keys_of(brand).where(ApiKey.name == clean_name, _is_live()).count() >= MOST_LIVE:
            raise Conflict("two_keys_live")
        ApiKey.create(
            brand=brand,
            name=clean_name,
            prefix=_prefix(key),
            secret_hash=_hash(key),
            scopes=sorted(set(scopes)),
            created_at=clock.now(),
            expires_at=expires_at,
        )
        note(brand.id, OPERATOR, "key.made", "key", _prefix(key), scopes=sorted(set(scopes)))
    return key


def keys_of(brand: Organisation) -> "peewee.ModelSelect[ApiKey]":
    """A brand's keys, dead ones too."""
    return ApiKey.select().where(ApiKey.brand == brand.id)


def revoke_key(brand: Organisation, prefix: str) -> None:
    """Stop a key within one request. Revoking twice changes nothing. Raises NotFound."""
    with database.transaction():
        found = keys_of(brand).where(ApiKey.prefix == prefix).first()
        if found is None:
            raise NotFound
        stopping = ApiKey.update(revoked_at=clock.now()).where(ApiKey.id == found.id, ApiKey.revoked_at.is_null())
        if stopping.execute():
            note(brand.id, OPERATOR, "key.revoked", "key", prefix)


def actor_of_key(key: str) -> Actor:
    """The brand's system that holds `key`, in one query. Raises Unauthenticated `key_invalid`, whatever is wrong."""
    if not _is_well_formed(key):
        raise Unauthenticated("key_invalid")
    row = _row_of(_prefix(key))
    # The hash is compared whether a row was found or not, in the same time for any difference.
    if not hmac.compare_digest(row[0] if row else "", _hash(key)) or row is None:
        raise Unauthenticated("key_invalid")
    _, key_id, prefix, scopes, expires, used, brand_id, brand, ref, language, zone = row
    _require_current(ApiKey.expires_at.python_value(expires))
    _note_use(key_id, ApiKey.last_used_at.python_value(used))
    return Actor(
        brand_id=brand_id,
        organisation_id=brand_id,
        organisation=brand,
        organisation_kind=BRAND,
        organisation_ref=ref,
        language=language,
        time_zone=zone,
        scopes=frozenset(json.loads(scopes)),
        key_id=key_id,
        key_prefix=prefix,
    )


def _row_of(prefix: str) -> tuple[Any, ...] | None:
    sql, parameters = _question(database.is_postgres())
    found: tuple[Any, ...] | None = database.proxy.execute_sql(sql, [prefix, *parameters[1:]]).fetchone()
    return found


@cache
def _question(for_postgres: bool) -> tuple[str, list[Any]]:
    """The one query as SQL. Every call of a brand's system asks it, and building it costs more than running it."""
    del for_postgres  # the dialect is the bound database's; it only keys the cache
    query = (
        ApiKey.select(
            ApiKey.secret_hash,
            ApiKey.id,
            ApiKey.prefix,
            ApiKey.scopes,
            ApiKey.expires_at,
            ApiKey.last_used_at,
            Organisation.id,
            Organisation.public_id,
            Organisation.ref,
            Organisation.language,
            Organisation.time_zone,
        )
        .join(Organisation)
        .where(ApiKey.prefix == "", ApiKey.revoked_at.is_null(), Organisation.state == ACTIVE)
    )
    sql, parameters = query.sql()
    return sql, list(parameters)


def _require_current(expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= clock.now():
        raise Unauthenticated("key_invalid")


def _is_live() -> peewee.Expression:
    return ApiKey.revoked_at.is_null() & (ApiKey.expires_at.is_null() | (ApiKey.expires_at > clock.now()))


def _note_use(key_id: int, last_used_at: datetime | None) -> None:
    now = clock.now()
    if last_used_at is None or now - last_used_at >= _NOTED_EVERY:
        database.touch(ApiKey, key_id, last_used_at=now)


def _new_key() -> str:
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(_PREFIX_LETTERS))
    secret = "".join(secrets.choice(_LETTERS) for _ in range(_SECRET_LETTERS))
    body = f"plk_{prefix}_{secret}"
    return body + _checksum(body)


def _checksum(body: str) -> str:
    rest, letters = zlib.crc32(body.encode()), ""
    for _ in range(_CHECKSUM_LETTERS):
        rest, digit = divmod(rest, len(_LETTERS))
        letters = _LETTERS[digit] + letters
    return letters


def _is_well_formed(key: str) -> bool:
    return _KEY.fullmatch(key) is not None and _checksum(key[:-_CHECKSUM_LETTERS]) == key[-_CHECKSUM_LETTERS:]


def _prefix(key: str) -> str:
    return key[: len("plk_") + _PREFIX_LETTERS]


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
