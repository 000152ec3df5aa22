"""What the facets of a character make of it."""

import pytest

from character_sync.domain.enrichment import Enrichment, FacetResult, FacetState, judge, reason_for, state_for
from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCharacterHidden,
    BattleNetCredentialsRefused,
    BattleNetRateLimited,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
    CharacterSyncError,
    TokenUndecryptable,
)
from character_sync.domain.game import Facet
from character_sync.domain.sync_session import JobStatus, Reason

CURRENT, ABSENT, FAILED = FacetState.CURRENT, FacetState.ABSENT, FacetState.FAILED


@pytest.mark.parametrize(
    ("error", "level", "reason"),
    [
        (BattleNetCharacterHidden(found=True), 60, Reason.HIDDEN),
        (BattleNetCharacterHidden(found=True), 9, Reason.HIDDEN),
        (BattleNetCharacterHidden(found=False), 60, Reason.NOT_FOUND),
        (BattleNetCharacterHidden(found=False), 10, Reason.NOT_FOUND),
        (BattleNetCharacterHidden(found=False), 9, Reason.BELOW_LEVEL_10),
        (BattleNetCharacterHidden(found=False), 1, Reason.BELOW_LEVEL_10),
        (BattleNetRateLimited(), 60, Reason.RATE_LIMITED),
        (BattleNetAnswerUnreadable(), 60, Reason.ANSWER_UNREADABLE),
        (BattleNetUnavailable(), 60, Reason.UPSTREAM_UNAVAILABLE),
        (BattleNetCredentialsRefused(), 60, Reason.UPSTREAM_UNAVAILABLE),
        (TokenUndecryptable(), 60, Reason.TOKEN_UNDECRYPTABLE),
        (BattleNetTokenInvalid(), 60, Reason.TOKEN_EXPIRED),
    ],
)
def test_an_error_has_one_public_reason(error: CharacterSyncError, level: int, reason: Reason) -> None:
    assert reason_for(error, level=level) is reason


@pytest.mark.parametrize(
    ("facet", "reason", "state"),
    [
        (Facet.PROFILE, Reason.NOT_FOUND, FAILED),
        (Facet.PROFILE, Reason.BELOW_LEVEL_10, FAILED),
        (Facet.PROFILE, Reason.HIDDEN, FAILED),
        (Facet.MEDIA, Reason.NOT_FOUND, ABSENT),
        (Facet.MEDIA, Reason.BELOW_LEVEL_10, ABSENT),
        (Facet.MEDIA, Reason.HIDDEN, FAILED),
        (Facet.EQUIPMENT, Reason.NOT_FOUND, ABSENT),
        (Facet.SPECIALIZATIONS, Reason.NOT_FOUND, ABSENT),
        (Facet.PROTECTED, Reason.TOKEN_EXPIRED, FAILED),
        (Facet.EQUIPMENT, Reason.UPSTREAM_UNAVAILABLE, FAILED),
        (Facet.EQUIPMENT, Reason.ANSWER_UNREADABLE, FAILED),
    ],
)
def test_battle_net_having_none_of_a_facet_is_an_absence_but_of_a_profile(
    facet: Facet, reason: Reason, state: FacetState
) -> None:
    assert state_for(facet, reason) is state


def of(facet: Facet, state: FacetState = CURRENT, reason: Reason | None = None, attempts: int = 1) -> FacetResult:
    return FacetResult(facet, state, reason, attempts=attempts)


PROFILE = of(Facet.PROFILE)


@pytest.mark.parametrize(
    ("results", "status", "reason"),
    [
        ([PROFILE, of(Facet.MEDIA)], JobStatus.COMPLETED, None),
        ([of(Facet.PROFILE, CURRENT, Reason.NOT_MODIFIED)], JobStatus.COMPLETED, Reason.NOT_MODIFIED),
        ([PROFILE, of(Facet.MEDIA, ABSENT, Reason.NOT_FOUND)], JobStatus.COMPLETED, None),
        ([PROFILE, of(Facet.MEDIA, FAILED, Reason.UPSTREAM_UNAVAILABLE)], "completed", Reason.UPSTREAM_UNAVAILABLE),
        ([PROFILE, of(Facet.MEDIA, FAILED, Reason.ANSWER_UNREADABLE)], "completed", Reason.ANSWER_UNREADABLE),
        ([of(Facet.PROFILE, FAILED, Reason.HIDDEN)], JobStatus.SKIPPED, Reason.HIDDEN),
        ([of(Facet.PROFILE, FAILED, Reason.NOT_FOUND)], JobStatus.SKIPPED, Reason.NOT_FOUND),
        ([of(Facet.PROFILE, FAILED, Reason.BELOW_LEVEL_10)], JobStatus.SKIPPED, Reason.BELOW_LEVEL_10),
        ([of(Facet.PROFILE, FAILED, Reason.UPSTREAM_UNAVAILABLE)], JobStatus.SKIPPED, Reason.UPSTREAM_UNAVAILABLE),
        ([of(Facet.PROFILE, FAILED, Reason.ANSWER_UNREADABLE)], JobStatus.FAILED, Reason.ANSWER_UNREADABLE),
        ([PROFILE, of(Facet.EQUIPMENT, FAILED, Reason.UPSTREAM_UNAVAILABLE)], "skipped", Reason.UPSTREAM_UNAVAILABLE),
        ([PROFILE, of(Facet.EQUIPMENT, FAILED, Reason.RATE_LIMITED)], "skipped", Reason.RATE_LIMITED),
        ([PROFILE, of(Facet.EQUIPMENT, FAILED, Reason.HIDDEN)], "completed", Reason.HIDDEN),
        ([PROFILE, of(Facet.EQUIPMENT, FAILED, Reason.ANSWER_UNREADABLE)], "failed", Reason.ANSWER_UNREADABLE),
        ([PROFILE, of(Facet.PROTECTED, FAILED, Reason.TOKEN_UNDECRYPTABLE)], "failed", Reason.TOKEN_UNDECRYPTABLE),
        ([PROFILE, of(Facet.PROTECTED, FAILED, Reason.TOKEN_EXPIRED)], "completed", Reason.TOKEN_EXPIRED),
        (
            [
                PROFILE,
                of(Facet.EQUIPMENT, FAILED, Reason.UPSTREAM_UNAVAILABLE),
                of(Facet.SPECIALIZATIONS, FAILED, Reason.ANSWER_UNREADABLE),
            ],
            JobStatus.FAILED,  # ours outweighs theirs, whichever came first
            Reason.ANSWER_UNREADABLE,
        ),
    ],
)
def test_facets_make_a_character(results: list[FacetResult], status: str, reason: Reason | None) -> None:
    assert judge(results) == Enrichment(JobStatus(status), reason, tuple(results))


def test_a_characters_attempts_are_those_of_its_most_tried_facet() -> None:
    assert judge([of(Facet.PROFILE, attempts=1), of(Facet.MEDIA, attempts=2)]).attempts == 2


def test_a_character_nothing_was_asked_for_had_no_attempts() -> None:
    assert Enrichment(JobStatus.FAILED, Reason.CRASHED).attempts == 0
