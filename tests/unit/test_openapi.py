"""The OpenAPI document, printed without a service."""

import re
from pathlib import Path
from uuid import UUID

import aiohttp

from character_sync.domain.game import Facet
from character_sync.domain.sync_session import Reason
from character_sync.entrypoints import request_limits
from character_sync.entrypoints.problems import STATUSES
from character_sync.openapi import openapi_document
from character_sync.schemas.events import CurrentCharacterAnswer
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


def test_a_reason_of_a_newer_release_is_passed_on_as_it_is() -> None:
    character = CurrentCharacterAnswer(
        id=UUID(int=1), name="Pallywar", realm="old-blanchy", status="skipped", reason="from_the_future"
    )

    assert character.model_dump()["reason"] == "from_the_future"
