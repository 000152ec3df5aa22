"""What an error of the database means: again from the start, come back later, or never."""

from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_BROKEN_OFF: Final = {"40001", "40P01"}  # serialization failure, deadlock: the other transaction went through
_GONE: Final = ("08", "53", "57P", "25P03")  # connection, no memory or place, shut down or starting, slept too long
_CONTENT: Final = ("22", "23")  # data, constraints
_SQLITE_BUSY: Final = {5, 6}  # somebody held the lock for longer than the busy timeout


def is_broken_off(error: BaseException) -> bool:
    """Whether the transaction was undone for another's sake, so that the same again will do."""
    return _sqlstate(error) in _BROKEN_OFF


def is_gone(error: BaseException) -> bool:
    """Whether the database was not there, or had no time: nothing was wrong with what it was asked."""
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state, lite = _sqlstate(error), _sqlite_code(error)
    if state is None and lite is None and error.orig is not None:
        # asyncpg's own errors have no state: "connection is closed", "connection was closed in the middle".
        return error.connection_invalidated or "connection" in str(error.orig)
    return error.connection_invalidated or (state or "").startswith(_GONE) or (lite or 0) & 0xFF in _SQLITE_BUSY


def is_about_content(error: BaseException) -> bool:
    """Whether the values are what it will not have: text no column can hold, a number too large, a constraint."""
    if is_gone(error) or is_broken_off(error):
        return False
    if isinstance(error, IntegrityError) or (_sqlstate(error) or "").startswith(_CONTENT):
        return True
    # What the drivers find before the database sees it: a lone surrogate, a NUL, an integer of 65 bits.
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    causes = (cause, cause.__cause__)
    return any(isinstance(one, (ValueError, OverflowError, TypeError)) for one in causes)


def _sqlstate(error: BaseException) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def _sqlite_code(error: BaseException) -> int | None:
    return getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
