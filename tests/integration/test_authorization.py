"""Who may do what: every route and every event, as every kind of caller, with every kind of id.

The routes are those of the OpenAPI document: one that is not in the table below fails the first test.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
import socketio
from sqlalchemy import func, select
from yarl import URL

from character_sync.adapters.database.tables import metadata
from character_sync.commands.openapi import openapi_document
from character_sync.domain.character import CharacterKey
from character_sync.domain.game import Region
from character_sync.domain.identity import IdentityKind, Judgement
from character_sync.ports import UserId
from character_sync.schemas.events import JOIN_SESSION, LEAVE_SESSION
from fakes.characters import listed
from support.service import Player, RunningService, Watch, running_service

UNKNOWN = "00000000-0000-4000-8000-000000000000"
MALFORMED = "1%27%20OR%20%271%27=%271"
SCHEDULE = "/api/v1/schedules/{gameVersion}/{region}"  # by name, so everybody has the same: their own
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True)
class Rule:
    """What a route is for: `public` to everybody, else to its player; `of` names whose id its path takes."""

    own: int
    public: bool = False
    of: str = ""
    body: Any = None


# In the order in which they are asked: those that change what others need come last.
ROUTES = {
    ("get", "/auth/battle-net/login"): Rule(302, public=True),
    ("get", "/auth/battle-net/callback"): Rule(400, public=True),
    ("get", "/auth/who"): Rule(200, public=True),
    ("get", "/healthz"): Rule(200, public=True),
    ("get", "/readyz"): Rule(200, public=True),
    ("get", "/metrics"): Rule(200, public=True),
    ("get", "/api/v1/game-versions"): Rule(200, public=True),
    ("get", "/api/v1/me"): Rule(200),
    ("get", "/api/v1/me/export"): Rule(200),
    ("get", "/api/v1/me/tokens"): Rule(200),
    ("get", "/api/v1/changes"): Rule(200),
    ("get", "/api/v1/webhooks"): Rule(200),
    ("get", "/api/v1/webhooks/{id}"): Rule(200, of="webhook"),
    ("patch", "/api/v1/webhooks/{id}"): Rule(200, of="webhook", body={"isPaused": True}),
    ("get", "/api/v1/webhooks/{id}/deliveries"): Rule(200, of="webhook"),
    ("post", "/api/v1/webhooks/{id}/deliveries/{deliveryId}/redeliver"): Rule(202, of="webhook"),
    ("post", "/api/v1/webhooks/{id}/secret"): Rule(200, of="webhook"),
    ("post", "/api/v1/webhooks"): Rule(201, body={"url": "https://site.example/hook"}),
    ("delete", "/api/v1/webhooks/{id}"): Rule(204, of="webhook"),
    ("get", "/api/v1/characters"): Rule(200),
    ("get", "/api/v1/characters/{id}"): Rule(200, of="character"),
    ("get", "/api/v1/characters/{id}/observations"): Rule(200, of="character"),
    ("get", "/api/v1/characters/{id}/mine"): Rule(200, of="character"),
    ("patch", "/api/v1/characters/{id}/mine"): Rule(200, of="character", body={"note": "mine"}),
    ("get", "/api/v1/groups"): Rule(200),
    ("get", "/api/v1/groups/{id}"): Rule(200, of="group"),
    ("patch", "/api/v1/groups/{id}"): Rule(200, of="group", body={"name": "mine"}),
    ("delete", "/api/v1/groups/{id}"): Rule(204, of="group"),
    ("post", "/api/v1/groups"): Rule(201, body={"name": "mine"}),
    ("get", "/api/v1/identity/decisions"): Rule(200),
    ("post", "/api/v1/identity/decisions/{id}/undo"): Rule(409, of="decision"),
    ("post", "/api/v1/identity/decisions/{id}/answer"): Rule(200, of="decision", body={"isSame": False}),
    ("get", "/api/v1/characters/{id}/history"): Rule(200, of="character"),
    ("get", "/api/v1/characters/{id}/diff"): Rule(200, of="character"),
    ("get", "/api/v1/characters/{id}/series"): Rule(200, of="character"),
    ("get", "/api/v1/sync-sessions"): Rule(200),
    ("get", "/api/v1/sync-sessions/{id}"): Rule(200, of="session"),
    ("get", "/api/v1/sync-sessions/{id}/events"): Rule(200, of="session"),
    ("post", "/api/v1/sync-sessions/{id}/cancel"): Rule(409, of="session"),
    ("post", "/api/v1/sync-sessions/{id}/retry"): Rule(202, of="session"),
    ("post", "/api/v1/characters/{id}/enrich"): Rule(202, of="character"),
    ("post", "/api/v1/characters/sync"): Rule(202, body={"gameVersion": "classic_era"}),
    ("get", "/api/v1/schedules"): Rule(200),
    ("put", SCHEDULE): Rule(200, body={"mode": "daily"}),
    ("delete", SCHEDULE): Rule(204),
    ("post", "/api/v1/me/notice/seen"): Rule(204),
    ("post", "/api/v1/me/tokens"): Rule(201, body={"name": "matrix"}),
    ("delete", "/api/v1/me/tokens/{id}"): Rule(204, of="token"),
    ("post", "/auth/logout"): Rule(204),
    ("delete", "/api/v1/me"): Rule(204),
}
BY_ID = {route: rule for route, rule in ROUTES.items() if rule.of}


@dataclass
class Matrix:
    """One service with an owner who has one of everything, another player, nobody, and somebody who was erased."""

    service: RunningService
    owner: Player
    other: Player
    erased_token: str
    ids: dict[str, str] = field(default_factory=dict)

    async def ask(self, route: tuple[str, str], token: str | None, id_: str = "") -> tuple[int, dict[str, str], bytes]:
        method, path = route
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with (
            aiohttp.ClientSession(self.service.url, headers=headers) as client,
            client.request(method.upper(), _url(path, id_), json=ROUTES[route].body, allow_redirects=False) as response,
        ):
            said = {name: value for name, value in response.headers.items() if name not in {"Date", "X-Request-ID"}}
            return response.status, said, await response.read()


def _url(path: str, id_: str) -> URL:
    named = path.replace("{id}", id_).replace("{deliveryId}", "1").replace("{gameVersion}/{region}", "retail/us")
    return URL(named, encoded=True)


@pytest.fixture
async def matrix(service: RunningService) -> AsyncIterator[Matrix]:
    async with service.player("six") as owner, service.player("mixed") as other, service.player("empty") as erased:
        # With a delivery, the first: the one that is redelivered.
        webhook = await owner.post("/api/v1/webhooks", {"url": "https://site.invalid/hook"}, expect=201)
        session = await owner.sync()
        await other.sync("retail", "eu")
        async with erased.browser.delete("/api/v1/me") as response:
            assert response.status == 204
        [token] = await owner.get("/api/v1/me/tokens")
        [character, newer, *_] = await owner.characters()
        group = await owner.post("/api/v1/groups", {"name": "Mains", "members": [character["id"]]}, expect=201)
        key = CharacterKey(Region.US, "", 1, 1)
        question = Judgement(UUID(character["id"]), listed(1), key, IdentityKind.TRANSFERRED, None, 0.5, ())
        created, now = {key: UUID(newer["id"])}, datetime.now(UTC)
        await service.parts.work.transaction(
            lambda work: work.identities.record(
                UserId(UUID(owner.me["id"])), [question], before={}, created=created, now=now
            )
        )
        [decision] = (await owner.get("/api/v1/identity/decisions"))["items"]
        matrix = Matrix(service, owner, other, erased.token)
        matrix.ids = {"session": session["sessionId"], "token": token["id"]}
        matrix.ids |= {"group": group["id"], "decision": decision["id"]}
        matrix.ids |= {"character": character["id"], "webhook": webhook["id"]}
        yield matrix


def test_every_route_there_is_has_a_rule_and_every_rule_a_route() -> None:
    there = {
        (method, path) for path, item in openapi_document()["paths"].items() for method in METHODS if method in item
    }
    assert there == ROUTES.keys()


def test_every_route_that_takes_an_id_says_whose() -> None:
    assert {route for route in ROUTES if "{" in route[1] and route[1] != SCHEDULE} == BY_ID.keys()
    assert all("{id}" in path and path.replace("{deliveryId}", "1").count("{") == 1 for _, path in BY_ID)


async def test_nobody_and_who_was_erased_are_told_the_same_nothing_whatever_they_name(matrix: Matrix) -> None:
    for route, rule in ROUTES.items():
        if rule.public:
            continue
        ids = [matrix.ids[rule.of], UNKNOWN, MALFORMED] if rule.of else [""]
        answers = [await matrix.ask(route, token, id_) for token in (None, matrix.erased_token) for id_ in ids]
        assert all(answer == answers[0] for answer in answers), route
        assert answers[0][0] == 401, route


async def test_what_is_anothers_is_byte_for_byte_what_does_not_exist(matrix: Matrix) -> None:
    for route, rule in BY_ID.items():
        foreign = await matrix.ask(route, matrix.other.token, matrix.ids[rule.of])
        unknown = await matrix.ask(route, matrix.other.token, UNKNOWN)
        assert foreign == unknown, route
        assert foreign[0] == 404, route


async def test_a_malformed_id_is_as_malformed_for_its_owner_as_for_another(matrix: Matrix) -> None:
    for route in BY_ID:
        answers = [await matrix.ask(route, who.token, MALFORMED) for who in (matrix.owner, matrix.other)]
        assert answers[0] == answers[1], route
        assert answers[0][0] == 422, route


async def test_no_answer_to_another_names_anything_of_the_owners(matrix: Matrix) -> None:
    owner, other = matrix.owner, matrix.other
    theirs = {*matrix.ids.values(), owner.me["id"], owner.me["battletag"], owner.token}
    theirs |= {character["id"] for character in await owner.characters(includeArchived="true")}
    for route, rule in ROUTES.items():
        if route == ("delete", "/api/v1/me"):
            continue
        id_ = matrix.ids[rule.of] if rule.of else ""
        _, headers, body = await matrix.ask(route, other.token, id_)
        told = body.decode() + str(headers)
        assert not [secret for secret in theirs if secret in told], route


async def test_an_id_in_a_body_or_behind_another_id_is_not_found_either_unless_it_is_ones_own(matrix: Matrix) -> None:
    other = matrix.other
    [theirs, *_] = await other.characters()
    mine = matrix.ids["character"]
    group = await other.post("/api/v1/groups", {"name": "theirs", "members": [theirs["id"]]}, expect=201)
    hook = await other.post("/api/v1/webhooks", {"url": "https://site.invalid/theirs"}, expect=201)

    async def answers(method: str, path: str, *bodies: Any) -> list[tuple[int, bytes]]:
        said = []
        for body in bodies:
            async with other.browser.request(method, path, json=body) as response:
                said.append((response.status, await response.read()))
        return said

    crossed = [
        await answers("POST", "/api/v1/groups", {"name": "x", "members": [mine]}, {"name": "x", "members": [UNKNOWN]}),
        await answers("PATCH", f"/api/v1/groups/{group['id']}", {"members": [mine]}, {"members": [UNKNOWN]}),
        await answers("POST", f"/api/v1/webhooks/{hook['id']}/deliveries/1/redeliver", None),  # the owner's delivery
    ]
    assert [{status for status, _ in said} for said in crossed] == [{404}] * 3
    assert all(len(set(said)) == 1 for said in crossed)
    assert (await other.get(f"/api/v1/groups/{group['id']}"))["members"] == [theirs["id"]]


async def test_no_route_that_changes_something_takes_a_cookie_from_another_sites_page(matrix: Matrix) -> None:
    """Whatever is added: a form, a fetch or a frame elsewhere has the cookie sent along, and changes nothing."""
    before = await _held(matrix)
    for route, rule in ROUTES.items():
        method, path = route
        if method == "get":
            continue
        url = _url(path, matrix.ids[rule.of] if rule.of else "")
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
        async with matrix.owner.browser.request(method.upper(), url, json=rule.body, headers=headers) as response:
            assert (response.status, (await response.json())["code"]) == (403, "forbidden"), route
    assert await _held(matrix) == before


async def _held(matrix: Matrix) -> dict[str, int]:
    async with matrix.service.parts.database.reading() as connection:
        return {
            table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in metadata.sorted_tables
        }


async def test_no_route_of_a_player_is_outside_the_limit_of_requests(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, monotonic=lambda: 0.0, works=False, requests_per_user=3) as service,
        service.player("empty") as player,
    ):
        for _ in range(4):  # signing in used some
            async with player.browser.get("/api/v1/me") as response:
                last = response.status
        assert last == 429
        matrix = Matrix(service, player, player, "")
        for route, rule in ROUTES.items():
            if not rule.public and route != ("post", "/auth/logout"):  # whoever asks too often may leave
                status, headers, _ = await matrix.ask(route, player.token, UNKNOWN)
                assert (status, "Retry-After" in headers) == (429, True), route


async def test_the_owner_may_do_all_of_it_and_another_s_erasure_takes_nothing_from_them(matrix: Matrix) -> None:
    status, *_ = await matrix.ask(("delete", "/api/v1/me"), matrix.other.token)
    assert status == 204
    for route, rule in ROUTES.items():
        # The token that is deleted here is the one that asks, so from then on the browser does.
        id_ = matrix.ids[rule.of] if rule.of else ""
        if route[1] in {"/auth/logout", "/api/v1/me"} and route[0] != "get":
            async with matrix.owner.browser.request(route[0].upper(), route[1]) as response:
                status = response.status
            if route[1] == "/auth/logout":
                matrix.owner.token = ""
                await matrix.owner.sign_in("six")
        else:
            status, *_ = await matrix.ask(route, matrix.owner.token, id_)
        assert status == rule.own, route


@pytest.mark.parametrize("event", [*JOIN_SESSION, LEAVE_SESSION])
async def test_over_a_socket_anothers_sync_session_is_what_does_not_exist(matrix: Matrix, event: str) -> None:
    async with matrix.other.socket() as watch:
        foreign = await watch.client.call(event, {"sessionId": matrix.ids["session"]})
        unknown = await watch.client.call(event, {"sessionId": UNKNOWN})
        malformed = await watch.client.call(event, {"sessionId": MALFORMED})
        told = list(watch.events)
    assert foreign == unknown
    assert foreign == ({"ok": True} if event == LEAVE_SESSION else {"ok": False, "error": foreign.get("error")})
    assert malformed["error"]["code"] == "invalid_request"
    assert told == []


@pytest.mark.parametrize("token", [None, "erased", "cs_wrong"])
async def test_over_a_socket_nobody_and_who_was_erased_get_no_connection(matrix: Matrix, token: str | None) -> None:
    watch = Watch()
    auth = {"token": matrix.erased_token if token == "erased" else token}
    with pytest.raises(socketio.exceptions.ConnectionError):
        await watch.client.connect(matrix.service.url, auth=auth, transports=["websocket"])
    await watch.client.disconnect()


def test_every_event_a_client_may_send_is_asked_above(service: RunningService) -> None:
    handlers = service.gateway.server.handlers["/"].keys()
    assert handlers - {"connect", "disconnect"} == {*JOIN_SESSION, LEAVE_SESSION}
