"""One character of the made-up world, and how a generated one comes to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Final

from battle_net_sandbox.chance import between, draw, pick
from battle_net_sandbox.clock import WORLD_START
from battle_net_sandbox.game_data import CLASSES, RACES, classic_classes, races_of_class
from battle_net_sandbox.realms import Realm

DAY: Final = 86_400

TOP_LEVEL: Final = {"": 90, "classic": 90, "classic1x": 60, "classicann": 70}

_CONSONANTS: Final = "bdfghjklmnprstvwz"
_VOWELS: Final = "aeiou"
_SYLLABLES: Final = tuple(c + v for c in _CONSONANTS for v in _VOWELS)
_SPACE: Final = len(_SYLLABLES) ** 5
_STRIDE: Final = 1_618_033_987  # prime, and so in step with no other number of the name space


class Quirk(StrEnum):
    """A way of Battle.net's to be odd, seen on single characters."""

    NO_PROFILE = auto()
    """Listed, and every character path answers 404: released names, below level 10, idle for long."""
    INVALID_STATUS = auto()
    """`status` answers `is_valid: false`; the other paths 404."""
    OTHER_ID = auto()
    """The profile found under realm and name is another character's."""
    PROTECTED_LINK_LU = auto()
    """The protected character's link ends in a literal `-lu`."""
    NULL_TALENTS = auto()
    """Talent arrays hold null elements, and one element lacks its tooltip."""
    EMPTY_ITEM_SET = auto()
    """`equipped_item_sets` holds `{}`."""
    FLOAT_NUMBERS = auto()
    """Whole numbers come as floats: `446.0`."""
    EMPTY_NAMES = auto()
    """Localised names come as `{}`."""
    MEDIA_FEW = auto()
    """Media has only the avatar."""
    MEDIA_LEGACY = auto()
    """Media in the form before 2020: `avatar_url` and no assets."""
    MEDIA_MISSING = auto()
    """Media answers 404."""
    MEDIA_FORBIDDEN = auto()
    """Media answers 403, as it did for weeks."""
    NO_EQUIPMENT = auto()
    """`equipped_items` is empty."""
    BARE_EQUIPMENT = auto()
    """Items come without `name`: only ids and slots."""
    SPECIALIZATIONS_OLD = auto()
    """Retail specializations as before 10.0: talents directly, no loadouts."""
    SPECIALIZATIONS_NONE = auto()
    """Specializations answer nothing but links: too young to have one."""
    SPECIALIZATIONS_GROUPS = auto()
    """Progression specializations as in Wrath: groups only, dual talents."""
    NO_ACTIVE_SPEC = auto()
    """The profile names no active specialization."""
    IS_GHOST = auto()
    """Dead on a Hardcore realm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """A character as the world knows it. `last_login` is in seconds since 1970."""

    battle_net_id: int
    name: str
    realm: Realm
    class_id: int
    race_id: int
    level: int
    faction: str | None
    gender: str = "FEMALE"
    last_login: int = WORLD_START - DAY
    gear: int = 0
    """How often the gear has changed; each time other items are worn."""
    spec: int = 0
    """Which of the class's specializations is active."""
    guild: str | None = None
    title: str | None = None
    soul: int = 0
    """The id it had first, once it has another: what stays the same through every change. See `origin`."""
    born: int = 0
    """Seconds since 1970 at which it was made, if that was after the world began; 0: before it."""
    quirks: frozenset[Quirk] = field(default_factory=frozenset)

    @property
    def origin(self) -> int:
        """Which character this is in truth, whatever its id is now; no answer of the API tells it."""
        return self.soul or self.battle_net_id

    @property
    def path_key(self) -> tuple[str, str, str, str]:
        """What a character path names: region, namespace family, realm slug, lower-case name."""
        return (self.realm.region, self.realm.family, self.realm.slug, self.name.lower())

    @property
    def identity(self) -> tuple[str, str, int, int]:
        """What sets a character apart from every other: region, family, realm id, character id."""
        return (self.realm.region, self.realm.family, self.realm.id, self.battle_net_id)

    def has(self, quirk: Quirk) -> bool:
        return quirk in self.quirks


def name_for(number: int) -> str:
    """A name no other number below 85**5 has: ten letters."""
    rest = number * _STRIDE % _SPACE
    syllables = []
    for _ in range(5):
        rest, digit = divmod(rest, len(_SYLLABLES))
        syllables.append(_SYLLABLES[digit])
    return "".join(syllables).capitalize()


def generated_character(battle_net_id: int, realm: Realm, *, seed: int, class_id: int | None = None) -> Character:
    """A character of an ordinary life: level 10 to the top, mostly near it, answering on every path."""
    what = (seed, realm.region, realm.family, battle_net_id)
    classes = tuple(CLASSES) if not realm.family else classic_classes(realm.family)
    chosen = class_id or pick(classes, *what, "class")
    race = RACES[pick(races_of_class(chosen, classic=bool(realm.family)), *what, "race")]
    top = TOP_LEVEL[realm.family]
    level = (
        between(10, top, *what, "level") if draw(*what, "young") % 6 == 0 else between(top - 10, top, *what, "level")
    )
    return Character(
        battle_net_id=battle_net_id,
        name=name_for(battle_net_id),
        realm=realm,
        class_id=chosen,
        race_id=race.id,
        level=level,
        faction=race.faction,
        gender=pick(("FEMALE", "MALE"), *what, "gender"),
        last_login=WORLD_START - between(60, 60 * DAY, *what, "login"),
        spec=draw(*what, "spec") % len(CLASSES[chosen].specializations),
        guild=pick(("Mithril Order", "Nachtwache", "Les Égarés", None), *what, "guild"),
        title=pick(("the Patient", "Loremaster", None, None), *what, "title"),
    )
