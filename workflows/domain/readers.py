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


def readers(told: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Reader]:
    """Those who may still be told, among pairs of a person's id and a place; one query.

    A place is the number of the organisation in which the person must still have a live membership; empty, any will
    do, and the time zone is their first organisation's.
    """
    pairs = list(told)
    lives = _lives_of({person for person, _place in pairs})
    return {(person, place): lives[person, place] for person, place in pairs if (person, place) in lives}


def _lives_of(public_ids: Iterable[str]) -> dict[tuple[str, str], Reader]:
    """Every live membership of these people by person and place, and their first one once more under no place."""
    query = (
        Membership.select(Membership, Person, Organisation)
        .join(Person)
        .switch(Membership)
        .join(Organisation)
        .where(Person.public_id.in_(list(public_ids)), Person.state == ACTIVE, Organisation.state == ACTIVE)
        .order_by(Membership.id.desc())
    )
    found: dict[tuple[str, str], Reader] = {}
    for row in query:
        reader = Reader(row.person.language, row.organisation.time_zone)
        found[row.person.public_id, str(row.organisation.id)] = found[row.person.public_id, ""] = reader
    return found
