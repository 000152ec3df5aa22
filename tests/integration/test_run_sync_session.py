"""A run of a sync session, on a real database with a scripted enrichment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete

from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.tables import character_jobs
from character_sync.adapters.database.token_vault import TokenVault, generate_key
from character_sync.domain.circuit import Paused
from character_sync.domain.enrichment import Enrichment, FacetResult, FacetState
from character_sync.domain.game import Facet, GameVersions
from character_sync.domain.progress import Progress
from character_sync.domain.sync_session import (
    SEQ_PER_RUN,
    CharacterSyncSession,
    JobStatus,
    Reason,
    SessionKind,
    SessionStatus,
)
from character_sync.ports import EnrichmentJob, Lane, Outlook, SessionSnapshot, Turn, UserId
from character_sync.use_cases.cancel_sync_session import CancelSyncSession
from character_sync.use_cases.run_record import DEADLINE_PASSED
from character_sync.use_cases.run_sync_session import RunPace, RunSyncSession
from fakes.channel import NotedEvents
from fakes.characters import FACETS, NOW, RETAIL, profile
from fakes.clock import FakeClock
from fakes.store import LEASE, Store
from support.migrated import migrated_sqlite

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


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    database = Database(await migrated_sqlite(tmp_path / "test.db"))
    yield Running(Store(database, TokenVault.from_setting(generate_key())))
    await database.close()


async def for_ever(_job: EnrichmentJob) -> Enrichment:
    return await asyncio.get_running_loop().create_future()


# To the end


async def test_what_comes_soon_after_a_write_is_written_together_and_the_end_waits_for_nothing(
    running: Running,
) -> None:
    running.writes_apart = timedelta(hours=1)
    await running.start(20)
    await running.run()
    assert (await running.snapshot()).session.status is SessionStatus.COMPLETED
    assert [len(batch) for batch in running.channel.batches] == [20, 21]  # all taken up; all settled, and the end


async def test_a_run_completes_every_character_and_its_session(running: Running) -> None:
    await running.start(60)
    await running.run()
    snapshot = await running.snapshot()
    assert snapshot.session.status is SessionStatus.COMPLETED
    assert await running.counts() == (60, 0, 0)
    assert {job.status for job in snapshot.jobs} == {JobStatus.COMPLETED}


async def test_every_character_is_told_of_twice_and_the_end_once(running: Running) -> None:
    await running.start(20)
    await running.run()
    told: dict[UUID, list[str]] = {}
    for event in running.events:
        if event.current_character is not None:
            told.setdefault(event.current_character.id, []).append(event.current_character.status)
    assert told == {id_: ["processing", "completed"] for id_ in running.characters}
    assert [event.is_final for event in running.events] == [False] * 40 + [True]


async def test_the_sequence_grows_with_every_event_and_processed_never_falls(running: Running) -> None:
    await running.start(40)
    await running.run()
    assert all(one.seq < other.seq for one, other in pairwise(running.events))
    assert all(one.processed_characters <= other.processed_characters for one, other in pairwise(running.events))
    assert running.events[0].seq == SEQ_PER_RUN + 1


async def test_the_last_event_is_what_the_database_says(running: Running) -> None:
    await running.start(3)
    await running.run()
    assert running.events[-1] == (await running.snapshot()).session.progress()


async def test_no_event_runs_ahead_of_the_database(running: Running) -> None:
    await running.start(10)
    ahead = []

    async def publish(events: Sequence[Progress]) -> None:
        saved = (await running.snapshot()).session
        ahead.extend(event for event in events if event.seq > saved.seq)

    running.channel.publish = publish
    await running.run()
    assert ahead == []


async def test_the_counters_add_up_whatever_comes_of_the_characters(running: Running) -> None:
    await running.start(9)
    outcomes = [
        DONE,
        Enrichment(JobStatus.SKIPPED, Reason.HIDDEN),
        Enrichment(JobStatus.FAILED, Reason.ANSWER_UNREADABLE),
    ]

    async def in_turn(job: EnrichmentJob) -> Enrichment:
        return outcomes[running.characters.index(job.character_id) % 3]

    running.enrichment.outcome = in_turn
    await running.run()
    assert await running.counts() == (9, 3, 3)
    assert (
        await running.jobs()
        == [
            (JobStatus.COMPLETED, None),
            (JobStatus.SKIPPED, "hidden"),
            (JobStatus.FAILED, "answer_unreadable"),
        ]
        * 3
    )
    assert (await running.snapshot()).session.status is SessionStatus.COMPLETED


async def test_what_enrichment_found_is_stored_with_its_character(running: Running) -> None:
    await running.start(1)
    found = FacetResult(Facet.PROFILE, FacetState.CURRENT, None, profile(1, guild="Nightwatch"), None, "hash")

    async def enrich(_job: EnrichmentJob) -> Enrichment:
        return Enrichment(JobStatus.COMPLETED, None, (found,))

    running.enrichment.outcome = enrich
    await running.run()
    character, _ = await running.store.ask(lambda work: work.characters.one(running.owner, running.characters[0]))
    assert character.guild == "Nightwatch"


async def test_a_character_is_enriched_with_its_versions_facets_in_its_sessions_turn(running: Running) -> None:
    await running.start(2)
    await running.run()
    turn = Turn(Lane.FIRST_SYNC, str(running.session.id))
    assert running.enrichment.asked_for == {(FACETS, running.owner, turn)}


async def test_of_a_version_the_operator_took_away_the_profile_is_still_fetched(running: Running) -> None:
    await running.start(1, game_version="gone")
    await running.run()
    [(facets, _, _)] = running.enrichment.asked_for
    assert facets == (Facet.PROFILE,)


async def test_no_more_characters_are_in_work_at_once_than_the_pace_allows(running: Running) -> None:
    await running.start(12)
    running.at_once = 3
    in_work: list[int] = []
    now = 0

    async def enrich(_job: EnrichmentJob) -> Enrichment:
        nonlocal now
        now += 1
        in_work.append(now)
        await asyncio.sleep(0)
        now -= 1
        return DONE

    running.enrichment.outcome = enrich
    await running.run()
    assert max(in_work) <= 3
    assert await running.counts() == (12, 0, 0)


async def test_an_event_says_how_long_it_will_still_take_once_the_pace_is_known(running: Running) -> None:
    await running.start(10)
    running.at_once = 1

    async def two_seconds(_job: EnrichmentJob) -> Enrichment:
        running.clock.pass_time(timedelta(seconds=2))
        return DONE

    running.enrichment.outcome = two_seconds
    await running.run()
    assert [event.eta_seconds for event in running.events if event.processed_characters == 0] == [None]
    told = [event.eta_seconds for event in running.events if event.processed_characters and not event.is_final]
    assert told[0] == 18
    assert told == sorted(told, reverse=True)
    assert told[-1] <= 2
    assert running.events[-1].eta_seconds is None


async def test_before_its_own_pace_is_known_it_is_told_from_who_waits(running: Running) -> None:
    await running.start(1)
    running.outlook = Outlook(ahead=96, pace=10, gate_seconds=7)
    await running.run()
    assert running.events[0].eta_seconds == 7 + (96 + len(FACETS)) / 10


async def test_characters_settled_together_are_written_together(running: Running) -> None:
    await running.start(32)
    everyone_in_hand = asyncio.Event()

    async def together(_job: EnrichmentJob) -> Enrichment:
        if len(running.enrichment.begun) == 32:
            everyone_in_hand.set()
        await everyone_in_hand.wait()
        return DONE

    batches: list[int] = []

    async def publish(events: Sequence[Progress]) -> None:
        batches.append(len(events))

    running.channel.publish = publish
    running.enrichment.outcome = together
    await running.run()
    assert batches == [32, 33]  # all taken up; all settled, and the end


async def test_a_second_worker_leaves_a_running_session_alone(running: Running) -> None:
    await running.start(1)
    go_on = asyncio.Event()

    async def enrich(_job: EnrichmentJob) -> Enrichment:
        await go_on.wait()
        return DONE

    running.enrichment.outcome = enrich
    first = running.run()
    await running.enrichment.until_begun(1)
    await running.run()
    go_on.set()
    await first
    assert len(running.enrichment.begun) == 1
    assert [event.is_final for event in running.events].count(True) == 1


async def test_a_finished_session_delivered_again_is_not_run_again(running: Running) -> None:
    await running.start(2)
    await running.run()
    told = list(running.events)
    await running.run()
    assert running.events == told
    assert await running.counts() == (2, 0, 0)


# Bugs and crashes


async def test_a_bug_in_enrichment_costs_one_character_and_not_the_sync(running: Running) -> None:
    await running.start(5)

    async def buggy(job: EnrichmentJob) -> Enrichment:
        if job.character_id == running.characters[2]:
            raise KeyError("a bug")
        return DONE

    running.enrichment.outcome = buggy
    await running.run()
    assert await running.counts() == (5, 0, 1)
    assert (await running.jobs())[2] == (JobStatus.FAILED, "crashed")
    assert (await running.snapshot()).session.status is SessionStatus.COMPLETED


async def run_that_dies(running: Running) -> None:
    """A run that takes every job up and is never heard of again."""
    claimed = await running.store.claimed(running.session.id, running.clock())
    async with running.store.work() as work:
        await work.sync_sessions.write(
            claimed.session, started=claimed.jobs, settled=[], lease_until=running.clock() + LEASE
        )
        await work.commit()
    running.clock.pass_time(LEASE)


@pytest.mark.parametrize(("died", "gives_up"), [(2, False), (3, True)])
async def test_a_character_in_hand_in_three_runs_that_died_is_given_up(
    running: Running,
    died: int,
    gives_up: bool,  # noqa: FBT001
) -> None:
    await running.start(2)
    for _ in range(died):
        await run_that_dies(running)
    await running.run()
    expected = (JobStatus.FAILED, "crashed") if gives_up else (JobStatus.COMPLETED, None)
    assert await running.jobs() == [expected] * 2
    assert (await running.snapshot()).session.status is SessionStatus.COMPLETED
    assert len(running.enrichment.begun) == (0 if gives_up else 2)


async def test_the_run_after_one_that_died_speaks_above_it(running: Running) -> None:
    await running.start(1)
    await run_that_dies(running)
    await running.run()
    assert [event.seq for event in running.events] == [2 * SEQ_PER_RUN + n for n in (1, 2, 3)]


async def test_a_session_whose_run_died_before_saying_it_ended_is_ended(running: Running) -> None:
    await running.start(1)
    claimed = await running.store.claimed(running.session.id)
    async with running.store.database.writing() as connection:
        await connection.exec_driver_sql("UPDATE character_jobs SET status = 'completed'")
        await connection.commit()
    running.clock.pass_time(LEASE)
    await running.run()
    assert (await running.snapshot()).session.status is SessionStatus.COMPLETED
    assert [(event.is_final, event.processed_characters) for event in running.events] == [(True, 1)]
    assert claimed.jobs


# The deadline


async def test_a_session_past_its_deadline_fails_with_what_it_reached(running: Running) -> None:
    await running.start(4)
    settled = asyncio.Event()

    async def enrich(job: EnrichmentJob) -> Enrichment:
        if job.character_id in running.characters[:2]:
            return DONE
        settled.set()
        return await for_ever(job)

    running.enrichment.outcome = enrich
    running.clock.now = running.session.deadline_at - timedelta(seconds=3)  # real ones; two are settled in no time
    await running.run()
    assert settled.is_set()
    session = (await running.snapshot()).session
    assert (session.status, session.error, session.error_code) == (SessionStatus.FAILED, DEADLINE_PASSED, "deadline")
    assert await running.jobs() == [(JobStatus.COMPLETED, None)] * 2 + [(JobStatus.FAILED, "deadline")] * 2
    assert await running.counts() == (4, 0, 2)


async def test_the_last_event_of_a_session_past_its_deadline_says_why(running: Running) -> None:
    await running.start(2)
    running.enrichment.outcome = for_ever
    running.clock.now = running.session.deadline_at + timedelta(hours=1)
    await running.run()
    last = running.events[-1]
    assert (last.status, last.code, last.error) == ("failed", "deadline", DEADLINE_PASSED)
    assert (last.processed_characters, last.failed_characters) == (2, 2)
    assert [event.is_final for event in running.events].count(True) == 1


# Ghosts and stops


async def test_a_ghost_writes_nothing_and_says_nothing(running: Running) -> None:
    await running.start(2)
    go_on = asyncio.Event()

    async def enrich(_job: EnrichmentJob) -> Enrichment:
        await go_on.wait()
        return DONE

    running.enrichment.outcome = enrich
    ghost = running.run()
    await running.enrichment.until_begun(2)
    running.clock.pass_time(LEASE)
    heir = await running.store.claimed(running.session.id, running.clock())
    told, before = list(running.events), await running.snapshot()
    go_on.set()
    await ghost
    assert running.events == told
    assert await running.snapshot() == before
    assert heir.session.run_token == 2


async def test_a_cancelled_session_stops_its_run(running: Running) -> None:
    await running.start(3)
    running.at_once = 1
    go_on = asyncio.Event()

    async def enrich(_job: EnrichmentJob) -> Enrichment:
        await go_on.wait()
        return DONE

    running.enrichment.outcome = enrich
    run = running.run()
    await running.enrichment.until_begun(1)
    await running.store.do(lambda work: work.sync_sessions.cancel(running.owner, running.session.id, NOW))
    go_on.set()
    await run
    assert len(running.enrichment.begun) == 1
    assert await running.jobs() == [(JobStatus.CANCELLED, "cancelled")] * 3
    assert not any(event.is_final for event in running.events)  # the one who cancelled says so


async def test_a_run_that_waits_for_battle_net_stops_as_soon_as_its_session_is_cancelled(running: Running) -> None:
    await running.start(3)
    running.enrichment.outcome = for_ever
    run = running.run()
    await running.enrichment.until_begun(3)
    cancel = CancelSyncSession(running.store.work, running.channel, running.clock)
    await cancel.execute(running.owner, running.session.id)
    async with asyncio.timeout(PROMPT_SECONDS):
        await run
    assert await running.jobs() == [(JobStatus.CANCELLED, "cancelled")] * 3


async def test_a_notice_of_an_end_that_is_none_stops_nothing(running: Running) -> None:
    await running.start(1)
    go_on = asyncio.Event()

    async def enrich(_job: EnrichmentJob) -> Enrichment:
        await go_on.wait()
        return DONE

    running.enrichment.outcome = enrich
    run = running.run()
    await running.enrichment.until_begun(1)
    await running.channel.publish([replace(running.session.progress(), status="cancelled")])
    await running.clock.until_asked(1)  # so the rows are looked at
    go_on.set()
    await run
    assert await running.jobs() == [(JobStatus.COMPLETED, None)]


async def test_a_run_that_has_ended_listens_no_more(running: Running) -> None:
    await running.start(3)
    await running.run()
    assert running.channel.listeners == []


async def test_a_run_that_waits_long_keeps_its_lease(running: Running) -> None:
    await running.start(1)
    running.heartbeat = timedelta(milliseconds=1)
    go_on = asyncio.Event()

    async def enrich(_job: EnrichmentJob) -> Enrichment:
        await go_on.wait()
        return DONE

    running.enrichment.outcome = enrich
    run = running.run()
    await running.enrichment.until_begun(1)
    running.clock.pass_time(LEASE)
    await running.clock.until_asked(2)  # asked again, so what it was first asked for is written
    assert await running.store.claim(running.session.id, running.clock()) is None
    go_on.set()
    await run


async def test_a_waiting_ghost_learns_from_its_heartbeat(running: Running) -> None:
    await running.start(1)
    running.heartbeat = timedelta(milliseconds=1)
    running.enrichment.outcome = for_ever
    ghost = running.run()
    await running.enrichment.until_begun(1)
    await running.store.do(lambda work: work.sync_sessions.cancel(running.owner, running.session.id, NOW))
    await ghost
    assert await running.jobs() == [(JobStatus.CANCELLED, "cancelled")]


async def stop(run: asyncio.Task[None]) -> None:
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run


async def stopped_half_way(running: Running, *, at_once: int = 2) -> None:
    """Five characters, two of them settled, and a run that was told to stop with `at_once` in hand."""
    await running.start(5)
    running.at_once = at_once

    async def enrich(job: EnrichmentJob) -> Enrichment:
        return DONE if job.character_id in running.characters[:2] else await for_ever(job)

    running.enrichment.outcome = enrich
    run = running.run()
    await running.enrichment.until_begun(2 + at_once)
    await stop(run)


async def test_a_stopped_run_gives_its_lease_back_and_its_jobs_wait_again(running: Running) -> None:
    await stopped_half_way(running)
    statuses = [status for status, _ in await running.jobs()]
    assert statuses == [JobStatus.COMPLETED] * 2 + [JobStatus.PENDING] * 3
    abandoned = await running.store.ask(lambda work: work.sync_sessions.abandoned(running.clock(), 9))
    assert abandoned == [running.session.id]


async def test_the_run_after_a_stop_goes_on_from_there_with_exact_counts(running: Running) -> None:
    await stopped_half_way(running)
    running.enrichment.outcome, running.enrichment.begun = done, []
    await running.run()
    assert [job.character_id for job in running.enrichment.begun] == list(running.characters[2:])
    assert [job.crash_claims for job in running.enrichment.begun] == [0, 0, 0]
    assert await running.counts() == (5, 0, 0)
    assert all(one.seq < other.seq for one, other in pairwise(running.events))
    assert all(one.processed_characters <= other.processed_characters for one, other in pairwise(running.events))
    assert [event.is_final for event in running.events].count(True) == 1


async def test_a_bug_in_the_run_itself_ends_it_and_gives_the_lease_back(running: Running) -> None:
    await running.start(1)

    async def publish(_events: Sequence[Progress]) -> None:
        raise RuntimeError("a bug")

    running.channel.publish = publish
    with pytest.raises(ExceptionGroup):
        await running.run()
    claimed = await running.store.claimed(running.session.id, running.clock())
    assert [job.crash_claims for job in claimed.jobs] == [0]


async def test_a_character_the_database_refuses_fails_alone_and_its_sync_ends(running: Running) -> None:
    await running.start(6)
    everyone_in_hand = asyncio.Event()

    async def enrich(job: EnrichmentJob) -> Enrichment:
        if len(running.enrichment.begun) == 6:
            everyone_in_hand.set()
        await everyone_in_hand.wait()  # so that all are in one batch
        number = running.characters.index(job.character_id) + 1
        content = profile(number, guild="a lone \ud800" if number == 3 else "Nightwatch")
        found = FacetResult(Facet.PROFILE, FacetState.CURRENT, None, content, None, "hash")
        return Enrichment(JobStatus.COMPLETED, None, (found,))

    running.enrichment.outcome = enrich
    await running.run()
    assert (await running.jobs())[2] == (JobStatus.FAILED, "crashed")
    assert await running.counts() == (6, 0, 1)
    assert (await running.snapshot()).session.status is SessionStatus.COMPLETED
    assert all(one.seq < other.seq for one, other in pairwise(running.events))
    assert running.events[-1] == (await running.snapshot()).session.progress()


@pytest.fixture
async def parked(running: Running) -> Running:
    """A run whose work is parked for as long as `running.paused` says so."""
    await running.start(3)
    running.paused = Paused("eu", "profile-eu", "profile", NOW + timedelta(seconds=5))
    return running


async def test_while_work_is_parked_the_session_says_so_to_watchers_and_to_readers(parked: Running) -> None:
    go_on = asyncio.Event()

    async def wait(_job: EnrichmentJob) -> Enrichment:
        await go_on.wait()
        return DONE

    parked.enrichment.outcome = wait
    task = parked.run()
    while not any(event.paused for event in parked.events):  # noqa: ASYNC110 - a run looks twice a second
        await asyncio.sleep(0.01)
    assert (await parked.snapshot()).session.paused == parked.paused
    parked.paused = None
    while parked.events[-1].paused:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert (await parked.snapshot()).session.paused is None
    go_on.set()
    await task
    assert (await parked.snapshot()).session.status is SessionStatus.COMPLETED
    assert all(later.seq > earlier.seq for earlier, later in pairwise(parked.events))


async def test_time_that_is_parked_moves_the_deadline_up_to_a_limit(parked: Running) -> None:
    task_is_over = asyncio.Event()

    async def wait(_job: EnrichmentJob) -> Enrichment:
        await task_is_over.wait()
        return DONE

    parked.enrichment.outcome = wait
    deadline = parked.session.deadline_at
    task = parked.run()
    while not any(event.paused for event in parked.events):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    parked.clock.pass_time(timedelta(minutes=9))  # less than is left
    parked.paused = None
    while parked.events[-1].paused:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert (await parked.snapshot()).session.deadline_at == deadline + timedelta(minutes=9)
    parked.paused = Paused("eu", "profile-eu", "media", None)
    while not parked.events[-1].paused:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    parked.clock.pass_time(timedelta(hours=3))
    await task
    ended = (await parked.snapshot()).session
    assert (ended.status, ended.error, ended.paused) == (SessionStatus.FAILED, DEADLINE_PASSED, None)
    assert ended.deadline_at == ended.started_at + timedelta(hours=2)


# Rows that are gone


@pytest.mark.parametrize("settled", [0, 1])
async def test_a_session_whose_jobs_somebody_deleted_ends_and_says_so(running: Running, settled: int) -> None:
    await running.start(3)
    claimed = await running.store.claimed(running.session.id)
    for job in claimed.jobs[:settled]:
        await running.store.settle(claimed, job)
    async with running.store.database.writing() as connection:
        await connection.execute(delete(character_jobs).where(character_jobs.c.id == claimed.jobs[1].id))
        await connection.commit()
    running.clock.pass_time(LEASE)
    async with asyncio.timeout(PROMPT_SECONDS):
        await running.run()
    session = (await running.snapshot()).session
    assert (session.status, session.error_code) == (SessionStatus.FAILED, "crashed")
    assert (session.processed_characters, session.total_characters) == (2, 3)
    assert [event.is_final for event in running.events].count(True) == 1
    assert running.events[-1].is_final
