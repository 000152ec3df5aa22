"""What the fuzzing needs of real servers."""

import asyncio
from collections.abc import Iterator

import pytest

from support import servers
from support.postgresql_server import PostgreSQLDatabases


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin(servers.__name__):
        config.pluginmanager.register(servers, servers.__name__)


@pytest.fixture
def new_postgresql_url(postgresql_databases: PostgreSQLDatabases) -> Iterator[str]:
    """The address of a new, empty database, for a test that runs its own event loop."""
    name = asyncio.run(postgresql_databases.create())
    yield postgresql_databases.url(name)
    asyncio.run(postgresql_databases.drop(name))
