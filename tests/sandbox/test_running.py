"""Starting and stopping, and being the same each time."""

import asyncio
import signal
import sys

import aiohttp
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from battle_net_sandbox.characters import name_for
from battle_net_sandbox.server import CannotStartError, SandboxSettings, running_sandbox

PATHS = (
    ("eu", "profile-eu", "/profile/user/wow"),
    ("eu", "profile-eu", "/profile/wow/character/silvermoon/aldrin"),
    ("eu", "profile-eu", "/profile/wow/character/silvermoon/aldrin/equipment?locale=de_DE"),
    ("eu", "profile-eu", "/profile/wow/character/silvermoon/aldrin/specializations"),
    ("eu", "dynamic-classic1x-eu", "/data/wow/realm/index"),
)


async def everything(session, client_type, seed):
    async with running_sandbox(SandboxSettings(seed=seed)) as sandbox:
        player = await client_type(sandbox, session).as_player("sixty")
        answers = [await player.api(region, path, namespace) for region, namespace, path in PATHS]
        return [(answer.status, answer.body, answer.headers.get("Last-Modified")) for answer in answers]


async def test_the_same_seed_gives_the_same_bytes(session, client_type):
    first, second = [await everything(session, client_type, 7) for _ in range(2)]

    assert first == second
    assert {status for status, _, _ in first} == {200}
    assert first != await everything(session, client_type, 8)


async def test_a_token_outlives_a_restart(session, client_type):
    async with running_sandbox() as sandbox:
        player = await client_type(sandbox, session).as_player("six")
    async with running_sandbox() as sandbox:
        again = client_type(sandbox, session, player.token)

        assert (await again.account("us", "profile-us")).status == 200


async def test_urls_are_what_a_client_is_told():
    async with running_sandbox() as sandbox:
        assert sandbox.url.startswith("http://127.0.0.1:")
        assert sandbox.oauth_url == f"{sandbox.url}/oauth"
        assert sandbox.api_url == sandbox.url + "/api/{region}"
        assert sandbox.world.account("six") is not None


@pytest.mark.parametrize("host", ["::", "192.0.2.1", "example.com"])
async def test_only_loopback_is_listened_on(host):
    with pytest.raises(CannotStartError, match="loopback"):
        async with running_sandbox(SandboxSettings(host=host)):
            pass


async def test_stopping_lets_go_of_hanging_requests(session, client_type):
    async with running_sandbox() as sandbox:
        client = client_type(sandbox, session)
        await client.control("POST", "faults", {"match": {}, "respond": {"hang": True}})
        hanging = asyncio.create_task(client.api("us", "/profile/user/wow", "profile-us"))
        while (await client.control("GET", "stats")).json["total"] == 0:
            pass  # each question is a round trip

    with pytest.raises(aiohttp.ClientError):
        await asyncio.wait_for(hanging, 60)


async def test_accounts_of_a_file_are_there_from_the_start(tmp_path, session, client_type):
    file = tmp_path / "accounts.json"
    wanted = {"id": "raid", "gameVersion": "classic_sod", "region": "us", "characters": 4}
    file.write_bytes(msgspec.json.encode([wanted]))

    async with running_sandbox(SandboxSettings(accounts=file)) as sandbox:
        player = await client_type(sandbox, session).as_player("raid")
        answer = await player.account("us", "profile-classic1x-us")

    assert sum(len(each["characters"]) for each in answer.json["wow_accounts"]) == 4


@pytest.mark.parametrize("text", ["[{", '[{"id":"x"}]', None])
async def test_an_accounts_file_that_cannot_be_read_is_one_sentence(tmp_path, text):
    file = tmp_path / "accounts.json"
    if text is not None:
        file.write_text(text)

    with pytest.raises(CannotStartError, match=r"accounts\.json"):
        async with running_sandbox(SandboxSettings(accounts=file)):
            pass


async def started(*arguments):
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "battle_net_sandbox", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def test_the_command_says_its_address_and_stops_when_told():
    process = await started("--port", "0")
    line = await process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, complaints = await process.communicate()

    assert line.startswith(b"Sandbox Battle.net listens on http://127.0.0.1:")
    assert (process.returncode, complaints) == (0, b"")


async def test_a_taken_port_is_one_sentence_and_status_1():
    async with running_sandbox() as sandbox:
        process = await started("--port", sandbox.url.rsplit(":", 1)[1])
        said, complaints = await process.communicate()

    assert process.returncode == 1
    assert said == b""
    assert complaints.decode().startswith("Cannot listen on 127.0.0.1:")
    assert complaints.count(b"\n") == 1


@given(st.sets(st.integers(min_value=0, max_value=2**32 - 1), max_size=50))
def test_no_two_numbers_share_a_name(numbers):
    names = {name_for(number) for number in numbers}

    assert len(names) == len(numbers)
    assert all(name.isalpha() and len(name) <= 12 and name.istitle() for name in names)
