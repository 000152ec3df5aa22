"""What the use cases ask, as requests, and the answers as theirs."""

import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from character_sync.adapters.battle_net.adapter import BattleNetAdapter
from character_sync.adapters.battle_net.circuits import Circuits
from character_sync.adapters.battle_net.pictures import Pictures
from character_sync.domain.character import CharacterMedia, ProtectedCharacter
from character_sync.domain.circuit import CircuitPolicy
from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCharacterHidden,
    BattleNetError,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
)
from character_sync.domain.game import CharacterTemplate, Facet, GameVersion, Realm, Region
from character_sync.ports import Secret

ERA = GameVersion("classic_era", "Classic Era", CharacterTemplate.WOW_CLASSIC, "classic1x", (Facet.PROFILE,))
PLAYER = Secret("player-token")
CHARACTER = {"id": 1, "name": "Jaina", "realm": {"id": 9, "slug": "proudmoore"}, "level": 80}
ACCOUNT = {"wow_accounts": [{"id": 7, "characters": [CHARACTER, None]}]}
PROFILE = CHARACTER | {"last_login_timestamp": 1577005519000}


async def test_characters_are_asked_for_with_the_players_token_in_the_versions_namespace(
    adapter, battle_net, budget, say, turn
):
    battle_net.api = say(200, ACCOUNT)
    (character,) = await adapter.account_characters(PLAYER, ERA, Region.KR, turn=turn)
    assert character.name == "Jaina"
    (asked,) = battle_net.seen  # no token of our own was fetched
    assert (asked.method, asked.path, asked.query) == ("GET", "/api/kr/profile/user/wow", {"locale": "en_US"})
    assert asked.headers["Authorization"] == "Bearer player-token"
    assert asked.headers["Battlenet-Namespace"] == "profile-classic1x-kr"
    assert asked.headers["User-Agent"] == "character-sync/test (+https://example.org)"
    assert (budget.admitted, budget.departed) == ([turn], 1)


@pytest.mark.parametrize(("status", "body"), [(404, {"code": 404}), (404, b""), (200, {}), (200, {"wow_accounts": []})])
async def test_a_player_without_characters_has_none(adapter, battle_net, say, turn, status, body):
    battle_net.api = say(status, body)
    assert await adapter.account_characters(PLAYER, ERA, Region.EU, turn=turn) == ()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"code": 401}, BattleNetTokenInvalid),
        (403, {"error": "insufficient_scope"}, BattleNetTokenInvalid),
        (403, {"code": 403, "type": "BLZWEBAPI00000403", "detail": "Forbidden"}, BattleNetUnavailable),
        (500, {}, BattleNetUnavailable),
        (304, b"", BattleNetUnavailable),
        (200, b'{"wow_accounts":[{"id"', BattleNetUnavailable),
        (200, {"wow_accounts": "none"}, BattleNetAnswerUnreadable),
        (400, {}, BattleNetAnswerUnreadable),
    ],
)
async def test_a_listing_that_was_not_given_raises(adapter, battle_net, say, turn, status, body, error):
    battle_net.api = say(status, body)
    with pytest.raises(error):
        await adapter.account_characters(PLAYER, ERA, Region.EU, turn=turn)


@pytest.mark.parametrize(
    ("body", "outcome"), [(ACCOUNT, "ok"), ({"wow_accounts": "none"}, "unreadable"), (b"", "unavailable")]
)
async def test_a_listing_is_counted_once_it_is_read(adapter, battle_net, budget, say, turn, body, outcome):
    battle_net.api = say(200, body)
    with suppress(BattleNetError):
        await adapter.account_characters(PLAYER, ERA, Region.EU, turn=turn)
    assert budget.outcomes == [outcome]


@pytest.mark.parametrize(("body", "outcome"), [(PROFILE, "ok"), ([], "unreadable")])
async def test_a_facet_is_counted_once_it_is_read(adapter, battle_net, budget, say, turn, address, body, outcome):
    battle_net.api = say(200, body)
    with suppress(BattleNetError):
        await adapter.facet(Facet.PROFILE, address, turn=turn)
    assert budget.outcomes == [outcome]


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "tökén", "x\x00"])
async def test_a_token_that_is_none_is_not_sent(adapter, battle_net, turn, token):
    with pytest.raises(BattleNetTokenInvalid):
        await adapter.account_characters(Secret(token), ERA, Region.EU, turn=turn)
    assert battle_net.seen == []


@pytest.mark.parametrize(
    ("facet", "end"),
    [
        (Facet.PROFILE, ""),
        (Facet.MEDIA, "/character-media"),
        (Facet.EQUIPMENT, "/equipment"),
        (Facet.SPECIALIZATIONS, "/specializations"),
    ],
)
async def test_a_facet_is_asked_for_with_our_token_by_the_lower_case_name(
    adapter, battle_net, turn, address, facet, end
):
    with pytest.raises(BattleNetCharacterHidden):
        await adapter.facet(facet, address, turn=turn, token=PLAYER)
    (asked,) = battle_net.asked
    name = "%D0%B0%D0%BB%D1%8C%D0%B2%D0%B5%D0%BE%D0%BD%D1%8F%D1%88%D0%B0"  # as in Battle.net's own hrefs
    assert asked.path == f"/api/eu/profile/wow/character/howling-fjord/{name}{end}"
    assert asked.query == {"locale": "en_GB"}
    assert asked.headers["Authorization"] == "Bearer app-1"
    assert asked.headers["Battlenet-Namespace"] == "profile-eu"
    assert "If-Modified-Since" not in asked.headers


