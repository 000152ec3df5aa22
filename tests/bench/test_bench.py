"""The benchmarks run, from end to end and with a little of everything; what they measure is judged on their page."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bench.grounds import SMALL, Grounds
from bench.measure import at_share, stolen_share
from bench.parts import PARTS
from bench.report import FIGURES, PAGE, page
from bench.sampling import COLLECTION, summary
from chaos.processes import running_starter
from support.postgresql_server import running_postgresql
from support.redis_server import RedisServer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def grounds(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Grounds]:
    with running_postgresql() as postgresql, RedisServer() as redis:
        postgresql.forget_about_power_cuts()
        async with running_starter() as starter:
            yield Grounds(tmp_path_factory.mktemp("bench"), starter, postgresql, redis, SMALL, lambda _said: None)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("part", PARTS)
async def test_a_part_measures_all_it_says(part: str, grounds: Grounds) -> None:
    done = await PARTS[part](grounds)
    assert done["figures"]
    assert all(isinstance(one["value"], float | int) and one["what"] and one["unit"] for one in done["figures"])
    json.dumps(done)


def part(**about: Any) -> dict[str, Any]:
    figure = {"what": "a thing", "value": 2.5, "unit": "ms", "goal": "<= 2 ms", "holds": False, "note": "3 runs"}
    machine = {"cpus": 2, "processor": "a processor", "load": 0.5, "versions": "Python 3"}
    whole = {"key": "cost", "name": "Cost", "what": "Something.", "date": "2026-01-01", "minutes": 1}
    return {**whole, "machine": machine, "figures": [figure]} | about


def test_the_page_is_written_from_the_figures_beside_it() -> None:
    assert PAGE.read_text("utf-8") == page(json.loads(FIGURES.read_text("utf-8")))


def test_a_goal_that_is_missed_is_said_to_be() -> None:
    assert "| Cost: a thing | <= 2 ms | 2.5 ms | **no** |" in page({"parts": [part()]})


def test_what_was_measured_before_is_kept_beside_what_is_measured_now() -> None:
    text = page({"parts": [part()], "before": [part(what="Slow.")]})
    assert text.index("Something.") < text.index("## Before anything was changed") < text.index("Slow.")


def test_the_page_says_how_much_of_its_time_a_machine_did_not_get() -> None:
    assert stolen_share((10.0, 1.0), (13.0, 2.0)) == 0.25
    machine = part()["machine"] | {"stolen": 0.25}
    assert "load average 0.5, 25 % of the processor time taken by the host for others; " in page(
        {"parts": [part(machine=machine)]}
    )


def test_a_stack_belongs_to_the_innermost_frame_that_says_whose_it_is() -> None:
    found = summary(
        [
            "run (asyncio/runners.py:1);write (character_sync/use_cases/run.py:2);execute (sqlalchemy/engine/base.py:3) 6",
            "run (asyncio/runners.py:1);decode (character_sync/adapters/battle_net/responses.py:2);inflate (libz.so) 3",
            "run (asyncio/runners.py:1);gc_collect_main (libpython3.11.so) 1",
        ]
    )
    assert found.parts == [("database", 0.6), ("decoding Battle.net's answers", 0.3), (COLLECTION, 0.1)]
    assert found.functions[0]["function"] == "execute (engine/base.py)"


def test_a_thread_that_waits_has_used_nothing() -> None:
    waits = "_worker (futures/thread.py:1);PyThread_acquire_lock_timed (libpython3.11.so) 90"
    assert summary([waits, "work (sqlalchemy/base.py:1) 10"]).samples == 10


def test_a_share_is_one_of_the_values() -> None:
    assert [at_share([3.0, 1.0, 2.0], share) for share in (0.0, 0.5, 0.99)] == [1.0, 2.0, 3.0]
