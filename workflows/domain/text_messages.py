"""What text messages say, to which number they go, and who pays: made when they are sent, from the row they are about.

The author of the queue `texts` (`notifications.texting`). Nothing here calls anybody: it runs inside the transaction that marks
the message, so that a message which does not fit the limits is not sent, and one that is sent is paid for once.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import peewee
import structlog

from config import clock
from config.database import Record
from notifications import metrics, recipients, tallies, texting
from notifications.channels.sms import TextMessage
from notifications.notice import Notice
from notifications.outbox import OutboxRow
from notifications.tallies import Exhausted, Limit, Use
from workflows.domain import invitations, phone_codes
from workflows.domain.access import ACTIVE
from workflows.domain.invitations import Invitation
from workflows.domain.organisations import Organisation
from workflows.domain.people import Person
from workflows.domain.phone_codes import SmsCode
from workflows.domain.readers import readers
from workflows.domain.sessions import Place, places_of

_DAY = timedelta(days=1)
TO_PERSON = Limit("text-person-day", 20, _DAY)
TASKS_TO_PERSON = Limit("text-tasks-person-day", 2, _DAY)
NOTICES_TO_NUMBER = Limit("text-number-day", 10, _DAY)
BRAND_DAY = "text-brand-day"
_PARTS = {"code": 1, "invitation": 2, "task": 1}  # a link makes a message longer than one part

_log = structlog.get_logger(__name__)


class SmsBudget(Record):
    """What one brand may spend on text messages a day, in fen, where it is not the usual."""

    brand = peewee.IntegerField(primary_key=True)
    daily_fen = peewee.IntegerField()


def set_budget(brand: Organisation, daily_fen: int) -> None:
    """Let a brand spend so much a day from now on; what it spent today counts."""
    query = SmsBudget.insert(brand=brand.id, daily_fen=daily_fen)
    query.on_conflict(conflict_target=[SmsBudget.brand], update={SmsBudget.daily_fen: daily_fen}).execute()


def budget_of(brand: Organisation) -> tuple[int, int]:
    """What a brand may spend a day, and what it has spent today (its own day), in fen."""
    use = _money(brand, 0)
    return use.limit.most, tallies.used(use.limit, use.subject)


class Author:
    """Composes text messages by their kind."""

    def compose(self, payload: Mapping[str, str]) -> TextMessage | str:
        """The message, paid for, or why there is none any more."""
        return _COMPOSED_BY[payload["kind"]](payload)

    def number_for(self, payload: Mapping[str, str]) -> str | None:
        """The number a message goes to, or None where there is none any more."""
        return _NUMBER_BY[payload["kind"]](payload)


def _code(payload: Mapping[str, str]) -> TextMessage | str:
    row = SmsCode.get_or_none(SmsCode.public_id == payload["id"])
    if row is None or row.used_at is not None or row.expires_at <= clock.now():
        return "expired"
    places = _paying_first(places_of(recipients.persons_at("phone", "", row.phone)))
    if not places:
        return "nobody"  # costs nothing, and nobody but us learns it
    message = TextMessage("code", row.phone, {"code": phone_codes.code_of(row)})
    return _paid(message, [_uses("code", place.person, place.organisation) for place in places])


def _paying_first(places: Sequence[Place]) -> Sequence[Place]:
    """One place for each brand: the first that has money left pays."""
    return list({place.organisation.brand: place for place in reversed(places)}.values())[::-1]


def _invitation(payload: Mapping[str, str]) -> TextMessage | str:
    invitation = _invited(payload)
    if invitation is None or not invitations.is_openable(invitation):
        return "expired"
    person = invitation.person
    number = recipients.address_of(person.public_id, "phone", "")
    if number is None or person.state != ACTIVE:
        return "nobody"
    message = TextMessage("invitation", number, {"token": invitations.token_of(invitation)})
    at_number = Use(NOTICES_TO_NUMBER, phone_codes.digest(number))
    return _paid(message, [[*_uses("invitation", person, _brand_of(person)), at_number]])


def _task(payload: Mapping[str, str]) -> TextMessage | str:
    row = OutboxRow.get_or_none(OutboxRow.public_id == payload["notice"])
    if row is None or row.state == "cancelled":
        return "withdrawn"
    notice = Notice.from_json(row.payload)
    reader = readers([(notice.person, notice.place)]).get((notice.person, notice.place))
    number = recipients.address_of(notice.person, "phone", "")
    if reader is None or number is None or notice.due_at is None:
        return "nobody"
    person = Person.get(Person.public_id == notice.person)
    due = notice.due_at.astimezone(ZoneInfo(reader.time_zone)).strftime("%Y-%m-%d %H:%M")
    message = TextMessage("task", number, {"reference": notice.reference or "-", "due": due})
    extra = [Use(TASKS_TO_PERSON, person.public_id), Use(NOTICES_TO_NUMBER, phone_codes.digest(number))]
    return _paid(message, [[*_uses("task", person, _brand_of(person)), *extra]])


def _paid(message: TextMessage, ways: Sequence[Sequence[Use]]) -> TextMessage | str:
    """The message, paid for in the first way that the limits allow; else the limit that stands in the last one's way."""
    reason = "nobody pays"
    for uses in ways:
        try:
            tallies.take(uses)
        except Exhausted as error:
            reason = error.limit
            _alert(uses, reason)
            continue
        return TextMessage(message.kind, message.number, message.values, tuple(uses))
    return reason


