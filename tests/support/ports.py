"""Ports that are picked now and used in a moment, or never: nobody else on this machine gets them meanwhile.

Systems give whoever asks for any port, and every connection that goes out, one above 32,768 (Linux) or 49,152. A port from
there, once closed, may be somebody's own end of a connection before it is opened again.
"""

import os
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

PICKED_FROM: Final = range(10_000, 20_000)  # a Redis cluster's nodes speak on the port that is 10,000 higher
WORKERS: Final = 10  # of pytest's, each with ports of its own: what one opens again in a moment is free until then
_chance = random.SystemRandom()  # or processes that begin alike would pick alike
_picked: set[int] = set()


def free_port(*, neighbours: int = 0) -> int:
    """Return a port that is free, with so many free ones after it; none that this process was given before."""
    mine = _own_part(os.environ.get("PYTEST_XDIST_WORKER", ""))
    for port in _chance.sample(mine[: len(mine) - neighbours], len(mine) - neighbours):
        wanted = range(port, port + 1 + neighbours)
        if _picked.isdisjoint(wanted) and all(_is_free(each) for each in wanted):
            _picked.update(wanted)
            return port
    raise OSError("no port is free")


def _own_part(worker: str) -> range:
    """Return the ports of one of pytest's workers, which are called `gw0`, `gw1` and so on; all of them without one."""
    if not worker:
        return PICKED_FROM
    size, number = len(PICKED_FROM) // WORKERS, int(worker.removeprefix("gw")) % WORKERS
    return PICKED_FROM[number * size : (number + 1) * size]


def _is_free(port: int) -> bool:
    with suppress(OSError), socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        return True
    return False


@contextmanager
def port_of_nobody() -> Iterator[int]:
    """A port at which nobody listens while the block goes on: it is taken, and refuses whoever comes."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        yield port
