"""Races: many POSTs of one player at the same instant over several servers; one gets through, the others are told which."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Final

from chaos.clients import COMES_BACK_SECONDS, Client
from chaos.history import Answer
from chaos.site import Site

UNAVAILABLE: Final = 503


@dataclass(frozen=True)
class Round:
    """`named` is how many different sync sessions the answers name."""

    statuses: Counter[int | None]
    named: int

    def is_right(self, asked: int) -> bool:
        return self.statuses == Counter({202: 1, 409: asked - 1}) and self.named == 1


async def race(site: Site, client: Client, *, asked: int) -> Round:
    """Ask that often at once, over all servers in turn; nobody works, so the one accepted stays until it is cancelled."""
    addresses = [site.url(number) for number in range(len(site.ports))]

    async def ask(address: str) -> Answer:
        answer = await client.sync(address=address)
        while answer.status == UNAVAILABLE:  # everybody wants the database: a page comes again, and so does this
            await asyncio.sleep(COMES_BACK_SECONDS)
            answer = await client.sync(address=address)
        return answer

    answers = await asyncio.gather(*(ask(addresses[n % len(addresses)]) for n in range(asked)))
    ids = {a.body.get("sessionId") or a.body.get("activeSessionId") for a in answers if isinstance(a.body, dict)}
    for session_id in ids - {None}:
        await client.ask("POST", f"/api/v1/sync-sessions/{session_id}/cancel")
    return Round(Counter(answer.status for answer in answers), len(ids))
