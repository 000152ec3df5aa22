"""The JSON of schedules: when an account is synced by itself, and what came of it."""

from datetime import time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from character_sync.domain.schedules import LATE_AFTER, MOST_HOURS, EveryHours, FreshBy, Off, Rule, Weekday
from character_sync.ports import BattleNetLink, Schedule
from character_sync.schemas.base import Answer, Maybe, Moment, Request

DAILY = 24  # hours

WeekdayName = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="`HH:MM`, in 24 hours.")]


class SetOff(Request):
    mode: Literal["off"]


class SetDaily(Request):
    mode: Literal["daily"]


class SetHours(Request):
    mode: Literal["hours"]
    hours: int = Field(ge=1, le=MOST_HOURS)


class SetFreshBy(Request):
    """`timeZone` is a name of the IANA database, like `Europe/Berlin`."""

    mode: Literal["fresh_by"]
    weekday: WeekdayName
    time: TimeOfDay
    time_zone: str = Field(min_length=1, max_length=64)


SetScheduleBody = Annotated[SetOff | SetDaily | SetHours | SetFreshBy, Field(discriminator="mode")]
"""`PUT /schedules/{gameVersion}/{region}`."""


def rule_of(body: SetOff | SetDaily | SetHours | SetFreshBy) -> Rule:
    """Raises InvalidRequest: there is no such time zone."""
    match body:
        case SetOff():
            return Off()
        case SetDaily():
            return EveryHours(DAILY)
        case SetHours():
            return EveryHours(body.hours)
        case SetFreshBy():
            return FreshBy(Weekday[body.weekday.upper()], time.fromisoformat(body.time), body.time_zone)


class ListPaused(Answer):
    """Nothing has been listed since then; the player has to sign in again. What is held is still enriched."""

    reason: Literal["sign_in_again"] = "sign_in_again"
    since: Moment


class ScheduleAnswer(Answer):
    """A schedule. What has not happened yet is left out.

    `lastOutcome` is one of `started`, `list_frozen`, `joined`, `held_back`, `nothing_held` and `not_offered`; more may be
    added. `problem` is the code of the error for which the due time of now had to be put off. `missed` counts due times
    that passed without a sync of their own.
    """

    game_version: str
    region: str
    mode: Literal["off", "daily", "hours", "fresh_by"]
    hours: Maybe[int] = None
    weekday: Maybe[WeekdayName] = None
    time: Maybe[str] = None
    time_zone: Maybe[str] = None
    next_due_at: Moment | None
    last_due_at: Maybe[Moment] = None
    last_run_at: Maybe[Moment] = None
    last_session_id: Maybe[UUID] = None
    last_outcome: Maybe[str] = None
    late_seconds: Maybe[int] = None
    was_late: bool
    missed: int
    problem: Maybe[str] = None
    list_paused: Maybe[ListPaused] = None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, schedule: Schedule, link: BattleNetLink) -> "ScheduleAnswer":
        late = timedelta(seconds=schedule.late_seconds or 0)
        return cls(
            game_version=schedule.game_version,
            region=schedule.region.value,
            **_rule_fields(schedule.rule),
            next_due_at=schedule.next_due_at,
            last_due_at=schedule.last_due_at,
            last_run_at=schedule.last_run_at,
            last_session_id=schedule.last_session_id,
            last_outcome=schedule.last_outcome.value if schedule.last_outcome else None,
            late_seconds=schedule.late_seconds,
            was_late=late >= LATE_AFTER,
            missed=schedule.missed,
            problem=schedule.problem,
            list_paused=_paused(schedule, link),
            created_at=schedule.created_at,
            updated_at=schedule.updated_at,
        )


class ExportedSchedule(ScheduleAnswer):
    """A schedule, and when its player said that they know of the end of their sign-in."""

    list_frozen_since: Moment | None
    notice_seen_at: Moment | None

    @classmethod
    def held(cls, schedule: Schedule, link: BattleNetLink) -> "ExportedSchedule":
        answer = ScheduleAnswer.of(schedule, link)
        return cls(
            **{name: getattr(answer, name) for name in ScheduleAnswer.model_fields},
            list_frozen_since=schedule.list_frozen_since,
            notice_seen_at=schedule.notice_seen_at,
        )


def _paused(schedule: Schedule, link: BattleNetLink) -> ListPaused | None:
    """Who has signed in again since is told nothing more, though the next listing is still to come."""
    if schedule.list_frozen_since is None or link.status == "valid":
        return None
    return ListPaused(since=schedule.list_frozen_since)


def notice_of(schedules: list[Schedule], link: BattleNetLink) -> ListPaused | None:
    """Return what the player has to be told and has not said that they know: once for one end of their sign-in."""
    unseen = [s for s in schedules if s.notice_seen_at is None and _paused(s, link) is not None]
    since = [s.list_frozen_since for s in unseen if s.list_frozen_since is not None]
    return ListPaused(since=min(since)) if since else None


def _rule_fields(rule: Rule) -> dict[str, Any]:
    match rule:
        case Off():
            return {"mode": "off"}
        case EveryHours(hours=hours):
            return {"mode": "daily" if hours == DAILY else "hours", "hours": hours}
        case FreshBy():
            return {
                "mode": "fresh_by",
                "weekday": rule.weekday.name.lower(),
                "time": rule.at.strftime("%H:%M"),
                "time_zone": rule.time_zone,
            }
