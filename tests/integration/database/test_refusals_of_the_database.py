"""What the database refuses: for another's sake, for want of time, for what the values say."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from character_sync.adapters.database import unit_of_work
from character_sync.adapters.database.engine import IDLE_IN_TRANSACTION_SECONDS, Database
from character_sync.adapters.database.token_vault import TokenVault, generate_key
from character_sync.adapters.database.unit_of_work import DatabaseUnitOfWork
from character_sync.domain.enrichment import Enrichment, FacetResult, FacetState
from character_sync.domain.errors import DatabaseUnavailable
from character_sync.domain.game import Facet
from character_sync.domain.sync_session import JobStatus
from character_sync.ports import ContentRefused, SettledJob
from fakes.characters import NOW, profile
from fakes.store import LEASE, Store


@pytest.fixture
async def postgresql(postgresql_url: str) -> AsyncIterator[Store]:
    database = Database(postgresql_url)
    yield Store(database, TokenVault.from_setting(generate_key()))
    await database.close()


async def test_a_transaction_broken_off_by_a_deadlock_is_done_again(postgresql: Store) -> None:
    """Two that lock the same two users in opposite order: PostgreSQL breaks one off, and both get through."""
    users = [await postgresql.user(), await postgresql.user()]
    begun: list[int] = []
    both_hold_one = asyncio.Barrier(2)

    async def lock_both(work: DatabaseUnitOfWork, which: int) -> int:
        begun.append(which)
        await work.users.lock(users[which])
        if begun.count(which) == 1:
            await both_hold_one.wait()
        await work.users.lock(users[1 - which])
        return which

    async def transaction(which: int) -> int:
        return await postgresql.work.transaction(lambda work: lock_both(work, which))

    assert await asyncio.gather(transaction(0), transaction(1)) == [0, 1]
    assert len(begun) == 3


async def test_a_transaction_is_given_up_after_five_times(postgresql: Store) -> None:
    begun = 0

    async def always_broken_off(work: DatabaseUnitOfWork) -> None:
        nonlocal begun
        begun += 1
        await work._connection.execute(text("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$"))

    with pytest.raises(DBAPIError):
        await postgresql.work.transaction(always_broken_off)
    assert begun == unit_of_work.ATTEMPTS == 5


async def test_what_is_no_conflict_is_not_tried_again(store: Store) -> None:
    begun = 0

    async def wrong(work: DatabaseUnitOfWork) -> None:
        nonlocal begun
        begun += 1
        await work._connection.execute(text("SELECT * FROM no_such_table"))

    with pytest.raises(DBAPIError):
        await store.work.transaction(wrong)
    assert begun == 1


async def test_a_database_that_is_not_there_is_unavailable() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nowhere")
    with pytest.raises(DatabaseUnavailable):
        async with database.reading():
            pass
    await database.close()


async def test_a_sqlite_that_another_process_writes_for_too_long_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'busy.db'}")
    await database.migrate()
    async with database.reading() as connection:  # the pool's one connection, which the writer gets next
        await connection.execute(text("PRAGMA busy_timeout = 50"))
    other = sqlite3.connect(tmp_path / "busy.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable):
        async with database.writing() as connection:
            await connection.execute(text("DELETE FROM users"))
    other.execute("ROLLBACK")
    other.close()
    async with database.writing() as connection:
        await connection.execute(text("DELETE FROM users"))
    await database.close()


@pytest.mark.parametrize("odd", [{"guild": "a lone \ud800"}, {"item_level": 2**70}])
async def test_values_no_column_can_hold_are_refused_as_content(store: Store, odd: dict[str, Any]) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    claimed = await store.claimed(session.id)
    found = FacetResult(Facet.PROFILE, FacetState.CURRENT, None, profile(1, **odd), None, "hash")
    settled = SettledJob(claimed.jobs[0], Enrichment(JobStatus.COMPLETED, None, (found,)), NOW)
    with pytest.raises(ContentRefused):
        await store.do(
            lambda work: work.sync_sessions.write(
                claimed.session, started=[], settled=[settled], lease_until=NOW + LEASE
            )
        )


async def test_a_process_frozen_in_a_transaction_loses_its_locks(postgresql: Store) -> None:
    """A frozen worker would hold its sync session's row for as long as it sleeps, and nobody could take it over."""
    user = await postgresql.user()

    async def freeze() -> None:
        async with postgresql.work() as frozen:
            await frozen.users.lock(user)
            shown = await frozen._connection.execute(text("SHOW idle_in_transaction_session_timeout"))
            assert shown.scalar_one() == f"{IDLE_IN_TRANSACTION_SECONDS}s"
            await frozen._connection.execute(text("SET idle_in_transaction_session_timeout = 50"))  # ms
            async with asyncio.timeout(60):
                await postgresql.do(lambda work: work.users.lock(user))
            await frozen.users.lock(user)

    with pytest.raises(DatabaseUnavailable):
        await freeze()
