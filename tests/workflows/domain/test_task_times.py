"""When a task reminds: by day where its people live, before it is due, at most twice."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from workflows.domain.task_times import SLEEPS, WAKES, by_day, reminders

SHANGHAI, URUMQI, BERLIN = "Asia/Shanghai", "Asia/Urumqi", "Europe/Berlin"


def at(text: str, zone: str = SHANGHAI) -> datetime:
    """A moment as a wall clock in a zone shows it: `11-22 09:00`."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def planned(opened: str, due: str, zone: str = SHANGHAI) -> list[str]:
    """The reminders of a task as its people's wall clock shows them."""
    found = reminders(at(opened, zone), at(due, zone), zone)
    assert all(moment.tzinfo is UTC for moment in found)
    return [f"{moment.astimezone(ZoneInfo(zone)):%m-%d %H:%M}" for moment in found]


def test_an_order_to_be_answered_in_two_days_reminds_at_half_time_and_six_hours_before() -> None:
    assert planned("11-23 15:00", "11-25 15:00") == ["11-24 15:00", "11-25 09:00"]


def test_a_month_is_not_reminded_of_a_fortnight_before() -> None:
    assert planned("11-01 09:00", "11-30 18:00") == ["11-27 18:00", "11-29 18:00"]


@pytest.mark.parametrize("due", ["11-23 16:00", "11-23 15:10", "11-23 14:00"])
def test_what_is_due_within_the_hour_has_no_reminder(due: str) -> None:
    assert planned("11-23 15:00", due) == []


def test_what_is_due_in_two_hours_has_one() -> None:
    assert planned("11-23 15:00", "11-23 17:00") == ["11-23 16:00"]


def test_a_reminder_of_the_night_waits_for_the_morning() -> None:
    assert planned("11-23 03:00", "11-25 03:00") == ["11-24 08:00", "11-24 20:00"]


def test_a_morning_that_comes_too_late_gives_way_to_the_evening_before() -> None:
    assert planned("11-23 12:00", "11-24 08:30") == ["11-23 20:00"]


def test_an_evening_just_after_the_task_was_opened_is_no_reminder() -> None:
    assert planned("11-23 19:45", "11-24 07:00") == []


def test_the_same_moment_is_night_in_shanghai_and_evening_in_urumqi() -> None:
    moment = at("11-23 21:30")
    assert by_day(moment, SHANGHAI) == at("11-24 08:00")
    assert by_day(moment, URUMQI) == moment == at("11-23 19:30", URUMQI)


def test_a_morning_is_the_wall_clocks_on_both_sides_of_the_change_in_berlin() -> None:
    # Clocks go back at 3:00 on 25 October 2026 and forward at 2:00 on 29 March.
    for day, hour in (("10-24", 6), ("10-25", 7), ("03-28", 7), ("03-29", 6)):
        woken = by_day(at(f"{day} 00:30", BERLIN), BERLIN)
        assert woken == at(f"{day} 08:00", BERLIN)
        assert (woken.astimezone(UTC).hour, woken.astimezone(UTC).minute) == (hour, 0)


def test_what_is_left_is_counted_in_hours_that_pass_not_in_wall_clock_hours() -> None:
    opened, due = at("10-24 18:00", BERLIN), at("10-25 18:00", BERLIN)
    assert due - opened == timedelta(hours=25)
    first, last = reminders(opened, due, BERLIN)
    assert first == at("10-25 08:00", BERLIN)  # half time is in the night of 25 hours
    assert last == due - (due - opened) / 8


@pytest.mark.parametrize("zone", [SHANGHAI, URUMQI, BERLIN, "America/St_Johns", "Pacific/Apia"])
def test_whatever_the_hours_reminders_come_by_day_in_order_and_before_the_end(zone: str) -> None:
    """Shown red by leaving `by_day_before` out: the first night gives it away."""
    opened = datetime(2026, 10, 23, 0, 7, tzinfo=UTC)
    for start in range(0, 72, 5):
        for hours in (0.5, 1, 1.5, 2, 5, 9, 13, 24, 48, 100, 700):
            begun = opened + timedelta(hours=start)
            due = begun + timedelta(hours=hours)
            found = reminders(begun, due, zone)
            assert len(found) <= 2
            assert all(begun < moment < due for moment in found)
            assert all(WAKES <= moment.astimezone(ZoneInfo(zone)).time() < SLEEPS for moment in found)
            assert len(found) < 2 or found[1] - found[0] >= timedelta(hours=1)
