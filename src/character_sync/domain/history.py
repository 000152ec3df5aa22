"""What is known of a facet over time: states with the moments between which they were seen. Pure.

Between the last time one state was seen and the first time another was, nothing is claimed: it is a gap.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from character_sync.domain.character import FacetContent
from character_sync.domain.game import Facet

T = TypeVar("T")


def end_of_millisecond(moment: datetime) -> datetime:
    """Return the last microsecond of a moment's millisecond.

    Our JSON tells milliseconds, and whoever asks about a time it has told means all of that millisecond: a state that was
    seen once could never be asked about otherwise.
    """
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000 + 999)


@dataclass(frozen=True, slots=True)
class SeenState:
    """One content of a facet, for as long as it was seen without another in between.

    Attributes:
        last_seen_at: When it was last known to be so.
        ended_at: When another was first seen; None while this is the newest.
        upstream_modified_at: When it last changed, by Battle.net's own word.
        content_hash: None: Battle.net had nothing of this facet.
        content: None also where only the times were asked for.
    """

    id: int
    facet: Facet
    first_seen_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None
    upstream_modified_at: datetime | None
    content_hash: str | None
    parser_version: int
    content: FacetContent | None = None

    def was_seen_at(self, moment: datetime) -> bool:
        """Whether it is known to have been so at a moment, or in the rest of the moment's millisecond."""
        return self.first_seen_at <= end_of_millisecond(moment) and moment <= end_of_millisecond(self.last_seen_at)


@dataclass(frozen=True, slots=True)
class ValueStep:
    """A value for as long as no other was seen, and the spans of time in which it was seen, oldest first."""

    value: int
    seen: tuple[tuple[datetime, datetime], ...]


def steps(values: Iterable[tuple[int | None, SeenState]]) -> list[ValueStep]:
    """Return the steps of a value, from each state's value, oldest first. States that do not tell it end a step."""
    told: list[ValueStep] = []
    goes_on = False
    for value, state in values:
        span = (state.first_seen_at, state.last_seen_at)
        if value is None:
            goes_on = False
        elif goes_on and told[-1].value == value:
            told[-1] = ValueStep(value, (*told[-1].seen, span))
        else:
            told.append(ValueStep(value, (span,)))
            goes_on = True
    return told
