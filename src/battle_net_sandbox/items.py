"""What characters can wear: items by game version, armour and slot.

Source: names of real items; ids of captured ones are real, the others are meant to be and nothing depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from battle_net_sandbox.realms import Family


@dataclass(frozen=True, slots=True)
class Item:
    """One item: where it goes, what it is. `inventory` is how the item itself names its place."""

    slot: str
    id: int
    name: str
    quality: str = "EPIC"
    inventory: str = ""
    item_class: tuple[int, str] = (4, "Armor")
    subclass: tuple[int, str] = (0, "Miscellaneous")
    set_id: int | None = None


@dataclass(frozen=True, slots=True)
class ItemSet:
    """A set and what wearing some of it gives."""

    id: int
    name: str
    items: tuple[Item, ...]


SLOTS: Final = {
    "HEAD": "Head", "NECK": "Neck", "SHOULDER": "Shoulders", "SHIRT": "Shirt", "CHEST": "Chest", "WAIST": "Waist",
    "LEGS": "Legs", "FEET": "Feet", "WRIST": "Wrist", "HANDS": "Hands", "FINGER_1": "Ring 1", "FINGER_2": "Ring 2",
    "TRINKET_1": "Trinket 1", "TRINKET_2": "Trinket 2", "BACK": "Back", "MAIN_HAND": "Main Hand",
    "OFF_HAND": "Off Hand", "RANGED": "Ranged", "TABARD": "Tabard",
}  # fmt: skip
"""In Battle.net's order, with their English names."""

INVENTORY: Final = {
    "HEAD": "Head", "NECK": "Neck", "SHOULDER": "Shoulder", "BODY": "Shirt", "CHEST": "Chest", "ROBE": "Chest",
    "WAIST": "Waist", "LEGS": "Legs", "FEET": "Feet", "WRIST": "Wrist", "HAND": "Hands", "FINGER": "Finger",
    "TRINKET": "Trinket", "CLOAK": "Back", "WEAPON": "One-Hand", "TWOHWEAPON": "Two-Hand", "HOLDABLE": "Held In Off-hand",
    "RANGED": "Ranged", "RANGEDRIGHT": "Ranged", "TABARD": "Tabard", "SHIELD": "Off Hand",
}  # fmt: skip

_INVENTORY_OF_SLOT: Final = {
    "HANDS": "HAND", "BACK": "CLOAK", "SHIRT": "BODY", "FINGER_1": "FINGER", "FINGER_2": "FINGER",
    "TRINKET_1": "TRINKET", "TRINKET_2": "TRINKET",
}  # fmt: skip
_ARMOR_SUBCLASS: Final = {
    "CLOTH": (1, "Cloth"),
    "LEATHER": (2, "Leather"),
    "MAIL": (3, "Mail"),
    "PLATE": (4, "Plate"),
}

