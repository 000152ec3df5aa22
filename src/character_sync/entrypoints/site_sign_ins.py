"""Who is signed in at the site that embeds us: the site is asked, and whom it names is a user of ours."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import HTTPConnection

from character_sync.domain.errors import Unauthenticated
from character_sync.ports import Clock, SignedIn, SignInChannel, UserId, Work

SiteIdentity = Callable[[HTTPConnection], Awaitable[str | None]]
"""Tells which of the site's users a request or a socket's handshake comes from; None: nobody is signed in."""

LONGEST_ID = 255  # characters of a site's own id: the width of the column
VISIT_IS_NOTED_EVERY = timedelta(minutes=5)  # so that reading a page is not a write


@dataclass(frozen=True, slots=True)
class SiteSignIn:
    """Somebody signed in at the site: what they came with, and how often the site had signed them out by then."""

    connection: HTTPConnection
    owner: UserId
    sign_outs: int


@dataclass(frozen=True, slots=True)
class SiteSignIns:
    """The site's sign-ins as the API and the gateway use them."""

    who: SiteIdentity
    work: Work
    clock: Clock
    sign_ins: SignInChannel

    async def of(self, connection: HTTPConnection) -> SiteSignIn:
        """Return who is signed in, created at their first visit. Raises Unauthenticated."""
        site_user_id = await self._named(connection)
        now = self.clock()
        async with self.work.reading() as work:
            user = await work.users.of_site(site_user_id)
        if user is None or user.seen_at <= now - VISIT_IS_NOTED_EVERY:
            user = await self.work.transaction(lambda work: work.users.see_site_user(site_user_id, now))
        return SiteSignIn(connection, user.id, user.sign_outs)

    async def look_up(self, sign_in: SiteSignIn) -> SignedIn:
        """Ask the site again. Raises Unauthenticated: it has signed them out since, they are somebody else, or erased."""
        site_user_id = await self._named(sign_in.connection)
        async with self.work.reading() as work:
            user = await work.users.of_site(site_user_id)
        if user is None or (user.id, user.sign_outs) != (sign_in.owner, sign_in.sign_outs):
            raise Unauthenticated
        return SignedIn(user.id, user.seen_at, None)

    async def sign_out(self, site_user_id: str) -> None:
        """End the sockets that a user of the site has open anywhere. Nothing happens when they were never here."""
        owner = await self.work.transaction(lambda work: work.users.sign_out_site_user(site_user_id))
        if owner is not None:
            await self.sign_ins.publish(owner)

    async def owner(self, site_user_id: str) -> UserId | None:
        async with self.work.reading() as work:
            user = await work.users.of_site(site_user_id)
        return None if user is None else user.id

    async def _named(self, connection: HTTPConnection) -> str:
        site_user_id = await self.who(connection)
        if site_user_id is None:
            raise Unauthenticated
        if not 0 < len(site_user_id) <= LONGEST_ID:
            raise ValueError(f"the id of a site's user has 1 to {LONGEST_ID} characters")
        return site_user_id
