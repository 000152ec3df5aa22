"""The account `mixed`: one character for every oddity of Battle.net's that is known, in all regions and versions.

Source: oddities seen in captured answers or reported by developers. The rows are known by heart by tests: same for any seed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from battle_net_sandbox.characters import Character, Quirk, generated_character
from battle_net_sandbox.game_data import RACES
from battle_net_sandbox.realms import Realms
from battle_net_sandbox.world import Account, Licence, ListKey

_SEED: Final = 1
_LICENCES: Final = (63_000_001, 63_000_002, 63_000_003)


@dataclass(frozen=True, slots=True)
class Row:
    """One character of the account, and what sets it apart."""

    id: int
    name: str
    region: str
    realm_id: int
    class_id: int
    race_id: int
    level: int
    quirks: tuple[Quirk, ...] = ()
    faction: str | None = ""
    """Empty: the race's own."""
    licence: int = 0


def _released(name: str, battle_net_id: int) -> str:
    """A released name: six letters and the low 24 bits of the id in capital hex."""
    return f"{name[:6]}{battle_net_id & 0xFFFFFF:06X}"


_RETAIL_EU: Final = (
    Row(63_100_001, "Sjøfarer", "eu", 549, 1, 1, 90),
    Row(63_100_002, "Élodie", "eu", 1086, 8, 10, 88),
    Row(63_100_003, "Åsgard", "eu", 1084, 6, 1, 85),
    Row(63_100_004, "Буревестник", "eu", 1602, 7, 8, 90),
    Row(63_100_005, "Снежинка", "eu", 1615, 5, 10, 87),
    Row(63_100_006, "Sturmfürst", "eu", 1122, 2, 3, 80),
    Row(63_100_007, "Sjøfarer", "eu", 1305, 4, 10, 90),
    Row(63_100_008, "Wanderpaws", "eu", 3391, 10, 24, 11, (), "NEUTRAL"),
    Row(63_100_009, "Sideless", "eu", 3391, 11, 4, 70, (), None),
    Row(63_100_010, "Newborn", "eu", 549, 3, 4, 0),
    Row(63_100_011, "Youngling", "eu", 549, 3, 4, 9),
    Row(107_695_452, _released("Slugbu", 107_695_452), "eu", 549, 4, 2, 38, (Quirk.NO_PROFILE,)),
    Row(63_100_013, "Longgone", "eu", 1403, 9, 5, 60, (Quirk.NO_PROFILE,)),
    Row(63_100_014, "Hiddenone", "eu", 1403, 5, 1, 80, (Quirk.INVALID_STATUS,)),
    Row(63_100_015, "Otherself", "eu", 1403, 1, 2, 82, (Quirk.OTHER_ID,)),
    Row(63_100_016, "Linkless", "eu", 1403, 2, 1, 84, (Quirk.PROTECTED_LINK_LU,), licence=1),
    Row(63_100_017, "Nulltalent", "eu", 1403, 6, 2, 90, (Quirk.NULL_TALENTS,), licence=1),
    Row(63_100_018, "Emptyset", "eu", 1403, 8, 7, 90, (Quirk.EMPTY_ITEM_SET,), licence=1),
    Row(63_100_019, "Floatly", "eu", 1403, 9, 5, 90, (Quirk.FLOAT_NUMBERS,), licence=1),
    Row(63_100_020, "Nameless", "eu", 1403, 12, 10, 90, (Quirk.EMPTY_NAMES,), licence=1),
    Row(63_100_021, "Faceonly", "eu", 1403, 13, 52, 90, (Quirk.MEDIA_FEW,), licence=1),
    Row(63_100_022, "Oldpicture", "eu", 1403, 1, 1, 90, (Quirk.MEDIA_LEGACY,), licence=1),
    Row(63_100_023, "Faceless", "eu", 1403, 4, 10, 90, (Quirk.MEDIA_MISSING,), licence=1),
    Row(63_100_024, "Veiled", "eu", 1403, 5, 1, 90, (Quirk.MEDIA_FORBIDDEN,), licence=1),
    Row(63_100_025, "Naked", "eu", 1403, 10, 26, 45, (Quirk.NO_EQUIPMENT,), licence=2),
    Row(63_100_026, "Baregear", "eu", 1403, 7, 2, 90, (Quirk.BARE_EQUIPMENT,), licence=2),
    Row(63_100_027, "Oldtalents", "eu", 1403, 2, 10, 90, (Quirk.SPECIALIZATIONS_OLD,), licence=2),
    Row(
        63_100_028,
        "Untrained",
        "eu",
        1403,
        1,
        1,
        10,
        (Quirk.SPECIALIZATIONS_NONE, Quirk.NO_ACTIVE_SPEC),
        licence=2,
    ),
)

