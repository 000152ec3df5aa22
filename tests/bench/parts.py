"""The parts of the benchmark, by the names they are asked for."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from bench.accepting import accepting
from bench.cost import cost
from bench.fan_out import fan_out
from bench.grounds import Grounds
from bench.growth import growth
from bench.history import history
from bench.wall_clock import wall_clock

Part = Callable[[Grounds], Awaitable[dict[str, Any]]]

PARTS: Final[dict[str, Part]] = {
    "wall-clock": wall_clock,
    "cost": cost,
    "accepting": accepting,
    "fan-out": fan_out,
    "growth": growth,
    "history": history,
}
