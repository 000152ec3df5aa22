"""The world as a character's equipment shows it, in each game version's form.

Source: captured equipment of retail, Classic Era 1.15.0 and Wrath 3.4.3. Classic items carry no item level, and their gems
are enchantments of slots 2 to 4; 5 is the socket bonus, 6 a belt buckle.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from battle_net_sandbox.chance import draw, pick
from battle_net_sandbox.characters import TOP_LEVEL, Character, Quirk
from battle_net_sandbox.game_data import CLASSES, QUALITIES
from battle_net_sandbox.items import INVENTORY, SLOTS, Item, ItemSet, item_set, outfit
from battle_net_sandbox.links import Links, character_path, typed
from battle_net_sandbox.locales import Localised, Shared, Tree
from battle_net_sandbox.shapes_profile import average_item_level

_WHITE: Final[dict[str, Tree]] = {"r": 255, "g": 255, "b": 255, "a": 1.0}
_GREEN: Final[dict[str, Tree]] = {"r": 0, "g": 255, "b": 0, "a": 1.0}
_BINDING: Final = Shared(typed("ON_ACQUIRE", "Binds when picked up"))
_DURABILITY: Final = Shared({"value": 53, "display_string": Localised("Durability 53 / 70")})
_WEAPON: Final = 2

# Slot: enchantment id, text, source item id and name.
_RETAIL_ENCHANTS: Final = {
    "CHEST": (7364, "Crystalline Radiance", 223692, "Enchant Chest - Crystalline Radiance"),
    "BACK": (7403, "Chant of Winged Grace", 223731, "Enchant Cloak - Chant of Winged Grace"),
    "WRIST": (7385, "Chant of Armored Avoidance", 223713, "Enchant Bracer - Chant of Armored Avoidance"),
    "FEET": (7418, "Scout's March", 223656, "Enchant Boots - Scout's March"),
    "MAIN_HAND": (7448, "Authority of Radiant Power", 223781, "Enchant Weapon - Authority of Radiant Power"),
}
_CLASSIC_ENCHANTS: Final = {
    "HEAD": (3003, "+34 Attack Power and +16 Hit Rating", 29192, "Arcanum of Ferocity"),
    "CHEST": (1891, "All Stats +4", 16253, "Formula: Enchant Chest - Greater Stats"),
    "MAIN_HAND": (1900, "Crusader", 16252, "Formula: Enchant Weapon - Crusader"),
}
_RETAIL_GEMS: Final = (
    (213743, "Culminating Blasphemite", "+181 Primary Stat"),
    (213482, "Masterful Emerald", "+176 Haste & +49 Mastery"),
    (213467, "Deadly Sapphire", "+176 Versatility & +49 Critical Strike"),
)
_CLASSIC_GEMS: Final = (
    (3261, "+12 Critical Strike Rating and 3% Increased Critical Damage", 34220, "Chaotic Skyfire Diamond"),
    (3553, "+10 Strength and +10 Haste Rating", 40146, "Fierce Ametrine"),
    (2725, "+8 Strength", 24027, "Bold Living Ruby"),
)
_SOCKET_BONUS: Final = (2771, "Socket Bonus: +8 Spell Critical Strike Rating")
_BELT_BUCKLE: Final = 3729
_STATS: Final = {"CLOTH": "Intellect", "MAIL": "Agility", "LEATHER": "Agility", "PLATE": "Strength"}


def equipment(character: Character) -> Tree:
    """What the character wears."""
    links = Links(character.realm.region, character.realm.family)
    armor = CLASSES[character.class_id].armor
    worn = () if character.has(Quirk.NO_EQUIPMENT) else _worn(character, armor)
    whole = item_set(character.realm.family, armor)
    answer: dict[str, Tree] = {
        "_links": {"self": links.profile(f"{character_path(character)}/equipment")},
        "character": links.character(character),
        "equipped_items": [_item(item, character, links, whole) for item in worn],
    }
    if character.has(Quirk.EMPTY_ITEM_SET):
        answer["equipped_item_sets"] = [{}]
    elif any(item.set_id for item in worn):
        answer["equipped_item_sets"] = [_set(whole, links)]
    return answer


def _worn(character: Character, armor: str) -> tuple[Item, ...]:
    turn = draw(character.battle_net_id, "outfit") % 8 + character.gear
    return outfit(character.realm.family, armor, character.class_id, turn)


def _item(item: Item, character: Character, links: Links, whole: ItemSet) -> Tree:
    retail = not character.realm.family
    what = (character.battle_net_id, item.slot)
    level = average_item_level(character) + draw(*what, "level") % 7 - 3
    head: dict[str, Tree] = {"item": {"key": links.static(f"data/wow/item/{item.id}"), "id": item.id}}
    sockets = _sockets(item, character, links) if retail else []
    if sockets:
        head["sockets"] = sockets
    enchantments = _enchantments(item, character, links)
    if enchantments:
        head["enchantments"] = enchantments
    head |= {"slot": typed(item.slot, SLOTS[item.slot]), "quantity": 1}
    if retail:
        head |= {"context": 28, "bonus_list": [4_803, 1_567 + character.gear, 4_786]}
    head["quality"] = typed(item.quality, QUALITIES[item.quality])
    if not character.has(Quirk.BARE_EQUIPMENT):
        head["name"] = {} if character.has(Quirk.EMPTY_NAMES) else Localised(item.name)
    head |= _kind(item, links)
    if item.slot == "TABARD":
        return head | ({"level": _level(1, character)} if retail else {})
    if item.item_class[0] == _WEAPON:
        head["weapon"] = _weapon(level)
    else:
        head["armor"] = _armor(3 * level)
    head |= {"stats": _stats(level, CLASSES[character.class_id].armor), "sell_price": _price(level * 917)}
    if item.set_id is not None:
        head["set"] = _set(whole, links)
    head["requirements"] = _requirements(min(character.level, TOP_LEVEL[character.realm.family]))
    if retail:
        head["level"] = _level(level, character)
    head["durability"] = _DURABILITY
    return head


@cache
def _kind(item: Item, links: Links) -> dict[str, Tree]:
    class_id, class_name = item.item_class
    subclass_id, subclass_name = item.subclass
    subclasses = f"data/wow/item-class/{class_id}/item-subclass"
    return {
        "media": Shared({"key": links.static(f"data/wow/media/item/{item.id}"), "id": item.id}),
        "item_class": Shared(links.reference("data/wow/item-class", class_id, Localised(class_name))),
        "item_subclass": Shared(links.reference(subclasses, subclass_id, Localised(subclass_name))),
        "inventory_type": Shared(typed(item.inventory, INVENTORY[item.inventory])),
        "binding": _BINDING,
    }


@cache
def _requirements(level: int) -> Tree:
    return Shared({"level": {"value": level, "display_string": Localised(f"Requires Level {level}")}})


def _level(value: int, character: Character) -> Tree:
    number = float(value) if character.has(Quirk.FLOAT_NUMBERS) else value
    return {"value": number, "display_string": Localised(f"Item Level {value}")}


def _sockets(item: Item, character: Character, links: Links) -> list[Tree]:
    """Retail sockets: two in the neck, one in rings; some are empty, and an empty one says only its type."""
    count = {"NECK": 2, "FINGER_1": 1, "FINGER_2": 1}.get(item.slot, 0)
    sockets: list[Tree] = []
    for number in range(count):
        what = (character.battle_net_id, item.slot, number)
        socket: dict[str, Tree] = {"socket_type": typed("PRISMATIC", "Prismatic Socket")}
        if draw(*what, "filled") % 4:
            gem_id, name, text = pick(_RETAIL_GEMS, *what, character.gear)
            socket |= {
                "item": links.reference("data/wow/item", gem_id, Localised(name)),
                "display_string": Localised(text),
                "media": {"key": links.static(f"data/wow/media/item/{gem_id}"), "id": gem_id},
            }
        sockets.append(socket)
    return sockets


def _enchantments(item: Item, character: Character, links: Links) -> list[Tree]:
    family = character.realm.family
    entries: list[Tree] = []
    permanent = (_CLASSIC_ENCHANTS if family else _RETAIL_ENCHANTS).get(item.slot)
    if permanent is not None:
        enchantment_id, text, source_id, source = permanent
        entries.append(_enchantment(f"Enchanted: {text}", enchantment_id, (source_id, source), 0, "PERMANENT", links))
    if family in {"classic", "classicann"}:
        if item.slot in {"HEAD", "SHOULDER", "CHEST"}:
            count = 3 if item.slot == "CHEST" else 2
            for number in range(count):
                enchantment_id, text, gem_id, gem = _CLASSIC_GEMS[(number + character.gear) % len(_CLASSIC_GEMS)]
                entries.append(_enchantment(text, enchantment_id, (gem_id, gem), 2 + number, None, links))
            entries.append(_enchantment(_SOCKET_BONUS[1], _SOCKET_BONUS[0], None, 5, None, links))
        if item.slot == "WAIST":
            entries.append(_enchantment(None, _BELT_BUCKLE, None, 6, "BONUS_SOCKETS", links))
    return entries


def _enchantment(
    text: str | None, number: int, source: tuple[int, str] | None, slot: int, kind: str | None, links: Links
) -> Tree:
    entry: dict[str, Tree] = {}
    if text is not None:
        entry["display_string"] = Localised(text)
    if source is not None:
        entry["source_item"] = links.reference("data/wow/item", source[0], Localised(source[1]))
    place: dict[str, Tree] = {"id": slot}
    if kind is not None:
        place["type"] = kind
    return entry | {"enchantment_id": number, "enchantment_slot": place}


@cache
def _set(whole: ItemSet, links: Links) -> Tree:
    count = len(whole.items)
    bonuses: list[Tree] = [
        {"display_string": Localised(text), "required_count": needed, "is_active": count >= needed}
        for needed, text in ((2, "(2) Set: Sample bonus."), (4, "(4) Set: Greater bonus."))
    ]
    tree: dict[str, Tree] = {
        "item_set": links.reference("data/wow/item-set", whole.id, Localised(whole.name)),
        "items": [
            {"item": links.reference("data/wow/item", item.id, Localised(item.name)), "is_equipped": True}
            for item in whole.items
        ],
        "effects": bonuses,
        "display_string": Localised(f"{whole.name} ({count}/{count})"),
    }
    return Shared(tree)


@cache
def _stats(level: int, armor: str) -> Tree:
    stats: list[Tree] = [
        _stat(_STATS[armor], level, _WHITE, bonus=False),
        _stat("Stamina", 2 * level, _WHITE, bonus=False),
        _stat("Haste", level // 2, _GREEN, bonus=True),
    ]
    return Shared(stats)


def _stat(name: str, value: int, color: dict[str, Tree], *, bonus: bool) -> Tree:
    code = {"Haste": "HASTE_RATING"}.get(name, name.upper())
    entry: dict[str, Tree] = {"type": typed(code, name), "value": value}
    if bonus:
        entry["is_equip_bonus"] = True
    return entry | {"display": {"display_string": Localised(f"+{value} {name}"), "color": dict(color)}}


@cache
def _weapon(level: int) -> Tree:
    low, high, dps = level * 3, level * 5, level * 4 / 3.6
    tree: dict[str, Tree] = {
        "damage": {
            "min_value": low,
            "max_value": high,
            "display_string": Localised(f"{low} - {high} Damage"),
            "damage_class": typed("PHYSICAL", "Physical"),
        },
        "attack_speed": {"value": 3_600, "display_string": Localised("Speed 3.60")},
        "dps": {"value": dps, "display_string": Localised(f"({dps:.1f} damage per second)")},
    }
    return Shared(tree)


@cache
def _armor(value: int) -> Tree:
    display: dict[str, Tree] = {"display_string": Localised(f"{value} Armor"), "color": dict(_WHITE)}
    return Shared({"value": value, "display": display})


@cache
def _price(copper: int) -> Tree:
    strings: dict[str, Tree] = {
        "header": Localised("Sell Price:"),
        "gold": str(copper // 10_000),
        "silver": str(copper // 100 % 100),
        "copper": str(copper % 100),
    }
    return Shared({"value": copper, "display_strings": strings})
