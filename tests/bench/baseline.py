"""The least that enriching can cost here: a bare loop that asks, decodes and writes the same, and does nothing else.

No retries, no pace, no lease, no events, no order: the same addresses over the same HTTP client, the same bytes through
the same readers, the same rows with plain SQL on the bare driver, one transaction for each 32 characters. A process of
its own; reads one order as JSON from each line of its input and writes what it used.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final, Protocol
from urllib.parse import quote
from uuid import UUID, uuid4

import aiohttp
import aiosqlite
import asyncpg
import msgspec
import uvloop
from sqlalchemy import insert
from yarl import URL

from character_sync.adapters.battle_net.responses import READERS
from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.tables import character_jobs, character_sync_sessions, characters, users
from character_sync.domain.character import CharacterMedia, CharacterProfile, Specializations
from character_sync.domain.game import Facet
from character_sync.logs import configure_logs

AT_ONCE: Final = 32  # as the service's own default
ENDPOINTS: Final = {
    Facet.MEDIA: "/character-media",
    Facet.EQUIPMENT: "/equipment",
    Facet.SPECIALIZATIONS: "/specializations",
}
_HASHED: Final = msgspec.json.Encoder(order="deterministic")
SAVE_SNAPSHOT: Final = (
    "INSERT INTO character_snapshots (character_id, facet, content_hash, content) VALUES (?, ?, ?, ?)"
)
SAVE_FACET: Final = (
    "INSERT INTO character_facets (character_id, facet, state, attempted_at, fetched_at, changed_at, "
    "upstream_modified_at, next_due_at, login_at, content_hash, parser_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)"
)
SAVE_STATE: Final = (
    "INSERT INTO character_facet_states (character_id, facet, content_hash, parser_version, first_seen_at, "
    "last_seen_at, upstream_modified_at) VALUES (?, ?, ?, 1, ?, ?, ?)"
)
SAVE_CHARACTER: Final = (
    "UPDATE characters SET level = ?, class_name = ?, race_name = ?, gender = ?, faction = ?, guild = ?, "
    "item_level = ?, title = ?, last_login_at = ?, active_spec_id = ?, active_spec_name = ?, avatar_url = ?, "
    "updated_at = ? WHERE id = ?"
)
SETTLE_JOB: Final = "UPDATE character_jobs SET status = ?, attempts = ?, settled_at = ? WHERE id = ?"
SAVE_SESSION: Final = (
    "UPDATE character_sync_sessions SET status = ?, processed_characters = ?, seq = ?, completed_at = ? WHERE id = ?"
)

Row = tuple[Any, ...]
Batch = dict[str, list[Row]]


class Writer(Protocol):
    async def write(self, batch: Batch) -> None: ...

    async def close(self) -> None: ...


class SqliteWriter:
    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def write(self, batch: Batch) -> None:
        await self._connection.execute("BEGIN IMMEDIATE")
        for statement, rows in batch.items():
            await self._connection.executemany(statement, [tuple(map(_for_sqlite, row)) for row in rows])
        await self._connection.commit()

    async def close(self) -> None:
        await self._connection.close()


class PostgreSQLWriter:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def write(self, batch: Batch) -> None:
        async with self._connection.transaction():
            for statement, rows in batch.items():
                await self._connection.executemany(_numbered(statement), rows)

    async def close(self) -> None:
        await self._connection.close()


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.hex if isinstance(value, UUID) else value


def _numbered(statement: str) -> str:
    first, *rest = statement.split("?")
    return first + "".join(f"${number}{text}" for number, text in enumerate(rest, 1))


@dataclass(frozen=True)
class Known:
    """A character that is listed and not enriched, as the service leaves it behind its POST."""

    id: UUID
    job_id: int
    path: str


async def prepare(database: Database, listed: list[dict[str, Any]]) -> tuple[UUID, list[Known]]:
    """Write what a listing writes: user, characters, sync session, jobs. Not counted."""
    now, user_id, session_id = datetime.now(UTC), uuid4(), uuid4()
    known = [(uuid4(), each) for each in listed]
    async with database.writing() as connection:
        await connection.execute(
            insert(users), [{"id": user_id, "battle_net_sub": user_id.hex, "created_at": now, "updated_at": now}]
        )
        await connection.execute(
            insert(characters),
            [
                {
                    "id": id_,
                    "user_id": user_id,
                    "region": each["region"],
                    "namespace_family": "",
                    "game_version": "retail",
                    "realm_id": each["realmId"],
                    "realm_slug": each["realm"],
                    "battle_net_id": each["battleNetId"],
                    "name": each["name"],
                    "level": each["level"],
                    "is_active": True,
                    "created_at": now,
                    "updated_at": now,
                }
                for id_, each in known
            ],
        )
        await connection.execute(
            insert(character_sync_sessions),
            [
                {
                    "id": session_id,
                    "user_id": user_id,
                    "kind": "account",
                    "game_version": "retail",
                    "region": "eu",
                    "lane": 1,
                    "status": "processing",
                    "total_characters": len(known),
                    "processed_characters": 0,
                    "failed_characters": 0,
                    "skipped_characters": 0,
                    "run_token": 1,
                    "deadline_at": now,
                    "seq": 0,
                    "started_at": now,
                }
            ],
        )
        made = await connection.execute(
            insert(character_jobs).returning(character_jobs.c.id, sort_by_parameter_order=True),
            [
                {
                    "session_id": session_id,
                    "character_id": id_,
                    "status": "pending",
                    "attempts": 0,
                    "crash_claims": 0,
                }
                for id_, _ in known
            ],
        )
        jobs = list(made.scalars())
        await connection.commit()
    return session_id, [
        Known(id_, job_id, f"/profile/wow/character/{quote(each['realm'])}/{quote(each['name'].lower())}")
        for (id_, each), job_id in zip(known, jobs, strict=True)
    ]


async def enrich(http: aiohttp.ClientSession, base: str, writer: Writer, session_id: UUID, known: list[Known]) -> None:
    """Ask for every facet of every character and write what came. This is what is counted."""
    queue, done, written = iter(known), list[dict[str, list[Row]]](), 0

    async def fetch(path: str) -> tuple[Any, str, datetime | None]:
        async with http.get(URL(f"{base}{path}?locale=en_GB", encoded=True)) as answer:
            body = await answer.read()
            assert answer.status == 200, (path, answer.status)
            modified = answer.headers.get("Last-Modified")
        return body, path, datetime.strptime(modified, _HTTP_DATE).replace(tzinfo=UTC) if modified else None

    async def work() -> None:
        nonlocal done
        for each in queue:
            answers = {Facet.PROFILE: await fetch(each.path)}
            rest = await asyncio.gather(*(fetch(each.path + end) for end in ENDPOINTS.values()))
            answers |= dict(zip(ENDPOINTS, rest, strict=True))
            done.append(_rows(each, answers))
            if len(done) >= AT_ONCE:
                batch, done = done, []
                await save(batch)

    saving = asyncio.Lock()

    async def save(batch: list[dict[str, list[Row]]]) -> None:
        nonlocal written
        async with saving:
            written += len(batch)
            rows: Batch = {
                statement: [row for one in batch for row in one[statement]]
                for statement in (SAVE_SNAPSHOT, SAVE_FACET, SAVE_STATE, SAVE_CHARACTER, SETTLE_JOB)
            }
            status, ended = ("completed", datetime.now(UTC)) if written == len(known) else ("processing", None)
            rows[SAVE_SESSION] = [(status, written, written, ended, session_id)]
            await writer.write(rows)

    await asyncio.gather(*(work() for _ in range(min(AT_ONCE, len(known)))))
    if done:
        await save(done)


_HTTP_DATE: Final = "%a, %d %b %Y %H:%M:%S GMT"


def _rows(each: Known, answers: dict[Facet, tuple[bytes, str, datetime | None]]) -> dict[str, list[Row]]:
    now = datetime.now(UTC)
    contents = {facet: READERS[facet](body) for facet, (body, _, _) in answers.items()}
    profile, media = contents[Facet.PROFILE], contents[Facet.MEDIA]
    specializations = contents[Facet.SPECIALIZATIONS]
    assert isinstance(profile, CharacterProfile)
    assert isinstance(media, CharacterMedia)
    assert isinstance(specializations, Specializations)
    snapshots, facets, states = [], [], []
    for facet, content in contents.items():
        digest = blake2b(_HASHED.encode(content), digest_size=16).hexdigest()
        modified, login = answers[facet][2], profile.last_login_at
        snapshots.append((each.id, facet.value, digest, msgspec.json.encode(content).decode()))
        due = now + timedelta(days=20)
        facets.append((each.id, facet.value, "current", now, now, now, modified, due, login, digest))
        states.append((each.id, facet.value, digest, now, now, modified))
    spec = specializations.active
    character = (
        profile.level,
        profile.character_class.name,
        profile.race.name,
        profile.gender,
        profile.faction,
        profile.guild,
        profile.item_level,
        profile.title,
        profile.last_login_at,
        spec.id if spec else None,
        spec.name if spec else None,
        media.avatar_url,
        now,
        each.id,
    )
    return {
        SAVE_SNAPSHOT: snapshots,
        SAVE_FACET: facets,
        SAVE_STATE: states,
        SAVE_CHARACTER: [character],
        SETTLE_JOB: [("completed", 4, now, each.job_id)],
    }


async def _writer(url: str) -> Writer:
    if not url.startswith("sqlite"):
        return PostgreSQLWriter(await asyncpg.connect(url))
    connection = await aiosqlite.connect(url.partition("///")[2], isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        await connection.execute(f"PRAGMA {pragma}")
    return SqliteWriter(connection)


async def main() -> None:
    """Take orders until the harness closes the input."""
    configure_logs(level="WARNING", as_json=True)  # the output is for figures
    order = json.loads(sys.stdin.readline())
    database = Database(order["database"])
    await database.migrate()
    writer, base = await _writer(order["database"]), f"{order['sandbox']}/api/eu"
    headers = {"Battlenet-Namespace": "profile-eu", "User-Agent": "baseline", "Accept-Encoding": "gzip"}
    async with aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as http:
        grant = await http.post(
            f"{order['sandbox']}/oauth/token",
            data={"grant_type": "client_credentials"},
            headers={"Authorization": aiohttp.encode_basic_auth("sandbox", "sandbox")},
        )
        http.headers["Authorization"] = f"Bearer {(await grant.json())['access_token']}"
        _say({"ready": True})
        for line in sys.stdin:
            session_id, known = await prepare(database, json.loads(line))
            began = time.process_time()
            await enrich(http, base, writer, session_id, known)
            _say({"cpu": time.process_time() - began})
    await writer.close()
    await database.close()


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main())
