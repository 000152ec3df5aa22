"""Any history of the service: players, runs, deaths, refusals, keys and months in any order, and what must hold after each step.

`make test` plays a few histories, always the same; `make fuzz` plays many, each time others.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from character_sync.domain.errors import NotFound
from fuzz.model_invariants import rows_of
from fuzz.model_players import TIMES, Ground, Players, accounts, numbers, seldom
from fuzz.model_world import LEASE, Run
from support.lengths import IS_LONG, SECONDS, examples

EXAMPLES = {"sqlite": 8, "postgresql": 6}  # histories in `make test`: some ten seconds together
STEPS = 60 if IS_LONG else 40

PLACES_TO_DIE_IN_A_RUN = [
    "CLAIM_WRITTEN",
    "CLAIMED",
    "TAKEN_UP",
    "FACET_ANSWERED",
    "CHARACTER_JUDGED",
    "BATCH_WRITTEN",
    "BATCH_COMMITTED",
    "BATCH_PUBLISHED",
    "END_WRITTEN",
    "END_COMMITTED",
    "END_PUBLISHED",
]
MOST_KEYS = 4
WHAT_HAPPENS = {"syncs", "syncs refused", "runs", "runs that died", "runs that hung", "events", "notes"}
WHAT_HAPPENS_IN_MANY = {"stale runs", "webhooks", "cancels", "erasures", "characters let go", "tokens resealed"}
"""If one of these has not happened in any history, the histories say less than they claim."""


class ServiceModel(Players):
    """The second half: runs and their deaths, time, watchers, keys; and the laws."""

    # Runs

    @rule(which=numbers, at_once=st.integers(1, 3))
    def run_to_the_end(self, which: int, at_once: int) -> None:
        session = self._unfinished(which)
        if session is not None:
            self._noted(self.do(self.world.run(session, at_once=at_once)))

    @rule(which=numbers, profiles=st.integers(0, 3))
    def run_and_hang(self, which: int, profiles: int) -> None:
        session = self._unfinished(which)
        if session is not None:
            self._noted(self.do(self.world.run(session, at_once=1, stops_after=profiles)))

    @rule(
        which=numbers, at_once=st.integers(1, 3), place=st.sampled_from(PLACES_TO_DIE_IN_A_RUN), nth=st.integers(1, 4)
    )
    def run_and_die(self, which: int, at_once: int, place: str, nth: int) -> None:
        session = self._unfinished(which)
        if session is not None:
            self._noted(self.do(self.world.run(session, at_once=at_once, dies_at=f"{place}:{nth}")))

    def _noted(self, run: Run) -> None:
        self.ground.seen[
            "runs that died" if run.process.is_dead else "runs that hung" if run.run_token else "runs"
        ] += 1

    @rule(which=numbers)
    def kill(self, which: int) -> None:
        if run := self._run(which):
            self.do(self.world.kill(run))

    @rule(which=numbers)
    def stop(self, which: int) -> None:
        if run := self._run(which):
            self._without_writing_if_stale(run, self.world.stop)

    @rule(which=numbers)
    def wake(self, which: int) -> None:
        if run := self._run(which):
            self._without_writing_if_stale(run, self.world.wake)

    def _run(self, which: int) -> Run | None:
        return self.world.runs[which % len(self.world.runs)] if self.world.runs else None

    def _without_writing_if_stale(self, run: Run, what: object) -> None:
        before = self.do(rows_of(self.world))
        newest = [other for other in self.world.runs if other.session_id == run.session_id][-1]
        holder = [row for row in before["character_sync_sessions"] if row["id"] == run.session_id]
        is_stale = newest is not run or not holder or holder[0]["run_token"] != run.run_token
        self.do(what(run))
        if is_stale:
            self.ground.seen["stale runs"] += 1
            assert self.do(rows_of(self.world)) == before

    @rule(which=numbers, profiles=st.integers(0, 2), more=st.integers(0, 4), stops=st.booleans())
    def another_takes_over_from_one_that_hangs(self, which: int, profiles: int, more: int, *, stops: bool) -> None:
        """And hangs as well, if there is enough left to do: then the first one wakes, or is stopped, beside it."""
        session = self._unfinished(which)
        if session is None:
            return
        first = self.do(self.world.run(session, at_once=1, stops_after=profiles))
        if not first.task.done():
            self.pass_time(LEASE)
            self._noted(self.do(self.world.run(session, at_once=1, stops_after=more)))
            self._without_writing_if_stale(first, self.world.stop if stops else self.world.wake)

    @rule()
    def lose_the_queue(self) -> None:
        self.world.queue.clear()

    @rule()
    def reconcile(self) -> None:
        self.do(self.world.reconcile())
        waiting = {
            row["id"]
            for row in self._rows("character_sync_sessions")
            if row["completed_at"] is None and (row["lease_until"] is None or row["lease_until"] <= self.world.now)
        }
        assert waiting <= self.world.queue

    # Time, watchers, keys

    @rule(time=st.sampled_from(TIMES))
    def pass_time(self, time: timedelta) -> None:
        self.do(self.world.pass_time(time))

    @rule(account=accounts, which=numbers)
    def watch(self, account: str, which: int) -> None:
        session, owner = self._session(which), self._owner(account)
        if session is None:
            return
        if session["user_id"] == owner:
            self.do(self.world.watch(owner, session["id"]))
        else:
            with pytest.raises(NotFound):
                self.do(self.world.watch(owner, session["id"]))

    @rule(which=numbers)
    def leave(self, which: int) -> None:
        if self.world.watchers:
            self.world.leave(self.world.watchers[which % len(self.world.watchers)])

    @rule()
    def add_a_key(self) -> None:
        if len(self.world.keys) < MOST_KEYS:
            self.world.new_key()

    @rule(account=st.none() | accounts, adds=st.booleans())
    def rotate(self, account: str | None, *, adds: bool) -> None:
        if adds:
            self.add_a_key()

        async def meanwhile() -> None:
            if account in self.players and not self.world.battle_net.is_down:
                await self.world.sign_in(account, old_keys=True)
                self.expected.tokens[self.players[account]] = next(reversed(self.world.battle_net.tokens))
                self.expected.damaged.discard(self.players[account])

        self.do(self.world.rotate(meanwhile))

    @rule()
    def drop_unused_keys(self) -> None:
        self.do(self.world.drop_unused_keys())

    @rule(account=accounts, really=seldom)
    def damage_a_token(self, account: str, *, really: bool) -> None:
        owner = self.players.get(account)
        if really and owner is not None and owner not in self.expected.damaged:
            self.do(self.world.damage_token(owner))
            self.expected.damaged.add(owner)

    # What must hold

    @invariant()
    def holds(self) -> None:
        self.do(self.laws.check())
        self.ground.steps += 1

    def teardown(self) -> None:
        """Once nothing goes wrong any more, every sync ends by itself, and every watcher hears of it."""
        try:
            self.do(self._end())
        finally:
            self.do(self.world.close())

    async def _end(self) -> None:
        world = self.world
        for run in list(world.runs):
            await world.kill(run)
        world.battle_net.is_down = False
        world.battle_net.facet_faults.clear()
        world.queue.clear()
        await world.pass_time(timedelta(minutes=1))
        await world.reconcile()
        while world.queue:
            await world.run(next(iter(world.queue)))
        rows = await rows_of(world)
        assert [row for row in rows["character_sync_sessions"] if row["completed_at"] is None] == []
        async with asyncio.timeout(60):
            for watcher in world.watchers:
                while not (watcher.events and watcher.events[-1].is_final) and watcher.owner in world_owners(rows):
                    await asyncio.sleep(0.01)
                    await world.read_news()
        await self.laws.check()
        for owner in self.players.values():
            held = [row for row in rows["characters"] if row["user_id"] == owner]
            assert await world.pages(owner) == len(held)
        self.ground.seen["events"] += sum(map(len, world.told.events.values()))
        self.ground.seen["characters let go"] += world.told.steps["purged"] + world.told.steps["removed"]
        self.ground.seen["tokens resealed"] += world.resealed


def world_owners(rows: dict[str, list[dict[str, object]]]) -> set[object]:
    return {row["id"] for row in rows["users"]}


@contextmanager
def ground_on(url: str) -> Iterator[Ground]:
    ground = Ground(url)
    try:
        yield ground
    finally:
        ground.close()


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_whatever_happens_in_whatever_order_the_invariants_hold(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'model.db'}" if kind == "sqlite" else request.getfixturevalue("new_postgresql_url")
    with ground_on(url) as ground:
        run_state_machine_as_test(
            lambda: ServiceModel(ground),
            settings=settings(
                max_examples=examples(EXAMPLES[kind]),
                stateful_step_count=STEPS,
                derandomize=not IS_LONG,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                # Finding the shortest history takes minutes, which a test in `make test` has not.
                phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if IS_LONG else [])],
                database=None,
            ),
        )
        figures = {"states checked": ground.steps} | dict(sorted(ground.seen.items()))
        print(f"{kind}: {figures}")  # noqa: T201 - what docs/security.md reports
    happens = WHAT_HAPPENS | (WHAT_HAPPENS_IN_MANY if IS_LONG else set())
    assert {name for name in happens if not ground.seen[name]} == set()
