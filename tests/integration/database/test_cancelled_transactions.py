"""A transaction that is cancelled gives SQLite's one write lock back, whoever still holds its error."""

import asyncio
from pathlib import Path

import aiosqlite
import pytest
from sqlalchemy import text

from character_sync.adapters.database.engine import Database


async def test_a_transaction_cancelled_before_its_rows_are_read_frees_the_database_while_its_error_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'rows.db'}")
    try:
        await database.migrate()
        with monkeypatch.context() as patched:
            # A cancel can come in the moment when the statement has been begun and none of its rows was read.
            patched.setattr(aiosqlite.Cursor, "fetchall", _cancelled)
            with pytest.raises(asyncio.CancelledError) as looked_at:
                await _read_names(database)

        async with asyncio.timeout(2), database.writing() as connection:  # the lock would be waited for for 5 s
            await connection.execute(text("DELETE FROM users"))
            await connection.commit()
        assert looked_at.value is not None
    finally:
        await database.close()


async def _read_names(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(text("SELECT name FROM sqlite_master"))


async def _cancelled(_cursor: aiosqlite.Cursor) -> None:
    raise asyncio.CancelledError
