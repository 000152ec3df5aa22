"""Processes of ours that are forked from one that has loaded everything, so that each begins at once and not in seconds.

What runs in them is what `python -m character_sync` runs, with a pid, pipes, signals and an exit code of its own. The
wheel and the documented commands are tested as they are typed.
"""

import asyncio
import multiprocessing
import os
import random
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import structlog

from character_sync import cli

# The command line imports the others when it runs them.
_LOADED = (
    "support.forks",
    "character_sync.commands.doctor",
    "character_sync.commands.programs",
    "character_sync.commands.terminal_client",
)
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(list(_LOADED))


class Forked:
    """One process, with the words of `asyncio.subprocess.Process`."""

    def __init__(self, process: multiprocessing.process.BaseProcess) -> None:
        self._process = process
        self.stdout = asyncio.StreamReader()
        self.stderr = asyncio.StreamReader()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self._process.exitcode

    async def wait(self) -> int:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        self._process.join()
        assert self.returncode is not None
        return self.returncode

    async def communicate(self) -> tuple[bytes, bytes]:
        """Wait for its end and return what is left of its output and of its errors."""
        output, errors, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        return output, errors

    def send_signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


async def forked(arguments: tuple[str, ...], *, folder: Path, environment: Mapping[str, str]) -> Forked:
    """Run `character-sync` with these arguments in `folder`, with nothing else in its environment."""
    outputs, errors = multiprocessing.Pipe(duplex=False), multiprocessing.Pipe(duplex=False)
    what = (arguments, folder, dict(environment), outputs[1], errors[1])
    process = _FORKS.Process(target=_become, args=what)
    await asyncio.to_thread(process.start)
    running = Forked(process)
    for stream, (readable, writable) in ((running.stdout, outputs), (running.stderr, errors)):
        writable.close()
        end = os.fdopen(os.dup(readable.fileno()), "rb", buffering=0)
        readable.close()
        protocol = asyncio.StreamReaderProtocol(stream)
        await asyncio.get_running_loop().connect_read_pipe(lambda protocol=protocol: protocol, end)
    return running


def _become(
    arguments: tuple[str, ...], folder: Path, environment: dict[str, str], output: Connection, errors: Connection
) -> None:
    """Turn this fork into the program."""
    # As a terminal would start it: a suite that a script has put into the background ignores Ctrl-C, and so would this.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, number in ((null, 0), (output.fileno(), 1), (errors.fileno(), 2)):
        os.dup2(source, number)
    for connection in (output, errors):
        connection.close()
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for as long as the process lives
    sys.stdout = open(1, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    random.seed()  # or every fork would draw the same waits
    structlog.reset_defaults()
    sys.argv = ["character-sync", *arguments]
    cli.main()
