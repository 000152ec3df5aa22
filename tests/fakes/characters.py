"""Characters, sessions and game versions to test with."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from character_sync.domain.character import (
    CharacterMedia,
    CharacterProfile,
    Equipment,
    EquippedItem,
    ListedCharacter,
    NamedId,
    Specializations,
)
from character_sync.domain.game import CharacterTemplate, Facet, GameVersion, Realm, Region
from character_sync.domain.sync_session import CharacterSyncSession, SessionKind
from character_sync.ports import CharacterAddress, EnrichmentJob

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OLD_BLANCHY = Realm(5902, "old-blanchy", "Old Blanchy")

FACETS = (Facet.PROFILE, Facet.MEDIA, Facet.EQUIPMENT, Facet.SPECIALIZATIONS)
RETAIL = GameVersion("retail", "Retail", CharacterTemplate.WOW, "", FACETS)
ERA = GameVersion("classic_era", "Classic Era", CharacterTemplate.WOW_CLASSIC, "classic1x", FACETS)
SOD = GameVersion(
    "classic_sod",
    "Season of Discovery",
    CharacterTemplate.WOW_CLASSIC,
    "classic1x",
    FACETS,
    realm_slugs=frozenset({"lone-wolf"}),
    realm_ids=frozenset({5905}),
)


def listed(number: int, *, realm: Realm = OLD_BLANCHY, level: int = 60, name: str | None = None) -> ListedCharacter:
    return ListedCharacter(
        battle_net_id=number,
        name=name or f"Hero{number}",
        realm=realm,
        level=level,
        character_class=NamedId(2, "Paladin"),
        race=NamedId(1, "Human"),
        gender="female",
        faction="alliance",
        wow_account_id=1,
    )


def profile(number: int, **changes: object) -> CharacterProfile:
    fields = {
        "battle_net_id": number,
        "name": f"Hero{number}",
        "realm": OLD_BLANCHY,
        "level": 60,
        "character_class": NamedId(2, "Paladin"),
        "race": NamedId(1, "Human"),
        "gender": "female",
        "faction": "alliance",
        "guild": "Nightwatch",
        "item_level": 70,
        "active_spec": NamedId(65, "Holy"),
        "title": "{name} the Patient",
        "last_login_at": NOW - timedelta(days=1),
    }
    return CharacterProfile(**(fields | changes))


MEDIA = CharacterMedia("https://render.example/avatar.jpg", {"avatar": "https://render.example/avatar.jpg"})
SPECIALIZATIONS = Specializations(None, ())
EQUIPMENT = Equipment((EquippedItem("HEAD", 16_955, "Judgement Crown", "EPIC", 66),))


def job_for(
    number: int = 1, *, job_id: int = 1, level: int = 60, character_id: UUID | None = None, crash_claims: int = 0
) -> EnrichmentJob:
    address = CharacterAddress(Region.EU, "", OLD_BLANCHY, f"Hero{number}", number)
    return EnrichmentJob(job_id, character_id or uuid4(), address, level, crash_claims=crash_claims)


def session_of(
    characters: int,
    *,
    owner: UUID | None = None,
    kind: SessionKind = SessionKind.ACCOUNT,
    game_version: str = "retail",
    started_at: datetime = NOW,
    lasts: timedelta = timedelta(minutes=10),
) -> CharacterSyncSession:
    return CharacterSyncSession(
        id=uuid4(),
        user_id=owner or uuid4(),
        kind=kind,
        game_version=game_version,
        region=Region.EU,
        started_at=started_at,
        deadline_at=started_at + lasts,
        total_characters=characters,
    )
