"""Who is signed in, on a real database."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from character_sync.adapters.database.tables import access_tokens, browser_sign_ins, sign_in_attempts
from character_sync.domain.errors import NotFound
from character_sync.ports import AccessToken, Secret, SignedIn, SignInAttempt
from fakes.characters import NOW
from fakes.store import Store

STATE, BROWSER = Secret("state"), Secret("browser")
MINUTES = timedelta(minutes=10)
DAY = timedelta(days=1)
IDLE = timedelta(days=14)
MOMENT = timedelta(microseconds=1)


async def begin(store: Store, state: Secret = STATE, expires_at: datetime = NOW + MINUTES, now: datetime = NOW) -> None:
    attempt = SignInAttempt(state, BROWSER, "/characters", expires_at)
    await store.do(lambda work: work.sign_ins.begin(attempt, now))


async def take(store: Store, state: Secret = STATE, browser: Secret = BROWSER, now: datetime = NOW) -> str | None:
    return await store.do(lambda work: work.sign_ins.take(state, browser, now))


async def browser_user(store: Store, now: datetime, secret: Secret = BROWSER) -> SignedIn | None:
    return await store.ask(lambda work: work.sign_ins.user_of_browser(secret, now, IDLE))


# Attempts


async def test_an_attempt_leads_back_to_where_it_began(store: Store) -> None:
    await begin(store)
    assert await take(store) == "/characters"


async def test_an_attempt_is_used_up_by_its_first_use(store: Store) -> None:
    await begin(store)
    await take(store)
    assert await take(store) is None


async def test_another_browsers_attempt_is_refused_and_used_up(store: Store) -> None:
    await begin(store)
    assert await take(store, browser=Secret("another")) is None
    assert await take(store) is None


async def test_an_attempt_ends(store: Store) -> None:
    await begin(store)
    assert await take(store, now=NOW + MINUTES) is None


async def test_an_attempt_holds_until_it_ends(store: Store) -> None:
    await begin(store)
    assert await take(store, now=NOW + MINUTES - MOMENT) == "/characters"


async def test_an_unknown_state_is_refused(store: Store) -> None:
    await begin(store)
    assert await take(store, state=Secret("unknown")) is None


async def test_old_attempts_are_swept_by_the_next(store: Store) -> None:
    await begin(store)
    await begin(store, Secret("next"), NOW + 2 * MINUTES, now=NOW + MINUTES)
    async with store.database.reading() as connection:
        assert len((await connection.execute(select(sign_in_attempts))).all()) == 1


# Browsers


async def test_a_browser_is_known_by_its_secret(store: Store) -> None:
    owner = await store.user()
    await store.do(lambda work: work.sign_ins.sign_in_browser(owner, BROWSER, NOW, NOW + DAY))
    assert await browser_user(store, NOW) == SignedIn(owner, NOW, ends_at=NOW + DAY)
    assert await browser_user(store, NOW, Secret("another")) is None


@pytest.mark.parametrize(
    ("lasts", "asked_after", "is_known"),
    [
        (90 * DAY, IDLE - MOMENT, True),
        (90 * DAY, IDLE, False),  # unused for too long
        (5 * DAY, 5 * DAY - MOMENT, True),
        (5 * DAY, 5 * DAY, False),  # at its end anyway
    ],
)
async def test_a_browsers_sign_in_ends_unused_or_anyway(
    store: Store,
    lasts: timedelta,
    asked_after: timedelta,
    is_known: bool,  # noqa: FBT001
) -> None:
    owner = await store.user()
    await store.do(lambda work: work.sign_ins.sign_in_browser(owner, BROWSER, NOW, NOW + lasts))
    assert (await browser_user(store, NOW + asked_after) is not None) is is_known


async def test_a_browser_in_use_is_not_idle(store: Store) -> None:
    owner = await store.user()
    await store.do(lambda work: work.sign_ins.sign_in_browser(owner, BROWSER, NOW, NOW + 90 * DAY))
    await store.do(lambda work: work.sign_ins.note_use_of_browser(BROWSER, NOW + 10 * DAY))
    assert await browser_user(store, NOW + 20 * DAY) == SignedIn(owner, NOW + 10 * DAY, ends_at=NOW + 10 * DAY + IDLE)


async def test_a_browser_that_signed_out_is_unknown_and_the_others_stay(store: Store) -> None:
    owner, other = await store.user(), Secret("another browser")
    for secret in (BROWSER, other):
        await store.do(lambda work, secret=secret: work.sign_ins.sign_in_browser(owner, secret, NOW, NOW + DAY))
    await store.do(lambda work: work.sign_ins.sign_out_browser(BROWSER))
    assert await browser_user(store, NOW) is None
    assert await browser_user(store, NOW, other) is not None


async def test_ended_sign_ins_are_swept_by_the_next(store: Store) -> None:
    owner = await store.user()
    await store.do(lambda work: work.sign_ins.sign_in_browser(owner, BROWSER, NOW, NOW + DAY))
    await store.do(lambda work: work.sign_ins.sign_in_browser(owner, Secret("next"), NOW + DAY, NOW + 2 * DAY))
    async with store.database.reading() as connection:
        assert len((await connection.execute(select(browser_sign_ins))).all()) == 1


# Personal access tokens


async def test_an_access_token_is_its_owners(store: Store) -> None:
    owner = await store.user()
    await store.do(lambda work: work.sign_ins.create_access_token(owner, "laptop", Secret("cs_1"), NOW, None))
    signed_in = await store.ask(lambda work: work.sign_ins.user_of_access_token(Secret("cs_1"), NOW))
    assert signed_in == SignedIn(owner, None, ends_at=None)
    assert await store.ask(lambda work: work.sign_ins.user_of_access_token(Secret("cs_2"), NOW)) is None


@pytest.mark.parametrize(("asked_after", "is_known"), [(DAY - MOMENT, True), (DAY, False)])
async def test_an_access_token_ends_when_it_was_told_to(store: Store, asked_after: timedelta, is_known: bool) -> None:  # noqa: FBT001
    owner = await store.user()
    await store.do(lambda work: work.sign_ins.create_access_token(owner, "laptop", Secret("cs_1"), NOW, NOW + DAY))
    signed_in = await store.ask(lambda work: work.sign_ins.user_of_access_token(Secret("cs_1"), NOW + asked_after))
    assert (signed_in is not None) is is_known


async def test_an_access_token_without_an_end_has_none(store: Store) -> None:
    owner = await store.user()
    await store.do(lambda work: work.sign_ins.create_access_token(owner, "laptop", Secret("cs_1"), NOW, None))
    assert await store.ask(lambda work: work.sign_ins.user_of_access_token(Secret("cs_1"), NOW + 9_999 * DAY))


async def test_access_tokens_are_listed_oldest_first_with_their_last_use(store: Store) -> None:
    owner = await store.user()
    made = [
        await store.do(
            lambda work, name=name, at=at: work.sign_ins.create_access_token(owner, name, Secret(name), at, None)
        )
        for name, at in [("newer", NOW + DAY), ("older", NOW)]
    ]
    await store.do(lambda work: work.sign_ins.note_use_of_access_token(Secret("newer"), NOW + 2 * DAY))
    tokens = await store.ask(lambda work: work.sign_ins.access_tokens(owner))
    assert tokens == [made[1], AccessToken(made[0].id, "newer", NOW + DAY, None, NOW + 2 * DAY)]


async def test_a_secret_that_no_encoding_can_write_is_nobodys(store: Store) -> None:
    half = Secret("cs_\ud800")  # JSON can bring it
    assert await store.ask(lambda work: work.sign_ins.user_of_access_token(half, NOW)) is None
    assert await store.ask(lambda work: work.sign_ins.user_of_browser(half, NOW, IDLE)) is None


async def test_a_deleted_access_token_is_unknown(store: Store) -> None:
    owner = await store.user()
    token = await store.do(lambda work: work.sign_ins.create_access_token(owner, "laptop", Secret("cs_1"), NOW, None))
    await store.do(lambda work: work.sign_ins.delete_access_token(owner, token.id))
    assert await store.ask(lambda work: work.sign_ins.user_of_access_token(Secret("cs_1"), NOW)) is None
    with pytest.raises(NotFound):
        await store.do(lambda work: work.sign_ins.delete_access_token(owner, token.id))


async def test_an_access_token_that_never_was_is_not_found(store: Store) -> None:
    owner = await store.user()
    with pytest.raises(NotFound):
        await store.do(lambda work: work.sign_ins.delete_access_token(owner, uuid4()))


async def test_no_secret_is_readable_in_the_database(store: Store) -> None:
    owner = await store.user()
    await begin(store)
    await store.do(lambda work: work.sign_ins.sign_in_browser(owner, BROWSER, NOW, NOW + DAY))
    await store.do(lambda work: work.sign_ins.create_access_token(owner, "laptop", Secret("cs_1"), NOW, None))
    async with store.database.reading() as connection:
        rows = [
            (await connection.execute(select(table))).one()
            for table in (sign_in_attempts, browser_sign_ins, access_tokens)
        ]
    hashes = [rows[0].state_hash, rows[0].browser_hash, rows[1].secret_hash, rows[2].secret_hash]
    assert [len(hash_) for hash_ in hashes] == [32] * 4
    assert not {b"state", b"browser", b"cs_1"} & set(hashes)


async def test_signing_out_everywhere_ends_all_of_ones_own_browsers_and_nobody_elses(store: Store) -> None:
    me, other = await store.user(), await store.user()
    for owner, name in ((me, "phone"), (me, "laptop"), (other, "theirs")):
        await store.do(
            lambda work, owner=owner, name=name: work.sign_ins.sign_in_browser(
                owner, Secret(name), NOW, NOW + timedelta(days=90)
            )
        )
    await store.do(lambda work: work.sign_ins.sign_out_everywhere(me))
    found = [
        await store.ask(lambda work, name=name: work.sign_ins.user_of_browser(Secret(name), NOW, timedelta(days=1)))
        for name in ("phone", "laptop", "theirs")
    ]
    assert [signed_in and signed_in.owner for signed_in in found] == [None, None, other]
