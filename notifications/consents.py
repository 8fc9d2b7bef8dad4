"""How many more WeChat subscribe messages each person has allowed, per template.

WeChat gives one send per tap on "allow" and never tells what is left, so this ledger counts along: the phone reports
each answer, a send takes one away, and WeChat's refusal (43101) sets it to nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import peewee

from config import clock, database, forgetting
from config.fields import JsonField, UtcDateTimeField
from config.forgetting import Slice
from notifications import recipients

_ALLOWED = frozenset({"accept", "acceptWithAudio"})
_ON_ITS_WAY = timedelta(seconds=30)  # longer than a send with a new token and its settlement take


class ReportConflict(Exception):
    """The same report id was used before with other answers."""


class Consent(database.Record):
    """What is left of one person's consents to one template."""

    id = peewee.AutoField()
    person = peewee.CharField(max_length=64)
    app = peewee.CharField(max_length=64)
    template = peewee.CharField(max_length=128)
    left = peewee.IntegerField(default=0)

    class Meta:
        indexes = ((("person", "app", "template"), True),)


class ConsentReport(database.Record):
    """One answer to WeChat's question, under an id the phone made: the same report never counts twice."""

    id = peewee.AutoField()
    person = peewee.CharField(max_length=64)
    app = peewee.CharField(max_length=64)
    report = peewee.CharField(max_length=64)
    answers = JsonField()
    reported_at = UtcDateTimeField()

    class Meta:
        indexes = ((("person", "report"), True),)


def credit(person_id: str, app: str, report_id: str, answers: Mapping[str, str]) -> dict[str, int]:
    """Book what a person answered (template → accept, reject, ban or filter); what is left for each template named.

    The same report again changes nothing. Raises ReportConflict.
    """
    with database.transaction():
        if _is_new(person_id, app, report_id, answers):
            for template in sorted(answers):
                if answers[template] in _ALLOWED:
                    _add(person_id, app, template, 1)
            recipients.reopen(person_id, "wechat", app)  # whoever answers WeChat's question can be reached by it again
        held = left(person_id, app)
    return {template: held.get(template, 0) for template in answers}


def grant(person_id: str, app: str, template: str, count: int) -> None:
    """Add `count` consents at once. For a demo world whose phones were set up with as many."""
    with database.transaction():
        _add(person_id, app, template, count)


def spend(app: str, template: str, persons: Sequence[str]) -> None:
    """A message was accepted for each entry of `persons`: one consent less each, never below nothing."""
    with database.transaction():
        _lock(persons, app, template)
        for count, group in _by_count(persons).items():
            held = _of(group, app, template)
            Consent.update(left=0).where(held, Consent.left < count).execute()
            Consent.update(left=Consent.left - count).where(held, Consent.left >= count).execute()


def exhaust(app: str, template: str, persons: Sequence[str]) -> None:
    """WeChat says that none of `persons` has a consent left, whatever was counted.

    It is believed to the last (43101 is "never, used up or turned off"): every further try would cost a refusal. Only what
    somebody allowed while the refusal was on its way stays.
    """
    with database.transaction():
        _lock(persons, app, template)
        allowed = _allowed_since(app, template, clock.now() - _ON_ITS_WAY, persons)
        for person in sorted(set(persons)):
            is_more = _of([person], app, template) & (Consent.left > allowed[person])
            Consent.update(left=allowed[person]).where(is_more).execute()


def _allowed_since(app: str, template: str, moment: datetime, persons: Sequence[str]) -> Counter[str]:
    reports = ConsentReport.select().where(
        ConsentReport.person.in_(sorted(set(persons))), ConsentReport.app == app, ConsentReport.reported_at >= moment
    )
    return Counter(report.person for report in reports if report.answers.get(template) in _ALLOWED)


def left(person_id: str, app: str) -> dict[str, int]:
    """What is left for each template the person ever answered for."""
    return left_of([person_id], app).get(person_id, {})


def left_of(person_ids: Iterable[str], app: str) -> dict[str, dict[str, int]]:
    """What is left, by person and template; one query."""
    held: dict[str, dict[str, int]] = {}
    query = Consent.select().where(Consent.person.in_(list(person_ids)), Consent.app == app)
    for row in query:
        held.setdefault(row.person, {})[row.template] = row.left
    return held


def forget(person_id: str) -> None:
    """Forget everything a person allowed."""
    with database.transaction():
        Consent.delete().where(Consent.person == person_id).execute()
        ConsentReport.delete().where(ConsentReport.person == person_id).execute()


def forget_reports(before: datetime, after: int) -> Slice:
    """Forget a slice of the answers counted before a moment; what is left of the consents they gave stays."""
    return forgetting.forget(ConsentReport, ConsentReport.reported_at, before, after)


def _is_new(person_id: str, app: str, report_id: str, answers: Mapping[str, str]) -> bool:
    query = ConsentReport.insert(
        person=person_id, app=app, report=report_id, answers=dict(answers), reported_at=clock.now()
    ).on_conflict(action="nothing", conflict_target=[ConsentReport.person, ConsentReport.report])
    if query.as_rowcount().execute():
        return True
    known = ConsentReport.get(ConsentReport.person == person_id, ConsentReport.report == report_id)
    if known.app != app or known.answers != dict(answers):
        raise ReportConflict(report_id)
    return False


def _add(person_id: str, app: str, template: str, count: int) -> None:
    query = Consent.insert(person=person_id, app=app, template=template, left=count)
    query.on_conflict(
        conflict_target=[Consent.person, Consent.app, Consent.template], update={Consent.left: Consent.left + count}
    ).execute()


def _lock(persons: Sequence[str], app: str, template: str) -> None:
    """Hold these consents in the order of the persons, so that two workers settling the same people stand in line."""
    if database.is_postgres():
        list(Consent.select(Consent.id).where(_of(persons, app, template)).order_by(Consent.person).for_update())


def _by_count(persons: Sequence[str]) -> dict[int, list[str]]:
    groups: dict[int, list[str]] = {}
    for person, count in Counter(persons).items():
        groups.setdefault(count, []).append(person)
    return groups


def _of(persons: Sequence[str], app: str, template: str) -> peewee.Expression:
    return Consent.person.in_(sorted(set(persons))) & (Consent.app == app) & (Consent.template == template)
