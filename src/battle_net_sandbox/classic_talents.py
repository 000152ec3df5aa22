"""Talent trees of the classic classes.

Source: names of trees and talents as the games have them; talent and spell ids are made up, stable and distinct.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from battle_net_sandbox.chance import draw


@dataclass(frozen=True, slots=True)
class Talent:
    """A talent of a tree: ids of talent and spell, and how many points it takes."""

    id: int
    spell_id: int
    name: str
    ranks: int


@dataclass(frozen=True, slots=True)
class Tree:
    """One of a class's three trees."""

    name: str
    talents: tuple[Talent, ...]


_TREES: Final = {
    1: "Arms:Improved Heroic Strike,Deflection,Tactical Mastery,Anger Management,Mortal Strike"
    "|Fury:Booming Voice,Cruelty,Unbridled Wrath,Death Wish,Bloodthirst"
    "|Protection:Shield Specialization,Anticipation,Toughness,Last Stand,Shield Slam",
    2: "Holy:Divine Strength,Divine Intellect,Spiritual Focus,Illumination,Holy Shock"
    "|Protection:Improved Devotion Aura,Redoubt,Precision,Blessing of Kings,Holy Shield"
    "|Retribution:Improved Blessing of Might,Benediction,Improved Judgement,Seal of Command,Repentance",
    3: "Beast Mastery:Improved Aspect of the Hawk,Endurance Training,Thick Hide,Intimidation,Bestial Wrath"
    "|Marksmanship:Efficiency,Lethal Shots,Aimed Shot,Hawk Eye,Trueshot Aura"
    "|Survival:Monster Slaying,Humanoid Slaying,Deflection,Surefooted,Wyvern Sting",
    4: "Assassination:Improved Eviscerate,Malice,Ruthlessness,Cold Blood,Vigor"
    "|Combat:Improved Sinister Strike,Lightning Reflexes,Precision,Blade Flurry,Adrenaline Rush"
    "|Subtlety:Master of Deception,Opportunity,Camouflage,Preparation,Premeditation",
    5: "Discipline:Unbreakable Will,Wand Specialization,Meditation,Inner Focus,Power Infusion"
    "|Holy:Healing Focus,Holy Specialization,Spell Warding,Spirit of Redemption,Lightwell"
    "|Shadow:Spirit Tap,Blackout,Shadow Focus,Vampiric Embrace,Shadowform",
    6: "Blood:Butchery,Subversion,Blade Barrier,Bloodworms,Dancing Rune Weapon"
    "|Frost:Improved Icy Touch,Runic Power Mastery,Toughness,Frost Strike,Howling Blast"
    "|Unholy:Vicious Strikes,Virulence,Anticipation,Bone Shield,Summon Gargoyle",
    7: "Elemental:Convection,Concussion,Call of Flame,Elemental Fury,Elemental Mastery"
    "|Enhancement:Ancestral Knowledge,Thundering Strikes,Flurry,Parry,Stormstrike"
    "|Restoration:Improved Healing Wave,Tidal Focus,Totemic Focus,Nature's Swiftness,Mana Tide Totem",
    8: "Arcane:Arcane Subtlety,Arcane Focus,Arcane Concentration,Presence of Mind,Arcane Power"
    "|Fire:Improved Fireball,Impact,Ignite,Pyroblast,Combustion"
    "|Frost:Improved Frostbolt,Elemental Precision,Ice Shards,Cold Snap,Ice Barrier",
    9: "Affliction:Suppression,Improved Corruption,Nightfall,Siphon Life,Dark Pact"
    "|Demonology:Improved Healthstone,Improved Imp,Demonic Embrace,Fel Domination,Soul Link"
    "|Destruction:Improved Shadow Bolt,Cataclysm,Bane,Ruin,Conflagrate",
    11: "Balance:Improved Wrath,Nature's Grasp,Improved Moonfire,Omen of Clarity,Moonkin Form"
    "|Feral Combat:Ferocity,Feral Aggression,Feline Swiftness,Faerie Fire,Leader of the Pack"
    "|Restoration:Improved Mark of the Wild,Furor,Naturalist,Nature's Swiftness,Swiftmend",
}

_RANKS: Final = (5, 5, 5, 1, 1)


def _tree(class_id: int, row: str) -> Tree:
    name, _, talents = row.partition(":")
    return Tree(
        name,
        tuple(
            Talent(
                1_000 + draw("talent", class_id, name, each) % 9_000,
                10_000 + draw("spell", class_id, name, each) % 50_000,
                each,
                ranks,
            )
            for each, ranks in zip(talents.split(","), _RANKS, strict=True)
        ),
    )


TREES: Final = {class_id: tuple(_tree(class_id, row) for row in rows.split("|")) for class_id, rows in _TREES.items()}
"""By class id. Monks came after the trees had gone."""
