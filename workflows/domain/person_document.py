"""Reads a person as a brand's system sends them, and names every fault at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notifications import recipients
from workflows.domain import organisations
from workflows.domain.access import ROLES_OF_KIND, Actor
from workflows.domain.documents import Faults, Path
from workflows.domain.organisations import Organisation
from workflows.domain.values import Refused, string, valid_ref

_MOST_MEMBERSHIPS = 200
_LONGEST_PHONE = 40
_PERSON_KEYS = frozenset({"name", "phone", "language", "memberships"})
_MEMBERSHIP_KEYS = frozenset({"partner", "role"})


@dataclass(frozen=True)
class PersonDocument:
    """A clean person: memberships as pairs of an organisation's id and a role, the phone in E.164."""

    name: str
    language: str
    memberships: frozenset[tuple[int, str]]
    phone: str | None
    is_phone_changed: bool


def read_person(actor: Actor, fields: Mapping[str, Any], standing_phone: str | None) -> PersonDocument:
    """The clean document. Raises Invalid with every fault.

    standing_phone is the number bound so far: it stays where no phone is named, or where its mask comes back.
    """
    faults = Faults()
    faults.only((), fields, _PERSON_KEYS)
    name = faults.text(("name",), fields.get("name"))
    language = faults.language(("language",), fields.get("language"), is_optional=True) or actor.language
    phone = _phone(faults, fields, standing_phone)
    memberships = _memberships(actor, faults, fields.get("memberships"))
    faults.raise_if_any()
    return PersonDocument(str(name), language, memberships, phone, is_phone_changed=phone != standing_phone)


def _phone(faults: Faults, fields: Mapping[str, Any], standing: str | None) -> str | None:
    if "phone" not in fields:
        return standing
    if standing and fields["phone"] == masked(standing):
        return standing
    return faults.read(("phone",), fields["phone"], e164, is_optional=True)


def e164(raw: object) -> str:
    """A phone number in E.164. Raises Refused."""
    number = string(raw)
    if len(number) > _LONGEST_PHONE:
        raise Refused("phone_invalid")
    try:
        return recipients.e164(number)
    except recipients.NotAPhone as error:
        raise Refused("phone_invalid") from error


def masked(phone: str) -> str:
    """A number that its owner recognises and nobody can call: `+86*******8000`."""
    return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}"


def _memberships(actor: Actor, faults: Faults, raw: object) -> frozenset[tuple[int, str]]:
    if raw is None:
        faults.add(("memberships",), "required")  # left out by mistake, it would end them all
    rows = faults.rows(("memberships",), raw, most=_MOST_MEMBERSHIPS)
    known = _partners(actor, rows)
    found: set[tuple[int, str]] = set()
    for place, row in enumerate(rows):
        path = ("memberships", place)
        membership = _membership(faults, path, row, known) if row else None
        if membership in found:
            faults.add(path, "repeated")
        if membership:
            found.add(membership)
    return frozenset(found)


def _partners(actor: Actor, rows: list[Mapping[str, Any]]) -> dict[str, Organisation]:
    refs = [ref for ref in (row.get("partner") for row in rows) if valid_ref(ref)]
    return {one.ref: one for one in organisations.partners_of(actor).where(Organisation.ref.in_(refs))}


def _membership(
    faults: Faults, path: Path, row: Mapping[str, Any], known: Mapping[str, Organisation]
) -> tuple[int, str] | None:
    faults.only(path, row, _MEMBERSHIP_KEYS)
    ref = faults.ref((*path, "partner"), row.get("partner"))
    partner = known.get(ref) if ref else None
    if ref and partner is None:
        faults.add((*path, "partner"), "partner_unknown", ref=ref)
    roles = ROLES_OF_KIND[partner.kind] if partner else _ALL_ROLES
    role = faults.one_of((*path, "role"), row.get("role"), roles)
    return (partner.id, role) if partner and role else None


_ALL_ROLES = frozenset(role for roles in ROLES_OF_KIND.values() for role in roles)
