"""Fault rules: which requests go wrong, and how.

The first rule that matches a request answers it. A rule that says nothing about status or body leaves the true answer
standing and only delays, slows, cuts or zips it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

import msgspec

from battle_net_sandbox.chance import fraction

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=3_600_000)]
Natural = Annotated[int, msgspec.Meta(ge=1)]
Size = Annotated[int, msgspec.Meta(ge=0, le=1 << 34)]


class Match(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which requests a rule is for; what is left out matches every API request."""

    path: str | None = None
    """A part of the path, a glob (`*`) or a template (`{realm}`). OAuth paths (`/oauth/token`) match only when named."""
    region: Literal["us", "eu", "kr", "tw"] | None = None
    namespace: str | None = None
    """As the client sends it, such as `profile-classic1x-eu`; may be a glob."""
    probability: Share | None = None
    """Share of the matching requests the rule takes, drawn by the sandbox's seed."""
    first: Natural | None = None
    """Only the first so many requests; then the rule is spent."""


class Respond(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How a matching request is answered."""

    status: Annotated[int, msgspec.Meta(ge=200, le=599)] | None = None
    body: Any = msgspec.UNSET
    """A string is sent as it is, anything else as JSON; without one, Battle.net's error body for the status."""
    content_type: str | None = None
    delay_ms: Milliseconds = 0
    """At most so long: when the rules are deleted, whatever they hold back goes on."""
    hang: bool | Literal["afterHeaders"] = False
    """Never answer, or never send the body."""
    truncate: bool | Natural = False
    """Promise the whole body, send half of it (or so many bytes) and cut the line."""
    retry_after: str | int | None = None
    redirect: str | None = None
    """`Location`; the status is 302 unless given."""
    bytes_per_second: Natural | None = None
    body_bytes: Size | None = None
    """Stream a body of so many blanks."""
    gzip: bool = False
    """Send the body compressed, asked for or not; with `bodyBytes` a small answer that unpacks to a huge one."""

    @property
    def replaces(self) -> bool:
        """Whether the true answer is replaced rather than only mistreated."""
        given = (self.status, self.redirect, self.body_bytes, self.retry_after, self.content_type)
        return self.body is not msgspec.UNSET or any(value is not None for value in given)


class FaultRule(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A body of `POST /sandbox/faults`."""

    match: Match
    respond: Respond


class Faults:
    """The rules in force, oldest first."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._rules: list[FaultRule] = []
        self._seen: list[int] = []
        self._taken: list[int] = []
        self._cleared = asyncio.Event()

    def __bool__(self) -> bool:
        return bool(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def add(self, rule: FaultRule) -> None:
        self._rules.append(rule)
        self._seen.append(0)
        self._taken.append(0)

    def clear(self) -> None:
        for kept in (self._rules, self._seen, self._taken):
            kept.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    async def hold_back(self, seconds: float) -> None:
        """Wait so long, or until the rules are deleted."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._cleared.wait()

    def report(self) -> list[Any]:
        """The rules with how many requests each has taken."""
        return [
            {**msgspec.to_builtins(rule), "taken": taken} for rule, taken in zip(self._rules, self._taken, strict=True)
        ]

    def respond_to(self, path: str, template: str, region: str | None, namespace: str | None) -> Respond | None:
        """What the first matching rule says about a request, which counts as seen by it."""
        for number, rule in enumerate(self._rules):
            match = rule.match
            if not _matches(match, path, template, region, namespace):
                continue
            if match.first is not None and self._taken[number] >= match.first:
                continue
            self._seen[number] += 1
            if match.probability is not None:
                chance = fraction(self._seed, "fault", number, self._seen[number])
                if chance >= match.probability:
                    continue
            self._taken[number] += 1
            return rule.respond
        return None


def _matches(match: Match, path: str, template: str, region: str | None, namespace: str | None) -> bool:
    if match.region is not None and match.region != region:
        return False
    if match.namespace is not None and not fnmatchcase(namespace or "", match.namespace):
        return False
    if match.path is None:
        return not path.startswith("/oauth/")
    if "{" in match.path:
        return match.path == template
    if any(sign in match.path for sign in "*?["):
        return fnmatchcase(path, match.path)
    return match.path in path
