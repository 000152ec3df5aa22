"""Processes of the service as the harness holds them: started, frozen, killed, and watched for their end."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOAD_SECONDS = 60.0  # the starter's imports take 3 s of CPU on an idle core
READY_SECONDS = 60.0  # a start takes 0.3 s on an idle core; this is a busy machine, not a broken one
LOOK_SECONDS = 0.01


async def until(holds: Callable[[], Any], *, within: float, what: str) -> Any:
    """Wait until `holds()` is true and return what it gave. Raises TimeoutError, which says what was waited for."""
    give_up = time.monotonic() + within
    while not (found := holds()):
        if time.monotonic() > give_up:
            raise TimeoutError(f"not within {within:g} s: {what}")
        await asyncio.sleep(LOOK_SECONDS)
    return found


def _length(log: Path) -> int:
    log.touch()
    return len(log.read_text("utf-8", errors="replace"))


@dataclass
class Running:
    """One process. `ended` holds its exit code, negative for a signal."""

    pid: int
    name: str
    log: Path
    skip: int
    ended: asyncio.Future[int] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def is_alive(self) -> bool:
        return not self.ended.done()

    def text(self) -> str:
        return self.log.read_text("utf-8", errors="replace")[self.skip :]

    async def ready(self) -> None:
        """Return when it says that it is ready. Raises AssertionError: it ended instead."""
        await until(lambda: "is ready" in self.text() or self.ended.done(), within=READY_SECONDS, what="a start")
        assert "is ready" in self.text(), f"{self.name} ended at its start: {self.text()[-2000:]}"

    def signal(self, number: signal.Signals) -> None:
        if self.is_alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def kill(self) -> None:
        self.signal(signal.SIGKILL)
        await self.end()

    async def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return await self.end()

    async def end(self, within: float = READY_SECONDS) -> int:
        return await asyncio.wait_for(asyncio.shield(self.ended), within)


class Starter:
    """Starts processes through `chaos.starter`, which has everything loaded."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._running: dict[int, Running] = {}
        self._pids: asyncio.Queue[int] = asyncio.Queue()
        self._early: dict[int, int] = {}
        self._turn = asyncio.Lock()

    async def start(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path, bug: str = ""
    ) -> Running:
        skip = _length(log)
        order = {"argv": list(arguments), "env": dict(environment), "log": str(log), "bug": bug}
        async with self._turn:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            await self._process.stdin.drain()
            running = Running(await self._pids.get(), name, log, skip)
        self._running[running.pid] = running
        if running.pid in self._early:
            running.ended.set_result(self._early.pop(running.pid))
        return running

    async def listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = json.loads(line)
            if "pid" in said:
                self._pids.put_nowait(said["pid"])
            elif "ended" in said and (running := self._running.pop(said["ended"], None)):
                running.ended.set_result(said["code"])
            elif "ended" in said:
                self._early[said["ended"]] = said["code"]

    async def loaded(self) -> None:
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), LOAD_SECONDS)
        assert line, "the starter ended at its start"


@asynccontextmanager
async def running_starter() -> AsyncIterator[Starter]:
    """A starter; whatever it started is gone when the block ends."""
    tests = Path(__file__).parents[1]
    paths = [str(tests), str(tests.parent / "src")]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chaos.starter",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        cwd=tests,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    starter = Starter(process)
    await starter.loaded()
    listening = asyncio.create_task(starter.listen())
    try:
        yield starter
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
