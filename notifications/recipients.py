"""The only home of phones, openids and push endpoints, under an opaque person id.

An address rests sealed and bound to its row; it is found again by a keyed index. Who the person is, their name and
language, is not known here.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import peewee
import phonenumbers

from config import clock, database, sealing
from config.fields import UtcDateTimeField
from config.resealing import SealedTable

AddressKind = Literal["wechat", "phone", "push"]
_PHONE_APP = ""


class NotAPhone(ValueError):
    """The number is not a possible phone number in E.164 form."""


class Address(database.Record):
    """Where one person can be reached by one kind of channel, in one app. `lookup` finds it without opening it."""

    id = peewee.AutoField()
    person = peewee.CharField(max_length=64)
    kind = peewee.CharField(max_length=16)
    app = peewee.CharField(max_length=64)
    sealed = peewee.BlobField()
    lookup = peewee.CharField(max_length=64, index=True)
    bound_at = UtcDateTimeField()
    refused_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("person", "kind", "app"), True),)


def bind(person_id: str, kind: AddressKind, app: str, address: str) -> None:
    """Record where `person_id` is reached; replaces what stood there and forgets an earlier refusal.

    The same address may belong to several person records: one human, several brands.
    """
    sealer = sealing.current()
    facts = {
        "sealed": sealer.seal(address, _context(person_id, kind, app)),
        "lookup": sealer.index(address, _purpose(kind, app)),
        "bound_at": clock.now(),
        "refused_at": None,
    }
    query = Address.insert(person=person_id, kind=kind, app=app, **facts)
    with database.transaction():
        query.on_conflict(conflict_target=[Address.person, Address.kind, Address.app], update=facts).execute()


def unbind(person_id: str, kind: AddressKind, app: str) -> None:
    """Forget an address."""
    with database.transaction():
        Address.delete().where(_place(person_id, kind, app)).execute()


def forget(person_id: str) -> None:
    """Forget every address of a person."""
    with database.transaction():
        Address.delete().where(Address.person == person_id).execute()


def mark_refused(kind: AddressKind, app: str, persons: Sequence[str]) -> None:
    """The channel cannot reach these persons' addresses: they are not tried again until seen again."""
    with database.transaction():
        held = Address.person.in_(sorted(set(persons))) & (Address.kind == kind) & (Address.app == app)
        Address.update(refused_at=clock.now()).where(held).execute()


def reopen(person_id: str, kind: AddressKind, app: str) -> None:
    """The person was seen behind this address: forget that a channel could not reach it."""
    with database.transaction():
        Address.update(refused_at=None).where(_place(person_id, kind, app), Address.refused_at.is_null(False)).execute()


def persons_at(kind: AddressKind, app: str, address: str) -> list[str]:
    """The person ids an address belongs to, oldest binding first; under any live key."""
    entries = sealing.current().indexes(address, _purpose(kind, app))
    query = Address.select(Address.person).where(Address.lookup.in_(entries), Address.kind == kind, Address.app == app)
    return [row.person for row in query.order_by(Address.bound_at, Address.id)]


def address_of(person_id: str, kind: AddressKind, app: str) -> str | None:
    """The plain address, or None where nothing is bound."""
    row = Address.get_or_none(_place(person_id, kind, app))
    return None if row is None else _opened(row)


def addresses(person_ids: Iterable[str], kind: AddressKind, app: str) -> dict[str, str]:
    """The plain addresses of those among `person_ids` who can be reached this way; one query."""
    query = Address.select().where(
        Address.person.in_(list(person_ids)), Address.kind == kind, Address.app == app, Address.refused_at.is_null()
    )
    return {row.person: _opened(row) for row in query}


def reachable(person_ids: Iterable[str]) -> dict[str, list[str]]:
    """By which kinds each person can be reached; everybody asked for is in the answer."""
    kinds: dict[str, list[str]] = {person: [] for person in person_ids}
    query = Address.select(Address.person, Address.kind).where(
        Address.person.in_(list(kinds)), Address.refused_at.is_null()
    )
    for row in query.distinct().order_by(Address.person, Address.kind):
        kinds[row.person].append(row.kind)
    return kinds


def set_phone(person_id: str, number: str | None) -> None:
    """Record or forget a person's phone number, E.164 (`+8613800138000`). Raises NotAPhone."""
    if number is None:
        unbind(person_id, "phone", _PHONE_APP)
        return
    bind(person_id, "phone", _PHONE_APP, e164(number))


def e164(number: str) -> str:
    """The number in E.164; it must carry its country code. Raises NotAPhone."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        raise NotAPhone("not a phone number with its country code") from error
    if not phonenumbers.is_valid_number(parsed):
        raise NotAPhone("no such phone number")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _is_sealed_before() -> peewee.Expression:
    is_old: peewee.Expression = ~Address.lookup.startswith(f"{sealing.current().key_id}:")
    return is_old


def _seal_again(row: Address) -> None:
    plain, sealer = _opened(row), sealing.current()
    row.sealed = sealer.seal(plain, _context(row.person, row.kind, row.app))
    row.lookup = sealer.index(plain, _purpose(row.kind, row.app))
    row.save(only=[Address.sealed, Address.lookup])


SEALED = SealedTable("address", Address, _is_sealed_before, _seal_again)


def held_of(person_id: str) -> list[dict[str, Any]]:
    """Every address of one person in plain, for themself to read."""
    query = Address.select().where(Address.person == person_id).order_by(Address.id)
    return [
        {
            "kind": row.kind,
            "app": row.app,
            "address": _opened(row),
            "bound_at": row.bound_at,
            "refused_at": row.refused_at,
        }
        for row in query
    ]


def _opened(row: Address) -> str:
    return sealing.current().open(bytes(row.sealed), _context(row.person, row.kind, row.app))


def _place(person_id: str, kind: str, app: str) -> peewee.Expression:
    return (Address.person == person_id) & (Address.kind == kind) & (Address.app == app)


def _context(person_id: str, kind: str, app: str) -> str:
    return f"address:sealed:{person_id}/{kind}/{app}"


def _purpose(kind: str, app: str) -> str:
    return f"address:{kind}:{app}"
