"""Which addresses of characters' pictures are kept: a browser will be sent there, so only origins that are allowed."""

import re
from collections.abc import Iterable
from typing import Final

import structlog

from character_sync.adapters.battle_net.text import clean

BATTLE_NETS_OWN: Final = ("https://*.worldofwarcraft.com",)
"""One host for each region and classic version until about 2020, `render` for all since.

Source: tests/samples/battle_net, captured/character_media.* and shapes/character_media.*.
"""

# An origin of Content-Security-Policy's, in lower case as browsers write them: no path, no userinfo, nothing that could
# end the policy's list; `*` only over https and as the whole of the first label.
_ORIGIN: Final = re.compile(
    r"(?:https://(?:\*\.)?|http://)(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::[0-9]{1,5})?"
)
LONGEST_ADDRESS: Final = 2048  # characters, as long as its column

_ANY_SUBDOMAIN: Final = r"(?:[a-z0-9-]+\.)+"

# Nothing a browser would read as another host. Realm slugs may hold letters with accents.
_PATH: Final = r"/[^\s\x00-\x20\x7f\"'<>\\\ud800-\udfff]{1,1024}"
_NOTHING: Final = r"(?!)"

_log = structlog.get_logger()


class Pictures:
    """Tells addresses on allowed origins from all others, by the same list as the page's Content-Security-Policy."""

    def __init__(self, origins: Iterable[str]) -> None:
        """Raises ValueError: something in the list is not an origin."""
        self._address = re.compile(f"(?:{'|'.join(map(_pattern, origins)) or _NOTHING}){_PATH}")

    def kept(self, url: str | None) -> str | None:
        """Return the address if it is on an allowed origin, else None."""
        if not url or (len(url) <= LONGEST_ADDRESS and self._address.fullmatch(url)):
            return url or None
        _log.debug("battle_net_picture_refused", url=clean(url))
        return None


def _pattern(origin: str) -> str:
    if not _ORIGIN.fullmatch(origin):
        raise ValueError(f"{origin!r} is not an origin such as https://render.example or https://*.example")
    scheme, wildcard, rest = origin.partition("*.")
    return re.escape(scheme) + _ANY_SUBDOMAIN + re.escape(rest) if wildcard else re.escape(origin)
