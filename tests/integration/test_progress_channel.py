"""The port `ProgressChannel`, in memory and over a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from character_sync.adapters.progress_channel import SUBSCRIBER_HOLDS, MemoryProgressChannel, open_progress_channel
from character_sync.domain.progress import CurrentCharacter, Progress
from fakes.wire import Wire

pytest_plugins = ["support.servers"]


@pytest.fixture(params=["memory", "redis"])
def queue_url(request: pytest.FixtureRequest) -> str:
    if request.param == "memory":
        return "memory://"
    url: str = request.getfixturevalue("redis_url")
    return url


@pytest.fixture
async def channel(queue_url: str) -> AsyncIterator[MemoryProgressChannel]:
    async with open_progress_channel(queue_url) as channel:
        yield channel


def event(session_id: UUID, seq: int = 1, *, status: str = "processing") -> Progress:
    character = CurrentCharacter(uuid4(), "Pâllywar", "old-blanchy", "skipped", "hidden")
    return Progress(session_id, status, "retail", 6, 3, 1, 1, seq, character, 12, "A sentence.", "deadline")


async def next_of(events: AsyncIterator[Progress], count: int) -> list[Progress]:
    return [await anext(events) for _ in range(count)]


async def test_a_subscriber_gets_every_event_whole_and_in_order(channel: MemoryProgressChannel) -> None:
    session = uuid4()
    told = [event(session, seq) for seq in range(1, 30)]
    async with channel.subscribe(session) as events:
        await channel.publish(told[:1])
        await channel.publish(told[1:])
        assert await next_of(events, 29) == told


async def test_a_subscriber_gets_events_from_the_moment_it_subscribed(channel: MemoryProgressChannel) -> None:
    session = uuid4()
    await channel.publish([event(session, 1)])
    async with channel.subscribe(session) as events:
        await channel.publish([event(session, 2)])
        assert (await anext(events)).seq == 2


async def test_two_sessions_are_told_apart(channel: MemoryProgressChannel) -> None:
    one, other = uuid4(), uuid4()
    async with channel.subscribe(one) as events_of_one, channel.subscribe(other) as events_of_other:
        await channel.publish([event(one, 1)])
        await channel.publish([event(other, 2)])
        await channel.publish([event(one, 3)])
        assert [told.seq for told in await next_of(events_of_one, 2)] == [1, 3]
        assert (await anext(events_of_other)).seq == 2


async def test_every_subscriber_of_a_session_is_told(channel: MemoryProgressChannel) -> None:
    session = uuid4()
    async with AsyncExitStack() as stack:
        watching = [await stack.enter_async_context(channel.subscribe(session)) for _ in range(5)]
        told = event(session)
        await channel.publish([told])
        assert [await anext(events) for events in watching] == [told] * 5


async def test_many_may_subscribe_at_the_same_moment(channel: MemoryProgressChannel) -> None:
    session = uuid4()
    told = event(session)
    subscribed = asyncio.Barrier(9)

    async def watch() -> Progress:
        async with channel.subscribe(session) as events:
            await subscribed.wait()
            return await anext(events)

    async with asyncio.TaskGroup() as group:
        watching = [group.create_task(watch()) for _ in range(8)]
        await subscribed.wait()
        await channel.publish([told])
    assert [task.result() for task in watching] == [told] * 8


async def test_one_who_leaves_takes_nothing_from_those_who_stay(channel: MemoryProgressChannel) -> None:
    session = uuid4()
    async with channel.subscribe(session) as events:
        async with channel.subscribe(session):
            pass
        await channel.publish([event(session)])
        assert (await anext(events)).seq == 1


async def test_leaving_stops_the_events(channel: MemoryProgressChannel) -> None:
    left, stayed = uuid4(), uuid4()
    async with channel.subscribe(left) as events:
        pass
    async with channel.subscribe(stayed) as others:
        await channel.publish([event(left), event(stayed)])
        await anext(others)  # by now the first would have come as well
    waiting = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_one_may_leave_and_come_back(channel: MemoryProgressChannel) -> None:
    session = uuid4()
    for seq in range(1, 6):
        async with channel.subscribe(session) as events:
            await channel.publish([event(session, seq)])
            assert (await anext(events)).seq == seq


async def test_publishing_to_nobody_is_fine(channel: MemoryProgressChannel) -> None:
    await channel.publish([event(uuid4())])
    await channel.publish([])


async def test_a_reader_far_behind_loses_the_oldest_and_gets_the_newest(channel: MemoryProgressChannel) -> None:
    session, marker = uuid4(), uuid4()
    last = SUBSCRIBER_HOLDS + 10
    async with channel.subscribe(session) as events, channel.subscribe(marker) as marked:
        await channel.publish([event(session, seq) for seq in range(1, last + 1)])
        await channel.publish([event(marker)])
        await anext(marked)
        told = [told.seq for told in await next_of(events, SUBSCRIBER_HOLDS)]
    assert told == list(range(11, last + 1))


async def test_a_wait_that_was_cancelled_does_not_end_the_events(channel: MemoryProgressChannel) -> None:
    session = uuid4()
    async with channel.subscribe(session) as events:
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await channel.publish([event(session)])
        assert (await anext(events)).seq == 1


# Between processes


@pytest.fixture
async def wire(redis_url: str) -> Wire:
    return Wire(redis_url)


@pytest.fixture
async def elsewhere(redis_url: str) -> AsyncIterator[MemoryProgressChannel]:
    """Another process's channel on the same Redis."""
    async with open_progress_channel(redis_url) as channel:
        yield channel


