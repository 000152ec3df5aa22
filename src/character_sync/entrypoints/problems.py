"""RFC 9457 problem documents: the one place where errors get HTTP statuses."""

import math
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from character_sync.domain.errors import (
    BattleNetAccountTaken,
    BattleNetAnswerUnreadable,
    BattleNetCharacterHidden,
    BattleNetCredentialsRefused,
    BattleNetError,
    BattleNetRateLimited,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
    ChangesForgotten,
    CharacterBusy,
    CharacterSyncError,
    DatabaseUnavailable,
    ForeignPage,
    IdentityDecisionFinal,
    InvalidRequest,
    NotFound,
    NotReady,
    OtherBattleNetAccountLinked,
    PlayerMustAct,
    SignInDeclined,
    SignInFailed,
    SyncAlreadyActive,
    SyncSessionFinished,
    TokenUndecryptable,
    TooManyRequests,
    Unauthenticated,
)
from character_sync.entrypoints.own_path import own_path
from character_sync.entrypoints.request_ids import request_id
from character_sync.schemas.rest import Problem

log = structlog.get_logger()

CONTENT_TYPE = "application/problem+json"
SIGN_IN_PATH = "/auth/battle-net/login"
WRONG_METHOD = 405
METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
UNREADABLE_BODY = 400  # what FastAPI itself says only of a body it cannot decode
RETRY_AFTER_SECONDS = 5  # when no time is known: outages and crowds last seconds or hours, so ask soon and again
OURS = 500  # from here on the operator is asked, who finds the request in the log by its id

STATUSES: dict[type[CharacterSyncError], int] = {
    CharacterSyncError: 500,
    PlayerMustAct: 409,
    SyncAlreadyActive: 409,
    SyncSessionFinished: 409,
    CharacterBusy: 409,
    IdentityDecisionFinal: 409,
    BattleNetAccountTaken: 409,
    OtherBattleNetAccountLinked: 409,
    BattleNetTokenInvalid: 409,
    TokenUndecryptable: 409,
    SignInFailed: 400,
    SignInDeclined: 400,
    InvalidRequest: 422,
    Unauthenticated: 401,
    ForeignPage: 403,
    NotFound: 404,
    TooManyRequests: 429,
    ChangesForgotten: 410,
    DatabaseUnavailable: 503,
    BattleNetError: 502,
    BattleNetUnavailable: 503,
    BattleNetRateLimited: 503,
    BattleNetCredentialsRefused: 502,
    BattleNetCharacterHidden: 502,
    BattleNetAnswerUnreadable: 502,
    NotReady: 503,
}

_TITLES = {
    400: "Bad request",
    401: "Sign-in needed",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Conflict",
    413: "Too large",
    414: "Address too long",
    415: "Unsupported media type",
    422: "Invalid request",
    429: "Too many requests",
    431: "Headers too large",
    500: "Internal error",
    502: "Bad answer from Battle.net",
    503: "Unavailable",
}
_HTTP_CODES = {401: "unauthenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"}


def problem(status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    document = Problem(
        type=f"urn:character-sync:problem:{code}",
        title=_TITLES.get(status, "Error"),
        status=status,
        code=code,
        detail=detail,
        request_id=request_id() if status >= OURS else None,
        **more,
    )
    body = document.model_dump(mode="json", by_alias=True)
    return JSONResponse(body, status, headers, media_type=CONTENT_TYPE)


def code_of(error: type[CharacterSyncError]) -> str:
    """Return the code that callers are given: of errors that ask the same of them, the same."""
    if issubclass(error, BattleNetTokenInvalid):
        return BattleNetTokenInvalid.code
    if issubclass(error, BattleNetRateLimited):
        return BattleNetUnavailable.code  # to a caller the same thing: Battle.net cannot be asked now
    return error.code


def problem_of(error: CharacterSyncError, mounted_at: str = "") -> JSONResponse:
    """Return an error's problem document; addresses in it begin with the path we are mounted at."""
    status = STATUSES[type(error)]
    more: dict[str, Any] = {}
    headers: dict[str, str] = {}
    match error:
        case SyncAlreadyActive(active_session_id=active):
            more["active_session_id"] = active
        case BattleNetTokenInvalid():
            more["sign_in_url"] = mounted_at + SIGN_IN_PATH
        case InvalidRequest(field=field):
            more["field"] = field
        case Unauthenticated():
            headers["WWW-Authenticate"] = "Bearer"
        case (
            BattleNetRateLimited(retry_after=wait)
            | BattleNetUnavailable(retry_after=wait)
            | TooManyRequests(retry_after=wait)
        ) if wait is not None:
            headers["Retry-After"] = str(max(1, math.ceil(wait.total_seconds())))
        case BattleNetUnavailable() | BattleNetRateLimited() | DatabaseUnavailable() | TooManyRequests():
            headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        case _:
            pass
    return problem(status, code_of(type(error)), str(error), headers=headers, **more)


def _methods(app: FastAPI, request: Request) -> list[str]:
    """Return the methods that the routes of a request's path have.

    The document knows the path if there is no id in it; else each method is asked whether some route would take it.
    `/characters/sync` would otherwise have the methods of `/characters/{id}` too.
    """
    if (documented := app.openapi()["paths"].get(own_path(request.scope))) is not None:
        return [method for method in METHODS if method.lower() in documented]
    scopes = {method: {**request.scope, "method": method} for method in METHODS}
    routes = app.router.routes
    return [method for method, scope in scopes.items() if any(r.matches(scope)[0] is Match.FULL for r in routes)]


def _field(error: Mapping[str, Any], body: object) -> str:
    """Return what a validation error is about, as its sender has written it."""
    if error["type"] == "json_invalid":
        return "body"  # its place is a byte, not a field
    if error["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        return str(error["ctx"]["discriminator"]).strip("'")
    where = [part for part in error["loc"] if part not in {"body", "query", "path"}]
    # Of a body that may be one of several, pydantic names first which one it took it for.
    if len(where) > 1 and isinstance(body, dict) and where[0] in body.values():
        is_field = isinstance(body.get(where[0]), dict | list)  # else there would be nothing inside it to name
        where = where if is_field else where[1:]
    return ".".join(map(str, where)) or "body"


def install_problems(app: FastAPI) -> None:
    """Have every error leave as a problem document without internals."""

    @app.exception_handler(CharacterSyncError)
    async def ours(request: Request, error: CharacterSyncError) -> JSONResponse:
        return problem_of(error, request.scope.get("root_path", ""))

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        field = _field(first, error.body)
        return problem(422, InvalidRequest.code, f"{field}: {first['msg']}.", field=field)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == UNREADABLE_BODY:
            return problem(422, InvalidRequest.code, "The body is not JSON in UTF-8.", field="body")
        code = _HTTP_CODES.get(error.status_code, InvalidRequest.code)
        detail = str(NotFound()) if code == NotFound.code else str(error.detail)
        headers = dict(error.headers or {})
        if error.status_code == WRONG_METHOD:
            headers["Allow"] = ", ".join(_methods(app, request))  # the router names the first route's only
        return problem(error.status_code, code, detail, headers=headers)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        log.error("request_failed", method=request.method, path=request.url.path, exc_info=error)
        return problem(500, CharacterSyncError.code, "Something went wrong on our side. It has been logged.")
