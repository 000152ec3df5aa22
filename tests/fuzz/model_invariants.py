"""What must hold after every step, whatever happened: the invariants of the design's fault list, read from the rows."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import select

from character_sync.adapters.database import webhooks as webhook_rows
from character_sync.adapters.database.tables import metadata
from character_sync.adapters.database.token_vault import Sealed
from character_sync.domain.errors import TokenUndecryptable
from character_sync.domain.sync_session import JobStatus, SessionKind, SessionStatus
from character_sync.ports import UserId
from fuzz.model_world import World

Rows = dict[str, list[dict[str, Any]]]
NAME_ONLY = ("guild", "avatar_url", "title", "item_level", "class_id", "race_id", "gender", "wow_account_id")


@dataclass
class Expected:
    """What the model knows of the players."""

    tokens: dict[UserId, str] = field(default_factory=dict)
    damaged: set[UserId] = field(default_factory=set)
    erased: set[UserId] = field(default_factory=set)
    notes: dict[UUID, str] = field(default_factory=dict)  # of characters
    hooks: dict[UUID, tuple[str, int]] = field(default_factory=dict)  # secret, and the change it was made after


@dataclass
class Invariants:
    """Compares every state with the rules, and with the state before it."""

    world: World
    expected: Expected
    before: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    order: dict[UUID, int] = field(default_factory=dict)  # which sync session came when

    async def check(self) -> None:
        rows = await rows_of(self.world)
        for session in rows["character_sync_sessions"]:
            self.order.setdefault(session["id"], len(self.order))
        self._one_active_account_sync(rows)
        self._counts_are_what_the_jobs_say(rows)
        self._sessions_only_go_forward(rows)
        self._nothing_is_left_of_the_erased(rows)
        self._nothing_is_held_past_its_date(rows)
        self._what_players_say_stays(rows)
        self._every_change_waits_for_every_webhook(rows)
        await self.world.read_news()
        self._events_only_go_forward(rows)
        await self._tokens_open()
        assert self.world.battle_net.used_after_erasure == []

    def _one_active_account_sync(self, rows: Rows) -> None:
        active = Counter(
            (session["user_id"], session["game_version"])
            for session in rows["character_sync_sessions"]
            if not SessionStatus(session["status"]).is_final and SessionKind(session["kind"]).lists_the_account
        )
        assert not [key for key, count in active.items() if count > 1], active

    def _counts_are_what_the_jobs_say(self, rows: Rows) -> None:
        jobs: defaultdict[UUID, Counter[JobStatus]] = defaultdict(Counter)
        for job in rows["character_jobs"]:
            jobs[job["session_id"]][JobStatus(job["status"])] += 1
        for session in rows["character_sync_sessions"]:
            status, has = SessionStatus(session["status"]), jobs[session["id"]]
            unsettled = has[JobStatus.PENDING] + has[JobStatus.PROCESSING]
            assert status.is_final == (session["completed_at"] is not None), session
            assert not (status.is_final and unsettled), (session, has)
            assert not (status.is_final and session["lease_until"]), session
            if status is SessionStatus.COMPLETED:
                assert session["processed_characters"] == session["total_characters"], session
            if status.is_final and has.total() < session["total_characters"]:
                continue  # the month after: jobs go with the characters that Battle.net no longer has
            assert has.total() == session["total_characters"], (session, has)
            settled = {JobStatus.COMPLETED, JobStatus.SKIPPED, JobStatus.FAILED}
            counted = (sum(has[one] for one in settled), has[JobStatus.FAILED], has[JobStatus.SKIPPED])
            assert counted == tuple(session[f"{name}_characters"] for name in ("processed", "failed", "skipped")), (
                session,
                has,
            )

    def _sessions_only_go_forward(self, rows: Rows) -> None:
        now = {session["id"]: session for session in rows["character_sync_sessions"]}
        for id_, after in now.items():
            before = self.before.get(id_)
            if before is None:
                continue
            for name in ("seq", "run_token", "processed_characters"):
                assert after[name] >= before[name], (name, before, after)
            if SessionStatus(before["status"]).is_final:
                assert after == before
        lost = {id_ for id_ in self.before if id_ not in now}
        assert {self.before[id_]["user_id"] for id_ in lost} <= self.expected.erased
        self.before = now

    def _nothing_is_left_of_the_erased(self, rows: Rows) -> None:
        held = {row["user_id"] for table in rows.values() for row in table if "user_id" in row}
        held |= {row["id"] for row in rows["users"]}
        assert not held & self.expected.erased
        characters = {row["id"] for row in rows["characters"]}
        sessions = {row["id"] for row in rows["character_sync_sessions"]}
        assert {row["character_id"] for row in rows["character_facets"]} <= characters
        assert {row["character_id"] for row in rows["character_jobs"]} <= characters
        assert {row["session_id"] for row in rows["character_jobs"]} <= sessions

    def _nothing_is_held_past_its_date(self, rows: Rows) -> None:
        facets = {row["character_id"] for row in rows["character_facets"]}
        for row in rows["characters"]:
            assert (row["archived_at"] is None) == row["is_active"], row
            if row["gone_at"] is None:
                assert row["verify_by"] > self.world.now, row
            else:
                assert [row[name] for name in NAME_ONLY] == [None] * len(NAME_ONLY), row
                assert row["level"] == 0, row
                assert row["id"] not in facets, row

    def _what_players_say_stays(self, rows: Rows) -> None:
        notes = {row["character_id"]: row["note"] for row in rows["character_player_fields"]}
        for character in rows["characters"]:
            expected = self.expected.notes.get(character["id"])
            assert expected is None or notes.get(character["id"]) == expected, character

    def _every_change_waits_for_every_webhook(self, rows: Rows) -> None:
        told = Counter((row["webhook_id"], row["number"]) for row in rows["deliveries"])
        for hook in rows["webhooks"]:
            secret, after = self.expected.hooks[hook["id"]]
            numbers = [row["number"] for row in rows["changes"] if row["user_id"] == hook["user_id"]]
            assert {told[hook["id"], number] for number in numbers if number > after} <= {1}, hook
            opened = self.world.vault.open(Sealed(hook["ciphertext"], hook["key_id"]), hook["id"], webhook_rows.FIELD)
            assert opened.reveal() == secret

    def _events_only_go_forward(self, rows: Rows) -> None:
        sessions = {session["id"]: session for session in rows["character_sync_sessions"]}
        for id_, events in self.world.told.events.items():
            _go_forward([event.seq for event in events], [event.is_final for event in events])
            if events[-1].is_final and id_ in sessions:
                row = sessions[id_]
                assert (events[-1].seq, events[-1].status, events[-1].processed_characters) == (
                    row["seq"],
                    row["status"],
                    row["processed_characters"],
                )
        assert not [id_ for id_, ends in Counter(self.world.told.ended_sessions).items() if ends > 1]
        for watcher in self.world.watchers:
            seen = watcher.events
            _go_forward([event.seq for event in seen], [event.is_final for event in seen])
            processed = [event.processed_characters for event in seen]
            assert processed == sorted(processed), seen

    async def _tokens_open(self) -> None:
        for owner, token in self.expected.tokens.items():
            if owner in self.expected.damaged:
                continue
            async with self.world.database.reading() as connection:
                table = metadata.tables["battle_net_tokens"]
                row = (await connection.execute(select(table).where(table.c.user_id == owner))).one()
            if row.refused_at is None and row.expires_at > self.world.now:
                try:
                    opened = await self.world.token_of(owner)
                except TokenUndecryptable as error:
                    raise AssertionError(f"a token under {row.key_id} opens no more") from error
                assert opened.reveal() == token


def _go_forward(seqs: list[int], finals: list[bool]) -> None:
    assert all(earlier < later for earlier, later in pairwise(seqs)), seqs
    assert True not in finals[:-1], finals


async def rows_of(world: World, *names: str) -> Rows:
    """Return every row of these tables, or of all."""
    async with world.database.reading() as connection:
        return {
            table.name: [row._asdict() for row in await connection.execute(select(table))]
            for table in metadata.sorted_tables
            if not names or table.name in names
        }
