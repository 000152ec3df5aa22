"""The world as the profile summary, status and character media show it, in each game version's form.

Source: captured profiles of retail, Classic Era 1.15.0 and progression 5.5.1; media as captured after 2020 and before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from battle_net_sandbox.chance import between
from battle_net_sandbox.characters import TOP_LEVEL, Character, Quirk
from battle_net_sandbox.game_data import CLASSES, FACTIONS, GENDERS, RACES, TITLES
from battle_net_sandbox.links import Links, character_path, typed
from battle_net_sandbox.locales import Localised, Tree
from battle_net_sandbox.realms import HARDCORE

_HUNTER: Final = 3

# Links in the order in which each version's profile has them: before and after the login and item levels.
_RETAIL_FIRST: Final = ("achievements", "titles", "pvp-summary", "encounters", "character-media")
_RETAIL_LAST: Final = (
    "specializations",
    "statistics",
    "mythic-keystone-profile",
    "equipment",
    "appearance",
    "collections",
)
_RETAIL_END: Final = ("reputations", "quests", "achievements/statistics", "professions")
_PROGRESSION_FIRST: Final = ("achievements", "titles", "pvp-summary", "character-media")
_ERA_FIRST: Final = ("titles", "pvp-summary", "character-media")
_CLASSIC_LAST: Final = ("specializations", "statistics", "equipment", "appearance")
_RENAMED: Final = {"character-media": "media", "achievements/statistics": "achievements_statistics"}


def profile(character: Character) -> Tree:
    """The character profile summary."""
    links = Links(character.realm.region, character.realm.family)
    classic = bool(character.realm.family)
    race, playable_class = RACES[character.race_id], CLASSES[character.class_id]
    answer: dict[str, Tree] = {
        "_links": {"self": links.profile(character_path(character))},
        "id": character.battle_net_id,
        "name": character.name,
        "gender": typed(character.gender, GENDERS[character.gender]),
    }
    if character.faction is not None:
        answer["faction"] = typed(character.faction, FACTIONS[character.faction])
    race_name: Tree = {} if character.has(Quirk.EMPTY_NAMES) else race.name
    answer["race"] = links.reference("data/wow/playable-race", race.id, race_name)
    answer["character_class"] = links.reference("data/wow/playable-class", playable_class.id, playable_class.name)
    active_spec = _active_spec(character, links)
    if active_spec is not None:
        answer["active_spec"] = active_spec
    answer["realm"] = links.realm(character.realm)
    if character.guild:
        answer["guild"] = _guild(character, links)
    number = float if character.has(Quirk.FLOAT_NUMBERS) else int
    answer |= {
        "level": number(character.level),
        "experience": 0 if character.level % 10 == 0 else 1_270 * character.level,
    }
    if character.realm.family in {"", "classic"}:
        answer["achievement_points"] = between(100, 32_000, character.battle_net_id, "achievements")
    first = _RETAIL_FIRST if not classic else _PROGRESSION_FIRST if character.realm.family == "classic" else _ERA_FIRST
    answer |= _linked(character, links, first)
    if character.class_id == _HUNTER:
        answer |= _linked(character, links, ("hunter-pets",))
    item_level = average_item_level(character)
    answer |= {
        "last_login_timestamp": character.last_login * 1_000,
        "average_item_level": number(item_level + character.battle_net_id % 3),
        "equipped_item_level": number(item_level),
    }
    answer |= _linked(character, links, _CLASSIC_LAST if classic else _RETAIL_LAST)
    if character.title:
        answer["active_title"] = _title(character.title, links, classic=classic)
    if not classic:
        answer |= _linked(character, links, _RETAIL_END)
        answer |= {"name_search": character.name.lower(), "is_remix": False}
    elif character.realm.category == HARDCORE:
        answer |= {"is_ghost": character.has(Quirk.IS_GHOST), "is_self_found": False}
    return answer


def status(character: Character) -> Tree:
    """Whether the character may still be shown."""
    links = Links(character.realm.region, character.realm.family)
    return {
        "_links": {"self": links.profile(f"{character_path(character)}/status")},
        "id": character.battle_net_id,
        "is_valid": not character.has(Quirk.INVALID_STATUS),
    }


def media(character: Character, picture: Callable[[Character, str], str]) -> Tree:
    """Where the character's pictures are: `picture` gives the address of one, by what its file's name ends in."""
    links = Links(character.realm.region, character.realm.family)
    head: dict[str, Tree] = {
        "_links": {"self": links.profile(f"{character_path(character)}/character-media")},
        "character": links.character(character),
    }
    if character.has(Quirk.MEDIA_LEGACY):
        return {
            **head,
            "avatar_url": picture(character, "avatar.jpg"),
            "bust_url": picture(character, "inset.jpg"),
            "render_url": picture(character, "main.jpg"),
        }
    keys = ("avatar",) if character.realm.family or character.has(Quirk.MEDIA_FEW) else ("avatar", "inset", "main-raw")
    assets: list[Tree] = [
        {"key": key, "value": picture(character, f"{key}.{'png' if key == 'main-raw' else 'jpg'}")} for key in keys
    ]
    return {**head, "assets": assets}


def average_item_level(character: Character) -> int:
    """The equipped item level: by version and level, and rising a little with every new gear."""
    top = {"": 680, "classic": 496, "classic1x": 66, "classicann": 115}[character.realm.family]
    ripe = max(0, character.level - 9) / (TOP_LEVEL[character.realm.family] - 9)
    return max(5, int(top * ripe**2)) + between(0, 12, character.battle_net_id, "item level") + 3 * character.gear


def _active_spec(character: Character, links: Links) -> Tree:
    if character.has(Quirk.NO_ACTIVE_SPEC):
        return None
    if character.realm.family in {"classic1x", "classicann"} or character.has(Quirk.SPECIALIZATIONS_GROUPS):
        return {"key": links.static("data/wow/playable-specialization/0"), "id": 0}
    spec = CLASSES[character.class_id].specializations[character.spec]
    name: Tree = {} if character.has(Quirk.EMPTY_NAMES) else Localised(spec.name)
    return links.reference("data/wow/playable-specialization", spec.id, name)


def _guild(character: Character, links: Links) -> Tree:
    name = character.guild or ""
    faction = character.faction or "ALLIANCE"
    slug = name.lower().replace(" ", "-")
    return {
        "key": links.profile(f"data/wow/guild/{character.realm.slug}/{slug}"),
        "name": name,
        "id": between(1_000_000, 90_000_000, character.realm.id, name),
        "realm": links.realm(character.realm),
        "faction": typed(faction, FACTIONS[faction]),
    }


def _title(title: str, links: Links, *, classic: bool) -> Tree:
    number, display = TITLES[title]
    if classic:
        return {"name": Localised(display.replace("{name}", "%s"))}
    return {
        **links.reference("data/wow/title", number, Localised(title)),
        "display_string": Localised(display),
    }


def _linked(character: Character, links: Links, endpoints: tuple[str, ...]) -> dict[str, Tree]:
    path = character_path(character)
    return {
        _RENAMED.get(endpoint, endpoint.replace("-", "_")): links.profile(f"{path}/{endpoint}")
        for endpoint in endpoints
    }