def _alert(uses: Sequence[Use], limit: str) -> None:
    if limit == BRAND_DAY:
        brand = next(use.subject.partition(":")[0] for use in uses if use.limit.name == BRAND_DAY)
        metrics.ALERTS.labels("sms", limit).inc()
        _log.error("sms_budget_spent", brand=brand)


def _uses(kind: str, person: Person, at: Organisation) -> list[Use]:
    price = texting.account().price_fen * _PARTS[kind]
    return [_money(_brand(at.brand), price), Use(TO_PERSON, person.public_id)]


def _money(brand: Organisation, fen: int) -> Use:
    budget = SmsBudget.get_or_none(SmsBudget.brand == brand.id)
    most = budget.daily_fen if budget else texting.account().daily_fen
    day = clock.today(brand.time_zone)
    return Use(Limit(BRAND_DAY, most, 2 * _DAY), f"{brand.id}:{day}", fen)


def _brand_of(person: Person) -> Organisation:
    return _brand(person.brand)


def _brand(brand_id: int) -> Organisation:
    found: Organisation = Organisation.get_by_id(brand_id)
    return found


def _invited(payload: Mapping[str, str]) -> Invitation | None:
    query = Invitation.select(Invitation, Person).join(Person)
    found: Invitation | None = query.where(Invitation.public_id == payload["id"]).first()
    return found


def _number_of_code(payload: Mapping[str, str]) -> str | None:
    row = SmsCode.get_or_none(SmsCode.public_id == payload["id"])
    return row.phone if row else None


def _number_of_invitation(payload: Mapping[str, str]) -> str | None:
    found = _invited(payload)
    return recipients.address_of(found.person.public_id, "phone", "") if found else None


def _number_of_task(payload: Mapping[str, str]) -> str | None:
    row = OutboxRow.get_or_none(OutboxRow.public_id == payload["notice"])
    return recipients.address_of(row.recipient, "phone", "") if row else None


_COMPOSED_BY: Mapping[str, Callable[[Mapping[str, str]], TextMessage | str]] = {
    "code": _code,
    "invitation": _invitation,
    "task": _task,
}
_NUMBER_BY: Mapping[str, Callable[[Mapping[str, str]], str | None]] = {
    "code": _number_of_code,
    "invitation": _number_of_invitation,
    "task": _number_of_task,
}
