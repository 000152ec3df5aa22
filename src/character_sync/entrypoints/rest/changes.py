"""The change feed: what happened to a player's characters since a cursor."""

from typing import Final

from fastapi import APIRouter

from character_sync.domain.errors import ChangesForgotten
from character_sync.entrypoints.rest import cursors
from character_sync.entrypoints.rest.context import PAGE, Context, Cursor, Limit, Owner
from character_sync.entrypoints.route_problems import may_give
from character_sync.schemas.changes import ChangeList

router = APIRouter(prefix="/api/v1", tags=["changes"])

NOW: Final = "now"


@router.get("/changes", responses=may_give(ChangesForgotten))
async def changes(context: Context, owner: Owner, cursor: Cursor = None, limit: Limit = PAGE) -> ChangeList:
    """List changes after a cursor, oldest first, none twice and none left out.

    Without a cursor: from the oldest that is kept. With `now`: none, and the cursor from which to follow. A cursor
    from before what is kept is refused, because something would be missing.
    """
    async with context.work.reading() as work:
        after = await work.changes.latest(owner) if cursor == NOW else cursors.number(cursor)
        page = await work.changes.page(owner, after=after, limit=limit)
    return ChangeList.of(page, cursors.encode_number(page.last))
