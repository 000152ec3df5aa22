"""Webhooks from a change to a receiver, and the feed and the plan over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from character_sync.adapters.database.tables import webhooks
from character_sync.bootstrap import build_worker
from support.receiving import receiving
from support.service import Player, RunningService, running_service


@pytest.fixture
async def open_service(tmp_path: Path) -> AsyncIterator[RunningService]:
    """A service that sends webhooks to this machine, and looks for due ones often."""
    often = {"webhooks_to_private_addresses": True, "reconcile_seconds": 0.05, "freshness_seconds": 0}
    async with running_service(tmp_path, **often) as service:
        yield service


async def hook(player: Player, url: str, *events: str) -> Any:
    return await player.post("/api/v1/webhooks", {"url": url, "events": list(events)}, expect=201)


async def feed(player: Player, **parameters: str) -> Any:
    return await player.get("/api/v1/changes", limit="200", **parameters)


async def test_a_sync_is_told_to_a_webhook_in_the_order_of_the_feed(open_service: RunningService) -> None:
    async with open_service.player("six") as player, receiving() as receiver:
        await hook(player, receiver.url)
        await player.sync()
        await receiver.until("sync.finished")
        items = (await feed(player))["items"]

    assert [message["data"] for _, message in receiver.took] == items
    assert [message["type"] for _, message in receiver.took] == ["character.added"] * 6 + ["sync.finished"]
    assert {message["data"]["character"]["realm"] for _, message in receiver.took[:6]} == {"old-blanchy"}
    assert items[-1]["detail"]["processedCharacters"] == 6


async def test_the_same_account_again_tells_of_its_end_only(open_service: RunningService) -> None:
    async with open_service.player("sixty") as player:
        await player.sync("retail", "eu")
        start = (await feed(player, cursor="now"))["nextCursor"]
        await player.sync("retail", "eu")
        assert [change["type"] for change in (await feed(player, cursor=start))["items"]] == ["sync.finished"]


async def test_what_is_worn_and_played_since_is_told(open_service: RunningService) -> None:
    async with open_service.player("six") as player:
        await player.sync()
        [character, *_] = await player.characters()
        start = (await feed(player, cursor="now"))["nextCursor"]
        path = f"accounts/six/characters/{character['battleNetId']}"
        await open_service.control("POST", path, {"action": "play"})
        await player.sync()
        told = [change for change in (await feed(player, cursor=start))["items"] if "character" in change]
    assert {change["character"]["id"] for change in told} == {character["id"]}
    assert "character.gear_changed" in {change["type"] for change in told}


async def test_a_receiver_that_fails_nine_times_of_ten_still_gets_every_event(
    open_service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("character_sync.domain.webhooks.FIRST_WAIT", timedelta(0))
    async with open_service.player("six") as player, receiving(lambda count: count % 10 == 0) as receiver:
        await hook(player, receiver.url)
        await player.sync()
        await receiver.until_took(7)
        items = (await feed(player))["items"]
        [webhook] = await player.get("/api/v1/webhooks")
        log = (await player.get(f"/api/v1/webhooks/{webhook['id']}/deliveries"))["items"]

    got = {message["data"]["number"] for _, message in receiver.took}
    assert got == {change["number"] for change in items}
    assert receiver.asked == 70
    assert sum(delivery["attempts"] for delivery in log) in {69, 70}  # the last may not be written down yet
    assert {delivery["status"] for delivery in log} <= {"delivered", "waiting"}


async def test_what_was_sent_but_not_written_is_sent_again_under_the_same_id(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, works=False, webhooks_to_private_addresses=True) as service,
        service.player("empty") as player,
        receiving() as receiver,
    ):
        created = await hook(player, receiver.url)
        await player.start_sync()
        deliver = build_worker(service.parts).webhooks

        async def die(*_args: Any, **_about: Any) -> Any:
            raise ConnectionError("the process dies here")

        dying = replace(deliver, work=_Dying(service.parts.work, die))
        with pytest.raises(ConnectionError):
            await dying.execute(UUID(created["id"]))
        async with service.parts.database.writing() as connection:  # its lease is over
            await connection.execute(webhooks.update().values(lease_until=None))
            await connection.commit()
        await deliver.execute(UUID(created["id"]))
    assert [id_ for id_, _ in receiver.took] == [receiver.took[0][0]] * 2


class _Dying:
    """Work that dies instead of writing how a delivery went."""

    def __init__(self, work: Any, die: Any) -> None:
        self._work, self._die, self._writes = work, die, 0
        self.reading = work.reading

    async def transaction(self, body: Any) -> Any:
        self._writes += 1
        return await (self._work.transaction(body) if self._writes == 1 else self._die())


async def test_a_receiver_that_takes_its_time_has_the_place_for_one_round_and_is_told_the_rest_later(
    tmp_path: Path,
) -> None:
    async with (
        running_service(tmp_path, works=False, webhooks_to_private_addresses=True) as service,
        service.player("six") as player,
        receiving() as receiver,
    ):
        created = await hook(player, receiver.url)
        await player.start_sync()
        waiting = len((await player.get(f"/api/v1/webhooks/{created['id']}/deliveries"))["items"])
        now = datetime.now(UTC)

        def clock() -> datetime:
            return now

        async def slowly(*args: Any, **about: Any) -> Any:
            nonlocal now
            now += timedelta(seconds=14)
            return await service.parts.webhook_sender.send(*args, **about)

        deliver = replace(build_worker(service.parts).webhooks, clock=clock, sender=SimpleNamespace(send=slowly))
        rounds = []
        while len(receiver.took) < waiting:
            before = len(receiver.took)
            await deliver.execute(UUID(created["id"]))
            rounds.append(len(receiver.took) - before)
    assert waiting > 4
    assert set(rounds[:-1]) == {2}  # 28 s: the round was over during the second


async def test_a_delivery_is_told_again_when_its_owner_says_so(open_service: RunningService) -> None:
    async with open_service.player("empty") as player, receiving() as receiver:
        created = await hook(player, receiver.url)
        await player.start_sync()
        await receiver.until("sync.finished")
        path = f"/api/v1/webhooks/{created['id']}/deliveries"
        delivery = {"status": "waiting"}
        while delivery["status"] != "delivered":  # it is written down once it was taken
            await asyncio.sleep(0.01)
            [delivery] = (await player.get(path))["items"]
        await player.post(f"{path}/{delivery['id']}/redeliver")
        await receiver.until_took(2)
    assert receiver.took[0] == receiver.took[1]


async def test_a_paused_webhook_gets_nothing_until_it_goes_on(open_service: RunningService) -> None:
    async with open_service.player("empty") as player, receiving(lambda _count: False) as receiver:
        created = await hook(player, receiver.url)
        await player.start_sync()
        path = f"/api/v1/webhooks/{created['id']}"
        while "failingSince" not in await player.get(path):  # noqa: ASYNC110 - it happens in a worker, which tells nobody
            await asyncio.sleep(0.1)  # a player may look so often, and not much more
        async with player.browser.patch(path, json={"isPaused": True}) as response:
            paused = await response.json()
        receiver.takes = lambda _count: True
        async with player.browser.patch(path, json={"isPaused": False}) as response:
            going = await response.json()
        await receiver.until("sync.finished")
    assert (paused["pausedReason"], "failingSince" in going, "pausedReason" in going) == ("by_its_owner", False, False)


async def test_the_secret_is_shown_once_stored_sealed_and_can_be_replaced(open_service: RunningService) -> None:
    async with open_service.player("empty") as player:
        created = await hook(player, "https://site.example/hook", "sync.finished")
        replaced = await player.post(f"/api/v1/webhooks/{created['id']}/secret", expect=200)
        listed = await player.get("/api/v1/webhooks")
        async with open_service.parts.database.reading() as connection:
            row = (await connection.execute(select(webhooks))).one()
    assert created["secret"].startswith("whsec_")
    assert replaced["secret"] != created["secret"]
    assert "secret" not in json.dumps(listed)
    assert replaced["secret"].encode() not in row.ciphertext


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://site.example"}, "url"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://site.example", "events": ["character.added", "nonsense"]}, "events"),
        ({"events": []}, "url"),
        ({"url": "https://site.example", "secret": "mine"}, "secret"),
    ],
)
async def test_a_webhook_that_could_not_work_is_refused_with_its_field(
    service: RunningService, body: Any, field: str
) -> None:
    async with service.player("empty") as player:
        problem = await player.post("/api/v1/webhooks", body, expect=422)
        assert (problem["code"], problem["field"]) == ("invalid_request", field)
        assert await player.get("/api/v1/webhooks") == []


async def test_there_is_an_end_to_the_webhooks_of_one_player(service: RunningService) -> None:
    async with service.player("empty") as player:
        for number in range(10):
            await hook(player, f"https://site.example/{number}")
        problem = await player.post("/api/v1/webhooks", {"url": "https://site.example/11"}, expect=422)
    assert problem["code"] == "invalid_request"


@pytest.mark.parametrize("cursor", ["-1", "x", "1.5", "٣", "9" * 19])
async def test_a_cursor_that_nobody_gave_out_is_refused(service: RunningService, cursor: str) -> None:
    async with service.player("empty") as player:
        problem = await player.get("/api/v1/changes", expect=422, cursor=cursor)
    assert problem["field"] == "cursor"


async def test_a_plan_says_what_a_sync_would_do_and_writes_nothing(service: RunningService) -> None:
    async with service.player("six") as player:
        first = await player.post("/api/v1/characters/sync", {"gameVersion": "retail", "dryRun": True}, expect=200)
        assert await player.characters() == []
        assert (await feed(player))["items"] == []
        await player.sync()
        gone, renamed, *_ = await player.characters()
        for character, action in ((gone, {"action": "delete"}), (renamed, {"action": "rename", "name": "Planned"})):
            await service.control("POST", f"accounts/six/characters/{character['battleNetId']}", action)
        second = await player.post("/api/v1/characters/sync", {"gameVersion": "retail", "dryRun": True}, expect=200)
        held = await player.characters()
        sessions = (await player.get("/api/v1/sync-sessions"))["items"]

    assert len(first["create"]) == 6
    assert {planned["reason"] for planned in first["create"]} == {"not_held"}
    assert [planned["id"] for planned in second["archive"]] == [gone["id"]]
    [changed] = [planned for planned in second["update"] if planned["fields"]]
    assert (changed["id"], changed["fields"]) == (
        renamed["id"],
        {"name": {"from": renamed["name"], "to": "Planned"}},
    )
    assert {character["name"] for character in held} >= {gone["name"], renamed["name"]}
    assert len(sessions) == 1
