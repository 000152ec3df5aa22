"""What waits in front of an open circuit, and how it goes on. In virtual time: no test waits."""

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from character_sync.adapters.battle_net.circuits import RESUME_SECONDS, Circuits
from character_sync.domain.circuit import CircuitPolicy, Condition, Paused, Place
from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCharacterHidden,
    BattleNetRateLimited,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
)
from character_sync.ports import Lane, OperatedCircuit, Turn
from fakes.characters import NOW
from fakes.virtual_time import BEGINS, run_in_virtual_time

EU = Place("eu", "profile-eu", "profile")
US = Place("us", "profile-us", "profile")
TURN = Turn(Lane.FIRST_SYNC, "session")
MINIMUM = 5


class Site:
    """Circuits and a Battle.net that answers what it is told to; times are since the beginning."""

    def __init__(self) -> None:
        self.error: Exception | None = BattleNetUnavailable()
        self.asked: list[float] = []
        self.outcomes: Counter[str] = Counter()
        self.circuits = Circuits(
            CircuitPolicy(minimum=MINIMUM),
            clock=lambda: NOW + timedelta(seconds=self.now),
            monotonic=lambda: self.now,
            draw=lambda: 0.0,
        )

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time() - BEGINS

    async def answer(self) -> str:
        self.asked.append(self.now)
        await asyncio.sleep(0.1)
        if self.error is not None:
            raise self.error
        return "content"

    async def ask(self, place: Place = EU, *, turn: Turn = TURN, waits: bool = True) -> None:
        try:
            await self.circuits.through(place, turn, self.answer, waits=waits)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
            self.outcomes[type(error).__name__] += 1
        else:
            self.outcomes["ok"] += 1

    def asks(self, count: int, place: Place = EU) -> asyncio.Task[None]:
        async def all_of_them() -> None:
            await asyncio.gather(*(self.ask(place) for _ in range(count)))

        return asyncio.ensure_future(all_of_them())

    def condition(self, place: Place = EU) -> Condition:
        [state] = [state for state in self.circuits.states() if state.place == place]
        return state.condition


def test_what_meets_an_outage_is_parked_and_goes_on_when_it_is_over():
    async def scenario():
        site = Site()
        asking = site.asks(32)
        await asyncio.sleep(60)
        assert site.outcomes == {"BattleNetUnavailable": MINIMUM - 1}  # what failed before it opened, for the retries
        assert site.circuits.pause_of(TURN) is not None
        site.error = None
        await asking
        assert site.outcomes["ok"] == 32 - MINIMUM + 1
        assert site.condition() is Condition.CLOSED
        assert site.circuits.pause_of(TURN) is None

    run_in_virtual_time(scenario())


def test_while_it_is_open_one_probe_goes_at_a_time_and_ever_less_often():
    async def scenario():
        site = Site()
        asking = site.asks(100)
        await asyncio.sleep(200)
        probes = site.asked[100:]
        gaps = [round(later - earlier) for earlier, later in pairwise(probes)]
        assert round(probes[0]) == 5
        assert gaps == [10, 20, 40, 60, 60]
        asking.cancel()

    run_in_virtual_time(scenario())


def test_those_who_waited_go_on_within_a_second_and_not_in_the_same_moment():
    async def scenario():
        site, draws = Site(), iter([n / 97 for n in range(97)] * 9)
        site.circuits = Circuits(
            CircuitPolicy(minimum=MINIMUM), clock=lambda: NOW, monotonic=lambda: site.now, draw=lambda: next(draws)
        )
        asking = site.asks(50)
        await asyncio.sleep(3)
        site.error = None
        await asking
        [probe, *others] = site.asked[50:]
        assert max(others) - probe <= RESUME_SECONDS + 0.2
        assert len(set(others)) > 40

    run_in_virtual_time(scenario())


def test_another_region_and_another_endpoint_go_on_untouched():
    async def scenario():
        site = Site()
        asking = site.asks(20)
        await asyncio.sleep(1)
        site.error = None
        for place in (US, Place("eu", "profile-eu", "media"), Place("eu", "profile-classic1x-eu", "profile")):
            before = site.now
            await site.ask(place)
            assert site.now - before < 0.2
        assert site.condition() is Condition.OPEN
        asking.cancel()

    run_in_virtual_time(scenario())


