"""Classes, specializations, races and the small words of the game, in Battle.net's languages.

Source: ids and English names are the game's own; translations as the game shows them, where a row gives them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from battle_net_sandbox.locales import Localised

_LANGUAGES: Final = ("es", "pt", "de", "fr", "it", "ru", "ko", "zh_TW", "zh_CN")


def _names(row: str) -> Localised:
    english, *others = row.split("|")
    return Localised(english, tuple(zip(_LANGUAGES, others, strict=False)))


@dataclass(frozen=True, slots=True)
class Specialization:
    """One specialization of a class, with the talents the sandbox lets it choose."""

    id: int
    name: str
    hero_tree_id: int
    hero_tree: str
    talents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlayableClass:
    """One of the thirteen classes."""

    id: int
    name: Localised
    armor: str
    """CLOTH, LEATHER, MAIL or PLATE."""
    specializations: tuple[Specialization, ...]


@dataclass(frozen=True, slots=True)
class PlayableRace:
    """A playable race. The pandaren are neutral until they choose."""

    id: int
    name: Localised
    faction: str


_CLASSES: Final = {
    "1 PLATE": "Warrior|Guerrero|Guerreiro|Krieger|Guerrier|Guerriero|Воин|전사|戰士|战士",
    "2 PLATE": "Paladin|Paladín|Paladino|Paladin|Paladin|Paladino|Паладин|성기사|聖騎士|圣骑士",
    "3 MAIL": "Hunter|Cazador|Caçador|Jäger|Chasseur|Cacciatore|Охотник|사냥꾼|獵人|猎人",
    "4 LEATHER": "Rogue|Pícaro|Ladino|Schurke|Voleur|Ladro|Разбойник|도적|盜賊|潜行者",
    "5 CLOTH": "Priest|Sacerdote|Sacerdote|Priester|Prêtre|Sacerdote|Жрец|사제|牧師|牧师",
    "6 PLATE": "Death Knight|Caballero de la Muerte|Cavaleiro da Morte|Todesritter|Chevalier de la mort"
    "|Cavaliere della Morte|Рыцарь смерти|죽음의 기사|死亡騎士|死亡骑士",
    "7 MAIL": "Shaman|Chamán|Xamã|Schamane|Chaman|Sciamano|Шаман|주술사|薩滿|萨满祭司",
    "8 CLOTH": "Mage|Mago|Mago|Magier|Mage|Mago|Маг|마법사|法師|法师",
    "9 CLOTH": "Warlock|Brujo|Bruxo|Hexenmeister|Démoniste|Stregone|Чернокнижник|흑마법사|術士|术士",
    "10 LEATHER": "Monk|Monje|Monge|Mönch|Moine|Monaco|Монах|수도사|武僧|武僧",
    "11 LEATHER": "Druid|Druida|Druida|Druide|Druide|Druido|Друид|드루이드|德魯伊|德鲁伊",
    "12 LEATHER": "Demon Hunter|Cazador de demonios|Caçador de Demônios|Dämonenjäger|Chasseur de démons"
    "|Cacciatore di Demoni|Охотник на демонов|악마사냥꾼|惡魔獵人|恶魔猎手",
    "13 MAIL": "Evoker|Evocador|Conjurante|Rufer|Évocateur|Evocatore|Пробудитель|기원사|喚能師|唤魔师",
}

# Class id: rows of `spec id name;hero tree id name;talents`.
_SPECIALIZATIONS: Final[dict[int, tuple[str, ...]]] = {
    1: (
        "71 Arms;62 Slayer;Mortal Strike,Overpower,Skullsplitter,Colossus Smash,Bladestorm",
        "72 Fury;60 Mountain Thane;Bloodthirst,Raging Blow,Rampage,Recklessness,Odyn's Fury",
        "73 Protection;61 Colossus;Ignore Pain,Demoralizing Shout,Last Stand,Shield Charge,Ravager",
    ),
    2: (
        "65 Holy;50 Herald of the Sun;Holy Shock,Beacon of Light,Aura Mastery,Divine Toll,Tyr's Deliverance",
        "66 Protection;49 Lightsmith;Avenger's Shield,Ardent Defender,Guardian of Ancient Kings,Moment of Glory",
        "70 Retribution;48 Templar;Blade of Justice,Divine Storm,Wake of Ashes,Final Reckoning,Execution Sentence",
    ),
    3: (
        "253 Beast Mastery;43 Pack Leader;Kill Command,Barbed Shot,Bestial Wrath,Call of the Wild,Killer Instinct",
        "254 Marksmanship;44 Dark Ranger;Aimed Shot,Rapid Fire,Trueshot,Volley,Lone Wolf",
        "255 Survival;42 Sentinel;Raptor Strike,Wildfire Bomb,Coordinated Assault,Butchery,Harpoon",
    ),
    4: (
        "259 Assassination;52 Deathstalker;Deathmark,Garrote,Kingsbane,Crimson Tempest,Venomous Wounds",
        "260 Outlaw;51 Trickster;Roll the Bones,Blade Flurry,Adrenaline Rush,Killing Spree,Keep It Rolling",
        "261 Subtlety;53 Fatebound;Shadow Dance,Secret Technique,Shadow Blades,Flagellation,Find Weakness",
    ),
    5: (
        "256 Discipline;20 Voidweaver;Atonement,Power Word: Radiance,Penance,Rapture,Evangelism",
        "257 Holy;19 Oracle;Holy Word: Serenity,Holy Word: Sanctify,Divine Hymn,Apotheosis,Guardian Spirit",
        "258 Shadow;18 Archon;Devouring Plague,Void Eruption,Shadow Crash,Mind Flay: Insanity,Voidform",
    ),
    6: (
        "250 Blood;33 Deathbringer;Heart Strike,Marrowrend,Vampiric Blood,Dancing Rune Weapon,Bonestorm",
        "251 Frost;32 Rider of the Apocalypse;Obliterate,Howling Blast,Pillar of Frost,Breath of Sindragosa",
        "252 Unholy;31 San'layn;Festering Strike,Scourge Strike,Dark Transformation,Apocalypse,Summon Gargoyle",
    ),
    7: (
        "262 Elemental;54 Farseer;Earth Shock,Lava Surge,Stormkeeper,Ascendance,Primordial Wave",
        "263 Enhancement;55 Stormbringer;Stormstrike,Maelstrom Weapon,Feral Spirit,Sundering,Doom Winds",
        "264 Restoration;56 Totemic;Riptide,Healing Rain,Spirit Link Totem,Cloudburst Totem,Wellspring",
    ),
    8: (
        "62 Arcane;39 Sunfury;Arcane Barrage,Clearcasting,Arcane Surge,Touch of the Magi,Evocation",
        "63 Fire;41 Frostfire;Pyroblast,Fire Blast,Combustion,Phoenix Flames,Meteor",
        "64 Frost;40 Spellslinger;Ice Lance,Flurry,Icy Veins,Frozen Orb,Ray of Frost",
    ),
    9: (
        "265 Affliction;58 Hellcaller;Unstable Affliction,Malefic Rapture,Phantom Singularity,Summon Darkglare",
        "266 Demonology;57 Soul Harvester;Call Dreadstalkers,Summon Vilefiend,Demonic Strength,Guillotine",
        "267 Destruction;59 Diabolist;Chaos Bolt,Conflagrate,Cataclysm,Summon Infernal,Channel Demonfire",
    ),
    10: (
        "268 Brewmaster;66 Shado-Pan;Keg Smash,Celestial Brew,Breath of Fire,Invoke Niuzao,Exploding Keg",
        "270 Mistweaver;64 Master of Harmony;Enveloping Mist,Thunder Focus Tea,Renewing Mist,Revival,Life Cocoon",
        "269 Windwalker;65 Conduit of the Celestials;Fists of Fury,Strike of the Windlord,Whirling Dragon Punch",
    ),
    11: (
        "102 Balance;23 Elune's Chosen;Starfall,Celestial Alignment,Fury of Elune,New Moon,Wild Mushroom",
        "103 Feral;21 Druid of the Claw;Tiger's Fury,Primal Wrath,Berserk,Bloodtalons,Feral Frenzy",
        "104 Guardian;24 Keeper of the Grove;Maul,Survival Instincts,Rage of the Sleeper,Pulverize",
        "105 Restoration;22 Wildstalker;Lifebloom,Wild Growth,Tranquility,Flourish,Grove Guardians",
    ),
    12: (
        "577 Havoc;35 Aldrachi Reaver;Blade Dance,Eye Beam,Essence Break,Glaive Tempest,Demonic",
        "581 Vengeance;34 Fel-Scarred;Fracture,Fiery Brand,Spirit Bomb,Soul Carver,Fel Devastation",
    ),
    13: (
        "1467 Devastation;36 Scalecommander;Eternity Surge,Pyre,Dragonrage,Shattering Star,Firestorm",
        "1468 Preservation;37 Flameshaper;Echo,Dream Breath,Spiritbloom,Rewind,Stasis",
        "1473 Augmentation;38 Chronowarden;Ebon Might,Prescience,Breath of Eons,Time Skip,Upheaval",
    ),
}

_RACES: Final = {
    "1 ALLIANCE": "Human|Humano|Humano|Mensch|Humain|Umano|Человек|인간|人類|人类",
    "2 HORDE": "Orc|Orco|Orc|Orc|Orc|Orco|Орк|오크|獸人|兽人",
    "3 ALLIANCE": "Dwarf|Enano|Anão|Zwerg|Nain|Nano|Дворф|드워프|矮人|矮人",
    "4 ALLIANCE": "Night Elf|Elfo de la noche|Elfo Noturno|Nachtelf|Elfe de la nuit|Elfo della Notte|Ночной эльф"
    "|나이트 엘프|夜精靈|暗夜精灵",
    "5 HORDE": "Undead|No-muerto|Morto-vivo|Untoter|Mort-vivant|Non Morto|Нежить|언데드|不死族|亡灵",
    "6 HORDE": "Tauren|Tauren|Tauren|Tauren|Tauren|Tauren|Таурен|타우렌|牛頭人|牛头人",
    "7 ALLIANCE": "Gnome|Gnomo|Gnomo|Gnom|Gnome|Gnomo|Гном|노움|地精|侏儒",
    "8 HORDE": "Troll|Trol|Troll|Troll|Troll|Troll|Тролль|트롤|食人妖|巨魔",
    "9 HORDE": "Goblin|Goblin|Goblin|Goblin|Gobelin|Goblin|Гоблин|고블린|哥布林|地精",
    "10 HORDE": "Blood Elf|Elfo de sangre|Elfo Sangrento|Blutelf|Elfe de sang|Elfo del Sangue|Эльф крови"
    "|블러드 엘프|血精靈|血精灵",
    "11 ALLIANCE": "Draenei|Draenei|Draenei|Draenei|Draeneï|Draenei|Дреней|드레나이|德萊尼|德莱尼",
    "22 ALLIANCE": "Worgen|Huargen|Worgen|Worgen|Worgen|Worgen|Ворген|늑대인간|狼人|狼人",
    "24 NEUTRAL": "Pandaren|Pandaren|Pandaren|Pandaren|Pandaren|Pandaren|Пандарен|판다렌|熊貓人|熊猫人",
    "25 ALLIANCE": "Pandaren|Pandaren|Pandaren|Pandaren|Pandaren|Pandaren|Пандарен|판다렌|熊貓人|熊猫人",
    "26 HORDE": "Pandaren|Pandaren|Pandaren|Pandaren|Pandaren|Pandaren|Пандарен|판다렌|熊貓人|熊猫人",
    "27 HORDE": "Nightborne|Natonocturno|Filho da Noite|Nachtgeborener|Sacrenuit|Nobile Oscuro|Ночнорожденный"
    "|나이트본|夜裔精靈|夜之子",
    "52 ALLIANCE": "Dracthyr|Dracthyr|Dracthyr|Dracthyr|Dracthyr|Dracthyr|Драктир|드랙티르|半龍人|龙希尔",
    "70 HORDE": "Dracthyr|Dracthyr|Dracthyr|Dracthyr|Dracthyr|Dracthyr|Драктир|드랙티르|半龍人|龙希尔",
}

_CLASS_RACES: Final[dict[int, tuple[int, ...]]] = {
    6: (1, 2, 10, 22),
    10: (1, 10, 25, 26),
    12: (4, 10),
    13: (52, 70),
}
_CLASSIC_RACES: Final[dict[int, tuple[int, ...]]] = {
    1: (1, 2, 3, 6), 2: (1, 3), 3: (2, 3, 4, 8), 4: (1, 2, 5, 7), 5: (1, 3, 5, 8), 7: (2, 6, 8), 8: (1, 5, 7, 8),
    9: (1, 2, 5, 7), 11: (4, 6), 6: (1, 2), 10: (25, 26),
}  # fmt: skip

GENDERS: Final = {
    "MALE": _names("Male|Masculino|Masculino|Männlich|Homme|Maschio|Мужской|남성|男性|男性"),
    "FEMALE": _names("Female|Femenino|Feminino|Weiblich|Femme|Femmina|Женский|여성|女性|女性"),
}

FACTIONS: Final = {
    "ALLIANCE": _names("Alliance|Alianza|Aliança|Allianz|Alliance|Alleanza|Альянс|얼라이언스|聯盟|联盟"),
    "HORDE": _names("Horde|Horda|Horda|Horde|Horde|Orda|Орда|호드|部落|部落"),
    "NEUTRAL": _names("Neutral|Neutral|Neutro|Neutral|Neutre|Neutrale|Равнодушие|중립|中立|中立"),
}

QUALITIES: Final = {
    "COMMON": _names("Common|Común|Comum|Gewöhnlich|Commun|Comune|Обычный|일반|普通|普通"),
    "UNCOMMON": _names("Uncommon|Poco común|Incomum|Selten|Inhabituel|Non comune|Необычный|고급|優良|优秀"),
    "RARE": _names("Rare|Raro|Raro|Rar|Rare|Raro|Редкий|희귀|精良|精良"),
    "EPIC": _names("Epic|Épico|Épico|Episch|Épique|Epico|Эпический|영웅|史詩|史诗"),
    "LEGENDARY": _names("Legendary|Legendario|Lendário|Legendär|Légendaire|Leggendario|Легендарный|전설|傳說|传说"),
}

TITLES: Final = {
    "the Patient": (172, "{name} the Patient"),
    "the Insane": (145, "{name} the Insane"),
    "Loremaster": (93, "Loremaster {name}"),
}
"""Titles worn in the made-up world: id and display string."""


def _specialization(row: str) -> Specialization:
    head, hero, talents = row.split(";")
    spec_id, _, name = head.partition(" ")
    hero_id, _, hero_name = hero.partition(" ")
    return Specialization(int(spec_id), name, int(hero_id), hero_name, tuple(talents.split(",")))


def _class(head: str, row: str) -> PlayableClass:
    number, armor = head.split()
    specializations = tuple(_specialization(each) for each in _SPECIALIZATIONS[int(number)])
    return PlayableClass(int(number), _names(row), armor, specializations)


CLASSES: Final = {each.id: each for each in (_class(head, row) for head, row in _CLASSES.items())}
RACES: Final = {
    int(number): PlayableRace(int(number), _names(row), faction)
    for (number, faction), row in ((head.split(), row) for head, row in _RACES.items())
}


def races_of_class(class_id: int, *, classic: bool) -> tuple[int, ...]:
    """Races that may play a class; the usual ten where a class is not choosy."""
    if classic:
        return _CLASSIC_RACES[class_id]
    return _CLASS_RACES.get(class_id, _CLASSIC_RACES.get(class_id, (1, 2, 3, 10)))


def classic_classes(family: str) -> tuple[int, ...]:
    """The classes a classic version has: nine, with death knights and monks in classic progression."""
    nine = (1, 2, 3, 4, 5, 7, 8, 9, 11)
    return (*nine, 6, 10) if family == "classic" else nine
