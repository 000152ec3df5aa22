"""Who listens to which name in this process; alone, the whole channel of a service that is one process."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, eq=False, slots=True)
class Listener:
    """`hear` gets what is published; `live` is called when that begins to hold, and again after an interruption."""

    hear: Callable[[bytes], None]
    live: Callable[[], None]


class Broker(Protocol):
    """Carries messages by name to whoever listens at that moment, and keeps none."""

    async def publish(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Send `(name, message)`s, in order. Never fails: rows are the truth."""

    def listening(self, name: str, listener: Listener) -> AbstractContextManager[None]:
        """Listen to a name while the context is open."""


class MemoryBroker:
    """Implements `Broker` inside one process: what is published is heard before `publish` returns."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = {}

    @property
    def names(self) -> frozenset[str]:
        """What is listened to."""
        return frozenset(self._listeners)

    async def publish(self, messages: Sequence[tuple[str, bytes]]) -> None:
        for name, message in messages:
            self.deliver(name, message)

    @contextmanager
    def listening(self, name: str, listener: Listener) -> Iterator[None]:
        self.add(name, listener)
        listener.live()
        try:
            yield
        finally:
            self.remove(name, listener)

    def add(self, name: str, listener: Listener) -> None:
        self._listeners.setdefault(name, []).append(listener)

    def remove(self, name: str, listener: Listener) -> None:
        listeners = self._listeners[name]
        listeners.remove(listener)
        if not listeners:
            del self._listeners[name]

    def deliver(self, name: str, message: bytes) -> None:
        for listener in list(self._listeners.get(name, ())):
            listener.hear(message)

    def tell_live(self, name: str) -> None:
        for listener in list(self._listeners.get(name, ())):
            listener.live()
