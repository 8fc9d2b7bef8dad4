"""The world of the matrices: two brands, three suppliers with the same kinds of things, and everybody who may try a door.

    ours        brand A's supplier S1: owner, clerk, colleague         neighbour   brand A's other supplier
    theirs      brand B and its supplier                               common      brand A's own, and its distributor

Each has things the others must never see; all their names, references and ids are told apart by `marks`.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from config import clock, database
from config.ids import new_id
from tests import claims, make, photos
from tests.fire import rows
from tests.fire.doors import Call, Doors
from workflows.domain import invitations, keys, organisations, people, sessions, tasks
from workflows.domain.access import SCOPES, Actor
from workflows.domain.capacity.records import Load
from workflows.domain.capacity.reporting import report_capacity
from workflows.domain.capacity.requesting import put_request
from workflows.domain.claims import publishing
from workflows.domain.claims.deciding import after_check
from workflows.domain.claims.records import CHECKING, SettlementLine
from workflows.domain.organisations import Organisation
from workflows.domain.people import Person
from workflows.domain.purchasing.placing import place_order
from workflows.engine import conversations
from workflows.engine.own_questions import read_questions
from workflows.engine.run import Given

APP = "wxfire0123456789ab"
APP_SECRET = "the-app-secret-of-fire"
TEMPLATES = {"task": "tmpl-task", "result": "tmpl-result"}


@dataclass
class Holding:
    """One supplier with its people, and one of each thing a supplier or its brand may reach."""

    name: str
    supplier: Organisation
    owner: Person
    order: str = ""
    open_order: str = ""
    order_id: str = ""
    done_order: str = ""
    sku: str = ""
    task: str = ""
    taken_task: str = ""
    conversation: str = ""
    done: str = ""
    revision: int = 0
    template: str = ""
    request: str = ""
    proof: str = ""
    photo: str = ""
    promotion: str = ""
    settlement: str = ""
    claim: str = ""
    marks: set[str] = field(default_factory=set)

    @property
    def actor(self) -> Actor:
        return make.actor_for(self.owner, self.supplier)


@dataclass
class Side:
    """One brand."""

    name: str
    brand: Organisation
    system: Actor
    key: str
    buyer: Person
    invited: Person
    invitation: str
    invitation_id: str


def due(days: int = 30) -> str:
    """A day by which things can still be delivered."""
    return (clock.today("Asia/Shanghai") + timedelta(days=days)).isoformat()


def order_body(supplier: str, sku: str, **changes: Any) -> dict[str, Any]:
    """A purchase order of two lines."""
    line = {"sku": sku, "quantity": "10", "unit": "pcs", "price": "1.25", "due_date": due()}
    return {"supplier": supplier, "currency": "CNY", "lines": [{"line": 10, **line}, {"line": 20, **line}], **changes}


def capacity_body(held: Holding, **changes: Any) -> dict[str, Any]:
    """A request for two months of one product, each month again."""
    body = {"supplier": held.supplier.ref, "items": [held.sku], "months": 2, "due_date": due(), "recurs_on_day": 25}
    return {**body, **changes}


def promotion_body(held: Holding, **changes: Any) -> dict[str, Any]:
    """A promotion of one shot and two questions for one distributor with one store."""
    ref = held.supplier.ref
    place = {"latitude": "31.2304", "longitude": "121.4737", "system": "wgs84"}
    own = {"options": [{"key": "yes", "text": "Yes"}, {"key": "no", "text": {"zh": "否", "en": "No"}}]}
    units = {"step": "fact_units", "kind": "quantity", "text": "How many?", "constraints": {"unit": "pcs"}}
    why = {"step": "fact_why", "kind": "text", "text": "Why?", "when": {"step": "fact_full", "in": ["no"]}}
    body = {
        "title": {"zh": f"活动 {ref}", "en": f"Promotion {ref}"},
        "policy": "Fill the cooler.\nKeep it full.",
        "starts_on": due(1),
        "ends_on": due(40),
        "sign_by": f"{due(20)}T10:00:00+08:00",
        "due_at": f"{due(50)}T10:00:00Z",
        "participants": [
            {"partner": f"D-{ref}", "proved_by": f"D-{ref}", "stores": [{"store": f"T-{ref}", "place": place}]}
        ],
        "shots": [{"key": "front", "text": "The front", "min": 1, "max": 2, "album": True, "min_pixels": 100}],
        "facts": [{"step": "fact_full", "kind": "choice", "text": "Full?", "constraints": own}, units, why],
        "pays": {"kind": "per_unit", "amount": "1.50", "currency": "CNY", "fact": "fact_units"},
        "budget": {"per_partner": "500.00", "per_store": "100.00"},
        "radius_m": 300,
        "second_reviewer_above": {"amount": "1000.00", "currency": "CNY"},
        "audit_percent": 20,
    }
    return {**body, **changes}


class World:
    """Everything there is, and who may try."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self.owned: dict[rows.Key, str] = {}
        self.a = self._side("A")
        self.distributor = make.distributor(self.a.brand, "D-A")
        self.distributor_clerk = make.person(self.distributor, "clerk", "clerk-D-A")
        self._claim("common")
        self.ours = self._holding("ours", self.a, "S1")
        self.clerk = make.person(self.ours.supplier, "clerk", "clerk-S1")
        self.colleague = make.person(self.ours.supplier, "owner", "colleague-S1")
        self._claim("ours")
        self.neighbour = self._holding("neighbour", self.a, "S2")
        self._claim("neighbour")
        self.b = self._side("B")
        self.theirs = self._holding("theirs", self.b, "S9")
        self._claim("theirs")
        self.holdings = {one.name: one for one in (self.ours, self.neighbour, self.theirs)}
        self.tokens = self._tokens()
        self.before = rows.held()

    def _side(self, name: str) -> Side:
        brand = make.brand(f"brand-{name}", name=f"Brand-{name}")
        buyer = make.person(brand, "buyer", f"buyer-{name}")
        invited = make.person(brand, "reviewer", f"invited-{name}")
        system = make.system_actor(brand)
        made = invitations.invite(system, invited.ref)
        make.product(brand, "SKU", gtin=None)
        key = keys.create_key(brand, SCOPES, "erp")
        return Side(name, brand, system, key, buyer, invited, made.token, made.id)

    def _holding(self, name: str, side: Side, ref: str) -> Holding:
        supplier = make.supplier(side.brand, ref, name=f"Supplier-{ref}")
        held = Holding(name, supplier, make.person(supplier, "owner", f"owner-{ref}"))
        held.sku = make.product(side.brand, f"SKU-{ref}", name=f"Product-{ref}").sku
        held.order, held.open_order, held.done_order = f"PO-{ref}-talk", f"PO-{ref}-open", f"PO-{ref}-done"
        placed = [place_order(side.system, one, order_body(ref, held.sku)).order for one in held_refs(held)]
        held.order_id = placed[1].public_id
        by_ref = {task.subject_ref: task.public_id for task in tasks.tasks_of(held.actor)}
        held.taken_task, held.task = by_ref[held.order], by_ref[held.open_order]
        self._talk(held, by_ref[held.done_order])
        people_there = {f"owner-{ref}", held.owner.public_id, held.owner.name}
        things = {supplier.public_id, f"Supplier-{ref}", f"Product-{ref}", held.sku, *by_ref.values()}
        orders = {one.public_id for one in placed} | set(held_refs(held))
        held.marks = people_there | things | orders | {held.conversation, held.done} | self._capacity(held, side)
        held.marks |= self._photo(held) | settled(held)
        held.marks |= self._promotion(held, side)
        held.marks |= self._asked_proof(held, side)
        return held

    @staticmethod
    def _promotion(held: Holding, side: Side) -> set[str]:
        """A promotion of the brand for a distributor and a store of its own; what must not be seen of it."""
        held.promotion = f"PROMO-{held.supplier.ref}"
        for kind, ref in (("distributor", f"D-{held.supplier.ref}"), ("store", f"T-{held.supplier.ref}")):
            make.partner(side.brand, kind, ref)
        put = publishing.publish(side.system, held.promotion, promotion_body(held), read_questions)
        return {held.promotion, put.opened.promotion.public_id, put.opened.participants[0].participation.public_id}

    @staticmethod
    def _asked_proof(held: Holding, side: Side) -> set[str]:
        """A proof that is asked of a store beside the supplier, and what marks it."""
        store = make.partner(side.brand, "store", f"ST-{held.supplier.ref}", name=f"Store-{held.supplier.ref}")
        promotion = claims.promotion(side.brand, f"DISPLAY-{held.supplier.ref}")
        claim = claims.claim(claims.site(claims.participation(promotion, store)))
        photo = claims.photo(claim, held.owner.public_id)
        claim.photos, claim.reasons = {"shelf": [photo.public_id]}, [{"code": "blurred", "photo": photo.public_id}]
        claim.save()
        claims.decision(claim, "redo", by=side.buyer.public_id)
        held.claim = claim.public_id
        return {claim.public_id, promotion.ref, store.ref, store.name}

    @staticmethod
    def _capacity(held: Holding, side: Side) -> set[str]:
        """One request that is asked each month, one that was answered; what must not be seen of them."""
        held.request, reported = f"CAP-{held.supplier.ref}", f"CAP-{held.supplier.ref}-done"
        asked = [put_request(side.system, ref, capacity_body(held)).opened.request for ref in (held.request, reported)]
        figures = {held.sku: {asked[1].asked_month: 123_000}}
        report_capacity(held.actor, asked[1].public_id, 1, figures, Load("amber", 10))
        return {held.request, reported, *(one.public_id for one in asked)}

    @staticmethod
    def _photo(held: Holding) -> set[str]:
        """A conversation that asks for photos, and one photo of it whose pictures are made; what must not be seen of them."""
        proof = photos.conversation(held.actor)
        photo = photos.received(held.actor, proof)
        held.proof, held.photo = proof.public_id, photo.key
        return {held.proof, held.photo, photo.public_id, proof.subject_id}

    def _talk(self, held: Holding, done_task: str) -> None:
        held.conversation = conversations.begin(held.actor, held.taken_task, new_id("cnv")).turn.id
        turn = conversations.answer(held.actor, held.conversation, 0, [Given(new_id("ans"), "decision", "accept")])
        held.revision = turn.revision
        done = conversations.begin(held.actor, done_task, new_id("cnv")).turn
        turn = conversations.answer(held.actor, done.id, 0, [Given(new_id("ans"), "decision", "accept")])
        sent = turn.ask.constraints["preview"]["id"] if turn.ask else ""
        held.done = conversations.answer(
            held.actor, done.id, turn.revision, [Given(new_id("ans"), "send", {"preview": sent})]
        ).id

    def _claim(self, name: str) -> None:
        """Whatever was made since the last claim belongs to `name`."""
        for key in rows.held():
            self.owned.setdefault(key, name)

    def _tokens(self) -> dict[str, str]:
        """A credential for everybody who may try."""
        signed_in = {
            "ours": {"owner": self.ours.owner, "clerk": self.clerk, "colleague": self.colleague},
            "neighbour": {"stranger": self.neighbour.owner},
            "theirs": {"rival": self.theirs.owner},
            "common": {"distributor": self.distributor_clerk, "buyer": self.a.buyer},
        }
        tokens = {"key": self.a.key, "other_key": self.b.key}
        for place, people_there in signed_in.items():
            tokens |= {name: self.session(person) for name, person in people_there.items()}
            self._claim(place)
        tokens |= self._lost()
        self._claim("common")
        self._remember_templates(tokens)
        return tokens

    def _remember_templates(self, tokens: dict[str, str]) -> None:
        """Everybody's phone asks for the steps that it may begin with when it has no signal."""
        for held, who in ((self.ours, "owner"), (self.neighbour, "stranger"), (self.theirs, "rival")):
            waiting = self._doors.send(Call("GET", "phone/inbox", query={"with": "steps"}), tokens[who]).json["tasks"]
            held.template = next(task["template"]["id"] for task in waiting if task["id"] == held.task)
            held.marks.add(held.template)
            self._claim(held.name)

    def _lost(self) -> dict[str, str]:
        """Credentials that were good once."""
        revoked = self.session(self.ours.owner, "lost-phone")
        sessions.end_session(sessions.actor_of_session(revoked))
        suspended = make.person(self.ours.supplier, "owner", "suspended-person")
        of_suspended = self.session(suspended)
        people.suspend_person(self.a.system, suspended.ref)
        self._claim("ours")
        stopped = make.supplier(self.a.brand, "S-stopped")
        of_stopped = self.session(make.person(stopped, "owner", "stopped-owner"))
        organisations.suspend_partner(self.a.system, "S-stopped")
        ended = make.person(self.ours.supplier, "clerk", "ended-clerk")
        of_ended = self.session(ended)
        body = {"name": "moved", "language": "zh", "memberships": [{"partner": "D-A", "role": "clerk"}]}
        people.put_person(self.a.system, ended.ref, body)
        self.moved = ended.id  # the distributor's clerk knows them now
        key = keys.create_key(self.a.brand, SCOPES, "old")
        keys.revoke_key(self.a.brand, key[:12])
        third = make.brand("brand-C")
        of_third = keys.create_key(third, SCOPES, "erp")
        organisations.suspend_partner(make.system_actor(third), "self")
        return {
            "revoked_session": revoked,
            "suspended_person": of_suspended,
            "suspended_partner": of_stopped,
            "ended_membership": of_ended,
            "revoked_key": key,
            "suspended_brand_key": of_third,
        }

    @staticmethod
    def session(who: Person, device: str = "phone") -> str:
        """A session of `who` at their first place."""
        with database.transaction():
            places = sessions.places_of([who.public_id])
            return sessions.begin(places[0], places, device, None)[0].token

    def key_without(self, scope: str) -> str:
        """A key of brand A with every scope but one."""
        return keys.create_key(self.a.brand, SCOPES - {scope}, f"all but {scope}")

    @property
    def marks(self) -> dict[str, set[str]]:
        """What must not be seen by others, by whose it is."""
        return {name: one.marks for name, one in self.holdings.items()}