_OTHERS: Final = (
    Row(63_200_001, "Farstrider", "us", 57, 3, 10, 90),
    Row(63_200_002, "Joãozinho", "us", 1129, 1, 2, 80),
    Row(63_300_001, "천둥망치", "kr", 205, 7, 2, 90),
    Row(63_300_002, "달빛그림자", "kr", 214, 11, 4, 85),
    Row(63_400_001, "暗夜行者", "tw", 963, 4, 4, 90),
    # Mists of Pandaria classic, and one who still answers as in Wrath
    Row(63_500_001, "Rädchen", "eu", 4742, 2, 1, 90),
    Row(63_500_002, "Dualspec", "eu", 4476, 6, 2, 80, (Quirk.SPECIALIZATIONS_GROUPS, Quirk.EMPTY_ITEM_SET)),
    Row(63_500_003, "Inactive", "eu", 4476, 8, 7, 90, (Quirk.NO_ACTIVE_SPEC,)),
    Row(63_500_004, "Pandawan", "eu", 4440, 10, 24, 12, (), "NEUTRAL"),
    Row(63_500_005, "Whitemane", "us", 4725, 5, 5, 90),
    # Classic Era, Hardcore and Season of Discovery: one list
    Row(63_600_001, "Ærlig", "eu", 4456, 4, 1, 60),
    Row(63_600_002, "Petkeeper", "eu", 4467, 3, 4, 60),
    Row(63_600_003, "Lastbreath", "eu", 5220, 1, 3, 43, (Quirk.IS_GHOST,)),
    Row(63_600_004, "Nulltree", "eu", 4456, 9, 5, 58, (Quirk.NULL_TALENTS,)),
    Row(63_600_005, "Runeseeker", "eu", 5827, 8, 7, 60),
    Row(63_600_006, "Tidecaller", "eu", 5826, 7, 8, 50, (), None),
    Row(63_600_007, "Fresh", "eu", 5827, 5, 1, 3),
    Row(63_600_008, "Whitemane", "us", 4395, 5, 5, 60),
    Row(63_600_009, "Skullroller", "us", 5139, 2, 1, 28),
    Row(63_600_010, "Striker", "us", 5814, 1, 2, 60),
    # Anniversary
    Row(63_700_001, "Stormpike", "eu", 6112, 2, 1, 70),
    Row(63_700_002, "Zandalari", "eu", 6113, 7, 8, 66, (Quirk.MEDIA_MISSING,)),
    Row(63_700_003, "Dreamer", "us", 6103, 11, 4, 70),
)

ROWS: Final = _RETAIL_EU + _OTHERS


def mixed_account(realms: Realms) -> Account:
    """The account with every oddity; its European retail characters are spread over three WoW accounts."""
    return Account(
        "mixed",
        "Zażółć#21234",
        "Every version and region, and every oddity: non-ASCII names, released names, levels 0 to 9, missing pictures.",
        _lists((row, _character(row, realms)) for row in ROWS),
    )


def _character(row: Row, realms: Realms) -> Character:
    realm = next(each for each in realms if (each.region, each.id) == (row.region, row.realm_id))
    made = generated_character(row.id, realm, seed=_SEED, class_id=row.class_id)
    return replace(
        made,
        name=row.name,
        race_id=row.race_id,
        level=row.level,
        faction=RACES[row.race_id].faction if row.faction == "" else row.faction,
        quirks=frozenset(row.quirks),
    )


def _lists(characters: Iterable[tuple[Row, Character]]) -> dict[ListKey, tuple[Licence, ...]]:
    lists: dict[ListKey, dict[int, tuple[Character, ...]]] = {}
    for row, character in characters:
        licences = lists.setdefault((character.realm.region, character.realm.family), {})
        licence_id = _LICENCES[row.licence]
        licences[licence_id] = (*licences.get(licence_id, ()), character)
    return {key: tuple(Licence(*each) for each in licences.items()) for key, licences in lists.items()}
