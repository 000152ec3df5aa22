"""Who gets at the database next."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from character_sync.adapters.database.turns import Turns
from character_sync.domain.errors import DatabaseUnavailable
from fakes.virtual_time import run_in_virtual_time

STUCK = 5.0


class Queue:
    """A queue for one place, and in which order its turns came."""

    def __init__(self) -> None:
        self.turns = Turns(1, stuck_seconds=STUCK)
        self.came: list[str] = []

    async def takes(self, name: str, seconds: float) -> None:
        async with self.turns.taken():
            self.came.append(name)
            await asyncio.sleep(seconds)

    async def is_empty(self) -> None:
        """Pass only if the place can be had at once."""
        async with asyncio.timeout(0.001), self.turns.taken():
            pass


async def begun(*takers: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
    """Begin each after the other has come to stand in the queue."""
    tasks = []
    for taker in takers:
        tasks.append(asyncio.create_task(taker))
        for _ in range(3):
            await asyncio.sleep(0)
    return tasks


def test_turns_come_in_order() -> None:
    async def scenario() -> None:
        queue = Queue()
        await asyncio.gather(*(await begun(*(queue.takes(name, 1.0) for name in "abcd"))))
        assert queue.came == ["a", "b", "c", "d"]

    run_in_virtual_time(scenario())


def test_who_comes_when_others_wait_does_not_go_first() -> None:
    async def scenario() -> None:
        queue = Queue()
        waiting = await begun(queue.takes("a", 1.0), queue.takes("b", 1.0))
        await waiting[0]
        waiting += await begun(queue.takes("c", 1.0))
        await asyncio.gather(*waiting)
        assert queue.came == ["a", "b", "c"]

    run_in_virtual_time(scenario())


def test_so_many_go_on_at_the_same_time() -> None:
    async def scenario() -> None:
        turns = Turns(3, stuck_seconds=STUCK)
        going_on = most = 0

        async def takes() -> None:
            nonlocal going_on, most
            async with turns.taken():
                going_on += 1
                most = max(most, going_on)
                await asyncio.sleep(1.0)
                going_on -= 1

        await asyncio.gather(*(takes() for _ in range(10)))
        assert most == 3

    run_in_virtual_time(scenario())


def test_in_a_queue_that_moves_nobody_is_refused_however_long_they_wait() -> None:
    async def scenario() -> None:
        queue = Queue()
        await asyncio.gather(*(await begun(*(queue.takes(str(n), STUCK - 1) for n in range(50)))))
        assert len(queue.came) == 50

    run_in_virtual_time(scenario())


def test_in_a_queue_that_has_not_moved_for_too_long_all_are_refused() -> None:
    async def scenario() -> None:
        queue, loop = Queue(), asyncio.get_running_loop()
        [frozen, *waiting] = await begun(queue.takes("frozen", 1e6), queue.takes("b", 1.0), queue.takes("c", 1.0))
        asked_at = loop.time()
        refused = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(one) for one in refused] == [DatabaseUnavailable, DatabaseUnavailable]
        assert loop.time() - asked_at == pytest.approx(STUCK, abs=0.01)
        frozen.cancel()
        await asyncio.wait({frozen})
        await queue.is_empty()

    run_in_virtual_time(scenario())


def test_a_queue_moves_too_when_what_had_a_place_went_wrong() -> None:
    async def scenario() -> None:
        queue = Queue()

        async def fails() -> None:
            async with queue.turns.taken():
                await asyncio.sleep(1.0)
                raise ConnectionError

        failing = [fails() for _ in range(20)]
        results = await asyncio.gather(*(await begun(*failing)), return_exceptions=True)
        assert {type(one) for one in results} == {ConnectionError}
        await queue.is_empty()

    run_in_virtual_time(scenario())


def test_who_leaves_the_queue_holds_up_nobody() -> None:
    async def scenario() -> None:
        queue = Queue()
        [first, leaves, last] = await begun(*(queue.takes(name, 1.0) for name in ("first", "leaves", "last")))
        leaves.cancel()
        await asyncio.gather(first, last)
        assert queue.came == ["first", "last"]
        assert leaves.cancelled()

    run_in_virtual_time(scenario())


@pytest.mark.parametrize("steps", range(6))
def test_who_leaves_while_their_turn_comes_passes_it_on(steps: int) -> None:
    """So many steps of the event loop after the place became free."""

    async def scenario() -> None:
        queue, go_on = Queue(), asyncio.Event()

        async def holds() -> None:
            async with queue.turns.taken():
                await go_on.wait()

        [holding, leaves] = await begun(holds(), queue.takes("leaves", 1e6))
        go_on.set()
        for _ in range(steps):
            await asyncio.sleep(0)
        leaves.cancel()
        await asyncio.wait({holding, leaves})
        assert leaves.cancelled()
        for _ in range(3):  # what was given back in its last moment is there after a turn of the loop
            await asyncio.sleep(0)
        await queue.is_empty()

    run_in_virtual_time(scenario())
