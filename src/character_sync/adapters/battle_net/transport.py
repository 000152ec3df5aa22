"""One HTTP exchange with Battle.net, bounded in time and bytes. Nothing of aiohttp comes out of here."""

import zlib
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import SimpleNamespace
from typing import Final, NamedTuple

import aiohttp
import structlog
from yarl import URL

from character_sync import __version__
from character_sync.domain.errors import BattleNetAnswerUnreadable, BattleNetUnavailable

LARGEST_ANSWER: Final = 2 * 1024 * 1024  # bytes, decompressed; the largest captured answer is 86 KB
CONNECT_SECONDS: Final = 3.0  # TCP and TLS; longer is a host that is down
READ_SHARE: Final = 0.5  # of a call's time may pass without a byte; one a second passes this, and not the whole's limit
DEFAULT_USER_AGENT: Final = f"character-sync/{__version__}"  # Cloudflare refuses a library's own

_log = structlog.get_logger()


class HttpAnswer(NamedTuple):
    """Status, the headers in lower case, and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def open_session(*, max_connections: int, timeout_seconds: float) -> aiohttp.ClientSession:
    """Return a session that keeps connections, follows no cookies and tells when a request has left."""
    traces = aiohttp.TraceConfig()
    traces.on_request_headers_sent.append(_tell_sent)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=max_connections),
        timeout=aiohttp.ClientTimeout(
            total=timeout_seconds,
            sock_connect=min(CONNECT_SECONDS, timeout_seconds),
            sock_read=READ_SHARE * timeout_seconds,
        ),
        headers={"User-Agent": DEFAULT_USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"},
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,  # aiohttp would decompress a bomb piece by piece before we could count; see `_inflated`
        trace_configs=[traces],
    )


async def exchange(
    http: aiohttp.ClientSession,
    method: str,
    url: URL,
    *,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    on_sent: Callable[[], None] | None = None,
) -> HttpAnswer:
    """Send one request and return its answer, whatever its status. Redirects are not followed.

    Args:
        on_sent: Called when the request's headers have left.

    Raises:
        BattleNetUnavailable: no connection, no answer in time, or an answer that ended early.
        BattleNetAnswerUnreadable: more than 2 MiB, or not the compression it says.
    """
    try:
        async with http.request(
            method, url, headers=headers, data=form, allow_redirects=False, trace_request_ctx=on_sent
        ) as response:
            body = await _body(response, is_inflated=http.auto_decompress)
            told = {name.lower(): value for name, value in response.headers.items()}
            return HttpAnswer(response.status, told, body)
    except aiohttp.ClientConnectorCertificateError as error:
        _log.error("battle_net_certificate_refused", host=url.host)
        raise BattleNetUnavailable from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        _log.warning("battle_net_unreachable", host=url.host, error=type(error).__name__)
        raise BattleNetUnavailable from error


async def _tell_sent(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _params: aiohttp.TraceRequestHeadersSentParams
) -> None:
    if context.trace_request_ctx is not None:
        context.trace_request_ctx()


async def _body(response: aiohttp.ClientResponse, *, is_inflated: bool) -> bytes:
    if response.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        return b""
    pieces = bytearray()
    async for piece in response.content.iter_any():
        pieces += piece
        if len(pieces) > LARGEST_ANSWER:
            response.close()
            raise BattleNetAnswerUnreadable
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if is_inflated or encoding in ("", "identity") or not pieces:
        return bytes(pieces)
    if encoding not in ("gzip", "x-gzip"):
        raise BattleNetAnswerUnreadable
    return _inflated(pieces)


def _inflated(body: bytearray) -> bytes:
    """Decompress at most 2 MiB: a bomb of 10 MB would become 10 GB."""
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # 16: with gzip's header
    try:
        whole = inflater.decompress(body, LARGEST_ANSWER)
    except zlib.error as error:
        raise BattleNetAnswerUnreadable from error
    if inflater.unconsumed_tail:
        raise BattleNetAnswerUnreadable
    if not inflater.eof:
        raise BattleNetUnavailable  # cut off on the way
    return whole
