"""Access tokens: what they say, how they are made, when they end.

A token carries its own content and a keyed hash, so tokens given out before a restart stay good after it, as Battle.net's do.
"""

from __future__ import annotations

import binascii
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Literal

import msgspec

LIFETIME: Final = 86_399
"""Seconds a token is good for. Source: `expires_in` of every token answer published."""

_TAG_BYTES: Final = 12
_MOST_REMEMBERED: Final = 50_000


class Token(msgspec.Struct, frozen=True, array_like=True):
    """What an access token allows; `ends` is in virtual seconds since 1970."""

    kind: Literal["user", "app"]
    client_id: str
    account_id: str
    """Empty for an app token."""
    scopes: tuple[str, ...]
    ends: int
    nonce: str


@dataclass(frozen=True, slots=True)
class NoToken:
    """A call without a usable token, and why."""

    reason: Literal["missing", "invalid", "expired"]


MISSING: Final = NoToken("missing")
INVALID: Final = NoToken("invalid")
EXPIRED: Final = NoToken("expired")


class Tokens:
    """Writes tokens and reads them back."""

    def __init__(self, seed: int) -> None:
        self._key = blake2b(f"sandbox tokens {seed}".encode(), digest_size=32).digest()
        self._read: dict[str, Token] = {}

    def issue(
        self,
        kind: Literal["user", "app"],
        client_id: str,
        *,
        now: float,
        account_id: str = "",
        scopes: tuple[str, ...] = (),
    ) -> str:
        """A new token, good for LIFETIME from now."""
        token = Token(kind, client_id, account_id, scopes, int(now) + LIFETIME, secrets.token_hex(4))
        payload = msgspec.json.encode(token)
        return "US" + urlsafe_b64encode(payload + self._tag(payload)).decode().rstrip("=")

    def read(self, authorization: str | None, now: float) -> Token | NoToken:
        """The token of an `Authorization: Bearer ...` header."""
        if authorization is None or authorization[:7].lower() != "bearer ":
            return MISSING
        text = authorization[7:].strip()
        token = self._read.get(text) or self._decode(text)
        if token is None:
            return INVALID
        return token if now < token.ends else EXPIRED

    def _decode(self, text: str) -> Token | None:
        try:
            raw = urlsafe_b64decode(text[2:] + "=" * (-len(text[2:]) % 4))
            payload, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
            if not text.startswith("US") or not hmac.compare_digest(tag, self._tag(payload)):
                return None
            token = msgspec.json.decode(payload, type=Token)
        except (binascii.Error, ValueError, msgspec.DecodeError):
            return None
        if len(self._read) >= _MOST_REMEMBERED:
            self._read.clear()
        self._read[text] = token
        return token

    def _tag(self, payload: bytes) -> bytes:
        return blake2b(payload, key=self._key, digest_size=_TAG_BYTES).digest()
