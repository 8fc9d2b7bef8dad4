"""Reads a promotion as a brand's system sends it, and names every fault at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from config import clock
from config.text import Text
from workflows.domain.access import Actor
from workflows.domain.bilingual import read_words
from workflows.domain.documents import Faults
from workflows.domain.promotions import paying, shots
from workflows.domain.promotions.participants_document import ParticipantDocument, read_participants
from workflows.domain.promotions.paying import Budget, Pay
from workflows.domain.promotions.shots import Shot

LONGEST_TITLE = 60
LONGEST_POLICY = 6_000
LONGEST_PERIOD = timedelta(days=731)
_RADIUS_M = (10, 200, 20_000)  # at least, unless said otherwise, at most
_EVERYTHING = 100
_KEYS = frozenset(
    {"title", "policy", "starts_on", "ends_on", "sign_by", "due_at", "participants", "shots", "facts", "pays", "budget"}
    | {"radius_m", "second_reviewer_above", "audit_percent"}
)

# The brand's own questions are steps, and steps are the engine's: whoever stands above both hands its reader in.
Facts: TypeAlias = tuple[Mapping[str, Any], ...]
FactsReader: TypeAlias = Callable[[Faults, object, Sequence[Shot]], Facts]


@dataclass(frozen=True)
class PromotionDocument:
    """A clean promotion; facts are steps as they are pinned, second_above is in minor units of what it pays in."""

    title: Text
    policy: Text
    starts_on: date
    ends_on: date
    sign_by: datetime | None
    due_at: datetime
    shots: tuple[Shot, ...]
    facts: Facts
    pays: Pay
    budget: Budget
    radius_m: int
    second_above: int | None
    audit_percent: int
    participants: tuple[ParticipantDocument, ...]

    @property
    def terms(self) -> dict[str, object]:
        """What a partner signs for, by its name."""
        return {
            "policy": self.policy,
            "period": (self.starts_on, self.ends_on),
            "pay": self.pays,
            "budget": self.budget,
        }

    @property
    def work(self) -> dict[str, object]:
        """What a proof is asked to show, and until when, by its name."""
        return {
            "title": self.title,
            "period": (self.starts_on, self.ends_on),
            "due": self.due_at,
            "shots": self.shots,
            "facts": list(self.facts),
        }

    @property
    def content(self) -> dict[str, object]:
        """What makes two promotions the same."""
        checks = (self.radius_m, self.second_above, self.audit_percent)
        who = {one.partner.id: one.content for one in self.participants}
        return {**self.terms, **self.work, "sign_by": self.sign_by, "checks": checks, "participants": who}


def read_promotion(
    actor: Actor, fields: Mapping[str, Any], read_facts: FactsReader, known: PromotionDocument | None
) -> PromotionDocument:
    """The clean document. Raises Invalid with every fault.

    known is what stands already: its times may have passed since, partners that are suspended may keep their part, and its
    currency stays.
    """
    faults = Faults()
    faults.only((), fields, _KEYS)
    title = read_words(faults, ("title",), fields.get("title"), LONGEST_TITLE)
    policy = read_words(faults, ("policy",), fields.get("policy"), LONGEST_POLICY, has_lines=True)
    times = _Times(actor, faults, fields, known)
    wanted = shots.read_shots(faults, fields.get("shots"), known.shots if known else ())
    facts = read_facts(faults, fields.get("facts"), wanted)
    pays = paying.read_pay(faults, fields.get("pays"), facts)
    currency = pays.currency if pays else None
    if known and currency not in {None, known.pays.currency}:
        # Lines and budgets are added up in minor units of the promotion's one currency.
        faults.add(("pays", "currency"), "currency_stands", currency=known.pays.currency)
    budget = paying.read_budget(faults, fields.get("budget"), currency)
    second = paying.read_second_above(faults, fields.get("second_reviewer_above"), currency)
    radius = faults.whole(("radius_m",), fields.get("radius_m"), _RADIUS_M[0], _RADIUS_M[2], is_optional=True)
    audit = faults.whole(("audit_percent",), fields.get("audit_percent"), 0, _EVERYTHING, is_optional=True)
    who = read_participants(actor, faults, fields.get("participants"), _standing(known))
    faults.raise_if_any()
    if (
        title is None
        or policy is None
        or pays is None
        or times.first is None
        or times.last is None
        or times.due is None
    ):
        raise AssertionError("a missing text, time or pay is a fault")
    return PromotionDocument(
        title,
        policy,
        times.first,
        times.last,
        times.sign_by,
        times.due,
        wanted,
        facts,
        pays,
        budget,
        _RADIUS_M[1] if radius is None else radius,
        second,
        _EVERYTHING if audit is None else audit,
        who,
    )


def _standing(known: PromotionDocument | None) -> set[int]:
    sites = [site for one in known.participants for site in one.sites] if known else []
    partners = {one.partner.id for one in known.participants} if known else set()
    return partners | {site.organisation.id for site in sites} | {site.prover.id for site in sites}


class _Times:
    """The days and moments of a document, each by itself and then in their order."""

    def __init__(
        self, actor: Actor, faults: Faults, fields: Mapping[str, Any], known: PromotionDocument | None
    ) -> None:
        self._zone = ZoneInfo(actor.time_zone)
        self.first = faults.date(("starts_on",), fields.get("starts_on"))
        self.last = faults.date(("ends_on",), fields.get("ends_on"))
        self.sign_by = faults.moment(("sign_by",), fields.get("sign_by"), is_optional=True)
        self.due = faults.moment(("due_at",), fields.get("due_at"))
        self._order_days(faults)
        self._order_moments(faults)
        self._refuse_past(faults, known)

    def _order_days(self, faults: Faults) -> None:
        if self.first is None or self.last is None:
            return
        if self.last < self.first:
            faults.add(("ends_on",), "ends_before_start", starts_on=self.first.isoformat())
        elif self.last - self.first > LONGEST_PERIOD:
            faults.add(("ends_on",), "period_too_long", days=LONGEST_PERIOD.days)

    def _order_moments(self, faults: Faults) -> None:
        """At the brand's own place: its day has begun nowhere much earlier."""
        if self.first and self.due and self.due < self._begins(self.first):
            faults.add(("due_at",), "due_before_start", starts_on=self.first.isoformat())
        if self.last and self.sign_by and self.sign_by > self._begins(self.last + timedelta(days=1)):
            faults.add(("sign_by",), "sign_after_end", ends_on=self.last.isoformat())
        if self.due and self.sign_by and self.sign_by > self.due:
            faults.add(("sign_by",), "sign_after_due")

    def _refuse_past(self, faults: Faults, known: PromotionDocument | None) -> None:
        today, now = clock.today(self._zone.key), clock.now()
        if self.last and self.last < today and not (known and known.ends_on == self.last):
            faults.add(("ends_on",), "date_past", today=today.isoformat())
        for name, moment, stood in (
            ("due_at", self.due, known and known.due_at),
            ("sign_by", self.sign_by, known and known.sign_by),
        ):
            if moment and moment <= now and moment != stood:
                faults.add((name,), "moment_past", now=now.astimezone(self._zone).isoformat(timespec="minutes"))

    def _begins(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self._zone).astimezone(UTC)
