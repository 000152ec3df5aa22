"""A run of a sync session that meets a bug, a death, content the database refuses, or rows that are gone."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest
from sqlalchemy import delete

from character_sync.adapters.database.tables import character_jobs
from character_sync.domain.enrichment import Enrichment, FacetResult, FacetState
from character_sync.domain.game import Facet
from character_sync.domain.progress import Progress
from character_sync.domain.sync_session import SEQ_PER_RUN, JobStatus, SessionStatus
from character_sync.ports import EnrichmentJob
from fakes.characters import profile
from fakes.running import DONE, PROMPT_SECONDS, Running
from fakes.store import LEASE


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

    async def enrich(job: EnrichmentJob) -> Enrichment:
        await running.enrichment.until_begun(6)  # so that all are in one batch
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