@pytest.mark.parametrize(
    "error",
    [
        BattleNetCharacterHidden(found=False),
        BattleNetCharacterHidden(found=True),
        BattleNetTokenInvalid(),
        BattleNetRateLimited(),
    ],
)
def test_404_403_401_and_429_never_open_it(error):
    async def scenario():
        site = Site()
        site.error = error
        await site.asks(200)
        assert site.outcomes == {type(error).__name__: 200}
        assert site.condition() is Condition.CLOSED

    run_in_virtual_time(scenario())


def test_answers_that_cannot_be_read_open_it_and_are_told_to_those_who_got_them():
    async def scenario():
        site = Site()
        site.error = BattleNetAnswerUnreadable()
        await site.asks(20)
        assert site.outcomes == {"BattleNetAnswerUnreadable": 20}
        assert site.condition() is Condition.OPEN

    run_in_virtual_time(scenario())


def test_who_does_not_wait_is_told_at_once_how_long_it_may_take():
    async def scenario():
        site = Site()
        await asyncio.gather(*(site.ask(waits=False) for _ in range(10)))
        before = site.now
        with pytest.raises(BattleNetUnavailable) as told:
            await site.circuits.through(EU, TURN, site.answer, waits=False)
        assert told.value.retry_after == timedelta(seconds=5)
        assert site.now == before
        assert len(site.asked) == 10

    run_in_virtual_time(scenario())


def test_a_stopped_probe_makes_room_for_the_next_one():
    async def scenario():
        site = Site()
        asking = site.asks(10)
        await asyncio.sleep(5.15)  # the probe is on its way
        assert site.condition() is Condition.HALF_OPEN
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        site.error = None
        await site.ask()
        assert site.outcomes["ok"] == 1
        assert site.circuits.pause_of(TURN) is None

    run_in_virtual_time(scenario())


def test_a_pause_is_told_with_the_place_and_the_time_of_the_next_try():
    async def scenario():
        site = Site()
        asking = site.asks(20)
        await asyncio.sleep(1)
        told = site.circuits.pause_of(TURN)
        assert told == Paused("eu", "profile-eu", "profile", NOW + timedelta(seconds=5.1))
        await asyncio.sleep(1)
        assert site.circuits.pause_of(TURN) == told
        assert site.circuits.pause_of(Turn(Lane.FIRST_SYNC, "another")) is None
        asking.cancel()

    run_in_virtual_time(scenario())


def test_what_an_operator_opens_waits_until_they_close_it_also_where_nothing_has_passed_yet():
    async def scenario():
        site = Site()
        site.error = None
        await site.ask(US)
        everything = OperatedCircuit(Place("*", "*", "*"), is_open=True, changed_at=NOW)
        site.circuits.operate([everything])
        asking = [site.asks(3, EU), site.asks(2, US)]
        await asyncio.sleep(3_000)
        assert len(site.asked) == 1
        assert site.circuits.pause_of(TURN) == Paused("eu", "profile-eu", "profile", None)
        us_again = OperatedCircuit(Place("us", "*", "*"), is_open=False, changed_at=NOW + timedelta(seconds=1))
        site.circuits.operate([everything, us_again])
        await asking[1]
        assert len(site.asked) == 3
        site.circuits.operate([OperatedCircuit(everything.place, is_open=False, changed_at=NOW + timedelta(hours=1))])
        await asking[0]
        assert site.outcomes == {"ok": 6}

    run_in_virtual_time(scenario())


def test_an_operator_closes_what_has_opened_by_itself():
    async def scenario():
        site = Site()
        asking = site.asks(20)
        await asyncio.sleep(1)
        site.error = None
        site.circuits.operate([OperatedCircuit(Place("eu", "*", "*"), is_open=False, changed_at=NOW)])
        await asking
        assert site.now < 3

    run_in_virtual_time(scenario())


def test_only_what_has_changed_is_news():
    async def scenario():
        site = Site()
        asking = site.asks(20)
        await asyncio.sleep(1)
        [news] = site.circuits.news()
        assert (news.place, news.condition, news.parked) == (EU, Condition.OPEN, 16)
        assert site.circuits.news() == []
        site.error = None
        await asking
        assert [news.condition for news in site.circuits.news()] == [Condition.CLOSED]

    run_in_virtual_time(scenario())
