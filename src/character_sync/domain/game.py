"""Regions, game versions and facets, and which version a realm belongs to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Region(StrEnum):
    """A Battle.net region: its own hosts, its own realms, its own characters."""

    US = "us"
    EU = "eu"
    KR = "kr"
    TW = "tw"


class Facet(StrEnum):
    """One separately fetched part of a character; each stands and fails alone."""

    PROFILE = "profile"
    MEDIA = "media"
    EQUIPMENT = "equipment"
    SPECIALIZATIONS = "specializations"
    PROTECTED = "protected"


class CharacterTemplate(StrEnum):
    """Which character sheet a page uses for a character."""

    WOW = "wow"
    WOW_CLASSIC = "wow_classic"


@dataclass(frozen=True, slots=True)
class Realm:
    """A realm as Battle.net names it. The slug alone never identifies one: game versions share many slugs."""

    id: int
    slug: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class GameVersion:
    """One row of the game version table.

    `namespace_family` is what Battle.net puts between `profile` and the region (`classic1x`), empty for retail.
    A version that names no realms takes every realm of its family that no other version claims.
    """

    id: str
    name: str
    template: CharacterTemplate
    namespace_family: str
    facets: tuple[Facet, ...]
    realm_slugs: frozenset[str] = field(default_factory=frozenset)
    realm_ids: frozenset[int] = field(default_factory=frozenset)
    has_achievements: bool = False

    @property
    def names_realms(self) -> bool:
        return bool(self.realm_slugs or self.realm_ids)

    def claims(self, realm: Realm) -> bool:
        return realm.id in self.realm_ids or realm.slug in self.realm_slugs


class GameVersions:
    """The table of game versions, in the order it was written."""

    def __init__(self, versions: Iterable[GameVersion]) -> None:
        self._by_id = {version.id: version for version in versions}

    def __iter__(self) -> Iterator[GameVersion]:
        return iter(self._by_id.values())

    def get(self, version_id: str) -> GameVersion | None:
        return self._by_id.get(version_id)

    def holds(self, version: GameVersion, realm: Realm) -> bool:
        """Whether a character on this realm of the version's namespace belongs to the version.

        Battle.net serves Classic Era and Season of Discovery from one namespace and tells them apart by realm
        only, so a realm goes to the version that names it, else to the one that names none.
        """
        claimants = [other for other in self if self._shares_namespace(other, version) and other.claims(realm)]
        if claimants:
            return claimants[0].id == version.id
        return not version.names_realms

    @staticmethod
    def _shares_namespace(one: GameVersion, other: GameVersion) -> bool:
        return one.namespace_family == other.namespace_family
