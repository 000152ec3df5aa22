"""A clock that goes when it is told to."""

import asyncio
from datetime import datetime, timedelta

from fakes.characters import NOW


class FakeClock:
    """Keeps the port `Clock`; `sleep` passes the time it is asked to, at once."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self.slept: list[float] = []
        self._asked = asyncio.Semaphore(0)

    def __call__(self) -> datetime:
        self._asked.release()
        return self.now

    async def until_asked(self, times: int) -> None:
        """Wait until somebody has asked this clock so many times from now."""
        self._asked = asyncio.Semaphore(0)
        for _ in range(times):
            await self._asked.acquire()

    def pass_time(self, time: timedelta) -> None:
        self.now += time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
