"""Sign in with Battle.net and out again."""

from datetime import timedelta
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from character_sync.domain.errors import (
    BattleNetAccountTaken,
    BattleNetAnswerUnreadable,
    BattleNetCredentialsRefused,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
    CharacterSyncError,
    DatabaseUnavailable,
    NotFound,
    OtherBattleNetAccountLinked,
    SignInDeclined,
    SignInFailed,
    Unauthenticated,
)
from character_sync.entrypoints.identity import Cookies, cookie
from character_sync.entrypoints.rest.context import Context, Owner, RestContext
from character_sync.entrypoints.rest.me import me_of
from character_sync.entrypoints.route_problems import may_give
from character_sync.ports import Secret, UserId
from character_sync.schemas.rest import Who
from character_sync.use_cases.link_battle_net_account import ATTEMPT_LASTS, HOME, ReturnedSignIn

log = structlog.get_logger()
router = APIRouter(tags=["sign-in"])

_ACCESS_DENIED: Final = "access_denied"  # OAuth's word for a player who pressed Cancel (RFC 6749, 4.1.2.1)

Text = Annotated[str | None, Query(max_length=2048)]


@router.get(
    "/auth/battle-net/login",
    status_code=302,
    response_class=RedirectResponse,
    responses=may_give(Unauthenticated, DatabaseUnavailable),
)
async def begin_sign_in(
    request: Request,
    context: Context,
    return_to: Annotated[str, Query(alias="returnTo", max_length=2048)] = HOME,
    login_hint: Text = None,
    prompt: Text = None,
) -> RedirectResponse:
    """Send the browser to Battle.net."""
    owner = await _user_of_site(request, context)
    passed_on = {name: value for name, value in (("login_hint", login_hint), ("prompt", prompt)) if value}
    begun = await context.sign_in.begin(return_to, passed_on, owner)
    response = RedirectResponse(begun.authorize_url.reveal(), 302)
    cookies = context.identity.cookies
    _set(response, cookies, cookies.sign_in, begun.browser, ATTEMPT_LASTS)
    return response


@router.get(
    "/auth/battle-net/callback",
    status_code=302,
    response_class=RedirectResponse,
    responses=may_give(
        SignInFailed,
        SignInDeclined,
        Unauthenticated,
        NotFound,
        BattleNetAccountTaken,
        OtherBattleNetAccountLinked,
        BattleNetTokenInvalid,
        BattleNetUnavailable,
        BattleNetCredentialsRefused,
        BattleNetAnswerUnreadable,
        DatabaseUnavailable,
    ),
)
async def end_sign_in(
    request: Request, context: Context, state: Text = None, code: Text = None, error: Text = None
) -> RedirectResponse:
    """Take the browser back from Battle.net, signed in. A person whose sign-in failed reads why on the page."""
    try:
        return await _signed_in(request, context, state, code, error)
    except CharacterSyncError as failed:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        log.info("sign_in_failed", code=failed.code)
        return RedirectResponse(f"/?signIn={failed.code}", 302)


async def _signed_in(
    request: Request, context: RestContext, state: str | None, code: str | None, error: str | None
) -> RedirectResponse:
    cookies = context.identity.cookies
    browser = cookie(request.headers, cookies.sign_in)
    if error == _ACCESS_DENIED:
        raise SignInDeclined
    if not state or not code or browser is None:
        raise SignInFailed
    returned = ReturnedSignIn(Secret(state), browser, Secret(code))
    owner = await _user_of_site(request, context)
    if owner is not None:
        response = RedirectResponse(await context.sign_in.link(returned, owner), 302)
        _delete(response, cookies, cookies.sign_in)
        return response
    finished = await context.sign_in.finish(
        returned,
        replaces=context.identity.browser_secret(request.headers),
    )
    response = RedirectResponse(finished.return_to, 302)
    _set(response, cookies, cookies.browser, finished.browser_sign_in, context.sign_in.sign_in_lasts)
    _delete(response, cookies, cookies.sign_in)
    return response


async def _user_of_site(request: Request, context: RestContext) -> UserId | None:
    """Return whose Battle.net account is linked, where a site embeds us; else None, for then they sign in here.

    Raises:
        Unauthenticated: nobody is signed in at the site.
    """
    site = context.identity.site
    return None if site is None else (await site.of(request)).owner


@router.get("/auth/who", responses=may_give(DatabaseUnavailable))
async def who(request: Request, context: Context) -> Who:
    """Tell who is signed in, if anybody: for a page that does not know yet, where a 401 would be no error."""
    try:
        owner = await context.identity.of_request(request)
        return Who(me=await me_of(context, owner))
    except (Unauthenticated, NotFound):  # not signed in, or erased at this moment
        return Who(me=None)


@router.post("/auth/logout", status_code=204, responses=may_give(NotFound))
async def sign_out(
    request: Request,
    context: Context,
    owner: Owner,
    everywhere: bool = False,  # noqa: FBT001, FBT002 - a query parameter
) -> Response:
    """End this browser's sign-in, or with `everywhere` those of all browsers, and the sockets opened with them.

    Personal access tokens stay. Where a site embeds the sync there is no such sign-in: the site's own is the site's to end.
    """
    if context.identity.site is not None:
        raise NotFound
    cookies = context.identity.cookies
    secret = context.identity.browser_secret(request.headers)
    if everywhere:
        await context.work.transaction(lambda work: work.sign_ins.sign_out_everywhere(owner))
    elif secret is not None:
        await context.work.transaction(lambda work: work.sign_ins.sign_out_browser(secret))
    await context.sign_ins.publish(owner)
    response = Response(status_code=204)
    forget_browser(response, cookies)
    return response


def forget_browser(response: Response, cookies: Cookies) -> None:
    """Have the browser drop the cookie of its sign-in."""
    _delete(response, cookies, cookies.browser)


def _set(response: Response, cookies: Cookies, name: str, secret: Secret, lasts: timedelta) -> None:
    # Lax, not Strict: the callback is a navigation that Battle.net's site begins.
    response.set_cookie(
        name,
        secret.reveal(),
        max_age=int(lasts.total_seconds()),
        path="/",
        secure=cookies.secure,
        httponly=True,
        samesite="lax",
    )


def _delete(response: Response, cookies: Cookies, name: str) -> None:
    response.delete_cookie(name, path="/", secure=cookies.secure, httponly=True, samesite="lax")
