"""How often one caller may ask."""

from datetime import timedelta

import pytest

from character_sync.domain.errors import TooManyRequests
from character_sync.entrypoints import rate_limits
from character_sync.entrypoints.rate_limits import RateLimit, network_of


class Watch:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def taken(limit: RateLimit, caller: str = "me", *, at_most: int = 10_000) -> int:
    for count in range(at_most):
        try:
            limit.take(caller)
        except TooManyRequests:
            return count
    return at_most


def test_a_minutes_worth_may_be_asked_for_at_once_and_no_more() -> None:
    assert taken(RateLimit(60, Watch())) == 60


@pytest.mark.parametrize(("seconds", "again"), [(0.5, 0), (1.0, 1), (10.0, 10), (60.0, 60), (600.0, 60)])
def test_the_bucket_fills_evenly_and_never_beyond_a_minute(seconds: float, again: int) -> None:
    watch = Watch()
    limit = RateLimit(60, watch)
    taken(limit)
    watch.seconds += seconds
    assert taken(limit) == again


def test_who_is_refused_learns_when_the_next_is_allowed() -> None:
    watch = Watch()
    limit = RateLimit(6, watch)
    taken(limit)
    with pytest.raises(TooManyRequests) as refused:
        limit.take("me")
    assert refused.value.retry_after == timedelta(seconds=10)
    watch.seconds += 10
    assert taken(limit) == 1


def test_refusals_do_not_make_the_wait_longer() -> None:
    watch = Watch()
    limit = RateLimit(60, watch)
    taken(limit)
    for _ in range(1000):
        assert taken(limit, at_most=1) == 0
    watch.seconds += 1
    assert taken(limit) == 1


def test_one_callers_requests_are_not_anothers() -> None:
    limit = RateLimit(5, Watch())
    taken(limit)
    assert taken(limit, "other") == 5


def test_no_limit_is_no_limit() -> None:
    assert taken(RateLimit(0, Watch())) == 10_000


def test_a_crowd_of_callers_takes_no_more_memory_than_is_set_aside() -> None:
    limit = RateLimit(5, Watch())
    for number in range(rate_limits.MOST_CALLERS + 100):
        limit.take(str(number))
    assert len(limit._full_at) == rate_limits.MOST_CALLERS


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1%eth0", "2001:db8:1:2::/64"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_what_an_address_is_counted_as(address: str, network: str) -> None:
    assert network_of(address) == network
