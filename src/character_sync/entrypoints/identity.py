"""Who is asking: by cookie, by bearer token or by the site that embeds us; and whether our own page asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie

from starlette.requests import HTTPConnection

from character_sync.domain.errors import ForeignPage, Unauthenticated
from character_sync.entrypoints.site_sign_ins import SiteSignIn, SiteSignIns
from character_sync.ports import Clock, Secret, SignedIn, UserId, Work

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
USE_IS_NOTED_EVERY = timedelta(minutes=5)  # so that reading a page is not a write
TOKEN_PREFIX = "cs_"  # noqa: S105 - lets secret scanners and people recognise one of ours


@dataclass(frozen=True, slots=True)
class Cookies:
    """The names and flags of our cookies. `__Host-` needs https, so a demo on loopback goes without."""

    secure: bool

    @property
    def browser(self) -> str:
        return self._name("character_sync")

    @property
    def sign_in(self) -> str:
        return self._name("character_sync_sign_in")

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name


@dataclass(frozen=True, slots=True)
class Credential:
    """A browser's sign-in or a personal access token. Whether it holds, the rows know."""

    secret: Secret
    is_browser: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """Tells who a request or a socket belongs to."""

    work: Work
    clock: Clock
    cookies: Cookies
    own_origin: str
    allowed_origins: frozenset[str]
    idle: timedelta
    site: SiteSignIns | None = None  # where a site embeds us, its own sign-in counts instead of our cookie

    async def of_request(self, request: HTTPConnection) -> UserId:
        """Return the user behind a request.

        A bearer token is sent on purpose; a cookie is sent whatever page asks, so a change asked for by a cookie
        must not come from another site's page.

        Raises:
            Unauthenticated: no credentials, or bad ones.
            ForeignPage: a change asked for by another site.
        """
        headers = request.headers
        authorization = headers.get("authorization")
        if authorization is not None:
            scheme, _, secret = authorization.partition(" ")
            if scheme.lower() != "bearer":
                raise Unauthenticated
            return await self.of_access_token(Secret(secret.strip()))
        owner = (await self.use(await self.browser_sign_in(request))).owner
        if request.scope["method"] not in SAFE_METHODS and self.is_foreign_page(headers):
            raise ForeignPage
        return owner

    async def of_access_token(self, token: Secret) -> UserId:
        """Raises Unauthenticated."""
        return (await self.use(access_token(token))).owner

    async def browser_sign_in(self, connection: HTTPConnection) -> Credential | SiteSignIn:
        """Return what a browser brings without its page's doing: our cookie, or the site's. Raises Unauthenticated."""
        if self.site is not None:
            return await self.site.of(connection)
        secret = self.browser_secret(connection.headers)
        if secret is None:
            raise Unauthenticated
        return Credential(secret, is_browser=True)

    async def use(self, credential: Credential | SiteSignIn) -> SignedIn:
        """Return who a credential belongs to, and note that it was used. Raises Unauthenticated."""
        if isinstance(credential, SiteSignIn):  # has just been asked for, and noted
            return SignedIn(credential.owner, None, None)
        signed_in, now = await self.look_up(credential), self.clock()
        last_used_at = signed_in.last_used_at
        if last_used_at is None or last_used_at <= now - USE_IS_NOTED_EVERY:
            await self.work.transaction(
                lambda work: (
                    work.sign_ins.note_use_of_browser(credential.secret, now)
                    if credential.is_browser
                    else work.sign_ins.note_use_of_access_token(credential.secret, now)
                )
            )
        return signed_in

    async def look_up(self, credential: Credential | SiteSignIn) -> SignedIn:
        """Return who a credential belongs to. Raises Unauthenticated: to nobody, or it has ended."""
        if isinstance(credential, SiteSignIn):
            if self.site is None:
                raise Unauthenticated
            return await self.site.look_up(credential)
        now = self.clock()
        async with self.work.reading() as work:
            if credential.is_browser:
                signed_in = await work.sign_ins.user_of_browser(credential.secret, now, self.idle)
            else:
                signed_in = await work.sign_ins.user_of_access_token(credential.secret, now)
        if signed_in is None:
            raise Unauthenticated
        return signed_in

    def browser_secret(self, headers: Mapping[str, str]) -> Secret | None:
        return cookie(headers, self.cookies.browser)

    def is_foreign_page(self, headers: Mapping[str, str]) -> bool:
        """Whether a browser says that another site's page sent this.

        Every browser since 2020 sends one of the two headers with a change; a request with neither comes from a
        program, which has no other site's cookies to misuse (the rule of Go's http.CrossOriginProtection).
        """
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if origin == self.own_origin or site in {"same-origin", "none"}:
            return False
        return site is not None or origin is not None

    def is_own_page(self, headers: Mapping[str, str]) -> bool:
        """Whether the request names our origin. Sockets need this: a cookie without an Origin is refused."""
        return headers.get("origin") == self.own_origin

    def may_bring_a_token(self, origin: str | None) -> bool:
        """Whether a page of this origin may open a socket at all; programs that are no browser send none."""
        return origin is None or origin == self.own_origin or origin in self.allowed_origins


def access_token(token: Secret) -> Credential:
    """Return the credential a token is. Raises Unauthenticated: it is none of ours."""
    if not token.reveal().startswith(TOKEN_PREFIX):
        raise Unauthenticated
    return Credential(token, is_browser=False)


def cookie(headers: Mapping[str, str], name: str) -> Secret | None:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return None
    return Secret(morsel.value) if morsel is not None and morsel.value else None
