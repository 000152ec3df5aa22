"""Circuits: what one process knows of them, and what operators and processes tell each other by rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from character_sync.domain.circuit import Condition, Paused, Place
from character_sync.ports.battle_net import Turn


@dataclass(frozen=True, slots=True)
class OperatedCircuit:
    """What an operator has said of a place: keep it open, or close it, if it has opened by itself, too."""

    place: Place
    is_open: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class CircuitState:
    """A circuit of one process. `parked` is how many requests wait in front of it."""

    place: Place
    condition: Condition
    until: datetime | None
    parked: int


@dataclass(frozen=True, slots=True)
class CircuitRow:
    """A place as operators are shown it.

    `is_open` and `said_at` are theirs, None if they have said nothing; `until` is when the last process tries again of
    those in which it has opened by itself, as far as they have told.
    """

    place: Place
    is_open: bool | None
    said_at: datetime | None
    until: datetime | None


class CircuitBreaker(Protocol):
    """The circuits of this process."""

    def pause_of(self, turn: Turn) -> Paused | None:
        """Return why work of a turn stands still; None while none of it does."""

    def operate(self, told: Sequence[OperatedCircuit]) -> None:
        """Keep to what operators say now: all of it, each time."""

    def states(self) -> Sequence[CircuitState]: ...

    def news(self) -> Sequence[CircuitState]:
        """Return the circuits that have changed since this was asked last."""


class CircuitRows(Protocol):
    """What operators have said, and what processes have told; of no player."""

    async def all(self) -> list[CircuitRow]:
        """Return them by place."""

    async def say(self, place: Place, now: datetime, *, is_open: bool) -> None:
        """Say that a place is to be kept open, or closed."""

    async def tell(self, states: Sequence[CircuitState]) -> None:
        """Tell of circuits that have opened by themselves, or closed."""
