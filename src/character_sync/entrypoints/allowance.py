"""How much of something may still be asked for: a bucket that a minute fills, and places for what goes on."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from character_sync.domain.errors import TooManyRequests

PLACE_IS_FREE_AFTER: Final = timedelta(seconds=10)  # perhaps: nobody knows how long the others stay


class MinuteBucket:
    __slots__ = ("_counted_at", "_left", "_now", "_per_minute")

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


class PlacesPerCaller:
    """So many things of one caller may go on at the same time, in this process."""

    def __init__(self, of_each: int) -> None:
        self._of_each = of_each
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, caller: str) -> Iterator[None]:
        """Hold a place while the block goes on. Raises TooManyRequests: the caller has all theirs."""
        if self._taken[caller] >= self._of_each:
            raise TooManyRequests(PLACE_IS_FREE_AFTER)
        self._taken[caller] += 1
        try:
            yield
        finally:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]
