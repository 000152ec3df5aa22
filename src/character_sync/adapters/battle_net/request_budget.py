"""Who may send the next request to Battle.net, in this process."""

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, Protocol

from character_sync.adapters.battle_net.outcomes import NOTHING_YET
from character_sync.adapters.battle_net.refusals import Throttle, refused
from character_sync.adapters.battle_net.request_lanes import (
    BESIDE_PLAYERS,
    PLAYERS_SECONDS,
    RequestLanes,
    scheduled_pace,
)
from character_sync.adapters.battle_net.request_places import HOUR, SECOND, Places, Windows
from character_sync.ports import BudgetState, Lane, Outlook, Turn

PACE_OVER: Final = 5.0  # seconds the recent pace is taken over: long enough to be calm, short enough to follow a gate

Waiter = tuple[Lane, asyncio.Future[None]]


class Cancellable(Protocol):
    def cancel(self) -> None: ...


Timer = Callable[[float, Callable[[], None]], Cancellable]
"""Calls back after so many seconds, on the event loop."""


class RequestPacer:
    """Admits requests in their order as places become free. Implements RequestBudget for one process.

    The limits are `Places`: this process's own windows here, leased ones where several processes share the budget
    (`shared_budget.py`). Nothing runs while nobody waits.

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
        draw: Callable[[], float] = random.random,
        places: Places | None = None,
        scheduled_per_second: int | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """0 is no limit. `timer` is for tests; it is the event loop's.

        Args:
            draw: Gives a random number in [0, 1).
            places: Other places than those of the two limits.
            scheduled_per_second: The pace of the lowest lane, 0 for none of its own; by default its part of `per_second`.
            on_change: Called when somebody begins to wait, and when a request has left.
        """
        self.windows = Windows([(per_second, SECOND), (per_hour, HOUR)])
        self.lanes: RequestLanes[Waiter] = RequestLanes()
        self.outcomes: Counter[str] = Counter()
        self.throttle = Throttle()
        self.admitted: Counter[Lane] = Counter()
        self._places: Places = places or self.windows
        pace = scheduled_pace(per_second) if scheduled_per_second is None else scheduled_per_second
        self._scheduled = Windows([(pace, SECOND)])
        self._players_until = 0.0
        self._monotonic = monotonic
        self._timer = timer
        self._draw = draw
        self._on_change = on_change
        self._closed_until = 0.0
        self._departures: deque[float] = deque(maxlen=1_000)  # ten times what a second allows; older tell no pace
        self._alarm: tuple[float, Cancellable] | None = None

    @property
    def waiting(self) -> int:
        """How many requests wait to be admitted."""
        return len(self.lanes)

    @property
    def gate_closed_until(self) -> float | None:
        """When the gate opens, on this pacer's clock; None when it is open."""
        return self._closed_until if self._closed_until > self._monotonic() else None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Nothing has to run: everything happens when somebody asks."""
        yield

    async def state(self) -> BudgetState:
        """Return what an operator wants to see."""
        now = self._monotonic()
        return BudgetState(
            left_per_second=self.windows.left(now, SECOND),
            left_per_hour=self.windows.left(now, HOUR),
            gate_seconds=max(0.0, self._closed_until - now),
            rate=self.throttle.rate(now),
            waiting=self.lanes.waiting(),
            outcomes={**NOTHING_YET, **self.outcomes},
            leases=0,
            is_shared=False,
        )

    def outlook(self, turn: Turn) -> Outlook:
        """Return what a forecast for this turn needs."""
        now = self._monotonic()
        while self._departures and self._departures[0] <= now - PACE_OVER:
            self._departures.popleft()
        pace = None
        if self.lanes and self._departures:
            pace = len(self._departures) / max(now - self._departures[0], SECOND)
        return Outlook(self.lanes.ahead_of(turn), pace, max(0.0, self._closed_until - now))

    async def admit(self, turn: Turn) -> None:
        """Return when this request may be sent: lower lanes first, holders of one lane in turns.

        Follow it with one `sent`. A caller that is cancelled here gives its place up.
        """
        held = self._held_lane
        if turn.lane is not held and not self.lanes.any_but(held) and self._wait() <= 0:
            self._take(turn.lane)
            return
        future = asyncio.get_running_loop().create_future()
        waiter: Waiter = (turn.lane, future)
        self.lanes.add(turn, waiter)
        self._on_change()
        self.pump()
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():  # admitted in the same breath
                self._places.give_back(self._monotonic())
                self.pump()
            elif self.lanes.remove(turn, waiter) and not self.lanes:
                self._sleep()
            raise

    def sent(self) -> None:
        """Say that an admitted request has left: its second and its hour begin now."""
        now = self._monotonic()
        self._places.sent(now)
        self._departures.append(now)
        self._on_change()
        if self.lanes:
            self.pump()

    def came_to(self, outcome: str) -> None:
        """Count what came of a request."""
        self.outcomes[outcome] += 1

    def close_gate(self, asked: timedelta | None) -> None:
        """Let nothing through for as long as Battle.net asks, or for a time of our own when it says nothing."""
        self.refuse(asked.total_seconds() if asked else None)

    def refuse(self, asked: float | None) -> float:
        """Close the gate as after a 429, and return for how many seconds."""
        now = self._monotonic()
        self.throttle, wait = refused(self.throttle, now=now, asked=asked, draw=self._draw())
        self.close_for(wait)
        return wait

    def close_for(self, wait: float) -> None:
        """Let nothing through for `wait` seconds; a shorter wait than the one in force changes nothing."""
        self._closed_until = max(self._closed_until, self._monotonic() + wait)

    def pump(self) -> None:
        """Admit everyone who may go, and have this called again when the next one may."""
        while self.lanes:
            wait = self._wait()
            if wait > 0:
                self._wake_in(wait)
                return
            held = self._held_lane
            if not self.lanes.any_but(held):
                self._wake_in(self._scheduled_wait())
                return
            lane, future = self.lanes.take(but=held)
            if not future.done():  # else its caller is cancelled and has not run since
                self._take(lane)
                future.set_result(None)
        self._sleep()

    def _take(self, lane: Lane) -> None:
        now = self._monotonic()
        self._places.take(now)
        self.admitted[lane] += 1
        if lane is Lane.SCHEDULED:  # counted from here on: it is a share, and not a limit of Battle.net's
            self._scheduled.take(now)
            self._scheduled.sent(now)
        else:
            self._players_until = now + PLAYERS_SECONDS

    @property
    def _held_lane(self) -> Lane | None:
        """The lane that has to wait for its own pace now."""
        return Lane.SCHEDULED if self._scheduled_wait() > 0 else None

    def _scheduled_wait(self) -> float:
        """Return the seconds until a scheduled one may go, by its pace beside players, or until there are none and it has more."""
        now = self._monotonic()
        rate = self.throttle.rate(now)
        wait, players = self._scheduled.wait(now, rate), self._players_until - now
        return max(wait, min(players, self._scheduled.wait(now, rate / BESIDE_PLAYERS))) if players > 0 else wait

    def _wait(self) -> float:
        """Return the seconds until one more may go; 0 or less is now, infinity is when something changes."""
        now = self._monotonic()
        return max(self._closed_until - now, self._places.wait(now, self.throttle.rate(now)))

    def _wake_in(self, wait: float) -> None:
        if wait == float("inf"):
            self._sleep()
            return
        due = self._monotonic() + wait
        if self._alarm is not None:
            if self._alarm[0] <= due:
                return  # it will look again then
            self._alarm[1].cancel()
        timer = self._timer or asyncio.get_running_loop().call_later
        self._alarm = (due, timer(wait, self._ring))

    def _ring(self) -> None:
        self._alarm = None
        self.pump()

    def _sleep(self) -> None:
        if self._alarm is not None:
            self._alarm[1].cancel()
            self._alarm = None
