"""Sessions of phones: who a token is, how one acts for another organisation, how it ends.

A session slides 30 days. Whatever takes a person's right away (their suspension, their partner's, the end of a
membership, a revoked session) is seen by the next request, because every request asks this one query.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import peewee

from config import clock, database
from config.ids import secret_token
from notifications import recipients
from workflows.domain import proved_numbers
from workflows.domain.access import ACTIVE, BY_PHONE, Actor, Session, end_sessions
from workflows.domain.audit.noting import note
from workflows.domain.errors import NotFound, Unauthenticated
from workflows.domain.organisations import Organisation
from workflows.domain.people import Membership, Person

LIFETIME = timedelta(days=30)
_SLIDES_EVERY = timedelta(days=1)
_TOKEN = re.compile(r"pls_[A-Za-z0-9_-]{43}")
_Brand = Organisation.alias("brand")


@dataclass(frozen=True)
class Place:
    """One role somebody may sign in with: who, where, as what."""

    person: Person
    organisation: Organisation
    role: str


@dataclass(frozen=True)
class Standing:
    """A signed-in person: who they are, for whom they act, and every place they could act for."""

    person: Person
    acting_for: Organisation
    places: Sequence[Place]
    expires_at: datetime


@dataclass(frozen=True)
class Begun:
    """A session just begun: its token, shown this once, and who signed in."""

    token: str
    standing: Standing


def actor_of_session(token: str) -> Actor:
    """Who acts with this token, in one query. Raises Unauthenticated `session_ended`, whatever the reason."""
    rows = _rows_of(hash_of(token)) if _TOKEN.fullmatch(token) else []
    if not rows:
        raise Unauthenticated("session_ended")
    session_id, device, expires, person_id, person, language, brand_id, place_id, place, kind, ref, zone, _ = rows[0]
    _require_current(session_id, Session.expires_at.python_value(expires))
    return Actor(
        brand_id=brand_id,
        organisation_id=place_id,
        organisation=place,
        organisation_kind=kind,
        organisation_ref=ref,
        language=language,
        time_zone=zone,
        person=person,
        person_id=person_id,
        roles=frozenset(row[-1] for row in rows),
        session_id=session_id,
        device=device,
    )


def _require_current(session_id: int, expires_at: datetime | None) -> None:
    now = clock.now()
    if expires_at is None or expires_at <= now:
        raise Unauthenticated("session_ended")
    if expires_at - now < LIFETIME - _SLIDES_EVERY:
        database.touch(Session, session_id, expires_at=now + LIFETIME)


def _rows_of(token_hash: str) -> list[tuple[Any, ...]]:
    sql, parameters = _question(database.is_postgres())
    return list(database.proxy.execute_sql(sql, [token_hash, *parameters[1:]]).fetchall())


@cache
def _question(for_postgres: bool) -> tuple[str, list[Any]]:
    """The one query as SQL, a row per role. Every request asks it, and building it costs more than running it."""
    del for_postgres  # the dialect is the bound database's; it only keys the cache
    query = (
        Session.select(
            Session.id,
            Session.device,
            Session.expires_at,
            Person.id,
            Person.public_id,
            Person.language,
            Organisation.brand,
            Organisation.id,
            Organisation.public_id,
            Organisation.kind,
            Organisation.ref,
            Organisation.time_zone,
            Membership.role,
        )
        .join(Person, on=(Person.id == Session.person))
        .join(Membership, on=(Membership.person == Person.id) & (Membership.organisation == Session.acting_for))
        .join(Organisation, on=(Organisation.id == Membership.organisation))
        .join(_Brand, on=(_Brand.id == Organisation.brand))
        .where(Session.token_hash == "", Session.ended_at.is_null(), *_all_active())
    )
    sql, parameters = query.sql()
    return sql, list(parameters)


def _all_active() -> tuple[peewee.Expression, ...]:
    return (Person.state == ACTIVE, Organisation.state == ACTIVE, _Brand.state == ACTIVE)


def hash_of(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def begin(
    place: Place, places: Sequence[Place], device: str, app: str | None, phone: str | None = None
) -> tuple[Begun, int]:
    """Begin a session acting for `place`; also its row's id. The caller has proved who it is, and holds the transaction.

    app is the WeChat app whose code proved it, `phone` with the number where a code sent to it did.
    """
    token = f"pls_{secret_token()}"
    now, token_hash = clock.now(), hash_of(token)
    row = Session.create(
        token_hash=token_hash,
        sealed_phone=proved_numbers.sealed(phone, token_hash) if phone else None,
        person=place.person.id,
        acting_for=place.organisation.id,
        app=app,
        device=device,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    _note(place, "session.began", row, app=app)
    return Begun(token, Standing(place.person, place.organisation, places, row.expires_at)), row.id


def _note(place: Place, kind: str, session: Session, **data: Any) -> None:
    person, organisation = place.person, place.organisation
    facts = {"session": session.public_id, "organisation": organisation.public_id, **data}
    note(organisation.brand, person.public_id, kind, "person", person.public_id, **facts)


def places_of(persons: Sequence[str]) -> list[Place]:
    """Every place that people (by id) may act for, in a lasting order: nothing of who or what is suspended."""
    query = (
        Membership.select(Membership, Person, Organisation)
        .join(Person)
        .switch(Membership)
        .join(Organisation)
        .join(_Brand, on=(_Brand.id == Organisation.brand))
        .where(Person.public_id.in_(list(persons)), *_all_active())
        .order_by(Person.id, Organisation.id, Membership.role)
    )
    return [Place(row.person, row.organisation, row.role) for row in query]


def place_to_act_for(places: Sequence[Place], person_id: int | None = None) -> Place:
    """Where somebody acts after signing in: where they acted last, else their first place; of one record alone where it is named.

    Raises Unauthenticated `not_bound` where there is none.
    """
    if person_id is not None:
        places = [place for place in places if place.person.id == person_id]
    if not places:
        raise Unauthenticated("not_bound")
    last = _last_place(places)
    return next((place for place in places if (place.person.id, place.organisation.id) == last), places[0])


def _last_place(places: Sequence[Place]) -> tuple[int, int] | None:
    persons = {place.person.id for place in places}
    last = Session.select().where(Session.person.in_(list(persons))).order_by(Session.id.desc()).first()
    return (last.person, last.acting_for) if last else None


def standing_of(actor: Actor) -> Standing:
    """The actor as their phone shows them. Raises Unauthenticated for whoever has no session (any more)."""
    session = _live_session(actor)
    places = places_of(_same_human(actor, session))
    for place in places:
        if (place.person.id, place.organisation.id) == (actor.person_id, actor.organisation_id):
            return Standing(place.person, place.organisation, places, session.expires_at)
    raise Unauthenticated("session_ended")


def switch(actor: Actor, organisation: str) -> Standing:
    """Act for another organisation (by its id) of the same human, with the same token. Raises NotFound."""
    with database.transaction():
        session = _live_session(actor)
        places = places_of(_same_human(actor, session))
        chosen = next((place for place in places if place.organisation.public_id == organisation), None)
        if chosen is None:
            raise NotFound
        if (session.person, session.acting_for) != (chosen.person.id, chosen.organisation.id):
            session.person, session.acting_for = chosen.person.id, chosen.organisation.id
            session.save(only=[Session.person, Session.acting_for])
            _note(chosen, "session.switched", session)
    return Standing(chosen.person, chosen.organisation, places, session.expires_at)


def _live_session(actor: Actor) -> Session:
    session: Session | None = Session.get_or_none(Session.id == actor.session_id, Session.ended_at.is_null())
    if session is None:
        raise Unauthenticated("session_ended")
    return session


def _same_human(actor: Actor, session: Session) -> list[str]:
    """The person records that the session's human proved to be: those of the same WeChat person or number, or the one alone."""
    if actor.person is None:
        return []
    if session.app is None:
        return [actor.person]
    if session.app == BY_PHONE:
        return proved_numbers.holders(session) or [actor.person]
    openid = recipients.address_of(actor.person, "wechat", session.app)
    return recipients.persons_at("wechat", session.app, openid) if openid else [actor.person]


