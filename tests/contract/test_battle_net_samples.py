"""Every recorded answer of a kind we read, byte for byte, and what it says."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from character_sync.adapters.battle_net import responses
from character_sync.domain.character import (
    CharacterMedia,
    CharacterProfile,
    Enchantment,
    EquippedItem,
    Gem,
    ListedCharacter,
    NamedId,
    ProtectedCharacter,
    Specialization,
    Talent,
)
from character_sync.domain.game import Realm

SAMPLES = Path(__file__).parent.parent / "samples" / "battle_net"
READERS = {
    "account_summary": responses.account_summary,
    "character_media": responses.media,
    "character_profile": responses.profile,
    "equipment": responses.equipment,
    "protected_character": responses.protected,
    "specializations": responses.specializations,
}
# Kinds no code of ours reads, errors, and what has its own test.
OTHERS = {
    "account_summary_entry",
    "character_status",
    "error",
    "item",
    "mythic_keystone_profile",
    "oauth_error",
    "pvp_summary",
    "realm",
    "realm_index",
    "statistics",
    "titles",
    "userinfo",
}
FILES = sorted(path for folder in ("captured", "shapes") for path in (SAMPLES / folder).glob("*.json"))


def kind(path):
    return path.name.partition(".")[0]


def items(body):
    return {item.slot: item for item in responses.equipment(body).items}


def test_every_sample_is_of_a_known_kind():
    assert {kind(path) for path in FILES} == READERS.keys() | OTHERS


@pytest.mark.parametrize("path", [path for path in FILES if kind(path) in READERS], ids=lambda path: path.name)
def test_every_sample_is_read(path):
    assert READERS[kind(path)](path.read_bytes())


def test_account_summary(sample):
    assert responses.account_summary(sample("captured/account_summary.retail.us.1.json")) == responses.AccountListing(
        characters=(
            ListedCharacter(
                battle_net_id=93530968,
                name="Bregal932B58",
                realm=Realm(1351, "darrowmere", "Darrowmere"),
                level=0,
                character_class=NamedId(3, "Hunter"),
                race=NamedId(6, "Tauren"),
                gender="MALE",
                faction="HORDE",
                wow_account_id=19995845,
            ),
            ListedCharacter(
                battle_net_id=187393265,
                name="Rilian",
                realm=Realm(1260, "steamwheedle-cartel", "Steamwheedle Cartel"),
                level=6,
                character_class=NamedId(2, "Paladin"),
                race=NamedId(1, "Human"),
                gender="MALE",
                faction="ALLIANCE",
                wow_account_id=19995845,
            ),
        ),
        unreadable=0,
        is_cut=False,
    )


def test_account_summary_entry_in_all_locales(sample):
    entry = sample("shapes/account_summary_entry.all_locales.json")
    (character,) = responses.account_summary(b'{"wow_accounts":[{"id":7,"characters":[' + entry + b"]}]}").characters
    assert character == ListedCharacter(
        battle_net_id=100000001,
        name="Samplename",
        realm=Realm(126, "scarlet-crusade", "Scarlet Crusade"),
        level=10,
        character_class=NamedId(4, "Rogue"),
        race=NamedId(27, "Nightborne"),
        gender="MALE",
        faction="HORDE",
        wow_account_id=7,
    )


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        (
            "captured/character_profile.retail.us.1.json",
            CharacterProfile(
                battle_net_id=107811065,
                name="Drinian",
                realm=Realm(1262, "norgannon", "Norgannon"),
                level=120,
                character_class=NamedId(1, "Warrior"),
                race=NamedId(1, "Human"),
                gender="MALE",
                faction="ALLIANCE",
                guild="Mythical Warriors",
                item_level=430,
                active_spec=NamedId(72, "Fury"),
                title="Battlelord {name}",
                last_login_at=datetime(2020, 4, 24, 4, 30, 40, tzinfo=UTC),
            ),
        ),
        (
            "captured/character_profile.retail.eu.2.json",
            CharacterProfile(
                battle_net_id=142650023,
                name="Sheday",
                realm=Realm(550, "stormrage", "Stormrage"),
                level=120,
                character_class=NamedId(2, "Paladin"),
                race=NamedId(1, "Human"),
                gender="MALE",
                faction="ALLIANCE",
                guild="Avalerion",
                item_level=444,
                active_spec=NamedId(70, "Retribution"),
                title="{name}, Famed Slayer of the Harbinger",
                last_login_at=datetime(2019, 12, 22, 9, 5, 19, tzinfo=UTC),
            ),
        ),
        (
            "captured/character_profile.retail.eu.cyrillic.3.json",
            CharacterProfile(
                battle_net_id=104612024,
                name="Альвеоняша",
                realm=Realm(1615, "howling-fjord", "Howling Fjord"),
                level=120,
                character_class=NamedId(10, "Monk"),
                race=NamedId(10, "Blood Elf"),
                gender="FEMALE",
                faction="HORDE",
                guild="Экзорсус",
                item_level=452,
                active_spec=NamedId(268, "Brewmaster"),
                title="Predator {name}",
                last_login_at=datetime(2019, 12, 22, 16, 36, 29, tzinfo=UTC),
            ),
        ),
        (
            "shapes/character_profile.classic_era.json",
            CharacterProfile(
                battle_net_id=100000001,
                name="Samplename",
                realm=Realm(5220, "stitches", "Stitches"),
                level=60,
                character_class=NamedId(3, "Hunter"),
                race=NamedId(4, "Night Elf"),
                gender="FEMALE",
                faction="ALLIANCE",
                guild="Sample Guild",
                item_level=57,
                active_spec=None,
                title=None,
                last_login_at=datetime(2023, 12, 19, 21, 0, 25, tzinfo=UTC),
            ),
        ),
        (
            "shapes/character_profile.classic_progression.mop.json",
            CharacterProfile(
                battle_net_id=100000001,
                name="Samplename",
                realm=Realm(6361, "raden", "Ra-den"),
                level=90,
                character_class=NamedId(2, "Paladin"),
                race=NamedId(1, "Human"),
                gender="MALE",
                faction="ALLIANCE",
                guild="Sample Guild",
                item_level=500,
                active_spec=NamedId(70, "Retribution"),
                title="{name} the Fearless",
                last_login_at=datetime(2025, 9, 30, 23, 29, 11, tzinfo=UTC),
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_profile(sample, name, profile):
    assert responses.profile(sample(name)) == profile


def test_media_by_asset_key(sample):
    start = "https://render-us.worldofwarcraft.com/character/norgannon/59/183057723"
    assert responses.media(sample("captured/character_media.retail.us.assets.1.json")) == CharacterMedia(
        avatar_url=f"{start}-avatar.jpg",
        assets={
            "avatar": f"{start}-avatar.jpg",
            "inset": f"{start}-inset.jpg",
            "main": f"{start}-main.jpg",
            "main-raw": f"{start}-main-raw.png",
        },
    )


def test_media_with_the_addresses_of_2019(sample):
    start = "https://render-eu.worldofwarcraft.com/character/stormrage/167/142650023"
    assert responses.media(sample("captured/character_media.retail.eu.legacy_urls.2.json")) == CharacterMedia(
        avatar_url=f"{start}-avatar.jpg",
        assets={"avatar": f"{start}-avatar.jpg", "inset": f"{start}-inset.jpg", "main": f"{start}-main.jpg"},
    )


def test_media_of_classic_is_an_avatar(sample):
    url = "https://render.worldofwarcraft.com/classic1x-eu/character/silvermoon/1/30758927-avatar.jpg"
    assert responses.media(sample("shapes/character_media.classic_era.json")) == CharacterMedia(url, {"avatar": url})


def test_equipment_of_retail(sample):
    worn = items(sample("captured/equipment.retail.us.1.json"))
    assert list(worn) == [
        *("HEAD", "NECK", "SHOULDER", "SHIRT", "CHEST", "WAIST", "LEGS", "FEET", "WRIST", "HANDS"),
        *("FINGER_1", "FINGER_2", "TRINKET_1", "TRINKET_2", "BACK", "MAIN_HAND", "OFF_HAND", "TABARD"),
    ]
    assert worn["HEAD"] == EquippedItem("HEAD", 168366, "Tidal Lurker's Greathelm", "EPIC", 420)
    assert worn["BACK"] == EquippedItem("BACK", 169223, "Ashjra'kamas, Shroud of Resolve", "LEGENDARY", 480)
    assert worn["TRINKET_1"].gems == (
        Gem(167672, "Cyclotronic Blast"),
        Gem(168748, "Performant Refined Logic Board"),
        Gem(168631, "Metal Detector"),
    )


def test_equipment_with_an_empty_socket(sample):
    worn = items(sample("captured/equipment.retail.us.1.json"))
    assert worn["OFF_HAND"] == EquippedItem(
        "OFF_HAND", 163890, "7th Legionnaire's Claymore", "EPIC", 370, empty_sockets=1
    )
    assert sum(item.empty_sockets for item in worn.values()) == 1


def test_equipment_with_enchantments_and_gems(sample):
    worn = items(sample("captured/equipment.retail.eu.3.json"))
    assert worn["FINGER_1"] == EquippedItem(
        slot="FINGER_1",
        item_id=169157,
        name="Logic Loop of Division",
        quality="EPIC",
        item_level=415,
        enchantments=(Enchantment(6108, "Enchanted: +60 Critical Strike"),),
        gems=(Gem(168639, "Deadly Lava Lazuli"),),
    )
    assert worn["BACK"].enchantments == (Enchantment(4897, "Goblin Glider"),)  # has no source item
    assert sum(len(item.gems) for item in worn.values()) == 6


def test_equipment_of_a_character_with_a_cyrillic_name(sample):
    worn = items(sample("captured/equipment.retail.eu.cyrillic.2.json"))
    assert len(worn) == 15
    assert worn["WRIST"].gems == (Gem(168642, "Versatile Dark Opal"),)
    assert worn["MAIN_HAND"].enchantments == (Enchantment(6148, "Enchanted: Force Multiplier"),)


def test_equipment_of_classic_has_no_item_levels(sample):
    worn = responses.equipment(sample("shapes/equipment.classic_era.json")).items
    assert worn == (EquippedItem("HEAD", 18421, "Backwood Helm", "RARE", None),)


def test_gems_of_classic_are_no_enchantments(sample):
    assert responses.equipment(sample("shapes/equipment.classic_progression.wotlk.json")).items == (
        EquippedItem(
            slot="HEAD",
            item_id=32461,
            name="Furious Gizmatic Goggles",
            quality="EPIC",
            item_level=None,
            enchantments=(Enchantment(3003, "Enchanted: +34 Attack Power and +16 Hit Rating"),),
            gems=(Gem(34220, "Chaotic Skyfire Diamond"),),
        ),
        EquippedItem(
            slot="WAIST",
            item_id=50620,
            name="Coldwraith Links",
            quality="EPIC",
            item_level=None,
            enchantments=(Enchantment(3601, "Enchanted: Frag Belt"),),
            gems=(Gem(40146, "Fierce Ametrine"),),
        ),
    )


def test_specializations_of_retail_before_loadouts(sample):
    read = responses.specializations(sample("captured/specializations.retail.us.pre10.1.json"))
    assert read.active == NamedId(72, "Fury")
    assert [(spec.id, spec.name, spec.is_active) for spec in read.specs] == [
        (72, "Fury", True),
        (71, "Arms", False),
        (73, "Protection", False),
    ]
    assert read.specs[0].talents[0] == Talent(22633, "Endless Rage", None)
    assert [talent.name for talent in read.specs[0].talents] == [
        *("Endless Rage", "Double Time", "Sudden Death", "Bounding Stride"),
        *("Carnage", "Dragon Roar", "Reckless Abandon"),
    ]
    assert read.specs[0].pvp_talents == (
        NamedId(3590, "Adaptation"),
        NamedId(25, "Death Sentence"),
        NamedId(170, "Battle Trance"),
        NamedId(172, "Thirst for Battle"),
    )


def test_specializations_of_retail_before_loadouts_in_another_region(sample):
    read = responses.specializations(sample("captured/specializations.retail.eu.pre10.2.json"))
    assert read.active == NamedId(70, "Retribution")
    assert [len(spec.talents) for spec in read.specs] == [7, 7, 7]
    assert read.specs[2].pvp_talents[3] == NamedId(94, "Guardian of the Forgotten Queen")


def test_specializations_of_retail_with_loadouts(sample):
    read = responses.specializations(sample("shapes/specializations.retail.loadouts.json"))
    assert read.active == NamedId(250, "Blood")
    assert read.specs[0] == Specialization(
        group=0,
        is_active=True,
        id=250,
        name="Blood",
        loadout_code="SAMPLECODE",
        hero_tree="Deathbringer",
        talents=(
            Talent(99822, None, 1),  # came without a tooltip
            Talent(76081, "Icebound Fortitude", 1),
            Talent(76169, "Heart Strike", 1),
            Talent(95051, "Vampiric Strike", 1),
            Talent(95062, "Reaper's Mark", 1),
            Talent(95036, "Wave of Souls", 1),
        ),
        pvp_talents=(NamedId(206, "Strangulate"), NamedId(608, "Last Dance")),
    )
    assert [(spec.id, spec.is_active) for spec in read.specs] == [(250, True), (251, False)]


def test_specializations_of_classic_era(sample):
    read = responses.specializations(sample("shapes/specializations.classic_era.json"))
    assert read.active == NamedId(None, "Marksmanship")
    assert read.specs == (
        Specialization(
            group=0,
            is_active=False,
            id=None,
            name="Beast Mastery",
            spent_points=2,
            talents=(Talent(1382, "Improved Aspect of the Hawk", 2),),
        ),
        Specialization(
            group=0,
            is_active=True,
            id=None,
            name="Marksmanship",
            spent_points=31,
            talents=(Talent(1342, "Efficiency", 5), Talent(1344, "Lethal Shots", 5)),
        ),
    )


def test_protected_character(sample):
    read = responses.protected(sample("captured/protected_character.retail.us.1.json"))
    assert read == ProtectedCharacter(money=1466691688, deaths=5475, wow_account_id=19795845)
