"""Who is signed in: sign-in attempts, browsers' sign-ins, personal access tokens. Secrets are stored as hashes only."""

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.tables import access_tokens, browser_sign_ins, sign_in_attempts
from character_sync.domain.errors import NotFound
from character_sync.ports import AccessToken, Secret, SignedIn, SignInAttempt, UserId


def _hash(secret: Secret) -> bytes:
    """Secrets here are 256 random bits, so a plain hash is as good as a slow one."""
    # Half a surrogate pair, which JSON can bring, is no secret of anybody's; it is not known, and no error.
    return hashlib.sha256(secret.reveal().encode("utf-8", "surrogatepass")).digest()


class DatabaseSignIns:
    """Implements the port `SignIns`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, attempt: SignInAttempt, now: datetime) -> None:
        await self._connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.expires_at <= now))
        await self._connection.execute(
            insert(sign_in_attempts).values(
                state_hash=_hash(attempt.state),
                browser_hash=_hash(attempt.browser),
                return_to=attempt.return_to,
                expires_at=attempt.expires_at,
            )
        )

    async def take(self, state: Secret, browser: Secret, now: datetime) -> str | None:
        columns = sign_in_attempts.c
        taken = await self._connection.execute(
            delete(sign_in_attempts).where(columns.state_hash == _hash(state)).returning(*columns)
        )
        row = taken.one_or_none()
        if row is None or row.expires_at <= now or not hmac.compare_digest(row.browser_hash, _hash(browser)):
            return None
        return str(row.return_to)

    async def sign_in_browser(self, owner: UserId, secret: Secret, now: datetime, expires_at: datetime) -> None:
        await self._connection.execute(delete(browser_sign_ins).where(browser_sign_ins.c.expires_at <= now))
        await self._connection.execute(
            insert(browser_sign_ins).values(
                secret_hash=_hash(secret), user_id=owner, created_at=now, last_used_at=now, expires_at=expires_at
            )
        )

    async def sign_out_browser(self, secret: Secret) -> UserId | None:
        columns = browser_sign_ins.c
        ended = delete(browser_sign_ins).where(columns.secret_hash == _hash(secret)).returning(columns.user_id)
        owner = (await self._connection.execute(ended)).scalar_one_or_none()
        return UserId(owner) if owner is not None else None

    async def sign_out_everywhere(self, owner: UserId) -> None:
        await self._connection.execute(delete(browser_sign_ins).where(browser_sign_ins.c.user_id == owner))

    async def user_of_browser(self, secret: Secret, now: datetime, idle: timedelta) -> SignedIn | None:
        columns = browser_sign_ins.c
        query = select(columns.user_id, columns.last_used_at, columns.expires_at).where(
            columns.secret_hash == _hash(secret), columns.expires_at > now, columns.last_used_at > now - idle
        )
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        return SignedIn(UserId(row.user_id), row.last_used_at, min(row.expires_at, row.last_used_at + idle))

    async def note_use_of_browser(self, secret: Secret, now: datetime) -> None:
        await self._note_use(browser_sign_ins, secret, now)

    async def create_access_token(
        self, owner: UserId, name: str, secret: Secret, now: datetime, expires_at: datetime | None
    ) -> AccessToken:
        token = AccessToken(uuid4(), name, now, expires_at, None)
        await self._connection.execute(
            insert(access_tokens).values(
                id=token.id,
                user_id=owner,
                name=name,
                secret_hash=_hash(secret),
                created_at=now,
                expires_at=expires_at,
            )
        )
        return token

    async def access_tokens(self, owner: UserId) -> list[AccessToken]:
        columns = access_tokens.c
        query = select(columns.id, columns.name, columns.created_at, columns.expires_at, columns.last_used_at)
        rows = await self._connection.execute(query.where(columns.user_id == owner).order_by(columns.created_at))
        return [AccessToken(*row) for row in rows]

    async def delete_access_token(self, owner: UserId, token_id: UUID) -> None:
        columns = access_tokens.c
        deleted = await self._connection.execute(
            delete(access_tokens).where(columns.id == token_id, columns.user_id == owner)
        )
        if deleted.rowcount == 0:
            raise NotFound

    async def user_of_access_token(self, secret: Secret, now: datetime) -> SignedIn | None:
        columns = access_tokens.c
        query = select(columns.user_id, columns.expires_at, columns.last_used_at)
        row = (await self._connection.execute(query.where(columns.secret_hash == _hash(secret)))).one_or_none()
        if row is None or (row.expires_at is not None and row.expires_at <= now):
            return None
        return SignedIn(UserId(row.user_id), row.last_used_at, row.expires_at)

    async def note_use_of_access_token(self, secret: Secret, now: datetime) -> None:
        await self._note_use(access_tokens, secret, now)

    async def _note_use(self, table: Table, secret: Secret, now: datetime) -> None:
        await self._connection.execute(
            update(table).where(table.c.secret_hash == _hash(secret)).values(last_used_at=now)
        )
