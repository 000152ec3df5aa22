"""What every route is given: the use cases, the settings that shape answers, and who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query, Request
from fastapi.security import APIKeyCookie, HTTPBearer

from character_sync.domain.errors import InvalidRequest
from character_sync.domain.game import GameVersion, GameVersions, Region
from character_sync.entrypoints.allowance import PlacesPerCaller
from character_sync.entrypoints.following import SessionFollower
from character_sync.entrypoints.identity import Identity
from character_sync.entrypoints.rate_limits import RateLimit
from character_sync.ports import Clock, Secret, SignInChannel, UserId, Work
from character_sync.use_cases.cancel_sync_session import CancelSyncSession
from character_sync.use_cases.decide_identity import DecideIdentity
from character_sync.use_cases.erase_user import EraseUser
from character_sync.use_cases.export_user import ExportUser
from character_sync.use_cases.link_battle_net_account import LinkBattleNetAccount
from character_sync.use_cases.request_character_enrichment import RequestCharacterEnrichment
from character_sync.use_cases.retry_sync_session import RetrySyncSession
from character_sync.use_cases.set_schedule import SetSchedule
from character_sync.use_cases.sync_characters_from_battle_net import SyncCharactersFromBattleNetUseCase

PAGE = 50
LONGEST_PAGE = 200  # about 100 kB of characters: what a phone loads without a wait


@dataclass(frozen=True, slots=True)
class RestContext:
    """Made once by the composition root."""

    identity: Identity
    work: Work
    clock: Clock
    versions: GameVersions
    default_region: Region
    sign_in: LinkBattleNetAccount
    sync_characters: SyncCharactersFromBattleNetUseCase
    enrich_character: RequestCharacterEnrichment
    cancel_sync_session: CancelSyncSession
    retry_sync_session: RetrySyncSession
    set_schedule: SetSchedule
    follower: SessionFollower
    sign_ins: SignInChannel
    decide_identity: DecideIdentity
    export_user: ExportUser
    erase_user: EraseUser
    per_user: RateLimit
    streams: PlacesPerCaller
    webhook_url: Callable[[str], str]
    new_webhook_secret: Callable[[], Secret]

    def version(self, version_id: str) -> GameVersion:
        """Raises InvalidRequest."""
        version = self.versions.get(version_id)
        if version is None:
            known = ", ".join(version.id for version in self.versions)
            raise InvalidRequest("gameVersion", f"gameVersion must be one of {known}.")
        return version

    def region(self, region: str | None) -> Region:
        """Return the region, or the default when none is named. Raises InvalidRequest."""
        if region is None:
            return self.default_region
        try:
            return Region(region)
        except ValueError:
            raise InvalidRequest("region", f"region must be one of {', '.join(Region)}.") from None

    def facets(self, version_id: str) -> tuple[str, ...]:
        """Return the names of the facets a version offers; none for one the operator has since removed."""
        version = self.versions.get(version_id)
        return tuple(facet.value for facet in version.facets) if version else ()

    def template(self, version_id: str) -> str:
        """Return the template of a character's version; one the operator has since removed shows as retail."""
        version = self.versions.get(version_id)
        return version.template.value if version else "wow"


async def rest_context(request: Request) -> RestContext:
    """Return what the composition root has made. A plain function FastAPI would call in a thread, at each request."""
    context: RestContext = request.app.state.rest_context
    return context


Context = Annotated[RestContext, Depends(rest_context)]


# They only tell readers of the OpenAPI document how to say who asks; `Identity` decides.
_Bearer = HTTPBearer(
    auto_error=False,
    scheme_name="accessToken",
    description="A personal access token, made with `POST /api/v1/me/tokens`.",
)
_Cookie = APIKeyCookie(
    name="__Host-character_sync",
    auto_error=False,
    scheme_name="browser",
    description="Set by signing in with Battle.net; without the prefix where the site has no https.",
)


async def _owner(
    request: Request,
    context: Context,
    _bearer: Annotated[Any, Depends(_Bearer)],
    _cookie: Annotated[Any, Depends(_Cookie)],
) -> UserId:
    owner = await context.identity.of_request(request)
    context.per_user.take(str(owner))
    return owner


Owner = Annotated[UserId, Depends(_owner)]
Id = Annotated[UUID, Path(alias="id")]
Cursor = Annotated[str | None, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE)]
