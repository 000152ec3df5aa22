"""What is refused, and how: every row of the contract's error table, and of the errors Battle.net can cause."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from support.service import Player, RunningService, running_service

Refused = Callable[[Player], Awaitable[Any]]


async def test_without_credentials_nothing_is_told(service: RunningService) -> None:
    async with aiohttp.ClientSession(service.url) as stranger:
        for path in ("me", "me/tokens", "characters", "sync-sessions", f"characters/{ABSENT}"):
            async with stranger.get(f"/api/v1/{path}") as response:
                assert (response.status, (await response.json())["code"]) == (401, "unauthenticated")
                assert response.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "header", ["Bearer cs_wrong", "Bearer", "Basic c2FuZGJveA==", "Bearer eyJhbGciOiJub25lIn0.e30."]
)
async def test_bad_credentials_are_refused_even_beside_a_good_cookie(service: RunningService, header: str) -> None:
    async with (
        service.player("six") as player,
        player.browser.get("/api/v1/me", headers={"Authorization": header}) as response,
    ):
        assert (response.status, (await response.json())["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"gameVersion": "burning_crusade"}, "gameVersion"),
        ({"gameVersion": "retail", "region": "cn"}, "region"),
        ({"gameVersion": 7}, "gameVersion"),
        ({}, "gameVersion"),
        ({"gameVersion": "retail", "userId": "x"}, "userId"),
        ([], "body"),
        (None, "body"),
    ],
)
async def test_a_malformed_sync_request_names_the_field_and_changes_nothing(
    service: RunningService, body: Any, field: str
) -> None:
    async with service.player("six") as player:
        problem = await player.post("/api/v1/characters/sync", body, expect=422)
        sessions = await player.get("/api/v1/sync-sessions")

    assert (problem["code"], problem["field"]) == ("invalid_request", field)
    assert sessions["items"] == []


@pytest.mark.parametrize("path", ["characters/nonsense", "sync-sessions/nonsense"])
async def test_a_malformed_id_is_an_invalid_request(service: RunningService, path: str) -> None:
    async with service.player("six") as player:
        problem = await player.get(f"/api/v1/{path}", expect=422)

    assert (problem["code"], problem["field"]) == ("invalid_request", "id")


@pytest.mark.parametrize("query", [{"cursor": "nonsense"}, {"cursor": "Lg"}, {"limit": "0"}, {"limit": "201"}])
async def test_a_malformed_page_request_is_an_invalid_request(service: RunningService, query: dict[str, str]) -> None:
    async with service.player("six") as player:
        for path in ("characters", "sync-sessions"):
            problem = await player.get(f"/api/v1/{path}", expect=422, **query)
            assert (problem["code"], problem["field"]) == ("invalid_request", next(iter(query)))


ABSENT = "00000000-0000-4000-8000-000000000000"


async def test_what_belongs_to_someone_else_looks_like_what_is_not_there(service: RunningService) -> None:
    async with service.player("six") as owner, service.player("sixty") as stranger:
        snapshot = await owner.sync()
        character = (await owner.characters())[0]["id"]
        session = snapshot["sessionId"]
        [token] = await owner.get("/api/v1/me/tokens")
        asked = [
            ("GET", "/api/v1/characters/{}", character),
            ("POST", "/api/v1/characters/{}/enrich", character),
            ("GET", "/api/v1/sync-sessions/{}", session),
            ("POST", "/api/v1/sync-sessions/{}/cancel", session),
            ("POST", "/api/v1/sync-sessions/{}/retry", session),
            ("DELETE", "/api/v1/me/tokens/{}", token["id"]),
        ]
        for method, path, theirs in asked:
            foreign = await _answer(stranger, method, path.format(theirs))
            missing = await _answer(stranger, method, path.format(ABSENT))
            assert foreign == missing
            assert (foreign[0], foreign[1]["code"]) == (404, "not_found")


async def test_an_unknown_path_is_a_problem_document(service: RunningService) -> None:
    async with service.player("six") as player:
        assert (await player.get("/api/v1/nothing", expect=404))["code"] == "not_found"


async def test_a_finished_sync_cannot_be_cancelled(service: RunningService) -> None:
    async with service.player("six") as player:
        snapshot = await player.sync()
        problem = await player.post(f"/api/v1/sync-sessions/{snapshot['sessionId']}/cancel", expect=409)

    assert problem["code"] == "sync_session_finished"


async def test_an_ended_battle_net_token_asks_the_player_to_sign_in_again(tmp_path: Path) -> None:
    now = [datetime(2026, 11, 23, 12, tzinfo=UTC)]
    async with (
        running_service(tmp_path, clock=lambda: now[0]) as service,
        service.player("six") as player,
    ):
        await player.sync()
        now[0] += timedelta(hours=25)
        problem = await player.start_sync(expect=409)
        me = await player.get("/api/v1/me")
        [character, *_] = await player.characters()
        queued = await player.post(f"/api/v1/characters/{character['id']}/enrich")
        refreshed = await player.finished(queued["sessionId"])

    assert (problem["code"], problem["signInUrl"]) == ("battle_net_token_invalid", "/auth/battle-net/login")
    assert me["battleNet"]["status"] == "expired"
    assert me["battleNet"]["listFrozenSince"] == me["battleNet"]["expiresAt"]
    assert refreshed["characters"][0]["status"] == "completed"


async def test_a_token_battle_net_refuses_is_not_sent_again(service: RunningService) -> None:
    refusal = {"match": {"path": "/profile/user/wow"}, "respond": {"status": 401}}
    async with service.player("six") as player:
        await service.control("POST", "faults", refusal)
        first = await player.start_sync(expect=409)
        await service.control("DELETE", "faults")
        await service.control("DELETE", "stats")
        second = await player.start_sync(expect=409)
        stats = await service.control("GET", "stats")
        await player.sign_in("six")
        await player.sync()

    assert first["code"] == second["code"] == "battle_net_token_invalid"
    assert stats["total"] == 0


async def test_an_undecryptable_token_asks_the_player_to_sign_in_again(service: RunningService) -> None:
    async with service.player("six") as player:
        await _spoil_tokens(service)
        problem = await player.start_sync(expect=409)
        await player.sign_in("six")
        snapshot = await player.sync()

    assert (problem["code"], problem["signInUrl"]) == ("battle_net_token_invalid", "/auth/battle-net/login")
    assert snapshot["status"] == "completed"


async def test_a_token_that_cannot_be_decrypted_fails_the_jobs_that_need_it(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, protected_facet=True) as service,
        service.player("six") as player,
    ):
        await player.sync()
        [character, *_] = await player.characters()
        detail = await player.get(f"/api/v1/characters/{character['id']}")
        await _spoil_tokens(service)
        queued = await player.post(f"/api/v1/characters/{character['id']}/enrich")
        snapshot = await player.finished(queued["sessionId"])

    assert detail["protected"]["money"] is not None
    assert snapshot["status"] == "completed"
    assert snapshot["failedCharacters"] == 1
    assert (snapshot["characters"][0]["status"], snapshot["characters"][0]["reason"]) == (
        "failed",
        "token_undecryptable",
    )


async def test_an_avatar_that_cannot_be_fetched_leaves_the_character_without_one(service: RunningService) -> None:
    await service.control("POST", "faults", {"match": {"path": "*/character-media"}, "respond": {"status": 500}})
    async with service.player("six") as player:
        snapshot = await player.sync()
        characters = await player.characters()

    assert {(c["status"], c["reason"]) for c in snapshot["characters"]} == {("completed", "upstream_unavailable")}
    assert not any("avatarUrl" in c for c in characters)
    assert all("itemLevel" in c for c in characters)


async def test_characters_battle_net_keeps_failing_on_are_skipped_after_two_attempts(service: RunningService) -> None:
    await service.control("POST", "faults", {"match": {"path": "*/pallywar"}, "respond": {"status": 503}})
    async with service.player("six") as player:
        await service.control("DELETE", "stats")
        snapshot = await player.sync()
        stats = await service.control("GET", "stats")

    outcomes = {c["name"]: (c["status"], c.get("reason"), c["attempts"]) for c in snapshot["characters"]}
    assert outcomes.pop("Pallywar") == ("skipped", "upstream_unavailable", 2)
    assert set(outcomes.values()) == {("completed", None, 1)}
    assert snapshot["skippedCharacters"] == 1
    assert [r["count"] for r in stats["requests"] if r["status"] == 503] == [2]


async def test_a_passing_failure_costs_an_attempt_and_nothing_else(service: RunningService) -> None:
    await service.control(
        "POST", "faults", {"match": {"path": "*/pallywar", "first": 1}, "respond": {"status": 502, "body": "<html>"}}
    )
    async with service.player("six") as player:
        snapshot = await player.sync()

    outcomes = {c["name"]: (c["status"], c["attempts"]) for c in snapshot["characters"]}
    assert outcomes["Pallywar"] == ("completed", 2)


async def test_a_rate_limit_is_waited_out_and_is_no_attempt(service: RunningService) -> None:
    await service.control(
        "POST", "faults", {"match": {"path": "*/pallywar", "first": 1}, "respond": {"status": 429, "retryAfter": 1}}
    )
    async with service.player("six") as player:
        snapshot = await player.sync()

    assert {(c["status"], c["attempts"]) for c in snapshot["characters"]} == {("completed", 1)}


async def test_an_answer_that_cannot_be_read_fails_one_character(service: RunningService) -> None:
    await service.control(
        "POST",
        "faults",
        {"match": {"path": "*/pallywar/equipment"}, "respond": {"status": 200, "body": "[]"}},
    )
    async with service.player("six") as player:
        snapshot = await player.sync()
        [pallywar] = [c for c in await player.characters() if c["name"] == "Pallywar"]
        detail = await player.get(f"/api/v1/characters/{pallywar['id']}")

    outcomes = {c["name"]: (c["status"], c.get("reason")) for c in snapshot["characters"]}
    assert outcomes.pop("Pallywar") == ("failed", "answer_unreadable")
    assert set(outcomes.values()) == {("completed", None)}
    assert (snapshot["status"], snapshot["failedCharacters"], snapshot["processedCharacters"]) == ("completed", 1, 6)
    assert {name: facet["state"] for name, facet in detail["facets"].items()} == {
        "profile": "current",
        "media": "current",
        "equipment": "failed",
        "specializations": "current",
    }


@pytest.mark.parametrize(
    ("respond", "status", "code"),
    [
        ({"status": 500}, 503, "battle_net_unavailable"),
        ({"status": 200, "body": "<html>", "contentType": "text/html"}, 503, "battle_net_unavailable"),
        ({"status": 429, "retryAfter": 7}, 503, "battle_net_unavailable"),
        ({"status": 403}, 503, "battle_net_unavailable"),
        ({"status": 200, "body": "[]"}, 502, "battle_net_answer_unreadable"),
    ],
)
async def test_a_listing_battle_net_does_not_give_starts_nothing(
    service: RunningService, respond: dict[str, Any], status: int, code: str
) -> None:
    async with service.player("six") as player:
        await service.control("POST", "faults", {"match": {"path": "/profile/user/wow"}, "respond": respond})
        body = {"gameVersion": "retail", "region": "us"}
        async with player.browser.post("/api/v1/characters/sync", json=body) as response:
            problem = await response.json()
            retry_after = response.headers.get("Retry-After")
        sessions = await player.get("/api/v1/sync-sessions")

    assert (response.status, problem["code"]) == (status, code)
    assert (retry_after is not None) == (status == 503)
    assert respond.get("retryAfter") in (None, int(retry_after or 0))
    assert sessions["items"] == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://other.example"},
    ],
)
async def test_a_change_asked_for_by_another_sites_page_is_refused(
    service: RunningService, headers: dict[str, str]
) -> None:
    async with service.player("six") as player:
        body = {"gameVersion": "retail"}
        async with player.browser.post("/api/v1/characters/sync", json=body, headers=headers) as response:
            assert (response.status, (await response.json())["code"]) == (403, "forbidden")


async def _answer(player: Player, method: str, path: str) -> tuple[int, Any]:
    async with player.browser.request(method, path) as response:
        return response.status, await response.json()


async def _spoil_tokens(service: RunningService) -> None:
    async with service.parts.database.writing() as connection:
        await connection.execute(text("UPDATE battle_net_tokens SET key_id = 'lost'"))
        await connection.commit()


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b'{"gameVersion": "retail"', b"nonsense"])
async def test_a_body_that_is_no_json_is_an_invalid_request(service: RunningService, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    async with (
        service.player("six") as player,
        player.browser.post("/api/v1/characters/sync", data=body, headers=headers) as response,
    ):
        problem = await response.json()

    assert (response.status, problem["code"], problem["field"]) == (422, "invalid_request", "body")
