"""The API's rules on every character path: namespaces, languages, headers, what is not modified, limits."""

import gzip
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import pytest
from yarl import URL

from battle_net_sandbox.realms import shipped_realms
from battle_net_sandbox.server import SandboxSettings, running_sandbox

NOT_FOUND = {"code": 404, "type": "BLZWEBAPI00000404", "detail": "Not Found"}
PALLYWAR = "/profile/wow/character/old-blanchy/pallywar"


@pytest.mark.parametrize(
    ("region", "namespace", "status"),
    [
        ("us", "profile-us", 200),
        ("us", None, 403),
        ("us", "dynamic-us", 403),
        ("us", "static-us", 403),
        ("us", "profile-moon-us", 403),
        ("us", "profile-eu", 404),
        ("eu", "profile-eu", 200),
        ("cn", "profile-cn", 404),
    ],
)
async def test_a_character_is_found_in_its_own_namespace_only(app_client, region, namespace, status):
    answer = await app_client.api(region, PALLYWAR, namespace)

    assert answer.status == status
    if status == 403:
        assert answer.json == {"code": 403, "type": "BLZWEBAPI00000403", "detail": "Forbidden"}


async def test_the_namespace_may_stand_in_the_query(app_client):
    assert (await app_client.api("us", f"{PALLYWAR}?namespace=profile-us")).status == 200


async def test_nothing_is_answered_without_a_token(client):
    answer = await client.api("us", PALLYWAR, "profile-us")

    assert (answer.status, answer.json["type"]) == (401, "BLZWEBAPI00000401")


@pytest.mark.parametrize(
    "path",
    [
        "/profile/wow/character/old-blanchy/Pallywar",
        "/profile/wow/character/old-blanchy/nobody",
        "/profile/wow/character/nowhere/pallywar",
        "/profile/wow/character/..%2F..%2Faccounts/pallywar",
        f"{PALLYWAR}/statistics",
        f"{PALLYWAR}/nonsense",
        "/something/else",
    ],
)
async def test_what_is_not_there_is_404_without_schema_or_date_of_change(app_client, path):
    answer = await app_client.api("us", path, "profile-us")

    assert (answer.status, answer.json) == (404, NOT_FOUND)
    assert "Last-Modified" not in answer.headers
    assert "Battlenet-Schema" not in answer.headers


async def test_appearance_is_forbidden_in_classic1x_though_the_profile_links_it(app_client):
    profile = await app_client.api("us", PALLYWAR, "profile-classic1x-us")

    assert "appearance" in profile.json
    assert (await app_client.api("us", f"{PALLYWAR}/appearance", "profile-classic1x-us")).status == 403


async def test_headers_are_those_of_recorded_answers(app_client):
    profile = await app_client.api("us", PALLYWAR, "profile-us")
    equipment = await app_client.api("us", f"{PALLYWAR}/equipment", "profile-us")

    headers = profile.headers
    assert headers["Content-Type"] == "application/json;charset=UTF-8"
    assert headers["Battlenet-Namespace"] == "profile-us"
    assert headers["Battlenet-Schema"] == "character"
    assert headers["Battlenet-Schema-Revision"].isdecimal()
    assert "ETag" not in headers
    assert "Cache-Control" not in headers
    changed = parsedate_to_datetime(headers["Last-Modified"])
    assert changed == datetime.fromtimestamp(profile.json["last_login_timestamp"] / 1000, UTC)
    assert 0 <= (parsedate_to_datetime(equipment.headers["Last-Modified"]) - changed).total_seconds() <= 1


@pytest.mark.parametrize("endpoint", ["", "/status", "/character-media", "/equipment", "/specializations"])
async def test_an_answer_known_already_is_304_without_a_body(app_client, endpoint):
    first = await app_client.api("us", PALLYWAR + endpoint, "profile-us")
    since = {"If-Modified-Since": first.headers["Last-Modified"]}

    again = await app_client.api("us", PALLYWAR + endpoint, "profile-us", headers=since)
    older = await app_client.api(
        "us", PALLYWAR + endpoint, "profile-us", headers={"If-Modified-Since": "Sun, 22 Dec 2019 09:05:19 GMT"}
    )
    nonsense = await app_client.api("us", PALLYWAR + endpoint, "profile-us", headers={"If-Modified-Since": "soon"})

    assert (again.status, again.body) == (304, b"")
    assert again.headers["Last-Modified"] == first.headers["Last-Modified"]
    assert older.status == nonsense.status == 200


