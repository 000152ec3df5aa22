"""What a player may ask of those who hold data about them: everything held, and the end of it."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from sqlalchemy import select

from character_sync.adapters.database.tables import metadata
from character_sync.bootstrap import build_worker
from character_sync.commands.openapi import openapi_document
from character_sync.domain.character import CharacterKey
from character_sync.domain.game import Region
from character_sync.domain.identity import Fact, IdentityKind, Judgement
from character_sync.ports import UserId
from character_sync.schemas.export import Export
from fakes.characters import listed
from support.held_back import hold_back
from support.receiving import receiving
from support.service import Player, RunningService, running_service

EXPORT = "/api/v1/me/export"

# What an export leaves out, and why.
SECRET = {
    "battle_net_tokens.ciphertext",
    "battle_net_tokens.key_id",
    "browser_sign_ins.secret_hash",
    "access_tokens.secret_hash",
    "webhooks.ciphertext",
    "webhooks.key_id",
}
BOOKKEEPING = {  # ours about our own work, and nothing about the player
    "character_group_members.added_at",
    "character_facet_states.id",
    "character_facets.content_hash",
    "character_facets.parser_version",
    "character_jobs.crash_claims",
    "characters.check_at",
    "character_sync_sessions.lane",
    "character_sync_sessions.lease_until",
    "character_sync_sessions.run_token",
    "sync_schedules.claimed_until",
    "sync_schedules.id",
    "sync_schedules.last_cost",
    "webhooks.failures",
    "webhooks.lease_until",
}


def leaves(document: Any) -> Iterator[Any]:
    if isinstance(document, dict):
        for name, value in document.items():
            yield name
            yield from leaves(value)
    elif isinstance(document, list):
        for value in document:
            yield from leaves(value)
    elif document is not None:
        yield document


def as_json(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


async def _raw(player: Player) -> str:
    async with player.browser.get(EXPORT) as response:
        assert response.status == 200
        return await response.text()


async def test_every_column_held_about_a_player_is_in_their_export_or_named_as_left_out(
    tmp_path: Path, closed_port: int
) -> None:
    open_to_this_machine = running_service(tmp_path, webhooks_to_private_addresses=True)
    async with open_to_this_machine as service, service.player("six") as player:
        url = f"http://127.0.0.1:{closed_port}/nobody-listens"
        hook = await player.post("/api/v1/webhooks", {"url": url}, expect=201)
        await player.browser.put("/api/v1/schedules/retail/us", json={"mode": "daily"})
        await player.sync()
        await _tried_once(player, f"/api/v1/webhooks/{hook['id']}")
        [one, other, *_] = await player.characters()
        await player.post("/api/v1/groups", {"name": "Mains", "members": [one["id"]], "main": one["id"]}, expect=201)
        mine = {"note": "Mine", "role": "tank", "displayName": "Boss", "isHidden": True}
        await player.browser.patch(f"/api/v1/characters/{one['id']}/mine", json=mine)
        await _ask_whether_same(service, player, one, other)
        told = set(leaves(json.loads(await _raw(player))))
        lacking = set()
        async with service.parts.database.reading() as connection:
            for table in metadata.sorted_tables:
                for row in await connection.execute(select(table)):
                    for column, value in row._asdict().items():
                        kept = leaves(value) if isinstance(value, dict | list) else [as_json(value)]
                        texts = value.split() if column == "scopes" else kept
                        if not told.issuperset(item for item in texts if item is not None):
                            lacking.add(f"{table.name}.{column}")
    assert lacking <= SECRET | BOOKKEEPING
    assert lacking >= SECRET


async def _tried_once(player: Player, webhook: str) -> None:
    """Wait until a webhook was not reached, and have it left alone from then on."""
    while "failingSince" not in await player.get(webhook):  # noqa: ASYNC110 - it happens in a worker, which tells nobody
        await asyncio.sleep(0.1)  # a player may ask so often, and not much more
    async with player.browser.patch(webhook, json={"isPaused": True}) as response:
        assert response.status == 200


async def _ask_whether_same(service: RunningService, player: Player, one: Any, other: Any) -> None:
    key = CharacterKey(Region.US, "", 1, 1)
    fact = Fact("name", True, "Old", "New")
    question = Judgement(UUID(one["id"]), listed(1), key, IdentityKind.TRANSFERRED, None, 0.5, (fact,))
    owner, created, now = UserId(UUID(player.me["id"])), {key: UUID(other["id"])}, datetime.now(UTC)
    await service.parts.work.transaction(
        lambda work: work.identities.record(owner, [question], before={}, created=created, now=now)
    )
    [decision] = (await player.get("/api/v1/identity/decisions"))["items"]
    await player.post(f"/api/v1/identity/decisions/{decision['id']}/answer", {"isSame": True}, expect=200)


async def test_an_export_is_what_its_schema_says_and_comes_as_a_file(service: RunningService) -> None:
    async with service.player("six") as player:
        await player.sync()
        async with player.browser.get(EXPORT) as response:
            document = await response.text()
            headers = response.headers
    export = Export.model_validate_json(document)

    assert len(export.characters) == 6
    assert {len(session.characters) for session in export.sync_sessions} == {6}
    assert [token.name for token in export.access_tokens] == ["test"]
    assert headers["Content-Type"] == "application/json"
    assert headers["Content-Disposition"] == 'attachment; filename="character-sync-export.json"'
    answers = openapi_document()["paths"][EXPORT]["get"]["responses"]
    assert answers["200"]["content"]["application/json"]["schema"]["$ref"].endswith("/Export")


async def test_an_export_tells_nothing_of_another_player(service: RunningService) -> None:
    async with service.player("six") as player, service.player("mixed") as other:
        await player.sync()
        await other.sync()
        document = await _raw(player)
        theirs = [character["id"] for character in await other.characters(includeArchived="true")]
    assert theirs
    assert not [id_ for id_ in (*theirs, other.me["id"]) if id_ in document]


async def test_no_secret_and_no_hash_of_one_is_in_an_export(service: RunningService) -> None:
    async with service.player("six") as player:
        hook = await player.post("/api/v1/webhooks", {"url": "https://site.invalid/hook"}, expect=201)
        document = await _raw(player)
        cookies = [morsel.value for morsel in player.browser.cookie_jar]
        async with service.parts.database.reading() as connection:
            hashes = [
                value
                for name in ("battle_net_tokens", "browser_sign_ins", "access_tokens", "webhooks")
                for row in await connection.execute(select(metadata.tables[name]))
                for value in row
                if isinstance(value, bytes)
            ]
    assert len(hashes) == 4
    assert hook["url"] in document
    assert not [hash_ for hash_ in hashes if hash_.hex() in document]
    assert not [secret for secret in (*cookies, player.token, hook["secret"]) if secret in document]


async def test_after_erasing_themselves_a_players_credentials_are_worth_nothing(service: RunningService) -> None:
    async with service.player("six") as player:
        cookie = {morsel.key: morsel.value for morsel in player.browser.cookie_jar}["character_sync"]
        async with player.browser.delete("/api/v1/me") as response:
            assert (response.status, await response.read()) == (204, b"")
            forgotten = response.cookies["character_sync"]
        statuses = []
        for headers in ({"Cookie": f"character_sync={cookie}"}, {"Authorization": f"Bearer {player.token}"}):
            async with (
                aiohttp.ClientSession(service.url, headers=headers) as thief,
                thief.get("/api/v1/me") as response,
            ):
                statuses.append(response.status)
    assert statuses == [401, 401]
    assert (forgotten.value, forgotten["max-age"]) == ("", "0")


async def test_who_signs_in_after_an_erasure_is_somebody_new_with_nothing(service: RunningService) -> None:
    async with service.player("six") as player:
        await player.sync()
        before = player.me["id"]
        await player.browser.delete("/api/v1/me")
        player.token = ""
        await player.sign_in("six")
        assert await player.characters(includeArchived="true") == []
        assert (await player.get("/api/v1/sync-sessions"))["items"] == []
    assert player.me["id"] != before


async def test_a_sync_that_runs_ends_for_its_watchers_and_writes_nothing_more(tmp_path: Path) -> None:
    async with running_service(tmp_path, works=False) as service, service.player("sixty") as player:
        await hold_back(service.control)
        started = await player.start_sync("retail", "eu")
        events = f"/api/v1/sync-sessions/{started['sessionId']}/events"
        async with player.watching(started["sessionId"]) as watch, player.browser.get(events) as stream:
            run = asyncio.create_task(build_worker(service.parts).run_sync_session.execute(UUID(started["sessionId"])))
            await watch.until(lambda watch: len(watch.events) > 1)
            async with player.browser.delete("/api/v1/me") as response:
                assert response.status == 204
            last = await watch.end()
            streamed = await stream.text()
        await run
        async with service.parts.database.reading() as connection:
            left = [t.name for t in metadata.sorted_tables if (await connection.execute(select(t))).first()]
    assert last["status"] == "cancelled"
    assert streamed.count("event: sync-complete") == 1
    assert left == []


async def test_a_webhook_hears_nothing_of_an_erasure_nor_of_what_waited_before(tmp_path: Path) -> None:
    how = {"works": False, "webhooks_to_private_addresses": True}
    async with running_service(tmp_path, **how) as service, service.player("six") as player, receiving() as receiver:
        hook = await player.post("/api/v1/webhooks", {"url": receiver.url}, expect=201)
        await player.start_sync()
        deliver = build_worker(service.parts).webhooks
        assert await deliver.submit_due() == 1
        async with player.browser.delete("/api/v1/me") as response:
            assert response.status == 204
        assert await deliver.submit_due() == 0
        await deliver.execute(UUID(hook["id"]))  # it was in the queue already
    assert receiver.asked == 0


async def test_an_access_token_asked_for_while_its_player_is_erased_is_not_found(tmp_path: Path) -> None:
    async with running_service(tmp_path) as service, service.player("six") as player:
        erase = player.browser.delete("/api/v1/me")
        asks = [player.browser.post("/api/v1/me/tokens", json={"name": str(n)}) for n in range(10)]
        answers = await asyncio.gather(*asks[:5], erase, *asks[5:])
        statuses = {answer.status for answer in answers}
        for answer in answers:
            answer.release()
    assert statuses <= {201, 204, 401, 404}
    assert 204 in statuses


@pytest.mark.parametrize(("method", "path"), [("GET", EXPORT), ("DELETE", "/api/v1/me")])
async def test_a_strangers_rights_are_refused(service: RunningService, method: str, path: str) -> None:
    async with aiohttp.ClientSession(service.url) as stranger, stranger.request(method, path) as response:
        assert (response.status, (await response.json())["code"]) == (401, "unauthenticated")


async def test_another_sites_page_erases_nobody(service: RunningService) -> None:
    async with service.player("six") as player:
        headers = {"Origin": "https://evil.example"}
        async with player.browser.delete("/api/v1/me", headers=headers) as response:
            assert response.status == 403
        assert (await player.get("/api/v1/me"))["id"] == player.me["id"]
