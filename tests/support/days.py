"""A service and its sandbox Battle.net that go through days together, at one virtual time."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import event, select

from battle_net_sandbox.settings import SandboxSettings
from character_sync.adapters.database.tables import characters
from character_sync.bootstrap import build_worker
from support.service import Player, RunningService, running_service

START = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Days:
    """A service and its Battle.net, both at the same virtual time."""

    def __init__(self) -> None:
        self.now = START
        self.service: RunningService

    async def pass_time(self, time: timedelta) -> None:
        self.now += time
        await self.service.control("POST", "settings", {"clock": self.now.isoformat()})

    async def run(self, session_id: str) -> None:
        await build_worker(self.service.parts).run_sync_session.execute(UUID(session_id))

    async def sync(self, player: Player, version: str = "retail", region: str = "eu") -> Any:
        started = await player.start_sync(version, region)
        await self.run(started["sessionId"])
        return await player.get(f"/api/v1/sync-sessions/{started['sessionId']}")

    async def asked(self) -> list[tuple[str, int, int]]:
        """What Battle.net was asked since the last time: path, status, how often."""
        stats = await self.service.control("GET", "stats")
        await self.service.control("DELETE", "stats")
        return [(one["path"], one["status"], one["count"]) for one in stats["requests"]]

    async def rows(self) -> dict[Any, Any]:
        async with self.service.parts.database.reading() as connection:
            found = await connection.execute(select(characters))
            return {row.id: row._asdict() for row in found}

    @contextmanager
    def written(self) -> Iterator[list[str]]:
        """Note the tables that are written."""
        tables: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            verb, _, rest = statement.partition(" ")
            if verb in {"INSERT", "UPDATE", "DELETE"}:
                tables.append(rest.removeprefix("INTO ").removeprefix("FROM ").split(" ")[0])

        engine = self.service.parts.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield tables
        finally:
            event.remove(engine, "before_cursor_execute", note)


@asynccontextmanager
async def running_days(folder: Path, **settings: Any) -> AsyncIterator[Days]:
    """Nobody works beside the test: a sync runs when it says so. Sign-ins last, for it is the same player for weeks."""
    days = Days()
    lasting = {"sign_in_idle_days": 400, "sign_in_absolute_days": 400}
    # What is asked is counted, and a machine that stands still for a moment brings too much in the next.
    unlimited = SandboxSettings(requests_per_second=0)
    about = {"clock": lambda: days.now, "works": False, "sandbox": unlimited}
    async with running_service(folder, **about, **lasting, **settings) as service:
        days.service = service
        await days.pass_time(timedelta())
        yield days
