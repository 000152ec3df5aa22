"""Places for requests: how many may leave in any second and in any hour, kept by one process. Pure: time is passed in."""

from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

# A second as Battle.net counts it, and 20 ms for requests that overtake each other on the way there: without them
# the first of one second arrives among the last of the second before, one too many.
SECOND: Final = 1.02
HOUR: Final = 3600.0
LONGEST_DEPARTURE: Final = (
    5.0  # seconds; past the 3 s to connect. A request that never says `sent` frees its place then
)


class Places(Protocol):
    """Where requests get the right to leave. A place is taken, and used when its request has been sent."""

    def wait(self, now: float, rate: float) -> float:
        """Return the seconds until one may be taken; 0 or less is now. `rate` is the part of the limit to use."""

    def take(self, now: float) -> None: ...

    def give_back(self, now: float) -> None:
        """Take back the place taken last: its request will not be made."""

    def sent(self, now: float) -> None:
        """Note that the request of the place taken first has left. Of those on their way any may leave first: for
        the limits they are the same.
        """


class Windows:
    """Lets at most so many leave in any span, counted from when they left, bursts and all. Implements Places.

    A request holds a place from `take` and is counted from when it was `sent`: setting up a connection takes up to
    three round trips, and a window counted from `take` would let the next second's requests, on open connections,
    arrive together with the last second's. A lower rate makes the spans longer.
    """

    def __init__(self, limits: Sequence[tuple[int, float]]) -> None:
        """`limits` are requests and seconds; 0 requests is no limit."""
        self.limits = [(limit, span) for limit, span in limits if limit > 0]
        self._leaving: deque[float] = deque()  # taken and not sent yet, by when they were taken
        self._sent: deque[float] = deque(maxlen=max((limit for limit, _ in self.limits), default=0))

    def wait(self, now: float, rate: float) -> float:
        self._drop_lost(now)
        opens = now
        for limit, span in self.limits:
            free = limit - len(self._leaving)
            if free <= 0:
                opens = max(opens, self._leaving[0] + LONGEST_DEPARTURE)  # or sooner: after `sent` one looks again
            elif len(self._sent) >= free:
                opens = max(opens, self._sent[-free] + span / rate)
        return opens - now

    def take(self, now: float) -> None:
        if self.limits:
            self._leaving.append(now)

    def give_back(self, now: float) -> None:  # noqa: ARG002 - the protocol's
        if self._leaving:
            self._leaving.pop()

    def sent(self, now: float) -> None:
        if not self.limits:
            return
        if self._leaving:
            self._leaving.popleft()
        self._sent.append(now)

    def left(self, now: float, span: float) -> int | None:
        """Return how many more the limit of this span allows now; None when it has none."""
        self._drop_lost(now)
        limit = next((limit for limit, its_span in self.limits if its_span == span), None)
        return None if limit is None else limit - self.counted(now - span)

    def counted(self, since: float) -> int:
        """Return how many have left after `since` or are about to."""
        count = len(self._leaving)
        for moment in reversed(self._sent):
            if moment <= since:
                break
            count += 1
        return count

    def _drop_lost(self, now: float) -> None:
        while self._leaving and self._leaving[0] <= now - LONGEST_DEPARTURE:
            self._sent.append(self._leaving.popleft() + LONGEST_DEPARTURE)
