"""Who players are: users, their Battle.net tokens, their sign-ins."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

from character_sync.ports.basics import Secret, UserId
from character_sync.ports.battle_net import BattleNetUser, Grant


@dataclass(frozen=True, slots=True)
class User:
    id: UserId
    battletag: str | None


@dataclass(frozen=True, slots=True)
class SiteUser:
    """A user of the site that embeds us. `sign_outs` counts how often the site has signed them out."""

    id: UserId
    sign_outs: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class BattleNetLink:
    """How a user stands with Battle.net. `expires_at` is None when there is no token."""

    status: Literal["valid", "expired", "missing"]
    expires_at: datetime | None = None
    list_frozen_since: datetime | None = None


class Users(Protocol):
    """Users and their Battle.net tokens, which are encrypted at rest."""

    async def link(self, who: BattleNetUser, grant: Grant, now: datetime) -> User:
        """Return the user behind a Battle.net account, created at their first sign-in, with their token replaced."""

    async def of_site(self, site_user_id: str) -> SiteUser | None:
        """Return the user whom the site that embeds us knows by this id; None while they have not been here."""

    async def see_site_user(self, site_user_id: str, now: datetime) -> SiteUser:
        """Note that a user of the site is here, created at their first visit, without a Battle.net account."""

    async def sign_out_site_user(self, site_user_id: str) -> UserId | None:
        """Count one more sign-out. Return whose it was; None when they have not been here."""

    async def link_site_user(self, owner: UserId, who: BattleNetUser, grant: Grant, now: datetime) -> None:
        """Link a user of the site to a Battle.net account, or replace the token of the one they have linked.

        Raises:
            BattleNetAccountTaken: it is linked to somebody else.
            OtherBattleNetAccountLinked: they have linked another one.
            NotFound: the user is gone.
        """

    async def get(self, owner: UserId) -> User | None: ...

    async def lock(self, owner: UserId) -> None:
        """Have every other transaction that locks this user wait for the end of this one.

        Taken first by whatever looks at a user's rows to decide what to add: what it saw is then still true.

        Raises:
            NotFound: the user is gone.
        """

    async def battle_net_link(self, owner: UserId, now: datetime) -> BattleNetLink: ...

    async def battle_net_token(self, owner: UserId, now: datetime) -> Secret:
        """Return the player's token.

        Raises:
            BattleNetTokenInvalid: there is none, it has ended, or Battle.net has refused it before.
            TokenUndecryptable: no key of ours opens it.
        """

    async def refuse_battle_net_token(self, owner: UserId, now: datetime) -> None:
        """Remember that Battle.net refused the token, so that it is not sent again."""


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """A sign-in that has been sent to Battle.net. `browser` binds it to the browser that began it."""

    state: Secret
    browser: Secret
    return_to: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a secret belongs to, when its last use was noted, and when it ends if nothing is done; None is never."""

    owner: UserId
    last_used_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A personal access token, without its secret."""

    id: UUID
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class SignIns(Protocol):
    """Who is signed in. Secrets are known here only by their hashes."""

    async def begin(self, attempt: SignInAttempt, now: datetime) -> None: ...

    async def take(self, state: Secret, browser: Secret, now: datetime) -> str | None:
        """Use up a sign-in attempt and return its `return_to`; None when it is unknown, used, old or another's."""

    async def sign_in_browser(self, owner: UserId, secret: Secret, now: datetime, expires_at: datetime) -> None: ...

    async def sign_out_browser(self, secret: Secret) -> UserId | None:
        """End a browser's sign-in. Return whose it was; None when there was none."""

    async def sign_out_everywhere(self, owner: UserId) -> None:
        """End the sign-ins of all the user's browsers."""

    async def user_of_browser(self, secret: Secret, now: datetime, idle: timedelta) -> SignedIn | None: ...

    async def note_use_of_browser(self, secret: Secret, now: datetime) -> None: ...

    async def create_access_token(
        self, owner: UserId, name: str, secret: Secret, now: datetime, expires_at: datetime | None
    ) -> AccessToken: ...

    async def access_tokens(self, owner: UserId) -> list[AccessToken]:
        """Return them oldest first."""

    async def delete_access_token(self, owner: UserId, token_id: UUID) -> None:
        """Raises NotFound."""

    async def user_of_access_token(self, secret: Secret, now: datetime) -> SignedIn | None: ...

    async def note_use_of_access_token(self, secret: Secret, now: datetime) -> None: ...
