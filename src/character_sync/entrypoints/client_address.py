"""Whose address a request comes from, where proxies that are trusted say so."""

import ipaddress
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network
from typing import Any

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger()

MOST_HOPS = 20  # addresses of one X-Forwarded-For that are looked at; a real chain has two or three

Network = IPv4Network | IPv6Network


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read addresses and networks. Raises ValueError."""
    return tuple(ipaddress.ip_network(text) for text in texts)


class ClientAddress:
    """Puts the address of the client in place of its proxy's.

    Anybody can send `X-Forwarded-For`, so it is read only from proxies that the operator has named, from the end on: the
    last address that is not such a proxy's is the client's. What stands before it may be made up.
    """

    def __init__(self, app: ASGIApp, trusted: Iterable[str]) -> None:
        self._app = app
        self._trusted = networks(trusted)
        self._has_warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            peer = scope["client"][0] if scope.get("client") else ""
            said = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
            if said and self._is_trusted(peer):
                scope = {**scope, "client": (self._client(peer, ",".join(said)), 0)}
            elif said and not self._has_warned:
                self._has_warned = True
                log.warning("forwarded_for_not_trusted", proxy=peer, setting="CHARACTER_SYNC_TRUSTED_PROXIES")
        await self._app(scope, receive, send)

    def _client(self, peer: str, said: str) -> str:
        client = peer
        for hop in reversed(said.split(",")[-MOST_HOPS:]):
            address = hop.strip()
            if not _is_address(address):
                break
            client = address
            if not self._is_trusted(address):
                break
        return client

    def _is_trusted(self, address: str) -> bool:
        if not self._trusted or not _is_address(address):
            return False
        parsed: Any = ipaddress.ip_address(address)
        return any(parsed in network for network in self._trusted)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
