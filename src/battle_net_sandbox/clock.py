"""The sandbox's clock: real time plus an offset that a test may move.

The world as shipped is dated before WORLD_START, a fixed day, so that the same seed gives the same bytes on any day.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate

WORLD_START = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
"""Seconds since 1970 at which the made-up world begins; every shipped login lies before it."""


class VirtualClock:
    """Tells the sandbox's time in seconds since 1970; it runs at the pace of real time."""

    def __init__(self, real_time: Callable[[], float] = time.time) -> None:
        self._real_time = real_time
        self._offset = 0.0

    def now(self) -> float:
        """Virtual seconds since 1970."""
        return self._real_time() + self._offset

    def set_to(self, moment: datetime) -> None:
        """Jump to a moment (aware); the clock runs on from there."""
        self._offset = moment.timestamp() - self._real_time()

    def advance(self, seconds: float) -> None:
        """Jump forward, or back when negative."""
        self._offset += seconds

    def iso(self) -> str:
        """Virtual now as ISO 8601 UTC with milliseconds."""
        moment = datetime.fromtimestamp(self.now(), UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def http_date(epoch_seconds: int) -> str:
    """A moment as HTTP writes it, such as `Sun, 22 Dec 2019 09:05:19 GMT`."""
    return formatdate(epoch_seconds, usegmt=True)
