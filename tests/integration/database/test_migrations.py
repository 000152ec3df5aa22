"""The migrations and the tables in code are the same thing, on both databases."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select, text

from character_sync.adapters.database import sqlite_driver
from character_sync.adapters.database.engine import Database, _alembic, newest_revision
from character_sync.adapters.database.tables import character_facets, characters, metadata
from character_sync.adapters.database.token_vault import TokenVault, generate_key
from character_sync.domain.errors import NotReady
from fakes.characters import listed
from fakes.store import Store


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    database = Database(empty_database_url)
    yield database
    await database.close()


async def test_a_new_database_has_no_revision(database: Database) -> None:
    assert await database.revision() is None


async def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))

    await database.migrate()
    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    assert await database.migrate() == await database.migrate() == newest_revision()
    assert await database.revision() == newest_revision()


async def test_processes_that_start_together_on_an_empty_database_all_find_it_made(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False).replace("+aiosqlite", "").replace("+asyncpg", "")
    starting = [Database(url) for _ in range(5)]
    revisions = await asyncio.gather(*(one.migrate() for one in starting))
    for one in starting:
        await one.close()
    assert set(revisions) == {newest_revision()}


async def test_a_new_file_that_another_process_is_making_a_database_of_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "new.db"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(sqlite_driver, "sleep", lambda _seconds: other.commit())
    database = Database(f"sqlite:///{file}")
    assert await database.migrate() == newest_revision()
    await database.close()
    other.close()


async def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    await database.migrate()
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await connection.commit()
    with pytest.raises(NotReady, match="at revision 9999, which a newer version"):
        await database.migrate()
    assert await database.revision() == "9999"


async def test_an_unusable_address_shows_no_password() -> None:
    database = Database("postgresql://player:hunter2@127.0.0.1:1/nowhere")
    with pytest.raises(NotReady) as raised:
        await database.migrate()
    assert "hunter2" not in str(raised.value)
    await database.close()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "no address"])
def test_an_address_of_another_kind_is_named(url: str) -> None:
    with pytest.raises(NotReady, match="CHARACTER_SYNC_DATABASE_URL"):
        Database(url)


async def test_processes_that_start_together_on_a_new_database_migrate_it_once(empty_database_url: str) -> None:
    databases = [Database(empty_database_url) for _ in range(4)]
    revisions = await asyncio.gather(*(database.migrate() for database in databases))
    for database in databases:
        await database.close()
    assert revisions == [newest_revision()] * 4


async def test_the_dates_of_characters_come_and_go_and_take_no_row_along(database: Database) -> None:
    """0002: whoever was there before is dated from their profile, else from their first day."""
    first, seen = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    await database.migrate()
    store = Store(database, TokenVault.from_setting(generate_key()))
    owner = await store.user()
    profiled, bare = (await store.apply(owner, [listed(1), listed(2)], now=first))[1]
    facet = {"facet": "profile", "state": "current", "attempted_at": seen, "fetched_at": seen, "parser_version": 1}
    await _run(database, lambda c: c.execute(insert(character_facets).values(character_id=profiled, **facet)))
    await _run(database, lambda c: _alembic_at("0001", c))
    await _run(database, lambda c: _alembic_at("0002", c))
    await database.migrate()

    async with database.reading() as connection:
        rows = (await connection.execute(select(characters))).all()
        facets = (await connection.execute(select(character_facets))).all()
    dates = {row.id: (row.verified_at, row.verify_by, row.check_at) for row in rows}
    assert dates == {
        profiled: (seen, seen + timedelta(days=30), seen + timedelta(days=20)),
        bare: (first, first + timedelta(days=30), first + timedelta(days=20)),
    }
    assert len(facets) == 1


NEWEST_OF_THE_FIRST_RELEASE = "0006"
"""Until 0.1.0 is out there is nothing older to work beside; from then on every revision keeps to the rule below."""


async def test_since_the_first_release_a_migration_only_adds_so_that_older_processes_work_on(
    database: Database,
) -> None:
    await _run(database, lambda c: _alembic_at(NEWEST_OF_THE_FIRST_RELEASE, c))
    for revision in _revisions_after(NEWEST_OF_THE_FIRST_RELEASE):
        before = await _schema(database)
        await _run(database, lambda c, to=revision: _alembic_at(to, c))  # type: ignore[misc]
        assert hinders_older_code(before, await _schema(database)) == [], revision


async def test_a_migration_that_takes_away_is_seen(database: Database) -> None:
    """0004 took the contents of facets to a table of their own, before there was a release."""
    await _run(database, lambda c: _alembic_at("0003", c))
    before = await _schema(database)
    await _run(database, lambda c: _alembic_at("0004", c))
    assert "character_facets.content is gone" in hinders_older_code(before, await _schema(database))


def test_a_column_that_older_code_does_not_fill_is_seen() -> None:
    kept = {"name": Held(is_filled_by_itself=False)}
    added = {"later": Held(is_filled_by_itself=True), "needed": Held(is_filled_by_itself=False)}
    assert hinders_older_code({"users": kept}, {"users": kept | added, "new": kept}) == [
        "users.needed is filled by nobody"
    ]


@dataclass(frozen=True)
class Held:
    """A column: whether a row may be inserted without it."""

    is_filled_by_itself: bool


Schema = dict[str, dict[str, Held]]


def hinders_older_code(before: Schema, after: Schema) -> list[str]:
    """Name what code of the revision before can no longer do: read what is gone, insert without what it does not know."""
    found = []
    for table, columns in before.items():
        now = after.get(table, {})
        found += [f"{table}.{name} is gone" for name in columns if name not in now]
        for name, column in now.items():
            was_free = name not in columns or columns[name].is_filled_by_itself
            if was_free and not column.is_filled_by_itself:
                found.append(f"{table}.{name} is filled by nobody")
    return found


async def _schema(database: Database) -> Schema:
    def read(connection: Connection) -> Schema:
        inspector = inspect(connection)
        return {
            table: {
                column["name"]: Held(column["nullable"] or column["default"] is not None)
                for column in inspector.get_columns(table)
            }
            for table in inspector.get_table_names()
        }

    async with database.reading() as connection:
        return await connection.run_sync(read)


def _revisions_after(revision: str) -> list[str]:
    walked = ScriptDirectory.from_config(_alembic()).walk_revisions(base=revision, head="heads")
    return [script.revision for script in reversed(list(walked)) if script.revision > revision]


async def _run(database: Database, what: Callable[[Connection], object]) -> None:
    async with database.writing() as connection:
        await connection.run_sync(what)
        await connection.commit()


def _alembic_at(revision: str, connection: Connection) -> None:
    config = _alembic()
    config.attributes["connection"] = connection
    current = MigrationContext.configure(connection).get_current_revision()
    going = command.upgrade if current is None or current < revision else command.downgrade
    going(config, revision)
