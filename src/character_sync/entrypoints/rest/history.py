"""How characters were before: states over time, what is different, a value's steps."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BeforeValidator

from character_sync.domain.character import CharacterProfile
from character_sync.domain.diff import FacetDiff, difference
from character_sync.domain.errors import InvalidRequest
from character_sync.domain.game import Facet
from character_sync.domain.history import SeenState, steps
from character_sync.entrypoints.rest import cursors
from character_sync.entrypoints.rest.context import PAGE, Context, Cursor, Id, Limit, Owner
from character_sync.schemas.history import CharacterDiff, FacetDiffAnswer, HistoryPage, Series

router = APIRouter(prefix="/api/v1/characters", tags=["history"])

MOST_STATES = 5_000  # profiles a series is made of: more than ten changes a day for the default retention of a year

Metric = Literal["level", "itemLevel"]


def _as_text(value: object) -> object:
    """Refuse what pydantic would take for seconds since 1970."""
    if isinstance(value, str) and not value[:5].endswith("-"):
        raise ValueError("a time is written as 2026-11-24T12:00:00Z")
    return value


Time = Annotated[AwareDatetime, BeforeValidator(_as_text)]


def in_utc(name: str, moment: datetime) -> datetime:
    """Raises InvalidRequest: a moment at the edge of the calendar that has no name in UTC."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise InvalidRequest(name, f"{name} is not a time that we can look up.") from None


@router.get("/{id}/history")
async def history(
    context: Context,
    owner: Owner,
    character_id: Id,
    facet: Annotated[Facet | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> HistoryPage:
    """List the states of a character's facets, newest first, each with the times at which it was seen."""
    after = cursors.number(cursor)
    async with context.work.reading() as work:
        page = await work.history.page(owner, character_id, facet=facet, after=after, limit=limit)
    return HistoryPage.of(page, None if page.next_after is None else cursors.encode_number(page.next_after))


@router.get("/{id}/diff")
async def diff(
    context: Context,
    owner: Owner,
    character_id: Id,
    from_: Annotated[Time | None, Query(alias="from")] = None,
    to: Annotated[Time | None, Query()] = None,
) -> CharacterDiff:
    """Tell what is different between two moments: slot by slot, talent by talent.

    Without `to`, to the newest that is known; without `from`, from what each facet was before that. `from` is not after `to`.
    """
    first = None if from_ is None else in_utc("from", from_)
    last = None if to is None else in_utc("to", to)
    if first is not None and last is not None and first > last:
        raise InvalidRequest("from", "from must not be after to.")
    async with context.work.reading() as work:
        after = await work.history.as_of(owner, character_id, last)
        before = await work.history.as_of(owner, character_id, first or last, back=0 if first else 1)
    facets = {
        facet.value: FacetDiffAnswer.of(_difference(_known(before, facet, first), _known(after, facet, last)))
        for facet in Facet
        if facet in after or facet in before
    }
    return CharacterDiff.model_validate({"id": character_id, "from": first, "to": last, "facets": facets})


def _known(seen: Mapping[Facet, SeenState], facet: Facet, moment: datetime | None) -> SeenState | None:
    state = seen.get(facet)
    is_known = state is not None and (moment is None or state.was_seen_at(moment))
    return state if is_known else None


def _difference(before: SeenState | None, after: SeenState | None) -> FacetDiff | None:
    if before is None or after is None:
        return None
    if before.content_hash == after.content_hash:
        return FacetDiff()
    return difference(before.content, after.content)


@router.get("/{id}/series")
async def series(
    context: Context, owner: Owner, character_id: Id, metric: Annotated[Metric, Query()] = "itemLevel"
) -> Series:
    """Return how a value went, in steps, each with the spans of time in which it was seen."""
    async with context.work.reading() as work:
        profiles = await work.history.profiles(owner, character_id, MOST_STATES)
    return Series.of(metric, steps((_value(metric, state), state) for state in profiles))


def _value(metric: Metric, state: SeenState) -> int | None:
    if not isinstance(state.content, CharacterProfile):
        return None
    return state.content.level if metric == "level" else state.content.item_level
