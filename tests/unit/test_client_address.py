"""Whose address a request comes from."""

from typing import Any

import pytest

from character_sync.domain.errors import NotReady
from character_sync.entrypoints.client_address import ClientAddress
from character_sync.settings import load_settings


async def seen(trusted: tuple[str, ...], peer: str, *said: str) -> Any:
    """Return the address the app sees."""
    scopes: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        scopes.append(scope)

    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in said]
    await ClientAddress(app, trusted)({"type": "http", "client": (peer, 1), "headers": headers}, None, None)
    return scopes[0]["client"][0]


PROXY = ("10.0.0.0/8", "2001:db8::/32")


@pytest.mark.parametrize(
    ("trusted", "peer", "said", "client"),
    [
        ((), "127.0.0.1", ["192.0.2.1"], "127.0.0.1"),  # nobody is trusted unless named, not even this machine
        (PROXY, "192.0.2.9", ["192.0.2.1"], "192.0.2.9"),
        (PROXY, "10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        (PROXY, "10.0.0.1", ["203.0.113.5, 192.0.2.1"], "192.0.2.1"),  # the first is made up by the client
        (PROXY, "10.0.0.1", ["203.0.113.5", "192.0.2.1"], "192.0.2.1"),
        (PROXY, "10.0.0.1", ["192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        (PROXY, "10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        (PROXY, "10.0.0.1", ["nonsense"], "10.0.0.1"),
        (PROXY, "10.0.0.1", ["192.0.2.1, nonsense, 10.0.0.2"], "10.0.0.2"),
        (PROXY, "10.0.0.1", [""], "10.0.0.1"),
        (PROXY, "10.0.0.1", [], "10.0.0.1"),
        (PROXY, "2001:db8::1", ["2001:db9::7"], "2001:db9::7"),
        (PROXY, "10.0.0.1", ["192.0.2.1," + "10.0.0.9," * 1000 + "10.0.0.2"], "10.0.0.9"),
    ],
)
async def test_the_last_address_that_is_not_a_trusted_proxys_is_the_clients(
    trusted: tuple[str, ...], peer: str, said: list[str], client: str
) -> None:
    assert await seen(trusted, peer, *said) == client


def test_a_proxy_that_is_no_address_stops_the_start() -> None:
    with pytest.raises(NotReady, match="CHARACTER_SYNC_TRUSTED_PROXIES"):
        load_settings(trusted_proxies="proxy.example")
