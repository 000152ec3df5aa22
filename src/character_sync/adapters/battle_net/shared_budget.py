"""One request budget for all processes of a Battle.net client id, leased from Redis a little at a time."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final
from uuid import uuid4

import structlog
from redis.exceptions import RedisError

from character_sync.adapters.battle_net.lease_script import HOLD, HORIZON, MICRO, Answer, Ask, LeaseScript, Strike
from character_sync.adapters.battle_net.leased_places import LeasedPlaces
from character_sync.adapters.battle_net.outcomes import NOTHING_YET
from character_sync.adapters.battle_net.refusals import Throttle
from character_sync.adapters.battle_net.request_budget import RequestPacer
from character_sync.adapters.battle_net.request_lanes import scheduled_pace
from character_sync.adapters.battle_net.request_places import HOUR, SECOND, Windows
from character_sync.ports import BudgetState, Lane, Outlook, Turn

EVERY: Final = 0.075  # seconds between two asks: 13 a second, and two of them fit into what a lease looks ahead
AT_ONCE: Final = 6  # asks that may be made sooner than that: a small sync sends some requests one after the other
LONGEST_PAUSE: Final = 0.3  # seconds; a permit is heard of a second before its time, so it is seen before it
CHUNKS: Final = 4  # one ask gets a quarter of the limit at most, so that the next process finds something
ASK_SECONDS: Final = 1.0  # Redis answers in a millisecond; what is slower than this is gone
RETRY_SECONDS: Final = 0.5  # between asks while Redis is gone: shorter than what is new there stays closed
ALONE_AFTER: Final = HORIZON + HOLD + SECOND  # seconds; by then every lease of any process is used, and a second past

log = structlog.get_logger()


class SharedRequestBudget:
    """Implements RequestBudget over Redis. Admits by the same lanes and turns as `RequestPacer`, on leased permits.

    While Redis is gone each process keeps to its share of the limits, and asks on; see docs/adr/0015.
    """

    def __init__(
        self,
        script: LeaseScript,
        *,
        per_second: int,
        per_hour: int,
        share_alone: float,
        monotonic: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`per_second` is at least 1; `per_hour` 0 is no limit. `share_alone` is the part of both used without Redis."""
        self._script = script
        self._per_second = per_second
        self._per_hour = per_hour
        self._monotonic = monotonic
        self._process = uuid4().hex
        alone = [(max(1, int(limit * share_alone)), span) for limit, span in ((per_second, SECOND), (per_hour, HOUR))]
        self._places = LeasedPlaces(Windows(alone if per_hour else alone[:1]))
        self._pacer = RequestPacer(
            per_second=0,
            per_hour=0,
            monotonic=monotonic,
            draw=draw,
            places=self._places,
            scheduled_per_second=scheduled_pace(per_second),
            on_change=self._changed,
        )
        self._needed = asyncio.Event()
        self._urgent = asyncio.Event()
        self._asks_until = 0.0  # up to when asks have been made that are EVERY apart
        self._has_plenty = False  # as of the last answer, for the players
        self._one_asks = asyncio.Lock()
        self._told_admitted = 0  # of the players' requests, when an answer came last
        self._heard_strike = ""
        self._strike: Strike | None = None  # to be told
        self._untold_outcomes: Counter[str] = Counter()
        self._is_refused = False
        self._is_over = False

    async def admit(self, turn: Turn) -> None:
        await self._pacer.admit(turn)

    def sent(self) -> None:
        self._pacer.sent()

    def came_to(self, outcome: str) -> None:
        self._pacer.came_to(outcome)
        self._untold_outcomes[outcome] += 1

    def close_gate(self, asked: timedelta | None) -> None:
        before = self._pacer.throttle
        self._pacer.close_gate(asked)
        after = self._pacer.throttle
        if after is not before:
            self._strike = Strike(self._heard_strike, after.strikes, after.rate_then)
        self._is_refused = True
        self._needed.set()
        self._urgent.set()

    def outlook(self, turn: Turn) -> Outlook:
        return self._pacer.outlook(turn)

    async def state(self) -> BudgetState:
        """Return how the shared budget stands, or this process's part of it when Redis is gone."""
        answer = await self._exchange(look=True)
        own = await self._pacer.state()
        if answer is None:
            return own
        outcomes = answer.outcomes[0] if isinstance(answer.outcomes, list) else {}
        return BudgetState(
            left_per_second=answer.left_second,
            left_per_hour=answer.left_hour if self._per_hour else None,
            gate_seconds=answer.gate / MICRO,
            rate=own.rate,
            waiting=dict(zip(Lane, answer.waiting, strict=True)),
            outcomes={**NOTHING_YET, **outcomes},
            leases=answer.asked,
            is_shared=True,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Ask Redis while the context is open; on leaving, what is leased and unused goes back."""
        self._needed.set()
        asking = asyncio.create_task(self._ask_for_ever(), name="request budget")
        try:
            yield
        finally:
            # Not cancelled: what an answer in flight leases would be lost, and redis-py may swallow a cancellation.
            self._is_over = True
            self._needed.set()
            self._urgent.set()
            await asking
            self._places.drop_ended(self._monotonic(), all_of_them=True)
            if self._places.has_news and not self._places.is_alone:
                await self._exchange()

    def _changed(self) -> None:
        if self._pacer.waiting > self._places.here:
            self._needed.set()
            if self._may_hurry:
                self._urgent.set()
        elif self._places.has_news:
            self._needed.set()

    async def _ask_for_ever(self) -> None:
        while True:
            await self._until_needed()
            if self._is_over:
                return
            self._asks_until = max(self._asks_until, self._monotonic()) + EVERY
            answer = await self._exchange()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause(answer)):
                    await self._urgent.wait()

    async def _until_needed(self) -> None:
        """Return when somebody waits, or there is something to tell, unused leases that end among it."""
        while not self._needed.is_set():
            left = self._places.next_end - self._monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(left if left < ALONE_AFTER else None):
                    await self._needed.wait()
            self._places.drop_ended(self._monotonic())
            self._changed()
        self._needed.clear()
        self._urgent.clear()

    def _pause(self, answer: Answer | None) -> float:
        if answer is None:
            return RETRY_SECONDS
        if self._places.has_news or self._places.here or not self._pacer.waiting:
            return EVERY
        return min(LONGEST_PAUSE, max(EVERY, answer.again / MICRO))

    async def _exchange(self, *, look: bool = False) -> Answer | None:
        """Tell, ask and hear once. None: Redis is gone."""
        async with self._one_asks:
            asked = self._monotonic()
            self._places.drop_ended(asked)
            told = self._places.tell()
            outcomes, self._untold_outcomes = self._untold_outcomes, Counter()
            strike, self._strike = self._strike, None
            is_refused, self._is_refused = self._is_refused, False
            gate = (self._pacer.gate_closed_until or asked) - asked if is_refused else 0.0
            ask = Ask(
                process=self._process,
                limit=self._per_second,
                hour=self._per_hour,
                chunk=max(1, self._per_second // CHUNKS),
                want=self._wants(),
                slow=scheduled_pace(self._per_second),
                spare=max(0, self._players_admitted - self._told_admitted - self._surplus),
                sent=list(told[0]),
                unused=list(told[1]),
                loose_second=self._places.loose(asked - SECOND) if self._places.is_alone else 0,
                loose_hour=told[2],
                outcomes=dict(outcomes),
                gate=int(gate * MICRO),
                strike=strike,
                look=look,
            )
            try:
                async with asyncio.timeout(ASK_SECONDS):
                    answer = await self._script.run(ask)
            except Exception as error:  # noqa: BLE001 - whatever it is, requests must go on, and asking too
                self._lost(error)
                self._places.untell(told)
                self._untold_outcomes += outcomes
                if self._strike is None:
                    self._strike = strike
                self._is_refused |= is_refused
                return None
            self._hear(answer, asked)
            return answer

    @property
    def _surplus(self) -> int:
        return max(0, self._places.here - self._pacer.waiting)

    @property
    def _players_admitted(self) -> int:
        """Those that may come again before the next ask; scheduled ones never get more than they wait for."""
        return sum(count for lane, count in self._pacer.admitted.items() if lane is not Lane.SCHEDULED)

    @property
    def _may_hurry(self) -> bool:
        """Whether to ask at once: a player waits and nobody else has to for it. Who is short asks in turns, or would get more."""
        lanes = self._pacer.lanes.waiting()
        players = sum(lanes[lane] for lane in Lane if lane is not Lane.SCHEDULED)
        is_early = self._asks_until > self._monotonic() + (AT_ONCE - 1) * EVERY
        return players > self._places.here and self._has_plenty and not is_early

    def _wants(self) -> list[int]:
        """Return for each lane how many wait without a permit that is here already, and of how many sessions."""
        here, wants = self._places.here, []
        waiting, holders = self._pacer.lanes.waiting(), self._pacer.lanes.holders()
        for lane in Lane:
            served = min(here, waiting[lane])
            here -= served
            wants += [waiting[lane] - served, holders[lane]]
        return wants

    def _hear(self, answer: Answer, asked: float) -> None:
        now = self._monotonic()
        if self._places.is_alone:
            log.info("request_budget_shared_again")
        self._places.hear(answer, asked=asked, answered=now)
        self._told_admitted = self._players_admitted
        self._has_plenty = sum(answer.waiting[: Lane.SCHEDULED]) <= len(answer.leases)
        if self._strike is None:  # else what is to be told is newer
            heard = answer.strike
            self._heard_strike = heard.after
            self._pacer.throttle = Throttle(heard.strikes, now - heard.ago / MICRO, heard.rate)
        if answer.gate > 0:
            self._pacer.close_for(answer.gate / MICRO)
        self._pacer.pump()
        if self._pacer.waiting > self._places.here:
            self._needed.set()

    def _lost(self, error: Exception) -> None:
        if not self._places.is_alone:
            is_gone = isinstance(error, (RedisError, OSError, TimeoutError))
            log.warning("request_budget_alone", error=repr(error), exc_info=not is_gone)
        self._places.go_alone(self._monotonic(), ALONE_AFTER)
        self._pacer.pump()
        self._needed.set()
