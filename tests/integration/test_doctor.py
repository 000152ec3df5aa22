"""The doctor: what it finds well, what it finds wrong, and that it changes nothing."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.token_vault import generate_key
from character_sync.commands.doctor import examine
from support.service import RunningService, SettingsForTests


@pytest.fixture
async def wrong_clock() -> AsyncIterator[str]:
    """Something that answers, years ago."""

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({}, headers={"Date": "Tue, 01 Jan 2019 00:00:00 GMT"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def problems(settings: SettingsForTests) -> list[str]:
    return [finding.sentence for finding in await examine(settings) if not finding.is_well]


def changed(service: RunningService, **changes: Any) -> SettingsForTests:
    return SettingsForTests(**{**service.settings.model_dump(), **changes})


async def test_a_running_service_is_well_in_every_part(service: RunningService) -> None:
    findings = await examine(service.settings)

    assert [finding.sentence for finding in findings if not finding.is_well] == []
    assert len(findings) == 12
    assert any(service.settings.redirect_uri in finding.sentence for finding in findings)


async def test_a_fresh_set_up_is_told_what_is_missing_and_nothing_is_made(tmp_path: Path, closed_port: int) -> None:
    folder = tmp_path / "data"
    nowhere = f"http://127.0.0.1:{closed_port}"
    found = await problems(
        SettingsForTests(data_dir=folder, battle_net_oauth_url=nowhere, battle_net_api_url=f"{nowhere}/{{region}}")
    )

    assert any("character-sync keys generate" in sentence for sentence in found)
    assert any("character-sync migrate" in sentence for sentence in found)
    assert any("CHARACTER_SYNC_BATTLE_NET_CLIENT_ID" in sentence for sentence in found)
    assert any("Connection refused" in sentence and "API_URL" in sentence for sentence in found)
    assert not folder.exists()


async def test_refused_credentials_are_told_from_a_battle_net_that_is_not_there(
    service: RunningService, closed_port: int
) -> None:
    refused = await problems(changed(service, battle_net_client_secret="wrong"))
    away = await problems(changed(service, battle_net_oauth_url=f"http://127.0.0.1:{closed_port}"))

    assert len(refused) == 1
    assert "refuses the client id or its secret" in refused[0]
    assert "cannot be reached (Connection refused)" in away[0]
    assert "clock cannot be compared" in away[1]


async def test_keys_that_do_not_open_what_the_database_holds_are_a_problem(service: RunningService) -> None:
    async with service.player("six"):
        well = [finding.sentence for finding in await examine(service.settings)]
        found = await problems(changed(service, encryption_keys=generate_key()))

    assert "The encryption key seals and opens, also the stored tokens that are still good (1)." in well
    assert len(found) == 1
    assert "does not open 1 of the 1 stored tokens" in found[0]


@pytest.mark.parametrize(
    ("changes", "what_to_do"),
    [
        ({"encryption_keys": ""}, "character-sync keys generate"),
        ({"encryption_keys": "short:AAAA"}, "Encryption key 1 is not usable"),
        ({"game_versions_file": Path("/nowhere/versions.toml")}, "/nowhere/versions.toml cannot be read"),
        ({"public_url": "https://characters.example/app"}, "without a path"),
        ({"public_url": "characters.example"}, "without a path"),
        ({"public_url": "http://characters.example"}, "https://"),
        ({"database_url": "mysql://there/db"}, "mysql is not sqlite or postgresql"),
        ({"data_dir": Path("/dev/null/data")}, "CHARACTER_SYNC_DATA_DIR"),
    ],
)
async def test_each_mistake_is_named_with_what_to_do_about_it(
    service: RunningService, changes: dict[str, Any], what_to_do: str
) -> None:
    found = await problems(changed(service, **changes))

    assert any(what_to_do in sentence for sentence in found), found


async def test_servers_that_are_not_there_are_named_without_their_passwords(
    service: RunningService, closed_port: int
) -> None:
    found = await problems(
        changed(
            service,
            database_url=f"postgresql://me:hidden@127.0.0.1:{closed_port}/db",
            queue_url=f"redis://:hidden@127.0.0.1:{closed_port}/0",
        )
    )

    assert len(found) == 3
    assert "CHARACTER_SYNC_DATABASE_URL" in found[0]
    assert all("CHARACTER_SYNC_QUEUE_URL" in sentence for sentence in found[1:])
    assert "hidden" not in " ".join(found)


async def test_a_clock_far_from_battle_nets_is_a_problem(service: RunningService, wrong_clock: str) -> None:
    found = await problems(changed(service, battle_net_oauth_url=wrong_clock))

    assert any("ahead of Battle.net's" in sentence for sentence in found)


@pytest.mark.parametrize(
    ("revision", "what_to_do"), [("0000", "run `character-sync migrate`"), ("9999", "newer than this program's")]
)
async def test_a_database_of_another_revision_is_named_and_left_as_it_is(
    service: RunningService, tmp_path: Path, revision: str, what_to_do: str
) -> None:
    file = tmp_path / "other" / "db"
    file.parent.mkdir()
    database = Database(f"sqlite:///{file}")
    await database.migrate()
    await database.close()
    _execute(file, "UPDATE alembic_version SET version_num = ?", revision)

    found = await problems(changed(service, database_url=f"sqlite:///{file}"))

    assert len(found) == 1
    assert what_to_do in found[0]
    assert _execute(file, "SELECT version_num FROM alembic_version") == [(revision,)]


def _execute(file: Path, statement: str, *values: str) -> list[Any]:
    connection = sqlite3.connect(file)
    try:
        rows = connection.execute(statement, values).fetchall()
        connection.commit()
    finally:
        connection.close()
    return rows
