"""Every crash point once: a real process ends there, another goes on, and nothing may be wrong afterwards."""

import asyncio
from dataclasses import dataclass
from typing import Final

from chaos.clients import Client
from chaos.history import Violation
from chaos.owed import CHECKING, ERASING, crash_in_a_check, crash_in_an_erasure
from chaos.site import Site, watched
from chaos.told import BEGINNING, TELLING, crash_in_a_delivery, crash_in_a_schedule
from character_sync.crash_points import LIKE_KILL_9, CrashPoint
from support.held_back import hold_back, let_go

DIES_WITHIN_SECONDS: Final = 60.0
HEARD_WITHIN_SECONDS: Final = 60.0  # a server that hears nothing for 10 s reads the rows
CHARACTERS: Final = 12
AT_ONCE: Final = "3"  # characters in work, so that a sync has several batches to die between
ENOUGH: Final = 12  # requests, so that one of these is settled; and a sync under way stays that

P = CrashPoint
SERVED: Final = frozenset(
    {
        *(P.LISTING_BEGUN, P.LISTING_ANSWERED, P.LISTING_WRITTEN, P.RETRY_WRITTEN, P.REFRESH_WRITTEN),
        *(P.COMMITTED_NOT_QUEUED, P.QUEUED, P.CANCEL_WRITTEN, P.CANCEL_COMMITTED, P.CANCEL_PUBLISHED),
    }
)
"""Reached by `serve`; the others by whoever works the queue."""
EMBEDDED_ONLY: Final = frozenset({P.TAKEOVER_WRITTEN, P.TAKEOVER_COMMITTED})
AT_START: Final = EMBEDDED_ONLY | {P.RECONCILE_FOUND, P.RECONCILE_SUBMITTED}
"""Reached by a process that starts after another one died."""
AT_STOP: Final = frozenset({P.RELEASE_WRITTEN, P.RELEASED})
ON_CANCEL: Final = frozenset({P.CANCEL_WRITTEN, P.CANCEL_COMMITTED, P.CANCEL_PUBLISHED})
UNDER_WAY: Final = ON_CANCEL | AT_STOP | AT_START | {P.RETRY_WRITTEN}
STANDS_STILL: Final = UNDER_WAY | {P.HEARTBEAT_WRITTEN, P.HEARTBEAT_COMMITTED}
"""Reached while a sync is under way; so its answers are held back until then."""
OF_THEIR_OWN: Final = {
    ERASING: crash_in_an_erasure,
    CHECKING: crash_in_a_check,
    TELLING: crash_in_a_delivery,
    BEGINNING: crash_in_a_schedule,
}
"""Points that a sync does not come to."""
LATER: Final = {P.TAKEN_UP: 4, P.FACET_ANSWERED: 14, P.CHARACTER_JUDGED: 5} | dict.fromkeys(
    (P.BATCH_WRITTEN, P.BATCH_COMMITTED, P.BATCH_PUBLISHED), 3
)
"""Which time it dies, where the first would be before anything is settled."""


@dataclass(frozen=True)
class Crash:
    """What came of one crash."""

    point: CrashPoint
    nth: int
    violations: list[Violation]


async def crash_at(
    site: Site, point: CrashPoint, *, nth: int = 0, bug: str = "", gives_up_after: float = 60.0
) -> Crash:
    """Crash a site's process at a point, start it again and judge. Raises AssertionError: the point is not reached."""
    nth = nth or LATER.get(point, 1)
    site.settings |= {"CHARACTERS_AT_ONCE": AT_ONCE, "HEARTBEAT_SECONDS": "0.1", "REQUEST_TIMEOUT_SECONDS": "600"}
    for points, crash in OF_THEIR_OWN.items():
        if point in points:
            return Crash(point, nth, await crash(site, point, within=gives_up_after))
    first = _First(site, f"{point.name}:{nth}", point, bug)
    client = await first.player()
    async with watched() as watches:
        session_id = await first.provoke(client, watches)
        await first.died()
        await first.go_on()
        if not session_id:
            session_id = await client.surely_synced()
        watches.append(asyncio.ensure_future(client.watch(session_id)))
        await site.settled(within=gives_up_after)
        await asyncio.wait(watches, timeout=min(gives_up_after, HEARD_WITHIN_SECONDS))
        return Crash(point, nth, await site.verdict(within=gives_up_after))


class _First:
    """The life of a site up to the crash, and the start of what follows."""

    def __init__(self, site: Site, where: str, point: CrashPoint, bug: str) -> None:
        self._site, self._where, self._point, self._bug = site, where, point, bug
        self._shared = bool(site.queue_url)
        self._in_worker = self._shared and point not in SERVED
        late = point in AT_START
        self._serve_at = "" if self._in_worker or late else where
        self._work_at = where if self._in_worker and not late else ""

    async def player(self) -> Client:
        await self._site.serve(crash_at=self._serve_at, bug=self._bug)
        if self._shared:
            await self._site.work(crash_at=self._work_at, bug=self._bug)
        account = self._where.replace(":", "-").replace("_", "-").lower()
        return await self._site.player(account, CHARACTERS)

    async def provoke(self, client: Client, watches: list[asyncio.Task[None]]) -> str:
        """Do what leads to the point; return the sync session if the client knows it."""
        if self._point in STANDS_STILL:
            await hold_back(self._site.control, after=ENOUGH)
        answer = await client.sync()
        if answer.status != 202:
            assert answer.status is None, answer
            return ""
        session_id: str = answer.body["sessionId"]
        watches.append(asyncio.ensure_future(client.watch(session_id)))
        if self._point in UNDER_WAY:
            await self._under_way(session_id)
        if self._point in ON_CANCEL | {P.RETRY_WRITTEN}:
            await client.ask("POST", f"/api/v1/sync-sessions/{session_id}/cancel")
        if self._point is P.RETRY_WRITTEN:
            await client.ask("POST", f"/api/v1/sync-sessions/{session_id}/retry")
        if self._point is P.REFRESH_WRITTEN:
            await self._site.settled(within=DIES_WITHIN_SECONDS)
            listed = await client.ask("GET", "/api/v1/characters")
            await client.ask("POST", f"/api/v1/characters/{listed.body['items'][0]['id']}/enrich")
        if self._point in AT_STOP:
            self._site.processes[self._dying].signal(15)
        if self._point in AT_START:
            await self._site.processes[self._dying].kill()
            restart = self._site.work if self._in_worker else self._site.serve
            await restart(crash_at=self._where, bug=self._bug, ready=False)
        return session_id

    async def _under_way(self, session_id: str) -> None:
        await self._site.rows_when(
            lambda rows: any(row.id == session_id and row.processed for row in rows.sessions),
            within=DIES_WITHIN_SECONDS,
            what="a sync under way",
        )

    @property
    def _dying(self) -> str:
        return "worker-0" if self._in_worker else "serve-0"

    async def died(self) -> None:
        try:
            code = await self._site.processes[self._dying].end(DIES_WITHIN_SECONDS)
        except TimeoutError:
            code = None
        assert code == LIKE_KILL_9, (self._where, code, self._site.processes[self._dying].text()[-2000:])
        await let_go(self._site.control)

    async def go_on(self) -> None:
        if self._in_worker:
            await self._site.work(1, bug=self._bug)
        else:
            await self._site.serve(bug=self._bug)
