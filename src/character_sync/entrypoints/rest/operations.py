"""For operators: alive, ready, and how much is going on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from character_sync.entrypoints.problems import problem
from character_sync.schemas.base import Answer

log = structlog.get_logger()

Check = Callable[[], Awaitable[None]]


class Healthy(Answer):
    """The process answers."""

    status: str = "ok"


@dataclass(frozen=True, slots=True)
class Operations:
    """What the routes below ask: the parts that must answer, by name, and the metrics."""

    checks: dict[str, Check]
    registry: CollectorRegistry
    collect: Check


def operations_router(operations: Operations) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/healthz")
    async def healthz() -> Healthy:
        """Tell that the process answers."""
        return Healthy()

    @router.get("/readyz", response_model=Healthy)
    async def readyz() -> Response | Healthy:
        """Tell whether the database and the queue answer."""
        for name, check in operations.checks.items():
            try:
                await check()
            except Exception as error:  # noqa: BLE001 - whatever keeps a part from answering makes us not ready
                log.warning("not_ready", part=name, error=str(error))
                return problem(503, "not_ready", f"The {name} does not answer.", headers={"Retry-After": "5"})
        return Healthy()

    @router.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Give the metrics in Prometheus' text format."""
        await operations.collect()
        return Response(generate_latest(operations.registry), media_type=CONTENT_TYPE_LATEST)

    return router
