"""One request budget for many processes: the real script on a real Redis, in virtual time."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from character_sync.adapters.battle_net.lease_script import HOLD, HORIZON
from character_sync.adapters.battle_net.request_places import HOUR, SECOND
from character_sync.adapters.battle_net.shared_budget import ALONE_AFTER
from character_sync.ports import Lane, Turn
from fakes.virtual_time import run_in_virtual_time
from support.shared_budget import Fleet, busiest_second

pytest_plugins = ["support.servers"]

Scenario = Callable[[Fleet], Awaitable[None]]
Run = Callable[..., None]


@pytest.fixture
def run(redis_url: str) -> Run:
    def run(scenario: Scenario, **limits: int) -> None:
        async def whole() -> None:
            async with Fleet(redis_url, **limits) as fleet:
                await scenario(fleet)

        run_in_virtual_time(whole())

    return run


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_the_limit_is_kept_in_every_second_and_nearly_all_of_it_is_used(run: Run, processes: int) -> None:
    async def scenario(fleet: Fleet) -> None:
        for number in range(processes):
            (await fleet.process(offset=number * 1_000)).keeps_asking(60, f"session {number}")
        await fleet.is_open()
        before = len(fleet.left)
        await asyncio.sleep(60)
        assert busiest_second(fleet.moments) == 100
        assert len(fleet.left) - before >= 0.95 * 60 * 100

    run(scenario)


def test_redis_is_asked_a_few_times_a_second_and_not_for_every_request(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        (await fleet.process()).keeps_asking(60)
        await fleet.is_open()
        before = fleet.redis.asked
        await asyncio.sleep(20)
        assert 3 <= (fleet.redis.asked - before) / 20 <= 14

    run(scenario)


@pytest.mark.parametrize("beside", [0, 30])
def test_a_small_sync_whose_requests_leave_one_after_the_other_waits_for_redis_alone(run: Run, beside: int) -> None:
    async def scenario(fleet: Fleet) -> None:
        process = await fleet.process()
        (await fleet.process()).keeps_asking(beside, "schedule", Lane.SCHEDULED)
        await fleet.is_open()
        began = fleet.time()
        for _ in range(4):
            process.asks(1, "player")
            await process.done()
            await asyncio.sleep(0.02)
        assert fleet.time() - began <= 4 * (0.02 + 2 * fleet.redis.latency)

    run(scenario)


def test_an_idle_process_does_not_ask(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        process = await fleet.process()
        process.asks(3)
        await process.done()
        await asyncio.sleep(1)
        before = fleet.redis.asked
        await asyncio.sleep(3_600)
        assert fleet.redis.asked == before

    run(scenario)


def test_what_is_leased_and_unused_goes_back(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        process = await fleet.process()
        await fleet.is_open()
        process.keeps_asking(20)
        await asyncio.sleep(0.5)
        await process.stop()
        await asyncio.sleep(SECOND + HOLD + 0.2)
        assert (await process.budget.state()).left_per_second == 100

    run(scenario)


def test_what_a_killed_process_had_leased_comes_back_by_itself(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        killed, other = await fleet.process(), await fleet.process()
        await fleet.is_open()
        fleet.redis.loses_answers = True
        killed.asks(20)
        await asyncio.sleep(0.05)
        fleet.redis.loses_answers, fleet.redis.is_gone = False, True
        await killed.stop()
        fleet.redis.is_gone = False
        assert (await other.budget.state()).left_per_second == 80
        await asyncio.sleep(7)
        assert (await other.budget.state()).left_per_second == 100

    run(scenario)


def test_slow_departures_are_counted_from_when_they_left(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        fleet.departure = 0.4
        one, other = await fleet.process(), await fleet.process()
        one.keeps_asking(100)
        await asyncio.sleep(5)
        fleet.departure = 0.0
        other.keeps_asking(100)
        await asyncio.sleep(5)
        assert busiest_second(fleet.moments) <= 100

    run(scenario)


def test_the_hour_has_its_own_limit(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        one, other = await fleet.process(), await fleet.process()
        one.asks(60)
        other.asks(60)
        await asyncio.sleep(3_500)
        assert len(fleet.left) == 100
        assert (await one.budget.state()).left_per_hour == 0
        await one.done()
        await other.done()
        assert fleet.moments[100] - fleet.moments[0] >= HOUR

    run(scenario, per_hour=100)


# Turns


def test_an_interactive_request_goes_before_the_first_syncs_of_other_processes(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        busy, quiet = await fleet.process(), await fleet.process()
        await fleet.is_open()
        busy.asks(600, "first sync")
        await asyncio.sleep(1.5)
        already = len(fleet.left)
        quiet.asks(60, "player", Lane.INTERACTIVE)
        await quiet.done()
        since = [holder for _, holder in fleet.left[already:]]
        # Two chunks that the other process had leased already, and every sixteenth place.
        assert since.count("first sync") <= 2 * 25 + 60 / 15

    run(scenario)


def test_a_small_session_in_another_process_finishes_long_before_a_large_one(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        busy, quiet = await fleet.process(), await fleet.process()
        await fleet.is_open()
        busy.asks(600, "sixty characters")
        await asyncio.sleep(1.5)
        already = len(fleet.left)
        quiet.asks(12, "three characters")
        await quiet.done()
        since = [holder for _, holder in fleet.left[already:]]
        assert since.count("sixty characters") <= 100

    run(scenario)


def test_each_session_gets_as_much_as_the_next_wherever_it_runs(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        one, other = await fleet.process(), await fleet.process()
        await fleet.is_open()
        for session in "abc":
            one.keeps_asking(60, session)
        other.keeps_asking(60, "d")
        await asyncio.sleep(60)
        counts = fleet.counts
        assert min(counts.values()) >= 0.6 * max(counts.values())

    run(scenario)


def test_a_lower_lane_in_another_process_keeps_moving(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        busy, quiet = await fleet.process(), await fleet.process()
        await fleet.is_open()
        busy.keeps_asking(200, "players", Lane.INTERACTIVE)
        quiet.keeps_asking(50, "schedule", Lane.SCHEDULED)
        await asyncio.sleep(30)
        # A fortieth at best, beside players; what a process does not fetch in its turn others have, so it may be half of that.
        assert fleet.counts["schedule"] >= 0.012 * len(fleet.left)

    run(scenario)


# The gate


def test_a_refusal_in_one_process_closes_the_gate_for_all(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        refused, other = await fleet.process(), await fleet.process()
        await fleet.is_open()
        closed_at = fleet.time()
        refused.budget.close_gate(timedelta(seconds=7))
        await asyncio.sleep(0.1)
        other.asks(50)
        refused.asks(50)
        assert (await other.budget.state()).gate_seconds == pytest.approx(6.9, abs=0.01)
        await other.done()
        await refused.done()
        assert fleet.moments[0] >= closed_at + 7
        assert fleet.moments[-1] < closed_at + 8

    run(scenario)


def test_a_busy_process_hears_of_the_gate_within_one_ask(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        refused, busy = await fleet.process(), await fleet.process()
        await fleet.is_open()
        busy.keeps_asking(60)
        await asyncio.sleep(2.5)
        closed_at = fleet.time()
        refused.budget.close_gate(timedelta(seconds=7))
        await asyncio.sleep(6.9)
        assert [moment for moment in fleet.moments if moment > closed_at + 0.31] == []

    run(scenario)


def test_refusals_without_a_word_slow_every_process_down_and_the_pace_comes_back(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        one, other = await fleet.process(), await fleet.process()
        await fleet.is_open()
        one.budget.close_gate(None)
        await asyncio.sleep(1.1)
        other.asks(1)
        await other.done()
        other.budget.close_gate(None)
        await asyncio.sleep(0.2)
        assert (await one.budget.state()).rate == pytest.approx(0.5, abs=0.02)
        await asyncio.sleep(1)
        begun = len(fleet.left)
        one.keeps_asking(100)
        await asyncio.sleep(2)
        assert len(fleet.left) - begun <= 200
        await asyncio.sleep(15)
        assert (await one.budget.state()).rate == 1
        before = len(fleet.left)
        await asyncio.sleep(10)
        assert len(fleet.left) - before >= 940

    run(scenario)


# Redis gone


def test_without_redis_each_process_keeps_to_its_share_and_goes_back_to_the_shared_budget(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        processes = [await fleet.process() for _ in range(3)]
        for number, process in enumerate(processes):
            process.keeps_asking(60, str(number))
        await asyncio.sleep(5)
        fleet.redis.is_gone = True
        await asyncio.sleep(ALONE_AFTER + 0.5)
        before = len(fleet.left)
        await asyncio.sleep(10)
        alone = len(fleet.left) - before
        assert not (await processes[0].budget.state()).is_shared
        fleet.redis.redis.flushdb()
        fleet.redis.is_gone = False
        await asyncio.sleep(5)
        assert (await processes[0].budget.state()).is_shared
        assert 0.9 * 10 * 30 <= alone <= 11 * 30
        assert busiest_second(fleet.moments) <= 100

    run(scenario)


def test_a_redis_that_forgot_everything_gives_nothing_before_all_leases_are_over(run: Run, redis_url: str) -> None:
    async def scenario(fleet: Fleet) -> None:
        one, other = await fleet.process(), await fleet.process()
        one.keeps_asking(60)
        other.keeps_asking(60)
        await asyncio.sleep(5)
        with Redis.from_url(redis_url) as redis:
            redis.flushdb()
        await asyncio.sleep(5)
        assert busiest_second(fleet.moments) <= 100
        assert len(fleet.left) >= 700

    run(scenario)


def test_a_redis_clock_put_back_stops_nobody(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        (await fleet.process()).keeps_asking(60)
        await asyncio.sleep(5)
        fleet.redis.put_back = 3_600
        await asyncio.sleep(HORIZON + HOLD + SECOND + 1)
        before = len(fleet.left)
        await asyncio.sleep(10)
        assert len(fleet.left) - before >= 900
        assert busiest_second(fleet.moments) <= 100

    run(scenario)


def test_a_limit_that_was_lowered_is_kept_once_the_leases_are_over(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        before = await fleet.process()
        before.keeps_asking(60)
        await asyncio.sleep(4)
        await before.stop()
        await asyncio.sleep(2)
        fleet.per_second = 10
        (await fleet.process()).keeps_asking(60)
        begun = len(fleet.left)
        await asyncio.sleep(5)
        assert busiest_second(fleet.moments[begun:]) == 10

    run(scenario)


STEPS = st.lists(
    st.tuples(
        st.floats(0, 1.5),
        st.sampled_from(["ask", "ask", "ask", "cancel", "refuse", "lose", "hear", "slow", "quick", "late", "prompt"]),
        st.integers(0, 2),
        st.sampled_from(Lane),
        st.integers(1, 15),
    ),
    max_size=25,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(per_second=st.integers(1, 12), steps=STEPS)
def test_whatever_happens_the_limit_is_kept_and_everyone_is_served(
    run: Run, per_second: int, steps: list[tuple[float, str, int, Lane, int]]
) -> None:
    async def scenario(fleet: Fleet) -> None:
        fleet.redis.redis.flushdb()
        processes = [await fleet.process(offset=number * 77.7) for number in range(3)]
        for wait, what, number, lane, times in steps:
            await asyncio.sleep(wait)
            process = processes[number]
            match what:
                case "ask":
                    process.asks(times, str(number), lane)
                case "cancel":
                    for task in process.tasks[-times:]:
                        task.cancel()
                case "refuse":
                    process.budget.close_gate(timedelta(seconds=times) if times % 2 else None)
                case "lose" | "hear":
                    fleet.redis.loses_answers = what == "lose"
                case "slow" | "quick":
                    fleet.redis.latency = 0.15 if what == "slow" else 0.001
                case _:
                    fleet.departure = 0.3 if what == "late" else 0.0
        fleet.redis.loses_answers = False
        for process in processes:
            await asyncio.gather(*process.tasks, return_exceptions=True)
        assert busiest_second(fleet.moments) <= per_second + (3 if any(what == "lose" for _, what, *_ in steps) else 0)

    run(scenario, per_second=per_second)


def test_turns_are_forecast_from_who_waits(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        process = await fleet.process()
        await fleet.is_open()
        process.asks(150, "a")
        process.asks(50, "b", Lane.INTERACTIVE)
        await asyncio.sleep(0.5)
        outlook = process.budget.outlook(Turn(Lane.SCHEDULED, "c"))
        assert outlook.ahead == 200 - len(fleet.left)
        assert outlook.pace == pytest.approx(98, abs=2)

    run(scenario)


# Scheduled syncs


def test_scheduled_requests_of_all_processes_together_leave_at_a_tenth_of_the_pace(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        for number in range(3):
            (await fleet.process()).keeps_asking(30, f"session {number}", Lane.SCHEDULED)
        await fleet.is_open()
        before = len(fleet.left)
        await asyncio.sleep(30)
        assert 0.85 * 300 <= len(fleet.left) - before <= 1.05 * 300

    run(scenario)


def test_while_players_sync_in_any_process_scheduled_requests_of_all_leave_at_a_quarter_of_their_pace(run: Run) -> None:
    async def scenario(fleet: Fleet) -> None:
        for number in range(2):
            (await fleet.process()).keeps_asking(30, f"session {number}", Lane.SCHEDULED)
        (await fleet.process()).keeps_asking(2, "player", Lane.INTERACTIVE)
        await fleet.is_open()
        await asyncio.sleep(5)
        before = Counter(holder for _, holder in fleet.left)
        await asyncio.sleep(30)
        meanwhile = Counter(holder for _, holder in fleet.left) - before
        assert 0.6 * 75 <= meanwhile["session 0"] + meanwhile["session 1"] <= 1.05 * 75

    run(scenario)


@pytest.mark.parametrize("requests", [61, 241, 601, 1201])
def test_a_players_sync_is_not_slowed_by_more_than_a_tenth_by_scheduled_ones(run: Run, requests: int) -> None:
    took: list[float] = []

    def players_sync(beside: int) -> Scenario:
        async def scenario(fleet: Fleet) -> None:
            one, other = await fleet.process(), await fleet.process()
            await fleet.is_open()
            for process in (one, other):
                process.keeps_asking(beside, "schedule", Lane.SCHEDULED)
            await asyncio.sleep(5)
            began = fleet.time()
            one.asks(requests, "player")
            await asyncio.gather(*one.tasks[-requests:])
            took.append(max(moment for moment, holder in fleet.left if holder == "player") - began + 0.1)
            await one.stop()

        return scenario

    run(players_sync(0))
    run(players_sync(60))
    alone, beside = took
    assert beside <= 1.1 * alone + 0.1
