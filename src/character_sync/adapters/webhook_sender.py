"""Sends webhooks by the Standard Webhooks specification, to public addresses only unless the operator allows others."""

import base64
import hashlib
import hmac
import ipaddress
import re
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

from character_sync.domain.errors import InvalidRequest
from character_sync.domain.webhooks import Attempt, DeliveryProblem
from character_sync.ports import Secret

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the specification's
SECRET_BYTES: Final = 32  # the specification asks for 24 to 64
TIMEOUT_SECONDS: Final = 15.0  # the specification names 15 to 30; what a receiver has to do it does after its answer
CONNECTIONS_PER_HOST: Final = 4  # receivers are small sites
USER_AGENT: Final = "character-sync-webhooks"

# Translated addresses of IPv6 that carry one of IPv4, which is then what counts (RFC 6052).
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
# All that is handed out of IPv6, and a part of it that only books use (RFC 9637), which Python does not know yet.
_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")
_DOCUMENTATION: Final = ipaddress.ip_network("3fff::/20")
# `127.1`, `2130706433`, `0x7f.1`: no address by the standard, and one to whoever connects (the URL standard's rule).
_LIKE_A_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.IGNORECASE)


class AddressNotAllowedError(OSError):
    """A receiver's name stands for an address that webhooks are not sent to."""


def new_webhook_secret() -> Secret:
    return Secret(SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode())


def signature(secret: Secret, *, message_id: str, at: datetime, body: bytes) -> str:
    """Return the value of `webhook-signature`: HMAC-SHA256 over id, seconds and body, in base64 behind its version."""
    key = base64.b64decode(secret.reveal().removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def checked_url(url: str, *, to_private: bool) -> str:
    """Return the address of a receiver as it is kept.

    What its name stands for is looked at when something is sent, and each time: names change what they stand for.

    Raises:
        InvalidRequest: it is none, has a user in it, needs https, or is one of a network of ours.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidRequest("url", "url is not an address.") from None
    if parts.scheme not in {"https", "http"} or not host or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidRequest("url", "url must be an https:// address.")
    if parts.username is not None or parts.password is not None:
        raise InvalidRequest("url", "url must not hold a user name or password.")
    if not to_private:
        if parts.scheme != "https":
            raise InvalidRequest("url", "url must begin with https://.")
        if not is_allowed(host, to_private=False):
            raise InvalidRequest("url", "url must be an address of the public internet.")
    return url


def is_allowed(host: str, *, to_private: bool) -> bool:
    """Whether something may be sent to an address; a name is allowed here, for it is looked up later."""
    if to_private:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        is_our_networks = host.rstrip(".").lower().endswith(("localhost", ".local", ".internal"))
        return not is_our_networks and _LIKE_A_NUMBER.fullmatch(host) is None
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is None:
            return address.is_global and address in _GLOBAL_UNICAST and address not in _DOCUMENTATION
        address = inner
    return address.is_global and not address.is_multicast


class _CheckedResolver(AbstractResolver):
    """Looks names up and gives only allowed addresses, to which the connection then goes: nothing is looked up twice."""

    def __init__(self, *, to_private: bool) -> None:
        self._resolver = DefaultResolver()
        self._to_private = to_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if not all(is_allowed(one["host"], to_private=self._to_private) for one in found):
            raise AddressNotAllowedError(f"{host} stands for an address webhooks are not sent to")
        return found

    async def close(self) -> None:
        await self._resolver.close()


class _CheckedSockets:
    """Makes the sockets of connections, to allowed addresses only: what the HTTP library takes for an address is not
    looked up, and so never comes to the resolver.
    """

    def __init__(self, *, to_private: bool) -> None:
        self._to_private = to_private

    def __call__(self, address: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, (host, *_) = address
        if not is_allowed(str(host), to_private=self._to_private):
            raise AddressNotAllowedError("webhooks are not sent to this address")
        return socket.socket(family, kind, protocol)


class StandardWebhookSender:
    """Implements the port `WebhookSender`."""

    def __init__(self, http: aiohttp.ClientSession, *, to_private: bool) -> None:
        self._http = http
        self._to_private = to_private

    async def send(self, url: str, secret: Secret, *, message_id: str, body: bytes, at: datetime) -> Attempt:
        try:
            checked_url(url, to_private=self._to_private)  # the operator may have changed their mind
        except InvalidRequest:
            return Attempt(at, problem=DeliveryProblem.ADDRESS_NOT_ALLOWED)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature(secret, message_id=message_id, at=at, body=body),
        }
        try:
            # No redirect: it could lead anywhere, and the answer to one says that this address is not the right one.
            async with self._http.post(url, data=body, headers=headers, allow_redirects=False) as response:
                status = response.status  # what the body says is nobody's concern, and may be endless
        except TimeoutError:
            return Attempt(at, problem=DeliveryProblem.TOO_SLOW)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            is_forbidden = _is_caused_by(error, AddressNotAllowedError)
            problem = DeliveryProblem.ADDRESS_NOT_ALLOWED if is_forbidden else DeliveryProblem.NOT_REACHED
            return Attempt(at, problem=problem)
        is_taken = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        return Attempt(at, status, None if is_taken else DeliveryProblem.ANSWERED_OTHERWISE)


def _is_caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind) or isinstance(getattr(error, "os_error", None), kind):
            return True
        error = error.__cause__ or error.__context__
    return False


@asynccontextmanager
async def open_webhook_sender(*, to_private: bool) -> AsyncIterator[StandardWebhookSender]:
    """Connections of their own, not those that carry our requests to Battle.net; without cookies."""
    connector = aiohttp.TCPConnector(
        resolver=_CheckedResolver(to_private=to_private),
        socket_factory=_CheckedSockets(to_private=to_private),
        use_dns_cache=False,
        limit_per_host=CONNECTIONS_PER_HOST,
        force_close=True,  # a body that nobody reads would stand in the way of the next request
    )
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        cookie_jar=jar,
        trust_env=False,
        auto_decompress=False,  # nobody reads what a receiver answers
    ) as http:
        yield StandardWebhookSender(http, to_private=to_private)
