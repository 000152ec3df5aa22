"""A run of a sync session that is no longer the one, or is told to stop."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from character_sync.domain.enrichment import Enrichment
from character_sync.domain.sync_session import JobStatus
from character_sync.ports import EnrichmentJob
from character_sync.use_cases.cancel_sync_session import CancelSyncSession
from fakes.characters import NOW
from fakes.running import DONE, PROMPT_SECONDS, Running, done, for_ever
from fakes.store import LEASE


async def test_a_ghost_writes_nothing_and_says_nothing(running: Running) -> None:
    await running.start(2)
    go_on = running.enrichment.hold()
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
    go_on = running.enrichment.hold()
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
    go_on = running.enrichment.hold()
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
    go_on = running.enrichment.hold()
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
