"""The change feed: what happened, in the order of the commits, none twice and none left out."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from character_sync.domain.changes import Change, ChangeKind
from character_sync.domain.enrichment import Enrichment, FacetResult, FacetState
from character_sync.domain.errors import ChangesForgotten
from character_sync.domain.game import Facet
from character_sync.domain.sync_session import JobStatus, SessionStatus
from character_sync.ports import ChangePage, ChangeRow, Secret, SettledJob, UserId
from fakes.characters import NOW, listed, profile
from fakes.store import LEASE, Store


async def told(store: Store, owner: UserId, after: int | None = None, limit: int = 500) -> ChangePage:
    return await store.ask(lambda work: work.changes.page(owner, after=after, limit=limit))


async def kinds(store: Store, owner: UserId, after: int = 0) -> list[str]:
    return [change.kind for change in (await told(store, owner, after)).items]


async def enriched(store: Store, owner: UserId, *facets: FacetResult) -> list[ChangeRow]:
    """Enrich the owner's one character with these facets and return what was told of it."""
    [character] = (await store.ask(lambda work: work.characters.page(owner, limit=9))).items
    before = await store.ask(lambda work: work.changes.latest(owner))
    session = await store.session(owner, [character.id])
    claimed = await store.claimed(session.id)
    [job] = claimed.jobs
    claimed.session.settle(job.as_current(JobStatus.COMPLETED))
    settled = SettledJob(job, Enrichment(JobStatus.COMPLETED, None, facets), NOW)
    await store.do(
        lambda work: work.sync_sessions.write(claimed.session, started=[], settled=[settled], lease_until=NOW + LEASE)
    )
    await store.do(lambda work: work.sync_sessions.cancel(owner, session.id, NOW))
    page = await told(store, owner, before)
    return [change for change in page.items if change.kind != ChangeKind.SYNC_FINISHED]


def found(facet: Facet, hash_: str, content: Any = None) -> FacetResult:
    return FacetResult(facet, FacetState.CURRENT, content=content or profile(1), content_hash=hash_)


async def test_a_listing_tells_who_is_new_and_who_is_gone_and_who_is_back(store: Store) -> None:
    owner = await store.user()
    _, [first, second] = await store.apply(owner, [listed(1), listed(2)])
    await store.apply(owner, [listed(1)])
    await store.apply(owner, [listed(1), listed(2)])

    page = await told(store, owner)
    assert [(change.kind, change.character.id) for change in page.items if change.character] == [
        (ChangeKind.ADDED, first),
        (ChangeKind.ADDED, second),
        (ChangeKind.ARCHIVED, second),
        (ChangeKind.REACTIVATED, second),
    ]


async def test_the_same_listing_again_tells_nothing(store: Store) -> None:
    owner = await store.user()
    await store.apply(owner, [listed(1), listed(2)])
    before = await store.ask(lambda work: work.changes.latest(owner))
    await store.apply(owner, [listed(1), listed(2)])
    assert await kinds(store, owner, before) == []


async def test_a_new_name_and_a_new_level_are_two_things(store: Store) -> None:
    owner = await store.user()
    await store.apply(owner, [listed(1, name="Before", level=59)])
    await store.apply(owner, [listed(1, name="After", level=60)])
    _, renamed, changed = (await told(store, owner)).items
    assert (renamed.kind, renamed.detail) == (ChangeKind.RENAMED, {"from": "Before", "to": "After"})
    assert (changed.kind, changed.detail) == (ChangeKind.CHANGED, {"fields": {"level": {"from": 59, "to": 60}}})
    assert renamed.character is not None
    assert renamed.character.name == "After"


async def test_what_is_fetched_for_the_first_time_is_no_change(store: Store) -> None:
    owner = await store.user()
    await store.characters(owner, 1)
    assert await enriched(store, owner, found(Facet.PROFILE, "p"), found(Facet.EQUIPMENT, "e")) == []


async def test_other_gear_and_other_talents_are_told_once_each(store: Store) -> None:
    owner = await store.user()
    await store.characters(owner, 1)
    await enriched(store, owner, found(Facet.EQUIPMENT, "e1"), found(Facet.SPECIALIZATIONS, "s1"))
    again = await enriched(store, owner, found(Facet.EQUIPMENT, "e2"), found(Facet.SPECIALIZATIONS, "s2"))
    assert [change.kind for change in again] == [ChangeKind.GEAR_CHANGED, ChangeKind.TALENTS_CHANGED]


async def test_the_same_gear_again_and_gear_that_could_not_be_fetched_are_no_change(store: Store) -> None:
    owner = await store.user()
    await store.characters(owner, 1)
    await enriched(store, owner, found(Facet.EQUIPMENT, "e1"))
    assert await enriched(store, owner, found(Facet.EQUIPMENT, "e1")) == []
    assert await enriched(store, owner, FacetResult(Facet.EQUIPMENT, FacetState.FAILED)) == []


