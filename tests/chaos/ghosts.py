"""Ghosts: a worker frozen for longer than its lease wakes up when another one has its work, and must write nothing."""

import asyncio
from dataclasses import dataclass
from typing import Final

from chaos.clients import Client
from chaos.history import FINAL, Rows, SessionRow
from chaos.processes import Running, until
from chaos.site import Site, watched
from support.held_back import hold_back, let_go

TAKEN_WITHIN_SECONDS: Final = 90.0  # a lease of at most 30 s, on a machine where everything is slow
ENOUGH: Final = 16  # requests, so that of four characters in work at once one is settled, and of sixty never all
UNFENCED_SECONDS: Final = 3.0  # a ghost without a fence says nothing one could wait for; it writes at once
LOST: Final = "sync_session_lease_lost"


@dataclass(frozen=True)
class Haunting:
    """One ghost. `wrote` is what changed in the rows that only the ghost can have changed."""

    session_id: str
    at_end: bool
    wrote: str
    noticed: bool


async def haunt(site: Site, client: Client, *, at_end: bool, expects_lease_lost: bool = True) -> Haunting:
    """Freeze the worker that runs a new sync, wake it after the take-over (or, `at_end`, after the other's end)."""
    await hold_back(site.control, after=ENOUGH)
    answer = await client.sync()
    assert answer.status == 202, answer
    session_id: str = answer.body["sessionId"]
    async with watched(client.watch(session_id)) as watches:
        await site.rows_when(
            lambda rows: _row(rows, session_id).processed > 0,
            within=TAKEN_WITHIN_SECONDS,
            what="a sync under way",
        )
        ghost = _holder(site, session_id)
        slept_at = len(ghost.text())
        ghost.signal(19)  # SIGSTOP
        await let_go(site.control)
        try:
            await site.rows_when(
                lambda rows: _row(rows, session_id).status in FINAL if at_end else _moved(_row(rows, session_id)),
                within=TAKEN_WITHIN_SECONDS,
                what="a take-over",
            )
            before = await site.rows()
        finally:
            ghost.signal(18)  # SIGCONT
        finished = _row(before, session_id).run_token == 1  # it ended before it could be frozen
        if not finished and not expects_lease_lost:
            await asyncio.sleep(UNFENCED_SECONDS)
        elif not finished:
            await until(lambda: _noticed(ghost, slept_at), within=TAKEN_WITHIN_SECONDS, what="a ghost's end")
        rows = await site.settled(within=TAKEN_WITHIN_SECONDS)
        await asyncio.wait(watches, timeout=TAKEN_WITHIN_SECONDS)
    wrote = ""
    if at_end and (_row(rows, session_id), _jobs(rows, session_id)) != (
        _row(before, session_id),
        _jobs(before, session_id),
    ):
        wrote = f"{_row(before, session_id)} became {_row(rows, session_id)}"
    return Haunting(session_id, at_end, wrote, not finished)


def _noticed(ghost: Running, since: int) -> bool:
    """Whether it found its lease lost, or, frozen inside a transaction, its connection ended by PostgreSQL."""
    return LOST in ghost.text()[since:] or "DatabaseUnavailable" in ghost.text()[since:]


def _moved(row: SessionRow) -> bool:
    """Whether another run has written something of its own, or the first one ended after all."""
    return row.status in FINAL or (row.run_token > 1 and row.seq > row.run_token * 1_000_000)


def _row(rows: Rows, session_id: str) -> SessionRow:
    return next(row for row in rows.sessions if row.id == session_id)


def _jobs(rows: Rows, session_id: str) -> list[tuple[str, str, str | None]]:
    return sorted((job.character_id, job.status, job.reason) for job in rows.jobs if job.session_id == session_id)


def _holder(site: Site, session_id: str) -> Running:
    workers = [running for name, running in site.processes.items() if name.startswith("worker")]
    return next(running for running in workers if "sync_session_taken" in _lines(running, session_id))


def _lines(running: Running, session_id: str) -> str:
    return "\n".join(line for line in running.text().splitlines() if session_id in line)
