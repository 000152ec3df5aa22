"""Schedules: one row for each user, game version and region, and a due time dealt with by whoever moves it on."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.schedule_tables import sync_schedules
from character_sync.adapters.database.tables import (
    access_tokens,
    battle_net_tokens,
    browser_sign_ins,
    character_sync_sessions,
    is_active,
    users,
)
from character_sync.domain.errors import NotFound
from character_sync.domain.game import Region
from character_sync.domain.schedules import FIRST_COST, Allowance, EveryHours, FreshBy, Off, Outcome, Rule, Weekday
from character_sync.domain.sync_session import SessionKind
from character_sync.ports import Dealt, DueSchedule, DueTaken, Heartbeat, Schedule, ScheduleLoad, UserId

_ROW = sync_schedules.c
_HOUR = timedelta(hours=1)
_MOST_AT_ONCE = 500  # rows looked at in one round, whatever there is room for
_TAKING = 0x5C4ED01E5  # the number of the lock that processes take schedules under; any that nobody else uses


class DatabaseSchedules:
    """Implements the port `Schedules`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self, owner: UserId) -> list[Schedule]:
        query = select(sync_schedules).where(_ROW.user_id == owner).order_by(_ROW.game_version, _ROW.region)
        return [_schedule_of(row) for row in await self._connection.execute(query)]

    async def find(self, owner: UserId, game_version: str, region: Region) -> Schedule | None:
        query = select(sync_schedules).where(*_one(owner, game_version, region))
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _schedule_of(row)

    async def save(self, owner: UserId, schedule: Schedule) -> None:
        told = {
            **_columns_of(schedule.rule),
            "updated_at": schedule.updated_at,
            "next_due_at": schedule.next_due_at,
            "claimed_until": None,
            "problem": None,
        }
        where = _one(owner, schedule.game_version, schedule.region)
        changed = await self._connection.execute(update(sync_schedules).where(*where).values(told))
        if changed.rowcount:
            return
        await self._connection.execute(
            insert(sync_schedules).values(
                id=schedule.id,
                user_id=owner,
                game_version=schedule.game_version,
                region=schedule.region,
                created_at=schedule.created_at,
                last_cost=FIRST_COST,
                missed=0,
                **told,
            )
        )

    async def delete(self, owner: UserId, game_version: str, region: Region) -> None:
        deleted = await self._connection.execute(delete(sync_schedules).where(*_one(owner, game_version, region)))
        if deleted.rowcount == 0:
            raise NotFound

    async def see_notice(self, owner: UserId, now: datetime) -> None:
        unseen = and_(_ROW.user_id == owner, _ROW.list_frozen_since.is_not(None), _ROW.notice_seen_at.is_(None))
        await self._connection.execute(update(sync_schedules).where(unseen).values(notice_seen_at=now))

    async def last_visit(self, owner: UserId) -> datetime | None:
        visits = (
            select(func.max(browser_sign_ins.c.last_used_at)).where(browser_sign_ins.c.user_id == owner),
            select(func.max(access_tokens.c.last_used_at)).where(access_tokens.c.user_id == owner),
            select(battle_net_tokens.c.created_at).where(battle_net_tokens.c.user_id == owner),
            select(users.c.site_seen_at).where(users.c.id == owner),
        )
        # One by one: as an expression over all of them, the two databases have no function in common.
        moments = [(await self._connection.execute(query)).scalar_one_or_none() for query in visits]
        return max((moment for moment in moments if moment is not None), default=None)

    async def take_due(
        self, now: datetime, *, lease: timedelta, room: Callable[[ScheduleLoad], Allowance]
    ) -> Sequence[DueSchedule]:
        if not await self._is_alone_at_it():
            return []
        allowed = room(await self._load(now))
        if not allowed.syncs:
            return []
        due = await self._connection.execute(
            select(sync_schedules)
            .where(_ROW.next_due_at <= now, _is_free(now))
            .order_by(_ROW.next_due_at, _ROW.id)
            .limit(min(allowed.syncs, _MOST_AT_ONCE))
            .with_for_update(skip_locked=True)
        )
        rows = due.all()
        taken = rows[: allowed.affordable([row.last_cost for row in rows])]
        if taken:
            ids = [row.id for row in taken]
            await self._connection.execute(
                update(sync_schedules).where(_ROW.id.in_(ids)).values(claimed_until=now + lease, problem=None)
            )
        return [_due_of(row) for row in taken]

    async def _is_alone_at_it(self) -> bool:
        if self._connection.dialect.name == "sqlite":
            return True  # its writers wait for each other
        query = select(func.pg_try_advisory_xact_lock(_TAKING))
        return bool((await self._connection.execute(query)).scalar_one())

    async def _load(self, now: datetime) -> ScheduleLoad:
        session = character_sync_sessions.c
        unfinished = select(func.count()).where(
            is_active(session.status),
            session.kind == SessionKind.SCHEDULED,
        )
        begun = select(func.coalesce(func.sum(_ROW.last_cost), 0)).where(_ROW.last_run_at > now - _HOUR)
        beginning = select(func.count(), func.coalesce(func.sum(_ROW.last_cost), 0)).where(
            # One whose problem is told was put off, and is nobody's now.
            _ROW.next_due_at <= now,
            _ROW.claimed_until > now,
            _ROW.problem.is_(None),
        )
        in_hand, their_cost = (await self._connection.execute(beginning)).one()
        return ScheduleLoad(
            spent=(await self._connection.execute(begun)).scalar_one() + their_cost,
            unfinished=(await self._connection.execute(unfinished)).scalar_one() + in_hand,
        )

    async def deal(self, due: DueSchedule, dealt: Dealt, now: datetime) -> None:
        told: dict[str, Any] = {
            "next_due_at": dealt.next_due_at,
            "claimed_until": None,
            "problem": None,
            "last_due_at": due.due_at,
            "last_outcome": dealt.outcome,
            "late_seconds": int((now - due.due_at).total_seconds()),
            "missed": _ROW.missed + dealt.missed,
        }
        if dealt.session_id is not None:
            told["last_session_id"] = dealt.session_id
        if dealt.cost is not None:
            told |= {"last_run_at": now, "last_cost": dealt.cost}
        if dealt.outcome is Outcome.STARTED:
            told |= {"list_frozen_since": None, "notice_seen_at": None}
        elif dealt.list_frozen_since is not None:
            told |= {
                "list_frozen_since": dealt.list_frozen_since,
                "notice_seen_at": await self._seen(due.owner, dealt.list_frozen_since),
            }
        # The due time is the token: whoever moves it on has dealt with it, and nobody else can.
        written = await self._connection.execute(
            update(sync_schedules).where(_ROW.id == due.id, _ROW.next_due_at == due.due_at).values(told)
        )
        if written.rowcount == 0:
            raise DueTaken

    async def _seen(self, owner: UserId, since: datetime) -> datetime | None:
        """Return when the player saw the notice of this end of their sign-in, whichever schedule told it."""
        query = select(func.max(_ROW.notice_seen_at)).where(_ROW.user_id == owner, _ROW.list_frozen_since == since)
        seen_at: datetime | None = (await self._connection.execute(query)).scalar_one()
        return seen_at

    async def put_off(self, due: DueSchedule, until: datetime, problem: str) -> None:
        await self._connection.execute(
            update(sync_schedules)
            .where(_ROW.id == due.id, _ROW.next_due_at == due.due_at)
            .values(claimed_until=until, problem=problem)
        )

    async def heartbeat(self, now: datetime) -> Heartbeat:
        overdue = select(func.count(), func.min(_ROW.next_due_at)).where(_ROW.next_due_at <= now)
        count, oldest = (await self._connection.execute(overdue)).one()
        last = select(func.max(_ROW.last_due_at), func.max(_ROW.last_run_at))
        last_due_at, last_run_at = (await self._connection.execute(last)).one()
        return Heartbeat(count, now - oldest if oldest else timedelta(), last_due_at, last_run_at)


