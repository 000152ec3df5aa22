"""Who gets at the database next: places that are waited for in order, for as long as the queue moves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from character_sync.domain.errors import DatabaseUnavailable


class Turns:
    """So many at the same time, in this process; the others wait, first come, first served.

    A queue that moves is only long: giving up would throw away what has been done so far, to be done again. One that has
    not moved for so long waits for a database that is gone.
    """

    def __init__(self, places: int, *, stuck_seconds: float) -> None:
        self._places = asyncio.Semaphore(places)
        self._stuck_seconds = stuck_seconds
        self._moved_at = 0.0
        self.waiting = 0

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Hold a place while the block goes on. Raises DatabaseUnavailable: nobody has given one back for too long."""
        if self._places.locked():
            await self._wait()
        else:
            await self._places.acquire()
        try:
            yield
        finally:
            self._moved_at = asyncio.get_running_loop().time()
            self._places.release()

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        turn = loop.create_task(self._places.acquire())  # of its own: who looks at the clock keeps their turn
        self.waiting += 1
        try:
            while not turn.done():
                patience = max(began, self._moved_at) + self._stuck_seconds - loop.time()
                if patience <= 0:
                    break
                await asyncio.wait({turn}, timeout=patience)
        except asyncio.CancelledError:
            self._leave(turn)
            raise
        finally:
            self.waiting -= 1
        if not turn.done():
            self._leave(turn)
            raise DatabaseUnavailable

    def _leave(self, turn: asyncio.Task[Literal[True]]) -> None:
        if not turn.cancel():  # it had come in this very moment
            self._places.release()
