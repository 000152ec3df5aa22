"""What came of a request to Battle.net, in the words operators count it by."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from character_sync.adapters.battle_net.responses import Verdict
from character_sync.domain.errors import BattleNetAnswerUnreadable, BattleNetError, BattleNetRateLimited


class Outcome(StrEnum):
    """Every request to Battle.net's API comes to one of these."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    UNAUTHORIZED = "unauthorized"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    UNREADABLE = "unreadable"
    TIMEOUT = "timeout"


OUTCOMES: Final[Mapping[Verdict, Outcome]] = MappingProxyType(
    {verdict: Outcome[verdict.name] for verdict in Verdict}  # the verdicts are some of the outcomes
)


NOTHING_YET: Final[Mapping[str, int]] = MappingProxyType(dict.fromkeys(map(str, Outcome), 0))
"""Every outcome, so that those that have not happened are shown too."""


def outcome_of(error: BattleNetError) -> Outcome:
    """Return what a request came to that ended in this error."""
    match error:
        case BattleNetRateLimited():
            return Outcome.RATE_LIMITED
        case BattleNetAnswerUnreadable():
            return Outcome.UNREADABLE
        case _ if isinstance(error.__cause__, TimeoutError):
            return Outcome.TIMEOUT
        case _:
            return Outcome.UNAVAILABLE
