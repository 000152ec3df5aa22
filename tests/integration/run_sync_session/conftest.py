from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.token_vault import TokenVault, generate_key
from fakes.running import Running
from fakes.store import Store
from support.migrated import migrated_sqlite


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    database = Database(await migrated_sqlite(tmp_path / "test.db"))
    yield Running(Store(database, TokenVault.from_setting(generate_key())))
    await database.close()
