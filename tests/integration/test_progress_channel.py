"""The port `ProgressChannel`, in memory and over real Redis servers of every kind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from character_sync.adapters.progress_channel.channels import Channels, open_channels
from character_sync.adapters.progress_channel.redis_broker import LONGEST_PAUSE_SECONDS, pause
from character_sync.domain.errors import NotReady
from character_sync.domain.progress import CurrentCharacter, Progress
from character_sync.ports import ProgressChannel, UserId
from fakes.characters import NOW
from fakes.clock import FakeClock
from fakes.wire import Wire
from support.listening import Ear, listening

pytest_plugins = ["support.servers"]


@pytest.fixture(params=["memory", "redis", "sentinel", "cluster"])
def queue_url(request: pytest.FixtureRequest) -> str:
    if request.param == "memory":
        return "memory://"
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def channel(queue_url: str) -> AsyncIterator[ProgressChannel]:
    async with open_channels(queue_url, FakeClock()) as channels:
        yield channels.progress


def event(session_id: UUID, seq: int = 1, *, status: str = "processing") -> Progress:
    character = CurrentCharacter(uuid4(), "Pâllywar", "old-blanchy", "skipped", "hidden")
    return Progress(session_id, status, "retail", 6, 3, 1, 1, seq, character, 12, "A sentence.", "deadline")


async def test_a_listener_hears_every_event_whole_and_in_order(channel: ProgressChannel) -> None:
    session = uuid4()
    told = [event(session, seq) for seq in range(1, 30)]
    async with listening(channel, session) as ear:
        await channel.publish(told[:1])
        await channel.publish(told[1:])
        assert await ear.next(29) == told


async def test_an_event_says_when_it_was_published(channel: ProgressChannel) -> None:
    session = uuid4()
    async with listening(channel, session) as ear:
        await channel.publish([event(session)])
        await ear.next(1)
    assert ear.published_at == [NOW]


async def test_a_listener_hears_events_from_the_moment_the_channel_is_live(channel: ProgressChannel) -> None:
    session = uuid4()
    await channel.publish([event(session, 1)])
    async with listening(channel, session) as ear:
        await channel.publish([event(session, 2)])
        [told] = await ear.next(1)
        if told.seq == 1:  # a cluster's nodes pass events on to each other, so an older one may still be on its way
            [told] = await ear.next(1)
        assert told.seq == 2


async def test_two_sessions_are_told_apart(channel: ProgressChannel) -> None:
    one, other = uuid4(), uuid4()
    async with listening(channel, one) as ear_of_one, listening(channel, other) as ear_of_other:
        await channel.publish([event(one, 1)])
        await channel.publish([event(other, 2)])
        await channel.publish([event(one, 3)])
        assert [told.seq for told in await ear_of_one.next(2)] == [1, 3]
        assert [told.seq for told in await ear_of_other.next(1)] == [2]


async def test_every_listener_of_a_session_hears(channel: ProgressChannel) -> None:
    session = uuid4()
    async with AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(listening(channel, session)) for _ in range(5)]
        told = event(session)
        await channel.publish([told])
        assert [await ear.next(1) for ear in ears] == [[told]] * 5


async def test_many_may_begin_to_listen_at_the_same_moment(channel: ProgressChannel) -> None:
    session = uuid4()
    told = event(session)
    async with AsyncExitStack() as stack:
        ears: list[Ear] = await asyncio.gather(
            *(stack.enter_async_context(listening(channel, session)) for _ in range(8))
        )
        await channel.publish([told])
        assert [await ear.next(1) for ear in ears] == [[told]] * 8


async def test_one_who_leaves_takes_nothing_from_those_who_stay(channel: ProgressChannel) -> None:
    session = uuid4()
    async with listening(channel, session) as ear:
        async with listening(channel, session):
            pass
        await channel.publish([event(session)])
        assert [told.seq for told in await ear.next(1)] == [1]


async def test_leaving_stops_the_events(channel: ProgressChannel) -> None:
    left, stayed = uuid4(), uuid4()
    async with listening(channel, left) as ear:
        pass
    async with listening(channel, stayed) as other:
        await channel.publish([event(left), event(stayed)])
        await other.next(1)  # by now the first would have come as well
    assert ear.events.empty()


async def test_one_may_leave_and_come_back(channel: ProgressChannel) -> None:
    session = uuid4()
    for seq in range(1, 6):
        async with listening(channel, session) as ear:
            await channel.publish([event(session, seq)])
            assert [told.seq for told in await ear.next(1)] == [seq]


async def test_publishing_to_nobody_is_fine(channel: ProgressChannel) -> None:
    await channel.publish([event(uuid4())])
    await channel.publish([])


async def test_an_ended_sign_in_is_heard_of_by_its_user_alone(queue_url: str) -> None:
    owner, stranger = UserId(uuid4()), UserId(uuid4())
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with open_channels(queue_url, FakeClock()) as channels:
        with (
            channels.sign_ins.subscribe(owner, lambda: heard.put_nowait("owner")),
            channels.sign_ins.subscribe(stranger, lambda: heard.put_nowait("stranger")),
        ):
            assert {await heard.get(), await heard.get()} == {"owner", "stranger"}  # both are live
            await channels.sign_ins.publish(owner)
            await channels.sign_ins.publish(stranger)
            assert [await heard.get(), await heard.get()] == ["owner", "stranger"]


# Between processes


@pytest.fixture
async def wire(redis_url: str) -> Wire:
    return Wire(redis_url)


@pytest.fixture(params=["redis", "sentinel", "cluster"])
def shared_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def elsewhere(redis_url: str) -> AsyncIterator[ProgressChannel]:
    """Another process's channel on the same Redis."""
    async with open_channels(redis_url, FakeClock()) as channels:
        yield channels.progress


