"""Every error has a code, a sentence and a status."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from character_sync.domain.errors import (
    BattleNetRateLimited,
    BattleNetTokenInvalid,
    CharacterSyncError,
    InvalidRequest,
    SyncAlreadyActive,
    TokenUndecryptable,
)
from character_sync.entrypoints.problems import STATUSES

INHERITS_ITS_CODE = {TokenUndecryptable}  # to a player the same as an ended sign-in: sign in again


def _all(error: type[CharacterSyncError]) -> list[type[CharacterSyncError]]:
    return [error, *(below for subclass in error.__subclasses__() for below in _all(subclass))]


ERRORS = _all(CharacterSyncError)
each_error = pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)


@each_error
def test_an_error_has_a_code_of_its_own_or_inherits_it_on_purpose(error: type[CharacterSyncError]) -> None:
    assert ("code" in vars(error)) == (error not in INHERITS_ITS_CODE)


def test_no_two_errors_share_a_code() -> None:
    codes = Counter(error.code for error in ERRORS if error not in INHERITS_ITS_CODE)
    assert [code for code, count in codes.items() if count > 1] == []


@each_error
def test_an_error_has_a_status(error: type[CharacterSyncError]) -> None:
    assert 400 <= STATUSES[error] <= 599


def test_no_status_is_given_to_what_is_no_error_of_ours() -> None:
    assert set(STATUSES) == set(ERRORS)


@each_error
def test_an_errors_first_line_is_a_sentence_for_people(error: type[CharacterSyncError]) -> None:
    assert "__doc__" in vars(error)
    sentence = (error.__doc__ or "").splitlines()[0]
    assert sentence[0].isupper()
    assert sentence.endswith((".", "!"))


def test_an_error_says_its_sentence_unless_it_was_given_another() -> None:
    assert str(CharacterSyncError()) == "Something went wrong on our side."
    assert str(CharacterSyncError("The disk is full.")) == "The disk is full."


def test_errors_carry_what_their_reader_needs() -> None:
    session_id = uuid4()
    assert SyncAlreadyActive(session_id).active_session_id == session_id
    assert BattleNetRateLimited(timedelta(seconds=7)).retry_after == timedelta(seconds=7)
    assert InvalidRequest("region", "There is no such region.").field == "region"


def test_a_token_no_key_opens_is_a_token_to_replace() -> None:
    assert issubclass(TokenUndecryptable, BattleNetTokenInvalid)
    assert TokenUndecryptable.code == BattleNetTokenInvalid.code
