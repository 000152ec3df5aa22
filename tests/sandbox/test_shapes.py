"""Made-up retail answers have the keys captured ones have."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

import battle_net_sandbox

RECORDINGS = Path(battle_net_sandbox.__file__).with_name("recordings")
DRINIAN = RECORDINGS / "us/profile-us/profile/wow/character/norgannon/drinian"
NEWER = {"name_search", "is_remix", "set"}  # not there yet in 2020
OPTIONAL_OF_2020 = {
    "azerite_details", "transmog", "name_description", "is_corrupted", "is_subclass_hidden", "unique_equipped", "description",
    "modified_appearance_id", "spells", "context",
}  # fmt: skip


def captured(name: str) -> Any:
    return msgspec.json.decode((DRINIAN / f"{name}.json").read_bytes())


def shape(value: Any) -> Any:
    """Keys and kinds, numbers taken for one kind."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


async def made_up(client, endpoint: str = "") -> Any:
    app = await client.as_app()
    answer = await app.character("us", "profile-us", "old-blanchy", "pallywar", endpoint, locale="en_US")
    return answer.json


async def test_the_profile(client):
    real, ours = shape(captured("profile")), shape(await made_up(client))

    assert set(ours) - NEWER == set(real)
    for key in real:
        assert ours[key] == real[key], key


@pytest.mark.parametrize("name", ["status", "character-media"])
async def test_status_and_media(client, name):
    assert shape(await made_up(client, f"/{name}")) == shape(captured(name))


async def test_equipment(client):
    real, ours = captured("equipment"), await made_up(client, "/equipment")

    assert list(ours)[:3] == list(real)
    assert shape(ours["character"]) == shape(real["character"])
    known = {key for item in real["equipped_items"] for key in item} | {"enchantments", "set"}
    always = set.intersection(*(set(item) for item in real["equipped_items"])) - OPTIONAL_OF_2020
    for item in ours["equipped_items"]:
        assert set(item) <= known
        assert always <= set(item)
        assert shape(item["slot"]) == shape(item["quality"]) == {"type": "str", "name": "str"}
    ring = next(item for item in ours["equipped_items"] if item["slot"]["type"] == "FINGER_1")
    real_ring = next(item for item in real["equipped_items"] if item["slot"]["type"] == "FINGER_1")
    for key in set(ring) & set(real_ring):
        assert shape(ring[key]) == shape(real_ring[key]), key


async def test_specializations_of_old(client):
    app = await client.as_app()
    answer = await app.character("eu", "profile-eu", "draenor", "oldtalents", "/specializations")
    real = captured("specializations")

    assert set(answer.json) == set(real)
    assert set(answer.json["specializations"][0]) == set(real["specializations"][0])
    ours, theirs = answer.json["specializations"][0]["talents"][0], real["specializations"][0]["talents"][0]
    assert set(ours) == set(theirs)
    assert shape(ours["talent"]) == shape(theirs["talent"])


async def test_specializations_of_today_have_loadouts(client):
    answer = await made_up(client, "/specializations")

    assert set(answer) == {"_links", "specializations", "active_specialization", "active_hero_talent_tree", "character"}
    active = next(each for each in answer["specializations"] if each.get("loadouts"))
    loadout = next(each for each in active["loadouts"] if each["is_active"])
    assert loadout["talent_loadout_code"]
    assert set(loadout["selected_spec_talents"][0]) == {"id", "rank", "tooltip"}


@pytest.mark.parametrize("namespace", ["profile-classic1x-us", "profile-classicann-us", "profile-classic-us"])
async def test_classic_equipment_has_no_item_levels_and_no_sockets(client, namespace):
    app = await client.as_app()
    answer = await app.character("us", namespace, "old-blanchy", "pallywar", "/equipment", locale="en_US")

    items = answer.json["equipped_items"]
    assert not [item for item in items if "level" in item or "sockets" in item or "bonus_list" in item]
    gems = [
        entry
        for item in items
        for entry in item.get("enchantments", [])
        if entry["enchantment_slot"]["id"] in {2, 3, 4}
    ]
    assert bool(gems) == ("classic1x" not in namespace)
    assert all("type" not in gem["enchantment_slot"] and gem["source_item"]["id"] for gem in gems)


async def test_era_specializations_are_groups_of_trees_with_spent_points(client):
    app = await client.as_app()
    answer = await app.character("us", "profile-classic1x-us", "old-blanchy", "pallywar", "/specializations")

    assert "active_specialization" not in answer.json
    trees = answer.json["specialization_groups"][0]["specializations"]
    assert all(tree["spent_points"] == sum(each["talent_rank"] for each in tree["talents"]) for tree in trees)


@pytest.mark.parametrize(
    ("namespace", "has", "has_not"),
    [
        (
            "profile-classic1x-us",
            {"titles", "appearance"},
            {"achievement_points", "achievements", "collections", "is_remix"},
        ),
        ("profile-classic-us", {"achievement_points", "achievements"}, {"collections", "encounters"}),
        ("profile-us", {"achievement_points", "collections", "name_search"}, {"is_ghost"}),
    ],
)
async def test_profiles_differ_by_game_version(client, namespace, has, has_not):
    app = await client.as_app()
    answer = await app.character("us", namespace, "old-blanchy", "pallywar", locale="en_US")

    assert has <= set(answer.json)
    assert not has_not & set(answer.json)
    if namespace == "profile-classic1x-us":
        assert answer.json["active_spec"]["id"] == 0
        assert "name" not in answer.json["active_spec"]
