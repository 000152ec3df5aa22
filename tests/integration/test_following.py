"""Following sync sessions: shared by all watchers of a process, healed from the rows."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from character_sync.adapters.progress_channel.channels import open_channels
from character_sync.domain.errors import CharacterSyncError, NotFound
from character_sync.domain.progress import CurrentCharacter, Progress
from character_sync.entrypoints.following import SessionFollower
from character_sync.entrypoints.outbox import Outbox
from character_sync.ports import ProgressChannel, UnitOfWork, UserId, Work
from fakes.clock import FakeClock
from support.held_back import LONGER_THAN_ANY_TEST
from support.service import RunningService, running_service


class CountedReads:
    """Work that counts how often it is read, and can be held back or broken."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.reads = 0
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.asked = asyncio.Event()
        self.error: Exception | None = None

    def __call__(self) -> "asynccontextmanager[UnitOfWork]":
        raise NotImplementedError

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        self.reads += 1
        self.asked.set()
        if self.error is not None:
            raise self.error
        async with self._work.reading() as work:
            yield work
            await self.goes_on.wait()  # what was read grows old on its way


class CountedSubscriptions:
    """A channel that counts its subscriptions, and can lose what is published."""

    def __init__(self, channel: ProgressChannel) -> None:
        self._channel = channel
        self.subscriptions = 0
        self.loses = False
        self.lives: list[Callable[[], None]] = []
        self.left = asyncio.Event()

    async def publish(self, events: Sequence[Progress]) -> None:
        if not self.loses:
            await self._channel.publish(events)

    @contextmanager
    def subscribe(
        self, session_id: UUID, *, hear: Callable[[Progress, datetime], None], live: Callable[[], None]
    ) -> Iterator[None]:
        self.subscriptions += 1
        self.lives.append(live)
        try:
            with self._channel.subscribe(session_id, hear=hear, live=live):
                yield
        finally:
            self.subscriptions -= 1
            self.left.set()


class Scene:
    """A sync session in the rows that nobody runs, and a follower of its own."""

    def __init__(self, service: RunningService, channel: ProgressChannel, owner: UserId, session_id: UUID) -> None:
        self.work = CountedReads(service.parts.work)
        self.channel = CountedSubscriptions(channel)
        self.follower = SessionFollower(self.work, self.channel, silence_seconds=LONGER_THAN_ANY_TEST)
        self.owner = owner
        self.session_id = session_id
        self.service = service

    def event(self, seq: int, *, status: str = "processing") -> Progress:
        character = CurrentCharacter(uuid4(), "Pâllywar", "old-blanchy", "completed")
        return Progress(self.session_id, status, "retail", 6, 0, 0, 0, seq, character)

    async def join(self) -> Outbox:
        outbox = Outbox()
        await self.follower.join(self.owner, self.session_id, outbox)
        return outbox

    async def cancel(self) -> Progress:
        async with self.service.parts.work() as work:
            last = await work.sync_sessions.cancel(self.owner, self.session_id, self.service.parts.clock())
            await work.commit()
        return last


@pytest.fixture
async def scene(tmp_path: object) -> AsyncIterator[Scene]:
    async with (
        running_service(tmp_path, works=False) as service,  # type: ignore[arg-type]
        service.player("six") as player,
        open_channels("memory://", FakeClock()) as channels,
    ):
        started = await player.start_sync()
        scene = Scene(service, channels.progress, UserId(UUID(player.me["id"])), UUID(started["sessionId"]))
        yield scene
        await scene.follower.close()


async def seqs(outbox: Outbox, count: int) -> list[int]:
    taken: list[int] = []
    while len(taken) < count:
        taken += [news.event.seq for news in await outbox.take(count - len(taken))]
    return taken


async def test_many_who_join_at_once_share_one_subscription_and_one_read(scene: Scene) -> None:
    outboxes = await asyncio.gather(*(scene.join() for _ in range(100)))

    assert (scene.channel.subscriptions, scene.work.reads) == (1, 1)
    assert [await seqs(outbox, 1) for outbox in outboxes] == [[0]] * 100


async def test_those_who_join_while_the_rows_are_read_share_the_next_read(scene: Scene) -> None:
    await scene.join()
    scene.work.goes_on.clear()
    scene.work.asked.clear()
    early = asyncio.create_task(scene.join())
    await scene.work.asked.wait()
    late = [asyncio.create_task(scene.join()) for _ in range(100)]
    await asyncio.sleep(0)
    scene.work.goes_on.set()
    await asyncio.gather(early, *late)

    assert scene.work.reads == 3


async def test_one_who_joins_again_before_it_is_told_the_end_is_told_it_once(scene: Scene) -> None:
    outbox = await scene.join()
    last = await scene.cancel()
    await scene.channel.publish([scene.event(last.seq - 1), last])
    await scene.follower.join(scene.owner, scene.session_id, outbox)

    assert await seqs(outbox, 1) == [last.seq]
    assert len(outbox) == 0