async def test_events_reach_other_processes(shared_url: str) -> None:
    session = uuid4()
    async with AsyncExitStack() as stack:
        # More processes than a cluster has nodes, so that some are at another one than who publishes.
        opened = [await stack.enter_async_context(open_channels(shared_url, FakeClock())) for _ in range(8)]
        ears = [await stack.enter_async_context(listening(channels.progress, session)) for channels in opened]
        told = event(session)
        await opened[0].progress.publish([told])
        assert [await ear.next(1) for ear in ears] == [[told]] * 8


async def test_a_subscription_begins_when_redis_knows_of_it(wire: Wire, elsewhere: ProgressChannel) -> None:
    """Or an event between the subscription and the rows read after it would be lost."""
    session, before = uuid4(), uuid4()
    async with wire.laid() as url, open_channels(url, FakeClock()) as channels, AsyncExitStack() as stack:
        await stack.enter_async_context(listening(channels.progress, before))
        wire.flows.clear()
        subscribing = asyncio.create_task(stack.enter_async_context(listening(channels.progress, session)))
        await wire.held.wait()
        await elsewhere.publish([event(session, 1)])
        assert not subscribing.done()
        wire.flows.set()
        ear = await subscribing
        await elsewhere.publish([event(session, 2)])
        assert [told.seq for told in await ear.next(1)] == [2]


async def test_a_second_listener_waits_for_redis_too(wire: Wire) -> None:
    session, before = uuid4(), uuid4()
    async with wire.laid() as url, open_channels(url, FakeClock()) as channels, AsyncExitStack() as stack:
        await stack.enter_async_context(listening(channels.progress, before))
        wire.flows.clear()
        subscribing = [
            asyncio.create_task(stack.enter_async_context(listening(channels.progress, session))) for _ in range(2)
        ]
        await wire.held.wait()
        assert [task.done() for task in subscribing] == [False, False]
        wire.flows.set()
        await asyncio.gather(*subscribing)


async def _names_of_processes_listening(redis: Redis, session: UUID) -> int:
    [(_, count)] = await redis.pubsub_numsub(f"character-sync:progress:{session}")
    return int(count)


async def test_a_lost_connection_is_made_anew_with_its_subscriptions_and_said_to_have_been_lost(
    wire: Wire, elsewhere: ProgressChannel, redis_url: str
) -> None:
    one, other = uuid4(), uuid4()
    async with (
        wire.laid() as url,
        open_channels(url, FakeClock()) as channels,
        listening(channels.progress, one) as ear_of_one,
        listening(channels.progress, other) as ear_of_other,
        Redis.from_url(redis_url) as redis,
    ):
        wire.cut()
        await ear_of_one.lives.acquire()
        await ear_of_other.lives.acquire()
        await elsewhere.publish([event(one), event(other)])
        assert [told.session_id for told in await ear_of_one.next(1) + await ear_of_other.next(1)] == [one, other]
        assert await _names_of_processes_listening(redis, one) == 1


async def test_one_who_comes_back_waits_for_redis_again(wire: Wire, redis_url: str) -> None:
    session, other = uuid4(), uuid4()
    async with (
        wire.laid() as url,
        open_channels(url, FakeClock()) as channels,
        Redis.from_url(redis_url) as redis,
        AsyncExitStack() as stack,
    ):
        async with listening(channels.progress, session):
            pass
        await stack.enter_async_context(listening(channels.progress, other))
        assert await _names_of_processes_listening(redis, session) == 0
        wire.flows.clear()
        coming_back = asyncio.create_task(stack.enter_async_context(listening(channels.progress, session)))
        await wire.held.wait()
        assert not coming_back.done()
        wire.flows.set()
        await coming_back


