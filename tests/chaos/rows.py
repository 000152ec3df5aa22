"""Reads what is left in the database, past the service."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chaos.history import FINAL, CharacterRow, JobRow, Rows, SessionRow
from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.schedule_tables import sync_schedules
from character_sync.adapters.database.tables import character_jobs, character_sync_sessions, characters, metadata, users


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def read_rows(database: Database) -> Rows:
    async with database.reading() as connection:
        sessions = await _sessions(connection)
        jobs = (await connection.execute(select(character_jobs))).all()
        known = (await connection.execute(select(characters))).all()
    return Rows(
        sessions,
        [JobRow(str(row.session_id), str(row.character_id), row.status, row.reason) for row in jobs],
        [CharacterRow(str(row.id), str(row.user_id), row.realm_id, row.battle_net_id, row.is_active) for row in known],
    )


async def read_sessions(database: Database) -> list[SessionRow]:
    async with database.reading() as connection:
        return await _sessions(connection)


async def _sessions(connection: AsyncConnection) -> list[SessionRow]:
    found = await connection.execute(select(character_sync_sessions))
    return [
        SessionRow(
            id=str(row.id),
            user_id=str(row.user_id),
            kind=row.kind,
            game_version=row.game_version,
            status=row.status,
            total=row.total_characters,
            processed=row.processed_characters,
            failed=row.failed_characters,
            skipped=row.skipped_characters,
            run_token=row.run_token,
            seq=row.seq,
            completed_at=row.completed_at,
        )
        for row in found
    ]


def unfinished(rows: Rows) -> list[SessionRow]:
    return [row for row in rows.sessions if row.status not in FINAL]


async def held(database: Database, user_id: str) -> dict[str, int]:
    """Return how many rows of a user each table has that has any."""
    columns = [users.c.id, *(table.c.user_id for table in metadata.sorted_tables if "user_id" in table.c)]
    async with database.reading() as connection:
        counts = {
            column.table.name: (
                await connection.execute(select(func.count()).where(column == UUID(user_id)))
            ).scalar_one()
            for column in columns
        }
    return {table: count for table, count in counts.items() if count}


@dataclass(frozen=True)
class Checked:
    """A character as the checks of the thirty days see it."""

    battle_net_id: int
    is_active: bool
    verified_at: datetime | None
    check_at: datetime | None


async def checks(database: Database) -> list[Checked]:
    c = characters.c
    async with database.reading() as connection:
        found = await connection.execute(select(c.battle_net_id, c.is_active, c.verified_at, c.check_at))
        return [Checked(*row) for row in found]


async def put_forward(database: Database, now: datetime) -> None:
    """Have the time come at which characters that are put off are looked at again."""
    async with database.writing() as connection:
        await connection.execute(update(characters).values(check_at=now))
        await connection.commit()


@dataclass(frozen=True)
class ScheduleRow:
    """A schedule and what came of its last due time."""

    user_id: str
    last_due_at: datetime | None
    late_seconds: int | None
    missed: int


async def read_schedules(database: Database) -> list[ScheduleRow]:
    s = sync_schedules.c
    async with database.reading() as connection:
        found = await connection.execute(select(s.user_id, s.last_due_at, s.late_seconds, s.missed))
        return [ScheduleRow(str(row.user_id), row.last_due_at, row.late_seconds, row.missed) for row in found]


async def come_due(database: Database, moments: Mapping[str, datetime]) -> None:
    """Have each user's schedule come due at a moment of its own."""
    s = sync_schedules.c
    async with database.writing() as connection:
        for user_id, moment in moments.items():
            await connection.execute(
                update(sync_schedules).where(s.user_id == UUID(user_id)).values(next_due_at=moment, claimed_until=None)
            )
        await connection.commit()
