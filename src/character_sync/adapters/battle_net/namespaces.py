"""Battle.net's namespaces: which of its data sets a request is about."""

from character_sync.domain.game import Region


def profile_namespace(family: str, region: Region) -> str:
    """Return the profile namespace of a namespace family: `profile-eu`, or `profile-classic1x-eu`.

    Source: captured hrefs, and the `Battlenet-Namespace` header of tests/samples/battle_net/cassettes.
    """
    return f"profile-{family}-{region.value}" if family else f"profile-{region.value}"
