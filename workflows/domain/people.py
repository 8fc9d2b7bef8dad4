"""People and what they are to their organisations. A person record belongs to the brand that made it.

Where somebody can be reached is not known here: phones and WeChat ids rest sealed in `notifications.recipients`, under
the person's id. Names stay out of events, notices and logs, so that a person can be forgotten.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import peewee

from config import clock, database
from config.database import Record
from config.fields import PublicIdField, UtcDateTimeField
from config.ids import new_id
from config.prepared import Prepared
from notifications import recipients
from workflows.domain import events, tasks
from workflows.domain.access import ACTIVE, BY_PHONE, ERASED, SUSPENDED, Actor, Session, end_sessions, require
from workflows.domain.audit.noting import note
from workflows.domain.documents import Put, own_ref, require_edited
from workflows.domain.errors import Conflict, NotFound
from workflows.domain.organisations import Organisation
from workflows.domain.person_document import PersonDocument, masked, read_person
from workflows.domain.values import valid_ref


class Person(Record):
    """A human as one brand knows them; ref is the brand's own reference."""

    id = peewee.AutoField()
    public_id = PublicIdField()
    brand = peewee.IntegerField()
    ref = peewee.CharField(max_length=64)
    name = peewee.CharField(max_length=200)
    language = peewee.CharField(max_length=2)
    state = peewee.CharField(max_length=16, default=ACTIVE)
    version = peewee.IntegerField(default=1)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        indexes = ((("brand", "ref"), True),)

    @property
    def subject(self) -> events.Subject:
        """They as what an event is about."""
        return events.Subject("person", self.public_id, self.ref)


class Membership(Record):
    """One role of a person in one organisation."""

    id = peewee.AutoField()
    person = peewee.ForeignKeyField(Person, on_delete="CASCADE")
    person_id: int
    organisation = peewee.ForeignKeyField(Organisation, on_delete="CASCADE")
    organisation_id: int
    role = peewee.CharField(max_length=16)

    class Meta:
        indexes = ((("person", "organisation", "role"), True),)


def people_of(actor: Actor) -> "peewee.ModelSelect[Person]":
    """The people an actor may know: a brand all of its own, a partner's person their colleagues."""
    query = Person.select().where(Person.brand == actor.brand_id)
    if actor.is_brand:
        return query
    colleagues = Membership.select(Membership.person).where(Membership.organisation == actor.organisation_id)
    return query.where(Person.id.in_(colleagues))


def person(actor: Actor, ref: str) -> Person:
    """The person a brand calls `ref`. Raises NotFound."""
    found: Person | None = people_of(actor).where(Person.ref == ref).first() if valid_ref(ref) else None
    if found is None:
        raise NotFound
    return found


def put_person(actor: Actor, ref: str, fields: Mapping[str, Any], version: int | None = None) -> Put[Person]:
    """Create the person `ref`, or replace what is known of them; the same content changes nothing.

    The list of memberships replaces the one that stood, and whoever acts for an organisation that is no longer in it is
    signed out within one request. A phone that is not named stays, null forgets it; without a language it is the
    brand's. version is the one the caller edited, where it says so. Raises Invalid with every fault, StaleVersion, Forbidden,
    Conflict `person_erased`.
    """
    require(actor, "people:write")
    own_ref(ref)
    with database.transaction():
        database.serialise("person", actor.brand_id, ref)
        found = people_of(actor).where(Person.ref == ref).first()
        _refuse_erased(found)
        document = read_person(actor, fields, _phone(found))
        require_edited(version, found.version if found else None)
        if found is None:
            return Put(_create(actor, ref, document), is_new=True, is_changed=True)
        return Put(found, is_new=False, is_changed=_replace(actor, found, document))


def _refuse_erased(found: Person | None) -> None:
    """A brand's nightly sync must not bring somebody back who was erased: whoever comes again gets a new reference."""
    if found is not None and found.state == ERASED:
        raise Conflict("person_erased", ref=found.ref)


def _phone(found: Person | None) -> str | None:
    return None if found is None else recipients.address_of(found.public_id, "phone", "")


def _create(actor: Actor, ref: str, document: PersonDocument) -> Person:
    now = clock.now()
    made = Person.create(
        public_id=new_id("per"),
        brand=actor.brand_id,
        ref=ref,
        name=document.name,
        language=document.language,
        created_at=now,
        updated_at=now,
    )
    _add_memberships(made, document.memberships)
    _touch_inboxes(document.memberships)
    recipients.set_phone(made.public_id, document.phone)
    _announce(actor, "person.added", made)
    return made


def _replace(actor: Actor, found: Person, document: PersonDocument) -> bool:
    standing = _memberships_of(found)
    is_same_person = (found.name, found.language) == (document.name, document.language)
    if is_same_person and standing == document.memberships and not document.is_phone_changed:
        return False
    _end_memberships(found, standing - document.memberships)
    _add_memberships(found, document.memberships - standing)
    _touch_inboxes(standing | document.memberships)
    _sign_out_of(actor, found, {place for place, _ in standing} - {place for place, _ in document.memberships})
    if document.is_phone_changed:
        # Whoever proved the former number proved nothing about the new one.
        end_sessions((Session.person == found.id) & (Session.app == BY_PHONE))
        recipients.set_phone(found.public_id, document.phone)
    found.name, found.language = document.name, document.language
    _save(found)
    _announce(actor, "person.changed", found)
    return True


def _memberships_of(found: Person) -> frozenset[tuple[int, str]]:
    rows = Membership.select().where(Membership.person == found.id)
    return frozenset((row.organisation_id, row.role) for row in rows)