async def test_a_facet_says_when_it_was_modified(adapter, battle_net, say, turn, address):
    battle_net.api = say(200, PROFILE, Last_Modified="Sun, 22 Dec 2019 09:05:19 GMT")
    read = await adapter.facet(Facet.PROFILE, address, turn=turn)
    assert read.modified_at == datetime(2019, 12, 22, 9, 5, 19, tzinfo=UTC)
    assert read.content is not None


async def test_a_facet_unchanged_since_then_has_no_content(adapter, battle_net, say, turn, address):
    battle_net.api = say(304, b"")
    since = datetime(2019, 12, 22, 9, 5, 19, tzinfo=UTC)
    read = await adapter.facet(Facet.PROFILE, address, turn=turn, since=since)
    assert (read.content, read.content_hash) == (None, None)
    assert battle_net.asked[0].headers["If-Modified-Since"] == "Sun, 22 Dec 2019 09:05:19 GMT"


async def test_unchanged_is_no_answer_to_a_question_without_a_date(adapter, battle_net, say, turn, address):
    battle_net.api = say(304, b"")
    with pytest.raises(BattleNetUnavailable):
        await adapter.facet(Facet.PROFILE, address, turn=turn)


async def test_the_hash_changes_only_with_what_is_kept(adapter, battle_net, say_in_turn, say, turn, address):
    battle_net.api = say_in_turn(
        say(200, PROFILE), say(200, {"new_field": 1, "experience": 7} | PROFILE), say(200, PROFILE | {"level": 81})
    )
    first, same, other = [(await adapter.facet(Facet.PROFILE, address, turn=turn)).content_hash for _ in range(3)]
    assert first == same != other
    assert len(first) == 32
    assert int(first, 16)


async def test_a_picture_elsewhere_is_left_out(adapter, battle_net, say, turn, address):
    battle_net.api = say(200, {"assets": [{"key": "avatar", "value": "http://169.254.169.254/"}]})
    assert (await adapter.facet(Facet.MEDIA, address, turn=turn)).content == CharacterMedia(None, {})


async def test_a_picture_on_an_allowed_origin_is_kept(adapter, battle_net, say, turn, address):
    url = "http://127.0.0.1:8001/renders/eu/character/old-blanchy/7/7-avatar.jpg"
    battle_net.api = say(200, {"assets": [{"key": "avatar", "value": url}]})
    assert (await adapter.facet(Facet.MEDIA, address, turn=turn)).content == CharacterMedia(url, {"avatar": url})


async def test_the_protected_facet_is_asked_for_by_number_with_the_players_token(
    adapter, battle_net, say, turn, address
):
    battle_net.api = say(200, {"id": 104612024, "money": 5, "wow_account": 7})
    read = await adapter.facet(Facet.PROTECTED, address, turn=turn, token=PLAYER)
    assert read.content == ProtectedCharacter(money=5, deaths=None, wow_account_id=7)
    (asked,) = battle_net.seen
    assert asked.path == "/api/eu/profile/user/wow/protected-character/1615-104612024"
    assert asked.headers["Authorization"] == "Bearer player-token"


async def test_the_protected_facet_needs_a_players_token(adapter, battle_net, turn, address):
    with pytest.raises(BattleNetTokenInvalid):
        await adapter.facet(Facet.PROTECTED, address, turn=turn)
    assert battle_net.seen == []


async def test_a_refused_player_is_asked_to_sign_in(adapter, battle_net, say, turn, address):
    battle_net.api = say(401, {})
    with pytest.raises(BattleNetTokenInvalid):
        await adapter.facet(Facet.PROTECTED, address, turn=turn, token=PLAYER)
    assert len(battle_net.seen) == 1


@pytest.mark.parametrize(("status", "found"), [(403, True), (404, False)])
async def test_a_hidden_character(adapter, battle_net, say, turn, address, status, found):
    battle_net.api = say(status, b"")
    with pytest.raises(BattleNetCharacterHidden) as hidden:
        await adapter.facet(Facet.MEDIA, address, turn=turn)
    assert hidden.value.found is found


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "...",
        "../../oauth/userinfo",
        "..\\x",
        "%2e%2e%2f",
        "a/b",
        "a?x=",
        "a#b",
        "a\r\nb",
        "a\x00b",
        "a\ud800",
    ],
)
@pytest.mark.parametrize("part", ["name", "slug"])
async def test_a_name_that_could_lead_elsewhere_is_never_sent(adapter, battle_net, turn, address, name, part):
    elsewhere = replace(address, name=name) if part == "name" else replace(address, realm=Realm(1, name))
    with pytest.raises(BattleNetCharacterHidden):
        await adapter.facet(Facet.PROFILE, elsewhere, turn=turn)
    assert battle_net.seen == []


