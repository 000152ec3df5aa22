"""Traces with OpenTelemetry: spans around requests, use cases, calls to Battle.net, runs and writes to the database.

Everything is wrapped from the outside, by the composition root and only when it is told to. The queue hands the
context over by itself: docket links the span of a task to that of whoever submitted it.
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar, cast

import structlog
from opentelemetry import propagate, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from character_sync import __version__
from character_sync.domain.errors import NotReady
from character_sync.entrypoints.own_path import own_path
from character_sync.tracing import Untraced

T = TypeVar("T")

SERVICE_NAME = "character-sync"
SESSION = "character_sync.session_id"
OURS = 500  # statuses from here on are errors of a server; what a caller did wrong is none
NOT_TRACED = frozenset({"/healthz", "/readyz", "/metrics"})  # asked every few seconds, by machines

# What a run has bound for its log lines, and by which names a trace knows it.
_BOUND = {"session_id": SESSION, "run_token": "character_sync.run_token", "job_id": "character_sync.job_id"}


class Spans(Untraced):
    """Gives every part back with spans around what it does."""

    def __init__(self, provider: trace.TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(SERVICE_NAME, __version__)

    def requests(self, app: ASGIApp) -> ASGIApp:
        async def traced(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or own_path(scope) in NOT_TRACED:
                await app(scope, receive, send)
                return
            context = propagate.extract(dict(Headers(scope=scope).items()))
            attributes = {"http.request.method": scope["method"], "url.path": scope["path"]}
            with self._tracer.start_as_current_span(
                scope["method"], context=context, kind=SpanKind.SERVER, attributes=attributes
            ) as span:

                async def send_noted(message: Message) -> None:
                    if message["type"] == "http.response.start":
                        _note_status(span, message["status"])
                    await send(message)

                await app(scope, receive, send_noted)
                if (template := getattr(scope.get("route"), "path", None)) is not None:
                    span.update_name(f"{scope['method']} {template}")
                    span.set_attribute("http.route", template)

        return traced

    def use_case(self, use_case: T) -> T:
        """Return it with a span around its `execute`, which knows its sync session if there is one."""
        return cast("T", _TracedUseCase(use_case, self._span))

    def work(self, work: T) -> T:
        return cast("T", _TracedWork(work, self._span))

    def battle_net(self, battle_net: T) -> T:
        return cast("T", _TracedBattleNet(battle_net, self._span))

    def close(self) -> None:
        shutdown = getattr(self._provider, "shutdown", None)
        if shutdown is not None:
            shutdown()

    @contextmanager
    def _span(self, name: str, kind: SpanKind = SpanKind.INTERNAL, **attributes: str) -> Iterator[Span]:
        bound = structlog.contextvars.get_contextvars()
        known = {_BOUND[key]: value for key, value in bound.items() if key in _BOUND}
        with self._tracer.start_as_current_span(name, kind=kind, attributes={**known, **attributes}) as span:
            yield span


OpenSpan = Callable[..., Any]


class _TracedUseCase:
    def __init__(self, use_case: Any, span: OpenSpan) -> None:
        self._use_case = use_case
        self._span = span
        self._execute: Callable[..., Awaitable[Any]] = use_case.execute
        self._signature = inspect.signature(self._execute)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._use_case, name)

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        caller = trace.get_current_span()
        with self._span(type(self._use_case).__name__) as span:
            told = self._signature.bind(*args, **kwargs).arguments.get("session_id")
            if told is not None:
                _name_session(told, span, caller)
            result = await self._execute(*args, **kwargs)
            if told is None and (made := getattr(result, "session_id", None)) is not None:
                _name_session(made, span, caller)
            return result


class _TracedWork:
    """Keeps the port `Work`."""

    def __init__(self, work: Any, span: OpenSpan) -> None:
        self._work = work
        self._span = span
        self.reading = work.reading

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Any]:
        with self._span("database write"):
            async with self._work() as work:
                yield work

    async def transaction(self, body: Callable[[Any], Awaitable[Any]]) -> Any:
        with self._span("database write"):
            return await self._work.transaction(body)


class _TracedBattleNet:
    """Keeps the port `BattleNet`. Waiting for the request budget is part of the call."""

    def __init__(self, battle_net: Any, span: OpenSpan) -> None:
        self._battle_net = battle_net
        self._span = span

    async def account_characters(self, *args: Any, **kwargs: Any) -> Any:
        with self._span("Battle.net account", SpanKind.CLIENT):
            return await self._battle_net.account_characters(*args, **kwargs)

    async def facet(self, facet: Any, *args: Any, **kwargs: Any) -> Any:
        with self._span(f"Battle.net {facet.value}", SpanKind.CLIENT):
            return await self._battle_net.facet(facet, *args, **kwargs)

    async def is_there(self, *args: Any, **kwargs: Any) -> Any:
        with self._span("Battle.net status", SpanKind.CLIENT):
            return await self._battle_net.is_there(*args, **kwargs)

    async def achievements(self, *args: Any, **kwargs: Any) -> Any:
        with self._span("Battle.net achievements", SpanKind.CLIENT):
            return await self._battle_net.achievements(*args, **kwargs)


def open_spans() -> Spans:
    """Return spans that go where OpenTelemetry's own variables say, or to whoever has set it up in this process.

    Raises:
        NotReady: what sends them is not installed.
    """
    given = trace.get_tracer_provider()
    if not isinstance(given, trace.ProxyTracerProvider):
        return Spans(given)
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - optional
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - optional
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - optional
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - optional
    except ImportError:
        raise NotReady(
            "CHARACTER_SYNC_OPENTELEMETRY is set and OpenTelemetry is not installed: "
            "`pip install 'character-sync[opentelemetry]'`, or unset it."
        ) from None
    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE_NAME}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return Spans(provider)


def _name_session(session_id: object, *spans: Span) -> None:
    for span in spans:
        span.set_attribute(SESSION, str(session_id))


def _note_status(span: Span, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    if status >= OURS:
        span.set_status(Status(StatusCode.ERROR))
