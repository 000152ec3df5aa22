"""What can go wrong, grouped by who can put it right.

CharacterSyncError                     code: stable, public
|- PlayerMustAct
|  |- SyncAlreadyActive                with the running sync session's id, so a page can join it
|  |- SyncSessionFinished              nothing left to cancel
|  |- CharacterBusy                    a sync works on the character; wait for its end
|  |- IdentityDecisionFinal            answered already, or what was before cannot be had back; the message says why
|  |- BattleNetAccountTaken            linked to another user already; accounts are never merged
|  |- OtherBattleNetAccountLinked      this user has another account's characters; erase them first
|  |- SignInFailed                     start again
|  `- BattleNetTokenInvalid            missing, expired, refused or undecryptable: sign in again
|     `- TokenUndecryptable            the operator's key does not open it; signing in again replaces it
|- InvalidRequest                      the caller's input, with the field named
|- Unauthenticated                     no credentials, or bad ones
|- ForeignPage                         a cookie, sent by another site's page
|- NotFound                            also for what belongs to someone else
|- ChangesForgotten                    a cursor from so long ago that something after it is no longer kept
|- DatabaseUnavailable                 our own database: it restarts, or has no connection to spare
`- BattleNetError
   |- BattleNetUnavailable             try again: timeout, refused, 5xx, a page instead of JSON
   |- BattleNetRateLimited             try again, not before `retry_after`
   |- BattleNetCredentialsRefused      the operator's client id or secret, or our app token
   |- BattleNetCharacterHidden         403 or 404 on a character: it will not give this one
   `- BattleNetAnswerUnreadable        their JSON changed: tell an operator

An error's docstring is its default message and is written for the person who sees it. Errors know no HTTP statuses:
workers raise them too. Statuses live in `entrypoints/problems.py`, retryability in `domain/retry.py`.
"""

from datetime import timedelta
from uuid import UUID


class CharacterSyncError(Exception):
    """Something went wrong on our side."""

    code = "internal_error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class PlayerMustAct(CharacterSyncError):
    """You can put this right yourself."""

    code = "player_must_act"


class SyncAlreadyActive(PlayerMustAct):
    """A sync of this game version is already running."""

    code = "sync_already_active"

    def __init__(self, active_session_id: UUID) -> None:
        super().__init__()
        self.active_session_id = active_session_id


class SyncSessionFinished(PlayerMustAct):
    """This sync has already finished."""

    code = "sync_session_finished"


class BattleNetTokenInvalid(PlayerMustAct):
    """Your Battle.net sign-in has ended. Sign in with Battle.net again to sync your characters."""

    code = "battle_net_token_invalid"


class TokenUndecryptable(BattleNetTokenInvalid):
    """Your Battle.net sign-in can no longer be read. Sign in with Battle.net again to replace it."""


class SignInFailed(PlayerMustAct):
    """The sign-in with Battle.net did not finish. Please start it again."""

    code = "sign_in_failed"


class SignInDeclined(SignInFailed):
    """You did not allow this site to see your characters, so you are not signed in."""

    code = "sign_in_declined"


class BattleNetAccountTaken(PlayerMustAct):
    """This Battle.net account is already linked to another user of this site."""

    code = "battle_net_account_taken"


class OtherBattleNetAccountLinked(PlayerMustAct):
    """You have linked another Battle.net account. Erase what is held of it first to link this one."""

    code = "other_battle_net_account_linked"


class CharacterBusy(PlayerMustAct):
    """A sync is working on this character. Please try again when it has finished."""

    code = "character_busy"


class IdentityDecisionFinal(PlayerMustAct):
    """This can no longer be changed."""

    code = "identity_decision_final"


class InvalidRequest(CharacterSyncError):
    """The request is not valid."""

    code = "invalid_request"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Unauthenticated(CharacterSyncError):
    """Sign in first, or send a personal access token."""

    code = "unauthenticated"


class ForeignPage(CharacterSyncError):
    """This request came from a page of another site."""

    code = "forbidden"


class NotFound(CharacterSyncError):
    """There is nothing here, or it is not yours."""

    code = "not_found"


class TooManyRequests(CharacterSyncError):
    """This is more than one user, socket or address may ask for at a time. Please try again in a moment."""

    code = "too_many_requests"

    def __init__(self, retry_after: timedelta | None = None) -> None:
        super().__init__()
        self.retry_after = retry_after


class ChangesForgotten(CharacterSyncError):
    """Some changes after this cursor are no longer kept. Read the characters anew, then follow without a cursor."""

    code = "changes_forgotten"


class DatabaseUnavailable(CharacterSyncError):
    """We cannot reach our own database right now. Nothing was lost; please try again in a moment."""

    code = "database_unavailable"


class BattleNetError(CharacterSyncError):
    """Battle.net did not answer as it should."""

    code = "battle_net_error"


class BattleNetUnavailable(BattleNetError):
    """Battle.net cannot be reached right now. Nothing was changed; please try again in a moment."""

    code = "battle_net_unavailable"

    def __init__(self, retry_after: timedelta | None = None) -> None:
        """`retry_after` is known when we leave Battle.net alone ourselves for a while."""
        super().__init__()
        self.retry_after = retry_after


class BattleNetRateLimited(BattleNetError):
    """Battle.net asks us to wait. Nothing was changed; please try again in a moment."""

    code = "battle_net_rate_limited"

    def __init__(self, retry_after: timedelta | None = None) -> None:
        super().__init__()
        self.retry_after = retry_after


class BattleNetCredentialsRefused(BattleNetError):
    """Battle.net refused this site's own credentials. The operator has to check the client id and secret."""

    code = "battle_net_credentials_refused"


class BattleNetCharacterHidden(BattleNetError):
    """Battle.net does not give this character."""

    code = "battle_net_character_hidden"

    def __init__(self, *, found: bool) -> None:
        """`found` is True for a 403 (it exists, hidden) and False for a 404."""
        super().__init__()
        self.found = found


class BattleNetAnswerUnreadable(BattleNetError):
    """Battle.net answered with something we cannot read. The operator has been told."""

    code = "battle_net_answer_unreadable"


class NotReady(CharacterSyncError):
    """The service cannot start; the message says what to put right. For operators, on the command line."""

    code = "not_ready"
