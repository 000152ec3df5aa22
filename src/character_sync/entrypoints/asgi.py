"""The HTTP application: routes, problems, the page, events in the OpenAPI file."""

from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

from character_sync import __version__
from character_sync.entrypoints.page import Page
from character_sync.entrypoints.problems import install_problems
from character_sync.entrypoints.rest import characters, me, rights, sign_in, sync_sessions
from character_sync.entrypoints.rest.context import RestContext
from character_sync.entrypoints.rest.operations import Operations, operations_router
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


def create_http_app(
    context: RestContext, operations: Operations, page: Page, *, allowed_origins: tuple[str, ...]
) -> FastAPI:
    app = http_routes(operations)
    app.state.rest_context = context
    _serve_page(app, page)
    if allowed_origins:
        # Without credentials: another site's page brings a token, never our cookie.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=allowed_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After"],
        )
    return app


def http_routes(operations: Operations) -> FastAPI:
    """Return the app without what its routes work on: enough to describe the API."""
    app = FastAPI(
        title="Character Sync",
        version=__version__,
        summary="World of Warcraft characters from Battle.net, watched live.",
        docs_url=None,
        redoc_url=None,
        webhooks=_events,
        responses=PROBLEMS,
        separate_input_output_schemas=False,
    )
    install_problems(app)
    for router in (sign_in.router, me.router, rights.router, characters.router, sync_sessions.router):
        app.include_router(router)
    app.include_router(operations_router(operations))
    return app


def _serve_page(app: FastAPI, page: Page) -> None:
    """Have the page answer what no route takes: a route for every path would take wrong methods' 405 for its own."""

    async def page_or_not_found(scope: Scope, receive: Receive, send: Send) -> None:
        response = None
        if scope["type"] == "http":
            response = page.answer(scope["method"], scope["path"], Headers(scope=scope))
        await (response or app.router.not_found)(scope, receive, send)

    app.router.default = page_or_not_found
