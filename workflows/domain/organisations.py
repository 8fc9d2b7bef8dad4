"""Brands and their partners. A partner belongs to the brand that named it; the brand itself is its partner `self`."""

from collections.abc import Mapping
from typing import Any

import peewee

from config import clock, database
from config.database import Record
from config.fields import PublicIdField, UtcDateTimeField
from config.ids import new_id
from workflows.domain import events
from workflows.domain.access import (
    ACTIVE,
    BRAND,
    PARTNER_KINDS,
    SCOPES,
    SUSPENDED,
    Actor,
    Session,
    end_sessions,
    require,
)
from workflows.domain.audit.noting import OPERATOR, note
from workflows.domain.documents import Faults, Put, own_ref, require_edited
from workflows.domain.errors import Conflict, Forbidden, NotFound
from workflows.domain.values import valid_ref

SELF = "self"
_FIELDS = ("kind", "name", "region", "time_zone", "language")


class Organisation(Record):
    """A brand, or one of its partners.

    brand is the id of the brand it belongs to, for a brand its own; ref is the brand's own reference, `self` for the
    brand itself; operator_ref is what operators call a brand, None for a partner; time_zone is an IANA name.
    """

    id = peewee.AutoField()
    public_id = PublicIdField()
    brand = peewee.IntegerField()
    operator_ref = peewee.CharField(max_length=64, null=True, unique=True)
    ref = peewee.CharField(max_length=64)
    kind = peewee.CharField(max_length=16)
    name = peewee.CharField(max_length=200)
    region = peewee.CharField(max_length=100, default="")
    time_zone = peewee.CharField(max_length=64)
    language = peewee.CharField(max_length=2)
    state = peewee.CharField(max_length=16, default=ACTIVE)
    version = peewee.IntegerField(default=1)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        indexes = ((("brand", "ref"), True), (("brand", "kind", "id"), False))

    @property
    def subject(self) -> events.Subject:
        """It as what an event is about."""
        return events.Subject("partner", self.public_id, self.ref)


def create_brand(ref: str, name: str, time_zone: str, language: str) -> Organisation:
    """A new brand, called `ref` by operators. Raises Conflict `brand_exists`, Invalid."""
    faults = Faults()
    facts = {
        "operator_ref": faults.ref(("ref",), ref),
        "name": faults.text(("name",), name),
        "time_zone": faults.time_zone(("time_zone",), time_zone),
        "language": faults.language(("language",), language),
    }
    faults.raise_if_any()
    with database.transaction():
        database.serialise("brand", ref)
        if Organisation.select().where(Organisation.operator_ref == ref).exists():
            raise Conflict("brand_exists")
        brand = _new(0, SELF, {**facts, "kind": BRAND})
        brand.brand = brand.id
        brand.save()
        note(brand.id, OPERATOR, "brand.added", "partner", brand.public_id)
    return brand


def brand_named(ref: str) -> Organisation:
    """The brand operators call `ref`. Raises NotFound."""
    return _only(Organisation.select().where(Organisation.operator_ref == ref))


def operator_of(brand: Organisation) -> Actor:
    """The operator at a terminal, who may do in a brand's name whatever its systems may."""
    return Actor(
        brand_id=brand.id,
        organisation_id=brand.id,
        organisation=brand.public_id,
        organisation_kind=BRAND,
        organisation_ref=brand.ref,
        language=brand.language,
        time_zone=brand.time_zone,
        scopes=SCOPES,
    )


def partners_of(actor: Actor) -> "peewee.ModelSelect[Organisation]":
    """The organisations an actor may know: a brand all of its own, a partner itself and the brand."""
    query = Organisation.select().where(Organisation.brand == actor.brand_id)
    if actor.is_brand:
        return query
    return query.where(Organisation.id.in_((actor.organisation_id, actor.brand_id)))


def partner(actor: Actor, ref: str) -> Organisation:
    """The partner a brand calls `ref`. Raises NotFound."""
    if not valid_ref(ref):
        raise NotFound
    return _only(partners_of(actor).where(Organisation.ref == ref))


def own(actor: Actor) -> Organisation:
    """The organisation that the actor acts for."""
    found: Organisation = Organisation.get_by_id(actor.organisation_id)
    return found


def read_supplier(actor: Actor, faults: Faults, raw: object) -> Organisation | None:
    """The supplier that a document names, or None with the fault noted; one that is suspended is a fault too."""
    ref = faults.ref(("supplier",), raw)
    if ref is None:
        return None
    found: Organisation | None = partners_of(actor).where(Organisation.ref == ref).first()
    if found is None or found.kind != "supplier":
        faults.add(("supplier",), "supplier_unknown", ref=ref)
        return None
    if found.state != ACTIVE:
        faults.add(("supplier",), "supplier_suspended", ref=ref)
    return found


