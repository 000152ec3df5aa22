"""Fixtures for every tier."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from support.ports import port_of_nobody
from support.service import RunningService, running_service

# A busy machine is slow, not wrong.
settings.register_profile(
    "suite",
    settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")

# The default is to draw the whole stack with all its variables, which takes seconds for each error that is logged.
*_others, _renderer = structlog.get_config()["processors"]
structlog.configure([*_others, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)])


@pytest.fixture(autouse=True)
def logs_stay_as_they_are() -> Iterator[None]:
    """Programs set up their logs once; one that a test runs here does so for every test after it."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[RunningService]:
    """A service on SQLite and an embedded queue, with the sandbox Battle.net."""
    async with running_service(tmp_path) as running:
        yield running


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that refuses whoever comes."""
    with port_of_nobody() as port:
        yield port
