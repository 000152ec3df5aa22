"""What a 429 does to the pace."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from character_sync.adapters.battle_net.refusals import (
    CALM,
    ECHO,
    LONGEST_BACKOFF,
    LOWEST_RATE,
    RECOVERY,
    Throttle,
    refused,
)


def after(*moments, draw=1.0):
    """Return the throttle, and the waits, after refusals without a word at these moments."""
    throttle, waits = Throttle(), []
    for moment in moments:
        throttle, wait = refused(throttle, now=moment, asked=None, draw=draw)
        waits.append(wait)
    return throttle, waits


def test_what_battle_net_asks_is_done_and_changes_no_pace():
    assert refused(Throttle(), now=5, asked=7, draw=0.5) == (Throttle(), 7)


@pytest.mark.parametrize("asked", [None, 0])
def test_without_a_word_the_gate_closes_for_a_random_part_of_a_second(asked):
    _, wait = refused(Throttle(), now=5, asked=asked, draw=0.25)
    assert wait == 0.25


def test_the_first_refusal_keeps_the_rate():
    throttle, _ = after(100)
    assert throttle.rate(100) == 1


def test_the_longest_wait_doubles_with_each_refusal_up_to_a_minute():
    _, waits = after(*range(0, 90, 10))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_from_the_second_refusal_on_the_rate_halves():
    throttle, _ = after(100, 102)
    assert throttle.rate(102) == 0.5


def test_the_rate_grows_back_in_ten_seconds():
    throttle, _ = after(100, 102)
    assert throttle.rate(107) == pytest.approx(0.75)
    assert throttle.rate(112) == pytest.approx(1)
    assert throttle.rate(1_000) == 1


def test_refusals_of_requests_that_were_on_their_way_count_once():
    throttle, waits = after(100, 100.1, 100.2, 100 + ECHO - 0.01)
    assert throttle.strikes == 1
    assert waits == [1, 0, 0, 0]


def test_after_a_calm_minute_a_refusal_is_a_first_one():
    throttle, waits = after(100, 102, 102 + CALM)
    assert throttle == Throttle(1, 102 + CALM, 1.0)
    assert waits[-1] == 1


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 0.999), st.sampled_from([None, 3.0])), max_size=50))
def test_the_rate_stays_between_its_bounds_and_the_wait_under_a_minute(refusals):
    throttle, now = Throttle(), 0.0
    for passed, draw, asked in refusals:
        now += passed
        before = throttle.rate(now)
        throttle, wait = refused(throttle, now=now, asked=asked, draw=draw)
        assert LOWEST_RATE <= throttle.rate(now) <= before
        assert throttle.rate(now + 1 / RECOVERY) == 1
        assert 0 <= wait <= LONGEST_BACKOFF
