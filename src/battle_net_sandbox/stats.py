"""Counts of API requests, for tests that must know what a client asked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from battle_net_sandbox.locales import Json


class Stats:
    """Counts since the last reset. A request is counted in its second on arrival, by its status when answered.

    A request that is never answered (a `hang` fault) is counted with status 0.
    """

    def __init__(self, real_time: Callable[[], float] = time.time) -> None:
        self._real_time = real_time
        self.reset()

    def reset(self) -> None:
        self._total = 0
        self._busiest = 0
        self._second = 0
        self._in_second = 0
        self._answered: Counter[tuple[str, int, str]] = Counter()

    def arrived(self) -> None:
        """Count a request into the second it came in."""
        second = int(self._real_time())
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += 1
        self._busiest = max(self._busiest, self._in_second)
        self._total += 1

    def answered(self, template: str, status: int, token: str) -> None:
        """Count an answer by path template, status and kind of token (`user`, `app`, `none`)."""
        self._answered[template, status, token] += 1

    def report(self) -> Json:
        """What `GET /sandbox/stats` answers; `busiestSecond` is the most requests in any one second of real time."""
        return {
            "total": self._total,
            "busiestSecond": self._busiest,
            "requests": [
                {"path": template, "status": status, "token": token, "count": count}
                for (template, status, token), count in sorted(self._answered.items())
            ],
        }
