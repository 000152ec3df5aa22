"""How long a sync session will still take: an estimate that is calm, and absent when nothing is known."""

from collections import deque
from dataclasses import dataclass, field
from math import ceil
from typing import Final

MEASURED_OVER: Final = 10.0  # seconds: long enough for several seconds of the budget, short enough to see a change
ENOUGH_TO_MEASURE: Final = 1.0  # seconds: less is one burst of the budget, and says nothing of the next
TRUST: Final = 0.3  # of a new estimate; the rest is the one before, less the time that has passed
WORTH_A_RISE: Final = 1.2  # an estimate goes up only when it would by a fifth: below that it waits for time to pass
LONGEST: Final = 24 * 3600.0  # seconds; past any deadline, and a number that long says nothing


def seconds_left(
    remaining: int, *, own_pace: float | None, ahead: int, pace: float | None, gate: float
) -> float | None:
    """Return the seconds until the last of a sync session's requests is answered; None when it cannot be known.

    Args:
        remaining: Requests this sync session still has to make.
        own_pace: How many of its own were made per second lately: it holds the turns of others and slow answers.
        ahead: Requests of others that go before its own; they count only until its own pace is known.
        pace: How many requests leave per second, of all sync sessions together.
        gate: Seconds until any may leave again.
    """
    if remaining <= 0:
        return 0.0
    if own_pace:
        return min(LONGEST, gate + remaining / own_pace)
    if pace:
        return min(LONGEST, gate + (ahead + remaining) / pace)
    return None


def smoothed(before: float | None, passed: float, now: float | None) -> float | None:
    """Return an estimate that follows `now` without jumping. `passed` is the seconds since `before` was told."""
    if before is None or now is None:
        return now
    expected = max(0.0, before - passed)
    blended = expected + TRUST * (now - expected)
    if expected < blended and now < max(expected, 1.0) * WORTH_A_RISE:
        return expected
    return blended


@dataclass(slots=True)
class Forecast:
    """The estimates of one run, one after another. Moments are seconds on any one clock."""

    _made: deque[tuple[float, int]] = field(default_factory=deque)
    _own_pace: float | None = None
    _told: float | None = None
    _told_at: float = 0.0

    def update(
        self, moment: float, *, made: int, remaining: int, ahead: int, pace: float | None, gate: float
    ) -> int | None:
        """Return whole seconds, rounded up. `made` counts the requests this run has made so far."""
        if gate <= 0:  # a closed gate says nothing of the pace before it and after it
            self._measure(moment, made)
        now = seconds_left(remaining, own_pace=self._own_pace, ahead=ahead, pace=pace, gate=gate)
        self._told = smoothed(self._told, moment - self._told_at, now)
        self._told_at = moment
        return None if self._told is None else ceil(self._told)

    def _measure(self, moment: float, made: int) -> None:
        self._made.append((moment, made))
        while self._made[0][0] < moment - MEASURED_OVER:
            self._made.popleft()
        since, before = self._made[0]
        if moment - since >= ENOUGH_TO_MEASURE:
            self._own_pace = (made - before) / (moment - since)
