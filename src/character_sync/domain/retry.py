"""Whether a failed request is worth another attempt, and when: a decision, not a loop."""

from dataclasses import dataclass
from datetime import timedelta

from character_sync.domain.errors import BattleNetError, BattleNetRateLimited, BattleNetUnavailable


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`max_attempts` counts every try, the first included; it is attempt 1."""

    max_attempts: int = 2
    first_backoff: timedelta = timedelta(seconds=1)
    longest_backoff: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Another try after `backoff`. A rate-limited request was never served, so it is no attempt (`counts`)."""

    backoff: timedelta
    counts: bool


def decide(error: BattleNetError, *, attempt: int, deferrals: int, policy: RetryPolicy, draw: float) -> TryAgain | None:
    """Return how to go on after `error`, or None to give up.

    Backoff is exponential with full jitter: anywhere between nothing and the longest wait of this attempt, so that
    many waiters do not come back at once. A rate limit waits at least as long as Battle.net asked, and again and
    again: the sync session's deadline bounds it, not the attempts.

    Args:
        attempt: The attempt that failed; the first is 1.
        deferrals: How many rate limits this request has met before.
        draw: A random number in [0, 1).
    """
    match error:
        case BattleNetRateLimited(retry_after=asked):
            return TryAgain((asked or timedelta()) + _backoff(deferrals + 1, policy, draw), counts=False)
        case BattleNetUnavailable() if attempt < policy.max_attempts:
            return TryAgain(_backoff(attempt, policy, draw), counts=True)
        case _:
            return None


def _backoff(attempt: int, policy: RetryPolicy, draw: float) -> timedelta:
    doublings = min(attempt - 1, 16)  # 2**16 seconds is past any cap; more only makes huge numbers
    longest: timedelta = min(policy.longest_backoff, policy.first_backoff * 2**doublings)
    return draw * longest
