"""What tests of promotions say again and again: a promotion put, a partner asked, what stands of it."""

from datetime import UTC, datetime
from typing import Any

from config import clock
from config.ids import new_id
from tests import make
from workflows.domain import events
from workflows.domain.access import Actor
from workflows.domain.claims import publishing
from workflows.domain.evidence.records import EvidencePhoto
from workflows.domain.organisations import Organisation
from workflows.domain.promotions.records import Participation, Site
from workflows.domain.promotions.requesting import Requested
from workflows.domain.promotions.standing import OpenPromotion
from workflows.domain.tasks import Task
from workflows.engine.own_questions import read_questions
from workflows.engine.turn import Turn

DAY = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
PLACE = {"latitude": "31.2304", "longitude": "121.4737", "system": "gcj02"}
UNITS = {"step": "fact_units", "kind": "quantity", "text": "How many units?", "constraints": {"unit": "pcs"}}
COOLER = {
    "step": "fact_cooler",
    "kind": "choice",
    "text": {"zh": "冰柜在哪里？", "en": "Where is the cooler?"},
    "constraints": {"options": [{"key": "door", "text": "At the door"}, {"key": "back", "text": "In the back"}]},
}


def body(**changes: Any) -> dict[str, Any]:
    """A cooler display in December 2026: one distributor with two stores, four hundred yuan a store."""
    stores = [{"store": "T1", "place": PLACE, "proved_by": "A1"}, {"store": "T2"}]
    known = {
        "title": {"zh": "夏季冰柜陈列", "en": "Summer coolers"},
        "policy": "Put the cooler at the door.\nKeep it full.",
        "starts_on": "2026-12-01",
        "ends_on": "2026-12-31",
        "sign_by": "2026-11-28T18:00:00+08:00",
        "due_at": "2027-01-05T18:00:00+08:00",
        "participants": [{"partner": "D1", "stores": stores}],
        "shots": [{"key": "front", "text": {"zh": "正面", "en": "The front"}, "min": 1, "max": 2}],
        "facts": [COOLER, UNITS],
        "pays": {"kind": "per_store", "amount": "400.00", "currency": "CNY"},
        "budget": {"per_partner": "5000.00"},
        "radius_m": 300,
        "second_reviewer_above": {"amount": "1000.00", "currency": "CNY"},
        "audit_percent": 20,
    }
    return {**known, **changes}


class Field:
    """A brand with a buyer and a reviewer, two distributors, three stores and an agency, and who acts for them."""

    def __init__(self) -> None:
        self.brand = make.brand()
        self.system = make.system_actor(self.brand)
        self.buyer, self.reviewer = make.person(self.brand, "buyer"), make.person(self.brand, "reviewer")
        self.distributor, self.rival = (make.distributor(self.brand, ref) for ref in ("D1", "D2"))
        self.stores = [make.partner(self.brand, "store", ref) for ref in ("T1", "T2", "T3")]
        self.agency = make.partner(self.brand, "agency", "A1")
        self.owner = self._actor(self.distributor)
        self.stranger = self._actor(self.rival)

    @staticmethod
    def _actor(at: Organisation) -> Actor:
        return make.actor_for(make.person(at, "owner"), at)

    def put(self, ref: str = "P-1", version: int | None = None, **changes: Any) -> Requested:
        """Put a promotion."""
        return publishing.publish(self.system, ref, body(**changes), read_questions, version)

    def publish(self, ref: str = "P-1", **changes: Any) -> OpenPromotion:
        """Put a promotion; what stands of it."""
        return self.put(ref, **changes).opened

    def participation(self, partner: str = "D1") -> Participation:
        """A partner's part, as it is stored."""
        found: Participation = Participation.select().join(Organisation).where(Organisation.ref == partner).get()
        return found

    def chosen(self) -> list[str]:
        """The stores that are signed up, by their references."""
        query = Site.select(Organisation.ref).join(Organisation, on=(Site.organisation == Organisation.id))
        return sorted(ref for (ref,) in query.where(Site.is_chosen, ~Site.is_left_out).tuples())

    def events(self) -> list[events.Event]:
        """The brand's log."""
        return events.page(self.brand.id, 0, 1_000)


def open_tasks(ref: str = "P-1") -> list[Task]:
    """What partners are asked to sign now."""
    query = Task.select().where(Task.subject_ref == ref, Task.state == "open", Task.subject_kind == "participation")
    return list(query.order_by(Task.id))


def signed(field: Field, turn: Turn, by: Actor | None = None, public_id: str = "") -> str:
    """A signature that arrived for a conversation; its id."""
    now, who = clock.now(), by or field.owner
    made = EvidencePhoto.create(
        brand=who.brand_id,
        organisation=who.organisation_id,
        public_id=public_id or new_id("pho"),
        key=new_id("img"),
        person=who.person,
        device="device-1",
        conversation=turn.id,
        step="signature",
        subject_kind="participation",
        subject_id=turn.subject.id,
        sha256=new_id("sha"),
        size_bytes=10_000,
        media_type="image/png",
        source="camera",
        captured_at=now,
        recorded_at=now,
        measures={"is_signature": True},
    )
    return str(made.public_id)
