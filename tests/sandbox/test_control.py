"""The control API: accounts on request, a world that changes, faults, pace, counts."""

import asyncio
import gzip

import aiohttp
import pytest
from yarl import URL

PALLYWAR = "/profile/wow/character/old-blanchy/pallywar"
NEW = {"id": "guild", "gameVersion": "retail", "region": "eu", "characters": 7}


async def rows_of(player, region="eu", namespace="profile-eu"):
    answer = await player.account(region, namespace)
    return [entry for account in answer.json["wow_accounts"] for entry in account["characters"]]


@pytest.mark.parametrize(
    "version", ["retail", "classic_era", "classic_sod", "classic_anniversary", "classic_progression"]
)
async def test_an_account_is_made_on_request(client, version):
    made = await client.control("POST", "accounts", {**NEW, "gameVersion": version, "characters": 51})
    family = {"retail": "", "classic_era": "classic1x-", "classic_sod": "classic1x-", "classic_anniversary": "classicann-",
              "classic_progression": "classic-"}[version]  # fmt: skip
    player = await client.as_player("guild")

    rows = await rows_of(player, namespace=f"profile-{family}eu")

    assert made.status == 201
    assert len({row["id"] for row in rows}) == len({row["name"] for row in rows}) == 51
    for row in rows[:5]:
        answer = await player.character("eu", f"profile-{family}eu", row["realm"]["slug"], row["name"])
        assert (answer.status, answer.json["id"]) == (200, row["id"])


async def test_five_thousand_characters_are_not_too_many(client):
    await client.control("POST", "accounts", {**NEW, "characters": 5_000})

    assert len(await rows_of(await client.as_player("guild"))) == 5_000


async def test_an_account_can_be_replaced_kept_and_closed(client):
    await client.control("POST", "accounts", NEW)
    player = await client.as_player("guild")
    await client.control("POST", "accounts", {**NEW, "characters": 3})
    assert len(await rows_of(player)) == 3

    await client.control("POST", "accounts", {**NEW, "region": "us", "characters": 2, "keep": True})
    assert len(await rows_of(player)) == 3
    assert len(await rows_of(player, "us", "profile-us")) == 2

    await client.control("DELETE", "accounts/guild")
    assert (await player.account("eu", "profile-eu")).status == 401


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("accounts", {**NEW, "color": "red"}, "color"),
        ("accounts", {**NEW, "characters": "7"}, "characters"),
        ("accounts", {**NEW, "characters": 5_001}, "characters"),
        ("accounts", {**NEW, "region": "cn"}, "region"),
        ("accounts", {"id": "guild"}, "gameVersion"),
        ("accounts", {**NEW, "id": "a/b"}, "id"),
        ("faults", {"match": {"paths": "x"}, "respond": {}}, "paths"),
        ("faults", {"match": {}, "respond": {"status": "500"}}, "status"),
        ("faults", {"match": {"probability": 2}, "respond": {}}, "probability"),
        ("settings", {"latency": 1}, "latency"),
        ("settings", {"clock": "2026-11-01T00:00:00"}, "clock"),
        ("accounts/six/characters/61000000", {"action": "explode"}, "action"),
        ("accounts/six/characters/61000000", {"action": "rename"}, "name"),
        ("accounts/six/characters/61000000", {"action": "transfer"}, "realm"),
    ],
)
async def test_a_body_that_is_not_understood_is_422_and_names_the_field(client, path, body, named):
    answer = await client.control("POST", path, body)

    assert answer.status == 422
    assert named in answer.json["error"]


async def test_what_is_unknown_is_404(client):
    assert (await client.control("POST", "accounts/nobody/characters/1", {"action": "play"})).status == 404
    assert (await client.control("POST", "accounts/six/characters/1", {"action": "play"})).status == 404
    assert (await client.control("DELETE", "accounts/nobody")).status == 404


@pytest.fixture
async def guild(client):
    """A player of seven, and a way to act on the first of them."""
    await client.control("POST", "accounts", NEW)
    player = await client.as_player("guild")
    first = (await rows_of(player))[0]

    async def act(action, **more):
        path = f"accounts/guild/characters/{first['id']}"
        return await client.control("POST", path, {"action": action, **more})

    return player, first, act


async def found(player, row, name=None, realm=None, endpoint=""):
    return await player.character("eu", "profile-eu", realm or row["realm"]["slug"], name or row["name"], endpoint)


