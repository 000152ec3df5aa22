"""One suite for both databases: every test here runs on SQLite and on PostgreSQL, each time on a new database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.token_vault import TokenVault, generate_key
from fakes.store import Store
from support import servers
from support.migrated import MigratedPostgreSQL, migrated_sqlite

DATABASES = ["sqlite", "postgresql"]


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin(servers.__name__):
        config.pluginmanager.register(servers, servers.__name__)


@pytest.fixture(params=DATABASES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A migrated database without rows."""
    if request.param == "sqlite":
        database = Database(await migrated_sqlite(tmp_path / "test.db"))
        yield _store(database)
        await database.close()
        return
    migrated: MigratedPostgreSQL = request.getfixturevalue("migrated_postgresql")
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
    url: str = request.getfixturevalue("empty_postgresql_url")
    return url
