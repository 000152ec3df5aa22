"""Crashes in what is done without anybody asking: telling webhooks, and beginning scheduled syncs; judged from outside.

I8  Every change is told to a webhook that wants it, at least once, and always as the same message.
I9  A due time begins one sync, whoever died over it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web
from sqlalchemy import select, update

from chaos.history import Violation
from chaos.processes import Running
from chaos.rows import opened
from chaos.site import LOOK_SECONDS, Site
from character_sync.adapters.database.schedule_tables import sync_schedules
from character_sync.adapters.database.tables import webhooks
from character_sync.crash_points import LIKE_KILL_9, CrashPoint

P = CrashPoint
TELLING: Final = frozenset({P.WEBHOOK_TAKEN, P.WEBHOOK_ANSWERED, P.DELIVERY_WRITTEN, P.DELIVERY_COMMITTED})
BEGINNING: Final = frozenset({P.SCHEDULES_TAKEN, P.SCHEDULE_WRITTEN})
CHARACTERS: Final = 8
SETTINGS: Final = {"WEBHOOKS_TO_PRIVATE_ADDRESSES": "true", "RECONCILE_SECONDS": "0.4", "SCHEDULES_SECONDS": "0.2"}


@dataclass
class Receiver:
    """A site that is told of changes, and takes all: message ids and bodies, in the order of receipt."""

    url: str = ""
    got: list[tuple[str, bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((request.headers["webhook-id"], await request.read()))
        return web.Response(status=204)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()


def judged_telling(
    feed: Sequence[Mapping[str, Any]], deliveries: Sequence[Mapping[str, Any]], got: Sequence[tuple[str, bytes]]
) -> Iterator[Violation]:
    """Judge what a receiver got, who wanted every change; `deliveries` is what its webhook's log says."""
    messages: dict[str, set[bytes]] = {}
    for id_, body in got:
        messages.setdefault(id_, set()).add(body)
    yield from (Violation("I8", f"{id_} was told in {len(of)} ways") for id_, of in messages.items() if len(of) > 1)
    logged = {delivery["number"]: delivery for delivery in deliveries}
    for change in feed:
        delivery = logged.get(change["number"])
        if delivery is None or delivery["status"] != "delivered":
            yield Violation("I8", f"change {change['number']} is not told: {delivery}")
        elif f"delivery-{delivery['id']}" not in messages:
            yield Violation("I8", f"change {change['number']} is said to be told, and never came")


async def crash_in_a_delivery(site: Site, point: CrashPoint, *, within: float) -> list[Violation]:
    """Crash while a webhook is told of a first sync."""
    site.settings |= SETTINGS
    async with receiving() as receiver:
        start = await _begun(site, point)
        client = await site.player(_name(point), CHARACTERS)
        hook = await client.ask("POST", "/api/v1/webhooks", {"url": receiver.url})
        assert hook.status == 201, hook
        await client.sync()
        await _died(site, within=within)
        await _put_forward(site)
        await start()
        await client.surely_synced()
        found = await site.verdict(within=within)
        log = f"/api/v1/webhooks/{hook.body['id']}/deliveries?limit=200"

        async def all_told() -> bool:
            said = (await client.ask("GET", log)).body["items"]
            return bool(said) and all(delivery["status"] == "delivered" for delivery in said)

        await _given_time(all_told, within)
        feed = (await client.ask("GET", "/api/v1/changes?limit=200")).body["items"]
        said = (await client.ask("GET", log)).body["items"]
        return [*found, *judged_telling(feed, said, receiver.got)]


async def crash_in_a_schedule(site: Site, point: CrashPoint, *, within: float) -> list[Violation]:
    """Crash while a sync is begun that is due."""
    site.settings |= SETTINGS
    start = await _begun(site, point)
    client = await site.player(_name(point), CHARACTERS)
    await client.surely_synced()
    found = await site.verdict(within=within)
    kept = await client.ask("PUT", "/api/v1/schedules/retail/eu", {"mode": "daily"})
    assert kept.status == 200, kept
    due_at = datetime.now(UTC)
    await _set(site, update(sync_schedules).values(next_due_at=due_at))
    await _died(site, within=within)
    async with opened(site.database) as database, database.reading() as connection:
        left = (await connection.execute(select(sync_schedules.c.next_due_at, sync_schedules.c.last_due_at))).one()
    found += judged_death(due_at, left.next_due_at, left.last_due_at)
    await _put_forward(site)
    await start()

    async def is_begun() -> bool:
        return any(row.kind == "scheduled" for row in (await site.rows()).sessions)

    await _given_time(is_begun, within)
    found += await site.verdict(within=within)
    begun = [row.id for row in (await site.rows()).sessions if row.kind == "scheduled"]
    return found + ([] if len(begun) == 1 else [Violation("I9", f"the due time has begun {len(begun)} syncs")])


def judged_death(due_at: datetime, next_due_at: datetime | None, last_due_at: datetime | None) -> list[Violation]:
    """Judge a schedule whose process died before it had dealt with a due time."""
    if next_due_at == due_at and last_due_at is None:
        return []
    return [Violation("I9", f"due at {due_at}, and not dealt with, it is next at {next_due_at}, last {last_due_at}")]


async def _given_time(holds: Callable[[], Awaitable[bool]], within: float) -> None:
    """Wait until it holds, or the time is up: then the judge says what is missing."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while not await holds():  # noqa: ASYNC110 - rows of another process call nobody
                await asyncio.sleep(LOOK_SECONDS)


async def _begun(site: Site, point: CrashPoint) -> Any:
    """Start a site whose worker is to die; return what starts another."""
    if site.queue_url:
        await site.serve()
        await site.work(crash_at=point.name)
        return site.work
    await site.serve(crash_at=point.name)
    return site.serve


async def _put_forward(site: Site) -> None:
    """Have the time come at which others may take what the dead one had."""
    await _set(site, update(webhooks).values(lease_until=None))
    await _set(site, update(sync_schedules).values(claimed_until=None))


async def _set(site: Site, statement: Any) -> None:
    async with opened(site.database) as database, database.writing() as connection:
        await connection.execute(statement)
        await connection.commit()


async def _died(site: Site, *, within: float) -> None:
    running: Running = site.processes["worker-0" if site.queue_url else "serve-0"]
    code = await running.end(within)
    assert code == LIKE_KILL_9, (running.name, code, running.text()[-2000:])


def _name(point: CrashPoint) -> str:
    return point.name.lower().replace("_", "-")
