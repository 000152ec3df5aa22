"""The request budget in Prometheus' words."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from character_sync.ports import BudgetState

PREFIX = "character_sync_battle_net"


class BudgetMetrics(Collector):
    """Shows the state it was given last. Over a shared queue all of it is of all processes together."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.state: BudgetState | None = None
        registry.register(self)

    def hide(self) -> None:
        """Show nothing while the budget cannot be asked: old numbers would be taken for new ones."""
        self.state = None

    def collect(self) -> Iterator[Metric]:
        if self.state is None:
            return
        left = GaugeMetricFamily(
            f"{PREFIX}_requests_left", "Requests that may leave now, by limit, whatever the gate.", labels=["limit"]
        )
        for name, value in (("second", self.state.left_per_second), ("hour", self.state.left_per_hour)):
            if value is not None:
                left.add_metric([name], value)
        yield left
        yield _gauge("gate_closed_seconds", "Seconds until requests may leave again; 0: now.", self.state.gate_seconds)
        yield _gauge("rate", "Part of the limits in use; below 1 after Battle.net refused us.", self.state.rate)
        yield _gauge("budget_is_shared", "1: one budget of all processes; 0: this one's.", self.state.is_shared)
        waiting = GaugeMetricFamily(f"{PREFIX}_requests_waiting", "Requests that wait to leave.", labels=["lane"])
        for lane, count in self.state.waiting.items():
            waiting.add_metric([lane.name.lower()], count)
        yield waiting
        requests = CounterMetricFamily(f"{PREFIX}_requests", "Requests by what came of them.", labels=["outcome"])
        for outcome, count in self.state.outcomes.items():
            requests.add_metric([outcome], count)
        yield requests
        yield CounterMetricFamily(f"{PREFIX}_leases", "Times the shared budget was asked.", value=self.state.leases)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}_{name}", what, value=value)
