"""What is different between two contents of a facet."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from character_sync.domain.character import (
    CharacterMedia,
    Enchantment,
    Equipment,
    EquippedItem,
    Gem,
    NamedId,
    Specialization,
    Specializations,
    Talent,
)
from character_sync.domain.diff import ValueChange, difference
from fakes.characters import EQUIPMENT, MEDIA, NOW, profile

HEAD = EQUIPMENT.items[0]
RING = EquippedItem("FINGER_1", 2, "Ring", "RARE", 60)
HOLY = Specialization(0, is_active=True, id=65, name="Holy", talents=(Talent(1, "Light", 1), Talent(2, "Hope", 2)))


def test_a_profile_is_compared_field_by_field() -> None:
    diff = difference(profile(1), profile(1, level=61, guild=None, title="{name} the Insane"))
    assert diff.fields == (
        ValueChange("level", 60, 61),
        ValueChange("guild", "Nightwatch", None),
        ValueChange("title", "{name} the Patient", "{name} the Insane"),
    )
    assert diff.slots == diff.specializations == ()


def test_gear_is_compared_slot_by_slot() -> None:
    better = replace(HEAD, item_id=3, name="Crown")
    neck = EquippedItem("NECK", 4, None, None, None)
    diff = difference(Equipment((HEAD, RING)), Equipment((better, neck)))
    assert diff.slots == (
        ValueChange("HEAD", HEAD, better),
        ValueChange("NECK", None, neck),
        ValueChange("FINGER_1", RING, None),
    )


@pytest.mark.parametrize(
    "change",
    [
        {"enchantments": (Enchantment(1, "Fire"),)},
        {"gems": (Gem(5, "Ruby"),)},
        {"empty_sockets": 1},
        {"item_level": 67},
        {"set_id": 9},
    ],
    ids=str,
)
def test_the_same_item_worn_otherwise_is_different(change: dict[str, object]) -> None:
    other = replace(HEAD, **change)
    assert difference(Equipment((HEAD,)), Equipment((other,))).slots == (ValueChange("HEAD", HEAD, other),)


def test_items_in_another_order_are_the_same() -> None:
    assert difference(Equipment((HEAD, RING)), Equipment((RING, HEAD))).is_empty


def test_two_items_said_to_be_in_one_slot_are_compared_one_by_one() -> None:
    other = replace(RING, item_id=7)
    diff = difference(Equipment((RING, RING)), Equipment((RING, other)))
    assert diff.slots == (ValueChange("FINGER_1", RING, other),)


def test_talents_are_compared_one_by_one() -> None:
    after = replace(HOLY, talents=(Talent(2, "Hope", 3), Talent(3, "Faith", 1)))
    diff = difference(Specializations(NamedId(65, "Holy"), (HOLY,)), Specializations(NamedId(65, "Holy"), (after,)))
    [spec] = diff.specializations
    assert (spec.group, spec.spec, spec.fields) == (0, NamedId(65, "Holy"), ())
    assert spec.talents == (
        ValueChange("Hope", Talent(2, "Hope", 2), Talent(2, "Hope", 3)),
        ValueChange("Faith", None, Talent(3, "Faith", 1)),
        ValueChange("Light", Talent(1, "Light", 1), None),
    )


def test_another_active_specialization_is_told_and_so_is_a_new_one() -> None:
    rest = replace(HOLY, is_active=False)
    fury = Specialization(0, is_active=True, id=72, name="Fury", glyphs=(NamedId(1, "Rage"),))
    before = Specializations(NamedId(65, "Holy"), (HOLY,))
    diff = difference(before, Specializations(NamedId(72, "Fury"), (rest, fury)))
    assert diff.fields == (ValueChange("active", NamedId(65, "Holy"), NamedId(72, "Fury")),)
    holy, new = diff.specializations
    assert holy.fields == (ValueChange("is_active", before=True, after=False),)
    assert new.glyphs == (ValueChange("Rage", None, NamedId(1, "Rage")),)


def test_of_a_facet_that_came_everything_is_new_and_of_one_that_went_everything_is_gone() -> None:
    assert difference(None, EQUIPMENT).slots == (ValueChange("HEAD", None, HEAD),)
    assert difference(EQUIPMENT, None).slots == (ValueChange("HEAD", HEAD, None),)
    assert ValueChange("avatar_url", MEDIA.avatar_url, None) in difference(MEDIA, None).fields


def test_a_facet_that_was_and_is_missing_is_the_same() -> None:
    assert difference(None, None).is_empty


def test_two_facets_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="two facets"):
        difference(MEDIA, profile(1))


items = st.builds(
    EquippedItem,
    slot=st.sampled_from(["HEAD", "NECK", "FINGER_1"]),
    item_id=st.integers(1, 3),
    name=st.none(),
    quality=st.none(),
    item_level=st.integers(1, 2),
)
gear = st.lists(items, unique_by=lambda item: item.slot).map(lambda some: Equipment(tuple(some)))


@given(gear, gear)
def test_what_is_told_of_gear_is_exactly_what_leads_from_one_to_the_other(before: Equipment, after: Equipment) -> None:
    worn = {item.slot: item for item in before.items}
    for change in difference(before, after).slots:
        assert worn.get(change.name) == change.before
        worn.pop(change.name, None)
        if change.after is not None:
            worn[change.name] = change.after
    assert worn == {item.slot: item for item in after.items}


talents = st.lists(
    st.builds(
        Talent, id=st.one_of(st.none(), st.integers(1, 3)), name=st.sampled_from(["A", "B"]), rank=st.integers(1, 2)
    ),
    max_size=5,
)


@given(talents, talents)
def test_what_is_told_of_talents_is_exactly_what_leads_from_one_to_the_other(
    before: list[Talent], after: list[Talent]
) -> None:
    one, other = (Specializations(None, (replace(HOLY, talents=tuple(some)),)) for some in (before, after))
    known = list(before)
    for spec in difference(one, other).specializations:
        for change in spec.talents:
            if change.before is not None:
                known.remove(change.before)
            if change.after is not None:
                known.append(change.after)
    assert sorted(map(str, known)) == sorted(map(str, after))


def test_the_login_is_a_field_like_any_other() -> None:
    later = NOW + timedelta(days=1)
    [change] = difference(profile(1), profile(1, last_login_at=later)).fields
    assert (change.name, change.after) == ("last_login_at", later)


def test_pictures_are_compared_by_name() -> None:
    other = CharacterMedia(MEDIA.avatar_url, {**MEDIA.assets, "inset": "https://render.example/inset.jpg"})
    assert [change.name for change in difference(MEDIA, other).fields] == ["assets"]
