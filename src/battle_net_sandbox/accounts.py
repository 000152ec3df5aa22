"""The accounts the world begins with: `empty`, `six` and `sixty`, and accounts generated on request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import Final

from battle_net_sandbox.chance import draw
from battle_net_sandbox.characters import TOP_LEVEL, Character, generated_character
from battle_net_sandbox.game_data import CLASSES
from battle_net_sandbox.realms import FAMILY_OF, GAME_VERSIONS, REGIONS, GameVersion, Realm, Region
from battle_net_sandbox.world import Account, Licence, ListKey, World, battletag_for

OLD_BLANCHY: Final = "old-blanchy"

# name, class, race, level off the top, gender
_SIX: Final = (
    ("Pallywar", 2, 1, 0, "MALE"),
    ("Thornbrew", 1, 3, 0, "MALE"),
    ("Mirelda", 8, 7, 0, "FEMALE"),
    ("Ashvale", 3, 4, 1, "FEMALE"),
    ("Fenwick", 4, 7, 2, "MALE"),
    ("Lumina", 5, 1, 0, "FEMALE"),
)
_SIXTY_NAMES: Final = [
    "Aldrin",
    "Brisa",
    "Corvan",
    "Dunmar",
    "Elowen",
    "Fjora",
    "Garrick",
    "Hesper",
    "Ilvane",
    "Jorund",
    "Kaelis",
    "Lyrena",
    "Mordun",
    "Nimwen",
    "Orsik",
    "Peregra",
    "Quillon",
    "Rhosyn",
    "Sorvath",
    "Tamsin",
    "Ulfred",
    "Veshra",
    "Wulfgar",
    "Xandria",
    "Ysolde",
    "Zephran",
    "Ambrel",
    "Baelric",
    "Cyndra",
    "Dravik",
    "Embrel",
    "Fenrik",
    "Grimald",
    "Halwyn",
    "Isaura",
    "Jaxira",
    "Korbin",
    "Luthais",
    "Mirelle",
    "Norvyn",
    "Oswena",
    "Pyrrhus",
    "Quenya",
    "Ragnild",
    "Sylvara",
    "Thalric",
    "Undine",
    "Varrik",
    "Wynnora",
    "Xerath",
    "Yorick",
    "Zinnia",
    "Arvelle",
    "Borgrim",
    "Calder",
    "Dessara",
    "Eirlys",
    "Faelan",
    "Gwendis",
    "Hroald",
]
_SIXTY_STILL_LEVELLING: Final = frozenset({9, 19, 29, 39, 49, 59})
_SIX_FIRST_ID: Final = 61_000_000
_SIXTY_FIRST_ID: Final = 62_000_000


def listed(characters: Iterable[Character], *licence_ids: int) -> dict[ListKey, tuple[Licence, ...]]:
    """Lists of an account whose characters are spread evenly over its WoW accounts, in the order given."""

    def key(character: Character) -> ListKey:
        return (character.realm.region, character.realm.family)

    ordered = sorted(characters, key=key)
    lists: dict[ListKey, tuple[Licence, ...]] = {}
    for list_key, group in groupby(ordered, key):
        mine = tuple(group)
        share = -(-len(mine) // len(licence_ids))
        lists[list_key] = tuple(
            Licence(licence_id, mine[number * share : (number + 1) * share])
            for number, licence_id in enumerate(licence_ids)
            if mine[number * share : (number + 1) * share]
        )
    return lists


def empty_account() -> Account:
    """Signs in, owns no World of Warcraft."""
    return Account("empty", "Empty#1000", "No World of Warcraft account: the list answers 404.")


def six_account(world: World) -> Account:
    """Six characters on `old-blanchy`, in every region and game version.

    In `classic1x` the six exist twice, on the Classic Era realm and on the seasonal one, with the same names and ids: a
    character path names realms by slug only, so both rows lead to one profile, the seasonal realm's. Only the realm id
    sets the rows apart.
    """
    characters = []
    for region_number, region in enumerate(REGIONS):
        for version in GAME_VERSIONS:
            realm = world.realms.of_version_and_slug(region, version, OLD_BLANCHY)
            if realm is None:
                raise LookupError(f"{version} in {region} has no realm {OLD_BLANCHY}")
            family = FAMILY_OF[version]
            block = _SIX_FIRST_ID + 1_000 * region_number + 100 * list(FAMILY_OF.values()).index(family)
            characters += [_one_of_six(realm, number, block) for number in range(len(_SIX))]
    return Account(
        "six",
        "Pallywar#1337",
        "Six characters on Old Blanchy, in every game version and region.",
        listed(characters, 61_000_001),
    )


def _one_of_six(realm: Realm, number: int, block: int) -> Character:
    name, class_id, race_id, below_top, gender = _SIX[number]
    made = generated_character(block + number, realm, seed=SEED_OF_SHIPPED, class_id=class_id)
    return replace(
        made,
        name=name,
        race_id=race_id,
        level=TOP_LEVEL[realm.family] - below_top,
        faction="ALLIANCE",
        gender=gender,
        guild="Mithril Order" if number % 2 == 0 else None,
        title="the Patient" if number == 0 else None,
    )


def sixty_account(world: World, seed: int) -> Account:
    """Sixty European retail characters of all classes on several realms, in three WoW accounts; every path answers."""
    realms = world.realms.of_version("eu", "retail")
    characters = []
    for number in range(60):
        made = generated_character(
            _SIXTY_FIRST_ID + 7 * number,
            realms[number % len(realms)],
            seed=seed,
            class_id=1 + number % len(CLASSES),
        )
        level = made.level if number in _SIXTY_STILL_LEVELLING else 80 + number % 11
        characters.append(replace(made, name=_SIXTY_NAMES[number], level=level))
    return Account(
        "sixty",
        "Sechzig#2160",
        "Sixty retail characters in Europe, over three World of Warcraft accounts.",
        listed(characters, 62_000_001, 62_000_002, 62_000_003),
    )


def generated_account(
    world: World, account_id: str, version: GameVersion, region: Region, count: int, seed: int
) -> Account:
    """An account with `count` characters of one game version; over 50 characters are split into more WoW accounts."""
    realms = world.realms.of_version(region, version)
    ids = world.free_ids(account_id, count, region, version, seed)
    characters = [generated_character(each, realms[draw(seed, each, "realm") % len(realms)], seed=seed) for each in ids]
    first_licence = 200_000_000 + draw("licence", account_id) % 1_000_000_000
    licences = [first_licence + number for number in range(1 + max(0, count - 1) // 50)]
    lists = listed(characters, *licences) or {(region, FAMILY_OF[version]): ()}
    return Account(account_id, battletag_for(account_id), f"{count} characters, {version}, {region}.", lists)


SEED_OF_SHIPPED: Final = 1
"""The seed of `six` and `mixed`, whose characters tests know by heart: they are the same for every seed."""
