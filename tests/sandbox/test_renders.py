"""Pictures of the made-up characters: where media answers say they are, and what is there."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from battle_net_sandbox.characters import generated_character
from battle_net_sandbox.game_data import CLASSES, RACES
from battle_net_sandbox.portraits import portrait
from battle_net_sandbox.realms import shipped_realms

SVG = "{http://www.w3.org/2000/svg}"
REALM = shipped_realms().of("eu", "")[0]
SOMEBODY = generated_character(7, REALM, seed=1)


def drawn(picture: bytes) -> ET.Element:
    return ET.fromstring(picture)  # noqa: S314 - our own drawing


async def test_media_of_a_made_up_character_points_to_pictures_of_the_sandboxs_own(client):
    player = await client.as_player("mixed")
    media = (await player.character("eu", "profile-eu", "draenor", "Faceonly", "/character-media")).json
    start = f"{client.sandbox.url}/renders/eu/character/draenor/{63_100_021 % 256}/63100021"
    assert media["assets"] == [{"key": "avatar", "value": f"{start}-avatar.jpg"}]


async def test_every_picture_of_an_account_is_there(client):
    player = await client.as_player("six")
    for namespace in ("profile-us", "profile-classic1x-us"):
        listed = (await player.account("us", namespace)).json["wow_accounts"][0]["characters"]
        for entry in listed:
            found = await player.character("us", namespace, entry["realm"]["slug"], entry["name"], "/character-media")
            for asset in found.json["assets"]:
                picture = await client.send("GET", asset["value"])
                assert (picture.status, picture.headers["Content-Type"]) == (200, "image/svg+xml")
                assert "max-age" in picture.headers["Cache-Control"]
                assert drawn(picture.body).tag == f"{SVG}svg"


async def test_media_in_the_form_before_2020_points_there_too(client):
    player = await client.as_player("mixed")
    media = (await player.character("eu", "profile-eu", "draenor", "Oldpicture", "/character-media")).json
    for name in ("avatar_url", "bust_url", "render_url"):
        assert (await client.send("GET", media[name])).status == 200


async def test_recorded_characters_keep_battle_nets_own_hosts(client):
    player = await client.as_player("recorded")
    media = (await player.character("eu", "profile-eu", "stormrage", "Sheday", "/character-media")).json
    assert urlsplit(media["avatar_url"]).hostname == "render-eu.worldofwarcraft.com"


@pytest.mark.parametrize(
    "path",
    [
        "/eu/character/draenor/0/1-avatar.jpg",
        "/us/character/draenor/213/63100021-avatar.jpg",
        "/eu/character/draenor/213/nobody-avatar.jpg",
        "/eu/character/draenor/213/99999999999999999999999-avatar.jpg",
    ],
)
async def test_there_is_no_picture_of_nobody(client, path):
    assert (await client.send("GET", f"{client.sandbox.url}/renders{path}")).status == 404


def test_the_same_character_always_looks_the_same():
    assert portrait(SOMEBODY) == portrait(replace(SOMEBODY, level=11, gear=3, guild=None))


@pytest.mark.parametrize("class_id", CLASSES)
def test_every_race_and_gender_of_a_class_has_a_portrait_that_a_browser_can_draw(class_id):
    for race_id in RACES:
        for gender in ("MALE", "FEMALE"):
            drawing = portrait(replace(SOMEBODY, class_id=class_id, race_id=race_id, gender=gender))
            tree = drawn(drawing)
            named = {f"url(#{element.get('id')})" for element in tree.iter() if element.get("id")}
            used = {element.get("fill") for element in tree.iter()} - {None, "none"}
            assert {fill for fill in used if fill.startswith("url(")} <= named
            assert len(drawing) < 10_000


def test_people_of_one_class_and_race_do_not_all_look_the_same():
    alike = [replace(SOMEBODY, battle_net_id=number, class_id=1, race_id=1, gender="MALE") for number in range(50)]
    assert len({portrait(character) for character in alike}) > 20
