"""The judges of webhooks and schedules see what is wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from chaos.told import BEGINNING, TELLING, judged_death, judged_telling
from character_sync.crash_points import CrashPoint

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FEED = [{"number": 1}, {"number": 2}]
LOG = [{"id": 11, "number": 1, "status": "delivered"}, {"id": 12, "number": 2, "status": "delivered"}]
GOT = [("delivery-11", b"a"), ("delivery-11", b"a"), ("delivery-12", b"b")]


def test_every_point_of_a_delivery_and_of_a_schedule_is_among_them() -> None:
    named = {point for point in CrashPoint if point.name.startswith(("WEBHOOK_", "DELIVERY_", "SCHEDULE"))}
    assert named == TELLING | BEGINNING


def test_a_message_may_come_twice() -> None:
    assert list(judged_telling(FEED, LOG, GOT)) == []


@pytest.mark.parametrize(
    ("log", "got"),
    [
        (LOG[:1], GOT),
        ([LOG[0], LOG[1] | {"status": "waiting"}], GOT),
        (LOG, GOT[:2]),
        (LOG, [*GOT, ("delivery-12", b"something else")]),
    ],
)
def test_a_change_that_was_not_told_or_told_otherwise_is_seen(
    log: list[dict[str, object]], got: list[tuple[str, bytes]]
) -> None:
    assert [violation.invariant for violation in judged_telling(FEED, log, got)] == ["I8"]


def test_a_due_time_that_died_with_its_process_is_seen() -> None:
    assert judged_death(NOW, NOW, None) == []
    moved_on = judged_death(NOW, NOW + timedelta(days=1), NOW)
    assert [violation.invariant for violation in moved_on] == ["I9"]
