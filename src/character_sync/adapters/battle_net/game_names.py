"""English names of classes and races by Battle.net's ids, for answers that left the name out.

Source: the game's static data (`/data/wow/playable-class/index`, `/data/wow/playable-race/index`); ids never change.
"""

from typing import Final

CLASS_NAMES: Final = {
    1: "Warrior",
    2: "Paladin",
    3: "Hunter",
    4: "Rogue",
    5: "Priest",
    6: "Death Knight",
    7: "Shaman",
    8: "Mage",
    9: "Warlock",
    10: "Monk",
    11: "Druid",
    12: "Demon Hunter",
    13: "Evoker",
}

RACE_NAMES: Final = {
    1: "Human",
    2: "Orc",
    3: "Dwarf",
    4: "Night Elf",
    5: "Undead",
    6: "Tauren",
    7: "Gnome",
    8: "Troll",
    9: "Goblin",
    10: "Blood Elf",
    11: "Draenei",
    22: "Worgen",
    24: "Pandaren",  # 24 before choosing a faction, 25 Alliance, 26 Horde
    25: "Pandaren",
    26: "Pandaren",
    27: "Nightborne",
    28: "Highmountain Tauren",
    29: "Void Elf",
    30: "Lightforged Draenei",
    31: "Zandalari Troll",
    32: "Kul Tiran",
    34: "Dark Iron Dwarf",
    35: "Vulpera",
    36: "Mag'har Orc",
    37: "Mechagnome",
    52: "Dracthyr",
    70: "Dracthyr",
    84: "Earthen",
    85: "Earthen",
}
