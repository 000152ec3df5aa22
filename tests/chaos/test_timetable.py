"""The judge of due times sees what was lost, begun twice, or left behind."""

from datetime import UTC, datetime, timedelta

import pytest

from chaos.rows import ScheduleRow
from chaos.timetable import each_once

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
LAST = FIRST + timedelta(hours=1)
DUE = {"player": [FIRST, LAST]}


@pytest.mark.parametrize(("begun", "missed"), [(2, 0), (1, 1)])
def test_a_due_time_that_was_begun_once_or_is_told_as_missed_is_right(begun: int, missed: int) -> None:
    assert each_once(DUE, [ScheduleRow("player", LAST, 0, missed)], {"player": begun}) == []


@pytest.mark.parametrize(
    ("begun", "missed", "last"), [(1, 0, LAST), (3, 0, LAST), (2, 1, LAST), (0, 0, LAST), (2, 0, FIRST)]
)
def test_a_due_time_that_was_lost_begun_twice_or_left_behind_is_seen(begun: int, missed: int, last: datetime) -> None:
    found = each_once(DUE, [ScheduleRow("player", last, 0, missed)], {"player": begun})
    assert [violation.invariant for violation in found] == ["I9"]