async def test_a_renamed_character_keeps_its_id_and_loses_its_old_path(guild):
    player, first, act = guild

    await act("rename", name="Ñandú")

    assert (await rows_of(player))[0]["name"] == "Ñandú"
    assert (await found(player, first)).status == 404
    assert (await found(player, first, name="Ñandú")).json["id"] == first["id"]


async def test_a_transferred_character_is_found_on_its_new_realm(guild):
    player, first, act = guild

    assert (await act("transfer", realm="la-croisade-écarlate")).status == 200
    assert (await act("transfer", realm="nowhere")).status == 404

    assert (await found(player, first, realm="la-croisade-écarlate")).json["id"] == first["id"]


async def test_a_character_can_change_sides(guild):
    player, first, act = guild

    await act("faction_change")

    assert (await rows_of(player))[0]["faction"]["type"] != first["faction"]["type"]


async def test_a_deleted_character_is_gone_until_it_is_restored(guild):
    player, first, act = guild

    await act("delete")
    assert len(await rows_of(player)) == 6
    assert (await found(player, first)).status == 404

    await act("restore")
    assert first["id"] in {row["id"] for row in await rows_of(player)}
    assert (await found(player, first)).json["id"] == first["id"]
    assert (await act("restore")).status == 404


async def test_a_recreated_character_has_the_same_name_and_another_id(guild):
    player, first, act = guild

    await act("recreate")

    again = (await rows_of(player))[0]
    assert (again["name"], again["realm"]["id"], again["level"]) == (first["name"], first["realm"]["id"], 10)
    assert again["id"] != first["id"]
    assert (await found(player, first)).json["id"] == again["id"]


async def achieved(player, row, **where):
    answer = await found(player, row, endpoint="/achievements", **where)
    assert answer.status == 200
    return {each["id"]: each["completed_timestamp"] for each in answer.json["achievements"]}


async def test_a_character_may_get_another_id_and_keeps_its_achievements(guild):
    player, first, act = guild
    before = await achieved(player, first)

    assert (await act("transfer", realm="la-croisade-écarlate", newId=True)).status == 200

    moved = (await rows_of(player))[0]
    assert moved["id"] != first["id"]
    assert await achieved(player, moved) == before
    assert len(set(before.values())) == len(before) > 2


async def test_of_two_characters_some_achievements_are_shared_and_some_are_not(guild):
    player, *_ = guild
    one, other = [await achieved(player, row) for row in (await rows_of(player))[:2]]

    assert one[19470] == other[19470]
    assert one[6] != other[6]


async def test_a_recreated_character_has_new_achievements_and_those_of_its_account(guild):
    player, first, act = guild
    before = await achieved(player, first)

    await act("recreate")

    after = await achieved(player, (await rows_of(player))[0])
    assert after[6] > before[6]
    assert after[19470] == before[19470]
    assert 7 in before
    assert 7 not in after


async def test_classic_era_has_no_achievements(client):
    await client.control("POST", "accounts", NEW | {"id": "old", "gameVersion": "classic_era"})
    player = await client.as_player("old")
    [first, *_] = await rows_of(player, namespace="profile-classic1x-eu")
    answer = await player.character(
        "eu", "profile-classic1x-eu", first["realm"]["slug"], first["name"].lower(), "/achievements"
    )
    assert answer.status == 404


async def test_two_players_characters_swap_names_and_keep_their_ids(guild, client):
    player, first, act = guild
    await client.control("POST", "accounts", NEW | {"id": "rival", "characters": 60})
    rival = await client.as_player("rival")
    second = next(row for row in await rows_of(rival) if row["realm"]["id"] == first["realm"]["id"])

    assert (await act("swap_names", otherAccount="rival", otherId=second["id"])).status == 200

    assert (await found(player, first, name=second["name"])).json["id"] == first["id"]
    assert (await found(player, first, name=first["name"])).json["id"] == second["id"]
    assert (await act("swap_names")).status == 422
    assert (await act("swap_names", otherAccount="rival", otherId=1)).status == 404


async def test_a_character_reaches_a_level(guild):
    player, _, act = guild

    await act("level", level=42)

    assert (await rows_of(player))[0]["level"] == 42
    assert (await act("level")).status == 422


