"""The isolation matrix: what is declared, what is sent, and how a deviation is told; `test_isolation` runs it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.ids import new_id
from tests.fire import rows
from tests.fire.doors import Answer, Call, Doors
from tests.fire.operations import operations
from tests.fire.worlds import APP, World, due, example_call, order_body, photo_call

# own/other: the status for one's own thing, and for both a foreign and an unknown one. `-`: has none of its own.
# A PUT makes what is not there: another brand's reference is free to be used, and stays theirs.
DECLARED = """
                                                       supplier  distributor  buyer    key      scopeless ended nobody
POST   phone/sms-codes                                  202       202          202      202      202      202   202
POST   phone/sessions                                   401       401          401      401      401      401   401
PUT    phone/sessions/current                           200/404   200/404      200/404  401      401      401   401
DELETE phone/sessions/current                           204       204          204      401      401      401   401
GET    phone/sessions                                   200       200          200      401      401      401   401
DELETE phone/sessions                                   204       204          204      401      401      401   401
GET    phone/me/export                                  200       200          200      401      401      401   401
GET    phone/me                                         200       200          200      401      401      401   401
POST   phone/consents                                   200       200          200      401      401      401   401
GET    phone/inbox                                      200       200          200      401      401      401   401
GET    phone/history                                    200       200          200      401      401      401   401
GET    phone/flows                                      200       200          200      401      401      401   401
GET    phone/flows/{flow}/subjects                      200       403          403      401      401      401   401
POST   phone/conversations                              201/404   -/404        -/404    401      401      401   401
GET    phone/conversations/{conversation}               200/404   -/404        -/404    401      401      401   401
DELETE phone/conversations/{conversation}               200/404   -/404        -/404    401      401      401   401
POST   phone/conversations/{conversation}/answers       200/404   -/404        -/404    401      401      401   401
DELETE phone/conversations/{conversation}/answers/{step} 200/404  -/404        -/404    401      401      401   401
GET    phone/purchase-orders/{order}/history            200/404   -/403        200/404  401      401      401   401
PUT    phone/photos/{photo}                             201/404   -/404        -/404    401      401      401   401
GET    phone/photos/{photo}                             200/404   -/404        200/404  401      401      401   401
POST   phone/challenges                                 200/404   -/404        -/404    401      401      401   401
GET    brand/partners                                   401       401          401      200      403      401   401
GET    brand/partners/{ref}                             401       401          401      200/404  403      401   401
PUT    brand/partners/{ref}                             401       401          401      200/201  403      401   401
GET    brand/people                                     401       401          401      200      403      401   401
GET    brand/people/{ref}                               401       401          401      200/404  403      401   401
PUT    brand/people/{ref}                               401       401          401      200/201  403      401   401
POST   brand/people/{ref}/invitations                   401       401          401      201/404  403      401   401
GET    brand/products                                   401       401          401      200      403      401   401
GET    brand/products/{sku}                             401       401          401      200/404  403      401   401
PUT    brand/products/{sku}                             401       401          401      200/201  403      401   401
GET    brand/purchase-orders                            401       401          401      200      403      401   401
GET    brand/purchase-orders/{ref}                      401       401          401      200/404  403      401   401
PUT    brand/purchase-orders/{ref}                      401       401          401      200/201  403      401   401
POST   brand/purchase-orders/{ref}/cancel               401       401          401      200/404  403      401   401
GET    brand/purchase-orders/{ref}/history              401       401          401      200/404  403      401   401
GET    brand/rules/order-confirmation                   401       401          401      200      403      401   401
PUT    brand/rules/order-confirmation                   401       401          401      200      403      401   401
GET    brand/capacity-requests                          401       401          401      200      403      401   401
GET    brand/capacity-requests/{ref}                    401       401          401      200/404  403      401   401
PUT    brand/capacity-requests/{ref}                    401       401          401      200/201  403      401   401
DELETE brand/capacity-requests/{ref}                    401       401          401      200/404  403      401   401
GET    brand/capacity                                   401       401          401      200      403      401   401
GET    brand/promotions                                 401       401          401      200      403      401   401
GET    brand/promotions/{ref}                           401       401          401      200/404  403      401   401
PUT    brand/promotions/{ref}                           401       401          401      200/201  403      401   401
DELETE brand/promotions/{ref}                           401       401          401      200/404  403      401   401
GET    brand/promotions/{ref}/participants              401       401          401      200/404  403      401   401
GET    brand/settlements                                401       401          401      200      403      401   401
GET    brand/settlements.xlsx                           401       401          401      200      403      401   401
GET    brand/settlements.csv                            401       401          401      200      403      401   401
PUT    brand/settlements/{id}/payment                   401       401          401      200/404  403      401   401
GET    phone/claims                                     403       200          403      401      401      401   401
GET    brand/claims                                     401       401          401      200      403      401   401
GET    brand/claims/{claim}                             401       401          401      200/404  403      401   401
PUT    brand/promotions/{ref}/examples/{shot}           401       401          401      200/404  403      401   401
GET    brand/events                                     401       401          401      200      403      401   401
GET    brand/audit                                      401       401          401      200      403      401   401
GET    brand/audit/views                                401       401          401      200      403      401   401
GET    brand/audit/head                                 401       401          401      200      403      401   401
"""

ENDED = ("revoked_session", "suspended_person", "suspended_partner", "ended_membership", "revoked_key")
COLUMN_OF = {
    **dict.fromkeys(("owner", "clerk", "colleague", "stranger", "rival"), "supplier"),
    "distributor": "distributor",
    "buyer": "buyer",
    **dict.fromkeys(("key", "other_key"), "key"),
    "scopeless": "scopeless",
    **dict.fromkeys((*ENDED, "suspended_brand_key"), "ended"),
    "nobody": "nobody",
}
# Whose things are somebody's own, and which rows may move when they act.
OWN = {
    **dict.fromkeys(("owner", "clerk", "colleague"), ("ours",)),
    "stranger": ("neighbour",),
    "rival": ("theirs",),
    "distributor": ("distributor",),
    "buyer": ("buyer",),
    "key": ("ours", "neighbour"),
    "other_key": ("theirs",),
}
SEEN_BY_THE_BRAND = {"buyer": ("ours", "neighbour")}
_SHARED_TABLES = {"event_counter", "inbox_stamp"}  # of a brand: every supplier's answer counts them up


@dataclass(frozen=True)
class Target:
    """One of each thing that somebody may name; None where they have none."""

    conversation: str | None
    done: str | None
    task: str | None
    organisation: str | None
    revision: int = 0
    partner: str = "unknown"
    person: str = "unknown"
    sku: str = "unknown"
    order: str = "unknown"
    order_id: str | None = None
    request: str = "unknown"
    photo: str | None = None
    proof: str | None = None
    promotion: str = "unknown"
    settlement: str = "stl_unknown"
    claim: str = "clm_unknown"


UNKNOWN = Target(
    "cnv_unknown",
    "cnv_unknown",
    "tsk_unknown",
    "org_unknown",
    1,
    "unknown",
    "unknown",
    "unknown",
    "unknown",
    "po_unknown",
    photo="img_01J9ZZZZZZZZZZZZZZZZZZZZZZ",
    proof="cnv_unknown",
)


class Missing(Exception):
    """The target has no such thing."""


def some(name: str | None) -> str:
    if name is None:
        raise Missing
    return name


def keyed(path: str, body: Any = None) -> Call:
    return Call("POST", path, body, headers={"Idempotency-Key": new_id("key")})


def answers(value: str) -> list[dict[str, str]]:
    return [{"id": new_id("ans"), "step": "decision", "value": value}]


def put_order(at: Target, own: Target) -> Call:
    return Call("PUT", f"brand/purchase-orders/{at.order}", order_body(own.partner, own.sku, note="changed"))


def put_request(at: Target, own: Target) -> Call:
    body = {"supplier": own.partner, "items": [own.sku], "months": 1, "due_date": due(), "note": "changed"}
    return Call("PUT", f"brand/capacity-requests/{at.request}", body)


def bring_photo(at: Target, _own: Target) -> Call:
    return photo_call(some(at.proof))


def put_promotion(at: Target, own: Target) -> Call:
    day = due(30)
    body = {
        "title": "changed",
        "policy": "changed",
        "starts_on": day,
        "ends_on": day,
        "due_at": f"{due(40)}T10:00:00Z",
        "participants": [{"partner": f"D-{own.partner}"}],
        "shots": [{"key": "front", "text": "The front"}],
        "pays": {"kind": "fixed", "amount": "1", "currency": "CNY"},
    }
    return Call("PUT", f"brand/promotions/{at.promotion}", body)


NUMBER = "+8613800138111"  # nobody's
RULE = {"short_percent": "1.5", "late_days": 3, "person_above": {"amount": "5.00", "currency": "CNY"}}
PAYMENT = {"paid_on": "2026-01-31", "payment_ref": "BANK-1"}
CONSENTS = {"app": APP, "answers": {"tmpl-task": "accept"}}
# What is sent: made from the thing it names and, for bodies that must be right, from the caller's own.
CALLS: Mapping[str, Callable[[Target, Target], Call]] = {
    "POST phone/sms-codes": lambda *_: Call("POST", "phone/sms-codes", {"phone": NUMBER, "device": new_id("dev")}),
    "POST phone/sessions": lambda *_: Call(
        "POST", "phone/sessions", {"via": "invitation", "token": "inv_1.x", "device": "d"}
    ),
    "PUT phone/sessions/current": lambda at, _: Call(
        "PUT", "phone/sessions/current", {"acting_for": some(at.organisation)}
    ),
    "DELETE phone/sessions/current": lambda *_: Call("DELETE", "phone/sessions/current"),
    "GET phone/me": lambda *_: Call("GET", "phone/me"),
    "GET phone/me/export": lambda *_: Call("GET", "phone/me/export"),
    "GET phone/sessions": lambda *_: Call("GET", "phone/sessions"),
    "DELETE phone/sessions": lambda *_: Call("DELETE", "phone/sessions"),
    "POST phone/consents": lambda *_: Call("POST", "phone/consents", {"id": new_id("rep"), **CONSENTS}),
    "GET phone/inbox": lambda *_: Call("GET", "phone/inbox"),
    "GET phone/history": lambda *_: Call("GET", "phone/history"),
    "GET phone/flows": lambda *_: Call("GET", "phone/flows"),
    "GET phone/flows/{flow}/subjects": lambda *_: Call("GET", "phone/flows/remark/subjects"),
    "POST phone/conversations": lambda at, _: Call(
        "POST", "phone/conversations", {"id": new_id("cnv"), "task": some(at.task)}
    ),
    "GET phone/conversations/{conversation}": lambda at, _: Call("GET", f"phone/conversations/{some(at.done)}"),
    "DELETE phone/conversations/{conversation}": lambda at, _: Call(
        "DELETE", f"phone/conversations/{some(at.conversation)}", query={"revision": at.revision}
    ),
    "POST phone/conversations/{conversation}/answers": lambda at, _: Call(
        "POST",
        f"phone/conversations/{some(at.conversation)}/answers",
        {"revision": at.revision, "answers": answers("reject")},
    ),
    "DELETE phone/conversations/{conversation}/answers/{step}": lambda at, _: Call(
        "DELETE", f"phone/conversations/{some(at.conversation)}/answers/decision", query={"revision": at.revision}
    ),
    "GET brand/partners": lambda *_: Call("GET", "brand/partners"),
    "GET brand/partners/{ref}": lambda at, _: Call("GET", f"brand/partners/{at.partner}"),
    "PUT brand/partners/{ref}": lambda at, _: Call(
        "PUT", f"brand/partners/{at.partner}", {"kind": "supplier", "name": "renamed"}
    ),
    "GET brand/people": lambda *_: Call("GET", "brand/people"),
    "GET brand/people/{ref}": lambda at, _: Call("GET", f"brand/people/{at.person}"),
    "PUT brand/people/{ref}": lambda at, _: Call(
        "PUT", f"brand/people/{at.person}", {"name": "renamed", "language": "en", "memberships": []}
    ),
    "POST brand/people/{ref}/invitations": lambda at, _: keyed(f"brand/people/{at.person}/invitations"),
    "GET brand/products": lambda *_: Call("GET", "brand/products"),
    "GET brand/products/{sku}": lambda at, _: Call("GET", f"brand/products/{at.sku}"),
    "PUT brand/products/{sku}": lambda at, _: Call(
        "PUT", f"brand/products/{at.sku}", {"name": "renamed", "unit": "pcs"}
    ),
    "GET brand/purchase-orders": lambda *_: Call("GET", "brand/purchase-orders"),
    "GET brand/purchase-orders/{ref}": lambda at, _: Call("GET", f"brand/purchase-orders/{at.order}"),
    "PUT brand/purchase-orders/{ref}": put_order,
    "POST brand/purchase-orders/{ref}/cancel": lambda at, _: keyed(
        f"brand/purchase-orders/{at.order}/cancel", {"reason": "no demand"}
    ),
    "GET brand/purchase-orders/{ref}/history": lambda at, _: Call("GET", f"brand/purchase-orders/{at.order}/history"),
    "GET phone/purchase-orders/{order}/history": lambda at, _: Call(
        "GET", f"phone/purchase-orders/{some(at.order_id)}/history"
    ),
    "PUT phone/photos/{photo}": bring_photo,
    "GET phone/photos/{photo}": lambda at, _: Call("GET", f"phone/photos/{some(at.photo)}"),
    "POST phone/challenges": lambda at, _: Call("POST", "phone/challenges", {"conversations": [some(at.proof)]}),
    "GET brand/rules/order-confirmation": lambda *_: Call("GET", "brand/rules/order-confirmation"),
    "PUT brand/rules/order-confirmation": lambda *_: Call("PUT", "brand/rules/order-confirmation", RULE),
    "GET brand/capacity-requests": lambda *_: Call("GET", "brand/capacity-requests"),
    "GET brand/capacity-requests/{ref}": lambda at, _: Call("GET", f"brand/capacity-requests/{at.request}"),
    "PUT brand/capacity-requests/{ref}": put_request,
    "DELETE brand/capacity-requests/{ref}": lambda at, _: Call("DELETE", f"brand/capacity-requests/{at.request}"),
    "GET brand/capacity": lambda *_: Call("GET", "brand/capacity"),
    "GET brand/promotions": lambda *_: Call("GET", "brand/promotions"),
    "GET brand/promotions/{ref}": lambda at, _: Call("GET", f"brand/promotions/{at.promotion}"),
    "PUT brand/promotions/{ref}": put_promotion,
    "DELETE brand/promotions/{ref}": lambda at, _: Call("DELETE", f"brand/promotions/{at.promotion}"),
    "GET brand/promotions/{ref}/participants": lambda at, _: Call(
        "GET", f"brand/promotions/{at.promotion}/participants"
    ),
    "GET brand/settlements": lambda *_: Call("GET", "brand/settlements"),
    "GET brand/settlements.xlsx": lambda *_: Call("GET", "brand/settlements.xlsx"),
    "GET brand/settlements.csv": lambda *_: Call("GET", "brand/settlements.csv"),
    "PUT brand/settlements/{id}/payment": lambda at, _: Call(
        "PUT", f"brand/settlements/{at.settlement}/payment", PAYMENT
    ),
    "GET phone/claims": lambda *_: Call("GET", "phone/claims"),
    "GET brand/claims": lambda *_: Call("GET", "brand/claims"),
    "GET brand/claims/{claim}": lambda at, _: Call("GET", f"brand/claims/{at.claim}"),
    "PUT brand/promotions/{ref}/examples/{shot}": lambda at, _: example_call(at.promotion),
    "GET brand/events": lambda *_: Call("GET", "brand/events", query={"limit": 1000}),
    "GET brand/audit": lambda *_: Call("GET", "brand/audit", query={"limit": 1000}),
    "GET brand/audit/views": lambda *_: Call("GET", "brand/audit/views", query={"limit": 1000}),
    "GET brand/audit/head": lambda *_: Call("GET", "brand/audit/head"),
}


def declared() -> dict[str, dict[str, str]]:
    """The table: column → cell, by operation."""
    header, *lines = [line.split() for line in DECLARED.strip().splitlines()]
    return {f"{method} {path}": dict(zip(header, cells, strict=True)) for method, path, *cells in lines}


class Matrix:
    """Tries the whole table in one world, and names every cell that is not as declared."""

    def __init__(self, world: World, doors: Doors) -> None:
        self.world, self.doors = world, doors
        self.table = declared()
        self.operations = operations(doors.app)
        self.targets = self._targets()
        self.scopeless = {scope: world.key_without(scope) for scope in self._scopes()}
        self.before = rows.held()

    def _scopes(self) -> set[str]:
        listed = (operation.document["x-access"] for operation in self.operations)
        return {one for access in listed for one in access if one.split(":")[-1] in {"read", "write"}}

    def _targets(self) -> dict[str, Target]:
        world = self.world
        found = {
            name: Target(
                held.conversation,
                held.done,
                held.task,
                held.supplier.public_id,
                held.revision,
                held.supplier.ref,
                held.owner.ref,
                held.sku,
                held.open_order,
                held.order_id,
                held.request,
                held.photo,
                held.proof,
                held.promotion,
                held.settlement,
                held.claim,
            )
            for name, held in world.holdings.items()
        }
        seen = {"order_id": world.ours.order_id, "photo": world.ours.photo}
        beside = {"distributor": world.distributor.public_id, "buyer": world.a.brand.public_id}
        return found | {
            name: Target(None, None, None, organisation, **(seen if name == "buyer" else {}))
            for name, organisation in beside.items()
        }

    def undeclared(self) -> list[str]:
        """Operations without a row or without a call, rows without an operation, people without a cell."""
        names = {operation.name for operation in self.operations}
        empty = [
            f"{name} as {who}" for name, cells in self.table.items() for who in COLUMN_OF.values() if who not in cells
        ]
        return sorted(names ^ set(self.table)) + sorted(names ^ set(CALLS)) + empty

    def findings(
        self, principals: Collection[str] = tuple(COLUMN_OF), only: Collection[str] = tuple(CALLS)
    ) -> Iterator[str]:
        """Every deviation, in words."""
        for operation in self.operations:
            for who in principals if operation.name in only else ():
                for finding in self._of_cell(operation.name, operation.document["x-access"], who):
                    yield f"{operation.name} as {who} {finding}"

    def _of_cell(self, operation: str, access: list[str], who: str) -> Iterator[str]:
        own, _, other = self.table[operation][COLUMN_OF[who]].partition("/")
        credential = self._credential(who, access)
        mine = OWN.get(who, ())
        if other:
            unknown = self._try(operation, who, credential, UNKNOWN)
            yield from self._wrong(unknown, other, "unknown", who)
            for name in set(self.world.holdings) - set(mine) - set(SEEN_BY_THE_BRAND.get(who, ())):
                answer = self._try(operation, who, credential, self.targets[name])
                yield from self._wrong(answer, other, name, who)
                if answer.status >= 400 and answer.said != unknown.said:
                    yield f"on {name}: {answer.said} tells it from what is unknown: {unknown.said}"
        for name in mine or ("ours",):
            try:
                answer = self._try(operation, who, credential, self.targets[name])
            except Missing:
                yield from [] if own == "-" else [f"on {name}: nothing to try"]
            else:
                yield from self._wrong(answer, own, name, who)

    def _credential(self, who: str, access: list[str]) -> str | None:
        if who == "nobody":
            return None
        if who == "scopeless":
            return self.scopeless[access[0] if access and access[0] in self.scopeless else "orders:read"]
        return self.world.tokens[who]

    def _try(self, operation: str, who: str, credential: str | None, target: Target) -> Answer:
        own = self.targets[OWN.get(who, ("ours",))[0]]
        self.call = CALLS[operation](target, own)
        return self.doors.try_out(self.call, credential, self.before)

    def _wrong(self, answer: Answer, expected: str, name: str, who: str) -> Iterator[str]:
        if str(answer.status) != expected:
            yield f"on {name}: {answer.status} instead of {expected}: {answer.text[:150]}"
        mine = {*OWN.get(who, ()), *SEEN_BY_THE_BRAND.get(who, ())}
        for whose, marks in self.world.marks.items():
            shown = sorted(mark for mark in marks if mark in answer.text and mark not in self.call.sent)
            if whose not in mine and shown:
                yield f"on {name}: shows {shown[:3]} of {whose}"
        moved = [key for key in answer.changed if not self._may_move(key, who, answer)]
        if moved:
            yield f"on {name}: moved {sorted(map(str, moved))[:3]}"

    def _may_move(self, key: rows.Key, who: str, answer: Answer) -> bool:
        if answer.status >= 400:
            return key not in self.before and key[0] == "idempotency_record"
        if key not in self.before:
            brand = rows.brand_of(key, answer.after)
            return brand in {None, (self.world.b if who in {"rival", "other_key"} else self.world.a).brand.id}
        whose = self.world.owned.get(key, "common")
        if whose == "common":
            return who in {"key", "distributor", "buyer"} or key[0] in _SHARED_TABLES
        return whose in OWN.get(who, ())