async def test_events_reach_another_process(redis_url: str, elsewhere: MemoryProgressChannel) -> None:
    session = uuid4()
    async with open_progress_channel(redis_url) as here, here.subscribe(session) as events:
        told = event(session)
        await elsewhere.publish([told])
        assert await anext(events) == told


async def test_a_subscription_begins_when_redis_knows_of_it(wire: Wire, elsewhere: MemoryProgressChannel) -> None:
    """Or an event between the subscription and the snapshot read after it would be lost."""
    session, before = uuid4(), uuid4()
    async with wire.laid() as url, open_progress_channel(url) as channel, channel.subscribe(before):
        wire.flows.clear()
        async with AsyncExitStack() as stack:
            subscribing = asyncio.create_task(stack.enter_async_context(channel.subscribe(session)))
            await wire.held.wait()
            await elsewhere.publish([event(session, 1)])
            assert not subscribing.done()
            wire.flows.set()
            events = await subscribing
            await elsewhere.publish([event(session, 2)])
            assert (await anext(events)).seq == 2


async def test_a_second_subscriber_waits_for_redis_too(wire: Wire) -> None:
    session, before = uuid4(), uuid4()
    async with wire.laid() as url, open_progress_channel(url) as channel, channel.subscribe(before):
        wire.flows.clear()
        async with AsyncExitStack() as first, AsyncExitStack() as second:
            subscribing = [
                asyncio.create_task(stack.enter_async_context(channel.subscribe(session))) for stack in (first, second)
            ]
            await wire.held.wait()
            assert [task.done() for task in subscribing] == [False, False]
            wire.flows.set()
            await asyncio.gather(*subscribing)


async def test_a_lost_connection_is_made_anew_with_its_subscriptions(
    wire: Wire, elsewhere: MemoryProgressChannel, redis_url: str
) -> None:
    session = uuid4()
    async with (
        wire.laid() as url,
        open_progress_channel(url) as channel,
        channel.subscribe(session) as events,
        Redis.from_url(redis_url) as redis,
    ):
        wire.cut()
        name = f"character-sync:progress:{session}"
        waiting = asyncio.ensure_future(anext(events))
        seq = 0
        while not waiting.done():  # told again and again, as a run does, until it is heard
            seq += 1
            await elsewhere.publish([event(session, seq)])
            await asyncio.wait([waiting], timeout=0.02)
        assert (await waiting).session_id == session
        assert await redis.pubsub_numsub(name) == [(name.encode(), 1)]


async def test_a_subscription_redis_could_not_take_leaves_nothing_behind(
    wire: Wire, elsewhere: MemoryProgressChannel
) -> None:
    session = uuid4()
    async with wire.laid() as url, open_progress_channel(url) as channel:
        wire.is_cut = True
        with pytest.raises(RedisError):
            async with channel.subscribe(session):
                pass
        wire.is_cut = False
        async with channel.subscribe(session) as events:
            await elsewhere.publish([event(session)])
            assert (await anext(events)).seq == 1


async def test_redis_is_told_when_nobody_watches_any_more(redis_url: str) -> None:
    session, other = uuid4(), uuid4()
    name = f"character-sync:progress:{session}"
    async with open_progress_channel(redis_url) as channel, Redis.from_url(redis_url) as redis:
        async with channel.subscribe(session):
            assert await redis.pubsub_numsub(name) == [(name.encode(), 1)]
        async with channel.subscribe(other):  # after it, so Redis has heard of the end of the first
            assert await redis.pubsub_numsub(name) == [(name.encode(), 0)]


async def test_a_message_that_is_no_event_costs_only_itself(redis_url: str, elsewhere: MemoryProgressChannel) -> None:
    session = uuid4()
    async with (
        open_progress_channel(redis_url) as channel,
        channel.subscribe(session) as events,
        Redis.from_url(redis_url) as redis,
    ):
        await redis.publish(f"character-sync:progress:{session}", b"{}")
        await elsewhere.publish([event(session)])
        assert (await anext(events)).seq == 1


async def test_a_redis_that_is_gone_does_not_stop_the_run_that_publishes(
    gone_redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_progress_channel(gone_redis_url) as channel:
        await channel.publish([event(uuid4())])
    assert "progress_not_published" in capsys.readouterr().out
