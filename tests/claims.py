"""Builders of promotions and their claims, written as rows: a campaign in a line, a claim in any state in another."""

from datetime import date, timedelta
from itertools import count
from typing import Any

from config import clock
from config.ids import new_id
from tests import make
from workflows.domain import events, tasks
from workflows.domain.access import Actor
from workflows.domain.claims.records import IN_REVIEW, TO_PROVE, Claim, ClaimDecision
from workflows.domain.evidence.records import CHECKED, EvidencePhoto
from workflows.domain.organisations import Organisation
from workflows.domain.promotions.records import JOINED, NOT_NEEDED, Participation, Promotion, Site

_numbers = count(1)

SHOTS = [
    {
        "key": key,
        "text": {"en": en, "zh": zh},
        "min": least,
        "max": most,
        "album": False,
        "min_pixels": None,
        "example": None,
    }
    for key, en, zh, least, most in (("shelf", "The shelf", "货架", 2, 3), ("poster", "The poster", "海报", 1, 1))
]
PLACE = {"latitude": "31.2304", "longitude": "121.4737", "system": "wgs84"}


def promotion(of: Organisation, ref: str = "", **facts: Any) -> Promotion:
    """A promotion of two shots in November and December 2026 that pays 200.00 CNY per store, everything seen by a person.

    Amounts of `pays` and `budget` are in minor units, as they are stored.
    """
    now = clock.now()
    known: dict[str, Any] = {
        "title": {"en": "Autumn display", "zh": "秋季陈列"},
        "policy": {"en": "Build the display.", "zh": "请完成陈列。"},
        "starts_on": date(2026, 11, 1),
        "ends_on": date(2026, 12, 31),
        "due_at": now + timedelta(days=30),
        "shots": SHOTS,
        "facts": [],
        "pays": {"kind": "per_store", "amount": 200_00, "fact": None},
        "budget": {"per_partner": None, "per_store": None},
        "currency": "CNY",
        "radius_m": 200,
        "second_above": None,
        "audit_percent": 100,
        "created_at": now,
        "updated_at": now,
    }
    name = ref or f"PROMO-{next(_numbers)}"
    made: Promotion = Promotion.create(public_id=new_id("prm"), brand=of.brand, ref=name, **{**known, **facts})
    return made


def participation(of: Promotion, partner: Organisation, **facts: Any) -> Participation:
    """A partner that takes part: a distributor has signed, a store need not."""
    known = {"state": NOT_NEEDED if partner.kind == "store" else JOINED, **facts}
    made: Participation = Participation.create(
        public_id=new_id("ptc"), promotion=of.id, organisation=partner.id, **known
    )
    return made


def site(
    of: Participation, store: Organisation | None = None, prover: Organisation | None = None, **facts: Any
) -> Site:
    """A place of a participation: a store of it, or the partner itself; proved by itself unless told otherwise."""
    where = store or of.organisation
    known = {"place": PLACE, "is_chosen": True, "position": next(_numbers), **facts}
    made: Site = Site.create(
        promotion=of.promotion_id,
        participation=of.id,
        organisation=where.id,
        prover=(prover or where).id,
        **known,
    )
    return made


def claim(at: Site, **facts: Any) -> Claim:
    """The claim of a site, just asked for unless told otherwise."""
    now = clock.now()
    known: dict[str, Any] = {
        "state": TO_PROVE,
        "due_at": now + timedelta(days=30),
        "created_at": now,
        "updated_at": now,
    }
    made: Claim = Claim.create(
        public_id=new_id("clm"),
        brand=at.promotion.brand,
        promotion=at.promotion_id,
        site=at.id,
        partner=at.participation.organisation_id,
        site_organisation=at.organisation_id,
        prover=at.prover_id,
        **{**known, **facts},
    )
    return made


def photo(of: Claim, person: str = "psn_field", **facts: Any) -> EvidencePhoto:
    """A photo that was received for a claim, and checked."""
    now = clock.now()
    known: dict[str, Any] = {
        "sha256": new_id("sha"),
        "size_bytes": 1_000_000,
        "media_type": "image/jpeg",
        "source": "camera",
        "captured_at": now,
        "recorded_at": now,
        "state": CHECKED,
        "checked_at": now,
        "width": 1600,
        "height": 1200,
        "device": "device-1",
    }
    made: EvidencePhoto = EvidencePhoto.create(
        brand=of.brand,
        key=new_id("img"),
        person=person,
        subject_kind="claim",
        **{
            "organisation": of.prover_id,
            "public_id": new_id("pho"),
            "subject_id": of.public_id,
            **known,
            **facts,
        },
    )
    return made


def decision(of: Claim, kind: str, **facts: Any) -> ClaimDecision:
    """One more decision on a claim, by rule unless told otherwise."""
    seq = ClaimDecision.select().where(ClaimDecision.claim == of.id).count() + 1
    known = {"round": of.round, "by": "rule", "at": clock.now(), **facts}
    made: ClaimDecision = ClaimDecision.create(public_id=new_id("dec"), claim=of.id, seq=seq, kind=kind, **known)
    return made


class Campaign:
    """A brand with two reviewers and an administrator; a distributor with a store; an agency whose people take the photos."""

    def __init__(self, **facts: Any) -> None:
        self.brand = make.brand()
        self.system = make.system_actor(self.brand)
        self.reviewer, self.colleague = (self._actor(self.brand, "reviewer") for _ in range(2))
        self.admin = self._actor(self.brand, "admin")
        self.distributor = make.distributor(self.brand)
        self.owner = self._actor(self.distributor, "owner")
        self.agency = make.partner(self.brand, "agency")
        self.field = self._actor(self.agency, "field")
        self.promotion = promotion(self.brand, **facts)
        self.participation = participation(self.promotion, self.distributor)

    @staticmethod
    def _actor(at: Organisation, role: str) -> Actor:
        return make.actor_for(make.person(at, role), at)

    def store(self) -> Organisation:
        """One more store of the brand."""
        return make.partner(self.brand, "store")

    def claim(self, **facts: Any) -> Claim:
        """A claim of a new store, just asked for unless told otherwise: the distributor is paid, the agency proves."""
        return claim(site(self.participation, self.store(), self.agency), **facts)

    def sent(self, **facts: Any) -> Claim:
        """A claim of a new store, its photos sent, with the brand's reviewers."""
        made = self.claim(round=1, state=IN_REVIEW, sent_by=self.field.person, sent_at=clock.now(), **facts)
        shots = {"shelf": 2, "poster": 1}
        made.photos = {
            key: [photo(made, self.field.person or "", step=f"shot_{key}").public_id for _ in range(number)]
            for key, number in shots.items()
        }
        made.save()
        return made

    def events(self) -> list[events.Event]:
        """The brand's log."""
        return events.page(self.brand.id, 0, 1_000)

    def tasks_about(self, made: Claim) -> list[tasks.Task]:
        """All tasks about a claim, oldest first."""
        query = tasks.Task.select().where(tasks.Task.subject_id == made.public_id).order_by(tasks.Task.id)
        return list(query)
