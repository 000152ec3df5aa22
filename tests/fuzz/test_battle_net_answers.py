"""A whole service beside a Battle.net whose answers are spoiled: the bad one stays alone, and nothing of ours breaks.

`make test` spoils a few, always the same; `make fuzz` many, each time others.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from character_sync.bootstrap import build_worker
from character_sync.ports import UserId
from fuzz.spoiled_answers import BOMB, TYPES, Delivery, deliveries
from fuzz.spoiling_proxy import SpoilingProxy
from support.lengths import IS_LONG, SECONDS, examples
from support.service import Player, RunningService, running_service

EXAMPLES = examples(5)

LISTING = "/profile/user/wow"
FACETS = {
    "character_profile": "",
    "character_media": "/character-media",
    "equipment": "/equipment",
    "specializations": "/specializations",
}
SIGN_IN = {"oauth_token": "/oauth/token", "userinfo": "/oauth/userinfo"}
NOT_OURS = {502, 503}  # Battle.net's fault, and said so
UNLIMITED = {"requests_per_user": 0, "requests_per_address": 0, "sign_ins_per_address": 0}


def some(strategy: st.SearchStrategy[Any]) -> Any:
    """The settings, and one thing drawn."""
    by = settings(
        max_examples=EXAMPLES,
        derandomize=not IS_LONG,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.explicit, Phase.generate],  # each example is a whole sync; what fails is shown as it was drawn
    )
    return lambda test: by(given(strategy)(test))


class Site:
    """Service, proxy and sandbox, and a player who has synced once; all on one event loop that runs when asked."""

    def __init__(self, folder: Path, database_url: str | None) -> None:
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.proxy = SpoilingProxy()
        self.service: RunningService
        self.player: Player
        self.runner.run(self._open(folder, {"database_url": database_url} if database_url else {}))

    async def _open(self, folder: Path, database: dict[str, str]) -> None:
        await self.stack.enter_async_context(self.proxy.running())
        self.service = await self.stack.enter_async_context(
            running_service(
                folder,
                works=False,
                battle_net_api_url=f"{self.proxy.url}/api/{{region}}",
                battle_net_oauth_url=f"{self.proxy.url}/oauth",
                **UNLIMITED,
                **database,
            )
        )
        self.proxy.target = self.service.sandbox.url
        self.worker = build_worker(self.service.parts)
        self.player = await self.stack.enter_async_context(self.service.player("six"))
        await self.synced()

    def close(self) -> None:
        self.proxy.spoiled.clear()
        self.runner.run(self.stack.aclose())
        self.runner.close()

    async def synced(self) -> dict[str, str]:
        """Sync to the end. Returns how each character came out, by name."""
        return await self.run(UUID((await self.player.start_sync())["sessionId"]))

    async def run(self, session: UUID) -> dict[str, str]:
        await self.worker.run_sync_session.execute(session)
        async with self.service.parts.work.reading() as work:
            snapshot = await work.sync_sessions.snapshot(UserId(UUID(self.player.me["id"])), session)
        assert snapshot.session.status.is_final
        return {job.name: job.status for job in snapshot.jobs}

    async def nothing_of_ours_breaks(self) -> None:
        """Whatever a player may read is there: 200 and JSON, each of them."""
        for character in await self.player.characters(includeArchived="true"):
            await self.player.get(f"/api/v1/characters/{character['id']}")
        await self.player.get("/api/v1/sync-sessions")
        export = await self.player.get("/api/v1/me/export")
        assert export["characters"]


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    url = None if request.param == "sqlite" else request.getfixturevalue("new_postgresql_url")
    site = Site(tmp_path, url)
    yield site
    site.close()


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("kind", FACETS)
def test_a_spoiled_facet_stays_alone(site: Site, kind: str) -> None:
    async def one(delivery: Delivery) -> None:
        names = [character["name"] for character in await site.player.characters()]
        victim = names[0]
        site.proxy.spoiled = {f"/{victim.lower()}{FACETS[kind]}": delivery}
        outcomes = await site.synced()
        assert {outcomes[name] for name in outcomes if name in names[1:]} == {"completed"}, outcomes
        await site.nothing_of_ours_breaks()
        site.proxy.spoiled = {}
        assert set((await site.synced()).values()) == {"completed"}

    @some(deliveries(kind))
    @example(Delivery(200, {"Content-Type": TYPES[0], "Content-Encoding": "gzip"}, BOMB))
    def holds(delivery: Delivery) -> None:
        site.runner.run(one(delivery))

    holds()


@pytest.mark.timeout(SECONDS)
def test_a_spoiled_listing_breaks_nothing_and_the_next_one_makes_it_good(site: Site) -> None:
    async def one(delivery: Delivery) -> None:
        site.proxy.spoiled = {LISTING: delivery}
        body = {"gameVersion": "retail", "region": "us"}
        async with site.player.browser.post("/api/v1/characters/sync", json=body) as response:
            status, told = response.status, await response.json()
        assert status in {202, 409, *NOT_OURS}, (status, told)
        if status == 202:
            await site.run(UUID(told["sessionId"]))
        await site.nothing_of_ours_breaks()
        site.proxy.spoiled = {}
        if status == 409:  # the token was refused
            await site.player.sign_in("six")
        await site.synced()
        assert len([one for one in await site.player.characters() if one["isActive"]]) >= 6

    @some(deliveries("account_summary"))
    def holds(delivery: Delivery) -> None:
        site.runner.run(one(delivery))

    holds()


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("kind", SIGN_IN)
def test_a_spoiled_sign_in_is_refused_or_done_and_never_our_fault(site: Site, kind: str) -> None:
    async def one(delivery: Delivery) -> None:
        site.proxy.spoiled = {SIGN_IN[kind]: delivery}
        parameters = {"login_hint": "six", "prompt": "none", "returnTo": "/api/v1/me"}
        async with site.player.browser.get("/auth/battle-net/login", params=parameters) as response:
            status = response.status
        site.proxy.spoiled = {}
        assert status < 500 or status in NOT_OURS, status
        await site.player.sign_in("six")

    @some(deliveries(kind))
    @example(Delivery(200, {"Content-Type": TYPES[0]}, b'{"access_token":"a\\r\\nX: y","expires_in":1}'))
    @example(Delivery(200, {"Content-Type": TYPES[0]}, b'{"sub":"' + b"9" * 65 + b'"}'))
    def holds(delivery: Delivery) -> None:
        site.runner.run(one(delivery))

    holds()
