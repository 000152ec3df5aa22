"""The API as HTTP: counts, paces, misbehaves or answers every request under `/api/`."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from battle_net_sandbox.answers import Answer, error
from battle_net_sandbox.calls import PREFIX, Call, read_call
from battle_net_sandbox.clock import http_date
from battle_net_sandbox.misbehaviour import Misbehaviour
from battle_net_sandbox.responder import Responder
from battle_net_sandbox.sandbox import Sandbox
from battle_net_sandbox.tokens import NoToken

_MOST_REMEMBERED: Final = 100_000


class ProfileApi:
    """Handles `GET /api/{region}/...`."""

    def __init__(self, sandbox: Sandbox, misbehaviour: Misbehaviour) -> None:
        self._sandbox = sandbox
        self._misbehaviour = misbehaviour
        self._responder = Responder(sandbox)
        self._calls: dict[tuple[str, str | None], Call] = {}
        self._date = (0, "")

    def add_to(self, app: web.Application) -> None:
        app.router.add_get(PREFIX + "{path:.*}", self.handle, allow_head=False)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request the way Battle.net would, unless a fault rule knows better."""
        sandbox = self._sandbox
        call = self._read(request)
        now = sandbox.clock.now()
        token = sandbox.tokens.read(request.headers.get("Authorization"), now)
        kind, client_id = ("none", "") if isinstance(token, NoToken) else (token.kind, token.client_id)
        sandbox.stats.arrived()
        if client_id and not sandbox.limit.admits(client_id):
            sandbox.stats.answered(call.template, 429, kind)
            return error(429).response(request, self._http_date(now))
        if sandbox.latency_ms:
            await asyncio.sleep(sandbox.latency_ms / 1_000)
        fault = sandbox.faults and sandbox.faults.respond_to(call.path, call.template, call.region, call.namespace)
        if not fault:
            answer: Answer = self._responder.answer(call, token)
            response = answer.response(request, self._http_date(now))
            sandbox.stats.answered(call.template, response.status, kind)
            return response
        true_answer = self._responder.answer(call, token).response(request, self._http_date(now))
        status = 0 if fault.hang is True else self._misbehaviour.status(fault, true_answer)
        sandbox.stats.answered(call.template, status, kind)
        return await self._misbehaviour.carry_out(request, fault, true_answer)

    def _read(self, request: web.Request) -> Call:
        key = (request.raw_path, request.headers.get("Battlenet-Namespace"))
        call = self._calls.get(key)
        if call is None:
            if len(self._calls) >= _MOST_REMEMBERED:
                self._calls.clear()
            query = request.query
            call = read_call(request.rel_url.raw_path, key[1], query.get("namespace"), query.get("locale"))
            self._calls[key] = call
        return call

    def _http_date(self, now: float) -> str:
        second = int(now)
        if self._date[0] != second:
            self._date = (second, http_date(second))
        return self._date[1]