@pytest.mark.parametrize(
    ("slug", "name", "path"),
    [
        ("la-croisade-écarlate", "Éowyn", "la-croisade-%C3%A9carlate/%C3%A9owyn"),
        ("azshara", "전사", "azshara/%EC%A0%84%EC%82%AC"),
        ("a b", "x:@y;z,&=+$!*'()", "a%20b/x%3A%40y%3Bz%2C%26%3D%2B%24%21%2A%27%28%29"),
        ("x", "..a", "x/..a"),
        ("x", "İI", "x/i%CC%87i"),
    ],
)
async def test_a_name_goes_into_the_path_encoded(adapter, battle_net, turn, address, slug, name, path):
    with pytest.raises(BattleNetCharacterHidden):
        await adapter.facet(Facet.PROFILE, replace(address, realm=Realm(1, slug), name=name), turn=turn)
    assert battle_net.asked[0].path == f"/api/eu/profile/wow/character/{path}"


@pytest.mark.parametrize(
    ("status", "body", "is_there"),
    [
        (200, {"id": 123, "is_valid": True}, True),
        (200, {"id": 123, "is_valid": False}, False),
        (200, {"id": 124, "is_valid": True}, False),
        (404, {"code": 404}, False),
        (404, b"", False),
    ],
)
async def test_a_character_is_there_under_its_own_number_and_valid(
    adapter, battle_net, say, turn, address, status, body, is_there
):
    battle_net.api = say(status, body)
    address = replace(address, battle_net_id=123)
    assert await adapter.is_there(address, turn=turn) is is_there
    (asked,) = battle_net.asked
    assert asked.path.endswith("/status")
    assert asked.headers["Authorization"] == "Bearer app-1"
    assert asked.headers["Battlenet-Namespace"] == "profile-eu"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, {"code": 403}, BattleNetUnavailable),
        (500, {}, BattleNetUnavailable),
        (304, b"", BattleNetUnavailable),
        (200, {}, BattleNetAnswerUnreadable),
        (200, {"id": 123}, BattleNetAnswerUnreadable),
        (200, {"is_valid": True}, BattleNetAnswerUnreadable),
        (200, {"id": 123, "is_valid": "yes"}, BattleNetAnswerUnreadable),
    ],
)
async def test_a_status_that_says_nothing_is_no_reason_to_believe_a_character_gone(
    adapter, battle_net, say, turn, address, status, body, error
):
    battle_net.api = say(status, body)
    with pytest.raises(error):
        await adapter.is_there(address, turn=turn)


ACHIEVEMENTS = {
    "character": {"id": 1, "name": "Jaina"},
    "achievements": [
        {"id": 6, "completed_timestamp": 1224000000000},
        {"id": 7, "criteria": {"is_completed": False}},
        {"id": 99_999, "completed_timestamp": 5},
        None,
    ],
}


async def test_of_achievements_the_times_of_those_that_are_kept_are_read(adapter, battle_net, say, turn, address):
    battle_net.api = say(200, ACHIEVEMENTS)
    own = replace(address, battle_net_id=1)
    assert await adapter.achievements(own, turn=turn) == {6: 1224000000000}
    asked = battle_net.seen[-1]
    assert asked.path.endswith("/achievements")


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, b"", BattleNetCharacterHidden),
        (403, b"", BattleNetCharacterHidden),
        (200, ACHIEVEMENTS | {"character": {"id": 2}}, BattleNetAnswerUnreadable),
        (200, {"achievements": []}, BattleNetAnswerUnreadable),
        (500, {}, BattleNetUnavailable),
    ],
    ids=["no achievements here", "refused", "somebody else's", "nobody's", "an outage"],
)
async def test_achievements_that_are_not_this_characters_are_never_believed(
    adapter, battle_net, say, turn, address, status, body, error
):
    battle_net.api = say(status, body)
    with pytest.raises(error):
        await adapter.achievements(replace(address, battle_net_id=1), turn=turn)


@pytest.mark.parametrize(("status", "body"), [(500, {}), (200, {"achievements": []})], ids=["an outage", "nobody's"])
async def test_achievements_that_go_wrong_again_and_again_are_left_alone_and_nothing_else_is(
    client, clock, battle_net, say, turn, address, status, body
):
    circuits = Circuits(CircuitPolicy(minimum=3), clock=clock, monotonic=time.monotonic, draw=lambda: 0.5)
    adapter = BattleNetAdapter(client, Pictures(()), circuits)
    battle_net.api = say(status, body)
    for _ in range(3):
        with pytest.raises(BattleNetError):
            await adapter.achievements(address, turn=turn)
    asked = len(battle_net.seen)
    with pytest.raises(BattleNetUnavailable) as left_alone:
        await adapter.achievements(address, turn=turn)
    assert left_alone.value.retry_after
    assert len(battle_net.seen) == asked
    battle_net.api = say(404)
    assert not await adapter.is_there(address, turn=turn)
    assert len(battle_net.seen) == asked + 1
