"""Battle.net's limit: so many requests a second for each client id, then 429 for the rest of that second.

Source: 100 a second for each client, "429 for the remainder of that second" (developer portal).
"""

from __future__ import annotations

import time
from collections.abc import Callable


class RateLimit:
    """Counts requests of each client in calendar seconds of real time."""

    def __init__(self, requests_per_second: int, real_time: Callable[[], float] = time.time) -> None:
        self.requests_per_second = requests_per_second
        """0: no limit."""
        self._real_time = real_time
        self._second = 0
        self._counts: dict[str, int] = {}

    def admits(self, client_id: str) -> bool:
        """Count one request; whether it is within the limit."""
        if not self.requests_per_second:
            return True
        second = int(self._real_time())
        if second != self._second:
            self._second = second
            self._counts.clear()
        count = self._counts.get(client_id, 0) + 1
        self._counts[client_id] = count
        return count <= self.requests_per_second