# Armour of each version: `set id set name; slot item id item name; ...`; a slot in lower case is not of the set.
_ARMOR: Final[dict[Family, dict[str, str]]] = {
    "": {
        "PLATE": "1593 Embrace of Forgotten Bones; HEAD 155866 Soulspun Casque; SHOULDER 168362 Trench Tyrant's Shoulderplates;"
        " CHEST 159416 Harpooner's Plate Cuirass; LEGS 168389 Fleetwrecker's Greaves; HANDS 168885 Undercove Crushers;"
        " waist 168869 Eternity Keeper's Greatbelt; feet 168390 Sabatons of the Stalwart; wrist 168387 Palace Sentinel Vambraces",
        "LEATHER": "1597 Tides of the Deep; HEAD 168345 Helm of the Inexorable Tide; SHOULDER 168348 Shoulderpads of Frothing Rage;"
        " CHEST 168350 Tunic of the Sycophant; LEGS 168875 Formcrafter's Pants; HANDS 168376 Anglerfish Feelers;"
        " waist 168871 Beloved Monarch's Waistwrap; feet 168879 Ardent Worshipper's Boots; wrist 158305 Sea Dog's Cuffs",
        "MAIL": "1688 Lightless Scavenger's Necessities; HEAD 212020 Lightless Scavenger's Skull;"
        " SHOULDER 212018 Lightless Scavenger's Shoulderguards; CHEST 212023 Lightless Scavenger's Tunic;"
        " LEGS 212019 Lightless Scavenger's Stalkings; HANDS 212021 Lightless Scavenger's Mitts;"
        " waist 212016 Lightless Scavenger's Buckles; feet 212022 Lightless Scavenger's Stompers;"
        " wrist 212015 Lightless Scavenger's Bands",
        "CLOTH": "1691 Sparks of Violet Rebirth; HEAD 212092 Hood of Violet Rebirth; SHOULDER 212090 Beacons of Violet Rebirth;"
        " CHEST 212095 Runecoat of Violet Rebirth; LEGS 212091 Coattails of Violet Rebirth;"
        " HANDS 212093 Jeweled Gauntlets of Violet Rebirth; waist 212088 Sash of Violet Rebirth;"
        " feet 212094 Treads of Violet Rebirth; wrist 212087 Bracelets of Violet Rebirth",
    },
    "classic1x": {
        "PLATE": "217 Judgement Armor; HEAD 16955 Judgement Crown; SHOULDER 16953 Judgement Spaulders;"
        " CHEST 16958 Judgement Breastplate; WAIST 16952 Judgement Belt; LEGS 16954 Judgement Legplates;"
        " FEET 16957 Judgement Sabatons; WRIST 16951 Judgement Bindings; HANDS 16956 Judgement Gauntlets",
        "MAIL": "215 Dragonstalker Armor; HEAD 16939 Dragonstalker's Helm; SHOULDER 16937 Dragonstalker's Spaulders;"
        " CHEST 16942 Dragonstalker's Breastplate; WAIST 16936 Dragonstalker's Belt; LEGS 16938 Dragonstalker's Legguards;"
        " FEET 16941 Dragonstalker's Greaves; WRIST 16935 Dragonstalker's Bracers; HANDS 16940 Dragonstalker's Gauntlets",
        "LEATHER": "213 Bloodfang Armor; HEAD 16908 Bloodfang Hood; SHOULDER 16832 Bloodfang Spaulders;"
        " CHEST 16905 Bloodfang Chestpiece; WAIST 16910 Bloodfang Belt; LEGS 16909 Bloodfang Pants; FEET 16906 Bloodfang Boots;"
        " WRIST 16911 Bloodfang Bracers; HANDS 16907 Bloodfang Gloves",
        "CLOTH": "210 Netherwind Regalia; HEAD 16914 Netherwind Crown; SHOULDER 16917 Netherwind Mantle; CHEST 16916 Netherwind Robes;"
        " WAIST 16818 Netherwind Belt; LEGS 16915 Netherwind Pants; FEET 16912 Netherwind Boots; WRIST 16918 Netherwind Bindings;"
        " HANDS 16913 Netherwind Gloves",
    },
    "classicann": {
        "PLATE": "629 Crystalforge Battlegear; HEAD 30131 Crystalforge War-Helm; SHOULDER 30133 Crystalforge Shoulderbraces;"
        " CHEST 30129 Crystalforge Breastplate; LEGS 30132 Crystalforge Greaves; HANDS 30130 Crystalforge Gauntlets",
        "MAIL": "652 Rift Stalker Armor; HEAD 30141 Rift Stalker Helm; SHOULDER 30143 Rift Stalker Mantle;"
        " CHEST 30139 Rift Stalker Hauberk; LEGS 30142 Rift Stalker Leggings; HANDS 30140 Rift Stalker Gauntlets",
        "LEATHER": "622 Deathmantle; HEAD 30146 Deathmantle Helm; SHOULDER 30149 Deathmantle Shoulderpads;"
        " CHEST 30144 Deathmantle Chestguard; LEGS 30148 Deathmantle Legguards; HANDS 30145 Deathmantle Handguards;"
        " waist 30106 Belt of One-Hundred Deaths; feet 30060 Boots of Effortless Striking",
        "CLOTH": "649 Tirisfal Regalia; HEAD 30206 Cowl of Tirisfal; SHOULDER 30210 Mantle of Tirisfal; CHEST 30196 Robes of Tirisfal;"
        " LEGS 30207 Leggings of Tirisfal; HANDS 30205 Gloves of Tirisfal; waist 30020 Fire-Cord of the Magus",
    },
    "classic": {
        "PLATE": "1134 White Tiger Battlegear; HEAD 85341 White Tiger Helmet; SHOULDER 85343 White Tiger Pauldrons;"
        " CHEST 85339 White Tiger Battleplate; LEGS 85342 White Tiger Legplates; HANDS 85340 White Tiger Gauntlets;"
        " waist 86955 Waistplate of Overwhelming Assault; feet 86979 Impaling Treads",
        "MAIL": "1129 Yaungol Slayer Battlegear; HEAD 85296 Yaungol Slayer's Headguard; SHOULDER 85298 Yaungol Slayer's Spaulders;"
        " CHEST 85294 Yaungol Slayer's Tunic; LEGS 85297 Yaungol Slayer's Legguards; HANDS 85295 Yaungol Slayer's Gloves",
        "LEATHER": "1126 Battlegear of the Thousandfold Blades; HEAD 85301 Helmet of the Thousandfold Blades;"
        " SHOULDER 85303 Spaulders of the Thousandfold Blades; CHEST 85299 Tunic of the Thousandfold Blades;"
        " LEGS 85302 Legguards of the Thousandfold Blades; HANDS 85300 Gloves of the Thousandfold Blades",
        "CLOTH": "1130 Regalia of the Burning Scroll; HEAD 85377 Hood of the Burning Scroll; SHOULDER 85380 Mantle of the Burning Scroll;"
        " CHEST 85378 Robes of the Burning Scroll; LEGS 85379 Leggings of the Burning Scroll; HANDS 85376 Gloves of the Burning Scroll",
    },
}  # fmt: skip

