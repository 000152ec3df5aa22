"""What every port speaks of: the time, secrets, the owner."""

from collections.abc import Callable
from datetime import datetime
from typing import NewType
from uuid import UUID

Clock = Callable[[], datetime]
"""The time now, aware, in UTC."""


class Secret:
    """A string that does not show itself: masked in repr, str and logs, and in no JSON."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(****)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


UserId = NewType("UserId", UUID)
"""The owner. Every read and write of a player's rows takes one, so a forgotten filter does not type-check."""
