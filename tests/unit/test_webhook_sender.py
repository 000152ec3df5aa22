"""What a receiver is sent, what counts as taken, and where nothing is sent."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web

from character_sync.adapters import webhook_sender
from character_sync.adapters.webhook_sender import (
    SECRET_BYTES,
    SECRET_PREFIX,
    checked_url,
    is_allowed,
    new_webhook_secret,
    open_webhook_sender,
    signature,
)
from character_sync.domain.errors import InvalidRequest
from character_sync.domain.webhooks import Attempt, DeliveryProblem
from character_sync.ports import Secret

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
# The example of the specification (standard-webhooks, spec/standard-webhooks.md and its reference libraries' tests).
EXAMPLE_SECRET = Secret("whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
EXAMPLE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def receiver(answer: Answer) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)  # one that hangs would be waited for
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


async def sent(url: str, *, to_private: bool = True) -> Attempt:
    async with open_webhook_sender(to_private=to_private) as sender:
        return await sender.send(url, EXAMPLE_SECRET, message_id="delivery-1", body=b'{"a":1}', at=NOW)


def test_a_signature_is_the_one_of_the_specifications_example() -> None:
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    body = b'{"test": 2432232314}'
    assert signature(EXAMPLE_SECRET, message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", at=at, body=body) == EXAMPLE


def test_a_new_secret_is_long_enough_and_of_the_specifications_form() -> None:
    secrets = {new_webhook_secret().reveal() for _ in range(10)}
    assert len(secrets) == 10
    for secret in secrets:
        assert secret.startswith(SECRET_PREFIX)
        assert len(base64.b64decode(secret.removeprefix(SECRET_PREFIX))) == SECRET_BYTES


async def test_a_receiver_can_check_what_it_is_sent() -> None:
    got: list[tuple[dict[str, str], bytes]] = []

    async def take(request: web.Request) -> web.Response:
        got.append((dict(request.headers), await request.read()))
        return web.Response(status=204)

    async with receiver(take) as url:
        assert await sent(url) == Attempt(NOW, 204)
    [(headers, body)] = got
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(EXAMPLE_SECRET.reveal().removeprefix(SECRET_PREFIX))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert (headers["Content-Type"], json.loads(body)) == ("application/json", {"a": 1})
    assert "Cookie" not in headers


@pytest.mark.parametrize("status", [301, 400, 404, 410, 429, 500, 503])
async def test_any_answer_but_a_good_one_is_not_taken(status: int) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async with receiver(answer) as url:
        assert await sent(url) == Attempt(NOW, status, DeliveryProblem.ANSWERED_OTHERWISE)


async def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    async def redirect(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    async with receiver(redirect) as url:
        await sent(url)
    assert asked == ["/hook"]


async def test_an_endless_answer_is_not_read() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65_536)
        except ConnectionError:
            return response

    async with receiver(endless) as url, asyncio.timeout(60):
        assert await sent(url) == Attempt(NOW, 200)


async def test_a_receiver_that_is_not_there_is_not_reached(closed_port: int) -> None:
    assert await sent(f"http://127.0.0.1:{closed_port}/") == Attempt(NOW, None, DeliveryProblem.NOT_REACHED)


async def test_a_receiver_that_hangs_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_sender, "TIMEOUT_SECONDS", 0.2)

    async def hang(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with receiver(hang) as url:
        assert await sent(url) == Attempt(NOW, None, DeliveryProblem.TOO_SLOW)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - not bound
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b:1::7f00:1",
        "fec0::1",
        "3fff::1",
        "127.1",
        "2130706433",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "127.0.0.1.",
        "0",
        "localhost",
        "x.localhost",
        "printer.local",
        "metadata.google.internal",
        "LOCALHOST.",
    ],
)
def test_an_address_that_is_not_of_the_public_internet_is_not_allowed(host: str) -> None:
    assert not is_allowed(host, to_private=False)
    assert is_allowed(host, to_private=True)


@pytest.mark.parametrize("host", ["8.8.8.8", "2606:4700:4700::1111", "site.example", "localhost.example"])
def test_what_may_be_of_the_public_internet_is_allowed(host: str) -> None:
    assert is_allowed(host, to_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "site.example",
        "ftp://site.example",
        "https://",
        "https://[::1",
        "https://site.example:99999",
        "https://user:word@site.example",
        "https://user@site.example",
        "https://site.example/a b",
        "https://site.example/\nHost: other",
        "https://sité.example",
        "http://site.example",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost:8000/",
        "https://127.1/",
        "https://2130706433/",
    ],
)
def test_an_address_that_could_not_be_sent_to_is_refused_when_it_is_given(url: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_url(url, to_private=False)
    assert refused.value.field == "url"


async def test_a_name_that_stands_for_a_private_address_is_found_out_when_it_is_sent_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def resolve(_self: object, host: str, port: int = 0, _family: int = 0) -> list[dict[str, object]]:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 0, "flags": 0}]

    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", resolve)
    monkeypatch.setattr("aiohttp.resolver.AsyncResolver.resolve", resolve, raising=False)
    assert await sent("https://innocent.example/", to_private=False) == Attempt(
        NOW, None, DeliveryProblem.ADDRESS_NOT_ALLOWED
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0177.0.0.1", "127.0.0.1."])
async def test_what_looks_like_an_address_and_so_is_not_looked_up_is_not_connected_to_either(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sender, "checked_url", lambda url, **_how: url)  # had it been read otherwise there
    connected = asyncio.Event()
    listening = await asyncio.start_server(lambda _reader, _writer: connected.set(), "127.0.0.1", 0)
    async with listening:
        attempt = await sent(f"http://{host}:{listening.sockets[0].getsockname()[1]}/", to_private=False)
    assert attempt.problem in {DeliveryProblem.ADDRESS_NOT_ALLOWED, DeliveryProblem.NOT_REACHED}
    assert not connected.is_set()


async def test_an_address_that_was_allowed_once_is_not_sent_to_when_it_no_longer_is() -> None:
    asked: list[str] = []

    async def take(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response()

    async with receiver(take) as url:
        assert await sent(url, to_private=False) == Attempt(NOW, None, DeliveryProblem.ADDRESS_NOT_ALLOWED)
    assert asked == []
