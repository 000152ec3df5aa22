"""The world as `/profile/user/wow` and its protected characters show it.

Source: the captured account summaries and protected characters of retail; classic ones have the same keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from battle_net_sandbox.chance import between
from battle_net_sandbox.characters import Character, Quirk
from battle_net_sandbox.game_data import CLASSES, FACTIONS, GENDERS, RACES
from battle_net_sandbox.links import Links, character_path, typed
from battle_net_sandbox.locales import Tree
from battle_net_sandbox.realms import Family, Region
from battle_net_sandbox.world import Account, Licence

_ZONES: Final = {"ALLIANCE": ("Stormwind City", 1519, 0), "HORDE": ("Orgrimmar", 1637, 1)}


def account_summary(account: Account, licences: Sequence[Licence], region: Region, family: Family) -> Tree:
    """The account profile summary of one region and namespace."""
    links = Links(region, family)
    answer: dict[str, Tree] = {
        "_links": {
            "self": links.profile("profile/user/wow"),
            "user": {"href": f"https://{region}.api.blizzard.com/profile/user"},
            "profile": links.profile("profile/user/wow"),
        },
        "id": account.number,
        "wow_accounts": [
            {"id": licence.id, "characters": [_entry(character, links) for character in licence.characters]}
            for licence in licences
        ],
    }
    if not family:
        answer["collections"] = links.profile("profile/user/wow/collections")
    return answer


def _entry(character: Character, links: Links) -> Tree:
    ids = f"{character.realm.id}-{character.battle_net_id}"
    if character.has(Quirk.PROTECTED_LINK_LU):
        ids = f"{character.realm.id}-lu"
    playable_class = CLASSES[character.class_id]
    race = RACES[character.race_id]
    entry: dict[str, Tree] = {
        "character": links.profile(character_path(character)),
        "protected_character": links.profile(f"profile/user/wow/protected-character/{ids}"),
        "name": character.name,
        "id": character.battle_net_id,
        "realm": links.realm(character.realm),
        "playable_class": links.reference("data/wow/playable-class", playable_class.id, playable_class.name),
        "playable_race": links.reference("data/wow/playable-race", race.id, race.name),
        "gender": typed(character.gender, GENDERS[character.gender]),
        "level": character.level,
    }
    if character.faction is not None:
        level = entry.pop("level")
        entry |= {"faction": typed(character.faction, FACTIONS[character.faction]), "level": level}
    return entry


def protected_character(character: Character, licence_id: int) -> Tree:
    """Money, deaths and whereabouts of one's own character."""
    links = Links(character.realm.region, character.realm.family)
    path = f"profile/user/wow/protected-character/{character.realm.id}-{character.battle_net_id}"
    what = (character.battle_net_id, character.gear)
    gained = between(1_000_000, 9_000_000_000, *what, "gained")
    lost = between(0, gained, *what, "lost")
    deaths = between(0, 6_000, *what, "deaths")
    return {
        "_links": {
            "self": links.profile(path),
            "user": {"href": f"https://{character.realm.region}.api.blizzard.com/profile/user"},
            "profile": links.profile("profile/user/wow"),
        },
        "id": character.battle_net_id,
        "name": character.name,
        "money": gained - lost,
        "character": links.character(character),
        "protected_stats": {
            "total_number_deaths": deaths,
            "total_gold_gained": gained,
            "total_gold_lost": lost,
            "total_item_value_gained": gained // 3,
            "level_number_deaths": deaths // 20,
            "level_gold_gained": gained // 6,
            "level_gold_lost": lost // 6,
            "level_item_value_gained": gained // 14,
        },
        "position": _place(character, "position"),
        "bind_position": _place(character, "bind"),
        "wow_account": licence_id,
    }


def _place(character: Character, what: str) -> Tree:
    zone, zone_id, map_id = _ZONES.get(character.faction or "", ("Wandering Isle", 5736, 860))
    seed = (character.battle_net_id, character.gear, what)
    return {
        "zone": {"name": zone, "id": zone_id},
        "map": {"name": {0: "Eastern Kingdoms", 1: "Kalimdor"}.get(map_id, "Wandering Isle"), "id": map_id},
        "x": between(-9_000_000, 9_000_000, *seed, "x") / 1_000,
        "y": between(-9_000_000, 9_000_000, *seed, "y") / 1_000,
        "z": between(0, 400_000, *seed, "z") / 1_000,
        "facing": between(0, 6_283, *seed, "facing") / 1_000,
    }
