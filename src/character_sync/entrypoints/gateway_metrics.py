"""What operators are told of watchers: how many, how much they are told, how late, and who was turned away."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

PREFIX = "character_sync_"
# From one turn of the loop to a channel that was interrupted; 50 ms is what is asked of 1,000 watchers on one process.
DELAYS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class GatewayMetrics:
    """Counts of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._sockets = Gauge(f"{PREFIX}sockets", "Sockets connected to this process.", registry=registry)
        self._watchers = Gauge(
            f"{PREFIX}watchers", "Sockets and streams times the sync sessions they watch.", registry=registry
        )
        self._subscriptions = Gauge(
            f"{PREFIX}subscriptions", "Sync sessions this process listens for.", registry=registry
        )
        self.sent = Counter(f"{PREFIX}events_sent", "Events handed to sockets.", registry=registry)
        self.conflated = Counter(
            f"{PREFIX}events_conflated", "Events dropped for newer ones because a reader was slow.", registry=registry
        )
        self.slow = Counter(f"{PREFIX}slow_readers_cut_off", "Connections cut off as slow.", registry=registry)
        self.closed = Counter(f"{PREFIX}sockets_closed", "Sockets we closed, by reason.", ["reason"], registry=registry)
        self.refused = Counter(
            f"{PREFIX}sockets_refused",
            "Connections and joins refused, by the limit they met.",
            ["limit"],
            registry=registry,
        )
        self.delay = Histogram(
            f"{PREFIX}event_delay_seconds",
            "From an event's publication, which follows its commit, to its being handed to a socket.",
            buckets=DELAYS,
            registry=registry,
        )

    def watch(
        self, *, sockets: Callable[[], float], watchers: Callable[[], float], subscriptions: Callable[[], float]
    ) -> None:
        """Have the numbers read that are only true at the moment they are asked for."""
        self._sockets.set_function(sockets)
        self._watchers.set_function(watchers)
        self._subscriptions.set_function(subscriptions)
