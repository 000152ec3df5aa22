"""The signed-in player and their personal access tokens."""

from datetime import timedelta

from fastapi import APIRouter, Response

from character_sync.domain.errors import NotFound
from character_sync.entrypoints.identity import TOKEN_PREFIX
from character_sync.entrypoints.rest.context import Context, Id, Owner, RestContext
from character_sync.entrypoints.route_problems import may_give
from character_sync.ports import AccessToken, UnitOfWork, UserId
from character_sync.schemas.rest import AccessTokenAnswer, CreateAccessToken, CreatedAccessToken, Me
from character_sync.schemas.schedules import notice_of
from character_sync.use_cases.link_battle_net_account import new_secret

router = APIRouter(prefix="/api/v1/me", tags=["me"])


@router.get("", responses=may_give(NotFound))
async def me(context: Context, owner: Owner) -> Me:
    """Tell who is signed in and how they stand with Battle.net."""
    return await me_of(context, owner)


async def me_of(context: RestContext, owner: UserId) -> Me:
    """Raises NotFound: the user has been erased."""
    async with context.work.reading() as work:
        user = await work.users.get(owner)
        if user is None:
            raise NotFound
        link = await work.users.battle_net_link(owner, context.clock())
        return Me.of(user, link, notice_of(await work.schedules.all(owner), link))


@router.post("/tokens", status_code=201, responses=may_give(NotFound))
async def create_access_token(context: Context, owner: Owner, body: CreateAccessToken) -> CreatedAccessToken:
    """Create a personal access token; its secret is shown this once."""
    secret, now = new_secret(TOKEN_PREFIX), context.clock()
    expires_at = None if body.expires_in_days is None else now + timedelta(days=body.expires_in_days)

    async def create(work: UnitOfWork) -> AccessToken:
        await work.users.lock(owner)  # or one who is being erased at this moment would be a broken foreign key
        return await work.sign_ins.create_access_token(owner, body.name, secret, now, expires_at)

    token = await context.work.transaction(create)
    return CreatedAccessToken(**AccessTokenAnswer.of(token).model_dump(), token=secret.reveal())


@router.get("/tokens")
async def access_tokens(context: Context, owner: Owner) -> list[AccessTokenAnswer]:
    """List the personal access tokens, oldest first, without their secrets."""
    async with context.work.reading() as work:
        return [AccessTokenAnswer.of(token) for token in await work.sign_ins.access_tokens(owner)]


@router.delete("/tokens/{id}", status_code=204)
async def delete_access_token(context: Context, owner: Owner, token_id: Id) -> Response:
    """End a personal access token, and the sockets it has opened."""
    await context.work.transaction(lambda work: work.sign_ins.delete_access_token(owner, token_id))
    await context.sign_ins.publish(owner)
    return Response(status_code=204)
