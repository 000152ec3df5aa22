"""Whatever Battle.net's answers hold, the readers give what any database takes, or one of our own errors.

`make test` spoils some hundreds, always the same; `make fuzz` as many as it is told, each time others.
"""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Integer, String

from character_sync.adapters.battle_net import oauth, responses
from character_sync.adapters.battle_net.adapter import content_hash
from character_sync.adapters.battle_net.text import http_date
from character_sync.adapters.battle_net.transport import LARGEST_ANSWER, HttpAnswer
from character_sync.adapters.database.characters import _listed
from character_sync.adapters.database.enrichment_rows import _summary
from character_sync.adapters.database.tables import battle_net_tokens, characters, users
from character_sync.domain.character import ListedCharacter
from character_sync.domain.enrichment import FacetResult, FacetState
from character_sync.domain.errors import BattleNetError
from character_sync.domain.game import Facet
from fuzz.spoiled_answers import DATES, KINDS, bodies
from support.lengths import IS_LONG, SECONDS, examples

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TIMES = examples(2)
QUICKLY = settings(
    max_examples=40 * TIMES,
    derandomize=not IS_LONG,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=[Phase.explicit, Phase.generate],
)

READERS: dict[str, tuple[Callable[[bytes], Any], Facet | None]] = {
    "account_summary": (responses.account_summary, None),
    "character_profile": (responses.profile, Facet.PROFILE),
    "character_media": (responses.media, Facet.MEDIA),
    "equipment": (responses.equipment, Facet.EQUIPMENT),
    "specializations": (responses.specializations, Facet.SPECIALIZATIONS),
    "protected_character": (responses.protected, Facet.PROTECTED),
}


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from leaves(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


def storable(value: Any) -> bool:
    """Whether PostgreSQL takes it inside JSON or a column: SQLite takes more."""
    if isinstance(value, str):
        return "\x00" not in value and value.encode("utf-8", "replace").decode() == value
    if isinstance(value, float):
        return False
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def fits(table: Any, values: dict[str, Any]) -> list[str]:
    """Return the columns that would refuse these values on PostgreSQL."""
    refused = []
    for name, value in values.items():
        kind = table.c[name].type
        too_long = (
            isinstance(kind, String) and value is not None and kind.length is not None and len(value) > kind.length
        )
        most = 2**31 - 1 if type(kind) is Integer else 2**63 - 1
        too_large = isinstance(kind, Integer) and value is not None and not 0 <= value <= most
        if too_long or too_large or not storable(value):
            refused.append(f"{name}={str(value)[:80]!r}")
    return refused


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_reader_gives_is_storable_and_whatever_it_raises_is_ours(kind: str) -> None:
    read, facet = READERS[kind]

    @QUICKLY
    @given(bodies(kind))
    def holds(body: bytes) -> None:
        try:
            content = read(body)
        except BattleNetError:
            return
        if facet is None:
            listed: ListedCharacter
            for listed in content.characters:
                identity = {"realm_id": listed.realm.id, "battle_net_id": listed.battle_net_id}
                assert fits(characters, _listed(listed) | identity) == []
            return
        content_hash(content)
        assert [leaf for leaf in leaves(asdict(content)) if not storable(leaf)] == []
        assert fits(characters, _summary([FacetResult(facet, FacetState.CURRENT, content=content)])) == []

    holds()


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("kind", ["character_status", "oauth_token", "userinfo"])
def test_whatever_sign_in_and_status_answer_is_read_or_refused(kind: str) -> None:
    @QUICKLY
    @given(bodies(kind))
    def holds(body: bytes) -> None:
        answer = HttpAnswer(200, {"content-type": "application/json"}, body)
        try:
            if kind == "character_status":
                assert responses.is_valid(body, 1) in {True, False}
            elif kind == "oauth_token":
                grant = oauth._grant(answer, lambda: NOW)
                assert grant.access_token.reveal().isascii()
                assert grant.access_token.reveal().isprintable()
                assert fits(battle_net_tokens, {"scopes": " ".join(sorted(grant.scopes))}) == []
            else:
                who = oauth.user_in(body)
                assert fits(users, {"battle_net_sub": who.sub, "battletag": who.battletag}) == []
        except BattleNetError:
            return

    holds()


@pytest.mark.timeout(SECONDS)
@settings(QUICKLY, max_examples=100 * TIMES)
@given(
    st.integers(200, 599),
    st.dictionaries(
        st.sampled_from(["content-type", "retry-after", "www-authenticate", "last-modified"]),
        st.sampled_from(DATES) | st.text(max_size=40),
    ),
    st.binary(max_size=20),
)
@example(429, {"retry-after": DATES[0]}, b"")
@example(429, {"retry-after": DATES[1]}, b"")
def test_whatever_the_headers_say_an_answer_is_judged(status: int, headers: dict[str, str], body: bytes) -> None:
    with suppress(BattleNetError):
        responses.judge(status, headers, body, now=NOW)
    date = http_date(headers.get("last-modified"))
    assert date is None or date.tzinfo is UTC


def _filled(start: bytes, piece: bytes, end: bytes) -> bytes:
    room = LARGE_BYTES - len(start) - len(end)
    return start + b",".join([piece] * (room // (len(piece) + 1))) + end


LARGE = {
    "empty lists": b"[]",
    "nested lists": b"[" * 30 + b"]" * 30,
    "objects": b'{"id":1,"name":"x"}',
    "names in all languages": b'{"id":1,"name":{"en_US":"x","de_DE":"y"}}',
}
FIELDS = {
    "account_summary": b'{"wow_accounts":[{"id":1,"characters":[',
    "equipment": b'{"equipped_items":[',
    "specializations": b'{"specializations":[',
}
ENDS = {"account_summary": b"]}]}"}
LARGE_BYTES = LARGEST_ANSWER if IS_LONG else LARGEST_ANSWER // 8  # an eighth shows as well what each byte costs
MOST_SECONDS = 10.0  # the event loop stands still meanwhile: a third of a lease, and on a busy machine
MOST_MEMORY = 60  # bytes for each of the answer; the worst of these takes 43, for a moment


@pytest.mark.parametrize("piece", LARGE)
@pytest.mark.parametrize("kind", FIELDS)
def test_the_largest_answers_take_bounded_memory_and_time(kind: str, piece: str) -> None:
    body = _filled(FIELDS[kind], LARGE[piece], ENDS.get(kind, b"]}"))
    began = time.process_time()
    _read(kind, body)
    took = time.process_time() - began
    tracemalloc.start()
    try:
        _read(kind, body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    print(f"{kind} of {piece}: {peak / 2**20:.1f} MiB, {took:.2f} s")  # noqa: T201 - what docs/security.md reports
    assert peak < MOST_MEMORY * LARGE_BYTES
    assert took < MOST_SECONDS


def _read(kind: str, body: bytes) -> None:
    with suppress(BattleNetError):
        READERS[kind][0](body)


def test_the_judge_of_what_fits_sees_what_does_not() -> None:
    assert fits(characters, {"level": 2**31, "gender": "x" * 33, "name": "a\x00b", "id": UUID(int=0)}) == [
        f"level={str(2**31)!r}",
        f"gender={'x' * 33!r}",
        "name='a\\x00b'",
    ]
