"""A run of a sync session that nothing disturbs, on a real database with a scripted enrichment."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from character_sync.domain.enrichment import Enrichment, FacetResult, FacetState
from character_sync.domain.game import Facet
from character_sync.domain.progress import Progress
from character_sync.domain.sync_session import SEQ_PER_RUN, JobStatus, Reason, SessionStatus
from character_sync.ports import EnrichmentJob, Lane, Outlook, Turn
from fakes.characters import FACETS, profile
from fakes.running import DONE, Running


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

    async def together(_job: EnrichmentJob) -> Enrichment:
        await running.enrichment.until_begun(32)
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
    go_on = running.enrichment.hold()
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