def _add_memberships(found: Person, places: Collection[tuple[int, str]]) -> None:
    rows = [{"person": found.id, "organisation": place, "role": role} for place, role in sorted(places)]
    if rows:
        Membership.insert_many(rows).execute()


def _end_memberships(found: Person, places: Collection[tuple[int, str]]) -> None:
    for place, role in places:
        of_person = (Membership.person == found.id) & (Membership.organisation == place)
        Membership.delete().where(of_person, Membership.role == role).execute()


def _touch_inboxes(places: Collection[tuple[int, str]]) -> None:
    """What somebody is asked, and the name a colleague reads beside a task they took, may have changed."""
    for organisation in {place for place, _role in places}:
        tasks.touch_inbox(organisation)


def _sign_out_of(actor: Actor, found: Person, organisations: Collection[int]) -> None:
    if organisations:
        theirs = (Session.person == found.id) & Session.acting_for.in_(list(organisations))
        end_sessions(theirs, by=actor.name_for_audit)


def suspend_person(actor: Actor, ref: str) -> Person:
    """Stop a person: their sessions end within one request, nobody signs in as them. Raises NotFound."""
    return _set_state(actor, ref, SUSPENDED, "person.suspended")


def resume_person(actor: Actor, ref: str) -> Person:
    """Let a suspended person sign in again. Raises NotFound."""
    return _set_state(actor, ref, ACTIVE, "person.resumed")


def _set_state(actor: Actor, ref: str, state: str, kind: str) -> Person:
    require(actor, "people:write")
    with database.transaction():
        database.serialise("person", actor.brand_id, own_ref(ref))
        found = person(actor, ref)
        _refuse_erased(found)
        if found.state == state:
            return found
        found.state = state
        _save(found)
        end_sessions(Session.person == found.id, by=actor.name_for_audit)
        _announce(actor, kind, found)
    return found


def sign_out_everywhere(actor: Actor, ref: str) -> int:
    """End every session of a person, whatever they act for; how many there were. Raises NotFound."""
    require(actor, "people:write")
    with database.transaction():
        return end_sessions(Session.person == person(actor, ref).id, by=actor.name_for_audit)


def _save(found: Person) -> None:
    found.version += 1
    found.updated_at = clock.now()
    found.save()


def _announce(actor: Actor, kind: str, found: Person) -> None:
    places = _places_of([found.id]).get(found.id, [])
    data = {"state": found.state, "version": found.version, "memberships": places}
    events.append(actor.brand_id, actor.name_for_audit, kind, found.subject, data)


def note_about(public_ids: Sequence[str], kind: str, **data: Any) -> None:
    """Seal something about people in their brands' audit, by themselves as far as anybody knows."""
    known = Person.select(Person.brand, Person.public_id).where(Person.public_id.in_(list(public_ids)))
    for one in known.order_by(Person.brand):
        note(one.brand, one.public_id, kind, "person", one.public_id, **data)


def holders(organisation_id: int, roles: Collection[str]) -> list[str]:
    """The ids of the people who can act for an organisation in one of `roles`, none while it is suspended."""
    return [row.public_id for row in _holders(len(roles)).rows(organisation_id, *roles)]


@cache
def _holders(count: int) -> Prepared:
    def build(organisation: Any, *roles: Any) -> Any:
        query = Person.select(Person.public_id).join(Membership).join(Organisation)
        query = query.where(Organisation.id == organisation, Organisation.state == ACTIVE)
        query = query.where(Person.state == ACTIVE, Membership.role.in_(roles))
        return query.distinct().order_by(Person.public_id)

    return Prepared(build, 1 + count)


def buyer_with_ref(actor: Actor, ref: str) -> str | None:
    """The id of the brand's active buyer called `ref`, or None."""
    query = people_of(actor).join(Membership, on=(Membership.person == Person.id))
    in_brand = (Membership.organisation == actor.brand_id) & (Membership.role == "buyer")
    found = query.where(Person.ref == ref, Person.state == ACTIVE, in_brand).first()
    return found.public_id if found else None


def refs_of(public_ids: Iterable[str]) -> dict[str, str]:
    """The brand's references of people by their ids; for documents of an actor who may see them already."""
    query = Person.select(Person.public_id, Person.ref).where(Person.public_id.in_(list(public_ids)))
    return {row.public_id: row.ref for row in query}


def names_of(actor: Actor, public_ids: Iterable[str]) -> dict[str, str]:
    """The names of those among `public_ids` whom the actor may know."""
    return {row.public_id: row.name for row in people_of(actor).where(Person.public_id.in_(list(public_ids)))}


def person_documents(people: Iterable[Person]) -> list[dict[str, Any]]:
    """People as the brand reads them, their phones masked; two queries however many there are."""
    people = list(people)
    places = _places_of([one.id for one in people])
    phones = recipients.addresses([one.public_id for one in people], "phone", "")
    return [_document(one, places.get(one.id, []), phones.get(one.public_id)) for one in people]


def _document(one: Person, places: list[dict[str, str]], phone: str | None) -> dict[str, Any]:
    return {
        "id": one.public_id,
        "ref": one.ref,
        "name": one.name,
        "phone": masked(phone) if phone else None,
        "language": one.language,
        "memberships": places,
        "state": one.state,
        "version": one.version,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
    }


def _places_of(person_ids: list[int]) -> dict[int, list[dict[str, str]]]:
    query = (
        Membership.select(Membership.person, Membership.role, Organisation.ref)
        .join(Organisation)
        .where(Membership.person.in_(person_ids))
        .order_by(Organisation.ref, Membership.role)
    )
    places: dict[int, list[dict[str, str]]] = {}
    for row in query:
        places.setdefault(row.person_id, []).append({"partner": row.organisation.ref, "role": row.role})
    return places
