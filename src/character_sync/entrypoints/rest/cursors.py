"""Page cursors: where the next page begins, in a form nobody needs to understand."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from character_sync.domain.errors import InvalidRequest

T = TypeVar("T")

DIGITS = 18  # of a number that the database can count to


def encode(first: int | datetime, id_: UUID) -> str:
    mark = first.isoformat() if isinstance(first, datetime) else str(first)
    return base64.urlsafe_b64encode(f"{mark}|{id_}".encode()).decode().rstrip("=")


def encode_number(number: int) -> str:
    return base64.urlsafe_b64encode(str(number).encode()).decode().rstrip("=")


def number(cursor: str | None) -> int | None:
    """Raises InvalidRequest."""
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        raise _not_one_of_ours() from None
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise _not_one_of_ours()
    return int(text)


def level_and_id(cursor: str | None) -> tuple[int, UUID] | None:
    """Raises InvalidRequest."""
    return None if cursor is None else _decode(cursor, int)


def time_and_id(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Raises InvalidRequest."""
    return None if cursor is None else _decode(cursor, _aware)


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _decode(cursor: str, read: Callable[[str], T]) -> tuple[T, UUID]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        mark, _, id_ = text.partition("|")
        return read(mark), UUID(id_)
    except (binascii.Error, ValueError, OverflowError):
        raise _not_one_of_ours() from None


def _not_one_of_ours() -> InvalidRequest:
    return InvalidRequest("cursor", "cursor is not one that this API has given out.")
