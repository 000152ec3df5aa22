"""Asks a part that may hang, and waits no longer than it was told to."""

import asyncio
from collections.abc import Awaitable, Callable

Ask = Callable[[], Awaitable[None]]


class Probe:
    """One question at a time: whoever asks while it is open waits for the same answer."""

    def __init__(self, ask: Ask, *, seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._asking: asyncio.Task[None] | None = None

    async def failure(self) -> BaseException | None:
        """Return what keeps the part from answering; None when it answers."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._asked())
            self._asking.add_done_callback(_seen)
        asking = self._asking
        await asyncio.wait({asking}, timeout=self._seconds)
        if asking.done() and not asking.cancelled():
            return asking.exception()
        # Not waited for any longer: a driver may take seconds to let go of a connection that is dead.
        asking.cancel()
        return TimeoutError(f"no answer within {self._seconds:g} s")

    async def _asked(self) -> None:
        await self._ask()


def _seen(asking: asyncio.Task[None]) -> None:
    """Take note of its failure: one that comes after nobody waits any more is no news."""
    if not asking.cancelled():
        asking.exception()
