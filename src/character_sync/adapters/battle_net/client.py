"""The one door out to Battle.net's API: addresses, tokens, pace and refusals."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Final, NamedTuple, Self
from urllib.parse import quote

import aiohttp
import structlog
from yarl import URL

from character_sync.adapters.battle_net import oauth, transport
from character_sync.adapters.battle_net.outcomes import OUTCOMES, Outcome, outcome_of
from character_sync.adapters.battle_net.responses import Verdict, judge
from character_sync.adapters.battle_net.transport import HttpAnswer
from character_sync.domain.errors import (
    BattleNetCharacterHidden,
    BattleNetCredentialsRefused,
    BattleNetError,
    BattleNetRateLimited,
    BattleNetTokenInvalid,
)
from character_sync.domain.game import Region
from character_sync.ports import Clock, RequestBudget, Secret, Turn

# English everywhere, so that names are the same for all; every region has one of the two. Battle.net answers a locale
# that a region lacks with names of null.
_LOCALES: Final = {Region.US: "en_US", Region.EU: "en_GB", Region.KR: "en_US", Region.TW: "en_US"}

_RENEWAL_MARGIN: Final = timedelta(seconds=60)  # a request admitted now may wait for the gate before it is sent

# What no name or slug holds and a proxy might read as a path; and dots alone, which mean folders.
_NOT_A_SEGMENT: Final = re.compile(r"\.*|.*[/\\?#%\x00-\x1f\x7f\ud800-\udfff].*", re.DOTALL)

_log = structlog.get_logger()


def http_session(*, max_connections: int = 100, timeout_seconds: float = 20.0) -> aiohttp.ClientSession:
    """Return the session for `BattleNetClient` and `BattleNetOAuth`; close it with `async with` or `close()`.

    Args:
        max_connections: 100 carry 100 requests per second up to a second of latency each.
        timeout_seconds: For one whole call, from the connection to the last byte.
    """
    return transport.open_session(max_connections=max_connections, timeout_seconds=timeout_seconds)


class Reply(NamedTuple):
    """A judged answer."""

    verdict: Verdict
    answer: HttpAnswer


class _Request(NamedTuple):
    region: Region
    endpoint: str
    url: URL
    headers: dict[str, str]


class BattleNetClient:
    """Sends requests at the budget's pace, with our own token or a player's."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        api_url: str,
        oauth_url: str,
        client_id: str,
        client_secret: Secret,
        budget: RequestBudget,
        clock: Clock,
        user_agent: str,
        took: Callable[[Region, float], None] = lambda _region, _seconds: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`api_url` is a template: `{region}` in it becomes `us`, `eu`, `kr` or `tw`. `http` stays the caller's.

        Args:
            took: Told of each request how many seconds its answer took, or the wait for one that did not come.
        """
        self._http = http
        self._bases = {region: api_url.rstrip("/").replace("{region}", region.value) for region in Region}
        self._budget = budget
        self._clock = clock
        self._user_agent = user_agent
        self._took = took
        self._monotonic = monotonic
        self._app_token = _AppToken(http, oauth_url, client_id, client_secret, clock)

    async def get(
        self,
        region: Region,
        namespace: str,
        path: Sequence[str],
        *,
        turn: Turn,
        token: Secret | None = None,
        since: datetime | None = None,
    ) -> Reply:
        """Ask for the path with these segments; an answer that only the asker can judge comes back as it is.

        Args:
            token: A player's; without one our own is used, and renewed once if refused.
            since: A time, for an answer only if something changed after it.

        Raises:
            BattleNetRateLimited: and nobody is let through for as long as Battle.net asks, or as the budget decides.
            BattleNetCredentialsRefused: our own token was refused, and so was the next.
            BattleNetCharacterHidden: a segment no character and no realm can have; nothing was sent.
            BattleNetTokenInvalid: a player's token that is none; nothing was sent.
            BattleNetUnavailable, BattleNetAnswerUnreadable.
        """
        url = self._url(region, path)
        headers = {"Battlenet-Namespace": namespace, "User-Agent": self._user_agent}
        if since is not None:
            headers["If-Modified-Since"] = format_datetime(since, usegmt=True)
        # Without realm and name: logs are not where players' data goes.
        request = _Request(region, "/".join((*path[:3], *path[5:])), url, headers)
        if token is not None:
            if not oauth.TOKEN.fullmatch(token.reveal()):
                raise BattleNetTokenInvalid
            return await self._send(request, token, turn)
        own = await self._app_token.get()
        reply = await self._send(request, own, turn)
        if reply.verdict is not Verdict.UNAUTHORIZED:
            return reply
        renewed = await self._app_token.get(refused=own)
        reply = await self._send(request, renewed, turn)
        if reply.verdict is Verdict.UNAUTHORIZED:
            self._app_token.forget(renewed)
            raise BattleNetCredentialsRefused
        return reply

    def came_to(self, outcome: Outcome) -> None:
        """Count what came of a request whose body only its reader can judge: a reply that is `Verdict.OK`."""
        self._budget.came_to(outcome)

    async def _send(self, request: _Request, token: Secret, turn: Turn) -> Reply:
        await self._budget.admit(turn)
        try:
            reply = self._judged(await self._answer(request, token), request)
        except BattleNetError as error:
            self._budget.came_to(outcome_of(error))
            raise
        if reply.verdict is not Verdict.OK:
            self._budget.came_to(OUTCOMES[reply.verdict])
        return reply

    async def _answer(self, request: _Request, token: Secret) -> HttpAnswer:
        began = self._monotonic()
        try:
            with _Departure(self._budget.sent) as departed:
                return await transport.exchange(
                    self._http,
                    "GET",
                    request.url,
                    headers={**request.headers, "Authorization": f"Bearer {token.reveal()}"},
                    on_sent=departed,
                )
        finally:  # one that is cancelled is told of, too: it may have waited long
            self._took(request.region, self._monotonic() - began)

    def _judged(self, answer: HttpAnswer, request: _Request) -> Reply:
        try:
            verdict = judge(answer.status, answer.headers, answer.body, now=self._clock())
        except BattleNetRateLimited as limited:
            self._budget.close_gate(limited.retry_after)
            _log.warning("battle_net_rate_limited", host=request.url.host, retry_after=str(limited.retry_after))
            raise
        finally:
            _log.debug(
                "battle_net_answered",
                host=request.url.host,
                namespace=request.headers["Battlenet-Namespace"],
                endpoint=request.endpoint,
                status=answer.status,
                bytes=len(answer.body),
            )
        return Reply(verdict, answer)

    def _url(self, region: Region, path: Sequence[str]) -> URL:
        """Build an address that cannot leave Battle.net's host, nor its profile API, whatever the names hold."""
        if any(_NOT_A_SEGMENT.fullmatch(segment) for segment in path):
            raise BattleNetCharacterHidden(found=False)
        base = self._bases[region]
        segments = "/".join(quote(segment, safe="") for segment in path)
        url = URL(f"{base}/{segments}?locale={_LOCALES[region]}", encoded=True)
        start = URL(base, encoded=True)
        is_inside = url.origin() == start.origin() and url.raw_path.startswith(f"{start.raw_path.rstrip('/')}/profile/")
        if not is_inside:
            raise BattleNetCharacterHidden(found=False)
        return url