async def test_the_end_of_a_sync_is_told_with_its_counts_whoever_ends_it(store: Store) -> None:
    owner = await store.user()
    [character] = await store.characters(owner, 1)
    before = await store.ask(lambda work: work.changes.latest(owner))
    cancelled = await store.session(owner, [character])
    await store.do(lambda work: work.sync_sessions.cancel(owner, cancelled.id, NOW))
    empty = await store.session(owner, [])

    first, second = (await told(store, owner, before)).items
    assert (first.kind, first.session_id, first.detail["status"]) == ("sync.finished", cancelled.id, "cancelled")
    assert (second.session_id, second.detail["status"], second.detail["totalCharacters"]) == (empty.id, "completed", 0)


async def test_the_end_of_a_sync_is_told_after_what_its_last_characters_brought(store: Store) -> None:
    owner = await store.user()
    [character] = await store.characters(owner, 1)
    await enriched(store, owner, found(Facet.EQUIPMENT, "e1"))
    before = await store.ask(lambda work: work.changes.latest(owner))
    claimed = await store.claimed((await store.session(owner, [character])).id)
    [job] = claimed.jobs
    claimed.session.settle(job.as_current(JobStatus.COMPLETED))
    claimed.session.end(SessionStatus.COMPLETED, NOW)
    gear = Enrichment(JobStatus.COMPLETED, None, (found(Facet.EQUIPMENT, "e2"),))
    settled = SettledJob(job, gear, NOW)
    await store.do(
        lambda work: work.sync_sessions.write(claimed.session, started=[], settled=[settled], lease_until=NOW + LEASE)
    )
    assert await kinds(store, owner, before) == ["character.gear_changed", "sync.finished"]


async def test_a_transaction_that_is_not_committed_tells_nothing(store: Store) -> None:
    owner = await store.user()
    async with store.work() as work:
        work.changes.note(owner, Change(ChangeKind.SYNC_FINISHED, NOW))
    assert await kinds(store, owner) == []
    assert await store.ask(lambda work: work.changes.latest(owner)) == 0


async def test_pages_follow_each_other_without_a_gap_and_the_last_cursor_stays(store: Store) -> None:
    owner = await store.user()
    await store.characters(owner, 7)
    numbers: list[int] = []
    after = 0
    for _ in range(4):
        page = await told(store, owner, after, limit=2)
        numbers += [change.number for change in page.items]
        after = page.last
    assert numbers == list(range(1, 8))
    assert not page.has_more
    assert await told(store, owner, after) == ChangePage((), 7, has_more=False)


async def test_who_reads_while_many_write_at_once_misses_nothing_and_sees_nothing_twice(store: Store) -> None:
    owner = await store.user()
    writers, each = 12, 8
    seen: list[int] = []

    async def write(writer: int) -> None:
        for number in range(each):
            async with store.work() as work:
                work.changes.note(
                    owner, *(Change(ChangeKind.SYNC_FINISHED, NOW, detail={"w": writer, "n": number}),) * 2
                )
                await work.changes.write()  # the number is given out ...
                await asyncio.sleep(0)  # ... and others have their turn ...
                await work.commit()  # ... before it is there for anybody

    async def read() -> None:
        after = 0
        while len(seen) < writers * each * 2:
            page = await told(store, owner, after, limit=5)
            seen.extend(change.number for change in page.items)
            after = page.last

    async with asyncio.timeout(60):
        await asyncio.gather(read(), *(write(writer) for writer in range(writers)))
    assert seen == list(range(1, writers * each * 2 + 1))


async def test_what_is_older_than_it_is_kept_for_is_forgotten_and_a_cursor_from_before_is_told(store: Store) -> None:
    owner = await store.user()
    await store.apply(owner, [listed(1)], now=NOW - timedelta(days=40))
    await store.apply(owner, [listed(1), listed(2)], now=NOW)
    assert await store.do(lambda work: work.changes.forget(NOW - timedelta(days=30), 100)) == 1

    with pytest.raises(ChangesForgotten):
        await told(store, owner, after=0)
    [kept] = (await told(store, owner)).items
    assert kept.number == 2
    assert (await told(store, owner, after=1)).items == (kept,)


async def test_a_webhook_is_told_of_what_it_asked_for_and_the_queue_with_the_commit(store: Store) -> None:
    owner = await store.user()
    hooks = {
        events: await store.do(
            lambda work, events=events: work.webhooks.create(owner, "https://a.example", events, Secret("s"), NOW)
        )
        for events in ((), ("character.*",), ("sync.finished",))
    }
    await store.characters(owner, 2)
    waiting = {
        events: len(
            (await store.ask(lambda work, id_=hook.id: work.webhooks.deliveries(owner, id_, after=None, limit=9))).items
        )
        for events, hook in hooks.items()
    }
    assert waiting == {(): 2, ("character.*",): 2, ("sync.finished",): 0}
    assert set(store.queue.told) == {hooks[()].id, hooks["character.*",].id}


async def test_a_paused_webhook_is_told_of_nothing_new(store: Store) -> None:
    owner = await store.user()
    hook = await store.do(lambda work: work.webhooks.create(owner, "https://a.example", [], Secret("s"), NOW))
    await store.do(lambda work: work.webhooks.change(owner, hook.id, NOW, url=None, events=None, is_paused=True))
    await store.characters(owner, 2)
    assert (await store.ask(lambda work: work.webhooks.deliveries(owner, hook.id, after=None, limit=9))).items == ()
