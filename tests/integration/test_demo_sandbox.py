"""Where the demo's sandbox listens: its pictures are remembered by address."""

import socket
from contextlib import AsyncExitStack

from character_sync.commands.programs import _sandbox_beside


def taken() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


async def test_the_sandbox_takes_the_next_port_so_that_kept_pictures_are_found_again() -> None:
    with taken() as listener:
        port: int = listener.getsockname()[1]
    async with AsyncExitStack() as stack:
        sandbox = await _sandbox_beside(port - 1, None, stack)
        assert sandbox.url == f"http://127.0.0.1:{port}"


async def test_the_sandbox_takes_any_port_when_the_next_one_is_taken() -> None:
    with taken() as listener:
        port: int = listener.getsockname()[1]
        async with AsyncExitStack() as stack:
            sandbox = await _sandbox_beside(port - 1, None, stack)
            assert sandbox.url != f"http://127.0.0.1:{port}"


async def test_the_sandbox_takes_any_port_when_the_demo_does() -> None:
    async with AsyncExitStack() as stack:
        assert (await _sandbox_beside(0, None, stack)).url.startswith("http://127.0.0.1:")
