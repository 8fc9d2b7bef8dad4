"""What a supplier says: its plan by product and month, and how busy it is."""

from collections.abc import Mapping
from datetime import date

from config import clock, database
from workflows.domain import organisations, tasks
from workflows.domain.access import Actor
from workflows.domain.capacity import announcing
from workflows.domain.capacity.items import save_items
from workflows.domain.capacity.records import (
    REPORTED,
    WITHDRAWN,
    CapacityPlan,
    Load,
    OpenRequest,
    SupplierLoad,
    held,
)
from workflows.domain.errors import Conflict
from workflows.domain.organisations import Organisation

# Thousandths by month; None takes back what was said before.
Figures = Mapping[date, int | None]


def report_capacity(
    actor: Actor, request_id: str, version: int, plan: Mapping[str, Figures], load: Load
) -> tuple[OpenRequest, list[CapacityPlan]]:
    """Store the supplier's plan (by sku) and load for version `version` of a request; the request and its plan as they stand.

    Late is welcome, and so is a correction of what was reported. Closes the task, tells the brand's buyers. Raises NotFound,
    Conflict when the request has moved on or was withdrawn.
    """
    with database.transaction():
        opened = held(actor, request_id)
        request = opened.request
        if request.version != version or request.state == WITHDRAWN:
            raise Conflict("capacity_request_changed")
        database.serialise("plan", opened.supplier.id)  # two requests may ask about the same product
        plans = _store_plan(actor, opened, plan)
        request.state, request.reported_by, request.reported_at = REPORTED, actor.person, clock.now()
        request.updated_at, request.version = request.reported_at, request.version + 1
        request.save()
        save_items(request, opened.supplier, opened.products, is_answered=True)
        tasks.close_tasks_about(request.subject, tasks.DONE, announcing.FLOW)
        announcing.reported(actor.name_for_audit, opened, plans)
        _store_load(actor, opened.supplier, load)
    return opened, plans


def report_load(actor: Actor, load: Load) -> Load:
    """Store how busy the actor's organisation is now; the load as it stands."""
    with database.transaction():
        _store_load(actor, organisations.own(actor), load)
    return load


def _store_plan(actor: Actor, opened: OpenRequest, plan: Mapping[str, Figures]) -> list[CapacityPlan]:
    items = {item.product.sku: item for item in opened.items}
    supplier, now = opened.supplier, clock.now()
    made = []
    for sku, figures in plan.items():
        _forget(supplier, items[sku].product_id, [month for month, said in figures.items() if said is None])
        made += [
            CapacityPlan(
                brand=supplier.brand,
                supplier=supplier.id,
                product=items[sku].product_id,
                month=month,
                quantity=said,
                unit=items[sku].unit,
                reported_by=actor.person or "",
                reported_at=now,
            )
            for month, said in figures.items()
            if said is not None
        ]
    _upsert(made)
    return made


def _forget(supplier: Organisation, product: int, unsaid: list[date]) -> None:
    if unsaid:
        gone = (CapacityPlan.product == product) & CapacityPlan.month.in_(unsaid)
        CapacityPlan.delete().where(CapacityPlan.supplier == supplier.id, gone).execute()


_SAID = (CapacityPlan.quantity, CapacityPlan.unit, CapacityPlan.reported_by, CapacityPlan.reported_at)
_KEY = (CapacityPlan.supplier, CapacityPlan.product, CapacityPlan.month)


def _upsert(made: list[CapacityPlan]) -> None:
    columns = (CapacityPlan.brand, *_KEY, *_SAID)
    rows = [tuple(plan.__data__[column.name] for column in columns) for plan in made]
    for start in range(0, len(rows), 100):  # SQLite takes a limited number of values in one statement
        insert = CapacityPlan.insert_many(rows[start : start + 100], fields=columns)
        insert.on_conflict(conflict_target=_KEY, preserve=_SAID).execute()


def _store_load(actor: Actor, supplier: Organisation, load: Load) -> None:
    said = {
        SupplierLoad.colour: load.colour,
        SupplierLoad.backlog_days: load.backlog_days,
        SupplierLoad.reported_by: actor.person or "",
        SupplierLoad.reported_at: clock.now(),
    }
    insert = SupplierLoad.insert({SupplierLoad.brand: supplier.brand, SupplierLoad.supplier: supplier.id, **said})
    insert.on_conflict(conflict_target=[SupplierLoad.supplier], update=said).execute()
    announcing.load_reported(actor.name_for_audit, supplier, load)
