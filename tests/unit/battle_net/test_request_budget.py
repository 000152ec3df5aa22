"""The pace of requests, on a clock that only the test moves."""

import asyncio
import heapq
import itertools
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from character_sync.adapters.battle_net.request_budget import RequestPacer
from character_sync.adapters.battle_net.request_places import HOUR, LONGEST_DEPARTURE, SECOND
from character_sync.ports import Lane, Turn

DRAW = 0.5
MAX_STEPS = 10_000  # a pacer that asks for no end of alarms fails instead of hanging


class Alarm:
    def __init__(self):
        self.is_cancelled = False

    def cancel(self):
        self.is_cancelled = True


class FakeTime:
    """A clock and its alarms."""

    def __init__(self):
        self.now = 1_000.0
        self._alarms = []
        self._order = itertools.count()

    def monotonic(self):
        return self.now

    def timer(self, wait, ring):
        alarm = Alarm()
        heapq.heappush(self._alarms, (self.now + wait, next(self._order), alarm, ring))
        return alarm

    @property
    def next_alarm(self):
        while self._alarms and self._alarms[0][2].is_cancelled:
            heapq.heappop(self._alarms)
        return self._alarms[0][0] if self._alarms else None

    async def settle(self):
        for _ in range(5):
            await asyncio.sleep(0)

    async def advance(self, seconds):
        until = self.now + seconds
        for _ in range(MAX_STEPS):
            due = self.next_alarm
            if due is None or due > until:
                break
            *_, ring = heapq.heappop(self._alarms)
            self.now = max(self.now, due)
            ring()
            await self.settle()
        else:
            raise AssertionError("no end of alarms")
        self.now = until


