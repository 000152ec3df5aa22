"""Battle.net's profile API as the use cases know it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Final

import msgspec
import structlog

from character_sync.adapters.battle_net.circuits import ACCOUNT, ACHIEVEMENTS, STATUS, Circuits
from character_sync.adapters.battle_net.client import BattleNetClient, Reply
from character_sync.adapters.battle_net.namespaces import profile_namespace
from character_sync.adapters.battle_net.outcomes import Outcome
from character_sync.adapters.battle_net.pictures import Pictures
from character_sync.adapters.battle_net.responses import (
    READERS,
    AccountListing,
    Verdict,
    account_summary,
    achievements,
    facet_refusal,
    is_valid,
    listing_refusal,
    media,
)
from character_sync.adapters.battle_net.text import http_date
from character_sync.domain.character import FacetContent, ListedCharacter
from character_sync.domain.circuit import Place
from character_sync.domain.errors import BattleNetAnswerUnreadable, BattleNetTokenInvalid, BattleNetUnavailable
from character_sync.domain.fingerprint import Achievements
from character_sync.domain.game import Facet, GameVersion, Region
from character_sync.ports import CharacterAddress, FetchedFacet, Secret, Turn

# The last segment of a character's path; the profile is the path itself.
_ENDPOINTS: Final = {
    Facet.PROFILE: (),
    Facet.MEDIA: ("character-media",),
    Facet.EQUIPMENT: ("equipment",),
    Facet.SPECIALIZATIONS: ("specializations",),
}

_CANONICAL: Final = msgspec.json.Encoder(order="deterministic")

_log = structlog.get_logger()


class BattleNetAdapter:
    """Implements BattleNet."""

    def __init__(self, client: BattleNetClient, pictures: Pictures, circuits: Circuits) -> None:
        self._client = client
        self._circuits = circuits
        self._readers: dict[Facet, Callable[[bytes], FacetContent]] = {
            **READERS,
            Facet.MEDIA: partial(media, pictures=pictures),
        }

    async def account_characters(
        self, token: Secret, version: GameVersion, region: Region, *, turn: Turn
    ) -> tuple[ListedCharacter, ...]:
        """Return every character on every WoW account behind `token`, of the version's whole namespace.

        One request, GET /profile/user/wow. In Battle.net's order; empty when the player has none there: Battle.net
        says so with a 404, with `{}` or with an empty list.

        Raises:
            BattleNetTokenInvalid: 401, or 403 with an OAuth error about the scope.
            BattleNetUnavailable: also any other 403, which is a namespace refusing everyone.
            BattleNetRateLimited, BattleNetAnswerUnreadable.

        Source: https://develop.battle.net/documentation/world-of-warcraft/profile-apis
        """
        namespace = profile_namespace(version.namespace_family, region)

        async def ask() -> tuple[Reply, AccountListing | None]:
            reply = await self._client.get(region, namespace, ("profile", "user", "wow"), turn=turn, token=token)
            if reply.verdict is not Verdict.OK:
                return reply, None
            try:
                return reply, account_summary(reply.answer.body)
            except BattleNetAnswerUnreadable:
                self._client.came_to(Outcome.UNREADABLE)
                _log.error("battle_net_listing_unreadable", region=region.value, namespace=namespace)
                raise

        # Somebody waits for the answer: while the circuit is open they are told so at once.
        (verdict, answer), listing = await self._circuits.through(
            Place(region.value, namespace, ACCOUNT), turn, ask, waits=False
        )
        if verdict is Verdict.NOT_FOUND:
            return ()
        if listing is None:
            raise listing_refusal(verdict, answer.headers, answer.body)
        self._client.came_to(Outcome.OK)
        if listing.unreadable or listing.is_cut:
            _log.error(
                "battle_net_listing_incomplete",
                region=region.value,
                namespace=namespace,
                listed=len(listing.characters),
                unreadable=listing.unreadable,
                is_cut=listing.is_cut,
            )
        return listing.characters

    async def facet(
        self,
        facet: Facet,
        address: CharacterAddress,
        *,
        turn: Turn,
        since: datetime | None = None,
        token: Secret | None = None,
    ) -> FetchedFacet:
        """Return one facet of one character, in one request. `token` is for `Facet.PROTECTED` only.

        Raises:
            BattleNetCharacterHidden: 403 or 404, or a name that cannot be one.
            BattleNetTokenInvalid: the player's token was refused, or is missing (protected facet only).
            BattleNetCredentialsRefused: our app token was refused twice.
            BattleNetUnavailable, BattleNetRateLimited, BattleNetAnswerUnreadable.

        Source: https://develop.battle.net/documentation/world-of-warcraft/profile-apis
        """
        if facet is not Facet.PROTECTED:
            token = None
        elif token is None:
            raise BattleNetTokenInvalid
        namespace = profile_namespace(address.namespace_family, address.region)

        async def ask() -> tuple[Reply, FacetContent | None]:
            reply = await self._client.get(
                address.region, namespace, _path(facet, address), turn=turn, token=token, since=since
            )
            if reply.verdict is not Verdict.OK:
                return reply, None
            try:
                return reply, self._readers[facet](reply.answer.body)
            except BattleNetAnswerUnreadable:
                self._client.came_to(Outcome.UNREADABLE)
                _log.error(
                    "battle_net_facet_unreadable", region=address.region.value, namespace=namespace, facet=facet.value
                )
                raise

        place = Place(address.region.value, namespace, facet.value)
        (verdict, answer), content = await self._circuits.through(place, turn, ask, waits=True)
        modified_at = http_date(answer.headers.get("last-modified"))
        if verdict is Verdict.NOT_MODIFIED and since is not None:
            return FetchedFacet(content=None, modified_at=modified_at, content_hash=None)
        if content is None:
            raise facet_refusal(verdict)
        self._client.came_to(Outcome.OK)
        return FetchedFacet(content=content, modified_at=modified_at, content_hash=content_hash(content))

    async def is_there(self, address: CharacterAddress, *, turn: Turn) -> bool:
        """Whether Battle.net still has this character, under this name and number, and lets it be shown.

        One request with our own token. A 403 is no answer: whole namespaces refuse everyone for weeks.

        Raises:
            BattleNetCharacterHidden: the name cannot be one; nothing was sent.
            BattleNetUnavailable, BattleNetRateLimited, BattleNetCredentialsRefused, BattleNetAnswerUnreadable.

        Source: https://develop.battle.net/documentation/world-of-warcraft/profile-apis
        """
        namespace = profile_namespace(address.namespace_family, address.region)
        path = (*_path(Facet.PROFILE, address), "status")
        verdict, answer = await self._circuits.through(
            Place(address.region.value, namespace, STATUS),
            turn,
            lambda: self._client.get(address.region, namespace, path, turn=turn),
            waits=False,
        )
        if verdict is Verdict.NOT_FOUND:
            return False
        if verdict is not Verdict.OK:
            raise BattleNetUnavailable
        return is_valid(answer.body, address.battle_net_id)

    async def achievements(self, address: CharacterAddress, *, turn: Turn) -> Achievements:
        """Return when a character completed the achievements that are kept of it, in one request with our own token.

        Raises:
            BattleNetCharacterHidden: 403 or 404: there is no such character, or its game version has no achievements.
            BattleNetUnavailable, BattleNetRateLimited, BattleNetCredentialsRefused.
            BattleNetAnswerUnreadable: also when another character has the name now.

        Source: https://develop.battle.net/documentation/world-of-warcraft/profile-apis
        """
        namespace = profile_namespace(address.namespace_family, address.region)
        path = (*_path(Facet.PROFILE, address), "achievements")

        async def ask() -> tuple[Reply, Achievements | None]:
            reply = await self._client.get(address.region, namespace, path, turn=turn)
            if reply.verdict is not Verdict.OK:
                return reply, None
            try:
                return reply, achievements(reply.answer.body, address.battle_net_id)
            except BattleNetAnswerUnreadable:
                self._client.came_to(Outcome.UNREADABLE)
                raise

        # Who waits for a listing goes on without them, and what is kept of new characters can be learnt later.
        place = Place(address.region.value, namespace, ACHIEVEMENTS)
        (verdict, _), found = await self._circuits.through(place, turn, ask, waits=False)
        if found is None:
            raise facet_refusal(verdict)
        self._client.came_to(Outcome.OK)
        return found


def content_hash(content: FacetContent) -> str:
    """Return 128 bits over the content as read, in hex: equal for equal content, in any process and at any time."""
    return blake2b(_CANONICAL.encode(content), digest_size=16).hexdigest()


def _path(facet: Facet, address: CharacterAddress) -> tuple[str, ...]:
    if facet is Facet.PROTECTED:
        return ("profile", "user", "wow", "protected-character", f"{address.realm.id}-{address.battle_net_id}")
    return ("profile", "wow", "character", address.realm.slug, address.name.lower(), *_ENDPOINTS[facet])
