"""What every port speaks of: the time, secrets, the owner."""

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any, NewType, NoReturn
from uuid import UUID

Clock = Callable[[], datetime]
"""The time now, aware, in UTC."""


class Secret:
    """A string that shows itself to `reveal()` only: masked in text and logs, refused by JSON and pickle.

    It is true when it holds something, so that nobody has to reveal it to see whether it was set.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(****)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        # In the same time wherever they differ, so that no answer's time tells how much of a guess was right.
        return hmac.compare_digest(self._bytes(), other._bytes())

    def _bytes(self) -> bytes:
        return self._value.encode("utf-8", "surrogatepass")  # any text somebody sends as a secret can be compared

    def __hash__(self) -> int:
        return hash(self._value)

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> "Secret":
        return self

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a secret is not pickled: it would be readable wherever the pickle goes")


UserId = NewType("UserId", UUID)
"""The owner. Every read and write of a player's rows takes one, so a forgotten filter does not type-check."""
