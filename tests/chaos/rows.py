"""Reads what is left in the database, past the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import select

from chaos.history import FINAL, CharacterRow, JobRow, Rows, SessionRow
from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.tables import character_jobs, character_sync_sessions, characters


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def read_rows(database: Database) -> Rows:
    async with database.reading() as connection:
        sessions = (await connection.execute(select(character_sync_sessions))).all()
        jobs = (await connection.execute(select(character_jobs))).all()
        known = (await connection.execute(select(characters))).all()
    return Rows(
        [
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
            for row in sessions
        ],
        [JobRow(str(row.session_id), str(row.character_id), row.status, row.reason) for row in jobs],
        [CharacterRow(str(row.id), str(row.user_id), row.realm_id, row.battle_net_id, row.is_active) for row in known],
    )


async def read_sessions(database: Database) -> list[SessionRow]:
    return list((await read_rows(database)).sessions)


def unfinished(rows: Rows) -> list[SessionRow]:
    return [row for row in rows.sessions if row.status not in FINAL]
