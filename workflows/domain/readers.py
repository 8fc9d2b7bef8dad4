"""How people read what reaches them: their language, and the clock they live by."""

from collections.abc import Iterable
from typing import NamedTuple

from workflows.domain.access import ACTIVE
from workflows.domain.organisations import Organisation
from workflows.domain.people import Membership, Person


class Reader(NamedTuple):
    """One person's language (`zh`, `en`) and IANA time zone."""

    language: str
    time_zone: str


def readers(public_ids: Iterable[str]) -> dict[str, Reader]:
    """Those of the people who may still be told anything, by id; one query. The time zone is their first organisation's."""
    query = (
        Membership.select(Membership, Person, Organisation)
        .join(Person)
        .switch(Membership)
        .join(Organisation)
        .where(Person.public_id.in_(list(public_ids)), Person.state == ACTIVE, Organisation.state == ACTIVE)
        .order_by(Membership.id.desc())
    )
    return {row.person.public_id: Reader(row.person.language, row.organisation.time_zone) for row in query}
