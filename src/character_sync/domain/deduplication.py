"""What a listing changes: who is new, known, back again, or gone.

The original rule is kept, seen from inside one region and namespace: a character is its Battle.net number and its
realm. Missing is not gone: Battle.net's listings have bad days, so what a listing no longer shows is archived, never
deleted, and a listing that would archive most of an account must be confirmed by a second one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from character_sync.domain.character import CharacterKey, ListedCharacter
from character_sync.domain.game import Region

GUARD_FROM = 5
"""Below five characters "more than half" is an ordinary clean-up, not a sign of a broken answer."""


@dataclass(frozen=True, slots=True)
class SavedCharacter:
    """A character we hold, archived ones included."""

    id: UUID
    key: CharacterKey
    game_version: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class ListingPlan:
    """What to write for one listing.

    `reactivate` names those in `update` that were archived; `withheld` takes the place of `missing_before`.
    """

    create: tuple[ListedCharacter, ...]
    update: tuple[tuple[UUID, ListedCharacter], ...]
    reactivate: frozenset[UUID]
    archive: frozenset[UUID]
    withheld: frozenset[UUID]
    missing_before: frozenset[UUID] = frozenset()

    @property
    def shown(self) -> int:
        """How many characters the listing showed."""
        return len(self.create) + len(self.update)


def key_of(listed: ListedCharacter, region: Region, namespace_family: str) -> CharacterKey:
    return CharacterKey(region, namespace_family, listed.realm.id, listed.battle_net_id)


def plan_listing(
    saved: Sequence[SavedCharacter],
    listed: Iterable[ListedCharacter],
    *,
    region: Region,
    namespace_family: str,
    game_version: str,
    missing_before: frozenset[UUID] = frozenset(),
) -> ListingPlan:
    """Compare a successful listing of one game version with what is held of its region and namespace family.

    Args:
        saved: Everything held of the region and namespace family, archived ones and other game versions included:
            a realm that moved to another version keeps its characters.
        listed: The characters of this game version; a repeated key counts once.
        missing_before: What the previous listing withheld from the archive.
    """
    by_key = {character.key: character for character in saved}
    shown = {key_of(character, region, namespace_family): character for character in listed}

    create = tuple(character for key, character in shown.items() if key not in by_key)
    update = tuple((by_key[key].id, character) for key, character in shown.items() if key in by_key)
    reactivate = frozenset(by_key[key].id for key in shown if key in by_key and not by_key[key].is_active)

    active = {c.id for c in saved if c.is_active and c.game_version == game_version}
    missing = frozenset(active - {id_ for id_, _ in update})
    archive = missing & missing_before if _looks_broken(len(missing), len(active)) else missing
    return ListingPlan(create, update, reactivate, archive, missing - archive, missing_before)


def _looks_broken(missing: int, active: int) -> bool:
    return active >= GUARD_FROM and missing > active / 2
