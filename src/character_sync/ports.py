"""What the use cases ask of the outside world."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Literal, NewType, Protocol
from uuid import UUID

from character_sync.domain.character import FacetContent, ListedCharacter
from character_sync.domain.deduplication import ListingPlan, SavedCharacter
from character_sync.domain.enrichment import Enrichment
from character_sync.domain.game import Facet, GameVersion, Realm, Region
from character_sync.domain.progress import CurrentCharacter, Progress
from character_sync.domain.sync_session import CharacterSyncSession, JobStatus, Reason

Clock = Callable[[], datetime]
"""The time now, aware, in UTC."""


class Secret:
    """A string that does not show itself: masked in repr, str and logs, and in no JSON."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(****)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


class Lane(IntEnum):
    """Who waits for whom at the request budget: a lower number goes first."""

    INTERACTIVE = 0
    FIRST_SYNC = 1
    SCHEDULED = 2


@dataclass(frozen=True, slots=True)
class Turn:
    """On whose behalf a request is made: the budget serves lanes in order and takes turns inside a lane."""

    lane: Lane
    holder: str


class RequestBudget(Protocol):
    """How many requests Battle.net allows us, shared by everyone in this process."""

    async def admit(self, turn: Turn) -> None:
        """Return when this request may be sent. Waiting here is not an attempt."""

    def sent(self) -> None:
        """Say that an admitted request has left, or never will: once per `admit`. Its second begins now."""

    def close_gate(self, wait: timedelta) -> None:
        """Let nothing through for `wait`; a shorter wait than the one in force changes nothing."""


@dataclass(frozen=True, slots=True)
class CharacterAddress:
    """Where a character's answers are: the name goes lower-cased and percent-encoded into Battle.net's path."""

    region: Region
    namespace_family: str
    realm: Realm
    name: str
    battle_net_id: int


@dataclass(frozen=True, slots=True)
class FacetAnswer:
    """A facet as Battle.net gave it.

    `content` is None when nothing changed since the asked time (304). `content_hash` is over the content as read,
    so it changes only when something we keep changed.
    """

    content: FacetContent | None
    modified_at: datetime | None
    content_hash: str | None


@dataclass(frozen=True, slots=True)
class Grant:
    """What Battle.net gave for an authorization code."""

    access_token: Secret
    expires_at: datetime
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class BattleNetUser:
    """Who signed in. `sub` is stable and identifies them; the battletag is absent for some and may change."""

    sub: str
    battletag: str | None


class BattleNet(Protocol):
    """Battle.net's profile API."""

    async def account_characters(
        self, token: Secret, version: GameVersion, region: Region, *, turn: Turn
    ) -> tuple[ListedCharacter, ...]:
        """Return every character on every WoW account behind `token`, of the version's whole namespace.

        In Battle.net's order; empty when the player has none there (an account without WoW is a 404, not an error).
        An entry that cannot be read is left out and logged; a listing that cannot be read raises.

        Raises:
            BattleNetTokenInvalid: 401, or 403 because the token lacks the scope.
            BattleNetUnavailable, BattleNetRateLimited, BattleNetAnswerUnreadable.
        """

    async def facet(
        self,
        facet: Facet,
        address: CharacterAddress,
        *,
        turn: Turn,
        since: datetime | None = None,
        token: Secret | None = None,
    ) -> FacetAnswer:
        """Return one facet of one character. `token` is the player's and needed for `Facet.PROTECTED` only.

        Raises:
            BattleNetCharacterHidden: 403 or 404.
            BattleNetTokenInvalid: the player's token was refused (protected facet only).
            BattleNetCredentialsRefused: our app token was refused twice.
            BattleNetUnavailable, BattleNetRateLimited, BattleNetAnswerUnreadable.
        """


class BattleNetSignIn(Protocol):
    """Battle.net's OAuth."""

    def authorize_url(self, *, state: str, redirect_uri: str, passed_on: dict[str, str]) -> str:
        """Return the address to send the player to. `passed_on` holds `login_hint` and `prompt` when they were given."""

    async def exchange(self, *, code: str, redirect_uri: str) -> Grant:
        """Turn an authorization code into a token. Raises SignInFailed for a refused code."""

    async def user(self, token: Secret) -> BattleNetUser:
        """Return who the token belongs to."""


UserId = NewType("UserId", UUID)
"""The owner. Every read and write of a player's rows takes one, so a forgotten filter does not type-check."""


@dataclass(frozen=True, slots=True)
class User:
    id: UserId
    battletag: str | None


@dataclass(frozen=True, slots=True)
class BattleNetLink:
    """How a user stands with Battle.net. `expires_at` is None when there is no token."""

    status: Literal["valid", "expired", "missing"]
    expires_at: datetime | None = None
    list_frozen_since: datetime | None = None