async def test_what_is_told_while_the_rows_are_read_is_told_after_them(scene: Scene) -> None:
    scene.work.goes_on.clear()
    joining = asyncio.create_task(scene.join())
    await scene.work.asked.wait()
    await scene.channel.publish([scene.event(1), scene.event(2)])
    scene.work.goes_on.set()

    assert await seqs(await joining, 3) == [0, 1, 2]


async def test_a_join_takes_no_event_from_those_who_watch_already(scene: Scene) -> None:
    """The rows are ahead of the channel by whatever is on its way; an early watcher is still told that."""
    early = await scene.join()
    last = await scene.cancel()
    late = await scene.join()
    await scene.channel.publish([scene.event(last.seq - 1), last])

    assert await seqs(late, 1) == [last.seq]
    assert len(late) == 0
    assert await seqs(early, 3) == [0, last.seq - 1, last.seq]


async def test_an_event_that_comes_twice_or_late_is_told_once(scene: Scene) -> None:
    outbox = await scene.join()
    await scene.channel.publish([scene.event(2), scene.event(2), scene.event(1), scene.event(3)])

    assert await seqs(outbox, 3) == [0, 2, 3]
    assert len(outbox) == 0


async def test_nothing_follows_the_end(scene: Scene) -> None:
    outbox = await scene.join()
    await scene.channel.publish([scene.event(1, status="completed"), scene.event(2), scene.event(3, status="failed")])

    assert await seqs(outbox, 2) == [0, 1]
    assert len(outbox) == 0


@pytest.mark.parametrize("ends", ["the last leaves", "the sync ends", "it was never there"])
async def test_nothing_is_left_when_nobody_watches_any_more(scene: Scene, ends: str) -> None:
    match ends:
        case "the last leaves":
            one, other = await scene.join(), await scene.join()
            scene.follower.leave(scene.owner, scene.session_id, one)
            assert scene.follower.subscriptions == 1
            scene.follower.leave(scene.owner, scene.session_id, other)
        case "the sync ends":
            await scene.join()
            await scene.channel.publish([scene.event(1, status="completed")])
        case _:
            with pytest.raises(NotFound):
                await scene.follower.join(UserId(uuid4()), scene.session_id, Outbox())
    await scene.channel.left.wait()

    assert (scene.channel.subscriptions, scene.follower.subscriptions, scene.follower.watchers) == (0, 0, 0)


async def test_after_an_interruption_the_rows_are_read_once_and_everybody_is_told(scene: Scene) -> None:
    outboxes = await asyncio.gather(*(scene.join() for _ in range(10)))
    scene.channel.loses = True
    last = await scene.cancel()
    await scene.channel.publish([last])
    reads = scene.work.reads
    for live in scene.channel.lives:
        live()

    assert [await seqs(outbox, 2) for outbox in outboxes] == [[0, last.seq]] * 10
    assert scene.work.reads == reads + 1


async def test_after_a_silence_the_rows_are_read_and_everybody_is_told(scene: Scene) -> None:
    scene.follower = SessionFollower(scene.work, scene.channel, silence_seconds=0.02)
    outboxes = await asyncio.gather(*(scene.join() for _ in range(10)))
    scene.channel.loses = True
    last = await scene.cancel()

    assert [await seqs(outbox, 2) for outbox in outboxes] == [[0, last.seq]] * 10


async def test_rows_that_cannot_be_read_refuse_who_joins_and_keep_who_watches(scene: Scene) -> None:
    watching = await scene.join()
    scene.work.error = ConnectionError("the database is gone")
    with pytest.raises(CharacterSyncError) as refusal:
        await scene.join()
    await scene.channel.publish([scene.event(1)])

    assert refusal.value.code == "internal_error"
    assert await seqs(watching, 2) == [0, 1]


class SilentChannel:
    """A channel whose server is gone: it takes subscriptions and is never live."""

    async def publish(self, events: Sequence[Progress]) -> None:
        pass

    @contextmanager
    def subscribe(self, *_what: object, **_calls: object) -> Iterator[None]:
        yield


async def test_without_its_channel_a_join_is_served_from_the_rows(scene: Scene) -> None:
    scene.follower = SessionFollower(scene.work, SilentChannel(), silence_seconds=0.02)
    outbox = await scene.join()
    last = await scene.cancel()

    assert await seqs(outbox, 2) == [0, last.seq]


async def test_one_who_leaves_while_joining_is_answered(scene: Scene) -> None:
    scene.work.goes_on.clear()
    outbox = Outbox()
    joining = asyncio.create_task(scene.follower.join(scene.owner, scene.session_id, outbox))
    await scene.work.asked.wait()
    scene.follower.leave(scene.owner, scene.session_id, outbox)
    with pytest.raises(NotFound):
        await joining

    assert scene.follower.subscriptions == 0
