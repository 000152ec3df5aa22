"""What is kept of changes, for whoever follows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from character_sync.ports.basics import UserId
from character_sync.ports.characters import CharacterReference


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change as it is told. `number` only grows within a user; `character` is how it is called now."""

    number: int
    kind: str
    at: datetime
    character: CharacterReference | None
    session_id: UUID | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangePage:
    """`last` is the number to go on after: of the last item, or the one that was asked from when there is nothing new."""

    items: tuple[ChangeRow, ...]
    last: int
    has_more: bool


class Changes(Protocol):
    """The changes of a user, in the order in which they were committed."""

    async def page(self, owner: UserId, *, after: int | None, limit: int) -> ChangePage:
        """Return what came after a number, oldest first; from the beginning of what is kept when it is None.

        Raises:
            ChangesForgotten: something after that number is no longer kept.
        """

    async def latest(self, owner: UserId) -> int:
        """Return the number of the newest change; 0 when there was none."""

    async def forget(self, before: datetime, limit: int) -> int:
        """Delete changes of all users from before a time, `limit` at most, and return how many."""
