"""The HTTP application: routes, problems, the page, events in the OpenAPI file."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from character_sync import __version__
from character_sync.entrypoints.own_path import own_path
from character_sync.entrypoints.page import Page
from character_sync.entrypoints.problems import CONTENT_TYPE, install_problems
from character_sync.entrypoints.rate_limits import RateLimit
from character_sync.entrypoints.request_limits import RequestLimits
from character_sync.entrypoints.response_headers import ResponseHeaders
from character_sync.entrypoints.rest import (
    belongings,
    changes,
    characters,
    history,
    identities,
    me,
    rights,
    schedules,
    sign_in,
    sync_sessions,
    webhooks,
)
from character_sync.entrypoints.rest.context import RestContext
from character_sync.entrypoints.rest.operations import NO_TELEMETRY_OF_ITS_OWN, Operations, operations_router
from character_sync.entrypoints.route_problems import write_problems
from character_sync.schemas import events
from character_sync.schemas.rest import Problem

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "The caller can put this right."},
    "5XX": {"model": Problem, "description": "Battle.net or we have to put this right."},
}

_events = APIRouter()


@_events.post(events.SYNC_PROGRESS)
async def sync_progress(body: events.SyncProgress) -> None:
    """Tell how a sync session goes. The whole state; ignore one whose `seq` is lower than the last."""


@_events.post(events.SYNC_COMPLETE)
async def sync_complete(body: events.SyncProgress) -> None:
    """Tell that a sync session has ended, completed or cancelled. Exactly once and last."""


@_events.post(events.SYNC_ERROR)
async def sync_error(body: events.SyncError) -> None:
    """Tell that a sync session as a whole has failed. Exactly once and last."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Who may ask from where, and how often."""

    allowed_origins: tuple[str, ...]
    per_address: RateLimit
    sign_ins_per_address: RateLimit
    is_https: bool


def create_http_app(context: RestContext, operations: Operations, page: Page | None, doors: Doors) -> ASGIApp:
    """Return the app; without the page where a site that embeds us has pages of its own."""
    app = http_routes(operations)
    app.state.rest_context = context
    if page is not None:
        _serve_page(app, page)
    app.add_middleware(RequestLimits, per_address=doors.per_address, sign_ins_per_address=doors.sign_ins_per_address)
    if doors.allowed_origins:
        # Around the limits, so that a page of another site can read that it has met one.
        # Without credentials: another site's page brings a token, never our cookie.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=doors.allowed_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After", "X-Request-ID"],
        )
    return ResponseHeaders(app, is_https=doors.is_https)


class _HttpApp(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """Return the document; errors are of the type that they leave with, which FastAPI cannot be told."""
        if self.openapi_schema is None:
            document = super().openapi()
            for path in document["paths"].values():
                for operation in path.values():
                    for status in PROBLEMS:
                        schema = {"$ref": "#/components/schemas/Problem"}
                        operation["responses"][status]["content"] = {CONTENT_TYPE: {"schema": schema}}
            write_problems(document)
        return super().openapi()


def http_routes(operations: Operations) -> FastAPI:
    """Return the app without what its routes work on: enough to describe the API."""
    app = _HttpApp(
        title="Character Sync",
        version=__version__,
        summary="World of Warcraft characters from Battle.net, watched live.",
        docs_url=None,
        redoc_url=None,
        webhooks=_events,
        responses=PROBLEMS,
        separate_input_output_schemas=False,
        telemetry=NO_TELEMETRY_OF_ITS_OWN,
    )
    install_problems(app)
    for part in (
        sign_in,
        me,
        rights,
        characters,
        history,
        identities,
        belongings,
        sync_sessions,
        schedules,
        changes,
        webhooks,
    ):
        app.include_router(part.router)
    app.include_router(operations_router(operations))
    return app


def _serve_page(app: FastAPI, page: Page) -> None:
    """Have the page answer what no route takes: a route for every path would take wrong methods' 405 for its own."""

    async def page_or_not_found(scope: Scope, receive: Receive, send: Send) -> None:
        response = None
        if scope["type"] == "http":
            response = page.answer(scope["method"], own_path(scope), Headers(scope=scope))
        await (response or app.router.not_found)(scope, receive, send)

    app.router.default = page_or_not_found
