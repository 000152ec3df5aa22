"""How long Battle.net takes, in Prometheus' words."""

from prometheus_client import CollectorRegistry, Histogram

from character_sync.domain.game import Region

# From what a data centre next door takes to the time after which a call is given up (20 s unless set otherwise).
ANSWERS = (0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 20)


class BattleNetMetrics:
    """Every region is shown from the start, so that zeros show too."""

    def __init__(self, registry: CollectorRegistry) -> None:
        answers = Histogram(
            "character_sync_battle_net_answer_seconds",
            "From the moment a request of this process may leave to the end of its answer, or of the wait for one that did not come.",
            ["region"],
            buckets=ANSWERS,
            registry=registry,
        )
        self._answers = {region: answers.labels(region.value) for region in Region}

    def took(self, region: Region, seconds: float) -> None:
        self._answers[region].observe(seconds)
