"""The command line's `sync` and `login` as processes of their own, against a running service."""

import json
import signal
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from character_sync.commands.terminal_views import REASONS
from character_sync.domain.sync_session import Reason
from support.door import open_door
from support.forks import Forked, forked
from support.processes import CLEAN
from support.service import RunningService


@dataclass(frozen=True)
class Ran:
    code: int | None
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


async def start(*arguments: str, **environment: str) -> Forked:
    return await forked(arguments, folder=Path.cwd(), environment=CLEAN | environment)


async def run(*arguments: str, **environment: str) -> Ran:
    process = await start(*arguments, **environment)
    out, err = await process.communicate()
    return Ran(process.returncode, out.decode(), err.decode())


async def sync(service: RunningService, token: str, *more: str) -> Ran:
    return await run("sync", "--url", service.url, "--game-version", "retail", *more, CHARACTER_SYNC_TOKEN=token)


async def token_of(service: RunningService, account: str) -> str:
    ran = await run("login", "--url", service.url, "--account", account)
    assert (ran.code, ran.err) == (0, "")
    return ran.out.strip()


async def hold(service: RunningService) -> None:
    """Have Battle.net keep every answer about gear to itself until told otherwise."""
    await service.control("POST", "faults", {"match": {"path": "*equipment*"}, "respond": {"hang": True}})


async def test_login_prints_a_token_and_sync_shows_progress_and_a_table_on_a_pipe(service: RunningService) -> None:
    ran = await sync(service, await token_of(service, "six"))

    assert (ran.code, ran.err) == (0, "")
    assert "100%  6 of 6" in ran.out
    assert "Pallywar (old-blanchy): completed" in ran.out
    row = next(line for line in ran.out.splitlines() if "Pallywar" in line and "Paladin" in line)
    assert all(word in row for word in ("Old Blanchy", "Protection", "completed"))
    assert ran.out.endswith("6 characters, 6 completed.\n")
    assert "\x1b" not in ran.out


async def test_json_is_one_event_per_line_and_ends_with_sync_complete(service: RunningService) -> None:
    ran = await sync(service, await token_of(service, "six"), "--json")

    assert (ran.code, ran.err) == (0, "")
    assert [event["event"] for event in ran.events[:-1]] == ["sync-progress"] * (len(ran.events) - 1)
    assert ran.events[-1]["event"] == "sync-complete"
    assert ran.events[-1]["processedCharacters"] == 6
    sequence = [event["seq"] for event in ran.events]
    assert sequence == sorted(set(sequence))


async def test_a_failed_character_ends_with_1_and_its_reason_in_words(service: RunningService) -> None:
    token = await token_of(service, "six")
    rule = {"match": {"path": "*pallywar/equipment*"}, "respond": {"status": 200, "body": "[]"}}
    await service.control("POST", "faults", rule)

    ran = await sync(service, token)

    assert ran.code == 1
    assert "Pallywar (old-blanchy): failed: Battle.net's answer could not be read" in ran.out
    assert ran.out.endswith("6 characters, 5 completed, 1 failed.\n")


async def test_an_account_without_characters_is_told_so(service: RunningService) -> None:
    ran = await sync(service, await token_of(service, "empty"))

    assert ran.code == 0
    assert "Battle.net lists no characters of retail in us." in ran.out


async def test_without_a_token_it_says_where_to_get_one(service: RunningService) -> None:
    ran = await run("sync", "--url", service.url, "--game-version", "retail")

    assert (ran.code, ran.out) == (2, "")
    assert "character-sync login --account six" in ran.err


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--token", "cs_wrong"), "The token is not accepted"),
        (("--url", "ftp://there"), "is not an address such as"),
        (("--url", "{service}/page"), "There is no Character Sync at"),
        (("--region", "moon"), "region must be one of"),
    ],
)
async def test_what_cannot_start_is_one_sentence_and_2(
    service: RunningService, more: tuple[str, ...], sentence: str
) -> None:
    given = [part.replace("{service}", service.url) for part in more]
    ran = await sync(service, await token_of(service, "six"), *given)

    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


async def test_a_service_that_is_not_there_is_one_sentence_and_2() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        ran = await run("sync", "--url", url, "--game-version", "retail", "--token", "cs_any")

    assert (ran.code, ran.out) == (2, "")
    assert "is the service running" in ran.err
    assert "Connection refused" in ran.err


async def test_a_battle_net_sign_in_that_has_ended_names_the_page_to_sign_in_at(service: RunningService) -> None:
    token = await token_of(service, "six")
    await service.control("DELETE", "accounts/six")

    ran = await sync(service, token)

    assert ran.code == 2
    assert f"Sign in with Battle.net again to sync your characters. ({service.url}/auth/battle-net/login)" in ran.err


async def test_a_sync_that_runs_already_is_joined(service: RunningService) -> None:
    await hold(service)
    async with service.player("six") as player:
        started = await player.start_sync()
        process = await start(
            *("sync", "--url", service.url, "--game-version", "retail", "--json", "--token", player.token)
        )
        first = json.loads(await process.stdout.readline())
        await player.post(f"/api/v1/sync-sessions/{started['sessionId']}/cancel")
        out, err = await process.communicate()

    assert first["sessionId"] == started["sessionId"]
    assert b"already running" in err
    assert json.loads(out.splitlines()[-1])["status"] == "cancelled"
    assert process.returncode == 1  # a script must not take a cancelled sync for a finished one


async def test_ctrl_c_leaves_the_sync_running_and_ends_with_130(service: RunningService) -> None:
    await hold(service)
    async with service.player("six") as player:
        process = await start(
            *("sync", "--url", service.url, "--game-version", "retail", "--json", "--token", player.token)
        )
        session_id = json.loads(await process.stdout.readline())["sessionId"]
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
        session = await player.get(f"/api/v1/sync-sessions/{session_id}")

    assert process.returncode == 130
    assert "goes on in the background" in err.decode()
    assert "Traceback" not in err.decode()
    assert session["status"] in {"pending", "processing"}


async def test_a_socket_that_drops_is_joined_again_and_no_event_is_told_twice(service: RunningService) -> None:
    await hold(service)
    token = await token_of(service, "six")
    async with open_door() as door:
        door.lead_to(service.url)
        process = await start("sync", "--url", door.url, "--game-version", "retail", "--json", "--token", token)
        first = await process.stdout.readline()
        door.cut()
        complaint = await process.stderr.readline()
        async with service.player("six") as player:
            await player.post(f"/api/v1/sync-sessions/{json.loads(first)['sessionId']}/cancel")
        out, _ = await process.communicate()

    events = [json.loads(line) for line in [first, *out.splitlines()]]
    assert b"The connection was lost; trying again." in complaint
    assert (events[-1]["event"], events[-1]["status"]) == ("sync-complete", "cancelled")
    sequence = [event["seq"] for event in events]
    assert sequence == sorted(set(sequence))


async def test_login_with_an_account_the_sandbox_has_not_says_so(service: RunningService) -> None:
    ran = await run("login", "--url", service.url, "--account", "nobody")

    assert (ran.code, ran.out) == (2, "")
    assert "The sandbox has no account 'nobody'" in ran.err


def test_every_reason_has_words_for_players() -> None:
    assert set(REASONS) == set(Reason)
