"""The page of webhook messages shows each as a running service sends it: every kind is brought about, told and compared."""

import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from character_sync.bootstrap import build_worker
from character_sync.domain.changes import ChangeKind
from character_sync.reference.docs_pages import CHECKOUT
from fakes.clock import FakeClock
from support.receiving import receiving
from support.service import Player, RunningService, running_service

PAGE = (CHECKOUT / "docs/webhook-messages.md").read_text("utf-8")
EXAMPLE = re.compile(r"^```json\n(?P<message>.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = [json.loads(block) for block in EXAMPLE.findall(PAGE)]
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}Z|\+00:00)")
ERA = "classic_era"
START = datetime(2026, 11, 24, 12, tzinfo=UTC)
CHECKS = timedelta(hours=12)
MONTH = timedelta(days=30)


def form_of(value: Any) -> Any:
    """Return JSON with what comes out otherwise in each run left out: ids, times and numbers; names in their order."""
    if isinstance(value, dict):
        return [(name, form_of(inner)) for name, inner in value.items()]
    if isinstance(value, str):
        return "an id" if ID.fullmatch(value) else TIME.sub(r"a time ending in \1", value)
    return "a number" if isinstance(value, int) else value


class Era:
    """A player of Classic Era, to whose characters everything happens that is told of; nobody works beside the story."""

    def __init__(self, service: RunningService, player: Player, clock: FakeClock) -> None:
        self.service, self.player, self.clock, self.worker = service, player, clock, build_worker(service.parts)

    async def pass_time(self, step: timedelta) -> None:
        self.clock.pass_time(step)
        await self.service.control("POST", "settings", {"clock": self.clock().isoformat()})

    async def sync(self) -> list[Any]:
        started = await self.player.start_sync(ERA, "eu")
        await self.worker.run_sync_session.execute(UUID(started["sessionId"]))
        return await self.player.characters()

    async def act(self, character: Any, action: str, **about: Any) -> None:
        path = f"accounts/era/characters/{character['battleNetId']}"
        await self.service.control("POST", path, {"action": action, **about})

    async def live(self, tell: Callable[[], Awaitable[None]]) -> None:
        renamed, away, played, transferred, changing_sides, _ = held = await self.sync()
        await tell()
        realm = min({character["realm"] for character in held} - {transferred["realm"]})
        await self.pass_time(timedelta(hours=1))
        await self.act(renamed, "rename", name="Aldwin")
        await self.act(away, "delete")
        await self.act(played, "play", spec=1)
        await self.act(transferred, "transfer", realm=realm)
        await self.act(changing_sides, "faction_change", newId=True)
        await self.sync()
        [question] = (await self.player.get("/api/v1/identity/decisions", status="asked"))["items"]
        await self.player.post(f"/api/v1/identity/decisions/{question['id']}/answer", {"isSame": True}, expect=200)
        await self.act(away, "restore")
        await self.sync()
        await self.act(away, "delete")
        for _ in range(MONTH // CHECKS):
            await self.pass_time(CHECKS)
            await self.worker.verify.execute()
        await tell()


async def test_each_type_is_told_in_the_form_that_the_page_shows(tmp_path: Path) -> None:
    clock = FakeClock(START)
    how = {"webhooks_to_private_addresses": True, "freshness_seconds": 0, "works": False}
    async with running_service(tmp_path, clock=clock, **how) as service, receiving() as receiver:
        await service.control("POST", "settings", {"clock": START.isoformat()})
        await service.control("POST", "accounts", {"id": "era", "gameVersion": ERA, "region": "eu", "characters": 6})
        async with service.player("era") as player:
            hook = await player.post("/api/v1/webhooks", {"url": receiver.url}, expect=201)
            era = Era(service, player, clock)
            await era.live(lambda: era.worker.webhooks.execute(UUID(hook["id"])))
    told = [message for _, message in receiver.took]
    forms = [form_of(message) for message in told]
    assert [message["type"] for message in EXAMPLES if form_of(message) not in forms] == []
    assert {message["type"] for message in EXAMPLES} == {message["type"] for message in told} == set(ChangeKind)
    assert len(EXAMPLES) == len(ChangeKind)
