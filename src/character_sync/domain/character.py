"""A character as the listing gives it, as its facets give it, and the key that tells two apart."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from character_sync.domain.game import Realm, Region


class CharacterKey(NamedTuple):
    """What identifies a character of one user.

    Battle.net's number is taken as unique only within a realm, and realms only within a region and a namespace
    family (no capture proves more). Names are never identity.
    """

    region: Region
    namespace_family: str
    realm_id: int
    battle_net_id: int


@dataclass(frozen=True, slots=True)
class NamedId:
    """Something of the game: its number is for logic, its name for people and absent in some locales."""

    id: int | None
    name: str | None


@dataclass(frozen=True, slots=True)
class ListedCharacter:
    """One entry of the account listing: all that is known of a character before it is enriched."""

    battle_net_id: int
    name: str
    realm: Realm
    level: int
    character_class: NamedId
    race: NamedId
    gender: str | None
    faction: str | None
    wow_account_id: int


@dataclass(frozen=True, slots=True)
class CharacterProfile:
    """The profile facet. Fields Battle.net left out are None; `title` still holds its `{name}` placeholder."""

    battle_net_id: int
    name: str
    realm: Realm
    level: int
    character_class: NamedId
    race: NamedId
    gender: str | None
    faction: str | None
    guild: str | None
    item_level: int | None
    active_spec: NamedId | None
    title: str | None
    last_login_at: datetime | None


@dataclass(frozen=True, slots=True)
class CharacterMedia:
    """The media facet: addresses by Battle.net's asset key (`avatar`, `inset`, `main-raw`); any may be missing."""

    avatar_url: str | None
    assets: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Enchantment:
    id: int | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Gem:
    item_id: int | None
    name: str | None


@dataclass(frozen=True, slots=True)
class EquippedItem:
    """One worn item. `item_level` is None in classic answers, which carry none."""

    slot: str
    item_id: int
    name: str | None
    quality: str | None
    item_level: int | None
    enchantments: tuple[Enchantment, ...] = ()
    gems: tuple[Gem, ...] = ()
    empty_sockets: int = 0
    set_id: int | None = None


@dataclass(frozen=True, slots=True)
class Equipment:
    """The equipment facet, in Battle.net's slot order; an empty slot is not listed."""

    items: tuple[EquippedItem, ...]


@dataclass(frozen=True, slots=True)
class Talent:
    id: int | None
    name: str | None
    rank: int | None


@dataclass(frozen=True, slots=True)
class Specialization:
    """One specialization with the talents of its active loadout; `group` is 0, or 1 for the second of dual spec."""

    group: int
    is_active: bool
    id: int | None
    name: str | None
    spent_points: int | None = None
    loadout_code: str | None = None
    hero_tree: str | None = None
    talents: tuple[Talent, ...] = ()
    pvp_talents: tuple[NamedId, ...] = ()
    glyphs: tuple[NamedId, ...] = ()


@dataclass(frozen=True, slots=True)
class Specializations:
    """The specializations facet, one form for all of Battle.net's four."""

    active: NamedId | None
    specs: tuple[Specialization, ...]


@dataclass(frozen=True, slots=True)
class ProtectedCharacter:
    """The protected facet, readable only with the player's own token. Money is in copper."""

    money: int | None
    deaths: int | None
    wow_account_id: int | None


FacetContent = CharacterProfile | CharacterMedia | Equipment | Specializations | ProtectedCharacter
