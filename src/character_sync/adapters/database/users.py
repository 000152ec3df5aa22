"""Users and their Battle.net tokens."""

from datetime import datetime
from uuid import uuid4

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.tables import battle_net_tokens, users
from character_sync.adapters.database.token_vault import Sealed, TokenVault
from character_sync.domain.errors import (
    BattleNetAccountTaken,
    BattleNetTokenInvalid,
    NotFound,
    OtherBattleNetAccountLinked,
    TokenUndecryptable,
)
from character_sync.ports import BattleNetLink, BattleNetUser, Grant, Secret, SiteUser, User, UserId

FIELD = "battle_net_token"

log = structlog.get_logger()


def unlinked(owner: UserId) -> str:
    """Return what stands for Battle.net's number of an account while a user of a site has linked none.

    Battle.net's are digits. An empty column would need a migration that is no mere addition on SQLite.
    """
    return f"site:{owner}"


class DatabaseUsers:
    """Implements the port `Users`."""

    def __init__(self, connection: AsyncConnection, vault: TokenVault) -> None:
        self._connection = connection
        self._vault = vault
        self._insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert

    async def link(self, who: BattleNetUser, grant: Grant, now: datetime) -> User:
        row = await self._connection.execute(
            self._insert(users)
            .values(id=uuid4(), battle_net_sub=who.sub, battletag=who.battletag, created_at=now, updated_at=now)
            .on_conflict_do_update(
                index_elements=["battle_net_sub"], set_={"battletag": who.battletag, "updated_at": now}
            )
            .returning(users.c.id)
        )
        owner = UserId(row.scalar_one())
        await self._keep_token(owner, grant, now)
        return User(owner, who.battletag)

    async def of_site(self, site_user_id: str) -> SiteUser | None:
        columns = users.c
        query = select(columns.id, columns.site_sign_outs, columns.site_seen_at)
        row = (await self._connection.execute(query.where(columns.site_user_id == site_user_id))).one_or_none()
        return None if row is None else SiteUser(UserId(row.id), row.site_sign_outs, row.site_seen_at)

    async def see_site_user(self, site_user_id: str, now: datetime) -> SiteUser:
        new_id, columns = UserId(uuid4()), users.c
        values = {"created_at": now, "updated_at": now, "site_seen_at": now, "site_sign_outs": 0}
        row = await self._connection.execute(
            self._insert(users)
            .values(id=new_id, site_user_id=site_user_id, battle_net_sub=unlinked(new_id), **values)
            .on_conflict_do_update(index_elements=["site_user_id"], set_={"site_seen_at": now})
            .returning(columns.id, columns.site_sign_outs)
        )
        owner, sign_outs = row.one()
        return SiteUser(UserId(owner), sign_outs, now)

    async def sign_out_site_user(self, site_user_id: str) -> UserId | None:
        columns = users.c
        counted = (
            update(users)
            .where(columns.site_user_id == site_user_id)
            .values(site_sign_outs=columns.site_sign_outs + 1)
            .returning(columns.id)
        )
        owner = (await self._connection.execute(counted)).scalar_one_or_none()
        return None if owner is None else UserId(owner)

    async def link_site_user(self, owner: UserId, who: BattleNetUser, grant: Grant, now: datetime) -> None:
        await self.lock(owner)
        query = select(users.c.battle_net_sub).where(users.c.id == owner)
        if (await self._connection.execute(query)).scalar_one() not in {who.sub, unlinked(owner)}:
            raise OtherBattleNetAccountLinked
        linked = update(users).where(users.c.id == owner)
        try:
            await self._connection.execute(
                linked.values(battle_net_sub=who.sub, battletag=who.battletag, updated_at=now)
            )
        except IntegrityError:
            raise BattleNetAccountTaken from None
        await self._keep_token(owner, grant, now)

    async def _keep_token(self, owner: UserId, grant: Grant, now: datetime) -> None:
        sealed = self._vault.seal(grant.access_token, owner, FIELD)
        token = {
            "ciphertext": sealed.ciphertext,
            "key_id": sealed.key_id,
            "scopes": " ".join(sorted(grant.scopes)),
            "expires_at": grant.expires_at,
            "refused_at": None,
            "created_at": now,
        }
        await self._connection.execute(
            self._insert(battle_net_tokens)
            .values(user_id=owner, **token)
            .on_conflict_do_update(index_elements=["user_id"], set_=token)
        )

    async def get(self, owner: UserId) -> User | None:
        row = (await self._connection.execute(select(users.c.battletag).where(users.c.id == owner))).one_or_none()
        return None if row is None else User(owner, row.battletag)

    async def lock(self, owner: UserId) -> None:
        # SQLite's writers wait for each other anyway, and its dialect leaves FOR UPDATE out.
        locked = await self._connection.execute(
            select(users.c.id).where(users.c.id == owner).with_for_update(key_share=True)
        )
        if locked.one_or_none() is None:
            raise NotFound

    async def battle_net_link(self, owner: UserId, now: datetime) -> BattleNetLink:
        columns = battle_net_tokens.c
        query = select(columns.expires_at, columns.refused_at).where(columns.user_id == owner)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return BattleNetLink("missing")
        ended = row.refused_at or row.expires_at
        if ended <= now:
            return BattleNetLink("expired", row.expires_at, list_frozen_since=min(ended, row.expires_at))
        return BattleNetLink("valid", row.expires_at)

    async def battle_net_token(self, owner: UserId, now: datetime) -> Secret:
        columns = battle_net_tokens.c
        query = select(columns.ciphertext, columns.key_id, columns.expires_at, columns.refused_at)
        row = (await self._connection.execute(query.where(columns.user_id == owner))).one_or_none()
        if row is None or row.refused_at is not None or row.expires_at <= now:
            raise BattleNetTokenInvalid
        try:
            return self._vault.open(Sealed(row.ciphertext, row.key_id), owner, FIELD)
        except TokenUndecryptable:
            # For an operator to hear of: a key is missing, or somebody has changed the row.
            log.error("stored_token_undecryptable", user_id=str(owner), key_id=row.key_id)  # noqa: TRY400 - no trace
            raise

    async def refuse_battle_net_token(self, owner: UserId, now: datetime) -> None:
        await self._connection.execute(
            update(battle_net_tokens)
            .where(battle_net_tokens.c.user_id == owner)
            .values(refused_at=func.coalesce(battle_net_tokens.c.refused_at, now))
        )