def own_records(actor: Actor) -> list[Person]:
    """Every person record of the human who is signed in, of whatever brand. Raises Unauthenticated."""
    ids = _same_human(actor, _live_session(actor))
    return list(Person.select().where(Person.public_id.in_(ids)).order_by(Person.id))


@dataclass(frozen=True)
class Device:
    """One sign-in that still holds; last_used_at is exact to a day. is_current: the one that asks."""

    id: str
    label: str | None
    since: datetime
    last_used_at: datetime
    is_current: bool


def devices_of(actor: Actor) -> list[Device]:
    """Where the human who is signed in is signed in, the latest first. Raises Unauthenticated."""
    query = Session.select().where(_theirs(actor), Session.expires_at > clock.now(), Session.ended_at.is_null())
    return [
        Device(row.public_id, row.label, row.created_at, row.expires_at - LIFETIME, row.id == actor.session_id)
        for row in query.order_by(Session.id.desc())
    ]


def note_device(token: str, label: str) -> None:
    """Remember what the device of a session just begun is recognised by."""
    with database.transaction():
        Session.update(label=label).where(Session.token_hash == hash_of(token)).execute()


def end_all_sessions(actor: Actor) -> None:
    """Sign the human out on every device, for every organisation they act for, this one included."""
    with database.transaction():
        end_sessions(_theirs(actor))


def _theirs(actor: Actor) -> peewee.Expression:
    return Session.person.in_([one.id for one in own_records(actor)])


def end_session(actor: Actor) -> None:
    """Sign out: the token stops within one request. Twice changes nothing."""
    with database.transaction():
        end_sessions(Session.id == actor.session_id)
