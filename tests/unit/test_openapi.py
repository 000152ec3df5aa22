"""The OpenAPI document, printed without a service."""

import aiohttp

from character_sync.openapi import openapi_document
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
