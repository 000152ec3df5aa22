"""Text from outside, made safe to store and to show."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

LONGEST_TEXT: Final = 256  # code points; the longest name in the game is under 100, a log line stays a line

# NUL is refused by PostgreSQL's text, half a surrogate pair by every UTF-8 encoder.
_POISON: Final = re.compile("[\x00\ud800-\udfff]")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def clean(text: str | None) -> str | None:
    """Return the text with NUL and lone surrogates as U+FFFD, cut to 256 code points; None when none is left."""
    if not text:
        return None
    return _POISON.sub("\ufffd", text)[:LONGEST_TEXT]


def localized(name: str | dict[str, object] | None) -> str | None:
    """Return a name in English where it has one, else in any language it has; None when it has none.

    Source: tests/samples/battle_net/shapes/account_summary_entry.all_locales.json (no `locale` asked for).
    """
    if name is None or isinstance(name, str):
        return clean(name)
    names = [name.get("en_US"), name.get("en_GB"), *name.values()]
    return next((clean(one) for one in names if isinstance(one, str) and one), None)


def moment(milliseconds: int | None) -> datetime | None:
    """Return the time in UTC; None for 0 (never) and for what no calendar holds."""
    if not milliseconds:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None


@lru_cache(maxsize=1_024)  # a character's facets were written when it logged out: four answers, one date
def http_date(value: str | None) -> datetime | None:
    """Return an HTTP header's date in UTC; None when there is none or it is not one."""
    if not value:
        return None
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):  # the last evening of the year 9999, somewhere west of Greenwich
        return None
