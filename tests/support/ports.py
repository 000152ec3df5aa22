"""Ports that are picked now and used in a moment, or never: nobody else on this machine gets them meanwhile.

Systems give whoever asks for any port, and every connection that goes out, one above 32,768 (Linux) or 49,152. A port from
there, once closed, may be somebody's own end of a connection before it is opened again.
"""

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

PICKED_FROM: Final = range(10_000, 20_000)  # a Redis cluster's nodes speak on the port that is 10,000 higher
_chance = random.SystemRandom()  # or processes that begin alike would pick alike


def free_port(*, neighbours: int = 0) -> int:
    """Return a port that is free, with so many free ones after it."""
    for port in _chance.sample(PICKED_FROM, 100):
        if all(_is_free(each) for each in range(port, port + 1 + neighbours)):
            return port
    raise OSError("no port is free")


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
