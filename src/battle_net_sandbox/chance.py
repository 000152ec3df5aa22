"""Chance that is the same for the same seed: numbers drawn from a hash of what they are for."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

Item = TypeVar("Item")

_SPAN = 1 << 64


def draw(*what_for: object) -> int:
    """A number from 0 to 2**64 - 1."""
    text = "\x1f".join(map(str, what_for))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


def fraction(*what_for: object) -> float:
    """A number from 0 up to, not with, 1."""
    return draw(*what_for) / _SPAN


def between(low: int, high: int, *what_for: object) -> int:
    """A whole number from low to high, both included."""
    return low + draw(*what_for) % (high - low + 1)


def pick(items: Sequence[Item], *what_for: object) -> Item:
    """One of the items."""
    return items[draw(*what_for) % len(items)]
