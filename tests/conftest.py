"""Fixtures for every tier."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.service import RunningService, running_service


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[RunningService]:
    """A service on SQLite and an embedded queue, with the sandbox Battle.net."""
    async with running_service(tmp_path) as running:
        yield running
