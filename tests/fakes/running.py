"""A player's sync session on a real database and what runs it, with a scripted enrichment."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

from character_sync.domain.circuit import Paused
from character_sync.domain.enrichment import Enrichment
from character_sync.domain.game import Facet, GameVersions
from character_sync.domain.progress import Progress
from character_sync.domain.sync_session import CharacterSyncSession, JobStatus, SessionKind
from character_sync.ports import EnrichmentJob, Outlook, SessionSnapshot, Turn, UserId
from character_sync.use_cases.run_sync_session import RunPace, RunSyncSession
from fakes.channel import NotedEvents
from fakes.characters import RETAIL
from fakes.clock import FakeClock
from fakes.store import LEASE, Store

Outcome = Callable[[EnrichmentJob], Awaitable[Enrichment]]
DONE = Enrichment(JobStatus.COMPLETED, None)
PROMPT_SECONDS = 60  # a busy machine's immediately; the heartbeat here is an hour


async def done(_job: EnrichmentJob) -> Enrichment:
    return DONE


class ScriptedEnrichment:
    """Keeps the port `Enrich`: what comes of each character is decided by `outcome`."""

    def __init__(self) -> None:
        self.outcome: Outcome = done
        self.begun: list[EnrichmentJob] = []
        self.asked_for: set[tuple[tuple[Facet, ...], UserId, Turn]] = set()
        self._news = asyncio.Event()

    async def __call__(self, job: EnrichmentJob, facets: tuple[Facet, ...], *, owner: UserId, turn: Turn) -> Enrichment:
        self.begun.append(job)
        self.asked_for.add((facets, owner, turn))
        self._news.set()
        return await self.outcome(job)

    def hold(self) -> asyncio.Event:
        """Have every character wait until what this returns is set."""
        go_on = asyncio.Event()

        async def wait(_job: EnrichmentJob) -> Enrichment:
            await go_on.wait()
            return DONE

        self.outcome = wait
        return go_on

    async def until_begun(self, count: int) -> None:
        while len(self.begun) < count:
            self._news.clear()
            await self._news.wait()


class Running:
    """A player's sync session and what runs it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.enrichment = ScriptedEnrichment()
        self.channel = NotedEvents()
        self.clock = FakeClock()
        self.at_once = 32
        self.heartbeat = timedelta(hours=1)
        self.writes_apart = timedelta(0)
        self.outlook = Outlook(ahead=0, pace=None, gate_seconds=0)
        self.paused: Paused | None = None
        self.owner: UserId
        self.session: CharacterSyncSession
        self.characters: Sequence[UUID]

    async def start(self, characters: int, *, game_version: str = "retail") -> None:
        self.owner = await self.store.user()
        self.characters = await self.store.characters(self.owner, characters)
        self.session = await self.store.session(
            self.owner, self.characters, kind=SessionKind.RETRY, game_version=game_version
        )

    def run(self) -> asyncio.Task[None]:
        use_case = RunSyncSession(
            work=self.store.work,
            channel=self.channel,
            enrich=self.enrichment,
            versions=GameVersions([RETAIL]),
            clock=self.clock,
            pace=RunPace(LEASE, self.heartbeat, self.at_once, writes_apart=self.writes_apart),
            outlook=lambda _turn: self.outlook,
            pause_of=lambda _turn: self.paused,
        )
        return asyncio.ensure_future(use_case.execute(self.session.id))

    @property
    def events(self) -> list[Progress]:
        return self.channel.events

    async def snapshot(self) -> SessionSnapshot:
        return await self.store.snapshot(self.owner, self.session.id)

    async def jobs(self) -> list[tuple[str, str | None]]:
        return [(job.status, job.reason) for job in (await self.snapshot()).jobs]

    async def counts(self) -> tuple[int, int, int]:
        session = (await self.snapshot()).session
        return session.processed_characters, session.skipped_characters, session.failed_characters


async def for_ever(_job: EnrichmentJob) -> Enrichment:
    return await asyncio.get_running_loop().create_future()
