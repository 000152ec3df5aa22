"""Redis by its address: one server, the master behind Sentinels, or any node of a cluster, each as a plain client."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from redis.asyncio import ConnectionPool, Redis, RedisCluster
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

SENTINEL_PORT = 26379  # Redis's own default
CONNECT_SECONDS = 5.0  # Redis answers in a millisecond; one that does not in 5 s is as good as gone
# hiredis leaks a list for every message under RESP3 (redis/hiredis-py#235), and the queue engine avoids it in this way too.
RESP = 2

Connect = Callable[[], AbstractAsyncContextManager[Redis]]


def redis_at(url: str) -> Connect:
    """Return what connects to the Redis of an address, in the forms the queue engine takes.

    A client does not try again by itself: whoever lost a connection must know, for it lost messages with it.

    Raises:
        ValueError: the address has none of those forms.
    """
    scheme = url.partition("://")[0]
    kind = scheme.partition("+")[2]
    if kind == "sentinel":
        return _behind_sentinels(url)
    if kind == "cluster":
        return partial(_node_of_cluster, _options(url.replace("+cluster", "", 1)))
    return partial(_one_server, _options(url))


def _options(url: str) -> dict[str, Any]:
    return {
        "socket_connect_timeout": CONNECT_SECONDS,
        # Redis has nothing to say for hours; and before Python 3.12 the client's own limit swallows cancellations.
        "socket_timeout": None,
        "protocol": RESP,
        **parse_url(url),
        "retry": Retry(NoBackoff(), 0),
    }


@asynccontextmanager
async def _one_server(options: dict[str, Any]) -> AsyncIterator[Redis]:
    async with Redis.from_pool(ConnectionPool(**options)) as client:
        yield client


@asynccontextmanager
async def _node_of_cluster(options: dict[str, Any]) -> AsyncIterator[Redis]:
    """Connect to any node that is up: a cluster passes what is published at one of its nodes on to all others."""
    asked = {name: value for name, value in options.items() if name not in {"connection_class", "retry"}}
    tls = options.get("connection_class") is SSLConnection
    async with asyncio.timeout(CONNECT_SECONDS), RedisCluster(**asked, ssl=tls) as cluster:
        node = random.choice(cluster.get_primaries())  # noqa: S311 - spreads load, keeps no secret
    async with _one_server({**options, "host": node.host, "port": int(node.port)}) as client:
        yield client


def _behind_sentinels(url: str) -> Connect:
    """Read `redis+sentinel://[user:password@]host[:port][,host[:port]...]/service[/database][?option=value...]`.

    User, password and options are for the Redis servers; `sentinel_username` and `sentinel_password` for the Sentinels.
    """
    scheme, _, rest = url.partition("://")
    end = min((at for at in (rest.find(mark) for mark in "/?#") if at >= 0), default=len(rest))
    user, at, hosts = rest[:end].rpartition("@")
    tail = urlsplit(f"//host{rest[end:]}")
    service, *database = [part for part in tail.path.split("/") if part] or [""]
    sentinels = [_host_and_port(member) for member in hosts.split(",") if member]
    if not service or not sentinels:
        raise ValueError("a Sentinel address names a host and a service: redis+sentinel://host:26379/service")
    query = dict(parse_qsl(tail.query))
    for_sentinels: dict[str, Any] = {
        name.removeprefix("sentinel_"): query.pop(name)
        for name in ("sentinel_username", "sentinel_password")
        if name in query
    }
    plain = scheme.partition("+")[0]
    options = _options(f"{plain}://{user}{at}host/{int(database[0]) if database else 0}?{urlencode(query)}")
    del options["host"]
    if options.pop("connection_class", None) is SSLConnection:
        tls = {"ssl": True, **{name: value for name, value in options.items() if name.startswith("ssl_")}}
        options |= tls
        for_sentinels |= tls
    for_sentinels["socket_connect_timeout"] = options["socket_connect_timeout"]
    return partial(_master, sentinels, service, for_sentinels, options)


@asynccontextmanager
async def _master(
    sentinels: list[tuple[str, int]], service: str, for_sentinels: dict[str, Any], options: dict[str, Any]
) -> AsyncIterator[Redis]:
    sentinel = Sentinel(sentinels, sentinel_kwargs=for_sentinels)  # type: ignore[no-untyped-call] # redis-py leaves it unannotated
    async with AsyncExitStack() as stack:
        for asked in sentinel.sentinels:
            stack.push_async_callback(asked.aclose)
        yield await stack.enter_async_context(sentinel.master_for(service, **options))


def _host_and_port(member: str) -> tuple[str, int]:
    parts = urlsplit(f"//{member}")
    if not parts.hostname:
        raise ValueError(f"{member} is no host of a Sentinel")
    return parts.hostname, parts.port or SENTINEL_PORT
