"""The built-in accounts and the lists they answer."""

import pytest

VERSIONS = {
    "retail": "profile-{}",
    "classic_era": "profile-classic1x-{}",
    "classic_sod": "profile-classic1x-{}",
    "classic_anniversary": "profile-classicann-{}",
    "classic_progression": "profile-classic-{}",
}


def entries(answer):
    return [entry for account in answer.json["wow_accounts"] for entry in account["characters"]]


async def test_an_account_without_the_game_has_no_list(client):
    player = await client.as_player("empty")

    answer = await player.account("us", "profile-us")

    assert (answer.status, answer.json) == (404, {"code": 404, "type": "BLZWEBAPI00000404", "detail": "Not Found"})


@pytest.mark.parametrize("region", ["us", "eu", "kr", "tw"])
@pytest.mark.parametrize("version", VERSIONS)
async def test_six_has_six_characters_on_old_blanchy_in_every_version_and_region(client, version, region):
    player = await client.as_player("six")
    answer = await player.account(region, VERSIONS[version].format(region))
    dynamic = VERSIONS[version].format(region).replace("profile", "dynamic")

    english = "en_GB" if region == "eu" else "en_US"
    found = []
    for entry in entries(answer):
        realm = await player.api(region, f"/data/wow/realm/{entry['realm']['id']}?locale={english}", dynamic)
        seasonal = realm.json["category"] == "Seasonal"
        if version not in {"classic_era", "classic_sod"} or seasonal == (version == "classic_sod"):
            found.append(entry)

    assert len(found) == 6
    assert {entry["realm"]["slug"] for entry in found} == {"old-blanchy"}
    assert "Pallywar" in {entry["name"] for entry in found}


async def test_the_two_old_blanchys_of_classic1x_share_names_and_ids_but_not_the_realm_id(client):
    player = await client.as_player("six")

    rows = entries(await player.account("us", "profile-classic1x-us"))

    pallywars = [row for row in rows if row["name"] == "Pallywar"]
    assert sorted(row["realm"]["id"] for row in pallywars) == [5904, 5905]
    assert len({row["id"] for row in pallywars}) == 1
    profile = await player.character("us", "profile-classic1x-us", "old-blanchy", "Pallywar")
    assert profile.json["id"] == pallywars[0]["id"]
    assert profile.json["realm"]["id"] == 5905


async def test_sixty_answers_on_every_path(client):
    player = await client.as_player("sixty")
    answer = await player.account("eu", "profile-eu")

    rows = entries(answer)
    assert [len(account["characters"]) for account in answer.json["wow_accounts"]] == [20, 20, 20]
    assert len({(row["realm"]["id"], row["id"]) for row in rows}) == 60
    assert len({row["name"] for row in rows}) == 60
    assert {row["playable_class"]["id"] for row in rows} == set(range(1, 14))
    for row in rows:
        for endpoint in ("", "/status", "/character-media", "/equipment", "/specializations"):
            answer = await player.character("eu", "profile-eu", row["realm"]["slug"], row["name"], endpoint)
            assert answer.status == 200, (row["name"], endpoint)


async def test_an_entry_has_the_keys_of_captured_entries(client):
    player = await client.as_player("sixty")

    entry = entries(await player.account("eu", "profile-eu"))[0]

    assert list(entry) == [
        "character", "protected_character", "name", "id", "realm", "playable_class", "playable_race", "gender", "faction", "level",
    ]  # fmt: skip


async def test_protected_characters_are_for_their_player_only(client, app_client):
    player = await client.as_player("sixty")
    row = entries(await player.account("eu", "profile-eu"))[0]
    path = f"/profile/user/wow/protected-character/{row['realm']['id']}-{row['id']}"

    own = await player.api("eu", path, "profile-eu")

    assert own.json["money"] >= 0
    assert own.json["wow_account"] == 62_000_001
    assert (await app_client.api("eu", path, "profile-eu")).status == 403
    other = await client.as_player("mixed")
    assert (await other.api("eu", path, "profile-eu")).status == 404


async def statuses(player, region, namespace, realm, name):
    endpoints = ("", "/status", "/character-media", "/equipment", "/specializations")
    return [(await player.character(region, namespace, realm, name, each)).status for each in endpoints]


@pytest.mark.parametrize(
    ("name", "realm", "expected"),
    [
        ("Newborn", "silvermoon", [404] * 5),
        ("Youngling", "silvermoon", [404] * 5),
        ("Slugbu6B4D5C", "silvermoon", [404] * 5),
        ("Hiddenone", "draenor", [404, 200, 404, 404, 404]),
        ("Faceless", "draenor", [200, 200, 404, 200, 200]),
        ("Veiled", "draenor", [200, 200, 403, 200, 200]),
        ("Élodie", "la-croisade-écarlate", [200] * 5),
        ("Буревестник", "gordunni", [200] * 5),
    ],
)
async def test_mixed_characters_answer_as_their_oddity_wants(client, name, realm, expected):
    player = await client.as_player("mixed")

    assert await statuses(player, "eu", "profile-eu", realm, name) == expected


async def test_a_released_name_ends_in_the_low_bits_of_the_id(client):
    player = await client.as_player("mixed")

    row = next(row for row in entries(await player.account("eu", "profile-eu")) if row["name"].startswith("Slugbu"))

    assert row["name"].endswith(f"{row['id'] & 0xFFFFFF:06X}")


async def test_mixed_lists_sides_that_are_neutral_or_not_said(client):
    player = await client.as_player("mixed")

    rows = {row["id"]: row for row in entries(await player.account("eu", "profile-eu"))}

    assert rows[63_100_008]["faction"]["type"] == "NEUTRAL"
    assert "faction" not in rows[63_100_009]
    assert rows[63_100_016]["protected_character"]["href"].split("?")[0].endswith("-lu")


async def test_mixed_shows_broken_and_old_shapes(client):
    player = await client.as_player("mixed")

    async def facet(name, endpoint, namespace="profile-eu", realm="draenor"):
        return (await player.character("eu", namespace, realm, name, endpoint)).json

    assert (await facet("Otherself", ""))["id"] == 63_100_015 + 1
    assert (await facet("Emptyset", "/equipment"))["equipped_item_sets"] == [{}]
    assert (await facet("Naked", "/equipment"))["equipped_items"] == []
    assert isinstance((await facet("Floatly", ""))["equipped_item_level"], float)
    assert (await facet("Nameless", ""))["race"]["name"] == {}
    assert "avatar_url" in await facet("Oldpicture", "/character-media")
    assert [asset["key"] for asset in (await facet("Faceonly", "/character-media"))["assets"]] == ["avatar"]
    assert "talents" in (await facet("Oldtalents", "/specializations"))["specializations"][0]
    assert "specializations" not in await facet("Untrained", "/specializations")
    active = next(
        loadout
        for spec in (await facet("Nulltalent", "/specializations"))["specializations"]
        for loadout in spec.get("loadouts", [])
    )
    assert None in active["selected_class_talents"]
    wrath = await facet("Dualspec", "/specializations", "profile-classic-eu", "gehennas")
    assert len(wrath["specialization_groups"]) == 2
    assert "specializations" not in wrath
    mists = await facet("Rädchen", "/specializations", "profile-classic-eu", "firemaw")
    assert {"specialization_groups", "specializations", "active_specialization"} <= set(mists)
    dead = await facet("Lastbreath", "", "profile-classic1x-eu", "stitches")
    assert dead["is_ghost"] is True
