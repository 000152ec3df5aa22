"""What players do, what Battle.net does to them, and how syncs begin and are cancelled."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from character_sync.adapters.database.engine import Database
from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetRateLimited,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
    NotFound,
    SyncAlreadyActive,
    SyncSessionFinished,
    TokenUndecryptable,
)
from character_sync.domain.sync_session import SessionStatus
from character_sync.ports import Secret, UserId
from fuzz.model_invariants import Expected, Invariants, rows_of
from fuzz.model_world import ProcessKilled, World

T = TypeVar("T")

MOST_WEBHOOKS = 4  # every change is a row for each of them
ACCOUNTS = ["jaina", "thrall", "anduin"]
VERSIONS = ["retail", "classic_era"]
PLACES_TO_DIE_IN_A_SYNC = ["LISTING_BEGUN", "LISTING_ANSWERED", "LISTING_WRITTEN", "COMMITTED_NOT_QUEUED"]
PLACES_TO_DIE_IN_A_CANCEL = ["CANCEL_WRITTEN", "CANCEL_COMMITTED", "CANCEL_PUBLISHED"]
REFUSALS = [
    BattleNetRateLimited(timedelta(seconds=7)),
    BattleNetRateLimited(),
    BattleNetUnavailable(),
    BattleNetAnswerUnreadable(),
]
TIMES = [
    timedelta(seconds=1),
    timedelta(seconds=31),
    timedelta(minutes=11),
    timedelta(hours=25),
    timedelta(days=9),
    timedelta(days=35),
]

accounts = st.sampled_from(ACCOUNTS)
versions = st.sampled_from(VERSIONS)
seldom = st.sampled_from([False, False, False, True])
seldom_refused = st.sampled_from([*[None] * 3 * len(REFUSALS), *REFUSALS])
numbers = st.integers(0, 99)  # which of those that are there


class Ground:
    """One database and one event loop for all histories."""

    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self.database = Database(url)
        self.do(self.database.migrate())
        self.steps = 0
        self.seen: Counter[str] = Counter()  # what the histories were made of

    def do(self, what: Awaitable[T]) -> T:
        async def done() -> T:
            return await what

        return self.runner.run(done())

    def close(self) -> None:
        self.do(self.database.close())
        self.runner.close()


class Players(RuleBasedStateMachine):
    """The first half of what can happen, and what each thing must come to."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground = ground
        self.world = World(ground.database)
        self.expected = Expected()
        self.laws = Invariants(self.world, self.expected)
        self.players: dict[str, UserId] = {}
        self.browsers: dict[str, Secret] = {}
        self.do(self.world.empty())
        ground.seen["histories"] += 1

    def do(self, what: Awaitable[T]) -> T:
        return self.ground.do(what)

    # What is there

    def _owner(self, account: str) -> UserId:
        """The player; who is none asks under an id that nobody has any more."""
        return self.players.get(account) or next(iter(self.expected.erased), UserId(UUID(int=0)))

    def _rows(self, table: str) -> list[dict[str, object]]:
        return self.do(rows_of(self.world, table))[table]

    def _session(self, which: int) -> dict[str, object] | None:
        sessions = self._sessions()
        return sessions[which % len(sessions)] if sessions else None

    def _sessions(self) -> list[dict[str, object]]:
        """Return them in the order in which they came: their ids are random, and a history is to be played again."""
        return sorted(
            self._rows("character_sync_sessions"),
            key=lambda row: self.laws.order.setdefault(row["id"], len(self.laws.order)),
        )

    def _unfinished(self, which: int) -> UUID | None:
        """A sync session that could be run; now and then one that is over."""
        sessions = self._sessions()
        wanted = [row for row in sessions if row["completed_at"] is None] if which % 10 else sessions
        return wanted[which % len(wanted)]["id"] if wanted else None

    # Players

    @initialize()
    def somebody_has_characters(self) -> None:
        for account in ACCOUNTS:
            self.world.battle_net.new_characters(account, "retail", 4)
            self.sign_in(account, old_keys=False)
            self.sync(account, "retail", None)

    @rule(account=accounts, old_keys=st.booleans())
    def sign_in(self, account: str, *, old_keys: bool) -> None:
        if self.world.battle_net.is_down:
            with pytest.raises(BattleNetUnavailable):
                self.do(self.world.sign_in(account))
            return
        replaced = self.browsers.get(account)
        owner, browser = self.do(self.world.sign_in(account, replaces=replaced, old_keys=old_keys))
        assert owner == self.players.get(account, owner)
        assert owner not in self.expected.erased
        assert self.do(self.world.owner_of(browser)) == owner
        assert replaced is None or self.do(self.world.owner_of(replaced)) is None
        self.players[account], self.browsers[account] = owner, browser
        self.expected.tokens[owner] = next(reversed(self.world.battle_net.tokens))
        self.expected.damaged.discard(owner)

    @rule(account=accounts)
    def sign_out(self, account: str) -> None:
        browser = self.browsers.pop(account, None)
        if browser is not None:
            self.do(self.world.sign_out(browser))
            assert self.do(self.world.owner_of(browser)) is None

    @rule(account=accounts, really=seldom)
    def erase(self, account: str, *, really: bool) -> None:
        """Seldom, or there is nobody left to do anything."""
        if not really:
            return
        owner = self.players.pop(account, None)
        if owner is None:
            with pytest.raises(NotFound):
                self.do(self.world.erase(self._owner(account)))
            return
        self.do(self.world.erase(owner))
        browser = self.browsers.pop(account, None)
        assert browser is None or self.do(self.world.owner_of(browser)) is None
        self.ground.seen["erasures"] += 1
        self.expected.erased.add(owner)
        del self.expected.tokens[owner]
        battle_net = self.world.battle_net
        battle_net.erased |= {token for token, whose in battle_net.tokens.items() if whose == account}

    # Battle.net

    @rule(account=accounts, version=versions, how_many=st.integers(1, 4))
    def play(self, account: str, version: str, how_many: int) -> None:
        self.world.battle_net.new_characters(account, version, how_many)

    @rule(account=accounts, version=versions, which=st.integers(0, 3), later=st.sampled_from([TIMES[0], TIMES[-1]]))
    def delete_characters(self, account: str, version: str, which: int, later: timedelta) -> None:
        shown = sorted(self.world.battle_net.shown(account, version))
        self.world.battle_net.deleted |= set(shown[which:][:2])
        self.pass_time(later)

    @rule(account=accounts, really=seldom)
    def revoke(self, account: str, *, really: bool) -> None:
        battle_net = self.world.battle_net
        battle_net.revoked |= {token for token, whose in battle_net.tokens.items() if whose == account and really}

    @rule(refusal=st.sampled_from(REFUSALS), times=st.integers(1, 12))
    def refuse(self, refusal: Exception, times: int) -> None:
        self.world.battle_net.facet_faults.extend([refusal] * times)

    @rule(is_down=seldom)
    def outage(self, *, is_down: bool) -> None:
        self.world.battle_net.is_down = is_down

    # What players say, and where they want to be told

    @rule(account=accounts, which=numbers, note=st.sampled_from(["main", "bank", "\N{SNOWMAN}"]))
    def note(self, account: str, which: int, note: str) -> None:
        characters = sorted(self._rows("characters"), key=lambda row: (row["battle_net_id"], row["user_id"].int))
        if not characters:
            return
        character, owner = characters[which % len(characters)], self._owner(account)
        said = self.world.note(owner, character["id"], note)
        if character["user_id"] == owner:
            self.do(said)
            self.expected.notes[character["id"]] = note
            self.ground.seen["notes"] += 1
        else:
            with pytest.raises(NotFound):
                self.do(said)

    @rule(account=accounts, really=seldom)
    def want_to_be_told(self, account: str, *, really: bool) -> None:
        owner = self.players.get(account)
        if really and owner is not None and len(self._rows("webhooks")) < MOST_WEBHOOKS:
            secret, numbers = (
                f"whsec_{len(self.expected.hooks)}",
                [row["number"] for row in self._rows("changes") if row["user_id"] == owner],
            )
            hook = self.do(self.world.webhook(owner, secret))
            self.expected.hooks[hook] = (secret, max(numbers, default=0))
            self.ground.seen["webhooks"] += 1

    # Syncs

    @rule(account=accounts, version=versions, refusal=seldom_refused)
    def sync(self, account: str, version: str, refusal: Exception | None) -> None:
        battle_net = self.world.battle_net
        battle_net.listing_faults.extend([refusal] if refusal else [])
        owner = self._owner(account)
        before = self.do(rows_of(self.world))
        error = self._what_keeps_it_from_syncing(account, version, before, refusal)
        if error is None:
            session = self.do(self.world.sync(owner, version))
            self._is_saved(account, owner, version, session)
            self.ground.seen["syncs"] += 1
        else:
            self.ground.seen["syncs refused"] += 1
            with pytest.raises(error):
                self.do(self.world.sync(owner, version))
            after = self.do(rows_of(self.world))
            for rows in (before, after):
                rows.pop("battle_net_tokens")  # a refusal is remembered there
            assert after == before
        battle_net.listing_faults.clear()

    @rule(account=accounts, version=versions, profiles=st.integers(0, 9))
    def sign_in_sync_and_run(self, account: str, version: str, profiles: int) -> None:
        """What most players do; without it, most histories would be of players whose token has long ended."""
        self.outage(is_down=False)
        self.play(account, version, how_many=1)
        self.sign_in(account, old_keys=False)
        self.sync(account, version, None)
        for session in self._sessions():
            if session["completed_at"] is None and session["user_id"] == self.players[account]:
                self._noted(self.do(self.world.run(session["id"], at_once=1, stops_after=profiles)))

    def _what_keeps_it_from_syncing(
        self, account: str, version: str, rows: dict[str, list[dict[str, object]]], refusal: Exception | None
    ) -> type[Exception] | None:
        owner = self.players.get(account)
        if owner is None:
            return BattleNetTokenInvalid
        if _active(rows, owner, version):
            return SyncAlreadyActive
        [token] = [row for row in rows["battle_net_tokens"] if row["user_id"] == owner]
        if token["refused_at"] is not None or token["expires_at"] <= self.world.now:
            return BattleNetTokenInvalid
        if owner in self.expected.damaged:
            return TokenUndecryptable
        if self.expected.tokens[owner] in self.world.battle_net.revoked:
            return BattleNetTokenInvalid
        return BattleNetUnavailable if self.world.battle_net.is_down else type(refusal) if refusal else None

    def _is_saved(self, account: str, owner: UserId, version: str, session_id: object) -> None:
        [session] = [row for row in self._rows("character_sync_sessions") if row["id"] == session_id]
        shown = self.world.battle_net.shown(account, version)
        there = {
            row["battle_net_id"]
            for row in self._rows("characters")
            if row["user_id"] == owner and row["game_version"] == version and row["is_active"]
        }
        assert session["total_characters"] == len(shown)
        assert shown <= there
        assert (session_id in self.world.queue) == bool(shown)

    @rule(account=accounts, version=versions)
    def sync_twice_at_once(self, account: str, version: str) -> None:
        owner = self._owner(account)
        before = self.do(rows_of(self.world))

        async def both() -> list[object]:
            syncs = (self.world.sync(owner, version) for _ in range(2))
            return await asyncio.gather(*syncs, return_exceptions=True)

        may = self._what_keeps_it_from_syncing(account, version, before, None) is None
        outcomes = self.do(both())
        errors = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        has_characters = bool(self.world.battle_net.shown(account, version))
        if may and has_characters:
            assert [type(error) for error in errors] == [SyncAlreadyActive]
        else:
            assert all(
                isinstance(error, (SyncAlreadyActive, BattleNetTokenInvalid, BattleNetUnavailable)) for error in errors
            )

    @rule(account=accounts, version=versions, place=st.sampled_from(PLACES_TO_DIE_IN_A_SYNC))
    def die_while_starting_a_sync(self, account: str, version: str, place: str) -> None:
        before = self.do(rows_of(self.world))
        may = self._what_keeps_it_from_syncing(account, version, before, None) is None
        try:
            self.do(self.world.sync(self._owner(account), version, dies_at=f"{place}:1"))
        except ProcessKilled:
            pass
        except (SyncAlreadyActive, BattleNetTokenInvalid, BattleNetUnavailable):
            assert not may
            return
        after = self.do(rows_of(self.world))
        created = len(after["character_sync_sessions"]) - len(before["character_sync_sessions"])
        assert created == (may and place == "COMMITTED_NOT_QUEUED")

    @rule(account=accounts, which=numbers)
    def enrich_one(self, account: str, which: int) -> None:
        characters = sorted(self._rows("characters"), key=lambda row: (row["battle_net_id"], row["user_id"].int))
        if not characters:
            return
        character, owner = characters[which % len(characters)], self._owner(account)
        if character["user_id"] == owner:
            self.do(self.world.enrich(owner, character["id"]))
        else:
            with pytest.raises(NotFound):
                self.do(self.world.enrich(owner, character["id"]))

    @rule(account=accounts, which=numbers)
    def retry(self, account: str, which: int) -> None:
        session, owner = self._session(which), self._owner(account)
        if session is None:
            return
        if session["user_id"] != owner:
            with pytest.raises(NotFound):
                self.do(self.world.retry(owner, session["id"]))
            return
        try:
            self.do(self.world.retry(owner, session["id"]))
        except SyncAlreadyActive as active:
            is_over = SessionStatus(session["status"]).is_final
            assert not (is_over and active.active_session_id == session["id"])  # noqa: PT017 - only one of its errors

    @rule(account=accounts, which=numbers, place=st.sampled_from(["", *PLACES_TO_DIE_IN_A_CANCEL]))
    def cancel(self, account: str, which: int, place: str) -> None:
        session, owner = self._session(which), self._owner(account)
        if session is None:
            return
        foreign, over = session["user_id"] != owner, SessionStatus(session["status"]).is_final
        try:
            self.do(self.world.cancel(owner, session["id"], dies_at=f"{place}:1" if place else ""))
        except NotFound:
            assert foreign
            return
        except SyncSessionFinished:
            assert over
            return
        except ProcessKilled:
            assert place
        assert not foreign
        assert not over
        [after] = [row for row in self._rows("character_sync_sessions") if row["id"] == session["id"]]
        self.ground.seen["cancels"] += 1
        assert (after["status"] == "cancelled") == (place != "CANCEL_WRITTEN")


def _active(rows: dict[str, list[dict[str, object]]], owner: UserId, version: str) -> bool:
    return any(
        row["user_id"] == owner
        and row["game_version"] == version
        and row["kind"] == "account"
        and row["completed_at"] is None
        for row in rows["character_sync_sessions"]
    )
