"""Battle.net's answers, held back until a test lets go: a sync that stands still however fast or slow the machine is."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

LONGER_THAN_ANY_TEST: Final = 3_600  # seconds; what is held back goes on when a test lets go, or when it is given up
CHARACTERS: Final = "*/character/*"
GEAR: Final = "*/equipment*"  # one request of each character, and not its first

Control = Callable[..., Awaitable[Any]]
"""Asks the sandbox's control API."""


async def hold_back(control: Control, path: str = CHARACTERS, *, after: int = 0) -> None:
    """Hold every answer at `path` back, but the first `after`. With gear, so many characters are settled and no more."""
    if after:
        await control("POST", "faults", {"match": {"path": path, "first": after}, "respond": {"delayMs": 0}})
    held = {"match": {"path": path}, "respond": {"delayMs": 1_000 * LONGER_THAN_ANY_TEST}}
    await control("POST", "faults", held)


async def let_go(control: Control) -> None:
    """Let all that is held back go on, and hold nothing back any more."""
    await control("DELETE", "faults")
