"""Times go in aware and come back aware, in UTC, to the microsecond."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError

from fakes.characters import NOW
from fakes.store import Store

MICROSECONDS = NOW + timedelta(microseconds=123_456)


async def test_a_time_comes_back_aware_in_utc(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, [], started_at=MICROSECONDS)
    read = (await store.snapshot(owner, session.id)).session
    assert read.started_at == MICROSECONDS
    assert read.started_at.tzinfo is UTC


async def test_a_time_of_another_zone_is_the_same_moment(store: Store) -> None:
    owner = await store.user()
    in_seoul = MICROSECONDS.astimezone(timezone(timedelta(hours=9)))
    session = await store.session(owner, [], started_at=in_seoul)
    read = (await store.snapshot(owner, session.id)).session.started_at
    assert read == in_seoul
    assert read.utcoffset() == timedelta()


async def test_times_of_another_zone_are_compared_as_moments(store: Store) -> None:
    owner = await store.user(lasts=timedelta(hours=1))
    in_new_york = (NOW + timedelta(minutes=59)).astimezone(timezone(timedelta(hours=-5)))
    await store.ask(lambda work: work.users.battle_net_token(owner, in_new_york))
    session = await store.session(owner, await store.characters(owner, 1))
    assert await store.claim(session.id, in_new_york) is not None
    assert await store.claim(session.id, in_new_york + timedelta(seconds=29)) is None


async def test_a_naive_time_is_refused(store: Store) -> None:
    owner = await store.user()
    with pytest.raises(StatementError, match="naive time"):
        await store.session(owner, [], started_at=datetime(2026, 11, 23, 12, 0))  # noqa: DTZ001 - that is the point
