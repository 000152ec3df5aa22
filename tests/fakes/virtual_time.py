"""An event loop whose time passes only when everybody waits, and then at once."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any

BEGINS = 1_000_000.0  # seconds; a moment like any other, and not 0, which is easily mistaken for "never"


class _Jumping(selectors.SelectSelector):
    """Waits for nothing: it moves the loop's time on instead."""

    loop: "VirtualTimeLoop"

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise AssertionError("everybody waits for ever")
            self.loop.now += max(0.0, timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Runs in virtual time."""

    def __init__(self) -> None:
        self.now = BEGINS
        selector = _Jumping()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now


def run_in_virtual_time(scenario: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(scenario)
