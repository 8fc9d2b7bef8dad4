import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from config import clock, database
from notifications import consents
from tests import waiting
from tests.notifications.make import LI, STRANGER, WANG

APP = "wxapp"


@pytest.mark.usefixtures("db")
class TestTheLedger:
    def test_each_accept_allows_one_more_message_and_nothing_else_does(self) -> None:
        answers = {"t-task": "accept", "t-result": "reject", "t-old": "ban"}
        assert consents.credit(LI, APP, "r1", answers) == {"t-task": 1, "t-result": 0, "t-old": 0}
        assert consents.credit(LI, APP, "r2", {"t-task": "accept"}) == {"t-task": 2}

    def test_the_same_report_sent_again_counts_once(self) -> None:
        consents.credit(LI, APP, "r1", {"t-task": "accept"})
        assert consents.credit(LI, APP, "r1", {"t-task": "accept"}) == {"t-task": 1}

    def test_the_same_report_at_the_same_moment_counts_once(self) -> None:
        def report(_: int) -> dict[str, int]:
            with database.connection():
                return consents.credit(LI, APP, "r1", {"t-task": "accept"})

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(report, range(8))) == [{"t-task": 1}] * 8

    def test_a_report_id_used_for_other_answers_is_refused_and_books_nothing(self) -> None:
        consents.credit(LI, APP, "r1", {"t-task": "accept"})
        with pytest.raises(consents.ReportConflict):
            consents.credit(LI, APP, "r1", {"t-result": "accept"})
        assert consents.left(LI, APP) == {"t-task": 1}

    def test_two_people_may_use_the_same_report_id(self) -> None:
        consents.credit(LI, APP, "r1", {"t-task": "accept"})
        assert consents.credit(STRANGER, APP, "r1", {"t-task": "accept"}) == {"t-task": 1}

    def test_a_send_takes_one_and_never_more_than_there_are(self) -> None:
        consents.grant(LI, APP, "t-task", 2)
        consents.grant(STRANGER, APP, "t-task", 5)
        consents.spend(APP, "t-task", [LI])
        assert consents.left(LI, APP) == {"t-task": 1}
        consents.spend(APP, "t-task", [LI, STRANGER, LI, LI])
        assert consents.left(LI, APP) == {"t-task": 0}
        assert consents.left(STRANGER, APP) == {"t-task": 4}

    def test_two_workers_who_spend_for_the_same_people_stand_in_line(self) -> None:
        first, second = sorted([LI, STRANGER])
        for person in (first, second):
            consents.grant(person, APP, "t-task", 5)

        def spend() -> None:
            with database.connection():
                consents.spend(APP, "t-task", [second, first, first])

        spending = threading.Thread(target=spend)
        with database.transaction():
            consents.spend(APP, "t-task", [first])
            spending.start()
            waiting.until(waiting.somebody_waits)
            consents.spend(APP, "t-task", [second])
        spending.join(waiting.PATIENCE_S)
        assert [consents.left(person, APP)["t-task"] for person in (first, second)] == [2, 3]

    def test_wechats_refusal_leaves_nothing_of_what_was_counted_until_then(self) -> None:
        consents.grant(LI, APP, "t-task", 500)
        consents.credit(LI, APP, "r1", {"t-task": "accept"})
        with clock.travelled(seconds=31):
            consents.exhaust(APP, "t-task", [LI, LI])
        assert consents.left(LI, APP) == {"t-task": 0}

    def test_what_was_allowed_while_a_refusal_was_on_its_way_stays(self) -> None:
        """Shown red by a ledger that a refusal simply empties."""
        consents.grant(LI, APP, "t-task", 500)
        consents.grant(WANG, APP, "t-task", 500)
        consents.credit(LI, APP, "r1", {"t-task": "accept", "t-result": "accept"})
        consents.credit(LI, APP, "r2", {"t-task": "reject"})
        consents.credit(WANG, "wx-other", "r3", {"t-task": "accept"})
        consents.exhaust(APP, "t-task", [LI, WANG])
        assert consents.left(LI, APP) == {"t-task": 1, "t-result": 1}
        assert consents.left(WANG, APP) == {"t-task": 0}

    def test_a_refusal_gives_nobody_more_than_they_had(self) -> None:
        consents.credit(LI, APP, "r1", {"t-task": "accept"})
        consents.spend(APP, "t-task", [LI])
        consents.exhaust(APP, "t-task", [LI])
        assert consents.left(LI, APP) == {"t-task": 0}

    def test_a_forgotten_person_has_no_ledger(self) -> None:
        consents.credit(LI, APP, "r1", {"t-task": "accept"})
        consents.forget(LI)
        assert consents.left(LI, APP) == {}
