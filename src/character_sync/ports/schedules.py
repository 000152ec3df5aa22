"""What is kept of schedules: when accounts are synced by themselves, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from character_sync.domain.game import Region
from character_sync.domain.schedules import Allowance, Outcome, Rule
from character_sync.ports.basics import UserId


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as its player reads it.

    Attributes:
        last_due_at: The due time that was dealt with last.
        last_run_at: When a sync was last begun for it.
        late_seconds: How long after its due time that was dealt with.
        missed: Due times, in all its life, that passed without a sync of their own: the service was down.
        problem: The code of the error for which the due time of now had to be put off.
        list_frozen_since: When the player's sign-in ended, if nothing could be listed for that since.
        notice_seen_at: When the player said that they know.
    """

    id: UUID
    game_version: str
    region: Region
    rule: Rule
    created_at: datetime
    updated_at: datetime
    next_due_at: datetime | None = None
    last_due_at: datetime | None = None
    last_run_at: datetime | None = None
    last_session_id: UUID | None = None
    last_outcome: Outcome | None = None
    late_seconds: int | None = None
    missed: int = 0
    problem: str | None = None
    list_frozen_since: datetime | None = None
    notice_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueSchedule:
    """A schedule that one process has taken to deal with, for a time. `due_at` is the time it is due for."""

    id: UUID
    owner: UserId
    game_version: str
    region: Region
    rule: Rule
    due_at: datetime
    list_frozen_since: datetime | None


@dataclass(frozen=True, slots=True)
class Dealt:
    """What came of a due time. `cost` is what a sync that was begun costs at most, in requests."""

    outcome: Outcome
    next_due_at: datetime | None
    missed: int
    session_id: UUID | None = None
    cost: int | None = None
    list_frozen_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScheduleLoad:
    """What scheduled syncs of all users use.

    `spent` is what those begun within the last hour cost, and those being begun; `unfinished` counts both.
    """

    spent: int
    unfinished: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Whether schedules are dealt with at all: of all users, for operators."""

    overdue: int
    oldest_overdue: timedelta
    last_due_at: datetime | None
    last_run_at: datetime | None


class DueTaken(Exception):
    """Another process has dealt with this due time, or the player has changed the schedule: begin nothing."""


class Schedules(Protocol):
    """Schedules, at most one for each user, game version and region."""

    async def all(self, owner: UserId) -> list[Schedule]:
        """Return them by game version and region."""

    async def find(self, owner: UserId, game_version: str, region: Region) -> Schedule | None: ...

    async def save(self, owner: UserId, schedule: Schedule) -> None:
        """Save its rule and its next due time; what came of earlier ones stays."""

    async def delete(self, owner: UserId, game_version: str, region: Region) -> None:
        """Raises NotFound."""

    async def see_notice(self, owner: UserId, now: datetime) -> None:
        """Remember that the player knows of the lists that are frozen now."""

    async def last_visit(self, owner: UserId) -> datetime | None:
        """Return when the player, or a program of theirs, was last here; to five minutes. None: never, as far as is held."""

    async def take_due(
        self, now: datetime, *, lease: timedelta, room: Callable[[ScheduleLoad], Allowance]
    ) -> Sequence[DueSchedule]:
        """Take due schedules, the longest due first, as many as there is room for; nobody else takes them for `lease`.

        Processes take one after the other, so that what one has taken is in the load the next one sees; one that finds
        another at it takes nothing. A process that dies with them has changed nothing: they are still due.
        """

    async def deal(self, due: DueSchedule, dealt: Dealt, now: datetime) -> None:
        """Write what came of a due time, in the transaction in which it comes to it. Raises DueTaken."""

    async def put_off(self, due: DueSchedule, until: datetime, problem: str) -> None:
        """Leave it due, and have nobody take it before `until`."""

    async def heartbeat(self, now: datetime) -> Heartbeat: ...


class ScheduleObserver(Protocol):
    """Told after the fact. Never raises."""

    def dealt(self, outcome: Outcome, *, late: bool, missed: int) -> None: ...

    def put_off(self) -> None: ...
