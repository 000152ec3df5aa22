"""When an account is synced by itself."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from character_sync.domain.errors import InvalidRequest
from character_sync.domain.schedules import (
    LEAD,
    SPREAD,
    Allowance,
    EveryHours,
    FreshBy,
    Off,
    Weekday,
    allowance,
    first_due,
    fresh_moments,
    next_due,
    step,
)
from fakes.characters import NOW

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
# With summer times of an hour and of half an hour, turned at midnight, at odd offsets, and none.
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "UTC"]

moments = st.timedeltas(timedelta(), timedelta(days=6 * 365)).map(
    lambda passed: datetime(2024, 1, 1, tzinfo=UTC) + passed
)
ids = st.uuids(version=4)
hours = st.builds(EveryHours, st.integers(1, 168))
raids = st.builds(
    FreshBy,
    st.sampled_from(Weekday),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from(ZONES),
)
rules = st.one_of(hours, raids)


def due_times(rule, id_, after, count):
    found = []
    for _ in range(count):
        after = next_due(rule, id_, after)
        found.append(after)
    return found


def test_what_is_off_is_never_due():
    assert next_due(Off(), uuid4(), NOW) is None
    assert step(Off(), uuid4(), NOW, NOW).next_due_at is None


@given(rules, ids, moments)
def test_the_next_due_time_lies_behind_and_is_the_same_wherever_it_is_asked_for(rule, id_, now):
    due = next_due(rule, id_, now)
    assert due > now
    assert due.tzinfo is UTC
    assert next_due(rule, UUID(str(id_)), now) == due
    assert next_due(rule, id_, due - timedelta(microseconds=1)) == due


@given(rules, ids, moments, st.floats(0, 1))
def test_no_due_time_is_passed_over_by_asking_from_in_between(rule, id_, now, part):
    due = next_due(rule, id_, now)
    between = now + (due - now) * part
    if between < due:
        assert next_due(rule, id_, between) == due


@given(hours, ids, moments)
def test_what_counts_hours_comes_once_in_each_period(rule, id_, now):
    times = due_times(rule, id_, now, 5)
    assert all(later - earlier == rule.period for earlier, later in pairwise(times))
    assert times[0] - now <= rule.period


def test_many_schedules_spread_over_their_period_and_not_on_full_hours():
    minutes = Counter(next_due(EveryHours(24), uuid4(), NOW).minute for _ in range(6_000))
    assert len(minutes) == 60
    assert max(minutes.values()) < 200  # 100 each on average


@given(raids, moments)
def test_a_raid_comes_once_a_week_on_its_weekday_where_the_raid_is(rule, now):
    zone = ZoneInfo(rule.time_zone)
    found = list(islice(fresh_moments(rule, now), 60))  # more than a year: both changes of the clocks are in it
    local = [moment.astimezone(zone) for moment in found]
    assert found[0] - now <= WEEK + 2 * HOUR
    assert all(abs(later - earlier - WEEK) <= HOUR for earlier, later in pairwise(found))
    ordinary = [moment for moment in local if moment.time() == rule.at]
    assert len(ordinary) >= 58  # but for the nights in which that time does not come
    assert {moment.weekday() for moment in ordinary} == {rule.weekday}


@given(raids, ids, moments)
def test_a_sync_begins_early_enough_before_the_raid(rule, id_, now):
    due = next_due(rule, id_, now)
    fresh = next(fresh_moments(rule, due + LEAD - timedelta(microseconds=1)))
    assert LEAD <= fresh - due <= LEAD + SPREAD


@pytest.mark.parametrize(
    ("zone", "at", "around", "moment"),
    [
        # 2027-03-28: the clocks of Berlin go from 02:00 to 03:00, so 02:30 does not come.
        ("Europe/Berlin", time(2, 30), datetime(2027, 3, 27, tzinfo=UTC), datetime(2027, 3, 28, 0, 30, tzinfo=UTC)),
        # 2027-10-31: they go back from 03:00 to 02:00, so 02:30 comes twice; the first is in summer time.
        ("Europe/Berlin", time(2, 30), datetime(2027, 10, 30, tzinfo=UTC), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        ("America/New_York", time(2, 30), datetime(2027, 3, 13, tzinfo=UTC), datetime(2027, 3, 14, 6, 30, tzinfo=UTC)),
        ("America/New_York", time(1, 30), datetime(2027, 11, 6, tzinfo=UTC), datetime(2027, 11, 7, 5, 30, tzinfo=UTC)),
        # Half an hour forward and back, on an island that is ahead of all others.
        (
            "Australia/Lord_Howe",
            time(2, 15),
            datetime(2027, 10, 1, tzinfo=UTC),
            datetime(2027, 10, 2, 15, 15, tzinfo=UTC),
        ),
        (
            "Australia/Lord_Howe",
            time(1, 45),
            datetime(2027, 4, 2, tzinfo=UTC),
            datetime(2027, 4, 3, 14, 45, tzinfo=UTC),
        ),
    ],
)
def test_where_the_clocks_change_the_earlier_reading_counts(zone, at, around, moment):
    assert next(fresh_moments(FreshBy(Weekday.SUNDAY, at, zone), around)) == moment


@given(raids, moments)
def test_no_reading_of_a_raids_time_is_earlier_than_the_moment_it_is_fresh_by(rule, now):
    zone = ZoneInfo(rule.time_zone)
    moment = next(fresh_moments(rule, now))
    near = [moment.astimezone(zone).date() + timedelta(days=days) for days in (-1, 0, 1)]
    [day] = [day for day in near if day.weekday() == rule.weekday]
    readings = [datetime.combine(day, rule.at, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    assert moment == min(readings)


@given(rules, ids, moments, st.timedeltas(timedelta(), timedelta(days=60)))
def test_every_due_time_is_dealt_with_or_counted_as_missed(rule, id_, now, late):
    due = next_due(rule, id_, now)
    following = step(rule, id_, due, due + late)
    assert following.next_due_at > due + late
    assert due_times(rule, id_, due, following.missed + 1)[-1] == following.next_due_at


@given(hours, ids, moments, st.timedeltas(timedelta(), timedelta(days=60)))
def test_after_a_late_one_the_next_keeps_half_a_period_of_distance(rule, id_, now, late):
    due = next_due(rule, id_, now)
    assert step(rule, id_, due, due + late).next_due_at - (due + late) >= rule.period / 2


def test_in_time_nothing_is_missed():
    id_ = uuid4()
    due = next_due(EveryHours(6), id_, NOW)
    assert step(EveryHours(6), id_, due, due + timedelta(minutes=5)).missed == 0


@given(hours, hours, ids, moments)
def test_changing_a_schedule_to_and_fro_makes_no_more_syncs(one, other, id_, now):
    assert first_due(one, id_, now, last_run_at=now) - now >= one.period / 2
    assert first_due(other, id_, now, last_run_at=now) - now >= other.period / 2


@pytest.mark.parametrize("count", [0, 169, -1])
def test_hours_that_make_no_sense_are_refused(count):
    with pytest.raises(InvalidRequest, match="hours"):
        EveryHours(count)


@pytest.mark.parametrize("name", ["", "Azeroth/Orgrimmar", "../../etc/passwd", "europe/berlin\x00"])
def test_a_time_zone_nobody_knows_is_refused(name):
    with pytest.raises(InvalidRequest, match="timeZone"):
        FreshBy(Weekday.MONDAY, time(20), name)


def room(**about):
    usual = {"per_hour": 36_000, "share": 0.5, "spent": 0, "left": 36_000, "at_once": 10, "unfinished": 0}
    return allowance(**{**usual, **about})


def test_scheduled_syncs_may_use_their_share_of_the_hour():
    assert room().requests == 18_000
    assert room(spent=17_000).requests == 1_000


def test_of_what_is_left_of_the_hour_the_others_keep_their_share():
    assert room(left=1_000).requests == 500


def test_without_a_limit_only_the_places_count():
    assert room(per_hour=0, left=None).requests == float("inf")
    assert room(per_hour=0, left=None, unfinished=4).syncs == 6
    assert room(unfinished=40).syncs == 0


def test_one_that_does_not_fit_is_not_overtaken_by_smaller_ones():
    assert Allowance(10, 100, at_least_one=False).affordable([60, 60, 1]) == 1
    assert Allowance(10, 100, at_least_one=False).affordable([101, 1]) == 0


def test_one_that_costs_more_than_the_share_begins_when_nothing_else_was_spent():
    assert Allowance(10, 100, at_least_one=True).affordable([500, 1]) == 1
    assert Allowance(0, 100, at_least_one=True).affordable([500, 1]) == 0
