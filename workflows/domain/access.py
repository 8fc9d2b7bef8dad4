"""Who acts: the actor every operation starts from, the roles and scopes there are, and the sessions of phones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import peewee

from config import clock, database, forgetting
from config.database import Record
from config.fields import UtcDateTimeField
from config.forgetting import Slice
from workflows.domain.audit.noting import note
from workflows.domain.errors import Forbidden

ACTIVE, SUSPENDED, ERASED = "active", "suspended", "erased"
BRAND = "brand"
BY_PHONE = "phone"
PARTNER_KINDS = ("supplier", "distributor", "store", "agency")

ROLES_OF_KIND: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "brand": ("buyer", "reviewer", "admin"),
        "supplier": ("owner", "clerk"),
        "distributor": ("owner", "clerk", "field"),
        "store": ("owner", "field"),
        "agency": ("owner", "field"),
    }
)
SCOPES = frozenset(
    f"{resource}:{right}"
    for resource in (
        "partners",
        "people",
        "products",
        "orders",
        "rules",
        "capacity",
        "promotions",
        "settlements",
        "events",
    )
    for right in ("read", "write")
) | {"audit:read", "claims:read"}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who may do something: a person on a phone acting for one organisation, a brand's system with a key, or
    the operator at a terminal.

    brand_id is the brand in whose world they act; organisation_id the organisation they act for (for a brand's system
    the brand itself). A person has roles, a system has scopes, never both.
    """

    brand_id: int
    organisation_id: int
    organisation: str
    organisation_kind: str
    organisation_ref: str
    language: str
    time_zone: str
    person: str | None = None
    person_id: int | None = None
    roles: frozenset[str] = frozenset()
    session_id: int | None = None
    device: str | None = None
    scopes: frozenset[str] = frozenset()
    key_id: int | None = None
    key_prefix: str | None = None

    @property
    def is_brand_system(self) -> bool:
        """Is it no person, but the brand's own system or operator?"""
        return self.person is None

    @property
    def is_brand(self) -> bool:
        """Do they act for the brand itself, as a person or as its system?"""
        return self.organisation_kind == BRAND

    @property
    def name_for_audit(self) -> str:
        """Who did it, for events and audit: a person's id, the public part of a key, or `operator`."""
        return self.person or self.key_prefix or "operator"


def stand_in(brand_id: Any, organisation_id: Any, organisation_kind: str = "") -> Actor:
    """An actor whose ids are still open (slots): what prepared queries are built from, through the same scopes as all others."""
    return Actor(brand_id, organisation_id, "", organisation_kind, "", "", "")


def require(actor: Actor, scope: str) -> None:
    """Raises Forbidden unless the actor holds `scope`, such as `orders:write`."""
    if scope not in actor.scopes:
        raise Forbidden(scope=scope)


class Session(Record):
    """One sign-in of a person on one device, acting for one organisation.

    app is the WeChat app whose code opened it, `phone` where a code sent to a number did (sealed_phone is that number),
    None where an invitation alone did. Only the token's hash is kept. label is what its person recognises the device by,
    such as `iPhone · WeChat`.
    """

    id = peewee.AutoField()
    token_hash = peewee.CharField(max_length=64, unique=True)
    person = peewee.IntegerField()
    acting_for = peewee.IntegerField(index=True)
    app = peewee.CharField(max_length=64, null=True)
    device = peewee.CharField(max_length=128)
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField()
    ended_at = UtcDateTimeField(null=True)
    sealed_phone = peewee.BlobField(null=True)
    label = peewee.CharField(max_length=64, null=True)

    class Meta:
        table_name = "phone_session"
        indexes = ((("person", "id"), False),)

    @property
    def public_id(self) -> str:
        """What a list of devices and the audit call it; nothing opens with it."""
        return f"ses_{self.token_hash[:_PUBLIC_DIGITS]}"


_PUBLIC_DIGITS = 24
_person = peewee.Table("person")  # whose record stands above: `people` builds on sessions


def end_sessions(which: peewee.Expression, by: str = "") -> int:
    """End every live session that fits, now; how many there were. They stop at their next request.

    `by` is who ended them, for the audit; empty, the person of each did it themselves.
    """
    live = which & Session.ended_at.is_null()
    ending = Session.update(ended_at=clock.now()).where(live).returning(Session.person, Session.token_hash)
    ended = list(ending.execute())
    if ended:
        _note_ended(ended, by)
    return len(ended)


def _note_ended(ended: Sequence[Session], by: str) -> None:
    holders = _person.select(_person.c.id, _person.c.public_id, _person.c.brand)
    found = holders.where(_person.c.id.in_(sorted({row.person for row in ended}))).execute(database.proxy.obj)
    known = {row["id"]: (row["brand"], row["public_id"]) for row in found}
    for row in ended:
        brand, person = known[row.person]
        note(brand, by or person, "session.ended", "person", person, session=row.public_id)


def forget_sessions(before: datetime, after: int) -> Slice:
    """Forget a slice of the sessions that ran out before a moment, ended ones included.

    Of each person the newest stays: it says for whom they act when they sign in again.
    """
    newer = Session.alias("newer")
    has_newer = peewee.fn.EXISTS(newer.select().where(newer.person == Session.person, newer.id > Session.id))
    return forgetting.forget(Session, Session.created_at, before, after, (Session.expires_at < before) & has_newer)
