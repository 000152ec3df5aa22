"""What is asked of Battle.net, and at what pace."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Protocol

from character_sync.domain.character import FacetContent, ListedCharacter
from character_sync.domain.fingerprint import Achievements
from character_sync.domain.game import Facet, GameVersion, Realm, Region
from character_sync.ports.basics import Secret


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


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a forecast needs of the budget, as this process sees it.

    `ahead` counts the requests that wait now and go before this turn's; `pace` is how many left per second lately,
    None when nobody waits: then it tells how much was asked for, not how much may leave. `gate_seconds` is 0 while
    the gate is open.
    """

    ahead: int
    pace: float | None
    gate_seconds: float


@dataclass(frozen=True, slots=True)
class BudgetState:
    """How the budget stands, for operators. Shared: of all processes; else of this one.

    `left_*` are None without that limit; `rate` is the part of the limits in use, 1 unless Battle.net refused us
    lately; `outcomes` counts requests by what came of them; `leases` counts how often the shared budget was asked.
    """

    left_per_second: int | None
    left_per_hour: int | None
    gate_seconds: float
    rate: float
    waiting: Mapping[Lane, int]
    outcomes: Mapping[str, int]
    leases: int
    is_shared: bool


class RequestBudget(Protocol):
    """How many requests Battle.net allows us, shared by everyone who uses one client id."""

    async def admit(self, turn: Turn) -> None:
        """Return when this request may be sent. Waiting here is not an attempt."""

    def sent(self) -> None:
        """Say that an admitted request has left, or never will: once per `admit`. Its second begins now."""

    def close_gate(self, asked: timedelta | None) -> None:
        """Say that Battle.net refused a request for being too many: nothing goes through for as long as it asks.

        None is for a refusal that does not say how long; then the budget decides.
        """

    def came_to(self, outcome: str) -> None:
        """Count what came of a request, for operators."""

    def outlook(self, turn: Turn) -> Outlook:
        """Return what a forecast for this turn needs."""

    async def state(self) -> BudgetState:
        """Return how the budget stands."""

    def running(self) -> AbstractAsyncContextManager[None]:
        """Keep it at work while the context is open."""


@dataclass(frozen=True, slots=True)
class CharacterAddress:
    """Where a character's answers are: the name goes lower-cased and percent-encoded into Battle.net's path."""

    region: Region
    namespace_family: str
    realm: Realm
    name: str
    battle_net_id: int


@dataclass(frozen=True, slots=True)
class FetchedFacet:
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
    ) -> FetchedFacet:
        """Return one facet of one character. `token` is the player's and needed for `Facet.PROTECTED` only.

        Raises:
            BattleNetCharacterHidden: 403 or 404.
            BattleNetTokenInvalid: the player's token was refused (protected facet only).
            BattleNetCredentialsRefused: our app token was refused twice.
            BattleNetUnavailable, BattleNetRateLimited, BattleNetAnswerUnreadable.
        """

    async def is_there(self, address: CharacterAddress, *, turn: Turn) -> bool:
        """Whether Battle.net still has this character, under this name and number, and lets it be shown.

        Raises:
            BattleNetCharacterHidden: the name cannot be one; nothing was asked.
            BattleNetError: it gave no answer to believe.
        """

    async def achievements(self, address: CharacterAddress, *, turn: Turn) -> Achievements:
        """Return when a character completed the achievements that are kept of it.

        Raises:
            BattleNetCharacterHidden: 403 or 404, or a name that cannot be one.
            BattleNetAnswerUnreadable: also when another character has the name now.
            BattleNetError: it gave no answer.
        """


class BattleNetSignIn(Protocol):
    """Battle.net's OAuth."""

    def authorize_url(self, *, state: Secret, redirect_uri: str, passed_on: dict[str, str]) -> Secret:
        """Return the address to send the player to, which holds `state`. `passed_on` holds `login_hint` and `prompt` when they were given."""

    async def exchange(self, *, code: Secret, redirect_uri: str) -> Grant:
        """Turn an authorization code into a token. Raises SignInFailed for a refused code."""

    async def user(self, token: Secret) -> BattleNetUser:
        """Return who the token belongs to."""
