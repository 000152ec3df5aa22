"""How many connections to the database this process uses and waits for, in Prometheus' words."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Gauge


class DatabaseMetrics:
    """Counts when asked: nothing is kept between two scrapes."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._open = Gauge(
            "character_sync_database_connections",
            "Connections of this process to the database, in use or kept open (idle).",
            ["state"],
            registry=registry,
        )
        self._most = Gauge(
            "character_sync_database_connections_max",
            "As many connections to the database as this process opens; whoever needs one more waits.",
            registry=registry,
        )
        self._waiting = Gauge(
            "character_sync_database_waiting",
            "Transactions of this process that wait for their turn: for a connection, of which those that write have fewer.",
            registry=registry,
        )
        for state in ("in_use", "idle"):
            self._open.labels(state)

    def watch(
        self,
        *,
        in_use: Callable[[], float],
        idle: Callable[[], float],
        waiting: Callable[[], float],
        most: float,
    ) -> None:
        self._open.labels("in_use").set_function(in_use)
        self._open.labels("idle").set_function(idle)
        self._waiting.set_function(waiting)
        self._most.set(most)
