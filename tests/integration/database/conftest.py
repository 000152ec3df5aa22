"""One suite for both databases: every test here runs on SQLite and on PostgreSQL, each time on a new database."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.token_vault import TokenVault, generate_key
from fakes.store import Store
from support import servers

DATABASES = ["sqlite", "postgresql"]


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin(servers.__name__):
        config.pluginmanager.register(servers, servers.__name__)


class MigratedDatabases:
    """Makes migrated PostgreSQL databases, all but the first by copying: ten times as fast as migrating each."""

    def __init__(self, databases: servers.PostgreSQLDatabases) -> None:
        self.databases = databases
        self._template: str | None = None

    async def create(self) -> str:
        if self._template is None:
            name = await self.databases.create()
            database = Database(self.databases.url(name))
            await database.migrate()
            await database.close()
            self._template = name
        return await self.databases.create(template=self._template)

    async def close(self) -> None:
        if self._template is not None:
            await self.databases.drop(self._template)


@pytest.fixture(scope="session")
def migrated_databases(postgresql_server: URL) -> Iterator[MigratedDatabases]:
    databases = MigratedDatabases(servers.PostgreSQLDatabases(postgresql_server))
    yield databases
    asyncio.run(databases.close())


@pytest.fixture(params=DATABASES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A migrated database without rows."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'test.db'}")
        await database.migrate()
        yield _store(database)
        await database.close()
        return
    migrated: MigratedDatabases = request.getfixturevalue("migrated_databases")
    name = await migrated.create()
    database = Database(migrated.databases.url(name))
    yield _store(database)
    await database.close()
    await migrated.databases.drop(name)


def _store(database: Database) -> Store:
    return Store(database, TokenVault.from_setting(generate_key()))


@pytest.fixture(params=DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database nobody has migrated."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url
