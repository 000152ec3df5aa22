"""What a player says of their characters, which no sync ever changes: groups, and fields of their own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from character_sync.ports.basics import UserId


@dataclass(frozen=True, slots=True)
class CharacterGroup:
    """Characters that belong together, across realms, regions and game versions; the main is one of the members."""

    id: UUID
    name: str
    main: UUID | None
    members: tuple[UUID, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PlayerFields:
    """What the player set on a character; None is what they left to Battle.net, or to nobody."""

    character_id: UUID
    display_name: str | None
    note: str | None
    role: str | None
    is_hidden: bool | None
    updated_at: datetime


class CharacterGroups(Protocol):
    """A user's groups. Whoever writes has locked the user, so that limits hold."""

    async def all(self, owner: UserId) -> list[CharacterGroup]:
        """Return every group, by name; members in the order in which they were added."""

    async def one(self, owner: UserId, group_id: UUID) -> CharacterGroup:
        """Raises NotFound."""

    async def create(
        self, owner: UserId, name: str, members: Sequence[UUID], main: UUID | None, now: datetime
    ) -> CharacterGroup:
        """Raises NotFound: a member is not a character of the owner's."""

    async def change(self, owner: UserId, group: CharacterGroup, now: datetime) -> CharacterGroup:
        """Save a group as it is given; who stays a member keeps their time. Raises NotFound."""

    async def delete(self, owner: UserId, group_id: UUID) -> None:
        """Raises NotFound."""


class PlayersOwn(Protocol):
    """What the player set on their characters."""

    async def of(self, owner: UserId, characters: Collection[UUID]) -> Mapping[UUID, PlayerFields]:
        """Return what is set on these; a character on which nothing is set is left out."""

    async def set(
        self, owner: UserId, character_id: UUID, values: Mapping[str, Any], now: datetime
    ) -> PlayerFields | None:
        """Change the named fields, None among them; return all, or None when nothing is set any more.

        Raises:
            NotFound.
        """
