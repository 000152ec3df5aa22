"""Requests have ids: told or made, in the answer, in the log lines and in problem documents about our own faults."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from structlog.testing import LogCapture

from character_sync.domain.errors import BattleNetUnavailable, NotFound
from character_sync.entrypoints.problems import install_problems
from character_sync.entrypoints.request_ids import RequestIds

MADE = re.compile(r"[0-9a-f]{32}")


class Boom(Exception):
    """An error nobody foresaw."""


def app() -> RequestIds:
    routes = FastAPI(openapi_url=None)
    install_problems(routes)
    outcomes = {"absent": NotFound(), "outage": BattleNetUnavailable(), "bug": Boom()}

    @routes.get("/{outcome}")
    async def answer(outcome: str) -> str:
        structlog.get_logger().info("asked", outcome=outcome)
        if outcome in outcomes:
            raise outcomes[outcome]
        return outcome

    return RequestIds(routes)


async def ask(path: str, *told: str) -> tuple[int, str, Any]:
    """Return status, the answer's request id and its body."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"x-request-id", id_.encode("latin-1")) for id_ in told]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    with suppress(Boom):  # it goes on to the server after it was answered
        await app()(scope, receive, send)
    [start, *rest] = sent
    [answered] = [value.decode() for name, value in start["headers"] if name.lower() == b"x-request-id"]
    return start["status"], answered, json.loads(b"".join(message.get("body", b"") for message in rest))


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    capture, before = LogCapture(), structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture.entries
    structlog.configure(**before)


@pytest.mark.parametrize(
    "told", ["7b1c", "5f0c2a3e-9d1b-4c58-8a63-0e7f5a1d2b3c", "Root=1-67891233-abcdef012345678912345678", "a" * 128]
)
async def test_an_id_that_a_proxy_gave_is_kept(told: str) -> None:
    assert (await ask("/well", told))[1] == told


@pytest.mark.parametrize("told", ["", "a b", "a" * 129, 'x" level=info', "a\nb", "\x1b[31m", "é", "-rf"])
async def test_an_id_that_might_do_harm_is_replaced(told: str) -> None:
    assert MADE.fullmatch((await ask("/well", told))[1])


async def test_each_request_that_brings_none_gets_its_own() -> None:
    ids = {(await ask("/well"))[1] for _ in range(3)}
    assert len(ids) == 3
    assert all(MADE.fullmatch(id_) for id_ in ids)


async def test_a_log_line_names_the_request_it_belongs_to(lines: list[Any]) -> None:
    await ask("/well", "mine")
    assert [(line["event"], line["request_id"]) for line in lines] == [("asked", "mine")]


@pytest.mark.parametrize(("path", "status"), [("/outage", 503), ("/bug", 500)])
async def test_a_problem_of_ours_names_the_request_so_that_the_log_can_be_found(path: str, status: int) -> None:
    answered, id_, problem = await ask(path, "mine")
    assert (answered, id_, problem["requestId"]) == (status, "mine", "mine")


async def test_a_problem_of_the_callers_own_needs_no_log_and_names_none() -> None:
    status, id_, problem = await ask("/absent", "mine")
    assert (status, id_) == (404, "mine")
    assert "requestId" not in problem


async def test_the_log_line_about_an_unforeseen_error_names_the_request(lines: list[Any]) -> None:
    await ask("/bug", "mine")
    [failed] = [line for line in lines if line["event"] == "request_failed"]
    assert failed["request_id"] == "mine"