# Jewellery of each version: neck; cloak; rings; trinkets, a bar between alternatives.
_JEWELLERY: Final[dict[Family, str]] = {
    "": "158075 Heart of Azeroth;159288 Cloak of the Restless Tribes|168391 Cloak of Ill Tidings;169157 Logic Loop of Division"
    "|169159 Overclocking Bit Band|168891 Cursed Lover's Ring;169311 Ashvane's Razor Coral|169319 Dribbling Inkpod"
    "|169315 Edicts of the Faithless|169310 Bloodthirsty Urchin",
    "classic1x": "18814 Choker of the Fire Lord;17102 Cloak of the Shrouded Mists|19378 Cloak of the Brood Lord;"
    "18821 Quick Strike Ring|19325 Don Julio's Band|19384 Master Dragonslayer's Ring;19406 Drake Fang Talisman"
    "|11815 Hand of Justice|19379 Neltharion's Tear",
    "classicann": "30017 Telonicus's Pendant of Mayhem;29994 Thalassian Wildercloak|28777 Cloak of the Pit Stalker;"
    "29997 Band of the Ranger-General|28757 Ring of a Thousand Marks|30052 Ring of Lethality;28830 Dragonspine Trophy"
    "|30627 Tsunami Talisman|29383 Bloodlust Brooch",
    "classic": "86739 Beads of the Mogu'shi;86840 Stormwake Mistcloak|86782 Arrow Breaking Windcloak;86830 Ring of the Bladed Tempest"
    "|86880 Dread Shadow Ring|90861 Seal of Hateful Meditation;86144 Lei Shen's Final Orders|79328 Relic of Xuen"
    "|86132 Bottle of Infinite Stars",
}  # fmt: skip

# Weapons of each version, by how a class fights: `slot inventory subclass id subclass: item id item name`.
_WEAPONS: Final[dict[Family, dict[str, str]]] = {
    "": {
        "two": "MAIN_HAND TWOHWEAPON 5 Mace: 168897 Tentacle Crusher",
        "one": "MAIN_HAND WEAPON 15 Dagger: 168306 Shiver Venom Lance; OFF_HAND WEAPON 15 Dagger: 168302 Murmurs from the Deep",
        "staff": "MAIN_HAND TWOHWEAPON 10 Staff: 168275 Wisdom of the Depths",
        "bow": "MAIN_HAND RANGED 2 Bow: 168893 Neural Synapse Bow",
    },
    "classic1x": {
        "two": "MAIN_HAND TWOHWEAPON 8 Sword: 17076 Bonereaver's Edge",
        "one": "MAIN_HAND WEAPON 15 Dagger: 18805 Core Hound Tooth; OFF_HAND WEAPON 15 Dagger: 19346 Dragonfang Blade;"
        " RANGED RANGED 2 Bow: 17069 Striker's Mark",
        "staff": "MAIN_HAND TWOHWEAPON 10 Staff: 19356 Staff of the Shadow Flame; RANGED RANGEDRIGHT 19 Wand: 19861 Touch of Chaos",
        "bow": "MAIN_HAND TWOHWEAPON 10 Staff: 18715 Lok'delar, Stave of the Ancient Keepers;"
        " RANGED RANGED 2 Bow: 18713 Rhok'delar, Longbow of the Ancient Keepers",
    },
    "classicann": {
        "two": "MAIN_HAND TWOHWEAPON 8 Sword: 29993 Twinblade of the Phoenix",
        "one": "MAIN_HAND WEAPON 15 Dagger: 30103 Fang of Vashj; OFF_HAND WEAPON 15 Dagger: 29962 Heartrazor",
        "staff": "MAIN_HAND TWOHWEAPON 10 Staff: 29988 The Nexus Key; RANGED RANGEDRIGHT 19 Wand: 29982 Wand of the Forgotten Star",
        "bow": "MAIN_HAND TWOHWEAPON 6 Polearm: 28658 Terestian's Stranglestaff; RANGED RANGED 2 Bow: 30105 Serpent Spine Longbow",
    },
    "classic": {
        "two": "MAIN_HAND TWOHWEAPON 8 Sword: 86140 Starshatter",
        "one": "MAIN_HAND WEAPON 15 Dagger: 86147 Dagger of the Seven Stars; OFF_HAND WEAPON 15 Dagger: 86391 Spiritsever",
        "staff": "MAIN_HAND TWOHWEAPON 10 Staff: 86335 Jin'ya, Orb of the Waterspeaker",
        "bow": "MAIN_HAND RANGED 2 Bow: 86143 Taoren, the Soul Burner",
    },
}  # fmt: skip

