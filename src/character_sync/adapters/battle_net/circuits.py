"""The circuits of one process: what is sent to Battle.net passes one, and waits in front of it while it is open."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog

from character_sync.adapters.battle_net.namespaces import profile_namespace
from character_sync.domain.circuit import Answered, Circuit, CircuitPolicy, Condition, Passage, Paused, Place
from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCharacterHidden,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
)
from character_sync.domain.game import GameVersions, Region
from character_sync.ports import CircuitState, Clock, OperatedCircuit, Turn

T = TypeVar("T")

ACCOUNT, STATUS, ACHIEVEMENTS = "account", "status", "achievements"  # the endpoints that are no facet
RESUME_SECONDS: Final = 1.0  # within so long those who waited go on, so that not all of them ask in the same moment
LOOKED_AT_AGAIN: Final = timedelta(
    seconds=60
)  # what a caller is told to wait for a circuit that an operator has opened

_log = structlog.get_logger()


def places_of(versions: GameVersions) -> list[Place]:
    """Return every place that is asked for game versions."""
    return sorted(
        {
            Place(region.value, profile_namespace(version.namespace_family, region), endpoint)
            for version in versions
            for region in Region
            for endpoint in (
                *(facet.value for facet in version.facets),
                ACCOUNT,
                STATUS,
                *([ACHIEVEMENTS] if version.has_achievements else []),
            )
        },
        key=lambda place: (place.region, place.namespace, place.endpoint),
    )


class Circuits:
    """Implements the port `CircuitBreaker`. Each process counts for itself; what an operator says reaches all."""

    def __init__(
        self,
        policy: CircuitPolicy,
        *,
        clock: Clock,
        monotonic: Callable[[], float],
        draw: Callable[[], float],
        places: Iterable[Place] = (),
    ) -> None:
        """`places` are those that are shown from the start, so that a zero is told of them, too."""
        self._policy = policy
        self._clock = clock
        self._monotonic = monotonic
        self._draw = draw
        self._circuits: dict[Place, Circuit] = {place: Circuit(policy) for place in places}
        self._changed: dict[Place, asyncio.Event] = {}
        self._parked: dict[str, Counter[Place]] = {}
        self._operated: Sequence[OperatedCircuit] = ()
        self._until: dict[Place, datetime] = {}
        self._fresh: set[Place] = set()

    async def through(self, place: Place, turn: Turn, ask: Callable[[], Awaitable[T]], *, waits: bool) -> T:
        """Return what `ask` gives. While the circuit is open, wait in front of it, which is no attempt.

        An outage that opens the circuit is waited for by those who ran into it, too: they ask again afterwards. Without
        `waits` an open circuit is an outage at once.

        Raises:
            BattleNetUnavailable: and whatever `ask` raises.
        """
        circuit = self._at(place)
        while True:
            passage = circuit.passage(self._monotonic())
            if passage is None:
                if not waits:
                    raise BattleNetUnavailable(retry_after=self._retry_after(circuit))
                passage = await self._parked_passage(place, circuit, turn)
            try:
                result = await ask()
            except BattleNetUnavailable:
                self._answered(place, passage, Answered.WRONGLY)
                if not waits or circuit.condition(self._monotonic()) is Condition.CLOSED:
                    raise
            except BattleNetAnswerUnreadable:
                self._answered(place, passage, Answered.WRONGLY)
                raise
            except (BattleNetCharacterHidden, BattleNetTokenInvalid):
                self._answered(place, passage, Answered.WELL)
                raise
            except BaseException:  # a stop among them: a probe that nobody waits for must not be waited for
                self._answered(place, passage, Answered.NOTHING)
                raise
            else:
                self._answered(place, passage, Answered.WELL)
                return result

    def pause_of(self, turn: Turn) -> Paused | None:
        """Return why work of a turn stands still; None while none of it does."""
        parked = self._parked.get(turn.holder)
        if not parked:
            return None
        place = min(parked, key=lambda place: (place.region, place.namespace, place.endpoint))
        until = None if self._at(place).is_forced else self._until.get(place)
        return Paused(place.region, place.namespace, place.endpoint, until)

    def operate(self, told: Sequence[OperatedCircuit]) -> None:
        """Keep to what operators say now: all of it, each time."""
        before = {one.place: one for one in self._operated}
        closed = [one.place for one in told if not one.is_open and before.get(one.place) != one]
        self._operated = told
        for place, circuit in self._circuits.items():
            was = circuit.is_forced
            circuit.is_forced = self._is_forced(place)
            if any(pattern.covers(place) for pattern in closed):
                circuit.close()
                self._tell_of(place)
            elif circuit.is_forced is not was:
                self._tell_of(place)

    def states(self) -> list[CircuitState]:
        """Return every circuit that something went through, or waits in front of."""
        now = self._monotonic()
        parked: Counter[Place] = sum(self._parked.values(), Counter())
        return [
            CircuitState(place, circuit.condition(now), self._until.get(place), parked[place])
            for place, circuit in self._circuits.items()
        ]

    def news(self) -> list[CircuitState]:
        """Return the circuits that have changed since this was asked last."""
        fresh, self._fresh = self._fresh, set()
        return [state for state in self.states() if state.place in fresh]

    def _at(self, place: Place) -> Circuit:
        circuit = self._circuits.get(place)
        if circuit is None:
            circuit = self._circuits[place] = Circuit(self._policy)
            circuit.is_forced = self._is_forced(place)
        return circuit

    def _is_forced(self, place: Place) -> bool:
        """The last word that was said of a place counts, however much else it was said of."""
        said = [one for one in self._operated if one.place.covers(place)]
        return bool(said) and max(said, key=lambda one: one.changed_at).is_open

    def _retry_after(self, circuit: Circuit) -> timedelta:
        wait = circuit.wait(self._monotonic())
        return LOOKED_AT_AGAIN if wait is None else timedelta(seconds=max(1.0, wait))

    def _answered(self, place: Place, passage: Passage, what: Answered) -> None:
        now, circuit = self._monotonic(), self._circuits[place]
        if circuit.answered(passage, what, now, self._draw()):
            self._tell_of(place)

    def _tell_of(self, place: Place) -> None:
        """Wake those who wait for a change of this circuit, and note it for operators."""
        now, circuit = self._monotonic(), self._circuits[place]
        wait = circuit.wait(now)
        condition = circuit.condition(now)
        if condition is Condition.OPEN and wait is not None:
            self._until[place] = self._clock() + timedelta(seconds=wait)
        elif condition is Condition.CLOSED:
            self._until.pop(place, None)
        self._fresh.add(place)
        _log.warning(
            "battle_net_circuit",
            region=place.region,
            namespace=place.namespace,
            endpoint=place.endpoint,
            condition=condition.value,
            seconds=None if wait is None else round(wait, 1),
        )
        if (changed := self._changed.pop(place, None)) is not None:
            changed.set()

    async def _parked_passage(self, place: Place, circuit: Circuit, turn: Turn) -> Passage:
        with self._parking(place, turn):
            while True:
                changed = self._changed.setdefault(place, asyncio.Event())
                with suppress(TimeoutError):
                    async with asyncio.timeout(circuit.wait(self._monotonic())):
                        await changed.wait()
                if circuit.condition(self._monotonic()) is Condition.CLOSED:
                    await asyncio.sleep(self._draw() * RESUME_SECONDS)
                passage = circuit.passage(self._monotonic())
                if passage is not None:
                    return passage

    @contextmanager
    def _parking(self, place: Place, turn: Turn) -> Iterator[None]:
        parked = self._parked.setdefault(turn.holder, Counter())
        parked[place] += 1
        try:
            yield
        finally:
            parked[place] -= 1
            if not parked[place]:
                del parked[place]
            if not parked:
                self._parked.pop(turn.holder, None)
