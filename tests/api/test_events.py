"""The feed is what its description says, event by event."""

from api.brand.schemas import EventPageSchema
from tests.api.conftest import World, order_document

FEED = "/api/v1/brand/events"


def test_a_page_of_the_feed_is_as_described(world: World) -> None:
    system = world.system()
    system.put("/api/v1/brand/purchase-orders/PO-7", order_document())
    page = system.get(f"{FEED}?limit=1000").json
    assert page is not None
    assert "order.placed" in [event["type"] for event in page["items"]]
    assert EventPageSchema().validate(page) == {}
    assert EventPageSchema().dump(EventPageSchema().load(page)) == page


def test_an_empty_page_says_the_number_that_was_asked_for(world: World) -> None:
    assert world.system().get(f"{FEED}?after=99").json == {"items": [], "next": 99}
