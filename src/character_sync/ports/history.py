"""What is kept of how characters were before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from character_sync.domain.game import Facet
from character_sync.domain.history import SeenState
from character_sync.ports.basics import UserId


@dataclass(frozen=True, slots=True)
class StatePage:
    """States, newest first, without their content. `next_after` is None on the last page."""

    items: tuple[SeenState, ...]
    next_after: int | None


class History(Protocol):
    """The states of characters' facets over time."""

    async def page(
        self, owner: UserId, character_id: UUID, *, facet: Facet | None = None, after: int | None = None, limit: int
    ) -> StatePage:
        """Return states in the order they were first seen, newest first: those before `after`. Raises NotFound."""

    async def as_of(
        self, owner: UserId, character_id: UUID, moment: datetime | None, *, back: int = 0
    ) -> Mapping[Facet, SeenState]:
        """Return of each facet the state that was seen at a moment, or last before it, or so many states `back`.

        None is the newest. A facet of which nothing had been seen by then is missing. Raises NotFound.
        """

    async def profiles(self, owner: UserId, character_id: UUID, limit: int) -> list[SeenState]:
        """Return the newest states of a character's profile, oldest first. Raises NotFound."""

    async def forget(self, ended_before: datetime, limit: int) -> int:
        """Delete states that ended so long ago, with what only they held; return how many they were."""
