"""A run of a sync session that takes too long, or has to wait for a part of Battle.net."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from character_sync.domain.circuit import Paused
from character_sync.domain.enrichment import Enrichment
from character_sync.domain.sync_session import JobStatus, SessionStatus
from character_sync.ports import EnrichmentJob
from character_sync.use_cases.run_record import DEADLINE_PASSED
from fakes.characters import NOW
from fakes.running import DONE, Running, for_ever


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


@pytest.fixture
async def parked(running: Running) -> Running:
    """A run whose work is parked for as long as `running.paused` says so."""
    await running.start(3)
    running.paused = Paused("eu", "profile-eu", "profile", NOW + timedelta(seconds=5))
    return running


async def test_while_work_is_parked_the_session_says_so_to_watchers_and_to_readers(parked: Running) -> None:
    go_on = parked.enrichment.hold()
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
    parked.enrichment.outcome = for_ever
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
