"""The port `JobQueue`: the engine in memory and on a real Redis."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from character_sync.adapters.job_queue import DELIVERIES_AT_ONCE, DocketJobQueue, open_job_queue
from character_sync.domain.errors import NotReady
from fakes.wire import Wire

pytest_plugins = ["support.servers"]


@pytest.fixture(params=["memory", "redis"])
def queue_url(request: pytest.FixtureRequest) -> str:
    if request.param == "memory":
        return f"memory://{uuid4().hex}"
    url: str = request.getfixturevalue("redis_url")
    return url


@pytest.fixture
async def queue(queue_url: str) -> AsyncIterator[DocketJobQueue]:
    async with open_job_queue(queue_url) as queue:
        yield queue


async def nobody(webhook_id: UUID) -> None:
    raise AssertionError(f"no webhook was submitted: {webhook_id}")


class Runs:
    """What a worker was told to run. A run goes on until it is let go, unless all are."""

    def __init__(self, *, lets_go: bool = True) -> None:
        self.begun: Counter[UUID] = Counter()
        self.finished: Counter[UUID] = Counter()
        self.stopped: Counter[UUID] = Counter()
        self.at_once = self.most_at_once = 0
        self.go_on = asyncio.Event()
        if lets_go:
            self.go_on.set()
        self._news = asyncio.Condition()

    async def __call__(self, session_id: UUID) -> None:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await self._count(self.begun, session_id)
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.stopped[session_id] += 1
            raise
        finally:
            self.at_once -= 1
        await self._count(self.finished, session_id)

    async def _count(self, counter: Counter[UUID], session_id: UUID) -> None:
        async with self._news:
            counter[session_id] += 1
            self._news.notify_all()

    async def until(self, counter: Counter[UUID], count: int) -> None:
        async with self._news:
            await self._news.wait_for(lambda: counter.total() >= count)


async def test_a_submitted_session_is_run(queue: DocketJobQueue) -> None:
    runs, session = Runs(), uuid4()
    async with queue.working(runs, nobody, at_once=5):
        await queue.submit(session)
        await runs.until(runs.finished, 1)
    assert runs.begun == {session: 1}


async def test_a_session_submitted_before_anybody_works_is_run_then(queue: DocketJobQueue) -> None:
    runs, session = Runs(), uuid4()
    await queue.submit(session)
    async with queue.working(runs, nobody, at_once=5):
        await runs.until(runs.finished, 1)
    assert runs.begun == {session: 1}


async def test_a_session_submitted_twice_while_it_waits_runs_once(queue: DocketJobQueue) -> None:
    runs, session, marker = Runs(), uuid4(), uuid4()
    for _ in range(3):
        await queue.submit(session)
    await queue.submit(marker)
    async with queue.working(runs, nobody, at_once=5):
        await runs.until(runs.finished, 2)  # begun in order: by now a second would have
    assert runs.begun == {session: 1, marker: 1}


async def test_a_session_submitted_again_while_it_runs_is_not_run_beside_itself(queue: DocketJobQueue) -> None:
    runs, session, marker = Runs(lets_go=False), uuid4(), uuid4()
    async with queue.working(runs, nobody, at_once=5):
        await queue.submit(session)
        await runs.until(runs.begun, 1)
        await queue.submit(session)
        await queue.submit(marker)
        await runs.until(runs.begun, 2)
        assert runs.begun == {session: 1, marker: 1}
        runs.go_on.set()
        await runs.until(runs.finished, 2)


async def until_run_again(queue: DocketJobQueue, runs: Runs, session: UUID, count: int) -> None:
    """Submit as the reconciler does, again and again: the engine frees a key a moment after its task has returned."""
    again = asyncio.ensure_future(runs.until(runs.finished, count))
    while not again.done():
        await queue.submit(session)
        await asyncio.wait([again], timeout=0.02)


async def test_a_session_that_has_run_may_run_again(queue: DocketJobQueue) -> None:
    runs, session = Runs(), uuid4()
    async with queue.working(runs, nobody, at_once=5):
        for count in (1, 2, 3):
            await until_run_again(queue, runs, session, count)
    assert runs.most_at_once == 1


async def test_a_run_that_failed_may_run_again_and_stops_nobody(queue: DocketJobQueue) -> None:
    runs, failing, session = Runs(), uuid4(), uuid4()
    failed: Counter[UUID] = Counter()

    async def run(session_id: UUID) -> None:
        if session_id == failing and not failed[failing]:
            failed[failing] += 1
            raise RuntimeError("a bug")
        await runs(session_id)

    async with queue.working(run, nobody, at_once=5):
        await queue.submit(failing)
        await queue.submit(session)
        await runs.until(runs.finished, 1)
        await until_run_again(queue, runs, failing, 2)
    assert failed == {failing: 1}
    assert set(runs.finished) == {session, failing}


async def test_many_sessions_run_at_once_and_no_more_than_allowed(queue: DocketJobQueue) -> None:
    runs = Runs(lets_go=False)
    async with queue.working(runs, nobody, at_once=3):
        for _ in range(4):
            await queue.submit(uuid4())
        await runs.until(runs.begun, 3)
        runs.go_on.set()
        await runs.until(runs.finished, 4)
    assert runs.most_at_once == 3


async def test_a_worker_that_leaves_stops_its_runs_and_waits_for_them(queue: DocketJobQueue) -> None:
    runs, sessions = Runs(lets_go=False), [uuid4() for _ in range(3)]
    async with queue.working(runs, nobody, at_once=5):
        for session in sessions:
            await queue.submit(session)
        await runs.until(runs.begun, 3)
    assert runs.stopped == Counter(sessions)
    assert (runs.finished, runs.at_once) == (Counter(), 0)


async def test_a_run_that_was_stopped_may_give_back_what_it_holds(queue: DocketJobQueue) -> None:
    begun, gave_back = asyncio.Event(), asyncio.Event()

    async def run(_session_id: UUID) -> None:
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await asyncio.sleep(0)  # a transaction
            gave_back.set()

    async with queue.working(run, nobody, at_once=5):
        await queue.submit(uuid4())
        await begun.wait()
    assert gave_back.is_set()


async def test_what_a_worker_left_is_run_by_the_next(queue: DocketJobQueue) -> None:
    left, runs, session = Runs(lets_go=False), Runs(), uuid4()
    async with queue.working(left, nobody, at_once=5):
        await queue.submit(session)
        await left.until(left.begun, 1)
    async with queue.working(runs, nobody, at_once=5):
        await until_run_again(queue, runs, session, 1)
    assert left.stopped == {session: 1}


async def test_a_queue_that_is_there_answers(queue: DocketJobQueue) -> None:
    await queue.ping()


# Between processes


async def test_a_session_submitted_in_one_process_is_run_in_another(redis_url: str) -> None:
    runs, session = Runs(), uuid4()
    async with (
        open_job_queue(redis_url) as here,
        open_job_queue(redis_url) as there,
        there.working(runs, nobody, at_once=5),
    ):
        await here.submit(session)
        await runs.until(runs.finished, 1)
    assert runs.begun == {session: 1}


async def test_of_two_workers_one_gets_a_session(redis_url: str) -> None:
    runs, sessions = Runs(lets_go=False), [uuid4() for _ in range(20)]
    async with (
        open_job_queue(redis_url) as one,
        open_job_queue(redis_url) as other,
        one.working(runs, nobody, at_once=30),
        other.working(runs, nobody, at_once=30),
    ):
        for session in sessions:
            await one.submit(session)
            await other.submit(session)
        await runs.until(runs.begun, 20)
        runs.go_on.set()
        await runs.until(runs.finished, 20)
    assert runs.begun == Counter(sessions)


async def test_a_session_submitted_while_redis_is_gone_is_left_to_the_reconciler(
    redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wire = Wire(redis_url)
    async with wire.laid() as url, open_job_queue(url) as queue:
        wire.is_cut = True
        wire.cut()
        await queue.submit(uuid4())
        wire.is_cut = False
    assert "queue_unreachable" in capsys.readouterr().out


async def test_a_session_waits_in_redis_for_a_process_that_works(redis_url: str) -> None:
    runs, session = Runs(), uuid4()
    async with open_job_queue(redis_url) as queue:
        await queue.submit(session)
    async with open_job_queue(redis_url) as queue, queue.working(runs, nobody, at_once=5):
        await runs.until(runs.finished, 1)
    assert runs.begun == {session: 1}


async def test_a_finished_session_leaves_nothing_of_itself_in_redis(redis_url: str) -> None:
    runs, session = Runs(), uuid4()
    async with open_job_queue(redis_url) as queue, queue.working(runs, nobody, at_once=5):
        await until_run_again(queue, runs, session, 1)
    async with Redis.from_url(redis_url) as redis:
        assert [key async for key in redis.scan_iter(f"*{session}*")] == []


async def test_a_queue_that_cannot_be_reached_is_named_without_its_password(gone_redis_url: str) -> None:
    with pytest.raises(NotReady, match="cannot be reached") as raised:
        async with open_job_queue(gone_redis_url.replace("//", "//:hunter2@")):
            pass
    assert "hunter2" not in str(raised.value)


async def test_a_submitted_webhook_is_delivered_to_and_no_session_is_run(queue: DocketJobQueue) -> None:
    told, webhook = Runs(), uuid4()
    async with queue.working(nobody, told, at_once=5):
        await queue.deliver(webhook)
        await told.until(told.finished, 1)
    assert told.begun == {webhook: 1}


async def test_receivers_that_hang_keep_no_session_waiting(queue: DocketJobQueue) -> None:
    told, runs = Runs(lets_go=False), Runs()
    async with queue.working(runs, told, at_once=1):
        for _ in range(3):
            await queue.deliver(uuid4())
        await told.until(told.begun, 3)
        await queue.submit(uuid4())
        await runs.until(runs.finished, 1)
    assert told.stopped.total() == 3


async def test_webhooks_beyond_those_delivered_to_at_once_are_left_to_be_submitted_again(queue: DocketJobQueue) -> None:
    told, runs, late = Runs(lets_go=False), Runs(), uuid4()
    async with queue.working(runs, told, at_once=DELIVERIES_AT_ONCE):
        for _ in range(DELIVERIES_AT_ONCE):
            await queue.deliver(uuid4())
        await told.until(told.begun, DELIVERIES_AT_ONCE)
        await queue.deliver(late)
        await queue.submit(uuid4())
        await runs.until(runs.finished, 1)  # begun in order: the late one had its turn
        assert late not in told.begun
        told.go_on.set()
        await told.until(told.finished, DELIVERIES_AT_ONCE)
        again = asyncio.ensure_future(told.until(told.finished, DELIVERIES_AT_ONCE + 1))
        while not again.done():
            await queue.deliver(late)
            await asyncio.wait([again], timeout=0.02)
    assert told.most_at_once == DELIVERIES_AT_ONCE


async def test_a_delivery_that_fails_by_a_mistake_of_ours_is_logged_and_stops_nobody(
    queue: DocketJobQueue, capsys: pytest.CaptureFixture[str]
) -> None:
    told, failing, webhook = Runs(), uuid4(), uuid4()

    async def deliver(webhook_id: UUID) -> None:
        if webhook_id == failing:
            raise RuntimeError("a bug")
        await told(webhook_id)

    async with queue.working(nobody, deliver, at_once=DELIVERIES_AT_ONCE):
        await queue.deliver(failing)
        await queue.deliver(webhook)
        await told.until(told.finished, 1)
    assert "delivery_failed" in capsys.readouterr().out
