"""An order placed with 200 lines, against marshmallow and raw inserts of the same JSON."""

import json
from itertools import count

from tests.benchmarks.counting import counted
from tests.benchmarks.figures import Figure, ratio, statements
from tests.benchmarks.ground import Ground, Plan
from tests.benchmarks.measuring import taking_turns
from tests.benchmarks.wire import Reply
from tests.benchmarks.world import large_order

PLACED_RATIO = 2


def measured(ground: Ground, plan: Plan) -> list[Figure]:
    """New orders, one after the other."""
    document = large_order()
    body = json.dumps(document).encode()
    brand, bare, numbers = ground.brand(), ground.bare(), count()

    def raw() -> Reply:
        return bare.call("PUT", f"/orders/BARE-{next(numbers)}", body, wanted=201)

    def placed() -> Reply:
        return brand.call("PUT", f"/api/v1/brand/purchase-orders/BENCH-{next(numbers)}", body, wanted=201)

    limit, ours = taking_turns([raw, placed], plan.large_rounds, budget_s=15)
    work = "order of 200 lines placed / validated by marshmallow, raw inserts"
    return [ratio(work, ground.store.name, ours, limit, PLACED_RATIO)]


def statement_counts(ground: Ground) -> list[Figure]:
    """What placing one asks of the database."""
    with counted(ground.world, ground.environ) as app:
        app.call("PUT", "/api/v1/brand/purchase-orders/COUNTED", ground.world.key, large_order())
        return [statements("order of 200 lines placed", ground.store.name, len(app.statements), None)]