async def test_playing_brings_new_gear_and_a_newer_date_each_time(guild):
    player, first, act = guild
    seen = [await found(player, first, endpoint="/equipment")]

    for _ in range(2):
        await act("play")
        since = {"If-Modified-Since": seen[-1].headers["Last-Modified"]}
        path = URL(
            str(f"/profile/wow/character/{first['realm']['slug']}/{first['name'].lower()}/equipment?locale=en_GB")
        )
        seen.append(await player.api("eu", path.raw_path_qs, "profile-eu", headers=since))

    assert [answer.status for answer in seen] == [200, 200, 200]
    assert len({answer.body for answer in seen}) == 3
    assert len({answer.headers["Last-Modified"] for answer in seen}) == 3


async def test_a_taken_name_is_refused(guild, client):
    player, first, act = guild
    second = next(row for row in (await rows_of(player))[1:])
    await client.control(
        "POST", f"accounts/guild/characters/{second['id']}", {"action": "transfer", "realm": first["realm"]["slug"]}
    )

    assert (await act("rename", name=second["name"])).status == 422


async def test_the_list_is_never_304_after_a_change(guild):
    player, _, act = guild
    before = await player.account("eu", "profile-eu")

    await act("delete")

    since = {"If-Modified-Since": before.headers["Last-Modified"]}
    assert (await player.api("eu", "/profile/user/wow", "profile-eu", headers=since)).status == 200


# Faults


async def test_the_first_rule_that_matches_answers(app_client):
    await app_client.control("POST", "faults", {"match": {"path": "pallywar", "first": 1}, "respond": {"status": 500}})
    await app_client.control(
        "POST", "faults", {"match": {"path": "*/pallywar"}, "respond": {"status": 503, "retryAfter": 7}}
    )

    answers = [await app_client.api("us", PALLYWAR, "profile-us") for _ in range(2)]
    await app_client.control("DELETE", "faults")
    healed = await app_client.api("us", PALLYWAR, "profile-us")

    assert [answer.status for answer in answers] == [500, 503]
    assert answers[0].json["type"] == "BLZWEBAPI00000500"
    assert answers[1].headers["Retry-After"] == "7"
    assert healed.status == 200


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({}, True),
        ({"path": "/profile/wow/character/{realm}/{name}"}, True),
        ({"path": "/profile/wow/character/{realm}/{name}/equipment"}, False),
        ({"path": "old-blanchy"}, True),
        ({"path": "/profile/wow/*/pallywar"}, True),
        ({"region": "us"}, True),
        ({"region": "eu"}, False),
        ({"namespace": "profile-us"}, True),
        ({"namespace": "profile-classic1x-*"}, False),
        ({"probability": 0.0}, False),
        ({"probability": 1.0}, True),
    ],
)
async def test_a_rule_matches_by_path_template_region_namespace_and_chance(app_client, match, hit):
    await app_client.control("POST", "faults", {"match": match, "respond": {"status": 418}})

    answer = await app_client.api("us", PALLYWAR, "profile-us")

    assert (answer.status == 418) == hit


async def test_chance_takes_about_its_share_and_the_same_each_time(app_client):
    runs = []
    for _ in range(2):
        await app_client.control("DELETE", "faults")
        await app_client.control("POST", "faults", {"match": {"probability": 0.3}, "respond": {"status": 500}})
        runs.append([(await app_client.api("us", PALLYWAR, "profile-us")).status for _ in range(100)])

    assert runs[0] == runs[1]
    assert 15 <= runs[0].count(500) <= 45


async def test_a_body_can_be_html_or_any_json(app_client):
    html = {"status": 503, "body": "<h1>Down</h1>", "contentType": "text/html"}
    await app_client.control("POST", "faults", {"match": {"first": 1}, "respond": html})
    await app_client.control("POST", "faults", {"match": {}, "respond": {"body": {"wow_accounts": None}}})

    page = await app_client.api("us", PALLYWAR, "profile-us")
    drift = await app_client.api("us", PALLYWAR, "profile-us")

    assert (page.status, page.body, page.headers["Content-Type"]) == (503, b"<h1>Down</h1>", "text/html")
    assert (drift.status, drift.json) == (200, {"wow_accounts": None})


async def test_a_redirect_points_elsewhere(app_client):
    await app_client.control("POST", "faults", {"match": {}, "respond": {"redirect": "http://169.254.169.254/"}})

    answer = await app_client.api("us", PALLYWAR, "profile-us")

    assert (answer.status, answer.headers["Location"]) == (302, "http://169.254.169.254/")


@pytest.mark.parametrize("truncate", [True, 10])
async def test_a_truncated_answer_breaks_off(app_client, truncate):
    await app_client.control("POST", "faults", {"match": {}, "respond": {"truncate": truncate}})

    with pytest.raises(aiohttp.ClientError):
        await app_client.api("us", PALLYWAR, "profile-us")


