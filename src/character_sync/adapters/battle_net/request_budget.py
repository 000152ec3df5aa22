"""How many requests Battle.net allows us, kept by one process."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import timedelta
from typing import Final, Protocol

from character_sync.ports import Lane, Turn

# A second as Battle.net counts it, and 20 ms for requests that overtake each other on the way there: without them
# the first of one second arrives among the last of the second before, one too many.
SECOND: Final = 1.02
HOUR: Final = 3600.0
LONGEST_DEPARTURE: Final = (
    5.0  # seconds; past the 3 s to connect. A request that never says `sent` frees its place then
)

Waiter = asyncio.Future[None]


class Cancellable(Protocol):
    def cancel(self) -> None: ...


Timer = Callable[[float, Callable[[], None]], Cancellable]
"""Calls back after so many seconds, on the event loop."""


class RequestPacer:
    """Lets at most `per_second` requests leave in any second and `per_hour` in any hour. Implements RequestBudget.

    A request holds a place from `admit` and is counted from when it was `sent`: setting up a connection takes up to
    three round trips, and a window counted from `admit` would let the next second's requests, on open connections,
    arrive together with the last second's. Nothing runs while nobody waits.

    Source: https://develop.battle.net/documentation/guides/getting-started ("36,000 requests per hour at a rate of
    100 requests per second", 429 for the rest of the second).
    """

    def __init__(
        self,
        *,
        per_second: int,
        per_hour: int,
        monotonic: Callable[[], float] = time.monotonic,
        timer: Timer | None = None,
    ) -> None:
        """0 is no limit. `timer` is for tests; it is the event loop's."""
        self._limits = [(n, span) for n, span in ((per_second, SECOND), (per_hour, HOUR)) if n > 0]
        self._monotonic = monotonic
        self._timer = timer
        self._leaving: deque[float] = deque()  # admitted and not sent yet, by when they were admitted
        self._sent: deque[float] = deque(maxlen=max((n for n, _ in self._limits), default=0))
        self._lanes: dict[Lane, OrderedDict[str, OrderedDict[Waiter, None]]] = {lane: OrderedDict() for lane in Lane}
        self._waiting = 0
        self._closed_until = 0.0
        self._alarm: tuple[float, Cancellable] | None = None

    @property
    def waiting(self) -> int:
        """How many requests wait to be admitted."""
        return self._waiting

    @property
    def gate_closed_until(self) -> float | None:
        """When the gate opens, on this pacer's clock; None when it is open."""
        return self._closed_until if self._closed_until > self._monotonic() else None

    @property
    def left_this_second(self) -> int | None:
        """How many requests may go now as far as the limits say, whatever the gate; None without any limit."""
        now = self._monotonic()
        self._drop_lost(now)
        return min((limit - self._counted(now - span) for limit, span in self._limits), default=None)

    async def admit(self, turn: Turn) -> None:
        """Return when this request may be sent: lower lanes first, holders of one lane in turns.

        Follow it with one `sent`. A caller that is cancelled here gives its place up.
        """
        if not self._waiting and self._wait() <= 0:
            self._take()
            return
        waiter: Waiter = asyncio.get_running_loop().create_future()
        self._lanes[turn.lane].setdefault(turn.holder, OrderedDict())[waiter] = None
        self._waiting += 1
        self._pump()
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():  # admitted in the same breath
                self._give_back()
            else:
                self._forget(turn, waiter)
            raise

    def sent(self) -> None:
        """Say that an admitted request has left: its second and its hour begin now."""
        if not self._limits:
            return
        if self._leaving:
            self._leaving.popleft()
        self._sent.append(self._monotonic())
        if self._waiting:
            self._pump()

    def close_gate(self, wait: timedelta) -> None:
        """Let nothing through for `wait`; a shorter wait than the one in force changes nothing."""
        self._closed_until = max(self._closed_until, self._monotonic() + wait.total_seconds())

    def _take(self) -> None:
        if self._limits:
            self._leaving.append(self._monotonic())

    def _give_back(self) -> None:
        if self._leaving:
            self._leaving.pop()
        self._pump()

    def _wait(self) -> float:
        """Return the seconds until one more may go; 0 or less is now."""
        now = self._monotonic()
        self._drop_lost(now)
        opens = self._closed_until
        for limit, span in self._limits:
            free = limit - len(self._leaving)
            if free <= 0:
                opens = max(opens, self._leaving[0] + LONGEST_DEPARTURE)  # or sooner: `sent` looks again
            elif len(self._sent) >= free:
                opens = max(opens, self._sent[-free] + span)
        return opens - now

    def _drop_lost(self, now: float) -> None:
        while self._leaving and self._leaving[0] <= now - LONGEST_DEPARTURE:
            self._sent.append(self._leaving.popleft() + LONGEST_DEPARTURE)

    def _counted(self, since: float) -> int:
        count = len(self._leaving)
        for moment in reversed(self._sent):
            if moment <= since:
                break
            count += 1
        return count

    def _pump(self) -> None:
        """Admit everyone who may go, and have this called again when the next one may."""
        while self._waiting:
            wait = self._wait()
            if wait > 0:
                self._wake_in(wait)
                return
            waiter = self._next()
            if not waiter.done():  # else its caller is cancelled and has not run since
                self._take()
                waiter.set_result(None)
        self._sleep()

    def _next(self) -> Waiter:
        """Take out who is next. The holder served goes to the end of its lane: 60 waiting never delay another's 3."""
        holders = next(holders for holders in self._lanes.values() if holders)
        holder, waiters = next(iter(holders.items()))
        waiter, _ = waiters.popitem(last=False)
        self._waiting -= 1
        if waiters:
            holders.move_to_end(holder)
        else:
            del holders[holder]
        return waiter

    def _forget(self, turn: Turn, waiter: Waiter) -> None:
        holders = self._lanes[turn.lane]
        waiters = holders.get(turn.holder)
        if waiters is None or waiter not in waiters:
            return
        del waiters[waiter]
        self._waiting -= 1
        if not waiters:
            del holders[turn.holder]
        if not self._waiting:
            self._sleep()

    def _wake_in(self, wait: float) -> None:
        due = self._monotonic() + wait
        if self._alarm is not None:
            if self._alarm[0] <= due:
                return  # it will look again then
            self._alarm[1].cancel()
        timer = self._timer or asyncio.get_running_loop().call_later
        self._alarm = (due, timer(wait, self._ring))

    def _ring(self) -> None:
        self._alarm = None
        self._pump()

    def _sleep(self) -> None:
        if self._alarm is not None:
            self._alarm[1].cancel()
            self._alarm = None
