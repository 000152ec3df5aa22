"""Migrated databases, made by copying one: ten times as fast as migrating each."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from character_sync.adapters.database.engine import Database
from support.postgresql_server import PostgreSQLDatabases

_sqlite: list[bytes] = []
"""The one that was migrated in this test process, once it was."""


async def migrated_sqlite(path: Path) -> str:
    """Put a migrated database there and return its address."""
    if not _sqlite:
        with TemporaryDirectory() as folder:
            template = Path(folder) / "template.db"
            await _migrate(f"sqlite:///{template}")
            _sqlite.append(template.read_bytes())
    await asyncio.to_thread(_put, path)
    return f"sqlite:///{path}"


def _put(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(_sqlite[0])


class MigratedPostgreSQL:
    """Migrated databases on one server."""

    def __init__(self, databases: PostgreSQLDatabases) -> None:
        self.databases = databases
        self._template: str | None = None

    async def create(self) -> str:
        """Return the name of a new one."""
        if self._template is None:
            name = await self.databases.create()
            await _migrate(self.databases.url(name))
            self._template = name
        return await self.databases.create(template=self._template)

    async def close(self) -> None:
        if self._template is not None:
            await self.databases.drop(self._template)


async def _migrate(url: str) -> None:
    database = Database(url)
    await database.migrate()
    await database.close()
