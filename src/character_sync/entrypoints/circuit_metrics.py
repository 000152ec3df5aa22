"""What operators are told of circuits: which are open in this process, and what waits in front of them."""

from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from character_sync.domain.circuit import Condition
from character_sync.ports import CircuitState

LABELS = ("region", "namespace", "endpoint")  # as many as there are game versions, regions and facets: some hundred


class CircuitMetrics(Collector):
    """Shows every circuit that this process may need."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.states: Callable[[], Sequence[CircuitState]] = tuple
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        is_open = GaugeMetricFamily(
            "character_sync_circuit_open",
            "1 while this process leaves a part of Battle.net alone, or tries it with one request at a time; else 0.",
            labels=LABELS,
        )
        parked = GaugeMetricFamily(
            "character_sync_circuit_parked",
            "Requests that wait until that part of Battle.net is well again.",
            labels=LABELS,
        )
        for state in self.states():
            place = (state.place.region, state.place.namespace, state.place.endpoint)
            is_open.add_metric(place, state.condition is not Condition.CLOSED)
            parked.add_metric(place, state.parked)
        yield is_open
        yield parked