@pytest.mark.parametrize("hang", [True, "afterHeaders"])
async def test_a_hanging_answer_never_comes(app_client, hang):
    await app_client.control("POST", "faults", {"match": {}, "respond": {"hang": hang}})

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(app_client.api("us", PALLYWAR, "profile-us"), 0.2)


async def test_a_huge_body_streams_and_a_bomb_is_small_on_the_wire(app_client):
    await app_client.control("POST", "faults", {"match": {"first": 1}, "respond": {"bodyBytes": 3_000_000}})
    await app_client.control("POST", "faults", {"match": {}, "respond": {"bodyBytes": 3_000_000, "gzip": True}})

    huge = await app_client.api("us", PALLYWAR, "profile-us")
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(f"{app_client.sandbox.url}/api/us{PALLYWAR}") as response,
    ):
        bomb = await response.read()

    assert len(huge.body) == 3_000_000
    assert len(bomb) < 30_000
    assert len(gzip.decompress(bomb)) == 3_000_000


async def test_an_answer_can_drip_and_come_late(app_client):
    loop = asyncio.get_running_loop()
    await app_client.control("POST", "faults", {"match": {}, "respond": {"delayMs": 100, "bytesPerSecond": 2_000}})
    started = loop.time()

    answer = await app_client.api("us", f"{PALLYWAR}/status?locale=en_US", "profile-us")

    assert answer.json["is_valid"] is True
    assert loop.time() - started >= 0.1 + len(answer.body) / 2_000


async def test_what_is_held_back_goes_on_when_the_rules_are_deleted(app_client):
    await app_client.control("POST", "faults", {"match": {}, "respond": {"delayMs": 3_600_000}})
    held_back = asyncio.create_task(app_client.api("us", f"{PALLYWAR}/status", "profile-us"))
    while (await app_client.control("GET", "faults")).json[0]["taken"] == 0:
        pass

    await app_client.control("DELETE", "faults")

    assert (await held_back).json["is_valid"] is True


async def test_oauth_fails_when_a_rule_names_it_and_only_then(client):
    await client.control("POST", "faults", {"match": {}, "respond": {"status": 500}})
    assert (await client.token_answer(grant_type="client_credentials")).status == 200

    await client.control(
        "POST", "faults", {"match": {"path": "/oauth/token"}, "respond": {"status": 502, "contentType": "text/html"}}
    )
    assert (await client.token_answer(grant_type="client_credentials")).status == 502


# Pace, clock, counts


async def test_settings_say_and_take_pace_and_clock(client):
    await client.control("POST", "settings", {"latencyMs": 5, "requestsPerSecond": 9, "clock": "2027-01-01T00:00:00Z"})

    said = (await client.control("GET", "settings")).json
    assert (said["latencyMs"], said["requestsPerSecond"]) == (5, 9)
    assert said["clock"].startswith("2027-01-01T00:0")  # it goes on

    moved = await client.control("POST", "settings", {"clock": {"advanceSeconds": 86_400}})
    assert moved.json["clock"].startswith("2027-01-02T00:0")


async def test_counts_are_kept_by_template_status_and_token(client, app_client):
    await client.control("DELETE", "stats")
    for _ in range(3):
        await app_client.api("us", PALLYWAR, "profile-us")
    await client.api("us", PALLYWAR, "profile-us")
    await app_client.api("eu", "/data/wow/realm/1", "dynamic-eu")

    stats = (await client.control("GET", "stats")).json

    assert stats["total"] == 5
    assert 1 <= stats["busiestSecond"] <= 5
    template = "/profile/wow/character/{realm}/{name}"
    assert {"path": template, "status": 200, "token": "app", "count": 3} in stats["requests"]
    assert {"path": template, "status": 401, "token": "none", "count": 1} in stats["requests"]
    assert {"path": "/data/wow/realm/{idOrSlug}", "status": 404, "token": "app", "count": 1} in stats["requests"]

    await client.control("DELETE", "stats")
    assert (await client.control("GET", "stats")).json == {"total": 0, "busiestSecond": 0, "requests": []}


async def test_other_sites_cannot_control_the_sandbox_through_a_browser(client):
    url = f"{client.sandbox.url}/sandbox/faults"

    crossed = await client.send("DELETE", url, headers={"Sec-Fetch-Site": "cross-site"})
    rebound = await client.send("DELETE", url, headers={"Host": "evil.example"})

    assert crossed.status == rebound.status == 403
