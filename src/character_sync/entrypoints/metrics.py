"""Everything a process counts: one registry, on which each part registers its own metrics in a file of its own."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, generate_latest

from character_sync import __version__
from character_sync.entrypoints.battle_net_metrics import BattleNetMetrics
from character_sync.entrypoints.budget_metrics import BudgetMetrics
from character_sync.entrypoints.circuit_metrics import CircuitMetrics
from character_sync.entrypoints.database_metrics import DatabaseMetrics
from character_sync.entrypoints.gateway_metrics import GatewayMetrics
from character_sync.entrypoints.probe import Ask, Probe
from character_sync.entrypoints.schedule_metrics import ScheduleMetrics
from character_sync.entrypoints.sync_metrics import SyncMetrics
from character_sync.entrypoints.verification_metrics import VerificationMetrics

log = structlog.get_logger()

PATIENCE_SECONDS = 2.0  # for what has to be asked for; Prometheus gives up on a whole scrape after 10


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    probe: Probe
    missing: Callable[[], None]


class Metrics:
    """Made once by the composition root, which hands each part its own: `syncs` to the use cases, and so on."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        Gauge("character_sync_build", "1, with the version that runs.", ["version"], registry=self.registry).labels(
            __version__
        ).set(1)
        self.syncs = SyncMetrics(self.registry)
        self.database = DatabaseMetrics(self.registry)
        self.verification = VerificationMetrics(self.registry)
        self.schedules = ScheduleMetrics(self.registry)
        self.circuits = CircuitMetrics(self.registry)
        self.battle_net = BattleNetMetrics(self.registry)
        self.budget = BudgetMetrics(self.registry)
        self.gateway = GatewayMetrics(self.registry)
        ProcessCollector(registry=self.registry)  # memory, CPU and open files, in Prometheus' own names
        self._asked: dict[str, _Asked] = {}

    def ask_before_each_scrape(self, name: str, ask: Ask, *, missing: Callable[[], None]) -> None:
        """Have `ask` refresh a value that somebody else holds; `missing` takes it away when nobody answers."""
        self._asked[name] = _Asked(name, Probe(ask, seconds=PATIENCE_SECONDS), missing)

    async def page(self) -> bytes:
        """Return all of it in Prometheus' text format: what cannot be asked for is left out, the rest is still told."""
        for asked in self._asked.values():
            failure = await asked.probe.failure()
            if failure is not None:
                asked.missing()
                log.warning("metric_missing", metric=asked.name, error=str(failure))
        return generate_latest(self.registry)
