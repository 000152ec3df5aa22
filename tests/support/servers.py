"""A real PostgreSQL and a real Redis for tests, without Docker and without asking anybody for rights.

One server per test process, started for the first test that asks. A server that cannot be had skips its tests here
and fails them in CI, where a skipped suite would say nothing to anyone. `TEST_DATABASE_URL` and `TEST_REDIS_URL` name
servers to use instead; on them each test process keeps to databases of its own.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from redis import Redis
from sqlalchemy.engine import URL, make_url

from support.migrated import MigratedPostgreSQL
from support.ports import port_of_nobody
from support.postgresql_server import PostgreSQLDatabases, PostgreSQLServer, running_postgresql
from support.redis_server import RedisServer

CLUSTER_SLOTS = 16_384  # of every Redis cluster


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """The address of a server's `postgres` database, for whoever may create databases there."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield make_url(given).set(drivername="postgresql")
        return
    with running_postgresql() as server:
        server.forget_about_power_cuts()
        yield server.address


@pytest.fixture
def own_postgresql() -> Iterator[PostgreSQLServer]:
    """A PostgreSQL that a test may stop and start again."""
    with running_postgresql() as server:
        yield server


@pytest.fixture
def postgresql_databases(postgresql_server: URL) -> PostgreSQLDatabases:
    return PostgreSQLDatabases(postgresql_server)


@pytest.fixture
async def empty_postgresql_url(postgresql_databases: PostgreSQLDatabases) -> AsyncIterator[str]:
    """The address of a new database that nobody has migrated."""
    name = await postgresql_databases.create()
    yield postgresql_databases.url(name)
    await postgresql_databases.drop(name)


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: URL) -> Iterator[MigratedPostgreSQL]:
    databases = MigratedPostgreSQL(PostgreSQLDatabases(postgresql_server))
    yield databases
    asyncio.run(databases.close())


@pytest.fixture
async def postgresql_url(migrated_postgresql: MigratedPostgreSQL) -> AsyncIterator[str]:
    """The address of a new, migrated database."""
    name = await migrated_postgresql.create()
    yield migrated_postgresql.databases.url(name)
    await migrated_postgresql.databases.drop(name)


@pytest.fixture
def new_postgresql_url(migrated_postgresql: MigratedPostgreSQL) -> Iterator[str]:
    """The same, for a test that runs its own event loop."""
    name = asyncio.run(migrated_postgresql.create())
    yield migrated_postgresql.databases.url(name)
    asyncio.run(migrated_postgresql.databases.drop(name))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The address of a server's database that is this test process's own."""
    if given := os.environ.get("TEST_REDIS_URL"):
        number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        yield make_url(given).set(database=number).render_as_string(hide_password=False)
        return
    with RedisServer() as server:
        yield server.url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The address of an empty Redis."""
    with Redis.from_url(redis_server) as redis:
        redis.flushdb()
    return redis_server


@pytest.fixture
def gone_redis_url() -> Iterator[str]:
    """The address of a Redis that is not there."""
    with port_of_nobody() as port:
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis that a test may stop and start again."""
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def sentinel_url() -> Iterator[str]:
    """The address of a master behind a Sentinel."""
    with RedisServer() as master:
        config = f"sentinel monitor games 127.0.0.1 {master.port} 1\n"
        with RedisServer("--sentinel", config=config) as sentinel:
            yield f"redis+sentinel://127.0.0.1:{sentinel.port}/games"


@pytest.fixture(scope="session")
def cluster_url() -> Iterator[str]:
    """The address of a cluster of two nodes."""
    options = ("--cluster-enabled", "yes")
    with RedisServer(*options) as one, RedisServer(*options) as other:
        with Redis(port=one.port) as first, Redis(port=other.port) as second:
            first.execute_command("CLUSTER ADDSLOTS", *range(CLUSTER_SLOTS // 2))
            second.execute_command("CLUSTER ADDSLOTS", *range(CLUSTER_SLOTS // 2, CLUSTER_SLOTS))
            second.execute_command("CLUSTER SET-CONFIG-EPOCH", 2)
            first.execute_command("CLUSTER MEET", "127.0.0.1", other.port)
            for node in (first, second):
                while node.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
                    time.sleep(0.02)
        yield f"redis+cluster://127.0.0.1:{one.port}"
