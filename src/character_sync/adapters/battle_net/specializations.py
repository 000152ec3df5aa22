"""Specializations: Battle.net's four forms become one.

1. retail until 9.x: `specializations[]` with `talents[]`; `active_specialization`
2. retail from 10.x: `specializations[]` with `loadouts[]`, the active one counts
3. Era, TBC, WotLK: `specialization_groups[]` (two with dual spec), trees with `spent_points`, nothing says which is active
4. Cata, MoP: `specialization_groups[]` and `specializations[]` together

Source: tests/samples/battle_net for 1-3; 4 is from public typings only, no answer was seen.
"""

from character_sync.adapters.battle_net.json_shapes import (
    Glyph,
    Loadout,
    LoadoutTalent,
    Named,
    Spec,
    SpecGroup,
    SpecSummary,
    Tooltip,
)
from character_sync.adapters.battle_net.text import clean, localized
from character_sync.domain.character import NamedId, Specialization, Specializations, Talent


def specializations_of(summary: SpecSummary) -> Specializations:
    """Return every specialization with its active talents; empty for a character that has none yet."""
    listed = [spec for spec in summary.specializations or () if spec is not None]
    groups = [(index, group) for index, group in enumerate(summary.specialization_groups or ()) if group is not None]
    active = named_id(summary.active_specialization)
    if any(group.specializations for _, group in groups):
        specs = tuple(spec for index, group in groups for spec in _group(index, group, listed, active))
    else:
        glyphs = tuple(glyph for _, group in groups if group.is_active for glyph in _glyphs(group.glyphs))
        specs = tuple(_listed(spec, active, summary.active_hero_talent_tree, glyphs) for spec in listed)
    told = next((NamedId(spec.id, spec.name) for spec in specs if spec.is_active), None)
    return Specializations(active=told or active, specs=specs)


def named_id(named: Named | None) -> NamedId | None:
    """Return None for nothing, and for the id 0 that classic gives for "no specialization"."""
    if named is None:
        return None
    number, name = named.id or None, localized(named.name)
    return None if number is None and name is None else NamedId(number, name)


def _identity(spec: Spec) -> NamedId:
    told = named_id(spec.specialization)
    return NamedId(told.id if told else None, localized(spec.specialization_name) or (told.name if told else None))


def _is_same(one: NamedId, other: NamedId | None) -> bool:
    if other is None:
        return False
    return one.id == other.id if one.id is not None and other.id is not None else one.name == other.name


def _listed(
    spec: Spec, active: NamedId | None, active_hero_tree: Named | None, group_glyphs: tuple[NamedId, ...]
) -> Specialization:
    identity = _identity(spec)
    is_active = _is_same(identity, active)
    loadout = _active_loadout(spec.loadouts)
    hero_tree = loadout.selected_hero_talent_tree if loadout else None
    if hero_tree is None and is_active:
        hero_tree = active_hero_tree
    glyphs = _glyphs(spec.glyphs) or (group_glyphs if is_active else ())
    return Specialization(
        group=0,
        is_active=is_active,
        id=identity.id,
        name=identity.name,
        spent_points=spec.spent_points,
        loadout_code=clean(loadout.talent_loadout_code) if loadout else None,
        hero_tree=localized(hero_tree.name) if hero_tree else None,
        talents=_loadout_talents(loadout) if loadout else _talents(spec.talents),
        pvp_talents=_pvp_talents(spec),
        glyphs=glyphs,
    )


def _group(index: int, group: SpecGroup, listed: list[Spec], active: NamedId | None) -> list[Specialization]:
    """A group's main tree is the one with most points; it carries the group's glyphs, which belong to all three."""
    specs = [spec for spec in group.specializations or () if spec is not None]
    numbers = {identity.name: identity.id for identity in map(_identity, listed)}
    most = max((spec.spent_points or 0 for spec in specs), default=0)
    main = next((spec for spec in specs if most and spec.spent_points == most), None)
    told = next((spec for spec in specs if _is_same(_identity(spec), active)), None) if group.is_active else None
    shown = told or main
    read = []
    for spec in specs:
        identity = _identity(spec)
        read.append(
            Specialization(
                group=index,
                is_active=bool(group.is_active) and spec is shown,
                id=identity.id if identity.id is not None else numbers.get(identity.name),
                name=identity.name,
                spent_points=spec.spent_points,
                talents=_talents(spec.talents),
                pvp_talents=_pvp_talents(spec),
                glyphs=_glyphs(spec.glyphs) or (_glyphs(group.glyphs) if spec is shown else ()),
            )
        )
    return read


def _active_loadout(loadouts: list[Loadout | None] | None) -> Loadout | None:
    there = [loadout for loadout in loadouts or () if loadout is not None]
    active = next((loadout for loadout in there if loadout.is_active), None)
    return active or (there[0] if len(there) == 1 and there[0].is_active is None else None)


def _loadout_talents(loadout: Loadout) -> tuple[Talent, ...]:
    """Class, specialization and hero talents, in that order."""
    trees = (loadout.selected_class_talents, loadout.selected_spec_talents, loadout.selected_hero_talents)
    return tuple(_loadout_talent(talent) for tree in trees for talent in tree or () if talent and talent.id is not None)


def _loadout_talent(talent: LoadoutTalent) -> Talent:
    """Its id is the node in the tree: always there, while the talent's own id and name are only in the tooltip."""
    rank = talent.rank if talent.rank is not None else talent.default_points
    return Talent(talent.id, _tooltip_name(talent.tooltip), rank)


def _talents(talents: list[Tooltip | None] | None) -> tuple[Talent, ...]:
    read = ((talent, named_id(talent.talent), _tooltip_name(talent)) for talent in talents or () if talent)
    return tuple(
        Talent(told.id if told else None, name, talent.talent_rank) for talent, told, name in read if told or name
    )


def _tooltip_name(tooltip: Tooltip | None) -> str | None:
    """Return the talent's name, or its spell's: Era names only the spell."""
    if tooltip is None:
        return None
    name = localized(tooltip.talent.name) if tooltip.talent else None
    spell = tooltip.spell_tooltip.spell if tooltip.spell_tooltip else None
    return name or (localized(spell.name) if spell else None)


def _pvp_talents(spec: Spec) -> tuple[NamedId, ...]:
    chosen = [slot.selected for slot in spec.pvp_talent_slots or () if slot and slot.selected]
    told = [(named_id(talent.talent), _tooltip_name(talent)) for talent in chosen]
    return tuple(NamedId(one.id if one else None, name) for one, name in told if one or name)


def _glyphs(glyphs: list[Glyph | None] | None) -> tuple[NamedId, ...]:
    told = (named_id(glyph.glyph or Named(glyph.id, glyph.name)) for glyph in glyphs or () if glyph)
    return tuple(glyph for glyph in told if glyph is not None)
