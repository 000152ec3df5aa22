"""Who goes next."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from character_sync.adapters.battle_net.request_lanes import FROM_BELOW, RequestLanes
from character_sync.ports import Lane, Turn

LETTERS = {"i": Lane.INTERACTIVE, "f": Lane.FIRST_SYNC, "s": Lane.SCHEDULED}


def lanes_of(waiting):
    """Return lanes in which these wait: a letter is a lane, and a session of it."""
    lanes = RequestLanes()
    for number, letter in enumerate(waiting):
        lanes.add(Turn(LETTERS[letter], letter), (letter, number))
    return lanes


def served(lanes, times):
    return "".join(lanes.take()[0] for _ in range(times))


def test_the_lowest_lane_goes_first():
    assert served(lanes_of("sfisfi"), 6) == "iiffss"


def test_every_sixteenth_place_goes_to_a_lane_that_waits_behind_others():
    assert served(lanes_of("i" * 60 + "s" * 3), 3 * FROM_BELOW) == ("i" * (FROM_BELOW - 1) + "s") * 3


def test_the_places_from_below_go_to_the_lane_that_has_gone_longest_without_one():
    order = served(lanes_of("i" * 80 + "f" * 5 + "s" * 5), 4 * FROM_BELOW)
    assert order.replace("i", "") == "sfsf"


def test_sessions_of_one_lane_take_turns():
    lanes = RequestLanes()
    for holder, times in (("sixty", 60), ("three", 3)):
        for number in range(times):
            lanes.add(Turn(Lane.FIRST_SYNC, holder), (holder, number))
    assert [lanes.take()[0] for _ in range(6)] == ["sixty", "three"] * 3


def test_one_that_no_longer_waits_is_taken_out_once():
    lanes = lanes_of("if")
    turn = Turn(Lane.INTERACTIVE, "i")
    assert lanes.remove(turn, ("i", 0))
    assert not lanes.remove(turn, ("i", 0))
    assert served(lanes, 1) == "f"
    assert not lanes


def test_ahead_are_the_lower_lanes_and_as_many_of_each_other_session_as_wait_of_its_own():
    lanes = RequestLanes()
    for holder, lane, times in (("p", Lane.INTERACTIVE, 2), ("a", Lane.FIRST_SYNC, 9), ("b", Lane.FIRST_SYNC, 3)):
        for number in range(times):
            lanes.add(Turn(lane, holder), (holder, number))
    assert lanes.ahead_of(Turn(Lane.FIRST_SYNC, "b")) == 2 + 3
    assert lanes.ahead_of(Turn(Lane.FIRST_SYNC, "new")) == 2 + 1 + 1
    assert lanes.ahead_of(Turn(Lane.SCHEDULED, "late")) == 14


@given(st.lists(st.tuples(st.sampled_from(Lane), st.sampled_from("abc")), max_size=80), st.data())
def test_everyone_is_served_once_and_nobody_is_passed_over_for_long(asks, data):
    lanes = RequestLanes()
    waiting = []
    for number, (lane, holder) in enumerate(asks):
        lanes.add(Turn(lane, holder), number)
        waiting.append((number, lane))
        if data.draw(st.booleans()):
            taken = lanes.take()
            waiting = [one for one in waiting if one[0] != taken]
    assert lanes.waiting() == {lane: sum(its == lane for _, its in waiting) for lane in Lane}
    taken = [lanes.take() for _ in waiting]
    assert sorted(taken) == [number for number, _ in waiting]
    its_lane = dict(waiting)
    for lane in Lane:
        places = [place for place, number in enumerate(taken) if its_lane[number] is lane]
        # Two lanes may wait below, and each place from below goes to one of them.
        assert all(after - before <= 2 * FROM_BELOW for before, after in pairwise(places))