def put_partner(actor: Actor, ref: str, fields: Mapping[str, Any], version: int | None = None) -> Put[Organisation]:
    """Create the partner `ref`, or replace what is known of it; the same content changes nothing.

    What `fields` leave out takes the brand's own time zone and language. version is the one the caller edited, where it
    says so. Raises Invalid with every fault (`kind_fixed`: a partner stays of its kind), StaleVersion, Forbidden.
    """
    require(actor, "partners:write")
    own_ref(ref)
    with database.transaction():
        database.serialise("partner", actor.brand_id, ref)
        found = partners_of(actor).where(Organisation.ref == ref).first()
        facts = _read(actor, fields, found)
        require_edited(version, found.version if found else None)
        if found is None:
            made = _new(actor.brand_id, ref, facts)
            _announce(actor, "partner.added", made)
            return Put(made, is_new=True, is_changed=True)
        return Put(found, is_new=False, is_changed=_replace(actor, found, facts))


def _read(actor: Actor, fields: Mapping[str, Any], found: Organisation | None) -> dict[str, Any]:
    faults = Faults()
    faults.only((), fields, _FIELDS)
    facts = {
        "kind": _kind(faults, fields.get("kind"), found),
        "name": faults.text(("name",), fields.get("name")),
        "region": faults.text(("region",), fields.get("region"), longest=100, is_optional=True) or "",
        "time_zone": faults.time_zone(("time_zone",), fields.get("time_zone"), is_optional=True) or actor.time_zone,
        "language": faults.language(("language",), fields.get("language"), is_optional=True) or actor.language,
    }
    faults.raise_if_any()
    return facts


def _kind(faults: Faults, raw: object, found: Organisation | None) -> str | None:
    is_self = found is not None and found.kind == BRAND
    kind = faults.one_of(("kind",), raw, (BRAND,) if is_self else PARTNER_KINDS, is_optional=is_self)
    if found is None:
        return kind
    if kind is not None and kind != found.kind:
        faults.add(("kind",), "kind_fixed", kind=found.kind)
    return found.kind


def _new(brand_id: int, ref: str, facts: Mapping[str, Any]) -> Organisation:
    now = clock.now()
    return Organisation.create(
        public_id=new_id("org"), brand=brand_id, ref=ref, created_at=now, updated_at=now, **facts
    )


def _replace(actor: Actor, found: Organisation, facts: Mapping[str, Any]) -> bool:
    if all(getattr(found, name) == value for name, value in facts.items()):
        return False
    for name, value in facts.items():
        setattr(found, name, value)
    _save(found)
    _announce(actor, "partner.changed", found)
    return True


def suspend_partner(actor: Actor, ref: str) -> Organisation:
    """Stop a partner: its people's sessions end within one request, nobody signs in for it. Raises NotFound.

    The brand itself is stopped by the operator alone, and its keys with it.
    """
    return _set_state(actor, ref, SUSPENDED, "partner.suspended")


def resume_partner(actor: Actor, ref: str) -> Organisation:
    """Let a suspended partner work again; its people sign in anew. Raises NotFound."""
    return _set_state(actor, ref, ACTIVE, "partner.resumed")


def _set_state(actor: Actor, ref: str, state: str, kind: str) -> Organisation:
    require(actor, "partners:write")
    with database.transaction():
        database.serialise("partner", actor.brand_id, own_ref(ref))
        found = partner(actor, ref)
        if found.kind == BRAND and actor.key_id is not None:
            raise Forbidden
        if found.state == state:
            return found
        found.state = state
        _save(found)
        _end_sessions_in(found, actor.name_for_audit)
        _announce(actor, kind, found)
    return found


def _end_sessions_in(organisation: Organisation, by: str) -> None:
    theirs = Organisation.select(Organisation.id).where(
        (Organisation.id == organisation.id) | (Organisation.brand == organisation.id)
    )
    end_sessions(Session.acting_for.in_(theirs), by)


def _save(organisation: Organisation) -> None:
    organisation.version += 1
    organisation.updated_at = clock.now()
    organisation.save()


def _announce(actor: Actor, kind: str, organisation: Organisation) -> None:
    data = {"kind": organisation.kind, "state": organisation.state, "version": organisation.version}
    events.append(actor.brand_id, actor.name_for_audit, kind, organisation.subject, data)


def partner_document(organisation: Organisation) -> dict[str, Any]:
    """A partner as the brand reads it."""
    return {
        "id": organisation.public_id,
        "ref": organisation.ref,
        "kind": organisation.kind,
        "name": organisation.name,
        "region": organisation.region,
        "time_zone": organisation.time_zone,
        "language": organisation.language,
        "state": organisation.state,
        "version": organisation.version,
        "created_at": organisation.created_at,
        "updated_at": organisation.updated_at,
    }


def _only(query: "peewee.ModelSelect[Organisation]") -> Organisation:
    found: Organisation | None = query.first()
    if found is None:
        raise NotFound
    return found
