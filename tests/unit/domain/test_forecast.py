"""How long it will still take."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from character_sync.domain.forecast import LONGEST, Forecast, seconds_left, smoothed


def left(remaining=100, *, own_pace=None, ahead=0, pace=None, gate=0.0):
    return seconds_left(remaining, own_pace=own_pace, ahead=ahead, pace=pace, gate=gate)


def test_nothing_is_said_where_nothing_is_known():
    assert left() is None


def test_what_is_queued_ahead_counts_until_its_own_pace_is_known():
    assert left(ahead=300, pace=100) == 4
    assert left(ahead=300, pace=100, own_pace=50) == 2


def test_a_closed_gate_is_added():
    assert left(own_pace=50, gate=7) == 9


def test_with_nothing_left_it_is_over():
    assert left(0, gate=7) == 0


def test_an_estimate_past_any_deadline_is_cut():
    assert left(own_pace=1e-9) == LONGEST


@given(
    st.integers(1, 10_000), st.floats(0.01, 1_000), st.integers(0, 10_000), st.floats(0.01, 1_000), st.floats(0, 900)
)
def test_less_work_never_takes_longer(remaining, own_pace, ahead, pace, gate):
    for own in (None, own_pace):
        more = left(remaining + 1, own_pace=own, ahead=ahead, pace=pace, gate=gate)
        assert left(remaining, own_pace=own, ahead=ahead, pace=pace, gate=gate) <= more


def test_an_estimate_falls_with_the_time_that_passes():
    assert smoothed(10.0, 2.0, 8.0) == 8


def test_a_better_one_is_followed_part_of_the_way():
    assert smoothed(10.0, 0.0, 5.0) == pytest.approx(8.5)


def test_a_slightly_worse_one_is_not_worth_a_rise():
    assert smoothed(10.0, 0.0, 11.0) == 10


def test_a_much_worse_one_is_followed_part_of_the_way():
    assert smoothed(10.0, 0.0, 20.0) == pytest.approx(13)


def forecast_of(pace_at, *, total=240, step=0.25, facets=4):
    """Return what is told each `step` of a sync session whose requests are made at `pace_at(moment)` per second."""
    forecast, told, made, moment = Forecast(), [], 0.0, 1_000.0
    while made < total:
        told.append(
            forecast.update(
                moment, made=int(made // facets) * facets, remaining=total - int(made), ahead=0, pace=None, gate=0
            )
        )
        made += pace_at(moment - 1_000) * step
        moment += step
    return told


def test_nothing_is_said_in_the_first_second():
    assert forecast_of(lambda _: 24)[:4] == [None] * 4


def test_at_an_even_pace_it_only_falls_and_ends_near_zero():
    told = [seconds for seconds in forecast_of(lambda _: 24) if seconds is not None]
    assert told[0] == pytest.approx(9, abs=1)
    assert told == sorted(told, reverse=True)
    assert told[-1] <= 1


def test_at_the_budgets_bursts_it_does_not_jump():
    told = [seconds for seconds in forecast_of(lambda t: 96 if t % 1 < 0.25 else 0, total=960) if seconds is not None]
    assert max(after - before for before, after in pairwise(told)) <= 2


def test_a_closed_gate_does_not_spoil_the_measured_pace():
    forecast = Forecast()
    for second in range(5):
        forecast.update(second, made=20 * second, remaining=200 - 20 * second, ahead=0, pace=None, gate=0)
    for second in range(5, 60):
        told = forecast.update(second, made=80, remaining=120, ahead=0, pace=None, gate=60 - second)
    assert told == pytest.approx(7, abs=1)