async def test_while_redis_is_lost_nothing_is_live(wire: Wire) -> None:
    session = uuid4()
    async with wire.laid() as url, open_channels(url, FakeClock()) as channels, AsyncExitStack() as stack:
        await stack.enter_async_context(listening(channels.progress, session))
        wire.is_cut = True
        wire.cut()
        for _ in range(2):  # by the second the loss has been noticed
            await wire.refused.wait()
            wire.refused.clear()
        late = asyncio.create_task(stack.enter_async_context(listening(channels.progress, session)))
        await asyncio.wait([late], timeout=0.05)
        assert not late.done()
        wire.is_cut = False
        await late


async def test_a_redis_that_starts_late_is_found(redis_url: str) -> None:
    session = uuid4()
    wire = Wire(redis_url)
    wire.is_cut = True
    async with wire.laid() as url, open_channels(url, FakeClock()) as channels:
        subscribing = asyncio.create_task(_hear_one(channels, session))
        await wire.refused.wait()
        wire.is_cut = False
        assert (await subscribing).session_id == session


async def _hear_one(channels: Channels, session: UUID) -> Progress:
    async with listening(channels.progress, session) as ear:
        await channels.progress.publish([event(session)])
        [told] = await ear.next(1)
        return told


async def test_redis_sends_a_process_only_what_is_listened_to_there(redis_url: str) -> None:
    session, other = uuid4(), uuid4()
    async with open_channels(redis_url, FakeClock()) as channels, Redis.from_url(redis_url) as redis:
        async with listening(channels.progress, session), listening(channels.progress, session):
            assert await _names_of_processes_listening(redis, session) == 1
        async with listening(channels.progress, other):  # after it, so Redis has heard of the end of the first
            assert await _names_of_processes_listening(redis, session) == 0


async def test_however_many_sessions_are_watched_a_process_hears_on_one_connection(redis_url: str) -> None:
    async with (
        open_channels(redis_url, FakeClock()) as channels,
        Redis.from_url(redis_url) as redis,
        AsyncExitStack() as stack,
    ):
        for _ in range(20):
            await stack.enter_async_context(listening(channels.progress, uuid4()))
        assert len(await redis.client_list(_type="pubsub")) == 1


async def test_a_message_that_is_no_event_costs_only_itself(redis_url: str, elsewhere: ProgressChannel) -> None:
    session = uuid4()
    async with (
        open_channels(redis_url, FakeClock()) as channels,
        listening(channels.progress, session) as ear,
        Redis.from_url(redis_url) as redis,
    ):
        await redis.publish(f"character-sync:progress:{session}", b"{}")
        await elsewhere.publish([event(session)])
        assert [told.seq for told in await ear.next(1)] == [1]


async def test_a_redis_that_is_gone_does_not_stop_the_run_that_publishes(
    gone_redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_channels(gone_redis_url, FakeClock()) as channels:
        await channels.progress.publish([event(uuid4())])
    assert "progress_not_published" in capsys.readouterr().out


async def test_a_redis_that_does_not_answer_holds_a_run_up_for_a_second_at_most(wire: Wire) -> None:
    async with wire.laid() as url, open_channels(url, FakeClock()) as channels:
        wire.flows.clear()
        async with asyncio.timeout(60):
            await channels.progress.publish([event(uuid4())])


async def test_after_a_failure_the_next_event_is_published(redis_url: str) -> None:
    session = uuid4()
    wire = Wire(redis_url)
    async with wire.laid() as url, open_channels(url, FakeClock()) as channels:
        wire.is_cut = True
        await channels.progress.publish([event(session, 1)])
        wire.is_cut = False
        async with listening(channels.progress, session) as ear:
            await channels.progress.publish([event(session, 2)])
            assert [told.seq for told in await ear.next(1)] == [2]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "redis+sentinel://127.0.0.1:26379",
        "redis+sentinel:///service",
        "redis+sentinel://127.0.0.1:nonsense/service",
        "redis+sentinel://127.0.0.1/service/nonsense",
    ],
)
async def test_an_address_that_is_none_is_reported_at_the_start(url: str) -> None:
    with pytest.raises(NotReady, match="CHARACTER_SYNC_QUEUE_URL"):
        async with open_channels(url, FakeClock()):
            pass


def test_the_pause_before_a_lost_redis_is_tried_again_doubles_up_to_a_limit() -> None:
    assert [pause(failures, lambda: 1.0) for failures in (1, 2, 3, 4, 5, 6, 1_000_000)] == [
        0.25,
        0.5,
        1.0,
        2.0,
        4.0,
        LONGEST_PAUSE_SECONDS,
        LONGEST_PAUSE_SECONDS,
    ]


def test_processes_do_not_come_back_in_step() -> None:
    assert pause(3, lambda: 0.0) == pause(3, lambda: 1.0) / 2
