"""What came of each facet, and what that makes of the character."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from character_sync.domain.character import FacetContent
from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCharacterHidden,
    BattleNetRateLimited,
    BattleNetTokenInvalid,
    CharacterSyncError,
    TokenUndecryptable,
)
from character_sync.domain.game import Facet
from character_sync.domain.sync_session import JobStatus, Reason

FIRST_LEVEL_SERVED = 10
"""Battle.net's character API begins at level 10 (Blizzard, "API Changes - WoW Shadowlands Pre-Patch")."""


class FacetState(StrEnum):
    """What we hold of a facet. `failed` keeps what earlier syncs gave it; the reason says why it is old."""

    PENDING = "pending"
    CURRENT = "current"
    ABSENT = "absent"
    FAILED = "failed"
    NOT_OFFERED = "not_offered"


@dataclass(frozen=True, slots=True)
class FacetResult:
    """The outcome of one facet. `content` is None unless the state is current and something changed.

    Attributes:
        answered_at: When the answer came; None is when its character was settled.
        login_at: The last login that the profile of the same enrichment showed.
        next_due_at: From when on it is to be asked for whatever the profile says; None is at once.
    """

    facet: Facet
    state: FacetState
    reason: Reason | None = None
    content: FacetContent | None = None
    modified_at: datetime | None = None
    content_hash: str | None = None
    attempts: int = 1
    answered_at: datetime | None = None
    login_at: datetime | None = None
    next_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Enrichment:
    """The outcome of one character: its job's status and reason, and what to store of each facet."""

    status: JobStatus
    reason: Reason | None
    facets: tuple[FacetResult, ...] = ()

    @property
    def attempts(self) -> int:
        """The attempts of the facet that took the most; 0 when nothing was asked."""
        return max((result.attempts for result in self.facets), default=0)


def reason_for(error: CharacterSyncError, *, level: int) -> Reason:
    """Return the public reason for an error that was final for a facet."""
    match error:
        case BattleNetCharacterHidden(found=True):
            return Reason.HIDDEN
        case BattleNetCharacterHidden():
            return Reason.BELOW_LEVEL_10 if level < FIRST_LEVEL_SERVED else Reason.NOT_FOUND
        case BattleNetRateLimited():
            return Reason.RATE_LIMITED
        case BattleNetAnswerUnreadable():
            return Reason.ANSWER_UNREADABLE
        case TokenUndecryptable():
            return Reason.TOKEN_UNDECRYPTABLE
        case BattleNetTokenInvalid():
            return Reason.TOKEN_EXPIRED
        case _:
            return Reason.UPSTREAM_UNAVAILABLE


def state_for(facet: Facet, reason: Reason) -> FacetState:
    """Return the state a facet is left in. Battle.net having none of it is an expected absence, but of a profile."""
    expected = reason in {Reason.NOT_FOUND, Reason.BELOW_LEVEL_10} and facet is not Facet.PROFILE
    return FacetState.ABSENT if expected else FacetState.FAILED


def judge(results: Sequence[FacetResult]) -> Enrichment:
    """Return what the facets make of their character; the facets themselves are stored whatever it is.

    Our side failing, or an answer that cannot be read, fails it. Battle.net not giving it skips it. An avatar that
    could not be fetched does neither: the character is saved without. One of which nothing has changed says so.
    """
    weighty = [r for r in results if r.state is FacetState.FAILED and r.facet is not Facet.MEDIA]
    for result in weighty:
        if result.reason in _OURS:
            return Enrichment(JobStatus.FAILED, result.reason, tuple(results))
    for result in weighty:
        if result.facet is Facet.PROFILE or result.reason in _THEIRS:
            return Enrichment(JobStatus.SKIPPED, result.reason, tuple(results))
    lesser = next((r.reason for r in results if r.state is FacetState.FAILED), None)
    if results and all(r.reason is Reason.NOT_MODIFIED for r in results):
        lesser = Reason.NOT_MODIFIED
    return Enrichment(JobStatus.COMPLETED, lesser, tuple(results))


_OURS = {Reason.ANSWER_UNREADABLE, Reason.TOKEN_UNDECRYPTABLE}
_THEIRS = {Reason.UPSTREAM_UNAVAILABLE, Reason.RATE_LIMITED}
