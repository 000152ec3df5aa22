"""The OpenAPI document, printed without a service."""

import re
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

import aiohttp
from starlette.types import Message, Receive, Scope, Send

from character_sync.commands.openapi import openapi_document
from character_sync.domain.game import Facet
from character_sync.domain.sync_session import Reason
from character_sync.entrypoints import request_limits
from character_sync.entrypoints.problems import STATUSES, code_of, problem
from character_sync.schemas.events import CurrentCharacterAnswer
from support.declared_problems import OPERATIONS, DeclaredProblems
from support.service import RunningService


async def test_the_printed_document_is_the_one_a_running_service_gives(service: RunningService) -> None:
    async with aiohttp.ClientSession() as client, client.get(f"{service.url}/openapi.json") as response:
        served = await response.json()

    assert openapi_document() == served


def test_the_document_is_openapi_3_1_with_the_events_as_webhooks() -> None:
    document = openapi_document()

    assert document["openapi"].startswith("3.1")
    assert set(document["webhooks"]) == {"sync-progress", "sync-complete", "sync-error"}
    assert "/api/v1/characters/sync" in document["paths"]


def test_the_document_names_every_reason_and_facet_there_is() -> None:
    schemas = openapi_document()["components"]["schemas"]

    assert schemas["Reason"]["enum"] == list(Reason)
    assert schemas["FacetName"]["enum"] == list(Facet)


def test_the_document_names_every_code_of_an_error() -> None:
    source = Path(request_limits.__file__).read_text("utf-8")
    given = {error.code for error in STATUSES} | set(re.findall(r'problem\(HTTPStatus\.\w+, "(\w+)"', source))

    assert set(openapi_document()["components"]["schemas"]["ErrorCode"]["enum"]) == given | {"method_not_allowed"}


def test_every_error_that_leaves_over_rest_is_one_that_some_route_declares() -> None:
    of_no_route = {
        "internal_error": "a mistake of ours can happen anywhere",
        "player_must_act": "never given as such",
        "battle_net_error": "never given as such",
        "battle_net_character_hidden": "a worker's",
    }
    declared = {code for _, _, codes in OPERATIONS for _, code in codes}
    assert {code_of(error) for error in STATUSES} == declared | set(of_no_route)


def test_the_document_says_of_a_route_what_it_declares_and_what_follows_from_its_form() -> None:
    [codes] = [codes for method, path, codes in OPERATIONS if path.pattern.endswith("/cancel")]
    assert codes == {
        *((409, "sync_session_finished"), (401, "unauthenticated"), (403, "forbidden"), (404, "not_found")),
        *((422, "invalid_request"), (429, "too_many_requests"), (503, "database_unavailable")),
    }


async def test_a_problem_that_a_route_does_not_declare_is_noticed_by_the_tests_own_service() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await problem(HTTPStatus.CONFLICT, "sync_already_active", "")(scope, receive, send)

    async def nobody(_message: Message | None = None) -> Message:
        return {}

    looked_at = DeclaredProblems(app)
    for method, path in (("POST", "/api/v1/characters/sync"), ("GET", "/api/v1/characters")):
        await looked_at({"type": "http", "method": method, "path": path}, nobody, nobody)
    assert looked_at.undeclared == {("GET", "/api/v1/characters", 409, "sync_already_active")}


def test_a_reason_of_a_newer_release_is_passed_on_as_it_is() -> None:
    character = CurrentCharacterAnswer(
        id=UUID(int=1), name="Pallywar", realm="old-blanchy", status="skipped", reason="from_the_future"
    )

    assert character.model_dump()["reason"] == "from_the_future"
