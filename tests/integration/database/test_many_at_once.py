"""More transactions at once than there are connections."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text

from character_sync.adapters.database import engine
from character_sync.adapters.database.engine import POOL_SIZE, Database
from character_sync.domain.errors import DatabaseUnavailable
from fakes.store import Store

MANY = 20 * POOL_SIZE


async def _asked(database: Database) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(text("SELECT 1"))).scalar_one())


async def test_all_get_their_turn(store: Store) -> None:
    owners = await asyncio.gather(*(store.user() for _ in range(MANY)))
    assert len(set(owners)) == MANY
    assert await asyncio.gather(*(_asked(store.database) for _ in range(MANY))) == [1] * MANY


async def test_who_only_reads_does_not_wait_for_those_who_write(store: Store) -> None:
    """Nor for those who wait to write."""
    go_on, writing = asyncio.Event(), asyncio.Semaphore(0)

    async def writes() -> None:
        async with store.database.writing():
            writing.release()
            await go_on.wait()

    writers = [asyncio.create_task(writes()) for _ in range(MANY)]
    await writing.acquire()
    assert await _asked(store.database) == 1
    go_on.set()
    await asyncio.gather(*writers)


async def test_a_database_of_which_no_connection_comes_back_is_out_of_reach(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "STUCK_SECONDS", 0.05)
    database = Database(store.database.url.render_as_string(hide_password=False))
    async with AsyncExitStack() as held:
        for _ in range(POOL_SIZE):
            await held.enter_async_context(database.reading())
        with pytest.raises(DatabaseUnavailable):
            await _asked(database)
        with pytest.raises(DatabaseUnavailable):
            async with database.writing():
                pass
    assert await _asked(database) == 1
    await database.close()
