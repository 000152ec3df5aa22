"""How much of something may still be asked for: a bucket that a minute fills."""

import time
from collections.abc import Callable


class Allowance:
    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._now = now
        self._left = float(per_minute)
        self._counted_at = now()

    def take(self) -> bool:
        """Return whether one more is allowed, and count it."""
        now = self._now()
        self._left = min(self._per_minute, self._left + (now - self._counted_at) * self._per_minute / 60)
        self._counted_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
