"""What operators and processes say of circuits, as rows."""

from datetime import timedelta

from character_sync.domain.circuit import Condition, Place
from character_sync.ports import CircuitRow, CircuitState
from fakes.characters import NOW
from fakes.store import Store

EU, ALL = Place("eu", "profile-eu", "profile"), Place("*", "*", "*")
LATER = NOW + timedelta(seconds=9)


async def rows(store: Store) -> list[CircuitRow]:
    return await store.ask(lambda work: work.circuits.all())


async def test_the_last_word_of_an_operator_is_kept(store: Store) -> None:
    await store.do(lambda work: work.circuits.say(EU, NOW, is_open=True))
    await store.do(lambda work: work.circuits.say(ALL, NOW, is_open=True))
    await store.do(lambda work: work.circuits.say(EU, LATER, is_open=False))
    assert await rows(store) == [CircuitRow(ALL, True, NOW, None), CircuitRow(EU, False, LATER, None)]


async def test_what_processes_tell_stands_beside_it(store: Store) -> None:
    await store.do(lambda work: work.circuits.tell([CircuitState(EU, Condition.OPEN, LATER, 3)]))
    assert await rows(store) == [CircuitRow(EU, None, None, LATER)]
    await store.do(lambda work: work.circuits.say(EU, NOW, is_open=True))
    assert await rows(store) == [CircuitRow(EU, True, NOW, LATER)]
    await store.do(lambda work: work.circuits.tell([CircuitState(EU, Condition.CLOSED, None, 0)]))
    assert await rows(store) == [CircuitRow(EU, True, NOW, None)]
