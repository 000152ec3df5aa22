"""What can go wrong for a program that uses the service: its problem documents as exceptions, each with its code."""

from datetime import timedelta
from uuid import UUID

from character_sync.schemas.events import SyncError
from character_sync.schemas.rest import Problem


class CharacterSyncError(Exception):
    """The service said no, or could not be asked.

    `code` is stable and for programs, `sentence` is for people, `retry_after` is there when it is known how long to wait.
    `status` is the answer's, where there was one.
    """

    def __init__(
        self, code: str, sentence: str, *, status: int | None = None, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.status = status
        self.retry_after = retry_after


class NotReached(CharacterSyncError):
    """Nobody answers at the address, or not in time. Nothing is known of what was asked for."""


class AnswerUnreadable(CharacterSyncError):
    """What answers is no Character Sync, or one whose answers this client cannot read."""


class Refused(CharacterSyncError):
    """The service answered with a problem document, which is `problem`. The base of all that follow but `SyncFailed`."""

    def __init__(self, problem: Problem, retry_after: timedelta | None = None) -> None:
        super().__init__(problem.code, problem.detail, status=problem.status, retry_after=retry_after)
        self.problem = problem


class Unauthenticated(Refused):
    """The token is wrong, has ended or was deleted."""


class NotFound(Refused):
    """It is not there, or somebody else's."""


class InvalidRequest(Refused):
    """What was asked for is not valid; `field` says where."""

    @property
    def field(self) -> str | None:
        return self.problem.field


class SyncAlreadyActive(Refused):
    """A sync of this game version runs already; watch that one."""

    @property
    def active_session_id(self) -> UUID:
        if self.problem.active_session_id is None:
            raise AnswerUnreadable("answer_unreadable", "The service did not say which sync runs already.")
        return self.problem.active_session_id


class BattleNetTokenInvalid(Refused):
    """The player has to sign in with Battle.net again, at `sign_in_url`: a path of the service."""

    @property
    def sign_in_url(self) -> str | None:
        return self.problem.sign_in_url


class ChangesForgotten(Refused):
    """Something after the cursor is no longer kept: read the characters anew, then follow from `now`."""


class TryAgainLater(Refused):
    """Nothing was changed; after `retry_after` it may work: too much was asked, or Battle.net or the database is away."""


class SyncFailed(CharacterSyncError):
    """The sync as a whole failed; `event` is the last one."""

    def __init__(self, event: SyncError) -> None:
        super().__init__(event.code, event.error)
        self.event = event


_BY_CODE: dict[str, type[Refused]] = {
    "unauthenticated": Unauthenticated,
    "not_found": NotFound,
    "invalid_request": InvalidRequest,
    "sync_already_active": SyncAlreadyActive,
    "battle_net_token_invalid": BattleNetTokenInvalid,
    "changes_forgotten": ChangesForgotten,
    "too_many_requests": TryAgainLater,
    "battle_net_unavailable": TryAgainLater,
    "database_unavailable": TryAgainLater,
    "not_ready": TryAgainLater,
}


def refused(problem: Problem, retry_after: timedelta | None = None) -> Refused:
    """Return the exception a problem document is; a code newer than this client is a `Refused` with that code."""
    return _BY_CODE.get(problem.code, Refused)(problem, retry_after)
