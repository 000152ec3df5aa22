"""Opens the database: one engine on either dialect, its transactions, and the migration to head."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, event, func, make_url, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from character_sync.adapters.database import sqlite_driver
from character_sync.adapters.database.refusals import is_gone
from character_sync.adapters.database.turns import Turns
from character_sync.domain.errors import DatabaseUnavailable, NotReady

POOL_SIZE = 10  # connections; a request or a session's run needs one for the moment of its transaction
WRITERS = 8  # of them at the same time: a request that only reads does not wait until a thousand syncs are saved
STUCK_SECONDS = 5.0  # without a connection coming back; the longest transactions, sixty new characters, take 0.1 s
IDLE_IN_TRANSACTION_SECONDS = 10  # nothing of ours waits inside a transaction: whoever does is frozen, and holds locks
MIGRATION_LOCK = 0x6368_6172_7379_6E63  # any number nobody else of this database takes: "charsync"

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


class Database:
    """One database, its transactions told apart by what they do.

    Both kinds queue here, in order and without polling. SQLite has one writer at a time, and writers begin with
    IMMEDIATE, so that a transaction never finds half-way that it may not write.
    """

    def __init__(self, url: str) -> None:
        self.url = _url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._connections = Turns(POOL_SIZE, stuck_seconds=STUCK_SECONDS)
        self._writers = Turns(1 if self.is_sqlite else WRITERS, stuck_seconds=STUCK_SECONDS)
        idle = {"idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS}s"}
        options: dict[str, Any] = (
            {"connect_args": {"async_creator_fn": sqlite_driver.connect}}
            if self.is_sqlite
            else {"pool_pre_ping": True, "connect_args": {"server_settings": idle}}
        )
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_timeout=STUCK_SECONDS,
            hide_parameters=True,  # an error's message must not carry a token's ciphertext or a secret's hash
            json_serializer=lambda value: msgspec.json.encode(value).decode(),
            json_deserializer=msgspec.json.decode,
            **options,
        )
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads; it sees one state of the database. Raises DatabaseUnavailable."""
        async with self._connection() as connection:
            if not self.is_sqlite:  # PostgreSQL's own default shows each statement what was committed before it
                await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that may write; it is rolled back unless its user commits it.

        Raises:
            DatabaseUnavailable: what it was told may be saved or not, when it was lost while committing.
        """
        async with self._writers.taken(), self._connection() as connection:
            await connection.execution_options(character_sync_writes=True)
            yield connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._connections.taken(), self.engine.connect() as connection:
                yield connection
        except OSError as error:  # a connection refused; asyncpg lets it through as it is
            raise DatabaseUnavailable from error
        except SQLAlchemyError as error:
            if is_gone(error):
                raise DatabaseUnavailable from error
            raise

    async def migrate(self) -> str:
        """Bring the database to the newest revision and return it.

        Raises:
            NotReady: it cannot be opened, or a newer version of Character Sync has been here.
        """
        try:
            async with self.engine.connect() as connection:
                # Processes that start together wait here for the first of them: SQLite by its one writer.
                await connection.execution_options(character_sync_writes=True)
                if not self.is_sqlite:
                    await connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
                revision = await connection.run_sync(_migrate)
                await connection.commit()
        except (DBAPIError, OSError) as error:
            raise self.cannot_be_used(error) from error
        return revision

    async def revision(self) -> str | None:
        """Return the revision the database is at; None when it is empty."""
        async with self.reading() as connection:
            return await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())

    async def require_newest(self) -> None:
        """Make sure that the database is as this program knows it, without changing it.

        Raises:
            NotReady: it cannot be opened, or is at another revision.
        """
        try:
            # Only looking at SQLite's file would make it.
            is_there = not self.is_sqlite or await asyncio.to_thread(Path(self.url.database or "").exists)
            revision = await self.revision() if is_there else None
        except (DBAPIError, OSError) as error:
            raise self.cannot_be_used(error) from error
        if revision != newest_revision():
            raise NotReady(
                f"The database {self.shown_url} is not at this program's newest revision: "
                "run `character-sync migrate` first."
            )

    def cannot_be_used(self, error: BaseException) -> NotReady:
        return NotReady(f"The database {self.shown_url} cannot be used: {_first_line(error)}.")

    async def close(self) -> None:
        await self.engine.dispose()

    @property
    def connections_in_use(self) -> int:
        return self._pool.checkedout()

    @property
    def connections_idle(self) -> int:
        return self._pool.checkedin()

    @property
    def waiting(self) -> int:
        """Transactions of this process that wait for their turn to begin."""
        return self._writers.waiting + self._connections.waiting

    @property
    def _pool(self) -> QueuePool:
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)
        return pool

    @property
    def shown_url(self) -> str:
        return self.url.set(drivername=self.url.get_backend_name()).render_as_string(hide_password=True)


@cache
def newest_revision() -> str:
    """Return it as this program knows it; the files of all revisions are read once."""
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    assert head is not None
    return head


def _url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise NotReady("CHARACTER_SYNC_DATABASE_URL is not an address such as sqlite:///PATH.") from None
    driver = _DRIVERS.get(parsed.get_backend_name())
    if driver is None:
        raise NotReady(f"CHARACTER_SYNC_DATABASE_URL: {parsed.get_backend_name()} is not sqlite or postgresql.")
    return parsed.set(drivername=driver)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("character_sync_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@asynccontextmanager
async def database_as_it_is(url: str) -> AsyncIterator[Database]:
    """Open a database beside whatever uses it. Raises NotReady: it is not at the newest revision, or is lost meanwhile."""
    database = Database(url)
    try:
        await database.require_newest()
        yield database
    except DatabaseUnavailable as error:
        raise database.cannot_be_used(error.__cause__ or error) from error
    finally:
        await database.close()


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _migrate(connection: Connection) -> str:
    config = _alembic()
    config.attributes["connection"] = connection
    if connection.dialect.name == "postgresql":  # processes that start together migrate one after another
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
    current = MigrationContext.configure(connection).get_current_revision()
    newest = newest_revision()
    if current == newest:
        return newest
    if current is not None:
        try:
            ScriptDirectory.from_config(config).get_revision(current)
        except CommandError:
            raise NotReady(
                f"The database is at revision {current}, which a newer version of Character Sync made: "
                "install that version, or restore a backup taken before it."
            ) from None
    command.upgrade(config, "head")
    return newest


def _first_line(error: BaseException) -> str:
    cause = error.orig if isinstance(error, OperationalError) and error.orig else error
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
