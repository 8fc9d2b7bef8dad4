"""Limits that cost money: exact however many hurry, all or none, free again when their window is over.

Planted: a limit that is read first and written afterwards lets more pass than it should.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from config import clock, database
from notifications import tallies
from notifications.tallies import Exhausted, Limit, Tally, Use

pytestmark = pytest.mark.usefixtures("db")

FIVE = Limit("five-an-hour", 5, timedelta(hours=1))
ONE = Limit("one-a-minute", 1, timedelta(minutes=1))


def take(*uses: Use) -> None:
    with database.transaction():
        tallies.take(uses)


def passed(*uses: Use) -> bool:
    try:
        take(*uses)
    except Exhausted:
        return False
    return True


def test_so_many_pass_and_no_more() -> None:
    assert [passed(Use(FIVE, "a")) for _ in range(7)] == [True] * 5 + [False] * 2
    assert passed(Use(FIVE, "b"))


def test_it_says_when_it_is_free_again() -> None:
    take(Use(FIVE, "a", 5))
    with clock.travelled(minutes=20), pytest.raises(Exhausted) as refusal:
        take(Use(FIVE, "a"))
    assert refusal.value.limit == "five-an-hour"
    assert 2390 <= refusal.value.retry_after_s <= 2401


def test_a_window_opens_anew_with_the_first_use_after_it() -> None:
    take(Use(ONE, "a"))
    with clock.travelled(seconds=61):
        assert [passed(Use(ONE, "a")) for _ in range(2)] == [True, False]


def test_all_are_counted_or_none() -> None:
    take(Use(ONE, "b"))
    assert not passed(Use(FIVE, "a"), Use(ONE, "b"))
    assert tallies.used(FIVE, "a") == 0


def test_what_was_counted_beside_a_refusal_in_the_same_transaction_stays() -> None:
    take(Use(ONE, "b"))
    with database.transaction():
        tallies.take([Use(FIVE, "a")])
        with pytest.raises(Exhausted):
            tallies.take([Use(FIVE, "a"), Use(ONE, "b")])
    assert tallies.used(FIVE, "a") == 1


def test_money_is_counted_in_amounts() -> None:
    day = Limit("fen", 12, timedelta(days=2))
    assert [passed(Use(day, "brand", 5)) for _ in range(3)] == [True, True, False]
    assert passed(Use(day, "brand", 2))
    assert not passed(Use(day, "another", 13))


def test_what_cost_nothing_is_given_back() -> None:
    take(Use(ONE, "a"))
    with database.transaction():
        tallies.give_back([Use(ONE, "a"), Use(ONE, "nobody")])
    assert passed(Use(ONE, "a"))


def test_old_windows_are_forgotten() -> None:
    take(Use(ONE, "old"))
    with clock.travelled(days=3):
        take(Use(ONE, "new"))
        tallies.forget_tallies(clock.now() - timedelta(days=2), 0)
    assert [row.subject for row in Tally.select()] == ["new"]


def crowd(one: Callable[[], bool], size: int = 20) -> int:
    """How many of a crowd that starts at the same moment pass."""
    ready = threading.Barrier(size)

    def come() -> bool:
        with database.connection():
            ready.wait()
            return one()

    with ThreadPoolExecutor(size) as pool:
        return sum(pool.map(lambda _: come(), range(size)))


def test_of_twenty_at_once_exactly_as_many_pass_as_may() -> None:
    assert crowd(lambda: passed(Use(FIVE, "a"), Use(Limit("many", 1000, timedelta(days=1)), "x"))) == 5
    assert tallies.used(FIVE, "a") == 5


def test_a_limit_that_is_read_first_lets_too_many_pass() -> None:
    """The planted fault: what the check above must find."""
    everybody_looked = threading.Barrier(20)

    def looked_at_first(use: Use) -> bool:
        with database.connection():
            so_far = tallies.used(use.limit, use.subject)
        everybody_looked.wait(10)
        with database.transaction():
            tallies._counted(Use(Limit(use.limit.name, 10**6, use.limit.window), use.subject))
        return so_far < use.limit.most

    assert crowd(lambda: looked_at_first(Use(FIVE, "a"))) == 20
