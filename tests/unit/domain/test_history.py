"""Steps of a value, from the states in which it was seen."""

from datetime import timedelta

from character_sync.domain.game import Facet
from character_sync.domain.history import SeenState, ValueStep, steps
from fakes.characters import NOW

DAY = timedelta(days=1)


def seen(first: int, last: int) -> SeenState:
    return SeenState(first, Facet.PROFILE, NOW + first * DAY, NOW + last * DAY, None, None, "hash", 1)


def span(first: int, last: int) -> tuple[object, object]:
    return NOW + first * DAY, NOW + last * DAY


def test_a_state_was_seen_from_its_first_moment_to_its_last() -> None:
    state = seen(1, 3)
    assert [state.was_seen_at(NOW + day * DAY) for day in (0, 1, 2, 3, 4)] == [False, True, True, True, False]


def test_a_state_that_was_seen_once_was_seen_in_the_whole_of_that_millisecond() -> None:
    once = NOW.replace(microsecond=5_678)
    state = SeenState(1, Facet.PROFILE, once, once, None, None, "hash", 1)
    moments = (4_999, 5_000, 5_678, 5_999, 6_000)
    assert [state.was_seen_at(NOW.replace(microsecond=each)) for each in moments] == [False, True, True, True, False]


def test_a_value_that_stays_while_other_things_change_is_one_step_with_its_gaps() -> None:
    told = steps([(60, seen(0, 1)), (60, seen(2, 3)), (61, seen(5, 5))])
    assert told == [ValueStep(60, (span(0, 1), span(2, 3))), ValueStep(61, (span(5, 5),))]


def test_a_value_that_comes_back_is_another_step() -> None:
    assert [step.value for step in steps([(60, seen(0, 0)), (61, seen(1, 1)), (60, seen(2, 2))])] == [60, 61, 60]


def test_a_state_that_does_not_tell_the_value_ends_a_step() -> None:
    told = steps([(None, seen(0, 0)), (60, seen(1, 1)), (None, seen(2, 2)), (60, seen(3, 3))])
    assert [step.value for step in told] == [60, 60]
