"""The rounds of a worker: how often something is done that is done again and again."""

import asyncio
from itertools import pairwise

from character_sync.entrypoints.worker import going_on
from fakes.virtual_time import run_in_virtual_time


def test_a_round_begins_at_once_and_the_next_within_the_time_that_is_promised_but_not_in_step() -> None:
    async def scenario() -> None:
        now, begun = asyncio.get_running_loop().time, list[float]()

        async def work() -> None:
            begun.append(now())
            await asyncio.sleep(0.2)

        async with going_on("failed", work, 5):
            since = now()
            await asyncio.sleep(1_000)
        apart = [after - before for before, after in pairwise(begun)]
        assert begun[0] == since
        assert max(apart) <= 5
        assert len(set(apart)) > 100

    run_in_virtual_time(scenario())


def test_a_round_that_fails_does_not_end_the_rounds() -> None:
    async def scenario() -> None:
        rounds = 0

        async def work() -> None:
            nonlocal rounds
            rounds += 1
            raise ValueError

        async with going_on("failed", work, 5):
            await asyncio.sleep(100)
        assert rounds >= 20

    run_in_virtual_time(scenario())
