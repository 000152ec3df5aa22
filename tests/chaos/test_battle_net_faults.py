"""What Battle.net can do wrong, on every endpoint, and what comes of it: a table, each line one character of one sync."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from battle_net_sandbox.settings import SandboxSettings
from support.held_back import LONGER_THAN_ANY_TEST
from support.service import RunningService, running_service

TIMEOUT_SECONDS = 2.5  # for a whole call, instead of the real 20 s, where an answer never comes whole
PROFILE, MEDIA, EQUIPMENT, TALENTS = "", "/character-media", "/equipment", "/specializations"
DONE = ("completed", None)
NO_PICTURE = ("completed", "upstream_unavailable")
LATER = ("skipped", "upstream_unavailable")
UNREADABLE = ("failed", "answer_unreadable")
HTML = {"status": 200, "body": "<html><body>Sorry</body></html>", "contentType": "text/html"}
ELSEWHERE = {"redirect": "http://169.254.169.254/latest/meta-data"}
HUGE = {"bodyBytes": 100_000_000}
BOMB = {"bodyBytes": 50_000_000, "gzip": True}  # 50 KB on the wire


class Fault(NamedTuple):
    """`first`: only so many requests go wrong; 0 is all of them."""

    endpoint: str
    respond: dict[str, Any]
    first: int
    outcome: tuple[str, str | None]


FAULTS = {
    # Once is what a second attempt is for.
    "429 with Retry-After, once": Fault(PROFILE, {"status": 429, "retryAfter": 1}, 1, DONE),
    "429 without, three times": Fault(PROFILE, {"status": 429}, 3, DONE),
    "429 with a word for Retry-After": Fault(EQUIPMENT, {"status": 429, "retryAfter": "soon"}, 1, DONE),
    "429 with 0 for Retry-After": Fault(TALENTS, {"status": 429, "retryAfter": 0}, 1, DONE),
    "500 once": Fault(PROFILE, {"status": 500}, 1, DONE),
    "503 once": Fault(EQUIPMENT, {"status": 503}, 1, DONE),
    "a cut, once": Fault(PROFILE, {"truncate": True}, 1, DONE),
    # For good: without a profile there is no character, without a picture there is.
    "500 on the profile": Fault(PROFILE, {"status": 500}, 0, LATER),
    "502 on the picture": Fault(MEDIA, {"status": 502}, 0, NO_PICTURE),
    "503 on the gear": Fault(EQUIPMENT, {"status": 503}, 0, LATER),
    "504 on the talents": Fault(TALENTS, {"status": 504}, 0, LATER),
    "JSON cut short": Fault(PROFILE, {"truncate": True}, 0, LATER),
    "HTML with 200": Fault(PROFILE, HTML, 0, LATER),
    "HTML with 200 on the gear": Fault(EQUIPMENT, HTML, 0, LATER),
    "100 MB": Fault(PROFILE, HUGE, 0, UNREADABLE),
    "100 MB of gear": Fault(EQUIPMENT, HUGE, 0, UNREADABLE),
    "50 MB, packed": Fault(TALENTS, BOMB, 0, UNREADABLE),
    "100 MB of picture": Fault(MEDIA, HUGE, 0, ("completed", "answer_unreadable")),
    "a redirect to elsewhere": Fault(PROFILE, ELSEWHERE, 0, LATER),
    "a redirect of the gear": Fault(EQUIPMENT, ELSEWHERE, 0, LATER),
    "another kind of JSON": Fault(PROFILE, {"status": 200, "body": []}, 0, UNREADABLE),
    "403 on the profile": Fault(PROFILE, {"status": 403}, 0, ("skipped", "hidden")),
    "404 on the profile": Fault(PROFILE, {"status": 404}, 0, ("skipped", "not_found")),
    "404 on the picture": Fault(MEDIA, {"status": 404}, 0, DONE),
    "nothing": Fault(PROFILE, {"delayMs": 50}, 0, DONE),
}
ENDLESS_FAULTS = {
    "a hang, once": Fault(PROFILE, {"hang": True}, 1, DONE),
    "a hang before the headers": Fault(PROFILE, {"hang": True}, 0, LATER),
    "a hang after the headers": Fault(EQUIPMENT, {"hang": "afterHeaders"}, 0, LATER),
    "a byte a second": Fault(TALENTS, {"bytesPerSecond": 1}, 0, LATER),
    "a byte a second on the picture": Fault(MEDIA, {"bytesPerSecond": 1}, 0, NO_PICTURE),
}
LISTING_FAULTS = {
    "429": ({"status": 429, "retryAfter": 1}, 503),
    "500": ({"status": 500}, 503),
    "a hang": ({"hang": True}, 503),
    "a byte a second": ({"bytesPerSecond": 1}, 503),
    "a cut": ({"truncate": True}, 503),
    "HTML with 200": (HTML, 503),
    "100 MB": (HUGE, 502),
    "a redirect": (ELSEWHERE, 503),
    "another kind of JSON": ({"status": 200, "body": []}, 502),
    "403": ({"status": 403}, 503),
}


@asynccontextmanager
async def waiting_for(tmp_path: Path, seconds: float) -> AsyncIterator[RunningService]:
    """A service that waits so long for an answer."""
    unhurried = SandboxSettings(requests_per_second=0)
    async with running_service(tmp_path, sandbox=unhurried, request_timeout_seconds=seconds) as running:
        yield running


async def test_every_fault_on_every_endpoint_comes_out_as_the_table_says(tmp_path: Path) -> None:
    async with waiting_for(tmp_path, LONGER_THAN_ANY_TEST) as service:
        await _comes_out_as_said(service, FAULTS)


async def test_answers_that_never_come_whole_are_waited_for_so_long_and_no_longer(tmp_path: Path) -> None:
    async with waiting_for(tmp_path, TIMEOUT_SECONDS) as service:
        await _comes_out_as_said(service, ENDLESS_FAULTS)


async def _comes_out_as_said(service: RunningService, faults: dict[str, Fault]) -> None:
    account = {"id": "faulty", "gameVersion": "retail", "region": "us", "characters": len(faults)}
    listed = (await service.control("POST", "accounts", account))["characters"]
    chosen = dict(zip(faults, listed, strict=True))
    for name, fault in faults.items():
        path = f"*/character/{chosen[name]['realm']}/{chosen[name]['name'].lower()}{fault.endpoint}"
        match = {"path": path} | ({"first": fault.first} if fault.first else {})
        await service.control("POST", "faults", {"match": match, "respond": fault.respond})
    async with service.player("faulty") as player:
        snapshot = await player.sync()

    came = {(c["name"], c["realm"]): (c["status"], c.get("reason")) for c in snapshot["characters"]}
    outcomes = {name: came[c["name"], c["realm"]] for name, c in chosen.items()}
    assert snapshot["status"] == "completed"
    assert {name: outcome for name, outcome in outcomes.items() if outcome != faults[name].outcome} == {}


@pytest.mark.parametrize("name", LISTING_FAULTS)
async def test_a_listing_that_fails_changes_nothing_and_says_when_to_ask_again(tmp_path: Path, name: str) -> None:
    respond, status = LISTING_FAULTS[name]
    is_endless = "hang" in respond or "bytesPerSecond" in respond
    async with (
        waiting_for(tmp_path, TIMEOUT_SECONDS if is_endless else LONGER_THAN_ANY_TEST) as service,
        service.player("six") as player,
    ):
        await service.control("POST", "faults", {"match": {"path": "/profile/user/wow"}, "respond": respond})
        problem = await player.start_sync(expect=status)
        sessions = await player.get("/api/v1/sync-sessions")
        await service.control("DELETE", "faults")
        snapshot = await player.sync()
    assert problem["status"] == status
    assert sessions["items"] == []
    assert snapshot["processedCharacters"] == 6
