"""Rows of many other players, made inside the database by one statement for each table; and what tables weigh."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg

PER_PLAYER: Final = 50  # characters; each player has one finished sync session of all of them
DUE_AGAIN: Final = timedelta(days=28)  # when they have to be looked at again: not while something is measured
WEIGHED: Final = (
    "characters",
    "character_facets",
    "character_snapshots",
    "character_facet_states",
    "character_sync_sessions",
    "character_jobs",
    "changes",
)

# `{ids}` counts from the first new row to the last. Ids are scattered as random ones are, and can be told from a number.
_STATEMENTS: Final = (
    (
        "INSERT INTO users (id, battle_net_sub, created_at, updated_at) "
        "SELECT {id_n}, 'many-' || n, {now}, {now} FROM {players}"
    ),
    "INSERT INTO change_counters (user_id, last, forgotten_to) SELECT {id_n}, {per_player}, 0 FROM {players}",
    (
        "INSERT INTO character_sync_sessions (id, user_id, kind, game_version, region, lane, status, total_characters, "
        "processed_characters, failed_characters, skipped_characters, run_token, deadline_at, seq, started_at, completed_at) "
        "SELECT {id_n}, {id_n}, 'account', 'retail', 'eu', 1, 'completed', {per_player}, {per_player}, 0, 0, 1, {now}, 9, "
        "{now}, {now} FROM {players}"
    ),
    (
        "INSERT INTO characters (id, user_id, region, namespace_family, game_version, realm_id, realm_slug, battle_net_id, "
        "name, level, is_active, created_at, updated_at, verified_at, verify_by, check_at) SELECT {id_n}, {id_player}, 'eu', "
        "'', 'retail', 1, 'realm', n, 'Many', n % 80 + 1, {true}, {now}, {now}, {now}, {later}, {later} FROM {characters}"
    ),
    (
        "INSERT INTO character_facets (character_id, facet, state, attempted_at, fetched_at, parser_version) "
        "SELECT {id_n}, 'profile', 'current', {now}, {now}, 1 FROM {characters}"
    ),
    (
        "INSERT INTO character_snapshots (character_id, facet, content_hash, content) "
        "SELECT {id_n}, 'profile', 'a', '{{}}' FROM {characters}"
    ),
    (
        "INSERT INTO character_facet_states (character_id, facet, content_hash, parser_version, first_seen_at, last_seen_at) "
        "SELECT {id_n}, 'profile', 'a', 1, {now}, {now} FROM {characters}"
    ),
    (
        "INSERT INTO character_jobs (session_id, character_id, status, attempts, crash_claims, settled_at) "
        "SELECT {id_player}, {id_n}, 'completed', 4, 0, {now} FROM {characters}"
    ),
    (
        "INSERT INTO changes (user_id, number, kind, at, character_id, detail) "
        "SELECT {id_player}, n % {per_player} + 1, 'character.updated', {now}, {id_n}, '{{}}' FROM {characters}"
    ),
)
_COUNT: Final = "SELECT count(*) FROM users WHERE battle_net_sub LIKE 'many-%'"


async def fill(url: str, characters: int, *, per_player: int = PER_PLAYER) -> None:
    """Have so many characters of others in the database, if there are not as many yet, with what belongs to them."""
    if url.startswith("sqlite"):
        await asyncio.to_thread(_fill_sqlite, url.partition("///")[2], characters // per_player, per_player)
        return
    connection = await asyncpg.connect(url)
    try:
        statements = _postgresql(await connection.fetchval(_COUNT), characters // per_player, per_player)
        for statement in statements:
            await connection.execute(statement, timeout=600)
        await connection.execute("VACUUM ANALYZE", timeout=600)
    finally:
        await connection.close()


def _fill_sqlite(file: str, players: int, per_player: int) -> None:
    connection = sqlite3.connect(file, isolation_level=None, timeout=60)
    try:
        [[there]] = connection.execute(_COUNT)
        connection.execute("PRAGMA cache_size = -500000")
        connection.execute("BEGIN IMMEDIATE")
        for statement in _sqlite(there, players, per_player):
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _sqlite(there: int, players: int, per_player: int) -> list[str]:
    now = datetime.now(UTC)
    series = "(WITH RECURSIVE s(n) AS (SELECT {} UNION ALL SELECT n + 1 FROM s WHERE n < {}) SELECT n FROM s)"
    return _written(
        there,
        players,
        per_player,
        series=series,
        id_of="printf('%08x%024x', ({0} * 2654435761) & 4294967295, {0})",
        now=f"'{now:%Y-%m-%d %H:%M:%S.%f}'",
        later=f"'{now + DUE_AGAIN:%Y-%m-%d %H:%M:%S.%f}'",
        true="1",
    )


def _postgresql(there: int, players: int, per_player: int) -> list[str]:
    return _written(
        there,
        players,
        per_player,
        series="generate_series({}::bigint, {}::bigint) AS s(n)",
        id_of="(lpad(to_hex(({0} * 2654435761) & 4294967295), 8, '0') || lpad(to_hex({0}), 24, '0'))::uuid",
        now="now()",
        later="now() + interval '28 days'",
        true="true",
    )


def _written(
    there: int, players: int, per_player: int, *, series: str, id_of: str, now: str, later: str, true: str
) -> list[str]:
    if there >= players:
        return []
    names = {
        "players": series.format(there, players - 1),
        "characters": series.format(there * per_player, players * per_player - 1),
        "id_n": id_of.format("n"),
        "id_player": id_of.format(f"(n / {per_player})"),
        "per_player": str(per_player),
        "now": now,
        "later": later,
        "true": true,
    }
    return [statement.format(**names) for statement in _STATEMENTS]


async def sqlite_sizes(file: Path) -> dict[str, int]:
    """Return the bytes of tables and their indexes that are filled."""
    query = "SELECT tbl_name, sum(pgsize - unused) FROM dbstat JOIN sqlite_schema USING (name) GROUP BY tbl_name"
    with sqlite3.connect(file) as connection:
        return {name: size for name, size in connection.execute(query) if name in WEIGHED}


async def postgresql_sizes(url: str) -> dict[str, int]:
    """Return the bytes of tables and their indexes, written anew without what is dead in them."""
    connection = await asyncpg.connect(url)
    try:
        for name in WEIGHED:
            await connection.execute(f"VACUUM FULL {name}")
        return {name: await connection.fetchval(f"SELECT pg_total_relation_size('{name}')") for name in WEIGHED}
    finally:
        await connection.close()
