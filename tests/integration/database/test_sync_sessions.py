"""Sync sessions on a real database: one at a time, leased, fenced, written in batches."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from character_sync.adapters.database.tables import character_jobs, character_sync_sessions
from character_sync.domain.enrichment import Enrichment
from character_sync.domain.errors import SyncAlreadyActive, SyncSessionFinished
from character_sync.domain.sync_session import SEQ_PER_RUN, JobStatus, Reason, SessionKind, SessionStatus
from character_sync.ports import ClaimedSession, EnrichmentJob, Lane, LeaseLost, SettledJob
from fakes.characters import NOW, session_of
from fakes.store import LEASE, Store

AFTER_THE_LEASE = NOW + LEASE
LONG_AFTER = NOW + timedelta(hours=1)


def settled(job: EnrichmentJob, status: JobStatus = JobStatus.COMPLETED, reason: Reason | None = None) -> SettledJob:
    return SettledJob(job, Enrichment(status, reason), NOW)


async def take_up(store: Store, claimed: ClaimedSession, *jobs: EnrichmentJob) -> None:
    await store.do(
        lambda work: work.sync_sessions.write(claimed.session, started=jobs, settled=[], lease_until=AFTER_THE_LEASE)
    )


async def settle(store: Store, claimed: ClaimedSession, *jobs: SettledJob) -> None:
    for job in jobs:
        claimed.session.settle(job.job.as_current(job.enrichment.status))
    await store.do(
        lambda work: work.sync_sessions.write(claimed.session, started=[], settled=jobs, lease_until=AFTER_THE_LEASE)
    )


async def complete(store: Store, session_id: UUID) -> None:
    claimed = await store.claimed(session_id)
    for job in claimed.jobs:
        claimed.session.settle(job.as_current(JobStatus.COMPLETED))
    claimed.session.end(SessionStatus.COMPLETED, NOW)
    done = [settled(job) for job in claimed.jobs]
    await store.do(
        lambda work: work.sync_sessions.write(claimed.session, started=[], settled=done, lease_until=AFTER_THE_LEASE)
    )


async def lease_of(store: Store, session_id: UUID) -> object:
    columns = character_sync_sessions.c
    async with store.database.reading() as connection:
        return (await connection.execute(select(columns.lease_until).where(columns.id == session_id))).scalar_one()


async def crash_claims_of(store: Store, session_id: UUID) -> list[int]:
    columns = character_jobs.c
    query = select(columns.crash_claims).where(columns.session_id == session_id).order_by(columns.id)
    async with store.database.reading() as connection:
        return list((await connection.execute(query)).scalars())


# Creating


async def test_a_session_comes_back_as_it_was_saved(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 2))
    assert (await store.snapshot(owner, session.id)).session == session


async def test_the_jobs_of_a_session_are_in_the_order_of_its_characters(store: Store) -> None:
    owner = await store.user()
    characters = await store.characters(owner, 20)
    session = session_of(20, owner=owner)
    await store.do(lambda work: work.sync_sessions.create(session, characters, Lane.FIRST_SYNC))
    snapshot = await store.snapshot(owner, session.id)
    assert [job.character_id for job in snapshot.jobs] == characters
    assert {(job.status, job.attempts, job.reason) for job in snapshot.jobs} == {(JobStatus.PENDING, 0, None)}


async def test_a_second_sync_of_a_game_version_is_told_of_the_first(store: Store) -> None:
    owner = await store.user()
    characters = await store.characters(owner, 1)
    first = await store.session(owner, characters)
    with pytest.raises(SyncAlreadyActive) as raised:
        await store.session(owner, characters)
    assert raised.value.active_session_id == first.id


async def test_of_many_who_ask_at_once_one_gets_through(store: Store) -> None:
    owner = await store.user()
    characters = await store.characters(owner, 1)
    results = await asyncio.gather(*(store.session(owner, characters) for _ in range(8)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, SyncAlreadyActive)]
    [started] = [result for result in results if not isinstance(result, BaseException)]
    assert len(refused) == 7
    assert {error.active_session_id for error in refused} == {started.id}


async def test_a_transaction_lives_on_after_a_refused_sync(store: Store) -> None:
    owner = await store.user()
    first = await store.session(owner, await store.characters(owner, 1))
    async with store.work() as work:
        with pytest.raises(SyncAlreadyActive):
            await work.sync_sessions.create(session_of(1, owner=owner), [], Lane.FIRST_SYNC)
        assert await work.sync_sessions.active(owner, "retail") == first.id


async def test_a_scheduled_sync_and_an_account_sync_exclude_each_other(store: Store) -> None:
    owner = await store.user()
    characters = await store.characters(owner, 1)
    await store.session(owner, characters, kind=SessionKind.SCHEDULED)
    with pytest.raises(SyncAlreadyActive):
        await store.session(owner, characters, kind=SessionKind.ACCOUNT)


@pytest.mark.parametrize("kind", [SessionKind.CHARACTER, SessionKind.RETRY])
async def test_syncs_that_list_nothing_run_beside_each_other_and_an_account_sync(
    store: Store, kind: SessionKind
) -> None:
    owner = await store.user()
    characters = await store.characters(owner, 1)
    account = await store.session(owner, characters)
    sessions = {(await store.session(owner, characters, kind=kind)).id for _ in range(2)}
    assert await store.ask(lambda work: work.sync_sessions.active(owner, "retail")) == account.id
    unfinished = await store.ask(lambda work: work.sync_sessions.unfinished())
    assert unfinished == {SessionStatus.PENDING: len(sessions) + 1}


async def test_another_game_version_and_another_player_sync_at_the_same_time(store: Store) -> None:
    owner, other = await store.user(), await store.user()
    await store.session(owner, await store.characters(owner, 1))
    await store.session(owner, [], game_version="classic_era", kind=SessionKind.RETRY)
    await store.session(other, await store.characters(other, 1))
    assert await store.ask(lambda work: work.sync_sessions.active(other, "retail")) is not None


async def test_a_game_version_may_be_synced_again_once_its_sync_has_finished(store: Store) -> None:
    owner = await store.user()
    characters = await store.characters(owner, 1)
    first = await store.session(owner, characters)
    await complete(store, first.id)
    assert await store.ask(lambda work: work.sync_sessions.active(owner, "retail")) is None
    assert (await store.session(owner, characters)).id != first.id


async def test_a_session_without_characters_is_never_active(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, [])
    assert (await store.snapshot(owner, session.id)).session.status is SessionStatus.COMPLETED
    assert await store.ask(lambda work: work.sync_sessions.active(owner, "retail")) is None


async def test_a_character_that_waits_in_a_session_is_found_there_until_it_is_settled(store: Store) -> None:
    owner = await store.user()
    [character] = await store.characters(owner, 1)
    session = await store.session(owner, [character])
    [job] = (await store.snapshot(owner, session.id)).jobs
    assert await store.ask(lambda w: w.sync_sessions.active_job(owner, character)) == (session.id, job.job_id)
    await complete(store, session.id)
    assert await store.ask(lambda w: w.sync_sessions.active_job(owner, character)) is None


# What leaves with the commit


async def test_a_session_goes_to_the_queue_once_its_transaction_is_committed(store: Store) -> None:
    session_id = uuid4()
    async with store.work() as work:
        work.run_after_commit(session_id)
        await work.commit()
        assert store.queue.submitted == []
    assert store.queue.submitted == [session_id]


async def test_a_session_that_was_not_committed_never_reaches_the_queue(store: Store) -> None:
    async with store.work() as work:
        work.run_after_commit(uuid4())
    assert store.queue.submitted == []


async def test_a_transaction_left_without_commit_never_was(store: Store) -> None:
    owner = await store.user()
    characters = await store.characters(owner, 1)
    async with store.work() as work:
        await work.sync_sessions.create(session_of(1, owner=owner), characters, Lane.FIRST_SYNC)
    assert await store.ask(lambda work: work.sync_sessions.unfinished()) == {}


# Lease and fence


async def test_a_claimed_session_comes_with_its_jobs_and_a_fence(store: Store) -> None:
    owner = await store.user()
    characters = await store.characters(owner, 3)
    session = await store.session(owner, characters)
    claimed = await store.claimed(session.id)
    assert (claimed.session.run_token, claimed.session.status) == (1, SessionStatus.PROCESSING)
    assert claimed.lane is Lane.FIRST_SYNC
    assert [job.character_id for job in claimed.jobs] == characters
    assert [job.address.name for job in claimed.jobs] == ["Hero1", "Hero2", "Hero3"]


async def test_a_session_another_run_holds_is_not_claimed(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    await store.claimed(session.id)
    assert await store.claim(session.id, AFTER_THE_LEASE - timedelta(microseconds=1)) is None


async def test_of_many_who_claim_at_once_one_gets_the_session(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    claims = await asyncio.gather(*(store.claim(session.id) for _ in range(8)))
    assert [claimed.session.run_token for claimed in claims if claimed] == [1]


async def test_after_its_lease_a_session_is_claimed_with_the_next_fence(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    await store.claimed(session.id)
    assert (await store.claimed(session.id, AFTER_THE_LEASE)).session.run_token == 2


async def test_an_extended_lease_holds_longer(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    await store.claimed(session.id)
    await store.do(lambda work: work.sync_sessions.extend_lease(session.id, 1, LONG_AFTER, LONG_AFTER))
    assert await store.claim(session.id, AFTER_THE_LEASE) is None


async def test_a_finished_session_is_not_claimed(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    await complete(store, session.id)
    assert await store.claim(session.id, LONG_AFTER) is None


async def test_a_session_nobody_knows_is_not_claimed(store: Store) -> None:
    assert await store.claim(uuid4()) is None


async def test_a_batch_is_written_whole(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 4))
    claimed = await store.claimed(session.id)
    one, two, three, four = claimed.jobs
    claimed.session.begin_run()
    claimed.session.take_up(four.as_current(JobStatus.PROCESSING))
    await take_up(store, claimed, four)
    await settle(
        store,
        claimed,
        settled(one),
        settled(two, JobStatus.SKIPPED, Reason.HIDDEN),
        settled(three, JobStatus.FAILED, Reason.CRASHED),
    )
    snapshot = await store.snapshot(owner, session.id)
    assert snapshot.session == claimed.session
    assert [(job.status, job.reason) for job in snapshot.jobs] == [
        (JobStatus.COMPLETED, None),
        (JobStatus.SKIPPED, "hidden"),
        (JobStatus.FAILED, "crashed"),
        (JobStatus.PROCESSING, None),
    ]
    counted = snapshot.session
    assert (counted.processed_characters, counted.skipped_characters, counted.failed_characters) == (3, 1, 1)


async def test_the_last_batch_ends_the_lease(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    await complete(store, session.id)
    assert await lease_of(store, session.id) is None


async def test_a_ghost_writes_nothing(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 2))
    ghost = await store.claimed(session.id)
    heir = await store.claimed(session.id, AFTER_THE_LEASE)
    before = await store.snapshot(owner, session.id)
    with pytest.raises(LeaseLost):
        await settle(store, ghost, settled(ghost.jobs[0], JobStatus.FAILED, Reason.CRASHED))
    assert await store.snapshot(owner, session.id) == before
    await settle(store, heir, settled(heir.jobs[0]))


async def test_a_ghost_does_not_extend_the_lease_of_its_heir(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    await store.claimed(session.id)
    await store.claimed(session.id, AFTER_THE_LEASE)
    with pytest.raises(LeaseLost):
        await store.do(lambda work: work.sync_sessions.extend_lease(session.id, 1, LONG_AFTER, LONG_AFTER))


async def test_a_ghost_does_not_release_the_lease_of_its_heir(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    await store.claimed(session.id)
    heir = await store.claimed(session.id, AFTER_THE_LEASE)
    await take_up(store, heir, *heir.jobs)
    await store.do(lambda work: work.sync_sessions.release(session.id, 1))
    assert await lease_of(store, session.id) is not None
    assert [job.status for job in (await store.snapshot(owner, session.id)).jobs] == [JobStatus.PROCESSING]


async def test_a_run_that_ended_its_session_writes_no_more(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    await complete(store, session.id)
    with pytest.raises(LeaseLost):
        await store.do(lambda work: work.sync_sessions.extend_lease(session.id, 1, LONG_AFTER, LONG_AFTER))


async def test_a_job_in_hand_when_its_run_died_has_one_crash_more(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 2))
    died = await store.claimed(session.id)
    await take_up(store, died, died.jobs[0])
    claimed = await store.claimed(session.id, AFTER_THE_LEASE)
    assert [(job.status, job.crash_claims) for job in claimed.jobs] == [(JobStatus.PENDING, 1), (JobStatus.PENDING, 0)]
    assert claimed.is_after_a_death
    assert not died.is_after_a_death


async def test_each_run_that_dies_counts(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    for run in range(3):
        claimed = await store.claimed(session.id, NOW + run * LEASE)
        await store.do(
            lambda work, claimed=claimed, until=NOW + (run + 1) * LEASE: work.sync_sessions.write(
                claimed.session, started=claimed.jobs, settled=[], lease_until=until
            )
        )
    assert [job.crash_claims for job in (await store.claimed(session.id, LONG_AFTER)).jobs] == [3]


async def test_a_released_session_is_free_at_once_and_its_jobs_wait_again_uncounted(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 2))
    stopped = await store.claimed(session.id)
    await take_up(store, stopped, stopped.jobs[0])
    await store.do(lambda work: work.sync_sessions.release(session.id, 1))
    assert [job.status for job in (await store.snapshot(owner, session.id)).jobs] == [JobStatus.PENDING] * 2
    claimed = await store.claimed(session.id)
    assert claimed.session.run_token == 2
    assert [job.crash_claims for job in claimed.jobs] == [0, 0]
    assert not claimed.is_after_a_death


async def test_the_next_run_gets_only_the_jobs_that_are_not_settled_and_exact_counts(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 3))
    died = await store.claimed(session.id)
    one, two, three = died.jobs
    await settle(store, died, settled(one, JobStatus.FAILED, Reason.CRASHED), settled(two, JobStatus.SKIPPED))
    claimed = await store.claimed(session.id, AFTER_THE_LEASE)
    assert [job.id for job in claimed.jobs] == [three.id]
    counted = claimed.session
    assert (counted.processed_characters, counted.skipped_characters, counted.failed_characters) == (2, 1, 1)


async def test_counts_are_what_the_job_rows_say(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 2))
    async with store.database.writing() as connection:
        await connection.execute(update(character_sync_sessions).values(processed_characters=2, failed_characters=2))
        await connection.commit()
    claimed = await store.claimed(session.id)
    assert (claimed.session.processed_characters, claimed.session.failed_characters) == (0, 0)


async def test_every_lease_is_freed_for_a_process_that_is_alone(store: Store) -> None:
    owner, other = await store.user(), await store.user()
    held = [await store.session(who, await store.characters(who, 1)) for who in (owner, other)]
    for session in held:
        await store.claimed(session.id)
    await store.session(owner, [], kind=SessionKind.RETRY)  # finished: holds none
    assert await store.do(lambda work: work.sync_sessions.release_all()) == 2
    assert [(await store.claimed(session.id)).session.run_token for session in held] == [2, 2]


# Cancelling


async def test_a_cancelled_session_ends_and_its_unsettled_jobs_with_it(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 3))
    claimed = await store.claimed(session.id)
    await settle(store, claimed, settled(claimed.jobs[0]))
    await take_up(store, claimed, claimed.jobs[1])
    last = await store.do(lambda work: work.sync_sessions.cancel(owner, session.id, NOW))
    snapshot = await store.snapshot(owner, session.id)
    assert (last.status, last.processed_characters, last.is_final) == ("cancelled", 1, True)
    assert snapshot.session.completed_at == NOW
    assert [(job.status, job.reason) for job in snapshot.jobs] == [
        (JobStatus.COMPLETED, None),
        (JobStatus.CANCELLED, "cancelled"),
        (JobStatus.CANCELLED, "cancelled"),
    ]


async def test_cancelling_takes_the_fence_from_the_run(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    claimed = await store.claimed(session.id)
    await store.do(lambda work: work.sync_sessions.cancel(owner, session.id, NOW))
    with pytest.raises(LeaseLost):
        await settle(store, claimed, settled(claimed.jobs[0]))
    assert await store.claim(session.id, LONG_AFTER) is None


async def test_the_last_event_of_a_cancelled_session_is_newer_than_any_of_its_run(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    claimed = await store.claimed(session.id)
    claimed.session.begin_run()
    said = claimed.session.take_up(claimed.jobs[0].as_current(JobStatus.PROCESSING))
    last = await store.do(lambda work: work.sync_sessions.cancel(owner, session.id, NOW))
    assert last.seq == 2 * SEQ_PER_RUN > said.seq
    assert (await store.snapshot(owner, session.id)).session.seq == last.seq


async def test_a_finished_session_cannot_be_cancelled(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    await complete(store, session.id)
    with pytest.raises(SyncSessionFinished):
        await store.do(lambda work: work.sync_sessions.cancel(owner, session.id, NOW))


# What the reconciler asks


async def test_sessions_nobody_runs_are_abandoned(store: Store) -> None:
    owner = await store.user()
    characters = await store.characters(owner, 1)
    never_taken = await store.session(owner, characters, kind=SessionKind.RETRY)
    died = await store.session(owner, characters, kind=SessionKind.RETRY)
    running = await store.session(owner, characters, kind=SessionKind.RETRY)
    finished = await store.session(owner, characters, kind=SessionKind.RETRY)
    await store.claimed(died.id, NOW - LEASE)
    await store.claimed(running.id)
    await complete(store, finished.id)
    abandoned = await store.ask(lambda work: work.sync_sessions.abandoned(NOW, 10))
    assert set(abandoned) == {never_taken.id, died.id}


async def test_abandoned_sessions_come_oldest_first_and_in_portions(store: Store) -> None:
    owner = await store.user()
    characters = await store.characters(owner, 1)
    ages = [5, 1, 4, 2, 3]
    by_age = {
        age: await store.session(
            owner, characters, kind=SessionKind.RETRY, started_at=NOW - timedelta(hours=age), lasts=timedelta(days=1)
        )
        for age in ages
    }
    await store.claimed(by_age[5].id, NOW - timedelta(hours=1))
    await store.claimed(by_age[3].id, NOW - timedelta(hours=2))
    abandoned = await store.ask(lambda work: work.sync_sessions.abandoned(NOW, 3))
    assert abandoned == [by_age[5].id, by_age[4].id, by_age[3].id]


async def test_unfinished_sessions_are_counted(store: Store) -> None:
    owner = await store.user()
    characters = await store.characters(owner, 1)
    waiting = await store.session(owner, characters)
    await store.session(owner, characters, kind=SessionKind.RETRY)
    await complete(store, waiting.id)
    assert await store.ask(lambda work: work.sync_sessions.unfinished()) == {SessionStatus.PENDING: 1}


# Reading


async def test_pages_of_sessions_are_stable_newest_first_and_complete(store: Store) -> None:
    owner = await store.user()
    characters = await store.characters(owner, 1)
    moments = [NOW - timedelta(hours=hours) for hours in (3, 1, 1, 2, 1, 5, 4)]  # three began at the same moment
    for moment in moments:
        await store.session(owner, characters, kind=SessionKind.RETRY, started_at=moment)
    seen, after = [], None
    while True:
        page = await store.ask(lambda work, after=after: work.sync_sessions.page(owner, after=after, limit=2))
        seen += page.items
        after = page.next_after
        if after is None:
            break
        await store.session(owner, characters, kind=SessionKind.RETRY, started_at=NOW)  # a new one moves no page
    assert [session.started_at for session in seen] == sorted(moments, reverse=True)
    assert len({session.id for session in seen}) == len(moments)


async def test_a_page_that_holds_everything_names_no_next(store: Store) -> None:
    owner = await store.user()
    await store.session(owner, await store.characters(owner, 1))
    page = await store.ask(lambda work: work.sync_sessions.page(owner, limit=1))
    assert (len(page.items), page.next_after) == (1, None)


async def test_a_snapshot_sees_one_state_of_the_database(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    async with store.work.reading() as work:
        before = await work.sync_sessions.snapshot(owner, session.id)
        await complete(store, session.id)
        assert await work.sync_sessions.snapshot(owner, session.id) == before
    assert (await store.snapshot(owner, session.id)).session.status is SessionStatus.COMPLETED