async def test_large_answers_are_zipped_for_those_who_ask(app_client):
    url = URL(f"{app_client.sandbox.url}/api/us{PALLYWAR}/equipment")
    headers = {"Authorization": f"Bearer {app_client.token}", "Battlenet-Namespace": "profile-us"}
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        async with session.get(url, headers={**headers, "Accept-Encoding": "gzip"}) as zipped:
            packed = await zipped.read()
        async with session.get(url, headers={**headers, "Accept-Encoding": "identity"}) as plain:
            whole = await plain.read()

    assert zipped.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed) == whole


@pytest.mark.parametrize(
    ("region", "locale", "name"),
    [
        ("us", "en_US", "Paladin"),
        ("us", "es_MX", "Paladín"),
        ("eu", "ru_RU", "Паладин"),
        ("eu", "en_gb", "Paladin"),
        ("kr", "ko_KR", "성기사"),
        ("tw", "zh_TW", "聖騎士"),
        ("us", "de_DE", None),
        ("eu", "xx_XX", None),
    ],
)
async def test_names_come_in_the_language_asked_for_or_null(app_client, region, locale, name):
    profile = await app_client.api(region, f"{PALLYWAR}?locale={locale}", f"profile-{region}")

    assert profile.json["character_class"]["name"] == name
    assert profile.json["name"] == "Pallywar"


async def test_without_a_language_names_come_in_twelve(app_client):
    profile = await app_client.api("eu", PALLYWAR, "profile-eu")

    names = profile.json["gender"]["name"]
    assert len(names) == 12
    assert (names["de_DE"], names["zh_CN"]) == ("Männlich", "男性")


async def test_realms_are_known_by_id_and_slug_with_their_category(app_client):
    seasonal = await app_client.api("us", "/data/wow/realm/5905?locale=en_US", "dynamic-classic1x-us")
    hardcore = await app_client.api("us", "/data/wow/realm/skull-rock?locale=en_US", "dynamic-classic1x-us")
    era = await app_client.api("us", "/data/wow/realm/whitemane?locale=en_US", "dynamic-classic1x-us")
    progression = await app_client.api("us", "/data/wow/realm/whitemane?locale=en_US", "dynamic-classic-us")
    accents = await app_client.api("eu", "/data/wow/realm/confr%C3%A9rie-du-thorium?locale=fr_FR", "dynamic-eu")
    missing = await app_client.api("us", "/data/wow/realm/999999", "dynamic-us")

    categories = [answer.json["category"] for answer in (seasonal, hardcore, era)]
    assert categories == ["Seasonal", "Hardcore", "Classic Era"]
    assert era.json["id"] != progression.json["id"]
    assert accents.json["slug"] == "confrérie-du-thorium"
    assert missing.json == NOT_FOUND
    assert seasonal.headers["Cache-Control"] == "public, max-age=86400"


async def test_the_realm_index_lists_a_namespace(app_client):
    index = await app_client.api("us", "/data/wow/realm/index?locale=en_US", "dynamic-classicann-us")

    assert {"old-blanchy", "dreamscythe", "nightslayer", "maladath"} <= {each["slug"] for each in index.json["realms"]}


def test_realm_ids_are_distinct_but_for_old_blanchys_which_are_the_same_in_every_region():
    ids = Counter(realm.id for realm in shipped_realms())

    assert {number for number, count in ids.items() if count > 1} == {5900, 5902, 5903, 5904, 5905}


async def test_more_requests_than_allowed_in_one_second_are_429_for_the_rest_of_it(session, client_type):
    async with running_sandbox(SandboxSettings(requests_per_second=5)) as sandbox:
        app = await client_type(sandbox, session).as_app()

        answers = [await app.api("us", f"{PALLYWAR}/status", "profile-us") for _ in range(16)]

    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert refused[0].json == {"code": 429, "type": "BLZWEBAPI00000429", "detail": "Too Many Requests"}
    assert "Retry-After" not in refused[0].headers
