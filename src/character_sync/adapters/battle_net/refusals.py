"""What a 429 means for the pace: how long the gate stays closed, and how much slower we go afterwards. Pure.

With a Retry-After Battle.net says what to do. Without one the gate closes for a time with full jitter whose longest
doubles with each refusal, and from the second on the rate halves and then grows back: more slowly than it fell, as
TCP does, for whoever refuses twice is still refusing.
"""

from dataclasses import dataclass
from typing import Final

FIRST_BACKOFF: Final = 1.0  # seconds; a 429 is for the rest of a second
LONGEST_BACKOFF: Final = 60.0  # seconds; longer and a sync session would seem dead
ECHO: Final = 1.0  # seconds; refusals this soon after one are of requests that were on their way when it came
LOWEST_RATE: Final = 1 / 16  # of the limit: with 100 per second still 6
RECOVERY: Final = 0.05  # of the limit, per second: from half back to all of it in 10 s
CALM: Final = 60.0  # seconds without a refusal, after which the next is a first one again


@dataclass(frozen=True, slots=True)
class Throttle:
    """How often Battle.net refused without saying for how long, when last, and the rate since then (1 is the limit)."""

    strikes: int = 0
    struck_at: float = 0.0
    rate_then: float = 1.0

    def rate(self, now: float) -> float:
        """Return the part of the limit to use now."""
        if not self.strikes:
            return 1.0
        return min(1.0, self.rate_then + RECOVERY * max(0.0, now - self.struck_at))


def refused(throttle: Throttle, *, now: float, asked: float | None, draw: float) -> tuple[Throttle, float]:
    """Return the throttle after a 429, and for how many seconds the gate closes from now.

    Args:
        throttle: Before it.
        now: On the clock of `struck_at`.
        asked: The seconds Battle.net asks for; None or 0 when it says nothing of use.
        draw: A random number in [0, 1).
    """
    if asked:
        return throttle, asked
    if throttle.strikes and now - throttle.struck_at < ECHO:
        return throttle, 0.0
    strikes = throttle.strikes if now - throttle.struck_at < CALM else 0
    doublings = min(strikes, 16)  # 2**16 seconds is past the cap; more only makes huge numbers
    wait = draw * min(LONGEST_BACKOFF, FIRST_BACKOFF * 2**doublings)
    rate = max(LOWEST_RATE, throttle.rate(now) / 2) if strikes else 1.0
    return Throttle(strikes + 1, now, rate), wait