def photo_call(conversation: str) -> Call:
    """A photo as a phone brings it."""
    body = photos.picture()
    sent, kind = photos.multipart(photos.form(conversation, body), body)
    return Call("PUT", f"phone/photos/{photos.photo_id()}", headers={"Content-Type": kind}, data=sent)


def settled(held: Holding) -> set[str]:
    """A claim that was paid by rule, and its settlement line; what must not be seen of them."""
    promotion = claims.promotion(held.supplier, f"PROMO-{new_id('of')}")
    made = claims.claim(claims.site(claims.participation(promotion, held.supplier)), state=CHECKING, is_audited=False)
    with database.transaction():
        after_check(made)
    held.settlement = SettlementLine.get(SettlementLine.claim == made.id).public_id
    return {held.settlement, made.public_id, promotion.ref}


def example_call(promotion: str) -> Call:
    """An example picture as a brand's system brings it."""
    body = photos.picture()
    sent, kind = photos.multipart({"sha256": hashlib.sha256(body).hexdigest()}, body)
    return Call("PUT", f"brand/promotions/{promotion}/examples/front", headers={"Content-Type": kind}, data=sent)


def held_refs(held: Holding) -> tuple[str, str, str]:
    """The references of a holding's three orders: in conversation, untouched, answered."""
    return held.order, held.open_order, held.done_order
