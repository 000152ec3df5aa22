"""Wrappings around the handlers that are not the API's hot path: who may call them, and faults of OAuth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from aiohttp import web
from yarl import URL

from battle_net_sandbox.misbehaviour import Misbehaviour
from battle_net_sandbox.sandbox import Sandbox

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def same_machine_only(handler: Handler) -> Handler:
    """Refuse what a web page of another site sent through the player's browser: foreign names, cross-site requests."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        host = URL(f"http://{request.host}").host or ""
        named_loopback = host in LOOPBACK_NAMES or host.startswith("127.")
        if not named_loopback or request.headers.get("Sec-Fetch-Site") == "cross-site":
            return web.Response(status=HTTPStatus.FORBIDDEN, text="The sandbox is controlled from this machine only.")
        return await handler(request)

    return guarded


def with_faults(handler: Handler, sandbox: Sandbox, misbehaviour: Misbehaviour) -> Handler:
    """Let fault rules that name an OAuth path take a request first."""

    async def faulty(request: web.Request) -> web.StreamResponse:
        fault = sandbox.faults.respond_to(request.path, request.path, None, None) if sandbox.faults else None
        if fault is None:
            return await handler(request)
        true_answer = web.Response() if fault.replaces else await handler(request)
        if not isinstance(true_answer, web.Response):
            return true_answer
        return await misbehaviour.carry_out(request, fault, true_answer)

    return faulty