class Road:
    """Sends requests through a pacer and notes when each left and for whom."""

    def __init__(self, per_second=3, per_hour=0):
        self.time = FakeTime()
        self.pacer = RequestPacer(
            per_second=per_second,
            per_hour=per_hour,
            monotonic=self.time.monotonic,
            timer=self.time.timer,
            draw=lambda: DRAW,
        )
        self.left = []
        self.tasks = []

    async def _send(self, turn):
        await self.pacer.admit(turn)
        self.left.append((self.time.now, turn.holder))
        self.pacer.sent()

    async def ask(self, holder="a", lane=Lane.FIRST_SYNC, times=1):
        asked = [asyncio.create_task(self._send(Turn(lane, holder))) for _ in range(times)]
        self.tasks += asked
        await self.time.settle()
        return asked

    @property
    def holders(self):
        return "".join(holder for _, holder in self.left)

    async def close(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


@pytest.fixture
async def road():
    road = Road()
    yield road
    await road.close()


async def test_a_full_second_leaves_at_once_and_the_rest_a_second_later(road):
    await road.ask(times=7)
    assert len(road.left) == 3
    await road.time.advance(SECOND - 0.001)
    assert len(road.left) == 3
    await road.time.advance(0.001)
    assert len(road.left) == 6
    await road.time.advance(SECOND)
    assert len(road.left) == 7


async def test_places_come_back_one_by_one_as_they_were_taken(road):
    await road.ask()
    await road.time.advance(0.5)
    await road.ask(times=3)
    assert [when - 1_000 for when, _ in road.left] == pytest.approx([0, 0.5, 0.5])
    await road.time.advance(2)
    assert road.left[3][0] - 1_000 == pytest.approx(SECOND)


async def test_nothing_runs_while_nobody_waits(road):
    await road.ask(times=4)
    assert road.time.next_alarm is not None
    await road.time.advance(SECOND)
    assert road.pacer.waiting == 0
    assert road.time.next_alarm is None


async def test_a_request_is_counted_from_when_it_left(road):
    """Its connection took 0.3 s: the next second begins that much later."""
    for _ in range(3):
        await road.pacer.admit(Turn(Lane.FIRST_SYNC, "slow"))
    await road.time.advance(0.3)
    for _ in range(3):
        road.pacer.sent()
    await road.ask()
    await road.time.advance(SECOND - 0.001)
    assert road.left == []
    await road.time.advance(0.001)
    assert len(road.left) == 1


async def test_admitted_requests_hold_their_places_until_they_left(road):
    for _ in range(3):
        await road.pacer.admit(Turn(Lane.FIRST_SYNC, "slow"))
    await road.ask()
    await road.time.advance(3)
    assert road.left == []
    road.pacer.sent()
    await road.time.advance(SECOND)
    assert len(road.left) == 1


async def test_a_request_that_never_says_sent_does_not_hold_its_place_forever(road):
    for _ in range(3):
        await road.pacer.admit(Turn(Lane.FIRST_SYNC, "lost"))
    await road.ask()
    await road.time.advance(LONGEST_DEPARTURE + SECOND)
    assert len(road.left) == 1


async def test_lower_lanes_go_first(road):
    await road.ask("-", times=3)
    await road.ask("s", Lane.SCHEDULED, 2)
    await road.ask("f", Lane.FIRST_SYNC, 2)
    await road.ask("i", Lane.INTERACTIVE, 2)
    await road.time.advance(3 * SECOND)
    assert road.holders == "---iiffss"


async def test_scheduled_requests_leave_at_a_tenth_of_the_pace_however_much_is_free():
    road = Road(per_second=100)
    await road.ask("s", Lane.SCHEDULED, 25)
    assert len(road.left) == 10
    await road.time.advance(SECOND)
    assert len(road.left) == 20
    await road.close()


async def test_while_players_sync_scheduled_requests_leave_at_a_quarter_of_their_pace():
    road = Road(per_second=100)
    await road.ask("s", Lane.SCHEDULED, 200)
    for _ in range(100):
        await road.ask("p", Lane.INTERACTIVE)
        await road.time.advance(SECOND / 5)
    assert 45 <= road.holders.count("s") <= 65  # 10 at once, and then 2.5 a second
    await road.close()


async def test_scheduled_requests_have_their_pace_again_half_a_second_after_the_players_last():
    road = Road(per_second=100)
    await road.ask("s", Lane.SCHEDULED, 50)
    await road.time.advance(SECOND / 2)
    await road.ask("p", Lane.INTERACTIVE)
    await road.time.advance(0.49)
    assert road.holders == "s" * 10 + "p"
    await road.time.advance(0.02)
    assert road.holders == "s" * 10 + "p" + "s" * 10
    await road.close()


async def test_others_pass_scheduled_requests_that_wait_for_their_pace():
    road = Road(per_second=100)
    await road.ask("s", Lane.SCHEDULED, 25)
    await road.ask("i", Lane.INTERACTIVE, 90)
    assert road.holders == "s" * 10 + "i" * 90
    await road.close()


@pytest.mark.parametrize("requests", [61, 241, 601, 1201])
async def test_a_players_sync_is_not_slowed_by_more_than_a_tenth_by_scheduled_ones(requests):
    async def seconds(scheduled):
        road = Road(per_second=100)
        await road.ask("s", Lane.SCHEDULED, scheduled)
        await road.time.advance(5.5)
        began, answer = road.time.now, 0.1
        tasks = await road.ask("p", Lane.FIRST_SYNC, requests)
        while not all(task.done() for task in tasks):
            await road.time.advance(0.01)
        await road.close()
        return max(when for when, holder in road.left if holder == "p") - began + answer

    assert await seconds(scheduled=2_000) <= 1.1 * await seconds(scheduled=0)


async def test_sixty_waiting_do_not_delay_three(road):
    await road.ask("-", times=3)
    await road.ask("b", times=60)
    await road.ask("s", times=3)
    await road.time.advance(2 * SECOND)
    assert road.holders == "---bsbsbs"


async def test_a_cancelled_waiter_gives_its_place_up(road):
    await road.ask("-", times=3)
    first, second = await road.ask("x", times=2)
    await road.ask("y")
    first.cancel()
    second.cancel()
    await road.time.settle()
    assert road.pacer.waiting == 1
    await road.time.advance(SECOND)
    assert road.holders == "---y"


async def test_a_waiter_cancelled_as_it_is_admitted_leaks_no_place(road):
    await road.ask("-", times=3)
    tasks = await road.ask("x", times=3)
    await road.ask("y", times=3)
    road.time.now += SECOND
    road.pacer._ring()  # admits the three, and none of them has run yet
    for task in tasks:
        task.cancel()
    await road.time.settle()
    assert road.holders == "---yyy"


async def test_the_last_waiter_cancelled_stops_the_alarm(road):
    await road.ask("-", times=3)
    (task,) = await road.ask("x")
    task.cancel()
    await road.time.settle()
    assert road.time.next_alarm is None


async def test_the_gate_lets_nothing_through_and_a_shorter_wait_changes_nothing(road):
    road.pacer.close_gate(timedelta(seconds=7))
    road.pacer.close_gate(timedelta(seconds=1))
    assert road.pacer.gate_closed_until == 1_007
    await road.ask("i", Lane.INTERACTIVE)
    await road.time.advance(6.999)
    assert road.left == []
    await road.time.advance(0.001)
    assert road.holders == "i"
    assert road.pacer.gate_closed_until is None


async def test_the_gate_closed_while_some_wait_holds_them_too(road):
    await road.ask("-", times=3)
    await road.ask("x")
    road.pacer.close_gate(timedelta(minutes=15))
    await road.time.advance(899)
    assert road.holders == "---"
    await road.time.advance(1)
    assert road.holders == "---x"


async def test_a_refusal_without_a_word_closes_the_gate_for_a_random_time(road):
    road.pacer.close_gate(None)
    await road.ask()
    await road.time.advance(DRAW - 0.001)
    assert road.left == []
    await road.time.advance(0.001)
    assert len(road.left) == 1


async def test_repeated_refusals_without_a_word_halve_the_pace(road):
    road.pacer.close_gate(None)
    await road.time.advance(2)
    road.pacer.close_gate(None)
    await road.time.advance(2 * DRAW)
    await road.ask(times=6)
    await road.time.advance(SECOND)
    assert len(road.left) == 3
    await road.time.advance(SECOND)
    assert len(road.left) == 6


async def test_the_hour_has_its_own_limit():
    road = Road(per_second=3, per_hour=5)
    await road.ask(times=6)
    await road.time.advance(HOUR - 0.001)
    assert len(road.left) == 5
    await road.time.advance(0.001)
    assert len(road.left) == 6
    await road.close()


async def test_an_hour_alone_is_a_limit():
    road = Road(per_second=0, per_hour=5)
    await road.ask(times=6)
    assert len(road.left) == 5
    await road.close()


async def test_without_limits_only_the_gate_holds():
    road = Road(per_second=0, per_hour=0)
    await road.ask(times=500)
    assert len(road.left) == 500
    assert (await road.pacer.state()).left_per_second is None
    road.pacer.close_gate(timedelta(seconds=1))
    await road.ask()
    assert len(road.left) == 500
    await road.time.advance(1)
    assert len(road.left) == 501
    await road.close()


async def test_its_state_can_be_seen(road):
    async def left_and_waiting():
        return (await road.pacer.state()).left_per_second, road.pacer.waiting

    assert await left_and_waiting() == (3, 0)
    await road.ask(times=2)
    assert await left_and_waiting() == (1, 0)
    await road.ask(times=3)
    assert await left_and_waiting() == (0, 2)
    await road.time.advance(SECOND)
    assert await left_and_waiting() == (1, 0)


async def test_operators_see_its_state(road):
    await road.ask(times=4)
    road.pacer.came_to("ok")
    road.pacer.close_gate(timedelta(seconds=7))
    state = await road.pacer.state()
    assert (state.left_per_second, state.left_per_hour) == (0, None)
    assert (state.gate_seconds, state.rate, state.is_shared) == (7, 1, False)
    assert (state.waiting[Lane.FIRST_SYNC], state.outcomes["ok"], sum(state.outcomes.values())) == (1, 1, 1)


async def test_the_pace_is_known_only_while_some_wait(road):
    await road.ask(times=2)
    assert road.pacer.outlook(Turn(Lane.SCHEDULED, "x")).pace is None
    await road.ask(times=4)
    await road.time.advance(SECOND / 2)
    outlook = road.pacer.outlook(Turn(Lane.SCHEDULED, "x"))
    assert outlook.ahead == 3
    assert outlook.pace == pytest.approx(3 / SECOND)


async def test_the_event_loops_timer_wakes_waiters():
    """The one test on real time: 1.02 s, because that is the timer a server has."""
    pacer = RequestPacer(per_second=1, per_hour=0)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(2):
        await pacer.admit(Turn(Lane.INTERACTIVE, "a"))
        pacer.sent()
    assert loop.time() - began >= 1


ASKS = st.lists(
    st.tuples(st.floats(0, 2), st.sampled_from(Lane), st.sampled_from("abc"), st.integers(1, 9), st.booleans()),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(per_second=st.integers(1, 5), per_hour=st.integers(8, 40), asks=ASKS)
def test_never_more_than_allowed_in_any_second_or_hour(per_second, per_hour, asks):
    async def scenario():
        road = Road(per_second, per_hour)
        kept = 0
        for wait, lane, holder, times, is_cancelled in asks:
            await road.time.advance(wait)
            before = len(road.left)
            tasks = await road.ask(holder, lane, times)
            if is_cancelled:
                for task in tasks:
                    task.cancel()
                await road.time.settle()
            kept += times if not is_cancelled else 0
            assert before <= len(road.left)
        await road.time.advance(HOUR * (1 + kept / per_hour) + SECOND * 200)
        moments = [when for when, _ in road.left]
        assert len(moments) >= kept  # everyone who stayed was served
        assert road.pacer.waiting == 0
        for limit, span in ((per_second, SECOND), (per_hour, HOUR)):
            for first, past in zip(moments, moments[limit:], strict=False):
                assert past - first >= span - 1e-6
        await road.close()

    asyncio.run(scenario())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(Lane), st.sampled_from("abcd")), min_size=1, max_size=40))
def test_turns_inside_a_lane(asks):
    async def scenario():
        road = Road(per_second=1)
        await road.ask("-")
        for lane, holder in asks:
            await road.ask(f"{int(lane)}{holder}", lane)
        await road.time.advance(SECOND * (len(asks) + 1))
        served = [holder for _, holder in road.left[1:]]
        assert len(served) == len(asks)
        for lane in "012":
            of_lane = [holder for holder in served if holder[0] == lane]
            for index, holder in enumerate(of_lane):
                # between two turns of one holder, every other that still waits has had one
                again = of_lane.index(holder, index + 1) if holder in of_lane[index + 1 :] else None
                if again is not None:
                    waiting = set(of_lane[again:]) - {holder}
                    assert waiting <= set(of_lane[index + 1 : again])
        await road.close()

    asyncio.run(scenario())
