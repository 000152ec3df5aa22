"""The Python client: what a program asks of a running service, as coroutines and types."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from datetime import datetime
from typing import Literal, Self, TypeVar
from urllib.parse import quote
from uuid import UUID

from character_sync.client.errors import CharacterSyncError
from character_sync.client.requests import Query, Requests, open_requests
from character_sync.client.watching import watch
from character_sync.ports import Secret
from character_sync.schemas.changes import (
    ChangeList,
    CreatedWebhook,
    DeliveryAnswer,
    DeliveryList,
    ReplacedSecret,
    WebhookAnswer,
)
from character_sync.schemas.events import SyncProgress
from character_sync.schemas.history import CharacterAsOf, CharacterDiff, HistoryPage, Series, StateAnswer
from character_sync.schemas.plans import SyncPlan
from character_sync.schemas.rest import (
    CharacterAnswer,
    CharacterDetail,
    CharacterList,
    EnrichmentQueued,
    GameVersionAnswer,
    Me,
    SessionList,
    SessionSummary,
    Snapshot,
    SyncStarted,
)
from character_sync.schemas.schedules import ScheduleAnswer, WeekdayName

PAGE = 200  # the largest page the service gives
FOLLOW_SECONDS = 5.0  # between two looks at the change feed, which is as soon as a person would notice

A = TypeVar("A", bound=CharacterList | SessionList | HistoryPage | DeliveryList)


class CharacterSync:
    """A running service, as the player whose personal access token this is.

    Used with `async with`. Every method but `watch` and `changes` is one request or one per page. All raise
    `CharacterSyncError`.
    """

    def __init__(self, url: str, token: str | Secret) -> None:
        self._url = url
        self._token = token if isinstance(token, Secret) else Secret(token)
        self._opened = AsyncExitStack()
        self._requests: Requests | None = None

    async def __aenter__(self) -> Self:
        self._requests = await self._opened.enter_async_context(open_requests(self._url, self._token))
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._requests = None
        await self._opened.aclose()

    @property
    def _http(self) -> Requests:
        if self._requests is None:
            raise CharacterSyncError("not_open", "Use the client inside of `async with`.")
        return self._requests

    async def me(self) -> Me:
        return await self._http.ask("GET", "/api/v1/me", Me)

    async def game_versions(self) -> list[GameVersionAnswer]:
        return await self._http.ask("GET", "/api/v1/game-versions", list[GameVersionAnswer])

    # Syncs

    async def start_sync(self, game_version: str, *, region: str | None = None) -> SyncStarted:
        """Start a sync. The characters are saved when this returns; their details follow: `watch` its `session_id`.

        Raises SyncAlreadyActive: with the `active_session_id` of the one that runs.
        """
        return await self._http.ask("POST", "/api/v1/characters/sync", SyncStarted, body=_sync(game_version, region))

    async def plan(self, game_version: str, *, region: str | None = None) -> SyncPlan:
        """Return what a sync would do now; nothing is written."""
        body = {**_sync(game_version, region), "dryRun": True}
        return await self._http.ask("POST", "/api/v1/characters/sync", SyncPlan, body=body)

    async def watch(
        self, session_id: UUID, *, on_connection: Callable[[bool], None] = lambda _is_well: None
    ) -> AsyncGenerator[SyncProgress, None]:
        """Yield each newer state of a sync and last the one in which it is `completed` or `cancelled`.

        A lost connection is made again and the state read anew, for as long as it takes: put `asyncio.timeout` around
        for less. `on_connection` is told when the connection is made and when it is lost.

        Raises:
            SyncFailed: the sync failed as a whole.
            NotFound, Unauthenticated: it cannot be watched.
        """
        async with aclosing(watch(self._http, self._token, session_id, on_connection=on_connection)) as states:
            async for state in states:
                yield state

    async def sync_session(self, session_id: UUID) -> Snapshot:
        return await self._http.ask("GET", f"/api/v1/sync-sessions/{session_id}", Snapshot)

    async def sync_sessions(self) -> AsyncIterator[SessionSummary]:
        """Yield all sync sessions, newest first."""
        async for page in self._pages("/api/v1/sync-sessions", SessionList):
            for session in page.items:
                yield session

    async def cancel(self, session_id: UUID) -> Snapshot:
        """End a sync early; what it has saved stays."""
        return await self._http.ask("POST", f"/api/v1/sync-sessions/{session_id}/cancel", Snapshot)

    async def retry(self, session_id: UUID) -> SyncStarted:
        """Start a sync of the characters that failed, were skipped or not reached in one that has ended."""
        return await self._http.ask("POST", f"/api/v1/sync-sessions/{session_id}/retry", SyncStarted)

    async def enrich(self, character_id: UUID) -> EnrichmentQueued:
        """Have everything of one character asked for again: `watch` its `session_id`."""
        return await self._http.ask("POST", f"/api/v1/characters/{character_id}/enrich", EnrichmentQueued)

    # Characters

    async def characters(
        self, *, game_version: str | None = None, region: str | None = None, include_archived: bool = False
    ) -> list[CharacterAnswer]:
        """Return the characters by level, highest first."""
        query = {"gameVersion": game_version, "region": region, "includeArchived": include_archived}
        pages = self._pages("/api/v1/characters", CharacterList, query)
        return [character async for page in pages for character in page.items]

    async def character(self, character_id: UUID) -> CharacterDetail:
        """Return a character with its gear and talents."""
        return await self._http.ask("GET", f"/api/v1/characters/{character_id}", CharacterDetail)

    async def character_as_of(self, character_id: UUID, moment: datetime) -> CharacterAsOf:
        """Return what is known of a character at a moment, which needs a time zone."""
        query = {"asOf": moment.isoformat()}
        return await self._http.ask("GET", f"/api/v1/characters/{character_id}", CharacterAsOf, query=query)

    async def history(self, character_id: UUID, *, facet: str | None = None) -> AsyncIterator[StateAnswer]:
        """Yield the states of a character's facets, newest first, without their content."""
        path = f"/api/v1/characters/{character_id}/history"
        async for page in self._pages(path, HistoryPage, {"facet": facet}):
            for state in page.items:
                yield state

    async def diff(
        self, character_id: UUID, *, since: datetime | None = None, until: datetime | None = None
    ) -> CharacterDiff:
        """Return what is different between two moments.

        Without `until`: to the newest; without `since`: from what each facet was before that.
        """
        query = {"from": _iso(since), "to": _iso(until)}
        return await self._http.ask("GET", f"/api/v1/characters/{character_id}/diff", CharacterDiff, query=query)

    async def series(self, character_id: UUID, metric: Literal["level", "itemLevel"]) -> Series:
        query = {"metric": metric}
        return await self._http.ask("GET", f"/api/v1/characters/{character_id}/series", Series, query=query)

    # What happened since

    async def changes(
        self, cursor: str | None = None, *, follow: bool = False, every_seconds: float = FOLLOW_SECONDS
    ) -> AsyncIterator[ChangeList]:
        """Yield pages of changes after a cursor, oldest first, until there is no newer one; with `follow` for ever.

        Keep a page's `next_cursor` once you have dealt with it, and begin with it the next time. Without a cursor: from
        the oldest that is kept; with `now`: from now on.

        Raises ChangesForgotten: something after the cursor is no longer kept.
        """
        while True:
            page = await self._http.ask("GET", "/api/v1/changes", ChangeList, query={"cursor": cursor, "limit": PAGE})
            if page.items or cursor == "now":
                yield page
            cursor = page.next_cursor
            if page.has_more:
                continue
            if not follow:
                return
            await asyncio.sleep(every_seconds)

    # Schedules

    async def schedules(self) -> list[ScheduleAnswer]:
        return await self._http.ask("GET", "/api/v1/schedules", list[ScheduleAnswer])

    async def sync_daily(self, game_version: str, region: str) -> ScheduleAnswer:
        return await self._set_schedule(game_version, region, {"mode": "daily"})

    async def sync_every(self, game_version: str, region: str, *, hours: int) -> ScheduleAnswer:
        """Have an account synced every 1 to 168 hours."""
        return await self._set_schedule(game_version, region, {"mode": "hours", "hours": hours})

    async def sync_fresh_by(
        self, game_version: str, region: str, *, weekday: WeekdayName, time: str, time_zone: str
    ) -> ScheduleAnswer:
        """Have an account synced so that it is fresh by `HH:MM` of a weekday, in a time zone like `Europe/Berlin`."""
        rule = {"mode": "fresh_by", "weekday": weekday, "time": time, "timeZone": time_zone}
        return await self._set_schedule(game_version, region, rule)

    async def delete_schedule(self, game_version: str, region: str) -> None:
        await self._http.tell("DELETE", _schedule(game_version, region))

    async def _set_schedule(self, game_version: str, region: str, rule: Mapping[str, str | int]) -> ScheduleAnswer:
        return await self._http.ask("PUT", _schedule(game_version, region), ScheduleAnswer, body=rule)

    # Webhooks

    async def webhooks(self) -> list[WebhookAnswer]:
        return await self._http.ask("GET", "/api/v1/webhooks", list[WebhookAnswer])

    async def create_webhook(self, url: str, events: Sequence[str] = ()) -> CreatedWebhook:
        """Have changes told to an address from now on: those in `events`, or all. Its `secret` is told this once."""
        return await self._http.ask(
            "POST", "/api/v1/webhooks", CreatedWebhook, body={"url": url, "events": list(events)}
        )

    async def pause_webhook(self, webhook_id: UUID, *, is_paused: bool = True) -> WebhookAnswer:
        """Pause a webhook or have it go on: it is told what waits."""
        return await self._http.ask(
            "PATCH", f"/api/v1/webhooks/{webhook_id}", WebhookAnswer, body={"isPaused": is_paused}
        )

    async def replace_webhook_secret(self, webhook_id: UUID) -> ReplacedSecret:
        return await self._http.ask("POST", f"/api/v1/webhooks/{webhook_id}/secret", ReplacedSecret)

    async def deliveries(self, webhook_id: UUID) -> AsyncIterator[DeliveryAnswer]:
        """Yield what a webhook was told, newest first."""
        async for page in self._pages(f"/api/v1/webhooks/{webhook_id}/deliveries", DeliveryList):
            for delivery in page.items:
                yield delivery

    async def redeliver(self, webhook_id: UUID, delivery_id: int) -> DeliveryAnswer:
        """Have a webhook told something again, under the same message id."""
        path = f"/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver"
        return await self._http.ask("POST", path, DeliveryAnswer)

    async def delete_webhook(self, webhook_id: UUID) -> None:
        await self._http.tell("DELETE", f"/api/v1/webhooks/{webhook_id}")

    async def _pages(self, path: str, answer: type[A], query: Query | None = None) -> AsyncIterator[A]:
        asked = {**(query or {}), "limit": PAGE}
        while True:
            page = await self._http.ask("GET", path, answer, query=asked)
            yield page
            if not page.next_cursor:
                return
            asked["cursor"] = page.next_cursor


def _sync(game_version: str, region: str | None) -> dict[str, str]:
    return {"gameVersion": game_version} | ({} if region is None else {"region": region})


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _schedule(game_version: str, region: str) -> str:
    return f"/api/v1/schedules/{quote(game_version, safe='')}/{quote(region, safe='')}"
