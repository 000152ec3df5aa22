"""A transaction that is cancelled gives SQLite's one write lock back, whoever still holds its error."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from character_sync.adapters.database import sqlite_driver
from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.sqlite_driver import OneHopConnection


async def test_a_transaction_cancelled_before_its_rows_are_read_frees_the_database_while_its_error_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_driver, "BUSY_TIMEOUT_MS", 600_000)  # the lock would be waited for for so long
    database = Database(f"sqlite:///{tmp_path / 'rows.db'}")
    try:
        await database.migrate()
        with monkeypatch.context() as patched:
            # A cancel can come in the moment when the statement is done and its rows have not been taken.
            patched.setattr(OneHopConnection, "in_one_hop", _cancelled_after_selecting)
            with pytest.raises(asyncio.CancelledError) as looked_at:
                await _read_names(database)

        async with asyncio.timeout(60), database.writing() as connection:
            await connection.execute(text("DELETE FROM users"))
            await connection.commit()
        assert looked_at.value is not None
    finally:
        await database.close()


async def _read_names(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(text("SELECT name FROM sqlite_master"))


_in_one_hop = OneHopConnection.in_one_hop


async def _cancelled_after_selecting(connection: OneHopConnection, method: Any, operation: str, values: Any) -> Any:
    found = await _in_one_hop(connection, method, operation, values)
    if operation.startswith("SELECT"):
        raise asyncio.CancelledError
    return found
