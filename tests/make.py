"""Builders: a small believable world in a line or two, made the way the doors make it."""

from itertools import count
from typing import Any

from workflows.domain import organisations, people, products
from workflows.domain.access import Actor
from workflows.domain.organisations import Organisation
from workflows.domain.people import Person
from workflows.domain.products import Product
from workflows.domain.sessions import places_of

_numbers = count(1)


def brand(ref: str = "", **facts: Any) -> Organisation:
    """A brand of its own."""
    known = {"name": "Lianhe Foods 联禾食品", "time_zone": "Asia/Shanghai", "language": "zh", **facts}
    return organisations.create_brand(ref or f"brand-{next(_numbers)}", **known)


def system_actor(of: Organisation) -> Actor:
    """The brand's system, with every scope."""
    return organisations.operator_of(of)


def partner(of: Organisation, kind: str, ref: str = "", **facts: Any) -> Organisation:
    """A partner of a brand."""
    name = ref or f"{kind}-{next(_numbers)}"
    put = organisations.put_partner(system_actor(of), name, {"kind": kind, "name": f"{name} 有限公司", **facts})
    return put.record


def supplier(of: Organisation, ref: str = "", **facts: Any) -> Organisation:
    """A supplier of a brand."""
    return partner(of, "supplier", ref, **facts)


def distributor(of: Organisation, ref: str = "", **facts: Any) -> Organisation:
    """A distributor of a brand."""
    return partner(of, "distributor", ref, **facts)


def person(at: Organisation, role: str = "owner", ref: str = "", **facts: Any) -> Person:
    """Somebody with one role in one organisation; for more, name `memberships`."""
    operator = system_actor(Organisation.get_by_id(at.brand))
    name = ref or f"person-{next(_numbers)}"
    known = {"name": f"李{name}", "language": "zh", "memberships": [{"partner": at.ref, "role": role}], **facts}
    return people.put_person(operator, name, known).record


def product(of: Organisation, sku: str = "", **facts: Any) -> Product:
    """A product of a brand."""
    name = sku or f"SKU-{next(_numbers)}"
    return products.put_product(system_actor(of), name, {"name": f"酱油 {name}", "unit": "pcs", **facts}).record


def actor_for(who: Person, at: Organisation, device: str = "device-1") -> Actor:
    """`who` acting for `at` with every role they have there, as their session would say."""
    places = [place for place in places_of([who.public_id]) if place.organisation.id == at.id]
    return Actor(
        brand_id=at.brand,
        organisation_id=at.id,
        organisation=at.public_id,
        organisation_kind=at.kind,
        organisation_ref=at.ref,
        language=who.language,
        time_zone=at.time_zone,
        person=who.public_id,
        person_id=who.id,
        roles=frozenset(place.role for place in places),
        device=device,
    )
