"""Namespaces."""

import pytest

from character_sync.adapters.battle_net.namespaces import profile_namespace
from character_sync.domain.game import Region


@pytest.mark.parametrize(
    ("family", "region", "namespace"),
    [
        ("", Region.EU, "profile-eu"),
        ("classic1x", Region.EU, "profile-classic1x-eu"),
        ("classicann", Region.TW, "profile-classicann-tw"),
        ("classic", Region.US, "profile-classic-us"),
    ],
)
def test_a_profile_namespace_is_named_after_family_and_region(family, region, namespace):
    assert profile_namespace(family, region) == namespace
