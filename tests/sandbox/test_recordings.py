"""Recorded answers: those the package carries and those of a folder."""

from pathlib import Path

import pytest

import battle_net_sandbox
from battle_net_sandbox.server import SandboxSettings, running_sandbox

SHIPPED = Path(battle_net_sandbox.__file__).with_name("recordings")


async def test_recorded_answers_are_served_byte_for_byte_with_the_login_as_date(client):
    player = await client.as_player("recorded")

    listed = await player.account("us", "profile-us")
    profile = await player.character("eu", "profile-eu", "howling-fjord", "Альвеоняша")
    gear = await player.character("eu", "profile-eu", "stormrage", "Sheday", "/equipment")

    assert listed.body == (SHIPPED / "accounts/recorded/us/profile-us/profile/user/wow.json").read_bytes()
    folder = SHIPPED / "eu/profile-eu/profile/wow/character"
    assert profile.body == (folder / "howling-fjord/альвеоняша/profile.json").read_bytes()
    assert gear.body == (folder / "stormrage/sheday/equipment.json").read_bytes()
    assert gear.headers["Last-Modified"] == "Sun, 22 Dec 2019 09:05:19 GMT"


async def test_a_path_nobody_recorded_is_404(client):
    player = await client.as_player("recorded")

    missing = await player.character("eu", "profile-eu", "howling-fjord", "Альвеоняша", "/specializations")

    assert missing.status == 404
    assert (await player.account("kr", "profile-kr")).status == 404


async def test_the_european_list_names_the_captured_characters(client):
    player = await client.as_player("recorded")
    answer = await player.account("eu", "profile-eu")

    rows = [row for account in answer.json["wow_accounts"] for row in account["characters"]]

    for row in rows:
        profile = await player.character("eu", "profile-eu", row["realm"]["slug"], row["name"])
        assert (profile.json["id"], profile.json["name"]) == (row["id"], row["name"])


@pytest.fixture
def folder(tmp_path):
    def write(path, text="{}"):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    write("accounts/ours/us/profile-us/profile/user/wow.json", '{"wow_accounts":[]}')
    write("accounts/ours/eu/profile-eu/profile/user/wow.503.html", "<h1>Down</h1>")
    character = "us/profile-us/profile/wow/character"
    write(f"{character}/old-blanchy/pallywar/profile.json", '{"id":1}')
    write(f"{character}/old-blanchy/pallywar/equipment.500.json", '{"code":500}')
    write(f"{character}/old-blanchy/pallywar/achievements/statistics.json", '{"deep":true}')
    write(f"{character}/confrérie-du-thorium/ærlig/profile.json", '{"id":2}')
    return tmp_path


async def test_a_folder_adds_accounts_and_answers_for_its_characters_alone(folder, session, client_type):
    async with running_sandbox(SandboxSettings(recordings=folder)) as sandbox:
        player = await client_type(sandbox, session).as_player("ours")

        listed = await player.account("us", "profile-us")
        down = await player.account("eu", "profile-eu")
        profile = await player.character("us", "profile-us", "old-blanchy", "pallywar")
        broken = await player.character("us", "profile-us", "old-blanchy", "pallywar", "/equipment")
        deep = await player.character("us", "profile-us", "old-blanchy", "pallywar", "/achievements/statistics")
        absent = await player.character("us", "profile-us", "old-blanchy", "pallywar", "/specializations")
        accents = await player.character("us", "profile-us", "confrérie-du-thorium", "Ærlig")
        untouched = await player.character("us", "profile-us", "old-blanchy", "lumina")
        shipped = await player.character("eu", "profile-eu", "stormrage", "sheday")

    assert listed.json == {"wow_accounts": []}
    assert (down.status, down.body, down.headers["Content-Type"]) == (503, b"<h1>Down</h1>", "text/html;charset=UTF-8")
    assert profile.json == {"id": 1}
    assert (broken.status, broken.json) == (500, {"code": 500})
    assert deep.json == {"deep": True}
    assert absent.status == 404
    assert accents.json == {"id": 2}
    assert untouched.status == shipped.status == 200


@pytest.mark.parametrize("name", ["..", "%2e%2e", "..%2F..%2Faccounts%2Fours", "a%00b", ".hidden", "%5C"])
async def test_no_path_leads_out_of_the_folder(folder, session, client_type, name):
    async with running_sandbox(SandboxSettings(recordings=folder)) as sandbox:
        app = await client_type(sandbox, session).as_app()

        answer = await app.api("us", f"/profile/wow/character/old-blanchy/{name}", "profile-us")

    assert answer.status == 404
