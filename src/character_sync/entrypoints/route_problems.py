"""Which problems each route can give, in the OpenAPI document: what a route declares, and what follows from its form.

What is refused for its form before anybody looks at what is asked (docs/rest.md, "Statuses"), and a mistake of ours, can befall
every route; they stay under `4XX` and `5XX`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from character_sync.domain.errors import (
    CharacterSyncError,
    DatabaseUnavailable,
    ForeignPage,
    InvalidRequest,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)
from character_sync.entrypoints.problems import CONTENT_TYPE, STATUSES, code_of

Document = dict[str, Any]
Responses = dict[int | str, dict[str, Any]]

CODES: Final = "x-codes"  # of a response, while the document is put together
LIMITED: Final = ("/api/", "/auth/")  # as `request_limits.py` counts them
BAD_REQUEST: Final = "400"
SAFE: Final = "get"  # of the methods we have, the one for which no page is foreign


def may_give(*errors: type[CharacterSyncError]) -> Responses:
    """Return what a route declares, for its `responses`: the errors that do not follow from its form."""
    codes: dict[int | str, list[str]] = defaultdict(list)
    for error in errors:
        codes[STATUSES[error]].append(code_of(error))
    return {status: {"description": "", CODES: one} for status, one in codes.items()}


def write_problems(document: Document) -> None:
    """Put into each operation, status by status, the codes that it can give; each combination is described once."""
    components = document["components"].setdefault("responses", {})
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, codes in sorted(_codes(path, method, operation).items()):
                name = "_or_".join(codes)
                components[name] = _response(codes)
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}


def _codes(path: str, method: str, operation: Document) -> Mapping[str, list[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for error in _by_form(path, method, operation):
        found[str(STATUSES[error])].add(code_of(error))
    for status, response in operation["responses"].items():
        if CODES in response:
            found[status] |= set(response[CODES])
    if BAD_REQUEST in found:
        found[BAD_REQUEST].add(InvalidRequest.code)  # what is refused for its form has no other status here
    return {status: sorted(codes) for status, codes in found.items()}


def _by_form(path: str, method: str, operation: Document) -> Iterator[type[CharacterSyncError]]:
    if path.startswith(LIMITED):
        yield TooManyRequests
    if "security" in operation:
        yield from (Unauthenticated, DatabaseUnavailable)
        if method != SAFE:
            yield ForeignPage
    if "parameters" in operation or "requestBody" in operation:
        yield InvalidRequest
    if "{" in path:
        yield NotFound


def _response(codes: list[str]) -> Document:
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, {"properties": {"code": {"enum": codes}}}]}
    return {"description": " or ".join(f"`{code}`" for code in codes), "content": {CONTENT_TYPE: {"schema": schema}}}