_FIGHTS: Final = {
    3: "bow",
    4: "one",
    12: "one",
    5: "staff",
    8: "staff",
    9: "staff",
    11: "staff",
    13: "staff",
    7: "staff",
}
"""By class id; every other class swings something two-handed."""


@cache
def item_set(family: Family, armor: str) -> ItemSet:
    """The set characters of this armour wear in a version."""
    head, *rows = (row.strip() for row in _ARMOR[family][armor].split(";"))
    set_id, _, set_name = head.partition(" ")
    items = tuple(_armor(row, armor, int(set_id)) for row in rows)
    return ItemSet(int(set_id), set_name, tuple(item for item in items if item.set_id is not None))


@lru_cache(maxsize=4_096)
def outfit(family: Family, armor: str, class_id: int, turn: int) -> tuple[Item, ...]:
    """All a character wears, in slot order; `turn` chooses among alternatives."""
    head, *rows = (row.strip() for row in _ARMOR[family][armor].split(";"))
    set_id = int(head.partition(" ")[0])
    items = [_armor(row, armor, set_id) for row in rows]
    neck, cloaks, rings, trinkets = (part.split("|") for part in _JEWELLERY[family].split(";"))
    items += [_piece("NECK", neck[0]), _piece("BACK", cloaks[turn % len(cloaks)], (1, "Cloth"))]
    for number in range(2):
        items.append(_piece(f"FINGER_{number + 1}", rings[(turn + number) % len(rings)]))
        items.append(_piece(f"TRINKET_{number + 1}", trinkets[(turn + number) % len(trinkets)]))
    items += [_weapon(row.strip()) for row in _WEAPONS[family][_FIGHTS.get(class_id, "two")].split(";")]
    items.append(Item("TABARD", 5976, "Guild Tabard", "COMMON", "TABARD"))
    order = list(SLOTS)
    return tuple(sorted(items, key=lambda item: order.index(item.slot)))


def _armor(row: str, armor: str, set_id: int) -> Item:
    slot, item_id, name = row.split(" ", 2)
    place = slot.upper()
    inventory = _INVENTORY_OF_SLOT.get(place, place)
    return Item(
        place,
        int(item_id),
        name,
        "EPIC",
        inventory,
        (4, "Armor"),
        _ARMOR_SUBCLASS[armor],
        set_id if slot.isupper() else None,
    )


def _piece(slot: str, row: str, subclass: tuple[int, str] = (0, "Miscellaneous")) -> Item:
    item_id, _, name = row.partition(" ")
    return Item(slot, int(item_id), name, "EPIC", _INVENTORY_OF_SLOT.get(slot, slot), (4, "Armor"), subclass)


def _weapon(row: str) -> Item:
    kind, _, what = row.partition(": ")
    slot, inventory, subclass, subclass_name = kind.split(" ", 3)
    item_id, _, name = what.partition(" ")
    return Item(slot, int(item_id), name, "EPIC", inventory, (2, "Weapon"), (int(subclass), subclass_name))
