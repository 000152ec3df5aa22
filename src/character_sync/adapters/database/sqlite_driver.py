"""aiosqlite with one hop to the connection's thread for each statement, where SQLAlchemy would take four."""

import sqlite3
from collections.abc import Callable, Sequence
from time import monotonic, sleep
from typing import Any, Self

import aiosqlite

BUSY_TIMEOUT_MS = 5_000  # another process's write transaction is a few milliseconds; this is for a backup or a stall
LOOK_AGAIN_SECONDS = 0.01  # for a new file that another process makes a database of, which takes half a second
ROWS_AT_ONCE = 64  # aiosqlite's own default, for cursors of its own, of which there are none here


class _Cursor:
    """What SQLAlchemy takes for aiosqlite's cursor: opens, executes, fetches and closes the real one in one go.

    So nothing of a cancelled statement stays open. It would keep its transaction, and with it the one write lock, beyond
    the end of its connection: for as long as anybody looks at the error, as a run does which gives its lease back.
    """

    arraysize = 1

    def __init__(self, connection: "OneHopConnection") -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Any = ()) -> None:
        await self._do(sqlite3.Cursor.execute, operation, parameters)

    async def executemany(self, operation: str, parameters: Any) -> None:
        await self._do(sqlite3.Cursor.executemany, operation, parameters)

    async def fetchall(self) -> Sequence[Any]:
        return self._rows

    async def close(self) -> None:
        self._rows = ()

    async def _do(self, method: Callable[..., Any], operation: str, parameters: Any) -> None:
        found = await self._connection.in_one_hop(method, operation, parameters)
        self.description, self.rowcount, self.lastrowid, self._rows = found


class OneHopConnection(aiosqlite.Connection):
    """A connection whose cursors are not opened before they have something to do."""

    def cursor(self) -> Any:
        return _Cursor(self)

    async def in_one_hop(self, method: Callable[..., Any], operation: str, parameters: Any) -> Any:
        """Return the description, row count, last row's number and all rows of a statement."""
        execute: Any = self._execute
        return await execute(self._in_thread, method, operation, parameters)

    def _in_thread(self, method: Callable[..., Any], operation: str, parameters: Any) -> Any:
        cursor = self._conn.cursor()
        try:
            method(cursor, operation, parameters)
            return cursor.description, cursor.rowcount, cursor.lastrowid, cursor.fetchall()
        finally:
            cursor.close()


async def connect(*args: Any, **options: Any) -> aiosqlite.Connection:
    """Open a connection, for SQLAlchemy's `async_creator_fn`, with what it would give to aiosqlite."""
    connection = OneHopConnection(lambda: _opened(*args, **options), ROWS_AT_ONCE)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does: one left open must not keep the process
    return await connection


def _opened(*args: Any, **options: Any) -> sqlite3.Connection:
    connection: sqlite3.Connection = sqlite3.connect(*args, **options)
    connection.isolation_level = None  # the driver must not begin transactions of its own: the engine does
    try:
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous=FULL")  # a 202 is a promise that survives a power cut
        connection.execute("PRAGMA foreign_keys=ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Have SQLite write ahead. While another process writes to a file that does not yet, SQLite refuses that at once."""
    give_up_at = monotonic() + BUSY_TIMEOUT_MS / 1_000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() >= give_up_at:
                raise
            sleep(LOOK_AGAIN_SECONDS)
        else:
            return
