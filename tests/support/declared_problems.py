"""Notes which problems a service gives that its OpenAPI document does not say of their route."""

import json
import re
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from character_sync.commands.openapi import openapi_document

OF_ANY_ROUTE = {
    *("internal_error", "too_large", "headers_too_large", "address_too_long", "request_timeout"),
    *("unsupported_media_type", "method_not_allowed"),
}
FOR_ITS_FORM = (400, "invalid_request")


def declared(document: dict[str, Any]) -> list[tuple[str, re.Pattern[str], set[tuple[int, str]]]]:
    """Return method, paths, and statuses with codes of every operation; paths without an id before those with one."""
    found = []
    for path, methods in sorted(document["paths"].items(), key=lambda item: "{" in item[0]):
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", path))
        for method, operation in methods.items():
            codes = set()
            for status, response in operation["responses"].items():
                if "$ref" in response:
                    told = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
                    [content] = told["content"].values()
                    codes |= {
                        (int(status), code) for code in content["schema"]["allOf"][1]["properties"]["code"]["enum"]
                    }
            found.append((method.upper(), pattern, codes))
    return found


OPERATIONS = declared(openapi_document())


class DeclaredProblems:
    """Passes everything on as it is; `undeclared` holds method, path, status and code of what it should not have seen."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.undeclared: set[tuple[str, str, int, str]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, is_problem = 0, False

        async def passing(message: Message) -> None:
            nonlocal status, is_problem
            if message["type"] == "http.response.start":
                status = message["status"]
                is_problem = (b"content-type", b"application/problem+json") in message["headers"]
            elif message["type"] == "http.response.body" and is_problem:
                self._look_at(scope, status, json.loads(message["body"])["code"])
            await send(message)

        await self._app(scope, receive, passing if scope["type"] == "http" else send)

    def _look_at(self, scope: Scope, status: int, code: str) -> None:
        for method, path, codes in OPERATIONS:
            if method == scope["method"] and path.fullmatch(scope["path"]):
                if code not in OF_ANY_ROUTE and (status, code) not in codes | {FOR_ITS_FORM}:
                    self.undeclared.add((method, scope["path"], status, code))
                return
