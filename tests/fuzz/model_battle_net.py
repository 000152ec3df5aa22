"""A Battle.net of the model: accounts, tokens and characters that change, and every way to refuse or to keep silent."""

import asyncio
from collections import defaultdict, deque
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from character_sync.domain.character import ListedCharacter, ProtectedCharacter, Specializations
from character_sync.domain.errors import (
    BattleNetCharacterHidden,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
    SignInFailed,
)
from character_sync.domain.game import Facet, GameVersion, GameVersions, Region
from character_sync.ports import BattleNetUser, CharacterAddress, Clock, FetchedFacet, Grant, Secret, Turn
from fakes.characters import EQUIPMENT, ERA, FACETS, MEDIA, RETAIL, listed, profile

VERSIONS = GameVersions([replace(RETAIL, facets=(*FACETS, Facet.PROTECTED)), ERA])
TOKEN_LASTS = timedelta(hours=24)


class Gate:
    """Lets a run have so many profiles, and then holds it as a process is held that hangs."""

    def __init__(self, opens_for: int | None) -> None:
        self.left = opens_for
        self.held = 0
        self.news = asyncio.Event()
        self._opened = asyncio.Event()

    def open(self) -> None:
        self.left = None
        self._opened.set()

    async def passed(self) -> None:
        if self.left is None:
            return
        if self.left > 0:
            self.left -= 1
            return
        self.held += 1
        self.news.set()
        await self._opened.wait()


gate_of_this_run: ContextVar[Gate | None] = ContextVar("gate_of_this_run", default=None)


class ModelBattleNet:
    """Keeps the ports `BattleNet` and `BattleNetSignIn`."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.accounts: defaultdict[str, dict[str, set[int]]] = defaultdict(
            lambda: {"retail": set(), "classic_era": set()}
        )
        self.deleted: set[int] = set()
        self.tokens: dict[str, str] = {}  # token -> account
        self.revoked: set[str] = set()
        self.erased: set[str] = set()  # tokens of players who have erased themselves
        self.listing_faults: deque[Exception] = deque()
        self.facet_faults: deque[Exception] = deque()
        self.is_down = False
        self.used_after_erasure: list[str] = []
        self._numbers = count(1)

    # What a test does to it

    def new_characters(self, account: str, version: str, how_many: int) -> None:
        self.accounts[account][version] |= {next(self._numbers) for _ in range(how_many)}

    def shown(self, account: str, version: str) -> set[int]:
        return self.accounts[account][version] - self.deleted

    # What the service asks of it

    async def exchange(self, *, code: Secret, redirect_uri: str) -> Grant:  # noqa: ARG002 - the port's
        if self.is_down:
            raise BattleNetUnavailable
        account = code.reveal()
        if not account:
            raise SignInFailed
        token = f"token-{next(self._numbers)}"
        self.tokens[token] = account
        return Grant(Secret(token), self.clock() + TOKEN_LASTS, frozenset({"openid", "wow.profile"}))

    async def user(self, token: Secret) -> BattleNetUser:
        account = self._account(token)
        return BattleNetUser(f"sub-{account}", f"{account}#1234")

    def authorize_url(self, *, state: Secret, redirect_uri: str, passed_on: dict[str, str]) -> Secret:  # noqa: ARG002
        return state

    async def account_characters(
        self, token: Secret, version: GameVersion, region: Region, *, turn: Turn
    ) -> tuple[ListedCharacter, ...]:
        assert UUID(turn.holder)
        assert region is Region.EU
        account = self._account(token)
        if self.is_down:
            raise BattleNetUnavailable
        if self.listing_faults:
            raise self.listing_faults.popleft().with_traceback(None)
        await asyncio.sleep(0)  # whoever asks at the same time gets here too
        return tuple(listed(number) for number in sorted(self.shown(account, version.id)))

    async def facet(
        self,
        facet: Facet,
        address: CharacterAddress,
        *,
        turn: Turn,  # noqa: ARG002 - the port's
        since: datetime | None = None,  # noqa: ARG002 - the port's
        token: Secret | None = None,
    ) -> FetchedFacet:
        if facet is Facet.PROFILE and (gate := gate_of_this_run.get()):
            await gate.passed()
        if token is not None:
            self._account(token)
        if self.is_down:
            raise BattleNetUnavailable
        if self.facet_faults:
            raise self.facet_faults.popleft().with_traceback(None)
        if address.battle_net_id in self.deleted:
            raise BattleNetCharacterHidden(found=False)
        number = address.battle_net_id
        content = {
            Facet.PROFILE: profile(number),
            Facet.MEDIA: MEDIA,
            Facet.EQUIPMENT: EQUIPMENT,
            Facet.SPECIALIZATIONS: Specializations(None, ()),
            Facet.PROTECTED: ProtectedCharacter(money=number, deaths=0, wow_account_id=1),
        }[facet]
        return FetchedFacet(content, self.clock(), f"hash of {facet} of {number}")

    async def is_there(self, address: CharacterAddress, *, turn: Turn) -> bool:  # noqa: ARG002 - the port's
        if self.is_down:
            raise BattleNetUnavailable
        return address.battle_net_id not in self.deleted

    def _account(self, token: Secret) -> str:
        text = token.reveal()
        if text in self.erased:
            self.used_after_erasure.append(text)
        if text in self.revoked:
            raise BattleNetTokenInvalid
        return self.tokens[text]