class Users(Protocol):
    """Users and their Battle.net tokens, which are encrypted at rest."""

    async def link(self, who: BattleNetUser, grant: Grant, now: datetime) -> User:
        """Return the user behind a Battle.net account, created at their first sign-in, with their token replaced."""

    async def get(self, owner: UserId) -> User | None: ...

    async def battle_net_link(self, owner: UserId, now: datetime) -> BattleNetLink: ...

    async def battle_net_token(self, owner: UserId, now: datetime) -> Secret:
        """Return the player's token.

        Raises:
            BattleNetTokenInvalid: there is none, it has ended, or Battle.net has refused it before.
            TokenUndecryptable: no key of ours opens it.
        """

    async def refuse_battle_net_token(self, owner: UserId, now: datetime) -> None:
        """Remember that Battle.net refused the token, so that it is not sent again."""


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """A sign-in that has been sent to Battle.net. `browser` binds it to the browser that began it."""

    state: Secret
    browser: Secret
    return_to: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a secret belongs to, and when its last use was noted."""

    owner: UserId
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A personal access token, without its secret."""

    id: UUID
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class SignIns(Protocol):
    """Who is signed in. Secrets are known here only by their hashes."""

    async def begin(self, attempt: SignInAttempt, now: datetime) -> None: ...

    async def take(self, state: Secret, browser: Secret, now: datetime) -> str | None:
        """Use up a sign-in attempt and return its `return_to`; None when it is unknown, used, old or another's."""

    async def sign_in_browser(self, owner: UserId, secret: Secret, now: datetime, expires_at: datetime) -> None: ...

    async def sign_out_browser(self, secret: Secret) -> None: ...

    async def user_of_browser(self, secret: Secret, now: datetime, idle: timedelta) -> SignedIn | None: ...

    async def note_use_of_browser(self, secret: Secret, now: datetime) -> None: ...

    async def create_access_token(
        self, owner: UserId, name: str, secret: Secret, now: datetime, expires_at: datetime | None
    ) -> AccessToken: ...

    async def access_tokens(self, owner: UserId) -> list[AccessToken]:
        """Return them oldest first."""

    async def delete_access_token(self, owner: UserId, token_id: UUID) -> None:
        """Raises NotFound."""

    async def user_of_access_token(self, secret: Secret, now: datetime) -> SignedIn | None: ...

    async def note_use_of_access_token(self, secret: Secret, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class CharacterReference:
    """A character as messages name it, and where it belongs."""

    id: UUID
    name: str
    realm_slug: str
    region: Region
    game_version: str


@dataclass(frozen=True, slots=True)
class CharacterRow:
    """A character as the pages read it."""

    id: UUID
    region: Region
    game_version: str
    realm_slug: str
    realm_name: str | None
    battle_net_id: int
    name: str
    level: int
    class_id: int | None
    class_name: str | None
    race_id: int | None
    race_name: str | None
    gender: str | None
    faction: str | None
    guild: str | None
    item_level: int | None
    active_spec_id: int | None
    active_spec_name: str | None
    title: str | None
    avatar_url: str | None
    last_login_at: datetime | None
    is_active: bool
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FacetRow:
    """A facet as the pages read it; `content` is what JSON made of the domain's object, None when none is held."""

    facet: str
    state: str
    reason: str | None
    fetched_at: datetime | None
    changed_at: datetime | None
    upstream_modified_at: datetime | None
    next_due_at: datetime | None
    content: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class CharacterPage:
    """Characters by level, highest first. `next_after` is None on the last page."""

    items: tuple[CharacterRow, ...]
    next_after: tuple[int, UUID] | None


class Characters(Protocol):
    """A user's characters."""

    async def saved(self, owner: UserId, region: Region, namespace_family: str) -> list[SavedCharacter]:
        """Return everything held of a region and namespace family, archived ones included."""

    async def apply(
        self, owner: UserId, plan: ListingPlan, *, version: GameVersion, region: Region, now: datetime
    ) -> list[UUID]:
        """Write a plan; return the ids of the characters the listing showed, updated ones first."""

    async def missing_before(self, owner: UserId, game_version: str, region: Region) -> frozenset[UUID]:
        """Return what the previous listing withheld from the archive; empty when it withheld nothing."""

    async def reference(self, owner: UserId, character_id: UUID) -> CharacterReference:
        """Return what a single-character sync needs to know. Raises NotFound."""

    async def page(
        self,
        owner: UserId,
        *,
        game_version: str | None = None,
        region: Region | None = None,
        include_archived: bool = False,
        after: tuple[int, UUID] | None = None,
        limit: int,
    ) -> CharacterPage: ...

    async def one(self, owner: UserId, character_id: UUID) -> tuple[CharacterRow, tuple[FacetRow, ...]]:
        """Return a character with the facets held of it. Raises NotFound."""


@dataclass(frozen=True, slots=True)
class EnrichmentJob:
    """One character of a sync session, with what its enrichment needs."""

    id: int
    character_id: UUID
    address: CharacterAddress
    level: int
    status: JobStatus = JobStatus.PENDING
    crash_claims: int = 0

    def as_current(self, status: JobStatus, reason: Reason | None = None) -> CurrentCharacter:
        address = self.address
        return CurrentCharacter(self.character_id, address.name, address.realm.slug, status.value, reason)


@dataclass(frozen=True, slots=True)
class SettledJob:
    """A job and what came of it, ready to be written."""

    job: EnrichmentJob
    enrichment: Enrichment
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimedSession:
    """A sync session this run holds the lease of, with the jobs that are not settled, in order."""

    session: CharacterSyncSession
    lane: Lane
    jobs: tuple[EnrichmentJob, ...]


@dataclass(frozen=True, slots=True)
class JobRow:
    """One character of a sync session, as the pages read it."""

    job_id: int
    character_id: UUID
    name: str
    realm_slug: str
    status: JobStatus
    attempts: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """A sync session as it stands, with its jobs in order."""

    session: CharacterSyncSession
    jobs: tuple[JobRow, ...]


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Sync sessions, newest first, without their jobs. `next_after` is None on the last page."""

    items: tuple[CharacterSyncSession, ...]
    next_after: tuple[datetime, UUID] | None


class LeaseLost(Exception):
    """Another run has this sync session now: stop, write nothing."""


class SyncSessions(Protocol):
    """Sync sessions and their jobs."""

    async def active(self, owner: UserId, game_version: str) -> UUID | None:
        """Return the active account sync of a game version."""

    async def active_job(self, owner: UserId, character_id: UUID) -> tuple[UUID, int] | None:
        """Return the sync session and job in which a character waits or runs."""

    async def create(self, session: CharacterSyncSession, character_ids: Sequence[UUID], lane: Lane) -> list[int]:
        """Save a sync session with one job per character; return the job ids, in order.

        Raises:
            SyncAlreadyActive: an account sync of this user and game version is active (the partial unique index).
        """

    async def snapshot(self, owner: UserId, session_id: UUID) -> SessionSnapshot:
        """Raises NotFound."""

    async def page(self, owner: UserId, *, after: tuple[datetime, UUID] | None = None, limit: int) -> SessionPage: ...

    async def cancel(self, owner: UserId, session_id: UUID, now: datetime) -> Progress:
        """End an active sync session as cancelled and take its fence, so that its run writes nothing more.

        Raises:
            NotFound, SyncSessionFinished.
        """

    async def claim(self, session_id: UUID, now: datetime, lease: timedelta) -> ClaimedSession | None:
        """Take the lease and the fence; None when it is finished or another run holds it.

        A job found in hand was in hand in a run that died: its `crash_claims` is one more.
        """

    async def extend_lease(self, session_id: UUID, run_token: int, until: datetime) -> None:
        """Raises LeaseLost."""

    async def release(self, session_id: UUID, run_token: int) -> None:
        """Give the lease back with its jobs in hand waiting again; nothing happens when it is lost already."""

    async def write(
        self,
        session: CharacterSyncSession,
        *,
        started: Sequence[EnrichmentJob],
        settled: Sequence[SettledJob],
        lease_until: datetime,
    ) -> None:
        """Write a batch under the fence: jobs taken up, jobs settled with their facets, the counters, the end.

        Raises:
            LeaseLost: nothing was written.
        """

    async def release_all(self) -> int:
        """Give back every lease and return how many. Only for a process that knows it is the only one."""

    async def unfinished(self) -> int:
        """Return how many sync sessions wait or run, of all users."""

    async def abandoned(self, now: datetime, limit: int) -> list[UUID]:
        """Return unfinished sync sessions that no run holds, oldest first."""


class UnitOfWork(Protocol):
    """One transaction and its repositories. Left without `commit`, it never was."""

    @property
    def users(self) -> Users: ...

    @property
    def characters(self) -> Characters: ...

    @property
    def sync_sessions(self) -> SyncSessions: ...

    @property
    def sign_ins(self) -> SignIns: ...

    def run_after_commit(self, session_id: UUID) -> None:
        """Hand a sync session to the queue once, and only if, this transaction is committed."""

    async def commit(self) -> None: ...


class Work(Protocol):
    """Opens units of work."""

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]: ...

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open one that only reads: it waits for no writer and has nothing to commit."""


class JobQueue(Protocol):
    """Carries "run sync session S". Rows are the truth: losing everything in it loses nothing."""

    async def submit(self, session_id: UUID) -> None:
        """Have a worker run the sync session; nothing happens when it waits or runs already."""


class ProgressChannel(Protocol):
    """Carries events from the run of a sync session to whoever watches it, in any process."""

    async def publish(self, events: Sequence[Progress]) -> None:
        """Tell the watchers of the events' sync session. Never fails: a lost event is healed by the next."""

    def subscribe(self, session_id: UUID) -> AbstractAsyncContextManager[AsyncIterator[Progress]]:
        """Yield the events published from the moment the context is entered."""
