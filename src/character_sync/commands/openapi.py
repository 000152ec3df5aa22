"""The OpenAPI document without a running service: nothing is opened, nothing is asked."""

from typing import Any

from character_sync.entrypoints.asgi import http_routes
from character_sync.entrypoints.metrics import Metrics
from character_sync.entrypoints.rest.operations import Operations


def openapi_document() -> dict[str, Any]:
    """Return what a running service gives at `/openapi.json`: routes are the same whatever stands behind them."""
    return http_routes(Operations({}, Metrics())).openapi()
