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


def level_and_id(cursor: str | None) -> tuple[int, UUID] | None:
    """Raises InvalidRequest."""
    return None if cursor is None else _decode(cursor, int)


def time_and_id(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Raises InvalidRequest."""
    return None if cursor is None else _decode(cursor, _aware)


def number(cursor: str | None) -> int | None:
    """Raises InvalidRequest."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= DIGITS):
        raise InvalidRequest("cursor", "cursor is not one that this API has given out.")
    return int(cursor)


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
        raise InvalidRequest("cursor", "cursor is not one that this API has given out.") from None
