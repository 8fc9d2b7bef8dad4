"""Asking for capacity: what the brand does, and what the clock does for it month by month."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config import clock, database
from config.ids import new_id
from workflows.domain import organisations, tasks
from workflows.domain.access import ACTIVE, Actor, require
from workflows.domain.capacity import announcing, months, recurring
from workflows.domain.capacity.items import save_items
from workflows.domain.capacity.records import (
    OPEN,
    WITHDRAWN,
    CapacityRequest,
    OpenRequest,
    held,
    opened,
    request_by_ref,
    requests_of,
)
from workflows.domain.capacity.request_document import RequestDocument, document_of, read_request
from workflows.domain.documents import own_ref, require_edited
from workflows.domain.errors import Conflict
from workflows.domain.organisations import Organisation

CLOCK = "clock"


@dataclass(frozen=True)
class Requested:
    """What a PUT of a request did."""

    opened: OpenRequest
    is_new: bool


def put_request(actor: Actor, ref: str, fields: Mapping[str, Any], version: int | None = None) -> Requested:
    """Ask a supplier for its capacity under `ref`, or replace what was asked; the same content changes nothing.

    version is the one the caller edited, where it says so. Raises Invalid with every fault, Conflict for a withdrawn request,
    StaleVersion, Forbidden.
    """
    require(actor, "capacity:write")
    own_ref(ref)
    with database.transaction():
        database.serialise("capacity-ref", actor.brand_id, ref)
        found = requests_of(actor).where(CapacityRequest.ref == ref).first()
        if found is None:
            document = read_request(actor, fields, None)
            require_edited(version, None)
            return Requested(_create(actor, ref, document), is_new=True)
        standing = held(actor, found.public_id)
        require_edited(version, standing.request.version)
        document = read_request(actor, fields, document_of(standing))
        return Requested(_replace(actor, standing, document), is_new=False)


def withdraw_request(actor: Actor, ref: str) -> OpenRequest:
    """Ask no more, now and in the months to come; withdrawing twice changes nothing. Raises NotFound, Forbidden."""
    require(actor, "capacity:write")
    with database.transaction():
        standing = held(actor, request_by_ref(actor, ref).public_id)
        request = standing.request
        if request.state == WITHDRAWN:
            return standing
        was_open = request.state == OPEN
        request.state, request.version, request.updated_at = WITHDRAWN, request.version + 1, clock.now()
        recurring.cancel_next(request)
        request.save()
        tasks.close_tasks_about(request.subject, tasks.CANCELLED)
        announcing.withdrawn(actor.name_for_audit, standing, was_open)
    return standing


def ask_again(payload: Mapping[str, Any]) -> None:
    """The next month of a request that recurs, from a row of the outbox: opens it once, and plans the one after.

    A request that was changed or withdrawn since the row was written has planned for itself, and nothing happens.
    """
    found = CapacityRequest.get_or_none(CapacityRequest.public_id == payload["request"])
    if found is None:
        return
    actor = organisations.operator_of(Organisation.get_by_id(found.brand))
    with database.transaction():
        standing = held(actor, found.public_id)
        if recurring.is_planned(standing.request, payload):
            _open_next(standing)


def _open_next(standing: OpenRequest) -> None:
    request, supplier = standing.request, standing.supplier
    due = recurring.present_round(request, supplier.time_zone)
    if due is None:  # the supplier has moved to a zone where it is not yet nine
        recurring.plan_next(request, supplier.time_zone)
        request.save()
        return
    was_open = request.state == OPEN
    request.round_month, request.asked_month, request.due_at = due.month, due.asked_month, due.due_at
    request.state, request.version, request.updated_at = OPEN, request.version + 1, clock.now()
    recurring.plan_next(request, supplier.time_zone)
    request.save()
    save_items(request, supplier, standing.products)
    tasks.close_tasks_about(request.subject, tasks.SUPERSEDED)
    if supplier.state == ACTIVE:
        announcing.requested(CLOCK, opened([request])[0], announcing.next_month(request) if was_open else ())


def _create(actor: Actor, ref: str, document: RequestDocument) -> OpenRequest:
    now = clock.now()
    request = CapacityRequest(
        public_id=new_id("cpr"), brand=actor.brand_id, ref=ref, created_at=now, updated_at=now, version=1, state=OPEN
    )
    _fill(request, document)
    _begin_with(request, document)
    _ask_from_now(request, document)
    recurring.plan_next(request, document.supplier.time_zone)
    request.save(force_insert=True)
    save_items(request, document.supplier, document.products)
    made = opened([request])[0]
    announcing.requested(actor.name_for_audit, made)
    return made


def _replace(actor: Actor, standing: OpenRequest, document: RequestDocument) -> OpenRequest:
    before = document_of(standing)
    if document.content == before.content:
        return standing
    request = standing.request
    if request.state == WITHDRAWN:
        raise Conflict("capacity_request_withdrawn")
    _fill(request, document)
    if document.first_month != before.first_month:
        _begin_with(request, document)
    if document.asked_when != before.asked_when:
        _ask_from_now(request, document)
    elif request.due_at <= clock.now():  # whoever is asked again after its time has as long as the first time
        request.due_at = recurring.due_in(request.answer_days, document.supplier.time_zone)
    request.state, request.version, request.updated_at = OPEN, request.version + 1, clock.now()
    recurring.plan_next(request, document.supplier.time_zone)
    request.save()
    save_items(request, document.supplier, document.products)
    tasks.close_tasks_about(request.subject, tasks.SUPERSEDED)
    changed = opened([request])[0]
    if before.supplier.id != document.supplier.id:
        announcing.taken_away(changed, before.supplier)
    announcing.requested(actor.name_for_audit, changed, announcing.changed(before, document), is_change=True)
    return changed


def _fill(request: CapacityRequest, document: RequestDocument) -> None:
    request.supplier = document.supplier
    request.first_month, request.months = document.first_month, document.months
    request.due_date, request.recurs_on_day = document.due_date, document.recurs_on_day
    request.note = document.note


def _begin_with(request: CapacityRequest, document: RequestDocument) -> None:
    """How many months ahead of the one in which it is asked the request begins, each time."""
    now = months.of(clock.today(document.supplier.time_zone))
    request.month_offset = months.between(now, document.first_month or now)


def _ask_from_now(request: CapacityRequest, document: RequestDocument) -> None:
    """The months and the time to answer, counted from today at the supplier's place: so are those of later months.

    The first month of a request that recurs is the one of its first time: today's are as many months ahead as it was then.
    """
    zone = document.supplier.time_zone
    today = clock.today(zone)
    request.round_month = months.of(today)
    request.asked_month = months.plus(request.round_month, request.month_offset)
    if document.recurs_on_day is None and document.first_month is not None:
        request.asked_month = document.first_month
    request.answer_days = max((document.due_date - today).days, 0)
    request.due_at = recurring.due_at(document.due_date, zone)
