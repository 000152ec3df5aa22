"""What the bounded runs share: a loaded starter and a sandbox; both stay while everything else comes and goes."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from battle_net_sandbox.server import RunningSandbox
from chaos.processes import Starter, running_starter
from chaos.site import QUICK, Site, quick_sandbox, site_of
from support.postgresql_server import PostgreSQLServer, running_postgresql
from support.redis_server import RedisServer


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def starter() -> AsyncIterator[Starter]:
    async with running_starter() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with quick_sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQLServer]:
    with running_postgresql() as running:
        yield running


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def database_url(postgresql: PostgreSQLServer) -> AsyncIterator[str]:
    name = await postgresql.databases.create()
    yield postgresql.databases.url(name)
    await postgresql.databases.drop(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest_asyncio.fixture(loop_scope="session")
async def site(
    folder: Path, sandbox: RunningSandbox, starter: Starter, database_url: str, redis: RedisServer
) -> AsyncIterator[Site]:
    """A site on PostgreSQL and Redis on which a sync of 60 characters lasts about a second."""
    settings = {**QUICK, "CHARACTERS_AT_ONCE": "4"}
    about = {"database_url": database_url, "queue_url": redis.url, "settings": settings}
    async with site_of(folder / "site", sandbox, starter, servers=2, **about) as running:
        yield running
