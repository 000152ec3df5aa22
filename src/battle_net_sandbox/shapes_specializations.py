"""The world as a character's specializations show it, in Battle.net's four forms.

1. retail before 10.0: talents directly under each specialization;
2. retail since 10.0: loadouts;
3. Classic Era, Anniversary and Wrath: groups of three trees, no active specialization;
4. Cataclysm and Mists: groups and specializations both.

Source: captured answers for 1 to 3; the types of Pewtro/blizzard-api for 4, of which nothing was captured.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from typing import Final

from battle_net_sandbox.chance import draw
from battle_net_sandbox.characters import TOP_LEVEL, Character, Quirk
from battle_net_sandbox.classic_talents import TREES
from battle_net_sandbox.game_data import CLASSES, PlayableClass, Specialization
from battle_net_sandbox.links import Links, character_path
from battle_net_sandbox.locales import Localised, Shared, Tree

_CLASS_TALENTS: Final = ("Fortitude of the Ages", "Swift Recovery", "Adaptive Armor")
_PVP_TALENTS: Final = (
    (3590, 214027, "Adaptation"),
    (25, 198500, "Death Sentence"),
    (5547, 355580, "Precognition"),
)
_GLYPHS: Final = ((43_412, "Glyph of Shadowflame"), (43_339, "Glyph of Arcane Brilliance"))
_LIMITS_OF_GROUPS: Final = 5


def specializations(character: Character) -> Tree:
    """What the character has learnt."""
    links = Links(character.realm.region, character.realm.family)
    head: dict[str, Tree] = {"_links": {"self": links.profile(f"{character_path(character)}/specializations")}}
    who: dict[str, Tree] = {"character": links.character(character)}
    if character.has(Quirk.SPECIALIZATIONS_NONE):
        return head | who
    if character.has(Quirk.SPECIALIZATIONS_OLD):
        return head | _before_loadouts(character, links) | who
    if not character.realm.family:
        return head | _loadouts(character, links) | who
    if character.realm.family == "classic" and not character.has(Quirk.SPECIALIZATIONS_GROUPS):
        return head | who | _groups_and_specializations(character, links)
    return head | who | {"specialization_groups": _groups(character, dual=character.realm.family == "classic")}


def _loadouts(character: Character, links: Links) -> dict[str, Tree]:
    playable = CLASSES[character.class_id]
    active = playable.specializations[character.spec]
    return {
        "specializations": [_with_loadouts(character, playable, spec, links) for spec in playable.specializations],
        "active_specialization": _reference(active, links),
        "active_hero_talent_tree": _hero_tree(playable, active, links),
    }


def _with_loadouts(character: Character, playable: PlayableClass, spec: Specialization, links: Links) -> Tree:
    active = spec is playable.specializations[character.spec]
    entry: dict[str, Tree] = {
        "specialization": _reference(spec, links),
        "pvp_talent_slots": _pvp_slots(links),
    }
    if active:
        entry["glyphs"] = [links.reference("data/wow/glyph", number, Localised(name)) for number, name in _GLYPHS]
        entry["loadouts"] = [
            _loadout(character, playable, spec, links, active=True),
            _loadout(character, playable, spec, links, active=False),
        ]
    elif draw(character.battle_net_id, spec.id) % 2:
        entry["loadouts"] = []
    return entry


def _loadout(
    character: Character, playable: PlayableClass, spec: Specialization, links: Links, *, active: bool
) -> dict[str, Tree]:
    tree = 700 + playable.id
    chosen = spec.talents[: 3 + (character.gear + active) % 2]
    class_talents: list[Tree] = [_talent(playable.id, name, 1, links) for name in _CLASS_TALENTS]
    spec_talents: list[Tree] = [_talent(spec.id, name, 1 + number % 2, links) for number, name in enumerate(chosen)]
    if character.has(Quirk.NULL_TALENTS):
        class_talents.insert(1, None)
        spec_talents.append(None)
        class_talents.append({"id": 99_822, "rank": 1})
    loadout: dict[str, Tree] = {
        "is_active": active,
        "talent_loadout_code": _loadout_code(character, spec, active=active),
        "selected_class_talents": class_talents,
        "selected_spec_talents": spec_talents,
        "selected_hero_talents": [_talent(spec.hero_tree_id, spec.hero_tree, 1, links)],
        "selected_class_talent_tree": {
            "key": links.static(f"data/wow/talent-tree/{tree}"),
            "name": playable.name,
        },
        "selected_spec_talent_tree": {
            "key": links.static(f"data/wow/talent-tree/{tree}/playable-specialization/{spec.id}"),
            "name": Localised(spec.name),
        },
        "selected_hero_talent_tree": _hero_tree(playable, spec, links),
    }
    return loadout


def _loadout_code(character: Character, spec: Specialization, *, active: bool) -> str:
    parts = (draw(character.battle_net_id, spec.id, active, number, character.gear) for number in range(5))
    return "B" + b64encode(b"".join(part.to_bytes(8) for part in parts)).decode().rstrip("=") + "A"


def _hero_tree(playable: PlayableClass, spec: Specialization, links: Links) -> dict[str, Tree]:
    path = f"data/wow/talent-tree/{700 + playable.id}/hero-talent"
    return links.reference(path, spec.hero_tree_id, Localised(spec.hero_tree))


@cache
def _talent(group: int, name: str, rank: int, links: Links) -> Tree:
    node = 70_000 + draw("node", group, name) % 30_000
    talent_id, spell_id = (
        100_000 + draw("talent", group, name) % 30_000,
        180_000 + draw("spell", group, name) % 300_000,
    )
    tooltip: dict[str, Tree] = {
        "talent": links.reference("data/wow/talent", talent_id, Localised(name)),
        "spell_tooltip": _tooltip(spell_id, name, links),
    }
    return Shared({"id": node, "rank": rank, "tooltip": tooltip})


def _tooltip(spell_id: int, name: str, links: Links) -> dict[str, Tree]:
    return {
        "spell": links.reference("data/wow/spell", spell_id, Localised(name)),
        "description": Localised(f"{name} grows stronger.\r\n\r\nGenerates 1 charge."),
        "cast_time": Localised("Instant"),
        "power_cost": None,
        "cooldown": Localised("30 sec cooldown"),
    }


@cache
def _pvp_slots(links: Links) -> Tree:
    slots: list[Tree] = [
        {
            "selected": {
                "talent": links.reference("data/wow/pvp-talent", number, Localised(name)),
                "spell_tooltip": _tooltip(spell_id, name, links),
            },
            "slot_number": slot,
        }
        for slot, (number, spell_id, name) in enumerate(_PVP_TALENTS, start=2)
    ]
    return Shared(slots)


def _before_loadouts(character: Character, links: Links) -> dict[str, Tree]:
    playable = CLASSES[character.class_id]
    entries: list[Tree] = []
    for spec in playable.specializations:
        talents: list[Tree] = [
            {
                "talent": links.reference(
                    "data/wow/talent", 19_000 + draw("old", spec.id, name) % 4_000, Localised(name)
                ),
                "spell_tooltip": _tooltip(draw("old spell", spec.id, name) % 300_000, name, links),
                "tier_index": tier,
                "column_index": draw(spec.id, name) % 3,
            }
            for tier, name in enumerate(spec.talents)
        ]
        if character.has(Quirk.NULL_TALENTS):
            talents.append(None)
        entries.append(
            {
                "specialization": _reference(spec, links),
                "talents": talents,
                "pvp_talent_slots": _pvp_slots(links),
            }
        )
    active = playable.specializations[character.spec]
    return {"specializations": entries, "active_specialization": _reference(active, links)}


def _groups(character: Character, *, dual: bool) -> list[Tree]:
    first: Tree = _group(character, active=True, glyphs=dual)
    return [first, _group(character, active=False, glyphs=dual)] if dual else [first]


def _group(character: Character, *, active: bool, glyphs: bool) -> dict[str, Tree]:
    """Points go into the main tree first; the rest into the tree after it."""
    trees = TREES.get(character.class_id, ())
    points = max(0, min(character.level, TOP_LEVEL[character.realm.family]) - 9)
    main = (character.spec + (0 if active else 1)) % max(1, len(trees))
    entries: list[Tree] = []
    for number in range(len(trees)):
        tree = trees[(main + number) % len(trees)]
        learnt: list[Tree] = []
        spent = 0
        for talent in tree.talents:
            rank = min(talent.ranks, points)
            if not rank or (number > 0 and spent >= _LIMITS_OF_GROUPS):
                break
            points, spent = points - rank, spent + rank
            learnt.append(
                {
                    "talent": {"id": talent.id},
                    "spell_tooltip": {
                        "spell": {"name": Localised(talent.name), "id": talent.spell_id},
                        "description": Localised(f"{talent.name} grows stronger."),
                        "cast_time": Localised("Passive"),
                        "power_cost": None,
                    },
                    "talent_rank": rank,
                }
            )
        if character.has(Quirk.NULL_TALENTS):
            learnt.append(None)
        if learnt:
            entries.append({"talents": learnt, "specialization_name": Localised(tree.name), "spent_points": spent})
    group: dict[str, Tree] = {"is_active": active}
    if glyphs:
        group["glyphs"] = [{"name": Localised(name), "id": number} for number, name in _GLYPHS]
    return group | {"specializations": entries}


def _groups_and_specializations(character: Character, links: Links) -> dict[str, Tree]:
    playable = CLASSES[character.class_id]
    active = playable.specializations[character.spec]
    chosen: list[Tree] = [
        {
            "talent": {"id": 15_000 + draw("mists", active.id, name) % 6_000},
            "spell_tooltip": {
                "spell": {"name": Localised(name), "id": draw("mists spell", active.id, name) % 120_000},
                "description": Localised(f"{name} grows stronger."),
                "cast_time": Localised("Instant"),
            },
        }
        for name in active.talents[: max(1, min(6, character.level // 15))]
    ]
    if character.has(Quirk.NULL_TALENTS):
        chosen.append(None)
    group: dict[str, Tree] = {
        "is_active": True,
        "glyphs": [{"name": Localised(name), "id": number} for number, name in _GLYPHS],
        "specializations": [{"specialization_name": Localised(active.name), "talents": list(chosen)}],
    }
    answer: dict[str, Tree] = {
        "specialization_groups": [group],
        "specializations": [
            {
                "specialization": _reference(active, links),
                "specialization_name": Localised(active.name),
                "talents": list(chosen),
            }
        ],
    }
    if not character.has(Quirk.NO_ACTIVE_SPEC):
        answer["active_specialization"] = _reference(active, links)
    return answer


def _reference(spec: Specialization, links: Links) -> dict[str, Tree]:
    return links.reference("data/wow/playable-specialization", spec.id, Localised(spec.name))
