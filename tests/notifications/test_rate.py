import pytest

from notifications import consents
from tests.notifications import rate
from tests.notifications.make import APP, TEMPLATES


@pytest.mark.usefixtures("db")
def test_many_notices_at_speed_are_each_delivered_once_and_cost_one_consent_each() -> None:
    """Counts alone are asserted; `python -m tests.notifications.rate` prints the figures."""
    rate.people_with_consents()
    with rate.provider() as account:
        rate.drained(account, 300)
    left = consents.left_of(rate.PEOPLE, APP)
    assert sum(500 - held[TEMPLATES["task"]] for held in left.values()) == 300
