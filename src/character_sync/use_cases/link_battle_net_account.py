"""Sign in with Battle.net: begin, and finish with a user whose token we hold."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from character_sync.domain.errors import SignInFailed
from character_sync.ports import (
    BattleNetSignIn,
    BattleNetUser,
    Clock,
    Grant,
    Secret,
    SignInAttempt,
    SignInChannel,
    UnitOfWork,
    User,
    UserId,
    Work,
)

SECRET_BYTES = 32  # 256 random bits: not guessable, and so needs no slow hash at rest
ATTEMPT_LASTS = timedelta(minutes=10)  # time to type a password and an authenticator code
HOME = "/"


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """Where to send the browser, and what it must bring back as a cookie. The address holds the attempt's state."""

    authorize_url: Secret
    browser: Secret


@dataclass(frozen=True, slots=True)
class ReturnedSignIn:
    """What the browser brings back from Battle.net; `browser` as a cookie."""

    state: Secret
    browser: Secret
    code: Secret


@dataclass(frozen=True, slots=True)
class FinishedSignIn:
    """Who signed in, the browser's new secret, and where it wanted to go."""

    user: User
    browser_sign_in: Secret
    return_to: str


@dataclass(frozen=True, slots=True)
class LinkBattleNetAccount:
    """The two halves of Battle.net's authorization code flow."""

    work: Work
    battle_net: BattleNetSignIn
    clock: Clock
    sign_ins: SignInChannel
    redirect_uri: str
    sign_in_lasts: timedelta

    async def begin(self, return_to: str, passed_on: dict[str, str], owner: UserId | None = None) -> BegunSignIn:
        """Return Battle.net's address for a new attempt. `passed_on` holds `login_hint` and `prompt` when given.

        With an `owner`, a user of the site that embeds us, it is theirs alone, and ends with `link`.
        """
        now, browser = self.clock(), new_secret()
        attempt = SignInAttempt(new_secret(), _of(browser, owner), same_site_path(return_to), now + ATTEMPT_LASTS)
        await self.work.transaction(lambda work: work.sign_ins.begin(attempt, now))
        url = self.battle_net.authorize_url(state=attempt.state, redirect_uri=self.redirect_uri, passed_on=passed_on)
        return BegunSignIn(url, browser)

    async def finish(self, returned: ReturnedSignIn, *, replaces: Secret | None = None) -> FinishedSignIn:
        """Exchange the code, keep the token, sign the browser in; the sign-in it had, `replaces`, ends, whoever's it was.

        The attempt is used up first, so a replayed callback never reaches Battle.net.

        Raises:
            SignInFailed: unknown, used, old or another browser's attempt, or a code Battle.net refuses.
            BattleNetUnavailable, BattleNetCredentialsRefused.
        """
        return_to, who, grant = await self._answered(returned, None)
        now, secret = self.clock(), new_secret()

        async def sign_in(work: UnitOfWork) -> tuple[User, UserId | None]:
            user = await work.users.link(who, grant, now)
            replaced = await work.sign_ins.sign_out_browser(replaces) if replaces is not None else None
            await work.sign_ins.sign_in_browser(user.id, secret, now, now + self.sign_in_lasts)
            return user, replaced

        user, replaced = await self.work.transaction(sign_in)
        if replaced is not None:
            await self.sign_ins.publish(replaced)
        return FinishedSignIn(user, secret, return_to)

    async def link(self, returned: ReturnedSignIn, owner: UserId) -> str:
        """Exchange the code and link the account to a user of the site; return where the browser wanted to go.

        Raises:
            SignInFailed: as in `finish`, or the attempt is another user's.
            BattleNetAccountTaken, OtherBattleNetAccountLinked: nothing was changed.
            BattleNetUnavailable, BattleNetCredentialsRefused.
            NotFound: the user has been erased meanwhile.
        """
        return_to, who, grant = await self._answered(returned, owner)
        await self.work.transaction(lambda work: work.users.link_site_user(owner, who, grant, self.clock()))
        return return_to

    async def _answered(self, returned: ReturnedSignIn, owner: UserId | None) -> tuple[str, BattleNetUser, Grant]:
        """Use up the attempt and ask Battle.net who has granted what."""
        browser = _of(returned.browser, owner)
        return_to = await self.work.transaction(lambda work: work.sign_ins.take(returned.state, browser, self.clock()))
        if return_to is None:
            raise SignInFailed
        grant = await self.battle_net.exchange(code=returned.code, redirect_uri=self.redirect_uri)
        return return_to, await self.battle_net.user(grant.access_token), grant


def _of(browser: Secret, owner: UserId | None) -> Secret:
    """Return what an attempt is bound to: a browser, and the user it began for, who may have left it to another since."""
    return browser if owner is None else Secret(f"{browser.reveal()} {owner}")


def new_secret(prefix: str = "") -> Secret:
    return Secret(prefix + secrets.token_urlsafe(SECRET_BYTES))


def same_site_path(path: str) -> str:
    r"""Return the path if it stays on this site, else the home page.

    A browser reads `//host`, `/\host` and control characters as the start of another address.
    """
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    if not plain:
        return HOME
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else HOME
