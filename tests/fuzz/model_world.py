"""The service's own use cases on a real database, with every other thing around them played: clock, queue, Battle.net, deaths."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update

from character_sync import crash_points
from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.key_custody import KeyRotation
from character_sync.adapters.database.tables import (
    battle_net_tokens,
    character_sync_sessions,
    characters,
    sign_in_attempts,
    users,
)
from character_sync.adapters.database.token_vault import KEY_BYTES, TokenVault
from character_sync.adapters.database.unit_of_work import DatabaseWork
from character_sync.adapters.progress_channel.channels import BrokeredProgressChannel, BrokeredSignInChannel
from character_sync.adapters.progress_channel.listeners import MemoryBroker
from character_sync.domain.errors import NotFound
from character_sync.domain.freshness import FreshnessPolicy
from character_sync.domain.game import Region
from character_sync.domain.retry import RetryPolicy
from character_sync.domain.sync_session import SessionLimits
from character_sync.domain.verification import VerificationPolicy
from character_sync.entrypoints.following import SessionFollower
from character_sync.entrypoints.outbox import Outbox
from character_sync.ports import Outlook, Secret, UserId
from character_sync.use_cases.cancel_sync_session import CancelSyncSession
from character_sync.use_cases.character_enrichment_processor import CharacterEnrichmentProcessor
from character_sync.use_cases.erase_user import EraseUser
from character_sync.use_cases.link_battle_net_account import LinkBattleNetAccount, ReturnedSignIn
from character_sync.use_cases.reconcile_sync_sessions import ReconcileSyncSessions
from character_sync.use_cases.request_character_enrichment import RequestCharacterEnrichment
from character_sync.use_cases.retry_sync_session import RetrySyncSession
from character_sync.use_cases.run_sync_session import RunPace, RunSyncSession
from character_sync.use_cases.sync_characters_from_battle_net import SyncCharactersFromBattleNetUseCase
from character_sync.use_cases.verify_characters import VerifyCharacters
from fakes.characters import NOW
from fuzz.model_battle_net import VERSIONS, Gate, ModelBattleNet, gate_of_this_run
from fuzz.model_parts import OneProcess, ProcessKilled, Run, Told, Watcher

LEASE = timedelta(seconds=30)
LIMITS = SessionLimits(timedelta(minutes=10), timedelta(seconds=5))
POLICY = VerificationPolicy(margin=timedelta(days=5), retry=timedelta(hours=6))  # an outage is asked about less often
IDLE = timedelta(days=30)
SILENCE_SECONDS = 0.2  # real ones: what a watcher missed because its publisher died, it reads after these


class World:
    """Short words for what can happen. What must hold is in `model_invariants.py`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.battle_net = ModelBattleNet(self.clock)
        self.keys = {"first": b"1" * KEY_BYTES}
        self.queue: set[UUID] = set()
        broker = MemoryBroker()
        self.told = Told(BrokeredProgressChannel(broker, self.clock))
        self.sign_ins = BrokeredSignInChannel(broker)
        self.runs: deque[Run] = deque()
        self.resealed = 0
        self.watchers: list[Watcher] = []
        self.process = OneProcess(lambda: self.work)
        self.follower = SessionFollower(self.process, self.told, silence_seconds=SILENCE_SECONDS)

    def clock(self) -> datetime:
        return self.now

    async def submit(self, session_id: UUID) -> None:
        """Keep the port `JobQueue`."""
        self.queue.add(session_id)

    async def deliver(self, webhook_id: UUID) -> None:
        """Be told by nobody: what waits for a webhook is rows, and judged as such."""

    @property
    def vault(self) -> TokenVault:
        return TokenVault(self.keys)

    @property
    def work(self) -> DatabaseWork:
        return self.work_under(self.vault)

    def work_under(self, vault: TokenVault) -> DatabaseWork:
        return DatabaseWork(self.database, vault, self, POLICY)

    async def empty(self) -> None:
        async with self.database.writing() as connection:
            await connection.execute(delete(users))
            await connection.execute(delete(sign_in_attempts))
            await connection.commit()

    # Players

    async def sign_in(
        self, account: str, *, replaces: Secret | None = None, old_keys: bool = False
    ) -> tuple[UserId, Secret]:
        """Sign in; with `old_keys` at a process that has not been told of the newest key yet."""
        keys = dict(list(self.keys.items())[1:]) if old_keys and len(self.keys) > 1 else self.keys
        use_case = LinkBattleNetAccount(
            work=self.work_under(TokenVault(keys)),
            battle_net=self.battle_net,
            clock=self.clock,
            sign_ins=self.sign_ins,
            redirect_uri="https://ours.example/callback",
            sign_in_lasts=timedelta(days=90),
        )
        begun = await use_case.begin("/", {})
        state = begun.authorize_url
        finished = await use_case.finish(ReturnedSignIn(state, begun.browser, Secret(account)), replaces=replaces)
        return finished.user.id, finished.browser_sign_in

    async def sign_out(self, browser: Secret) -> UserId | None:
        return await self.work.transaction(lambda work: work.sign_ins.sign_out_browser(browser))

    async def owner_of(self, browser: Secret) -> UserId | None:
        async with self.work.reading() as work:
            signed_in = await work.sign_ins.user_of_browser(browser, self.now, IDLE)
        return signed_in.owner if signed_in else None

    async def token_of(self, owner: UserId) -> Secret:
        async with self.work.reading() as work:
            return await work.users.battle_net_token(owner, self.now)

    async def note(self, owner: UserId, character: UUID, note: str) -> None:
        await self.work.transaction(lambda work: work.players_own.set(owner, character, {"note": note}, self.now))

    async def webhook(self, owner: UserId, secret: str) -> UUID:
        """Have an owner told of every change from now on; return the webhook."""
        hook = await self.work.transaction(
            lambda work: work.webhooks.create(owner, "https://site.invalid", [], Secret(secret), self.now)
        )
        return hook.id

    async def erase(self, owner: UserId) -> None:
        await EraseUser(self.process, self.told, self.clock, self.sign_ins).execute(owner)

    # Syncs

    async def sync(self, owner: UserId, version: str, *, dies_at: str = "") -> UUID:
        process = OneProcess(lambda: self.work)
        use_case = SyncCharactersFromBattleNetUseCase(process, self.battle_net, VERSIONS, self.clock, LIMITS)
        game_version = VERSIONS.get(version)
        assert game_version is not None
        crash_points.arm(dies_at, process.die)
        try:
            return (await use_case.execute(owner, game_version, Region.EU)).session_id
        finally:
            crash_points.arm("")

    async def enrich(self, owner: UserId, character: UUID) -> UUID:
        return (await RequestCharacterEnrichment(self.process, self.clock, LIMITS).execute(owner, character)).session_id

    async def retry(self, owner: UserId, session_id: UUID) -> UUID:
        return (await RetrySyncSession(self.process, self.clock, LIMITS).execute(owner, session_id)).session_id

    async def cancel(self, owner: UserId, session_id: UUID, *, dies_at: str = "") -> None:
        process = OneProcess(lambda: self.work)
        crash_points.arm(dies_at, process.die)
        try:
            await CancelSyncSession(process, self.told, self.clock, self.told).execute(owner, session_id)
        finally:
            crash_points.arm("")

    # Runs

    async def run(
        self, session_id: UUID, *, at_once: int = 3, stops_after: int | None = None, dies_at: str = ""
    ) -> Run:
        """Run a sync session to its end; or until it hangs after some profiles; or until its process dies at a point."""
        process, gate = OneProcess(lambda: self.work), Gate(stops_after)
        self.queue.discard(session_id)
        crash_points.arm(dies_at, process.die)
        gate_of_this_run.set(gate)
        task = asyncio.create_task(self._runner(process, at_once).execute(session_id))
        gate_of_this_run.set(None)
        run = Run(session_id, process, gate, task)
        held = asyncio.create_task(gate.news.wait())
        try:
            await asyncio.wait({task, held}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            held.cancel()
            crash_points.arm("")
        if task.done():
            _raise_unless_killed(task)
        else:
            self.runs.append(run)
            run.run_token = await self._run_token(session_id)
        return run

    async def _run_token(self, session_id: UUID) -> int:
        token = character_sync_sessions.c.run_token
        async with self.database.reading() as connection:
            return int(
                (await connection.execute(select(token).where(character_sync_sessions.c.id == session_id))).scalar_one()
            )

    def _runner(self, process: OneProcess, at_once: int) -> RunSyncSession:
        processor = CharacterEnrichmentProcessor(
            battle_net=self.battle_net,
            work=process,
            clock=self.clock,
            policy=RetryPolicy(),
            sleep=_no_time,
            draw=lambda: 0.5,
            freshness=FreshnessPolicy(window=timedelta(0)),
        )
        return RunSyncSession(
            work=process,
            channel=self.told,
            enrich=processor.enrich,
            versions=VERSIONS,
            clock=self.clock,
            pace=RunPace(LEASE, timedelta(hours=1), at_once),
            outlook=lambda _turn: Outlook(0, None, 0),
            observer=self.told,
        )

    async def kill(self, run: Run) -> None:
        """As `kill -9`: nothing is given back."""
        run.process.is_dead = True
        await self.stop(run)

    async def stop(self, run: Run) -> None:
        """As a deployment: the run is told to stop, and gives its lease back."""
        run.task.cancel()
        with suppress(asyncio.CancelledError, ProcessKilled, BaseExceptionGroup):
            await run.task
        if run in self.runs:
            self.runs.remove(run)

    async def wake(self, run: Run) -> None:
        """Let a run that hung go on to its end."""
        run.gate.open()
        self.runs.remove(run)
        await asyncio.wait({run.task})
        _raise_unless_killed(run.task)

    async def reconcile(self) -> int:
        return await ReconcileSyncSessions(self.process, self, self.clock).execute()

    # Time

    async def pass_time(self, time: timedelta) -> None:
        """Let time pass beside a worker that looks at what is due when it is due."""
        until = self.now + time
        while True:
            due = await self._next_check()
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            await self.verify()
        self.now = until

    async def _next_check(self) -> datetime | None:
        async with self.database.reading() as connection:
            # A tombstone that waits for a job is looked at again only once that job has ended: not here.
            due: datetime | None = (
                await connection.execute(
                    select(func.min(characters.c.check_at)).where(characters.c.check_at > self.now)
                )
            ).scalar_one()
        return due

    async def verify(self) -> int:
        return await VerifyCharacters(self.process, self.battle_net, self.clock, POLICY, self.told, 500).execute()

    # Watchers

    async def watch(self, owner: UserId, session_id: UUID) -> Watcher:
        watcher = Watcher(owner, session_id, Outbox())
        await self.follower.join(owner, session_id, watcher.outbox)
        self.watchers.append(watcher)
        return watcher

    async def read_news(self) -> None:
        for watcher in self.watchers:
            while len(watcher.outbox):
                watcher.events += [news.event for news in await watcher.outbox.take(100)]

    def leave(self, watcher: Watcher) -> None:
        self.follower.leave(watcher.owner, watcher.session_id, watcher.outbox)
        self.watchers.remove(watcher)

    # Keys

    def new_key(self) -> None:
        number = len(self.keys)
        name = f"key-{number}-{self.now:%m%d%H%M%S}-{len(self.told.events)}"
        self.keys = {name: bytes([number]) * KEY_BYTES} | self.keys

    async def rotate(self, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
        """Bring the tokens under the first key. `meanwhile` happens between the reading and the writing of a batch."""
        rotation = KeyRotation(self.database, self.vault)
        after = None
        while batch := await rotation.next_batch(after):
            if meanwhile:
                await meanwhile()
            await rotation.write(batch)
            self.resealed += len(batch.resealed)
            after = batch.last

    async def drop_unused_keys(self) -> None:
        """Do as `keys rotate` says: an old key may go once no token is under it."""
        used = await KeyRotation(self.database, self.vault).counts()
        first = next(iter(self.keys))
        self.keys = {name: key for name, key in self.keys.items() if name == first or used.get(name)}

    async def damage_token(self, owner: UserId) -> None:
        async with self.database.writing() as connection:
            row = (
                await connection.execute(
                    select(battle_net_tokens.c.ciphertext).where(battle_net_tokens.c.user_id == owner)
                )
            ).scalar_one()
            damaged = row[:-1] + bytes([row[-1] ^ 1])
            await connection.execute(
                update(battle_net_tokens).where(battle_net_tokens.c.user_id == owner).values(ciphertext=damaged)
            )
            await connection.commit()

    async def close(self) -> None:
        for run in list(self.runs):
            await self.kill(run)
        await self.follower.close()

    async def pages(self, owner: UserId) -> int:
        """Read everything a player may read. Returns how many characters that were."""
        async with self.work.reading() as work:
            page = await work.characters.page(owner, include_archived=True, limit=500)
            for character in page.items:
                await work.characters.one(owner, character.id)
            with suppress(NotFound):
                await work.holdings.user(owner)
        return len(page.items)


async def _no_time(_seconds: float) -> None:
    await asyncio.sleep(0)


def _raise_unless_killed(task: asyncio.Task[None]) -> None:
    error = task.exception()
    if error is not None and not _is_killed(error):
        raise error


def _is_killed(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_is_killed(inner) for inner in error.exceptions)
    return isinstance(error, ProcessKilled)
