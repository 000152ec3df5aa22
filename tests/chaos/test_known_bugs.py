"""The harness sees: each of these bugs, switched on, is reported as a violation."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from battle_net_sandbox.server import RunningSandbox
from chaos.bugs import BUGS
from chaos.known_bugs import EMBEDDED, EXPECTED, ON_SHARED_SERVERS, is_caught
from chaos.processes import Starter
from chaos.site import Site, site_of

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]


@pytest_asyncio.fixture(loop_scope="session")
async def embedded(folder: Path, sandbox: RunningSandbox, starter: Starter) -> AsyncIterator[Site]:
    async with site_of(folder / "site", sandbox, starter) as running:
        yield running


@pytest.mark.parametrize("bug", ON_SHARED_SERVERS)
async def test_a_bug_between_processes_is_seen(site: Site, bug: str) -> None:
    assert is_caught(bug, await ON_SHARED_SERVERS[bug](site))


@pytest.mark.parametrize("bug", EMBEDDED)
async def test_a_bug_inside_one_process_is_seen(embedded: Site, bug: str) -> None:
    assert is_caught(bug, await EMBEDDED[bug](embedded))


async def test_every_bug_is_tried() -> None:
    assert len(EMBEDDED | ON_SHARED_SERVERS) == len(EXPECTED) == len(BUGS)
