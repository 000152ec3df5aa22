"""When a run reports, and for how long a report holds its lease."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from character_sync.domain.sync_session import SessionStatus
from character_sync.ports import UNOBSERVED, ClaimedSession, Lane, LeaseLost, Outlook
from character_sync.use_cases.run_record import RunRecord
from fakes.channel import NotedEvents
from fakes.characters import NOW, job_for, session_of
from fakes.running import DONE
from fakes.store import LEASE
from fakes.virtual_time import run_in_virtual_time

HEARTBEAT = timedelta(seconds=10)


class Rows:
    """As much of `Work` as the record uses: a row that one run writes, in transactions that may have to wait."""

    def __init__(self) -> None:
        self.began = asyncio.get_running_loop().time()
        self.waits = self.leaves_after = 0.0
        self.reports: list[tuple[str, float]] = []
        self.leases: list[timedelta] = []
        self.is_over = False

    def clock(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    @property
    def seconds(self) -> float:
        return asyncio.get_running_loop().time() - self.began

    async def transaction(self, body: Callable[[Any], Awaitable[None]]) -> None:
        await asyncio.sleep(self.waits)
        await body(SimpleNamespace(sync_sessions=self))
        await asyncio.sleep(self.leaves_after)

    async def write(self, session: Any, *, lease_until: datetime, **_: object) -> None:
        self._note("written", lease_until)
        self.is_over = session.status.is_final

    async def extend_lease(self, _id: object, _token: object, until: datetime, _deadline: object) -> None:
        if self.is_over:
            raise LeaseLost
        self._note("extended", until)

    def _note(self, how: str, lease_until: datetime) -> None:
        self.reports.append((how, round(self.seconds, 3)))
        self.leases.append(lease_until - self.clock())


@asynccontextmanager
async def recording(rows: Rows, characters: int) -> AsyncIterator[tuple[RunRecord, asyncio.Event]]:
    """A run's record with its writer and the keeper of its lease; in the end its sync session is over."""
    record = RunRecord(
        ClaimedSession(session_of(characters), Lane.FIRST_SYNC, tuple(job_for(n, job_id=n) for n in range(characters))),
        work=cast("Any", rows),
        channel=NotedEvents(),
        clock=rows.clock,
        observer=UNOBSERVED,
        lease=LEASE,
        writes_apart=timedelta(0),
        outlook=lambda: Outlook(ahead=0, pace=None, gate_seconds=0),
        requests_each=4,
    )
    record.session.begin_run()
    look = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        writer = group.create_task(record.write_until_ended())
        keeper = group.create_task(record.keep_lease(HEARTBEAT, look))
        yield record, look
        await writer
        keeper.cancel()
    assert record.session.status is SessionStatus.COMPLETED


def settle_one(record: RunRecord) -> None:
    record.settle(record.unsettled[0], DONE)


def test_while_nothing_is_written_each_heartbeat_reports() -> None:
    async def scenario() -> None:
        rows = Rows()
        async with recording(rows, 1) as (record, _):
            await asyncio.sleep(35)
            settle_one(record)
        assert rows.reports == [("extended", 10), ("extended", 20), ("extended", 30), ("written", 35)]

    run_in_virtual_time(scenario())


def test_what_is_written_is_a_report_too() -> None:
    async def scenario() -> None:
        rows = Rows()
        async with recording(rows, 2) as (record, _):
            await asyncio.sleep(5)
            settle_one(record)
            await asyncio.sleep(15)
            settle_one(record)
        assert rows.reports == [("written", 5), ("extended", 15), ("written", 20)]

    run_in_virtual_time(scenario())


def test_who_hears_of_an_end_reports_at_once() -> None:
    async def scenario() -> None:
        rows = Rows()
        async with recording(rows, 1) as (record, look):
            await asyncio.sleep(3)
            look.set()
            await asyncio.sleep(3)
            settle_one(record)
        assert rows.reports == [("extended", 3), ("written", 6)]

    run_in_virtual_time(scenario())


def test_a_lease_is_as_long_however_long_its_report_waited_for_its_turn() -> None:
    async def scenario() -> None:
        rows = Rows()
        rows.waits = 12
        async with recording(rows, 2) as (record, _):
            settle_one(record)
            await asyncio.sleep(40)
            settle_one(record)
        assert [how for how, _ in rows.reports] == ["written", "extended", "written"]
        assert set(rows.leases) == {LEASE}

    run_in_virtual_time(scenario())


def test_while_a_write_waits_for_its_turn_nothing_else_is_reported() -> None:
    async def scenario() -> None:
        rows = Rows()
        rows.waits = 25
        async with recording(rows, 2) as (record, _):
            settle_one(record)
            await asyncio.sleep(30)
            settle_one(record)
        assert rows.reports == [("written", 25), ("written", 55)]

    run_in_virtual_time(scenario())


def test_a_run_whose_own_end_is_on_record_has_lost_no_lease() -> None:
    """Its heartbeat may be due in the very moment between the commit and the run's hearing of it."""

    async def scenario() -> None:
        rows = Rows()
        rows.leaves_after = 25
        async with recording(rows, 1) as (record, _):
            settle_one(record)
        assert rows.reports == [("written", 0)]

    run_in_virtual_time(scenario())
