"""Real processes of ours: started, waited for, killed."""

import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support.forks import Forked, forked

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("CHARACTER_SYNC_")}


@dataclass
class Process:
    """One `character-sync` command and what it has printed so far."""

    process: Forked
    lines: list[str] = field(default_factory=list)

    async def address(self) -> str:
        """Return the address in the line that says it is ready."""
        async for line in self.process.stdout:
            self.lines.append(line.decode().rstrip())
            if "ready" in self.lines[-1] or "Sandbox Battle.net" in self.lines[-1]:
                found = [word for word in self.lines[-1].split() if word.startswith("http://")]
                if found and "accounts" not in self.lines[-1]:
                    return found[0]
        raise AssertionError(f"it ended without an address: {self.lines} {await self.errors()}")

    async def errors(self) -> str:
        return (await self.process.stderr.read()).decode()

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()


@asynccontextmanager
async def character_sync(
    *arguments: str, folder: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Process]:
    """Run a command in `folder`; it is gone when the block ends."""
    process = await forked(arguments, folder=folder, environment={**CLEAN, **(environment or {})})
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
