"""When a webhook is tried again, when it is given up, and what it is told of."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from character_sync.domain.changes import ChangeKind
from character_sync.domain.webhooks import (
    FIRST_WAIT,
    LONGEST_WAIT,
    Attempt,
    Consequence,
    DeliveryProblem,
    DeliveryStatus,
    PauseReason,
    consequence_of,
    is_told_of,
    known_events,
    wait_after,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
GIVE_UP = timedelta(hours=72)
DRAWS = st.floats(0, 1, exclude_max=True)


def after(attempt: Attempt, *, failures: int = 0, failing: timedelta | None = None, waiting: timedelta) -> Consequence:
    since = None if failing is None else attempt.at - failing
    return consequence_of(
        attempt, failures=failures, failing_since=since, waiting_since=attempt.at - waiting, give_up=GIVE_UP, draw=0.5
    )


@given(failures=st.integers(1, 100_000), draw=DRAWS)
def test_a_wait_is_between_half_of_the_first_and_the_longest(failures: int, draw: float) -> None:
    assert FIRST_WAIT / 2 <= wait_after(failures, draw) <= LONGEST_WAIT


@given(failures=st.integers(1, 30))
def test_waits_grow_until_they_are_the_longest(failures: int) -> None:
    assert wait_after(failures, 0) <= wait_after(failures + 1, 0)


def test_a_receiver_that_takes_one_message_in_ten_waits_less_than_a_minute_for_each() -> None:
    assert sum((wait_after(failures, 1) for failures in range(1, 10)), timedelta()) < timedelta(minutes=1)


def test_a_receiver_that_takes_nothing_is_asked_hourly_by_and_by() -> None:
    waits = [wait_after(failures, 1) for failures in range(1, 25)]
    assert sum(waits[:20], timedelta()) > timedelta(hours=1)
    assert waits[-1] == LONGEST_WAIT


def test_the_same_failure_of_two_webhooks_parts_them() -> None:
    assert wait_after(3, 0.1) != wait_after(3, 0.9)


def test_a_delivery_that_is_taken_ends_all_waiting() -> None:
    taken = after(Attempt(NOW, 204), failures=7, failing=timedelta(hours=5), waiting=timedelta(hours=5))
    assert taken == Consequence(DeliveryStatus.DELIVERED, 0, None, None, None)


def test_a_first_failure_waits_and_is_remembered_as_the_first() -> None:
    failed = after(Attempt(NOW, 500, DeliveryProblem.ANSWERED_OTHERWISE), waiting=timedelta(0))
    assert (failed.status, failed.failures, failed.failing_since) == (DeliveryStatus.WAITING, 1, NOW)
    assert failed.next_attempt_at == NOW + wait_after(1, 0.5)
    assert failed.paused is None


def test_a_webhook_that_took_nothing_for_so_long_is_paused_and_its_deliveries_wait() -> None:
    failed = after(Attempt(NOW, None, DeliveryProblem.NOT_REACHED), failures=90, failing=GIVE_UP, waiting=GIVE_UP)
    assert (failed.status, failed.paused) == (DeliveryStatus.WAITING, PauseReason.FAILING)


def test_a_message_that_alone_is_refused_for_so_long_is_given_up_and_the_webhook_goes_on() -> None:
    refused = after(Attempt(NOW, 400, DeliveryProblem.ANSWERED_OTHERWISE), waiting=GIVE_UP)
    assert (refused.status, refused.paused) == (DeliveryStatus.GIVEN_UP, None)


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (DeliveryProblem.ADDRESS_NOT_ALLOWED, PauseReason.FAILING),
        (DeliveryProblem.KEY_LOST, PauseReason.KEY_LOST),
    ],
)
def test_what_only_its_owner_can_put_right_pauses_a_webhook_at_once(
    problem: DeliveryProblem, reason: PauseReason
) -> None:
    failed = after(Attempt(NOW, None, problem), waiting=timedelta(0))
    assert (failed.status, failed.paused) == (DeliveryStatus.WAITING, reason)


@pytest.mark.parametrize(
    ("events", "kind", "told"),
    [
        ([], "character.added", True),
        ([], "something.new", True),
        (["character.*"], "character.gear_changed", True),
        (["character.*"], "sync.finished", False),
        (["sync.finished"], "sync.finished", True),
        (["character.added"], "character.archived", False),
    ],
)
def test_a_webhook_is_told_of_what_it_asked_for(events: list[str], kind: str, *, told: bool) -> None:
    assert is_told_of(events, kind) is told


def test_every_kind_and_every_group_may_be_asked_for() -> None:
    assert {*ChangeKind, "character.*", "sync.*"} == set(known_events())
