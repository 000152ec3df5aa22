"""How often one caller may ask: a bucket of requests for each, which a minute fills again."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta

from character_sync.domain.errors import TooManyRequests

# Callers remembered by one limit, some 150 bytes each. Who has not asked for the longest time is forgotten first, and
# begins again with a full bucket: to be forgotten, as many others must have asked since.
MOST_CALLERS = 50_000
ADDRESS_BITS = 64  # of an IPv6 address: one household has all the rest of them to itself


class RateLimit:
    """Counts in the memory of this process: with several of them behind one address, each allows as much."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        """`per_minute` may be asked for at once, and so many in every minute after; 0 is no limit."""
        self._per_minute = per_minute
        self._now = now
        self._full_at: OrderedDict[str, float] = OrderedDict()  # when the caller's bucket will be full again

    def take(self, caller: str) -> None:
        """Count one request. Raises TooManyRequests: with the time after which the next is allowed."""
        if not self._per_minute:
            return
        now, each = self._now(), 60 / self._per_minute
        full_at = max(self._full_at.pop(caller, now), now) + each
        wait = full_at - now - 60
        if wait > each / 1000:  # a thousandth of a request: the clock's own rounding
            self._full_at[caller] = full_at - each
            raise TooManyRequests(timedelta(seconds=math.ceil(wait)))
        self._full_at[caller] = full_at
        if len(self._full_at) > MOST_CALLERS:
            self._full_at.popitem(last=False)


def network_of(address: str) -> str:
    """Return what an address is counted as: itself, or the network of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:  # noqa: PLR2004 - IPv4
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, ADDRESS_BITS), strict=False))