def _one(owner: UserId, game_version: str, region: Region) -> tuple[Any, ...]:
    return _ROW.user_id == owner, _ROW.game_version == game_version, _ROW.region == region


def _is_free(now: datetime) -> Any:
    return or_(_ROW.claimed_until.is_(None), _ROW.claimed_until <= now)


def _columns_of(rule: Rule) -> dict[str, Any]:
    nothing = {"hours": None, "weekday": None, "fresh_at": None, "time_zone": None}
    match rule:
        case Off():
            return {"mode": "off", **nothing}
        case EveryHours():
            return {"mode": "hours", **nothing, "hours": rule.hours}
        case FreshBy():
            at = rule.at.strftime("%H:%M")
            return {
                "mode": "fresh_by",
                **nothing,
                "weekday": rule.weekday.value,
                "fresh_at": at,
                "time_zone": rule.time_zone,
            }


def _rule_of(row: Row[Any]) -> Rule:
    match row.mode:
        case "hours":
            return EveryHours(row.hours)
        case "fresh_by":
            return FreshBy(Weekday(row.weekday), time.fromisoformat(row.fresh_at), row.time_zone)
        case _:
            return Off()


def _schedule_of(row: Row[Any]) -> Schedule:
    return Schedule(
        id=row.id,
        game_version=row.game_version,
        region=Region(row.region),
        rule=_rule_of(row),
        created_at=row.created_at,
        updated_at=row.updated_at,
        next_due_at=row.next_due_at,
        last_due_at=row.last_due_at,
        last_run_at=row.last_run_at,
        last_session_id=row.last_session_id,
        last_outcome=None if row.last_outcome is None else Outcome(row.last_outcome),
        late_seconds=row.late_seconds,
        missed=row.missed,
        problem=row.problem,
        list_frozen_since=row.list_frozen_since,
        notice_seen_at=row.notice_seen_at,
    )


def _due_of(row: Row[Any]) -> DueSchedule:
    return DueSchedule(
        id=row.id,
        owner=UserId(row.user_id),
        game_version=row.game_version,
        region=Region(row.region),
        rule=_rule_of(row),
        due_at=row.next_due_at,
        list_frozen_since=row.list_frozen_since,
    )
