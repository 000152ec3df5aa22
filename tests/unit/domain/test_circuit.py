"""When a part of Battle.net is left alone, and how it is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from character_sync.domain.circuit import Answered, Circuit, CircuitPolicy, Condition, Passage, Place

POLICY = CircuitPolicy(window=30, minimum=10, rate=0.8, first_wait=5, longest_wait=60)
WELL, WRONGLY, NOTHING = Answered.WELL, Answered.WRONGLY, Answered.NOTHING


def closed(policy=POLICY):
    return Circuit(policy)


def answer(circuit, now, *answers, draw=0.0):
    for one in answers:
        passage = circuit.passage(now)
        assert passage is not None
        circuit.answered(passage, one, now, draw)
    return circuit


def opened(now=0.0):
    return answer(closed(), now, *[WRONGLY] * 10)


def test_it_opens_when_most_of_enough_answers_went_wrong():
    circuit = answer(closed(), 0, *[WRONGLY] * 9)
    assert circuit.condition(0) is Condition.CLOSED
    answer(circuit, 0, WRONGLY)
    assert circuit.condition(0) is Condition.OPEN
    assert circuit.passage(4.9) is None
    assert circuit.wait(1) == 4


def test_some_trouble_among_many_good_answers_is_for_the_retries():
    circuit = answer(closed(), 0, *([WRONGLY] * 2 + [WELL]) * 50)
    assert circuit.condition(0) is Condition.CLOSED


def test_what_lies_longer_back_than_the_window_does_not_count():
    circuit = answer(closed(), 0, *[WRONGLY] * 9)
    assert answer(circuit, 30, WRONGLY).condition(30) is Condition.CLOSED


def test_good_answers_of_long_ago_do_not_hide_trouble():
    circuit = answer(closed(), 0, *[WELL] * 500)
    assert answer(circuit, 31, *[WRONGLY] * 10).condition(31) is Condition.OPEN


def test_a_refusal_for_being_too_many_says_nothing():
    assert answer(closed(), 0, *[NOTHING] * 50, *[WRONGLY] * 9).condition(0) is Condition.CLOSED


def test_after_the_wait_one_probe_goes_and_the_others_stay():
    circuit = opened()
    assert circuit.condition(5) is Condition.HALF_OPEN
    assert circuit.passage(5) is Passage.PROBE
    assert circuit.passage(5) is None
    assert circuit.wait(5) is None


def test_a_good_probe_closes_and_the_trouble_is_forgotten():
    circuit = answer(opened(), 5, WELL)
    assert circuit.condition(5) is Condition.CLOSED
    assert answer(circuit, 5, *[WRONGLY] * 9).condition(5) is Condition.CLOSED
    assert answer(circuit, 5, WRONGLY).wait(5) == 5


def test_each_bad_probe_doubles_the_wait_up_to_a_limit():
    circuit, now, waits = opened(), 0.0, []
    for _ in range(7):
        waits.append(circuit.wait(now))
        now += circuit.wait(now)
        answer(circuit, now, WRONGLY)
    assert waits == [5, 10, 20, 40, 60, 60, 60]


@given(st.floats(0, 1, exclude_max=True))
def test_a_wait_is_jittered_by_a_quarter_at_most(draw):
    wait = answer(closed(), 0, *[WRONGLY] * 10, draw=draw).wait(0)
    assert 5 <= wait <= 6.25


def test_a_probe_that_nobody_waits_for_any_more_makes_room_for_the_next():
    circuit = answer(opened(), 5, NOTHING)
    assert circuit.condition(5) is Condition.HALF_OPEN
    assert circuit.passage(5) is Passage.PROBE


def test_answers_to_what_was_sent_before_it_opened_change_nothing():
    circuit = closed()
    early = [circuit.passage(0) for _ in range(30)]
    for passage in early[:10]:
        circuit.answered(passage, WRONGLY, 0, 0)
    for passage in early[10:]:
        circuit.answered(passage, WELL, 1, 0)
    assert circuit.condition(1) is Condition.OPEN
    assert circuit.passage(5) is Passage.PROBE
    circuit.answered(Passage.ORDINARY, WELL, 5, 0)
    assert circuit.passage(5) is None


def test_what_an_operator_has_opened_stays_open_until_they_close_it():
    circuit = closed()
    circuit.is_forced = True
    assert (circuit.condition(1e9), circuit.passage(1e9), circuit.wait(1e9)) == (Condition.OPEN, None, None)
    circuit.is_forced = False
    assert circuit.passage(1e9) is Passage.ORDINARY


def test_closing_it_forgets_what_has_opened_it():
    circuit = opened()
    circuit.close()
    assert circuit.passage(0) is Passage.ORDINARY


def test_without_a_minimum_it_never_opens_by_itself():
    assert answer(closed(CircuitPolicy(minimum=0)), 0, *[WRONGLY] * 99).condition(0) is Condition.CLOSED


@given(st.lists(st.tuples(st.floats(0, 20), st.sampled_from(Answered), st.floats(0, 1, exclude_max=True)), max_size=80))
def test_there_is_never_more_than_one_probe_and_always_a_way_on(story):
    circuit, now, out = closed(), 0.0, []
    for passed, what, draw in story:
        now += passed
        passage = circuit.passage(now)
        if passage is not None:
            out.append(passage)
        assert out.count(Passage.PROBE) <= 1
        if passage is None and not out:
            wait = circuit.wait(now)
            assert wait is not None
            assert 0 < wait <= 75
        if out and draw < 0.7:
            circuit.answered(out.pop(0), what, now, draw)


@pytest.mark.parametrize(
    ("pattern", "covers"),
    [
        (Place("eu", "profile-eu", "profile"), True),
        (Place("*", "*", "*"), True),
        (Place("eu", "*", "profile"), True),
        (Place("us", "*", "*"), False),
        (Place("eu", "*", "media"), False),
        (Place("*", "profile-classic1x-eu", "*"), False),
    ],
)
def test_a_place_is_covered_by_its_name_and_by_stars(pattern, covers):
    assert pattern.covers(Place("eu", "profile-eu", "profile")) is covers
