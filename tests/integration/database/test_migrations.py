"""The migrations and the tables in code are the same thing, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, insert, select, text

from character_sync.adapters.database.engine import Database, _alembic, newest_revision
from character_sync.adapters.database.tables import character_facets, characters, metadata
from character_sync.adapters.database.token_vault import TokenVault, generate_key
from character_sync.domain.errors import NotReady
from fakes.characters import listed
from fakes.store import Store


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    database = Database(empty_database_url)
    yield database
    await database.close()


async def test_a_new_database_has_no_revision(database: Database) -> None:
    assert await database.revision() is None


async def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))

    await database.migrate()
    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    assert await database.migrate() == await database.migrate() == newest_revision()
    assert await database.revision() == newest_revision()


async def test_processes_that_start_together_on_an_empty_database_all_find_it_made(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False).replace("+aiosqlite", "").replace("+asyncpg", "")
    starting = [Database(url) for _ in range(5)]
    revisions = await asyncio.gather(*(one.migrate() for one in starting))
    for one in starting:
        await one.close()
    assert set(revisions) == {newest_revision()}


async def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    await database.migrate()
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await connection.commit()
    with pytest.raises(NotReady, match="at revision 9999, which a newer version"):
        await database.migrate()
    assert await database.revision() == "9999"


async def test_an_unusable_address_shows_no_password() -> None:
    database = Database("postgresql://player:hunter2@127.0.0.1:1/nowhere")
    with pytest.raises(NotReady) as raised:
        await database.migrate()
    assert "hunter2" not in str(raised.value)
    await database.close()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "no address"])
def test_an_address_of_another_kind_is_named(url: str) -> None:
    with pytest.raises(NotReady, match="CHARACTER_SYNC_DATABASE_URL"):
        Database(url)


async def test_processes_that_start_together_on_a_new_database_migrate_it_once(empty_database_url: str) -> None:
    databases = [Database(empty_database_url) for _ in range(4)]
    revisions = await asyncio.gather(*(database.migrate() for database in databases))
    for database in databases:
        await database.close()
    assert revisions == [newest_revision()] * 4


async def test_the_dates_of_characters_come_and_go_and_take_no_row_along(database: Database) -> None:
    """0002: whoever was there before is dated from their profile, else from their first day."""
    first, seen = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    await database.migrate()
    store = Store(database, TokenVault.from_setting(generate_key()))
    owner = await store.user()
    profiled, bare = (await store.apply(owner, [listed(1), listed(2)], now=first))[1]
    facet = {"facet": "profile", "state": "current", "attempted_at": seen, "fetched_at": seen, "parser_version": 1}
    await _run(database, lambda c: c.execute(insert(character_facets).values(character_id=profiled, **facet)))
    await _run(database, lambda c: _alembic_at("0001", c))
    await _run(database, lambda c: _alembic_at("0002", c))
    await database.migrate()

    async with database.reading() as connection:
        rows = (await connection.execute(select(characters))).all()
        facets = (await connection.execute(select(character_facets))).all()
    dates = {row.id: (row.verified_at, row.verify_by, row.check_at) for row in rows}
    assert dates == {
        profiled: (seen, seen + timedelta(days=30), seen + timedelta(days=20)),
        bare: (first, first + timedelta(days=30), first + timedelta(days=20)),
    }
    assert len(facets) == 1


async def _run(database: Database, what: Callable[[Connection], object]) -> None:
    async with database.writing() as connection:
        await connection.run_sync(what)
        await connection.commit()


def _alembic_at(revision: str, connection: Connection) -> None:
    config = _alembic()
    config.attributes["connection"] = connection
    going = (
        command.downgrade
        if revision < MigrationContext.configure(connection).get_current_revision()
        else command.upgrade
    )
    going(config, revision)
