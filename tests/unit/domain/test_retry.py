"""Whether and when a failed request is tried again, with the arithmetic written out."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCharacterHidden,
    BattleNetCredentialsRefused,
    BattleNetError,
    BattleNetRateLimited,
    BattleNetUnavailable,
)
from character_sync.domain.retry import RetryPolicy, TryAgain, decide

POLICY = RetryPolicy(max_attempts=8, first_backoff=timedelta(seconds=1), longest_backoff=timedelta(seconds=30))


def after(
    error: BattleNetError, *, attempt: int = 1, deferrals: int = 0, policy: RetryPolicy = POLICY, draw: float = 0.5
) -> TryAgain | None:
    return decide(error, attempt=attempt, deferrals=deferrals, policy=policy, draw=draw)


@pytest.mark.parametrize(
    ("attempt", "draw", "seconds"),
    [
        (1, 0.0, 0.0),
        (1, 0.5, 0.5),  # half of 1
        (1, 0.999, 0.999),
        (2, 0.5, 1.0),  # half of 2
        (3, 0.5, 2.0),  # half of 4
        (5, 0.5, 8.0),  # half of 16
        (6, 0.5, 15.0),  # 32 is past the longest, 30
        (7, 0.5, 15.0),
    ],
)
def test_an_unavailable_battle_net_is_asked_again_after_a_doubling_wait(
    attempt: int, draw: float, seconds: float
) -> None:
    assert after(BattleNetUnavailable(), attempt=attempt, draw=draw) == TryAgain(
        timedelta(seconds=seconds), counts=True
    )


@pytest.mark.parametrize(("attempts", "last"), [(1, 1), (2, 2), (8, 8)])
def test_the_attempts_include_the_first(attempts: int, last: int) -> None:
    policy = RetryPolicy(max_attempts=attempts)
    assert all(after(BattleNetUnavailable(), attempt=n, policy=policy) for n in range(1, last))
    assert after(BattleNetUnavailable(), attempt=last, policy=policy) is None


@pytest.mark.parametrize(
    ("asked", "deferrals", "draw", "seconds"),
    [
        (None, 0, 0.5, 0.5),  # nothing asked: half of 1
        (7, 0, 0.0, 7.0),  # exactly what was asked, at the least
        (7, 0, 0.5, 7.5),
        (7, 1, 0.5, 8.0),  # 7 + half of 2
        (7, 4, 0.5, 15.0),  # 7 + half of 16
        (7, 9, 0.5, 22.0),  # 7 + half of the longest
        (0, 2, 0.5, 2.0),
    ],
)
def test_a_rate_limit_waits_for_what_was_asked_and_a_growing_part_more(
    asked: int | None, deferrals: int, draw: float, seconds: float
) -> None:
    error = BattleNetRateLimited(None if asked is None else timedelta(seconds=asked))
    assert after(error, deferrals=deferrals, draw=draw) == TryAgain(timedelta(seconds=seconds), counts=False)


@settings(deadline=None)
@given(st.integers(0, 3600), st.integers(0, 10_000), st.floats(0, 1, exclude_max=True), st.integers(1, 10))
def test_a_rate_limited_request_waits_at_least_retry_after_and_is_never_given_up(
    asked: int, deferrals: int, draw: float, attempt: int
) -> None:
    again = after(BattleNetRateLimited(timedelta(seconds=asked)), attempt=attempt, deferrals=deferrals, draw=draw)
    assert again is not None
    assert timedelta(seconds=asked) <= again.backoff <= timedelta(seconds=asked + 30)
    assert not again.counts


@pytest.mark.parametrize(
    "error",
    [
        BattleNetCharacterHidden(found=True),
        BattleNetCharacterHidden(found=False),
        BattleNetAnswerUnreadable(),
        BattleNetCredentialsRefused(),
        BattleNetError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_answer_that_will_not_change_is_not_asked_for_again(error: BattleNetError) -> None:
    assert after(error) is None
