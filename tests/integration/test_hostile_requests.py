"""Requests that ask for more than the API offers, or mean more than text."""

from typing import Any

import aiohttp
import pytest

from support.service import RunningService

SQL = "retail'; DROP TABLE users; --"
MORE = {"userId": "00000000-0000-0000-0000-000000000000", "status": "completed", "isAdmin": True}


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/v1/characters/sync", {"gameVersion": "retail", "region": "us"}), ("/api/v1/me/tokens", {"name": "mine"})],
)
@pytest.mark.parametrize("field", MORE)
async def test_a_field_nobody_asked_for_is_refused(
    service: RunningService, path: str, body: dict[str, Any], field: str
) -> None:
    async with service.player("six") as player:
        problem = await player.post(path, body | {field: MORE[field]}, expect=422)
        assert problem["code"] == "invalid_request"
        assert (await player.get("/api/v1/sync-sessions"))["items"] == []
        assert len(await player.get("/api/v1/me/tokens")) == 1


async def test_text_that_looks_like_sql_is_text(service: RunningService) -> None:
    async with service.player("six") as player:
        await player.start_sync(SQL, expect=422)
        await player.post("/api/v1/me/tokens", {"name": SQL}, expect=201)
        names = [token["name"] for token in (await player.get("/api/v1/me/tokens"))]
        assert SQL in names
        for query in ({"gameVersion": SQL}, {"region": SQL}, {"cursor": SQL}):
            async with player.browser.get("/api/v1/characters", params=query) as response:
                assert response.status in {200, 422}, await response.text()
        assert (await player.get("/api/v1/me"))["id"] == player.me["id"]


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/debug", "/.env", "/api/v1/users", "/admin", "/server-status"])
async def test_what_nobody_needs_is_not_served(service: RunningService, path: str) -> None:
    async with aiohttp.ClientSession(service.url) as stranger:
        async with stranger.get(path) as response:
            assert response.status == 404
        async with stranger.request("TRACE", "/api/v1/me") as response:
            assert response.status == 405
