"""What is kept of a user's characters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from character_sync.domain.deduplication import ListingPlan, SavedCharacter
from character_sync.domain.game import GameVersion, Region
from character_sync.ports.basics import UserId


@dataclass(frozen=True, slots=True)
class CharacterReference:
    """A character as messages name it, and where it belongs."""

    id: UUID
    name: str
    realm_slug: str
    region: Region
    game_version: str


@dataclass(frozen=True, slots=True)
class CharacterRow:
    """A character as the pages read it."""

    id: UUID
    region: Region
    game_version: str
    realm_slug: str
    realm_name: str | None
    battle_net_id: int
    name: str
    level: int
    class_id: int | None
    class_name: str | None
    race_id: int | None
    race_name: str | None
    gender: str | None
    faction: str | None
    guild: str | None
    item_level: int | None
    active_spec_id: int | None
    active_spec_name: str | None
    title: str | None
    avatar_url: str | None
    last_login_at: datetime | None
    is_active: bool
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    verified_at: datetime | None
    verify_by: datetime | None
    missing_since: datetime | None
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class FacetFreshness:
    """What is known of a facet without its content: whether it is held, why not, and since when."""

    facet: str
    state: str
    reason: str | None
    fetched_at: datetime | None
    changed_at: datetime | None
    upstream_modified_at: datetime | None
    next_due_at: datetime | None
    attempted_at: datetime | None


@dataclass(frozen=True, slots=True)
class FacetRow(FacetFreshness):
    """A facet as the pages read it; `content` is what JSON made of the domain's object, None when none is held."""

    content: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class CharacterPage:
    """Characters by level, highest first. `facets` names only characters of which some are held or were tried.

    `next_after` is None on the last page.
    """

    items: tuple[CharacterRow, ...]
    facets: Mapping[UUID, tuple[FacetFreshness, ...]]
    next_after: tuple[int, UUID] | None


class Characters(Protocol):
    """A user's characters."""

    async def saved(self, owner: UserId, region: Region, namespace_family: str) -> list[SavedCharacter]:
        """Return everything held of a region and namespace family, archived ones included."""

    async def apply(
        self, owner: UserId, plan: ListingPlan, *, version: GameVersion, region: Region, now: datetime
    ) -> list[UUID]:
        """Write a plan; return the ids of the characters the listing showed, updated ones first."""

    async def missing_before(self, owner: UserId, game_version: str, region: Region) -> frozenset[UUID]:
        """Return what the previous listing withheld from the archive; empty when it withheld nothing."""

    async def reference(self, owner: UserId, character_id: UUID) -> CharacterReference:
        """Return what a single-character sync needs to know. Raises NotFound."""

    async def page(
        self,
        owner: UserId,
        *,
        game_version: str | None = None,
        region: Region | None = None,
        include_archived: bool = False,
        after: tuple[int, UUID] | None = None,
        limit: int,
    ) -> CharacterPage: ...

    async def these(self, owner: UserId, ids: Iterable[UUID]) -> dict[UUID, CharacterRow]:
        """Return those of them that are the owner's."""

    async def one(self, owner: UserId, character_id: UUID) -> tuple[CharacterRow, tuple[FacetRow, ...]]:
        """Return a character with the facets held of it. Raises NotFound."""
