"""A part that hangs keeps nobody waiting."""

import asyncio

from character_sync.entrypoints.probe import Probe


async def test_a_part_that_answers_has_no_failure() -> None:
    async def answers() -> None:
        pass

    assert await Probe(answers, seconds=60).failure() is None


async def test_what_a_part_says_against_it_is_its_failure() -> None:
    async def refuses() -> None:
        raise ConnectionRefusedError("nobody there")

    assert str(await Probe(refuses, seconds=60).failure()) == "nobody there"


async def test_a_part_that_will_not_even_be_cancelled_is_not_waited_for() -> None:
    go_on = asyncio.Event()

    async def hangs() -> None:
        try:
            await go_on.wait()
        except asyncio.CancelledError:
            await go_on.wait()

    failure = await Probe(hangs, seconds=0.01).failure()
    go_on.set()
    assert isinstance(failure, TimeoutError)


async def test_many_who_ask_at_once_ask_the_part_once() -> None:
    asked = 0
    go_on = asyncio.Event()

    async def counts() -> None:
        nonlocal asked
        asked += 1
        await go_on.wait()

    probe = Probe(counts, seconds=60)
    waiting = [asyncio.create_task(probe.failure()) for _ in range(20)]
    await asyncio.sleep(0)
    go_on.set()
    assert await asyncio.gather(*waiting) == [None] * 20
    assert asked == 1


async def test_a_part_that_recovers_is_asked_anew() -> None:
    answers = [ConnectionRefusedError(), None]

    async def recovers() -> None:
        answer = answers.pop(0)
        if answer:
            raise answer

    probe = Probe(recovers, seconds=60)
    assert isinstance(await probe.failure(), ConnectionRefusedError)
    assert await probe.failure() is None
