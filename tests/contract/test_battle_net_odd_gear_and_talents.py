"""Gear and talents in forms no sample shows, and with parts that cannot be read."""

import json

import pytest

from character_sync.adapters.battle_net import responses
from character_sync.domain.character import Enchantment, Gem, NamedId, Talent
from character_sync.domain.errors import BattleNetAnswerUnreadable


def raw(answer) -> bytes:
    return json.dumps(answer).encode()


ITEM = {"item": {"id": 5}, "slot": {"type": "HEAD"}, "name": "Hat"}


@pytest.mark.parametrize("spoiled", [None, {}, 5, [], ITEM | {"slot": {}}, ITEM | {"item": {"id": "x"}}])
def test_an_unreadable_item_spoils_no_other(spoiled):
    read = responses.equipment(raw({"equipped_items": [ITEM, spoiled, ITEM | {"slot": {"type": "NECK"}}]}))
    assert [item.slot for item in read.items] == ["HEAD", "NECK"]


@pytest.mark.parametrize("worn", [{}, {"equipped_items": None}, {"equipped_items": 5}, {"equipped_items": [{}]}])
def test_equipment_of_which_nothing_is_readable_is_not_nakedness(worn):
    with pytest.raises(BattleNetAnswerUnreadable):
        responses.equipment(raw(worn))


def test_a_naked_character_wears_nothing():
    assert responses.equipment(b'{"equipped_items":[]}').items == ()


def test_classic_enchantment_slots():
    def enchantment(slot, number, **more):
        return {"enchantment_id": number, "enchantment_slot": {"id": slot}, **more}

    enchantments = [
        enchantment(0, 1, display_string="Enchanted: Berserking"),
        enchantment(1, 2, display_string="Instant Poison"),
        *(enchantment(slot, 2, source_item={"id": slot, "name": "Gem"}) for slot in (2, 3, 4)),
        enchantment(5, 3, display_string="Socket Bonus: +4 Strength"),
        enchantment(6, 4, source_item={"id": 41611, "name": "Eternal Belt Buckle"}),
        enchantment(2, 5),
        None,
        {},
        {"enchantment_id": 9},
    ]
    (item,) = responses.equipment(raw({"equipped_items": [ITEM | {"enchantments": enchantments}]})).items
    assert item.enchantments == (
        Enchantment(1, "Enchanted: Berserking"),
        Enchantment(2, "Instant Poison"),
        Enchantment(4, "Eternal Belt Buckle"),
        Enchantment(9, None),
    )
    assert item.gems == (Gem(2, "Gem"), Gem(3, "Gem"), Gem(4, "Gem"))


def test_an_item_belongs_to_a_set_by_its_own_word_or_by_the_sets():
    sets = [{}, None, {"item_set": {"id": 77}, "items": [{"item": {"id": 5}}, {}, None]}]
    other = {"item": {"id": 6}, "slot": {"type": "NECK"}, "set": {"item_set": {"id": 78}}}
    read = responses.equipment(raw({"equipped_items": [ITEM, other], "equipped_item_sets": sets}))
    assert [item.set_id for item in read.items] == [77, 78]


def test_talents_of_nothing_spoil_no_others():
    talents = [None, {}, 5, {"id": 1, "rank": 1, "tooltip": {"talent": {"name": "One"}}}, {"rank": 2}]
    loadouts = [None, {}, {"is_active": True, "selected_class_talents": talents, "selected_spec_talents": 5}]
    summary = {"specializations": [None, {"specialization": {"id": 70, "name": "R"}, "loadouts": loadouts}]}
    (spec,) = responses.specializations(raw(summary)).specs
    assert spec.talents == (Talent(1, "One", 1),)


@pytest.mark.parametrize("loadouts", [None, [], [{"is_active": False}], [{}, {}], 5])
def test_a_specialization_without_active_loadout_has_no_talents(loadouts):
    summary = {"specializations": [{"specialization": {"id": 70}, "loadouts": loadouts}]}
    assert responses.specializations(raw(summary)).specs[0].talents == ()


def tree(name, points):
    return {"specialization_name": name, "spent_points": points, "talents": []}


def test_dual_spec_is_active_where_most_points_are_in_the_active_group():
    summary = {
        "specialization_groups": [
            {"is_active": False, "specializations": [tree("Holy", 51), tree("Shadow", 20)]},
            {"is_active": True, "specializations": [tree("Holy", 5), tree("Shadow", 66)], "glyphs": [{"id": 3}]},
        ]
    }
    read = responses.specializations(raw(summary))
    assert read.active == NamedId(None, "Shadow")
    assert [(spec.group, spec.name) for spec in read.specs if spec.is_active] == [(1, "Shadow")]
    assert [spec.glyphs for spec in read.specs] == [(), (), (), (NamedId(3, None),)]


def test_nothing_is_active_while_no_point_is_spent():
    read = responses.specializations(
        raw(
            {"specialization_groups": [{"is_active": True, "specializations": [tree("Holy", 0), tree("Shadow", None)]}]}
        )
    )
    assert read.active is None
    assert not any(spec.is_active for spec in read.specs)


def test_groups_and_specializations_together_are_told_once():
    summary = {
        "active_specialization": {"id": 70, "name": "Retribution"},
        "specializations": [
            {"specialization": {"id": 70, "name": "Retribution"}, "specialization_name": "Retribution"},
            {"specialization": {"id": 65, "name": "Holy"}},
        ],
        "specialization_groups": [{"is_active": True, "specializations": [tree("Retribution", 1), tree("Holy", 9)]}],
    }
    read = responses.specializations(raw(summary))
    assert read.active == NamedId(70, "Retribution")
    assert [(spec.id, spec.name, spec.is_active) for spec in read.specs] == [
        (70, "Retribution", True),
        (65, "Holy", False),
    ]


def test_groups_without_trees_leave_the_specializations():
    summary = {
        "active_specialization": {"id": 70},
        "specializations": [{"specialization": {"id": 70, "name": "Retribution"}}],
        "specialization_groups": [{"is_active": True, "glyphs": [{"id": 3, "name": "Glyph of Light"}]}],
    }
    (spec,) = responses.specializations(raw(summary)).specs
    assert (spec.is_active, spec.glyphs) == (True, (NamedId(3, "Glyph of Light"),))


def test_a_character_without_specializations_has_none():
    assert responses.specializations(b'{"character":{"id":1}}').specs == ()
    with pytest.raises(BattleNetAnswerUnreadable):
        responses.specializations(b"{}")
