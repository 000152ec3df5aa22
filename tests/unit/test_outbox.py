"""What one reader has yet to be told."""

import asyncio
from uuid import UUID, uuid4

from character_sync.domain.progress import Progress
from character_sync.entrypoints.outbox import News, Outbox

ONE, OTHER = uuid4(), uuid4()


def news(session_id: UUID, seq: int, *, status: str = "processing") -> News:
    return News(Progress(session_id, status, "retail", 6, 3, 1, 1, seq))


async def told(outbox: Outbox) -> list[tuple[UUID, int]]:
    return [(held.event.session_id, held.event.seq) for held in await outbox.take(len(outbox))]


async def test_a_reader_who_keeps_up_is_told_everything_in_order() -> None:
    outbox = Outbox(holds=10)
    for seq in range(10):
        outbox.put(news(ONE, seq))
    assert await told(outbox) == [(ONE, seq) for seq in range(10)]


async def test_a_slow_reader_is_told_the_newest_of_each_sync_session_once_the_outbox_is_full() -> None:
    outbox = Outbox(holds=5)
    for seq in range(1, 4):
        outbox.put(news(ONE, seq))
        outbox.put(news(OTHER, seq))
    assert await told(outbox) == [(ONE, 3), (OTHER, 3)]


async def test_the_end_is_told_however_slow_the_reader_is() -> None:
    outbox = Outbox(holds=5)
    outbox.put(news(ONE, 100, status="completed"))
    for seq in range(1_000):
        outbox.put(news(OTHER, seq))
    taken = await outbox.take(len(outbox))
    assert taken[0].event.status == "completed"
    assert taken[-1].event.seq == 999


async def test_it_never_holds_more_than_it_may() -> None:
    outbox = Outbox(holds=5)
    for seq in range(10_000):
        outbox.put(news(ONE, seq))
        assert len(outbox) <= 5


async def test_what_was_dropped_is_counted() -> None:
    dropped: list[int] = []
    outbox = Outbox(holds=5, conflated=dropped.append)
    for seq in range(1_000):
        outbox.put(news(ONE, seq))
    assert sum(dropped) + len(outbox) == 1_000


async def test_a_forgotten_sync_session_is_not_told_of() -> None:
    outbox = Outbox()
    outbox.put(news(ONE, 1))
    outbox.put(news(OTHER, 2))
    outbox.forget(ONE)
    assert await told(outbox) == [(OTHER, 2)]


async def test_a_reader_may_wait_for_what_comes() -> None:
    outbox = Outbox()
    waiting = asyncio.ensure_future(outbox.take())
    await asyncio.sleep(0)
    outbox.put(news(ONE, 1))
    assert [held.event.seq for held in await waiting] == [1]
