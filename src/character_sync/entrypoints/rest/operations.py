"""For operators: alive, ready, and how much is going on."""

import asyncio
from collections.abc import Mapping

import structlog
from fastapi import APIRouter, FastAPI, Response
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CONTENT_TYPE_LATEST

from character_sync.domain.errors import NotReady
from character_sync.entrypoints.metrics import Metrics
from character_sync.entrypoints.probe import Ask, Probe
from character_sync.entrypoints.problems import install_problems, problem
from character_sync.entrypoints.route_problems import may_give
from character_sync.schemas.base import Answer

log = structlog.get_logger()

READY_SECONDS = 1.5  # all parts are asked at once; with the way there and back it stays below the 2 s that are promised


NO_TELEMETRY_OF_ITS_OWN: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI would put whole queries into spans, and with them Battle.net's sign-in codes. Our own spans: `spans.py`."""


class Healthy(Answer):
    """The process answers."""

    status: str = "ok"


class Operations:
    """What the routes below ask: the parts that must answer, by name, and the metrics."""

    def __init__(self, checks: Mapping[str, Ask], metrics: Metrics) -> None:
        self._probes = {name: Probe(check, seconds=READY_SECONDS) for name, check in checks.items()}
        self.metrics = metrics

    async def silent_parts(self) -> list[str]:
        """Return the names of the parts that do not answer."""
        failures = await asyncio.gather(*(probe.failure() for probe in self._probes.values()))
        silent = {name: failure for name, failure in zip(self._probes, failures, strict=True) if failure is not None}
        for name, failure in silent.items():
            log.warning("not_ready", part=name, error=str(failure) or type(failure).__name__)
        return list(silent)


def operations_router(operations: Operations) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/healthz")
    async def healthz() -> Healthy:
        """Tell that the process answers."""
        return Healthy()

    @router.get("/readyz", response_model=Healthy, responses=may_give(NotReady))
    async def readyz() -> Response | Healthy:
        """Tell whether the database and the queue answer."""
        silent = await operations.silent_parts()
        if silent:
            parts = " and the ".join(silent)
            detail = f"The {parts} {'does' if len(silent) == 1 else 'do'} not answer."
            return problem(503, "not_ready", detail, headers={"Retry-After": "5"})
        return Healthy()

    @router.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Give the metrics in Prometheus' text format."""
        return Response(await operations.metrics.page(), media_type=CONTENT_TYPE_LATEST)

    return router


def operations_app(operations: Operations) -> FastAPI:
    """Return an app with these routes and no others: what a worker shows of itself."""
    app = FastAPI(openapi_url=None, telemetry=NO_TELEMETRY_OF_ITS_OWN)
    install_problems(app)
    app.include_router(operations_router(operations))
    return app
