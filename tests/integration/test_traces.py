"""Traces: from a request over the queue to the last write, with the sync session's id; and nothing when nobody asks."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from opentelemetry import trace

from character_sync.domain.errors import NotReady
from character_sync.entrypoints.request_ids import RequestIds
from character_sync.spans import SESSION, Spans, open_spans
from character_sync.tracing import Untraced
from support.service import running_service

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Traced:
    """A provider of the SDK that keeps its spans, also set as the process's own, for docket's spans."""

    def __init__(self) -> None:
        try:
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
            from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: PLC0415
            from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter  # noqa: PLC0415
        except ImportError as error:
            from support.servers import cannot_be_had  # noqa: PLC0415 - a plugin must not be imported before it is one

            cannot_be_had("OpenTelemetry's SDK", error)
        self.memory = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.memory))

    @property
    def spans(self) -> list[Any]:
        return list(self.memory.get_finished_spans())

    def named(self, name: str) -> list[Any]:
        return [span for span in self.spans if span.name == name]

    def ancestors(self, span: Any) -> list[str]:
        """Return the names of what a span is inside of, the nearest first; over the queue by docket's link."""
        by_id = {one.context.span_id: one for one in self.spans}
        names: list[str] = []
        while True:
            above = span.parent or (span.links[0].context if span.links else None)
            if above is None or above.span_id not in by_id:
                return names
            span = by_id[above.span_id]
            names.append(span.name)


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Iterator[Traced]:
    made = Traced()
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", made.provider)  # it can be set once in a process's life
    yield made
    made.provider.shutdown()


@pytest.fixture
def spans(traced: Traced) -> Spans:
    return Spans(traced.provider)


async def test_a_sync_is_one_trace_from_its_request_to_its_last_write(
    tmp_path: Path, traced: Traced, spans: Spans
) -> None:
    async with running_service(tmp_path, tracing=spans) as service, service.player("six") as player:
        snapshot = await player.sync()
    [request] = traced.named("POST /api/v1/characters/sync")
    [use_case] = traced.named("SyncCharactersFromBattleNetUseCase")
    [listing] = traced.named("Battle.net account")
    [run] = traced.named("RunSyncSession")
    writes = [span for span in traced.named("database write") if "RunSyncSession" in traced.ancestors(span)]

    about = {span.attributes[SESSION] for span in (request, use_case, run, writes[-1])}
    assert about == {snapshot["sessionId"]}
    assert traced.ancestors(listing) == [use_case.name, request.name]
    assert traced.ancestors(run)[-2:] == [use_case.name, request.name]
    assert len(traced.named("Battle.net profile")) == 6
    assert {traced.ancestors(span)[0] for span in traced.named("Battle.net profile")} == {"RunSyncSession"}
    assert request.attributes["http.response.status_code"] == 202


async def test_a_trace_that_a_proxy_began_is_gone_on_with(tmp_path: Path, traced: Traced, spans: Spans) -> None:
    async with (
        running_service(tmp_path, tracing=spans) as service,
        aiohttp.ClientSession() as client,
        client.get(f"{service.url}/api/v1/me", headers={"traceparent": TRACEPARENT}),
    ):
        pass
    [request] = traced.named("GET /api/v1/me")
    assert f"{request.context.trace_id:032x}" in TRACEPARENT


async def test_questions_of_machines_about_health_are_not_traced(tmp_path: Path, traced: Traced, spans: Spans) -> None:
    async with running_service(tmp_path, tracing=spans) as service, aiohttp.ClientSession(service.url) as client:
        for path in ("/healthz", "/readyz", "/metrics"):
            async with client.get(path):
                pass
    assert [span.name for span in traced.spans if span.name.startswith("GET")] == []


async def test_an_error_of_ours_is_one_in_the_trace_and_one_of_the_callers_is_not(
    tmp_path: Path, traced: Traced, spans: Spans
) -> None:
    async with running_service(tmp_path, tracing=spans) as service, service.player("six") as player:
        await service.control("POST", "faults", {"match": {"path": "*/wow"}, "respond": {"status": 503}})
        await player.start_sync(expect=503)
        await player.get(f"/api/v1/sync-sessions/{uuid4()}", expect=404)
    [outage] = traced.named("POST /api/v1/characters/sync")
    [absent] = traced.named("GET /api/v1/sync-sessions/{id}")
    assert not outage.status.is_ok
    assert absent.status.is_unset


async def test_no_token_and_no_name_of_a_player_is_in_a_trace(tmp_path: Path, traced: Traced, spans: Spans) -> None:
    async with running_service(tmp_path, tracing=spans) as service, service.player("six") as player:
        await player.sync()
        names = {character["name"] for character in await player.characters()}
        secret = player.token
    told = " ".join(span.to_json() for span in traced.spans)
    assert "GET /auth/battle-net/callback" in told
    assert "code=" not in told
    assert "state=" not in told
    assert secret not in told
    assert [name for name in names if name in told] == []


def test_without_it_every_part_is_given_back_as_it_is() -> None:
    part = RequestIds(lambda *_: None)
    untraced = Untraced()
    assert all(
        wrap(part) is part for wrap in (untraced.requests, untraced.use_case, untraced.work, untraced.battle_net)
    )


def test_wanting_traces_without_what_sends_them_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(NotReady, match=r"character-sync\[opentelemetry\]"):
        open_spans()


def test_a_process_that_has_been_set_up_from_outside_keeps_its_provider(traced: Traced) -> None:
    assert open_spans()._provider is traced.provider


def test_nothing_of_it_is_imported_when_nobody_asks() -> None:
    program = (
        "import sys, character_sync.commands.programs, character_sync.bootstrap as b; from character_sync.settings import Settings;"
        "b._tracing(Settings(_env_file=None));"
        "print([m for m in sys.modules if m.startswith(('opentelemetry.sdk.trace', 'opentelemetry.exporter', 'character_sync.spans'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
