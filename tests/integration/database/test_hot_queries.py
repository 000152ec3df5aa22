"""What a sync, its watchers and the upkeep ask the database costs no more with more finished sync sessions.

The service does everything once on a database that holds many; whatever it asked is then explained by the database.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Uuid, delete, event
from sqlalchemy.ext.asyncio import AsyncConnection

from bench import many_rows
from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.tables import metadata
from fakes.store import Store
from support.service import Player, RunningService, running_service

ROWS = 10_000  # characters of others, each with a settled job and a change; enough for a plan to be one for many
PER_PLAYER = 2
GROW = {"character_sync_sessions", "character_jobs", "changes", "character_facet_states", "character_snapshots"}
# Indexes of what is not finished, not settled, not delivered: reading them whole is reading what there is to do.
OF_WHAT_IS_LEFT = {
    "uq_character_sync_sessions_active",
    "ix_character_sync_sessions_unfinished",
    "ix_character_jobs_unsettled",
    "ix_deliveries_waiting",
}


@dataclass(frozen=True)
class Asked:
    statement: str
    parameters: tuple[Any, ...]


@contextmanager
def noted(database: Database) -> Iterator[dict[str, Asked]]:
    """What is asked of the database, each statement once."""
    asked: dict[str, Asked] = {}

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, is_for_many: bool) -> None:  # noqa: FBT001
        if re.match(r"SELECT|UPDATE|DELETE|WITH", statement):  # an INSERT of values looks for nothing
            asked.setdefault(statement, Asked(statement, tuple(parameters[0] if is_for_many else parameters)))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


@pytest.fixture
async def busy(store: Store, tmp_path: Path) -> AsyncIterator[RunningService]:
    """A service beside whose players there are many who have synced before."""
    url = store.database.url.set(drivername=store.database.url.get_backend_name()).render_as_string(hide_password=False)
    await many_rows.fill(url, ROWS, per_player=PER_PLAYER)
    about = {"database_url": url, "freshness_seconds": 0, "webhooks_to_private_addresses": True}
    async with running_service(tmp_path / "service", **about) as running:
        yield running


async def do_everything(service: RunningService, player: Player) -> None:
    await player.post(
        "/api/v1/webhooks", {"url": "http://127.0.0.1:9/", "events": ["character.*", "sync.*"]}, expect=201
    )
    await player.sync()
    [first, *_] = await player.characters()
    for character in await player.characters():
        path = f"accounts/six/characters/{character['battleNetId']}"
        await service.control("POST", path, {"action": "play"})
    session = await player.sync()
    await player.get("/api/v1/sync-sessions")
    await player.get(f"/api/v1/characters/{first['id']}")
    await player.get("/api/v1/changes")
    await player.get(
        "/api/v1/sync-sessions", cursor=(await player.get("/api/v1/sync-sessions", limit="1"))["nextCursor"]
    )
    started = await player.post(f"/api/v1/characters/{first['id']}/enrich")
    await player.finished(started["sessionId"])
    started = await player.start_sync()
    await player.browser.post(f"/api/v1/sync-sessions/{started['sessionId']}/cancel")
    assert session["status"] == "completed"


async def test_no_query_reads_what_is_finished_to_find_what_is_wanted(busy: RunningService) -> None:
    database = busy.parts.database
    with noted(database) as asked:
        async with busy.player("six") as player:
            await do_everything(busy, player)
        await erase_what_refers_to_nobody(database)
    async with database.reading() as connection:
        wrong = [
            (found, one.statement)
            for one in asked.values()
            async for found in whole_reads(connection, one, is_sqlite=database.is_sqlite)
        ]
    assert len(asked) > 60, "the service asks more than this"
    assert wrong == []


async def erase_what_refers_to_nobody(database: Database) -> None:
    """Ask what a database asks by itself when a row is erased that others refer to."""
    async with database.writing() as connection:
        for table in (table for table in metadata.sorted_tables if table.name in GROW):
            for key in table.foreign_key_constraints:
                refers = [column == (uuid4() if isinstance(column.type, Uuid) else "") for column in key.columns]
                await connection.execute(delete(table).where(*refers))


async def whole_reads(connection: AsyncConnection, asked: Asked, *, is_sqlite: bool) -> AsyncIterator[str]:
    """Yield how a statement would read a growing table, where it would read all of it."""
    if is_sqlite:
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked.statement}", asked.parameters)
        for *_, detail in plan:
            found = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", detail)
            if found and found[1] in GROW and found[2] not in OF_WHAT_IS_LEFT:
                yield detail
        return
    plan = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {asked.statement}", asked.parameters)
    told = plan.scalar_one()
    [whole] = json.loads(told) if isinstance(told, str) else told
    for node in nodes(whole["Plan"]):
        is_whole = node["Node Type"] == "Seq Scan" or ("Scan" in node["Node Type"] and "Index Cond" not in node)
        if is_whole and node.get("Relation Name") in GROW and node.get("Index Name") not in OF_WHAT_IS_LEFT:
            yield f"{node['Node Type']} of {node['Relation Name']} {node.get('Index Name', '')}"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every step but those that only put together what an index has found."""
    if plan["Node Type"] != "Bitmap Heap Scan":
        yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)
