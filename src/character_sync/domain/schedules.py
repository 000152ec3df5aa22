"""When an account is synced by itself: the rules a player chooses from, and the moments each of them means. Pure.

Every schedule has a place of its own inside its period, which its id decides: many schedules of one rule spread evenly
over it, and never come together at full hours (what CCP had to ask aa-memberaudit for). The same id always means the same
moments, in every process and after every restart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import IntEnum, StrEnum
from functools import cache
from itertools import takewhile
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from character_sync.domain.errors import InvalidRequest

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)  # any moment: grids of hours are counted from here
MOST_HOURS = 7 * 24  # a week; rarer than that would hold characters close to Blizzard's 30 days
PLACES = 1_000_003  # into how many places a period is divided; a prime, so that no unit of time falls on them

LEAD = timedelta(minutes=30)
"""A sync "fresh by" a moment begins at least so long before: twice what 300 characters are given, waits included."""

SPREAD = timedelta(hours=1)
"""Syncs "fresh by" the same moment begin spread over so long before the lead: raids begin at the same full hours."""

FIRST_COST = 161
"""What the first sync of a schedule is taken to cost, in requests: a listing and forty characters of four facets."""

LATE_AFTER = timedelta(minutes=10)
"""A sync that begins so long after its time was late: more than a round's wait, and less than the lead."""


class Weekday(IntEnum):
    """As `date.weekday()` counts."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Off:
    """Never by itself."""


@dataclass(frozen=True, slots=True)
class EveryHours:
    """Once in so many hours, at a moment of the period that is the schedule's own. 24 is daily."""

    hours: int

    def __post_init__(self) -> None:
        if not 1 <= self.hours <= MOST_HOURS:
            raise InvalidRequest("hours", f"hours must be from 1 to {MOST_HOURS}.")

    @property
    def period(self) -> timedelta:
        return timedelta(hours=self.hours)


@dataclass(frozen=True, slots=True)
class FreshBy:
    """Once a week, ended by a time of day in a time zone: before the raid."""

    weekday: Weekday
    at: time
    time_zone: str

    def __post_init__(self) -> None:
        if self.time_zone not in known_time_zones():
            raise InvalidRequest(
                "timeZone", "timeZone must be a name of the IANA time zone database, like Europe/Berlin."
            )


Rule = Off | EveryHours | FreshBy


@cache
def known_time_zones() -> frozenset[str]:
    """Return the names of the system's time zone database, read once."""
    return frozenset(available_timezones())


class Outcome(StrEnum):
    """What came of a due time."""

    STARTED = "started"
    LIST_FROZEN = "list_frozen"  # the player's sign-in has ended: what is held was enriched, nothing listed
    JOINED = "joined"  # a sync of the same characters ran already
    HELD_BACK = "held_back"  # nobody has been here for a long time
    NOTHING_HELD = "nothing_held"  # nothing could be listed, and no character is held
    NOT_OFFERED = "not_offered"  # the operator has removed the game version


def next_due(rule: Rule, schedule_id: UUID, after: datetime) -> datetime | None:
    """Return the first moment after `after` at which a schedule is due, in UTC; None when it never is."""
    return next(_due_times(rule, schedule_id, after), None)


def first_due(rule: Rule, schedule_id: UUID, now: datetime, last_run_at: datetime | None) -> datetime | None:
    """Return when a schedule is due that is set now.

    One that counts hours waits at least half its period after its last run: changing it to and fro makes no more syncs.
    """
    if isinstance(rule, EveryHours) and last_run_at is not None:
        return next_due(rule, schedule_id, max(now, last_run_at + rule.period / 2))
    return next_due(rule, schedule_id, now)


@dataclass(frozen=True, slots=True)
class ScheduleStep:
    """Where a schedule goes from a due time: `missed` are the due times in between that never get a run."""

    next_due_at: datetime | None
    missed: int


def step(rule: Rule, schedule_id: UUID, due: datetime, now: datetime) -> ScheduleStep:
    """Return what follows a due time that was dealt with now, however late: once, and the missed ones are counted."""
    following = first_due(rule, schedule_id, now, last_run_at=now)
    if following is None:
        return ScheduleStep(None, 0)
    if isinstance(rule, EveryHours):
        return ScheduleStep(following, max(0, round((following - due) / rule.period) - 1))
    return ScheduleStep(
        following, sum(1 for _ in takewhile(lambda moment: moment < following, _due_times(rule, schedule_id, due)))
    )


def fresh_moments(rule: FreshBy, after: datetime) -> Iterator[datetime]:
    """Yield the moments by which it is to be fresh, in UTC, from the first after `after` on.

    Where the clocks go back the time comes twice, and the first one counts; where they go forward it may not come at all,
    and it counts as if the clocks had gone forward before it: always the earlier of the two readings.
    """
    zone = ZoneInfo(rule.time_zone)
    day = after.astimezone(zone).date() - timedelta(days=1)  # its moment may lie behind `after` in another reading
    day += timedelta(days=(rule.weekday - day.weekday()) % 7)
    while True:
        local = datetime.combine(day, rule.at, zone)
        moment = min(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        if moment > after:
            yield moment
        day += timedelta(days=7)


def _due_times(rule: Rule, schedule_id: UUID, after: datetime) -> Iterator[datetime]:
    place = (schedule_id.int % PLACES) / PLACES

    def own(span: timedelta) -> timedelta:
        return timedelta(seconds=int(place * span.total_seconds()))  # whole seconds, as players are told it

    match rule:
        case Off():
            return
        case EveryHours(period=period):
            first = EPOCH + own(period)
            moment = first + ((after - first) // period + 1) * period
            while True:
                yield moment
                moment += period
        case FreshBy():
            lead = LEAD + own(SPREAD)
            for fresh in fresh_moments(rule, after + lead):
                yield fresh - lead


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many more scheduled syncs may begin now, and how many requests they may cost together."""

    syncs: int
    requests: float
    at_least_one: bool

    def affordable(self, costs: Sequence[int]) -> int:
        """Return how many of these may begin, from the first on: one that does not fit is not overtaken by smaller ones.

        While nothing was spent, one may begin whatever it costs, or it never would.
        """
        taken, left = 0, self.requests
        for cost in costs[: self.syncs]:
            if cost > left and not (self.at_least_one and taken == 0):
                break
            taken, left = taken + 1, left - cost
        return taken


def allowance(*, per_hour: int, share: float, spent: int, left: int | None, at_once: int, unfinished: int) -> Allowance:
    """Return what a round may begin.

    Args:
        per_hour: Battle.net's limit; 0 is none.
        share: The part of it that scheduled syncs may use.
        spent: What scheduled syncs that began within the last hour cost at most.
        left: What is left of the limit now, of all lanes; None without a limit. Scheduled syncs leave the others their
            share of it too, or a burst of theirs would empty the hour.
        at_once: How many scheduled syncs may be unfinished at a time. They hold a worker's places, which players' own
            syncs need.
        unfinished: How many are, begun ones that are not saved yet included.
    """
    requests = float("inf")
    if per_hour:
        requests = min(share * per_hour - spent, share * left if left is not None else float("inf"))
    return Allowance(max(0, at_once - unfinished), requests, at_least_one=spent == 0)
