"""What a process does with what it has leased."""

import math

import pytest

from character_sync.adapters.battle_net.lease_script import HOLD, MICRO, Answer, Strike
from character_sync.adapters.battle_net.leased_places import LeasedPlaces
from character_sync.adapters.battle_net.request_places import LONGEST_DEPARTURE, SECOND, Windows

REDIS_NOW = 1_790_000_000 * MICRO


def answer(*spans):
    """Return an answer with a lease for each span, in seconds from Redis' now."""
    leases = [(f"permit-{number}", span * MICRO) for number, span in enumerate(spans)]
    return Answer(
        now=str(REDIS_NOW),
        minute=7,
        leases=leases or {},
        again=0,
        gate=0,
        strike=Strike("", 0, 1),
        left_second=0,
        left_hour=0,
        waiting=[0, 0, 0],
        outcomes={},
        asked=1,
    )


@pytest.fixture
def places():
    return LeasedPlaces(Windows([(10, SECOND)]))


def test_without_a_lease_nobody_may_go(places):
    assert places.wait(100, 1) == math.inf


def test_a_lease_is_used_no_sooner_than_its_time_on_the_slowest_reading_of_redis_clock(places):
    places.hear(answer(0.05), asked=100, answered=100.02)
    assert places.wait(100.02, 1) == pytest.approx(0.05)


def test_a_departure_is_told_on_the_fastest_reading_of_redis_clock(places):
    places.hear(answer(0), asked=100, answered=100.02)
    places.take(100.02)
    places.sent(100.05)
    sent, unused, loose = places.tell()
    assert [(name, at - REDIS_NOW) for name, at in sent] == [("permit-0", pytest.approx(50_000, abs=2))]
    assert (unused, loose) == ([], 0)


def test_an_unused_lease_goes_back_with_its_own_time(places):
    places.hear(answer(0.05), asked=100, answered=100.02)
    assert places.wait(100.05 + HOLD, 1) == math.inf
    assert places.tell()[1] == [("permit-0", REDIS_NOW + 50_000, 7)]


def test_an_answer_that_came_too_late_gives_nothing_to_use(places):
    places.hear(answer(0), asked=100, answered=100.01 + HOLD)
    assert places.wait(100.01 + HOLD, 1) == math.inf


def test_the_lease_of_a_request_that_is_not_made_is_used_by_the_next(places):
    places.hear(answer(0), asked=100, answered=100)
    places.take(100)
    places.give_back(100)
    assert places.wait(100, 1) <= 0
    assert not places.has_news


def test_leases_are_used_in_the_order_of_their_times(places):
    places.hear(answer(0.15), asked=100, answered=100)
    places.hear(answer(0.01), asked=100.05, answered=100.05)
    assert places.wait(100.05, 1) == pytest.approx(0.01)


def test_a_request_that_never_says_that_it_left_is_forgotten(places):
    places.hear(answer(0), asked=100, answered=100)
    places.take(100)
    places.drop_ended(100 + LONGEST_DEPARTURE)
    places.sent(106)
    assert not places.has_news


def test_what_nobody_heard_is_told_again(places):
    places.hear(answer(0, 0), asked=100, answered=100)
    places.take(100)
    places.sent(100)
    told = places.tell()
    assert not places.has_news
    places.untell(told)
    assert places.tell() == told


def test_alone_it_keeps_to_its_share_once_all_leases_are_over(places):
    places.go_alone(100, 1.5)
    assert places.wait(100, 1) == 1.5
    for _ in range(10):
        places.take(101.5)
        places.sent(101.5)
    assert places.wait(101.5, 1) == pytest.approx(SECOND)


def test_what_left_on_no_lease_is_told_when_redis_is_back(places):
    places.go_alone(100, 1.5)
    places.take(102)
    places.sent(102)
    places.take(102)
    assert places.loose(102.5 - SECOND) == 2
    places.hear(answer(), asked=102.5, answered=102.5)
    assert not places.is_alone
    assert places.tell() == ([], [], 1)