class _Departure:
    """Tells the budget once that a request has left: when its headers have, else at the latest when it ended."""

    def __init__(self, sent: Callable[[], None]) -> None:
        self._sent: Callable[[], None] | None = sent

    def __call__(self) -> None:
        sent, self._sent = self._sent, None
        if sent is not None:
            sent()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self()


class _AppToken:
    """Our own token, fetched once for all who ask at the same time."""

    def __init__(
        self, http: aiohttp.ClientSession, oauth_url: str, client_id: str, client_secret: Secret, clock: Clock
    ) -> None:
        self._fetch = partial(oauth.app_token, http, oauth_url, client_id, client_secret, clock)
        self._clock = clock
        self._one_fetches = asyncio.Lock()
        self._held: tuple[Secret, datetime] | None = None

    async def get(self, *, refused: Secret | None = None) -> Secret:
        """Return a token with a minute of life left that is not `refused`."""
        if (token := self._usable(refused)) is not None:
            return token
        async with self._one_fetches:
            if (token := self._usable(refused)) is not None:
                return token
            grant = await self._fetch()
            self._held = (grant.access_token, grant.expires_at)
            return grant.access_token

    def forget(self, token: Secret) -> None:
        if self._held is not None and self._held[0] == token:
            self._held = None

    def _usable(self, refused: Secret | None) -> Secret | None:
        if self._held is None:
            return None
        token, expires_at = self._held
        return token if token != refused and self._clock() + _RENEWAL_MARGIN < expires_at else None
